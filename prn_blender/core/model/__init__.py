"""Networks: the bundled model, the user's own models, a record of each, and how one is run.

In: `.onnx` files and crops. Out: position maps and coefficients. Knows nothing of photos as files,
and nothing of what is done with a position map.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .bundled import detector_model_path, models_folder, open_model
    from .environment import system_report
    from .network import ModelInfo, NetworkOutput, PositionMapNetwork
    from .user_models import ModelStore

__all__ = [
    "ModelInfo",
    "ModelStore",
    "NetworkOutput",
    "PositionMapNetwork",
    "detector_model_path",
    "models_folder",
    "open_model",
    "system_report",
]

__getattr__ = lazily(
    __name__,
    {
        "bundled": (
            "detector_model_path",
            "models_folder",
            "open_model",
        ),
        "environment": ("system_report",),
        "network": (
            "ModelInfo",
            "NetworkOutput",
            "PositionMapNetwork",
        ),
        "user_models": ("ModelStore",),
    },
)
