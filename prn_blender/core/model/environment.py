"""The libraries and the machine that the add-on runs on, for bug reports and the interface."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Mapping

from ..errors import MissingDependencyError, PRNError, first_line
from ..native import load_onnxruntime, telemetry_notice
from ..version import PROGRAM, VERSION

LIBRARIES = {
    "numpy": ("numpy",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"),
    "cv2": (
        "opencv-python-headless",
        "opencv-contrib-python-headless",
        "opencv-python",
        "opencv-contrib-python",
    ),
    "PIL": ("pillow",),
}
"""The modules that the add-on needs, and the packages that each can come from."""

# onnxruntime's execution providers that may be used, and what they are called in the interface.
# AzureExecutionProvider calls a service on the network, so it is not among them.
_PROVIDERS = {
    "CPUExecutionProvider": "CPU",
    "CUDAExecutionProvider": "NVIDIA CUDA",
    "TensorrtExecutionProvider": "NVIDIA TensorRT",
    "DmlExecutionProvider": "DirectML",
    "CoreMLExecutionProvider": "Apple CoreML",
    "ROCMExecutionProvider": "AMD ROCm",
    "MIGraphXExecutionProvider": "AMD MIGraphX",
    "OpenVINOExecutionProvider": "Intel OpenVINO",
}


def broken_libraries() -> dict[str, str]:
    """Try to load all libraries, which takes a second or two the first time.

    Returns
    -------
    dict of str to str
        For each module that cannot be loaded the first line of the error.
    """
    broken = {}
    for module in LIBRARIES:
        try:
            importlib.import_module(module)
        except Exception as e:  # damaged wheels raise many kinds
            broken[module] = first_line(e)
    return broken


def providers() -> dict[str, str]:
    """List onnxruntime's execution providers on this machine.

    Returns
    -------
    dict of str to str
        From onnxruntime's names to those in the interface, the fastest first, as onnxruntime
        orders them. Empty if onnxruntime cannot be loaded.
    """
    try:
        runtime = load_onnxruntime()
    except MissingDependencyError:  # reported by `broken_libraries`
        return {}
    return {name: _PROVIDERS[name] for name in runtime.get_available_providers()
            if name in _PROVIDERS}  # fmt: skip


def system_report(more: Mapping[str, str] | None = None) -> str:
    """Describe the machine for a bug report, without paths or names of people.

    Parameters
    ----------
    more : mapping of str to str, optional
        Lines to begin with, such as Blender's version.

    Returns
    -------
    str
        One fact a line.
    """
    broken = broken_libraries()
    lines = {
        PROGRAM: VERSION,
        **(more or {}),
        "Python": f"{platform.python_version()} ({sys.implementation.name})",
        "System": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Processors": str(os.cpu_count()),
    }
    for module, names in LIBRARIES.items():
        lines[module] = broken.get(module) or _version(names)
    lines["Providers"] = ", ".join(providers().values()) or "none"
    lines["Model"] = _model()
    if (notice := telemetry_notice()) is not None:
        lines["Telemetry"] = str(notice)
    return "\n".join(f"{name}: {value}" for name, value in lines.items()) + "\n"


def _version(names: tuple[str, ...]) -> str:
    """Version and name of the package, of those, that is installed."""
    # Here, because it takes a third of the add-on's start.
    from importlib.metadata import PackageNotFoundError, version

    for name in names:
        try:
            return f"{version(name)} ({name})"
        except PackageNotFoundError:
            continue
    return "version unknown"


def _model() -> str:
    """Name and layout of the default model, or why it cannot be opened."""
    try:
        from .bundled import open_model

        network, layout = open_model()
    except PRNError as e:
        return str(e)
    return f"{network.info.name}, layout {layout.name} {layout.sha256[:12]}"
