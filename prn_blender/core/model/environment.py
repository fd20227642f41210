"""What the add-on stands on, for bug reports and for a panel that says what is missing."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from ..errors import MissingDependencyError, PRNError, first_line
from ..native import load_onnxruntime, telemetry_notice

# Module and the distributions it may come from.
LIBRARIES = {
    "numpy": ("numpy",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"),
    "cv2": ("opencv-contrib-python-headless", "opencv-contrib-python", "opencv-python"),
    "PIL": ("pillow",),
}

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
    """Libraries that cannot be loaded, and why.

    Returns
    -------
    dict of str to str
        Module name to the first line of the error; empty when all is well. Loading them takes a
        second or two the first time.
    """
    broken = {}
    for module in LIBRARIES:
        try:
            importlib.import_module(module)
        except Exception as e:  # damaged wheels raise many kinds
            broken[module] = first_line(e)
    return broken


def providers() -> dict[str, str]:
    """onnxruntime's execution providers on this machine.

    Returns
    -------
    dict of str to str
        onnxruntime's name to one for people; the fastest first, as onnxruntime orders them.
        Empty where onnxruntime cannot be loaded.
    """
    try:
        runtime = load_onnxruntime()
    except MissingDependencyError:  # reported by `broken_libraries`
        return {}
    # AzureExecutionProvider calls a service on the network: never.
    return {name: _PROVIDERS[name] for name in runtime.get_available_providers()
            if name in _PROVIDERS}  # fmt: skip


def system_report(more: Mapping[str, str] | None = None) -> str:
    """What a bug report has to say about a machine; no paths, no names of people.

    Parameters
    ----------
    more : mapping of str to str, optional
        Further lines, such as Blender's version.

    Returns
    -------
    str
        One fact a line.
    """
    broken = broken_libraries()
    lines = {
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
    for name in names:
        try:
            return f"{version(name)} ({name})"
        except PackageNotFoundError:
            continue
    return "version unknown"


def _model() -> str:
    try:
        from .bundled import open_model

        network, layout = open_model()
    except PRNError as e:
        return str(e)
    return f"{network.info.name}, layout {layout.name} {layout.sha256[:12]}"
