"""Which files `reconstruct` writes besides Blender's: arguments, and their meaning."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from typing import Any

from ..core.derived import FRONTS
from ..core.outputs import DEPTH_FORMATS, PROFILES, OutputOptions

_FLAGS = {
    "landmarks": "NAME_landmarks.txt: the 68 points",
    "vertices": "NAME_vertices.npy: all vertices, photo pixels",
    "pose": "NAME_pose.txt: yaw, pitch, roll; NAME_camera_matrix.txt",
    "depth": "NAME_depth.png and a picture of it, NAME_depth_view.png",
    "colors": "NAME_colors.obj and .ply: vertices with the photo's colours",
    "mat": "NAME_mesh.mat: vertices, colors, triangles (needs SciPy)",
    "show": "NAME_show.png: landmarks, dense points and pose over the photo",
}


def add_arguments(group: Any) -> None:
    """Add the flags to an argparse group."""
    for name, text in _FLAGS.items():
        group.add_argument(f"--{name}", action="store_true", help=text)
    group.add_argument(
        "--front", choices=FRONTS, help="NAME_front.obj: by the pose, or by PRNet's affine fit"
    )
    group.add_argument(
        "--depth-format", choices=DEPTH_FORMATS, default="png", help="of the raw depth"
    )
    group.add_argument(
        "--mask-hidden", action="store_true", help="black texture where the face is hidden"
    )
    group.add_argument(
        "--compat", choices=PROFILES, default="prn",
        help="prnet: the original's file names, axes and units (docs/prnet.md)",
    )  # fmt: skip


def output_options(options: argparse.Namespace) -> OutputOptions:
    """What the arguments ask for."""
    return OutputOptions(
        obj=options.obj,
        **{name: getattr(options, name) for name in _FLAGS},
        front=options.front,
        depth_format=options.depth_format,
        mask_hidden=options.mask_hidden,
        stride=options.stride,
        texture_size=options.texture_size,
        profile=options.compat,
    )
