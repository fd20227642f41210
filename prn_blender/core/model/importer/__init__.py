"""Convert models of others to the ONNX contract: PRNet's weights, its ports, any ONNX file.

In: files of other projects. Out: the bytes of an `.onnx` file and of its UV layout. Nothing here
is needed to use a model. The libraries that read such files (onnx, TensorFlow, PyTorch: the extra
`import`) are loaded only when a file needs them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from importlib import import_module
from typing import Any

from ...errors import MissingDependencyError, Sentence, first_line


def library(module: str, package: str, what: Sentence) -> Any:
    """Import a library of the extra `import`.

    Parameters
    ----------
    module : str
        Name of the module.
    package : str
        Name of the package that pip installs.
    what : Sentence
        What it is for, as words that can follow "which": "reads PRNet's checkpoint".

    Returns
    -------
    module

    Raises
    ------
    MissingDependencyError
        The library is absent or cannot be loaded; the message says how to get it.
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
