"""Which files `reconstruct` writes besides Blender's: the arguments, and what they ask for."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from typing import Any

from ..core.choices import DEPTH_FORMATS, FRONTS, KEY_NAMES, PROFILES
from ..core.outputs.options import KINDS, OutputOptions


def add_arguments(group: Any) -> None:
    """Add the flags to an argparse group."""
    for name, kind in KINDS.items():
        if name != "obj":  # beside the other formats of meshes
            group.add_argument(f"--{name}", action="store_true", help=kind.files)
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
        "--key-names", choices=KEY_NAMES, default="arkit",
        help="of NAME_head.glb: browDownLeft, BrowDownLeft (VRM's Perfect Sync) or browDown_L",
    )  # fmt: skip
    group.add_argument(
        "--compat", choices=PROFILES, default="prn",
        help="prnet: the original's file names, axes and units (docs/prnet.md)",
    )  # fmt: skip


def output_options(options: argparse.Namespace) -> OutputOptions:
    """What the arguments ask for."""
    return OutputOptions(
        **{name: getattr(options, name) for name in KINDS},
        front=options.front,
        depth_format=options.depth_format,
        mask_hidden=options.mask_hidden,
        stride=options.stride,
        texture_size=options.texture_size,
        profile=options.compat,
        key_names=options.key_names,
    )
