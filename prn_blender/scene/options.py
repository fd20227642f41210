"""What a user can choose about a scene of faces."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

from ..core.choices import CameraKind, LandmarkObjects, Material, Stride, TextureSize


@dataclass(frozen=True)
class SceneOptions:
    """How faces become Blender data.

    Attributes
    ----------
    stride : {1, 2, 4}
        Every n-th texel becomes a vertex.
    texture_size : int or "auto"
    material : {"shadeless", "lit"}
    camera : {"ortho", "persp"}
    focal_mm : float or None
        35 mm equivalent of a perspective camera; None takes EXIF's, else 50.
    eye_distance : float or None
        Real distance of the eye centres in metres; None takes the layout's.
    match_render : bool
        Set the scene's camera, render size, aspect and colours to the photo's.
    background : bool
        Show the photo behind the face in the camera view.
    landmarks : {"none", "points", "empties"}
        The 68 points, as one object or as empties, parented to the face.
    colors : bool
        The photo's colours as the mesh's colour attribute `photo_color`.
    depth : bool
        An image of the depth in the photo's size, and the scene's own depth pass switched on.
    overlay : bool
        Dense points and landmarks over the camera's view.
    mask_hidden : bool
        Black texture where the photo does not show the face.
    """

    stride: Stride = 1
    texture_size: TextureSize = "auto"
    material: Material = "shadeless"
    camera: CameraKind = "ortho"
    focal_mm: float | None = None
    eye_distance: float | None = None
    match_render: bool = True
    background: bool = True
    landmarks: LandmarkObjects = "none"
    colors: bool = False
    depth: bool = False
    overlay: bool = False
    mask_hidden: bool = False
