"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

# Those of core.parts, which loads OpenCV; Blender's start must not wait for that.
PARTS = (
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
BLENDS = (
    ("feather", "Feather", "Mix by the soft mask: colours stay as they are in the texture"),
    ("poisson", "Poisson", "Take the photo's colours at the border, so that no seam shows"),
    ("laplacian", "By Detail", "Blend coarse shapes widely and fine detail narrowly"),
)
STRIDES = (
    ("1", "Fine", "A vertex for every texel of the position map, about 65,000"),
    ("2", "Medium", "A vertex for every second texel, about 17,000"),
    ("4", "Coarse", "A vertex for every fourth texel, about 4,000: easy to sculpt"),
)
_SIZES = ("256", "512", "1024", "2048", "4096", "8192")
TEXTURE_SIZES = (
    ("auto", "Auto", "As large as the photo's own detail"),
    *((size, size, f"{size} x {size} pixels") for size in _SIZES),
)
