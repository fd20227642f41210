"""Names of options, and defaults that several packages share.

Only names and numbers: Blender reads them when it starts, and the command line for `--help`, so
nothing here loads a library. Each `Literal` is for type checkers; the tuple after it holds the
same names for menus and checks.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Literal, get_args

BlendMode = Literal["poisson", "feather", "laplacian"]
"""How a rendered face is mixed into its photo, see `image.blend.blend`."""
BLEND_MODES: tuple[BlendMode, ...] = get_args(BlendMode)

ColorMatch = Literal["light", "tone", "none"]
"""How a donor's colours are matched to the target's: by the light on it, by its mean colour, or
not at all."""
COLOR_MATCHES: tuple[ColorMatch, ...] = get_args(ColorMatch)

Shape = Literal["target", "donor"]
"""Whose face shape a swapped face has."""
SHAPES: tuple[Shape, ...] = get_args(Shape)

Mouth = Literal["auto", "target", "donor"]
"""Whose teeth show between the lips of a swapped face; "auto" decides by whose mouth is open."""
MOUTHS: tuple[Mouth, ...] = get_args(Mouth)

Gaze = Literal["donor", "target"]
"""Whose eyeballs show between the lids of a swapped face."""
GAZES: tuple[Gaze, ...] = get_args(Gaze)

Fill = Literal["smooth", "inpaint"]
"""How texels get a colour that neither they nor their mirror image show in the photo, see
`editing.completion`."""
FILLS: tuple[Fill, ...] = get_args(Fill)

CameraKind = Literal["ortho", "persp"]
"""The projection of the photo's camera."""
CAMERA_KINDS: tuple[CameraKind, ...] = get_args(CameraKind)

Material = Literal["shadeless", "lit"]
"""How a face's material shows its texture: as it is, or lit by the scene."""
MATERIALS: tuple[Material, ...] = get_args(Material)

LandmarkObjects = Literal["none", "points", "empties"]
"""How the 68 landmarks are added to a scene: not at all, as one object of points, as empties."""
LANDMARK_OBJECTS: tuple[LandmarkObjects, ...] = get_args(LandmarkObjects)

Front = Literal["similarity", "affine"]
"""How a face is turned to the front: by its pose, or by PRNet's affine fit to the mean face."""
FRONTS: tuple[Front, ...] = get_args(Front)

DepthFormat = Literal["png", "exr", "npy"]
"""File format of a depth map."""
DEPTH_FORMATS: tuple[DepthFormat, ...] = get_args(DepthFormat)

Profile = Literal["prn", "prnet"]
"""Which file names and conventions output files follow: this project's, or the original PRNet's."""
PROFILES: tuple[Profile, ...] = get_args(Profile)

KeyNames = Literal["arkit", "perfect_sync", "l_r"]
"""How the expressions of a head are called in files, see `head.key_names`."""
KEY_NAMES: tuple[KeyNames, ...] = get_args(KeyNames)

TextureSize = int | Literal["auto"]
"""Side of a texture in texels; "auto" keeps the photo's detail."""

Topology = Literal["head", "lattice"]
"""What a face becomes: the whole head with shape keys, or the position map's lattice."""
TOPOLOGIES: tuple[Topology, ...] = get_args(Topology)

Stride = Literal[1, 2, 4]
"""Distance of a mesh's vertices in texels of the position map."""
STRIDES: tuple[Stride, ...] = get_args(Stride)

PARTS = ("face", "eyes", "brows", "nose", "lips", "mouth", "cheeks", "forehead", "chin")
"""Parts of the face that exist for every UV layout; `geometry.parts.part_names` adds a layout's
own.

A new part needs its name here and its outline in `geometry.part_outlines`.
"""

PRESETS = {"prnet-face": ("face",), "prnet-eyes": ("eyes",)}
"""The two modes of PRNet's face swapping, whole face and eyes, as parts."""

FEATHER = 0.15
"""Default width of a part's soft border, in eye distances."""

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif"}
)
"""Suffixes of the files that `photo.read_photo` reads. File browsers and batch runs filter by
them."""

UNREAD_SUFFIXES = frozenset(
    {".heic", ".heif", ".hif", ".gif", ".tga", ".jp2", ".j2k", ".jxl", ".exr", ".hdr", ".psd",
     ".xcf", ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".srf", ".sr2", ".pef",
     ".srw", ".3fr", ".fff", ".iiq", ".erf", ".mef", ".mos", ".dcr",
     ".kdc", ".raf", ".orf", ".rw2", ".x3f"}
)  # fmt: skip
"""Suffixes of pictures that are not read, for want of a reader or because they have to be developed
first. Batch runs say how many of them a folder has."""

MOVIE_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts",
     ".wmv", ".flv", ".ogv", ".mxf"}
)  # fmt: skip
"""Suffixes of the movie files that `photo.open_shot` reads, where OpenCV has the codec."""
