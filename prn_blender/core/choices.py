"""The options that callers can choose from by name, and the defaults that several packages share.

Only names and numbers: Blender's start and the command line's `--help` read them, so nothing here
loads a library. Each `Literal` is for type checkers; the tuple beside it is for menus and checks.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Literal, get_args

BlendMode = Literal["poisson", "feather", "laplacian"]
"""How a rendered face is mixed into its photo, see `image.blend.blend`."""
BLEND_MODES: tuple[BlendMode, ...] = get_args(BlendMode)

ColorMatch = Literal["light", "tone", "none"]
"""How a donor's colours are brought to the target's: its light, its mean colour, not at all."""
COLOR_MATCHES: tuple[ColorMatch, ...] = get_args(ColorMatch)

Shape = Literal["target", "donor"]
"""Whose features a swapped face has."""
SHAPES: tuple[Shape, ...] = get_args(Shape)

Mouth = Literal["auto", "target", "donor"]
"""Whose teeth show between the lips of a swapped face."""
MOUTHS: tuple[Mouth, ...] = get_args(Mouth)

Fill = Literal["smooth", "inpaint"]
"""How texels that neither half of the face shows get a colour, see `editing.completion`."""
FILLS: tuple[Fill, ...] = get_args(Fill)

CameraKind = Literal["ortho", "persp"]
"""The projection of the photo's camera."""
CAMERA_KINDS: tuple[CameraKind, ...] = get_args(CameraKind)

Material = Literal["shadeless", "lit"]
"""How a face's material shows its texture: as it is, or lit by the scene."""
MATERIALS: tuple[Material, ...] = get_args(Material)

LandmarkObjects = Literal["none", "points", "empties"]
"""The 68 landmarks in a scene: not at all, as one object of points, as empties."""
LANDMARK_OBJECTS: tuple[LandmarkObjects, ...] = get_args(LandmarkObjects)

Front = Literal["similarity", "affine"]
"""How a face is turned to the front: by its pose, or by PRNet's affine fit."""
FRONTS: tuple[Front, ...] = get_args(Front)

DepthFormat = Literal["png", "exr", "npy"]
DEPTH_FORMATS: tuple[DepthFormat, ...] = get_args(DepthFormat)

Profile = Literal["prn", "prnet"]
"""Whose file names and conventions written files have: ours, or the original's."""
PROFILES: tuple[Profile, ...] = get_args(Profile)

TextureSize = int | Literal["auto"]
"""Side of a texture in texels; "auto" keeps the photo's detail."""

Stride = Literal[1, 2, 4]
"""Every how many texels of the position map a mesh has a vertex."""
STRIDES: tuple[Stride, ...] = get_args(Stride)

PARTS = ("face", "eyes", "brows", "nose", "lips", "mouth", "cheeks", "forehead", "chin")
"""Parts of the face that every layout has; `geometry.parts.part_names` adds a layout's own.

A new one needs its name here and its outline in `geometry.part_outlines`.
"""

PRESETS = {"prnet-face": ("face",), "prnet-eyes": ("eyes",)}
"""PRNet's two modes, the whole face and the eye region, as parts."""

FEATHER = 0.15
"""Default width of a part's soft rim, in eye distances."""

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})
"""Suffixes of picture files that `photo.read_photo` reads; file browsers and folders go by them."""
