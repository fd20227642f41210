"""Bring models of others under the ONNX contract: PRNet's weights, its ports, any ONNX file.

Nothing here is needed to use a model. The libraries that read other people's files (onnx,
TensorFlow, PyTorch: the extra `import`) are loaded when a file asks for them, never before.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from importlib import import_module
from typing import Any

from ...errors import MissingDependencyError, Sentence, first_line


def library(module: str, package: str, what: Sentence) -> Any:
    """A library of the extra `import`, or a sentence that says how to get it.

    Parameters
    ----------
    module : str
        What is imported.
    package : str
        What pip installs.
    what : Sentence
        What it is for, to stand after "which": "reads PRNet's checkpoint".

    Raises
    ------
    MissingDependencyError
    """
    try:
        return import_module(module)
    except Exception as e:  # broken wheels raise whatever their loaders like
        absent = isinstance(e, ModuleNotFoundError) and (e.name or "").split(".")[0] == package
        reason = (
            Sentence("is not installed")
            if absent
            else Sentence("cannot be loaded: {why}", why=first_line(e))
        )
        raise MissingDependencyError(
            "{package}, which {what}, {reason}. It is no part of the add-on: an ordinary "
            "Python has it after `pip install {package}` (docs/prnet.md).",
            package=package,
            what=what,
            reason=reason,
        ) from e
