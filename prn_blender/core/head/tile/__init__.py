"""A head's own UV tile: what each of its texels shows, and what is painted where no photo tells.

In: a head's model, a texture of its tile. Out: the vertices around texels; teeth, tongue and the
inside of the mouth in that texture. Knows nothing of photos, nor of the face's own layout.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
