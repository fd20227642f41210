"""Which files can be written of a face: one list for the interface and the command line.

Blender needs the names when it starts, so no library is loaded here.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..choices import (
    DEPTH_FORMATS,
    FRONTS,
    KEY_NAMES,
    PROFILES,
    DepthFormat,
    Front,
    KeyNames,
    Profile,
    Stride,
    TextureSize,
)
from ..errors import OptionError, Sentence


class Kind(NamedTuple):
    """A kind of file.

    Attributes
    ----------
    label, description : str
        Name and tooltip in the interface.
    files : str
        Help text of the command line.
    usual : bool
        Whether it is chosen by default in the interface.
    """

    label: str
    description: str
    files: str
    usual: bool = False


KINDS = {
    "obj": Kind(
        "Textured OBJ",
        "A mesh in metres with its material and texture, for other programs",
        "NAME.obj with its material and texture",
        usual=True,
    ),
    "landmarks": Kind(
        "Landmarks",
        "The 68 points in the photo's pixels, as text",
        "NAME_landmarks.txt: the 68 points",
        usual=True,
    ),
    "vertices": Kind(
        "Vertices",
        "All points of the face in the photo's pixels, as a NumPy file",
        "NAME_vertices.npy: all vertices, photo pixels",
    ),
    "pose": Kind(
        "Pose and Camera Matrix",
        "Yaw, pitch and roll, and the matrix from the mean face to the photo, as text",
        "NAME_pose.txt: yaw, pitch, roll; NAME_camera_matrix.txt",
        usual=True,
    ),
    "depth": Kind(
        "Depth",
        "How near each pixel of the photo is to the camera, and a picture of it",
        "NAME_depth.png and a picture of it, NAME_depth_view.png",
    ),
    "colors": Kind(
        "Coloured OBJ and PLY",
        "Meshes whose vertices have the photo's colours",
        "NAME_colors.obj and .ply: vertices with the photo's colours",
    ),
    "show": Kind(
        "Overlay Picture",
        "The photo with landmarks, dense points and the pose drawn on it",
        "NAME_show.png: landmarks, dense points and pose over the photo",
        usual=True,
    ),
    "head": Kind(
        "Whole Head",
        "Skull, ears, neck, eyes and teeth with 52 expressions as shape keys, as binary glTF",
        "NAME_head.glb: the whole head with 52 expressions as shape keys",
    ),
    "albedo": Kind(
        "Albedo and Lights",
        "The texture without the photo's light, for lit materials, and that light as lamps",
        "NAME_albedo.png: the texture without light; NAME_lights.json: that light as lamps",
    ),
    "detail": Kind(
        "Fine Detail",
        "Wrinkles and pores that the photo's light tells of, as displacement and as normal map",
        "NAME_displacement.png, NAME_normal.png: wrinkles and pores; NAME_detail.json: their scale",
    ),
    "mat": Kind(
        "MATLAB Mesh",
        "Vertices, colours and triangles for MATLAB",
        "NAME_mesh.mat: vertices, colors, triangles (needs SciPy)",
    ),
}
"""The kinds of files that `OutputOptions` can ask for, besides the front mesh."""


@dataclass(frozen=True)
class OutputOptions:
    """Which files are written, and how.

    Attributes
    ----------
    obj, landmarks, vertices, pose, depth, colors, show, head, albedo, detail, mat : bool
        Whether a kind of file is written, see `KINDS`.
    front : {"similarity", "affine"} or None
        How the mesh is turned to the front. "prn": in a file of its own; "prnet": in NAME.obj and
        NAME_mesh.mat. None: not at all.
    depth_format : {"png", "exr", "npy"}
        Format of the depth values. A picture to look at is written with them.
    mask_hidden : bool
        Whether the texture is black where the photo does not show the face.
    stride : {1, 2, 4}
        Texels between neighbouring vertices of meshes.
    texture_size : int or "auto"
        As in `Face.texture`.
    profile : {"prn", "prnet"}
        Whether file names and conventions are this project's or PRNet's.
    key_names : {"arkit", "perfect_sync", "l_r"}
        How the whole head's expressions are called.
    """

    obj: bool = False
    landmarks: bool = False
    vertices: bool = False
    pose: bool = False
    depth: bool = False
    colors: bool = False
    show: bool = False
    head: bool = False
    albedo: bool = False
    detail: bool = False
    mat: bool = False
    front: Front | None = None
    depth_format: DepthFormat = "png"
    mask_hidden: bool = False
    stride: Stride = 1
    texture_size: TextureSize = "auto"
    profile: Profile = "prn"
    key_names: KeyNames = "arkit"

    def __post_init__(self) -> None:
        for value, allowed, what in (
            (self.front, (None, *FRONTS), Sentence("front view")),
            (self.depth_format, DEPTH_FORMATS, Sentence("depth format")),
            (self.profile, PROFILES, Sentence("profile")),
            (self.key_names, KEY_NAMES, Sentence("way of naming keys")),
        ):
            if value not in allowed:
                names = ", ".join(name for name in allowed if name)
                raise OptionError(
                    "The {what} is {value!r}; it can be {names}.",
                    what=what,
                    value=value,
                    names=names,
                )

    def check_libraries(self) -> None:
        """Check that the libraries are there, before hours of work depend on them.

        Raises
        ------
        MissingDependencyError
            SciPy is needed and absent.
        """
        if self.mat or (self.depth and self.profile == "prnet"):
            from ..files.matlab import check_scipy

            check_scipy()

    @property
    def any(self) -> bool:
        """Whether any file is to be written."""
        return bool(self.front) or any(getattr(self, kind) for kind in KINDS)
