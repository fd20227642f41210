"""The UV layout: which place on the head each texel of a position map shows.

In: a `HeadModel`. Out: the layout's `.npz`, the places of its texels on the head, and the openings
of eyes and mouth. Must not know landmarks of photos, samples or networks.
"""
