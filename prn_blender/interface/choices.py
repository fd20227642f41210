"""The menus of the interface: label and tooltip of each option that `core` knows by name.

The names themselves stand in `core/choices.py`; a test checks that every menu offers exactly those.
The order is that of the menu, most usual first. What is said here to users is translated.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..core.choices import Shape
from ..scene.layers import layers, texture_group

Menu = tuple[tuple[str, str, str], ...]
"""Name, label and tooltip of each option, as Blender's `EnumProperty` takes them."""

# Reconstruct --------------------------------------------------------------------------------------

FACES: Menu = (
    ("LARGEST", "Largest", "The largest face, most often the one the photo is about"),
    ("ALL", "All", "Every face that is found"),
    ("CHOSEN", "Chosen", "Faces by their numbers; 1 is the largest"),
)
"""Which faces of a photo are built."""

TOPOLOGIES: Menu = (
    ("head", "Head", "The whole head in quads, with eyes, teeth and 52 expressions as shape keys"),
    ("lattice", "Lattice", "The face as the network sees it: dense, with a rim around it"),
)

STRIDES: Menu = (
    ("1", "Fine", "A vertex for every texel of the position map, about 65,000"),
    ("2", "Medium", "A vertex for every second texel, about 17,000"),
    ("4", "Coarse", "A vertex for every fourth texel, about 4,000: easy to sculpt"),
)

CAMERA_KINDS: Menu = (
    ("ortho", "Orthographic", "No perspective; the face keeps the shape the network saw"),
    ("persp", "Perspective", "With a focal length, for scenes with depth"),
)

MOVES: Menu = (
    ("HEAD", "Head", "The head moves, and the camera stands still"),
    ("CAMERA", "Camera", "The camera moves about the head, which stays where it is"),
)
"""What gets the keys of a pose in a shot."""

_SIZES = ("256", "512", "1024", "2048", "4096", "8192")
"""Sides of textures in texels."""

TEXTURE_SIZES: Menu = (
    ("auto", "Auto", "As large as the photo's own detail"),
    *((size, size, f"{size} x {size} pixels") for size in _SIZES),
)

MATERIALS: Menu = (
    ("shadeless", "As Photographed", "The photo's colours, whatever the scene's lights"),
    ("lit", "Lit", "Skin that the scene's lights fall on"),
)

LANDMARK_OBJECTS: Menu = (
    ("none", "None", "No landmarks"),
    ("points", "Points", "One object with a vertex for each point"),
    ("empties", "Empties", "An empty for each point"),
)

# Swap ---------------------------------------------------------------------------------------------

PARTS: Menu = (
    ("face", "Face", "From the chin to the middle of the forehead"),
    ("eyes", "Eyes", "Eyes with their lids"),
    ("brows", "Brows", "Eyebrows"),
    ("nose", "Nose", "The nose"),
    ("lips", "Lips", "Both lips, not what lies between them"),
    ("mouth", "Mouth", "Lips, teeth and a little around"),
    ("cheeks", "Cheeks", "Both cheeks"),
    ("forehead", "Forehead", "Above the brows"),
    ("chin", "Chin", "Below the lips"),
)

COLOR_MATCHES: Menu = (
    ("light", "Light", "Bring it into the light and colour of this photo"),
    ("tone", "Tone", "Only the mean and contrast of its colours"),
    ("none", "None", "Leave it as it is"),
)

BLEND_MODES: Menu = (
    ("feather", "Feather", "Mix by the soft mask: colours stay as they are in the texture"),
    ("poisson", "Poisson", "Take the photo's colours at the border, so that no seam shows"),
    ("laplacian", "By Detail", "Blend coarse shapes widely and fine detail narrowly"),
)

GAZES: Menu = (
    ("donor", "Donor", "The donor's: the face looks as in the donor's photo"),
    ("target", "This Face", "This face's own: it looks where it looked"),
)
VIDEO_GAZES: Menu = (
    ("target", "The Movie's", "Eyes move and blink as they did"),
    ("donor", "This Face", "They look as in this face's photo, all the time"),
)

MOUTHS: Menu = (
    ("auto", "Auto", "The donor's, unless only this mouth is open"),
    ("target", "This Face", "Those of this photo"),
    ("donor", "Donor", "Those of the other photo"),
)

SHAPES: dict[bool, Shape] = {False: "target", True: "donor"}
"""No menu: a check box asks for the donor's shape."""

# Texture ------------------------------------------------------------------------------------------

FILLS: Menu = (
    ("smooth", "Smooth", "The colours around, blurred"),
    ("inpaint", "Continue", "Lines and edges continued from around"),
)

BAKED_SIZES: Menu = (
    ("auto", "Auto", "As large as the largest layer"),
    *((size, size, f"{size} x {size} pixels") for size in _SIZES if size != "256"),
)
"""Sides of the image that all layers are baked into."""

LAYERS: Menu = (
    (texture_group.PAINT, "Paint", "A clear layer on top of everything"),
    (layers.SKIN_LAYER, "Skin", "The skin around the face of a whole head: skull, ears and neck"),
    (texture_group.DONOR_MASK, "Donor Mask", "White shows the donor's face, black does not"),
    (texture_group.FILL_MASK, "Fill Mask", "White shows the completed texture, black does not"),
    (texture_group.DONOR, "Donor", "The donor's texture itself"),
    (texture_group.COMPLETED, "Completed", "The completed texture itself"),
    (texture_group.PHOTO, "Photo", "The photo's texture itself; rather use Paint"),
)
"""Layers of the texture that can be painted on, here or in another program."""

# Files --------------------------------------------------------------------------------------------

FRONTS: Menu = (
    ("none", "None", "No front mesh"),
    ("similarity", "By Pose", "Turned to the front; the face keeps its shape"),
    ("affine", "Affine", "As PRNet: also sheared toward the mean face"),
)

DEPTH_FORMATS: Menu = (
    ("png", "PNG", "16 bits"),
    ("exr", "OpenEXR", "Floats"),
    ("npy", "NumPy", "Floats"),
)

PROFILES: Menu = (
    ("prn", "PRN Face", "Metres, degrees, our file names"),
    ("prnet", "PRNet", "The original's file names, axes and units"),
)

EXPORTS: Menu = (
    ("unreal", "Unreal Engine", "FBX with centimetres, embedded textures and ARKit's names"),
    ("unity", "Unity", "FBX with metres, embedded textures and names that end in _L and _R"),
    ("vrm", "VRM", "GLB with Perfect Sync's names, from which programs make a VRM avatar"),
)
"""Programs that a whole head is written for, see `scene.exports`."""

KEY_NAMES: Menu = (
    ("arkit", "ARKit", "browDownLeft, as Live Link Face and most programs know them"),
    ("perfect_sync", "Perfect Sync", "BrowDownLeft, as programs for VRM's avatars read them"),
    ("l_r", "_L and _R", "browDown_L, in the way of MetaHumans and of many rigs for Unity"),
)
"""What the expressions of a head are called in a file."""
