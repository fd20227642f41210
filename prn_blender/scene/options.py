"""The options with which faces are built into a scene; panels and the command line offer them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

from ..core.choices import CameraKind, LandmarkObjects, Material, Stride, TextureSize, Topology


@dataclass(frozen=True)
class SceneOptions:
    """How faces become Blender data.

    Attributes
    ----------
    stride : {1, 2, 4}
        Of a lattice: every n-th texel of the position map becomes a vertex, in rows and in columns.
    texture_size : int or "auto"
        Side of the texture in texels; "auto" keeps the photo's own detail.
    material : {"shadeless", "lit"}
        The skin as it was photographed, or lit by the scene.
    camera : {"ortho", "persp"}
        Projection of the photo's camera.
    focal_mm : float or None
        35 mm equivalent of a perspective camera; None takes EXIF's, else 50.
    eye_distance : float or None
        Real distance of the eye centres in metres; None takes the layout's.
    match_render : bool
        Set the scene's camera, render size, aspect and colour management to the photo's.
    background : bool
        Show the photo behind the face in the camera view.
    landmarks : {"none", "points", "empties"}
        The 68 landmarks as one object or as 68 empties, parented to the face.
    colors : bool
        The photo's colours as the mesh's colour attribute `photo_color`.
    depth : bool
        Make an image of the depth in the photo's size, and switch the scene's depth pass on.
    overlay : bool
        Show dense points and landmarks over the photo in the camera view.
    mask_hidden : bool
        Make the texture black where the photo does not show the face.
    neutral : bool
        Of a lattice: a shape key `Neutral`, the face without its expression.
    topology : {"head", "lattice"} or None
        The whole head with shape keys, or the position map's lattice. None: the head, but a lattice
        where the model tells no head, and where a `stride` asks for one.
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
    neutral: bool = False
    topology: Topology | None = None

    @property
    def whole(self) -> bool:
        """Whether faces become whole heads, where their model tells one."""
        return self.topology == "head" or (self.topology is None and self.stride == 1)
