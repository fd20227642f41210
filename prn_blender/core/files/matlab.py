"""MATLAB's .mat files; SciPy, which is not part of the add-on, writes them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import MissingDependencyError, OptionError, Sentence
from .mat5 import parse_mat
from .safe import read_bounded, shown, write_bytes

# Largest file that is read. Annotations of a photo take a few hundred kilobytes.
_MAX_BYTES = 64 * 2**20
# What a file says of itself, and how long that is.
_TEXT = b"MATLAB 5.0 MAT-file, created by PRN Face"
_TEXT_BYTES = 116


def write_mat(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays into a compressed .mat file (version 5).

    Parameters
    ----------
    path : path-like
    arrays : mapping of str to array
        By the names they get in MATLAB.

    Raises
    ------
    OutputError
        The file cannot be written.
    MissingDependencyError
        SciPy is absent.
    """
    stream = io.BytesIO()
    _scipy_io().savemat(stream, dict(arrays), do_compression=True)
    # SciPy writes the time of day into the text at the start: the same arrays are the same file.
    write_bytes(path, _TEXT.ljust(_TEXT_BYTES) + stream.getvalue()[_TEXT_BYTES:])


def read_mat(path: str | os.PathLike[str], *names: str) -> list[np.ndarray]:
    """Read named arrays of numbers from a .mat file.

    Parameters
    ----------
    path : path-like
    *names : str

    Returns
    -------
    list of float64 array
        In the order of the names.

    Raises
    ------
    OptionError
        The file cannot be read, lacks one of the arrays, or holds numbers that are not finite.
    """
    data = read_bounded(path, _MAX_BYTES, Sentence(".mat file"), OptionError)
    try:
        content = parse_mat(data, names)
        arrays = [content[name] for name in names]
    except (ValueError, KeyError) as e:
        raise OptionError(
            "{path} is damaged, or does not hold all of these as numbers: {names}.",
            path=shown(path),
            names=", ".join(names),
        ) from e
    if not all(np.isfinite(a).all() for a in arrays):
        raise OptionError("{path} holds numbers that are not finite.", path=shown(path))
    return arrays


def check_scipy() -> None:
    """Raise MissingDependencyError if SciPy is absent, before work begins that needs it."""
    _scipy_io()


def _scipy_io() -> Any:
    try:
        import scipy.io
    except ImportError as e:
        raise MissingDependencyError(
            "SciPy, which writes .mat files, is not installed. It is no part of the "
            "add-on: run `pip install scipy` in an ordinary Python and call "
            "`python -m prn_blender` there."
        ) from e
    return scipy.io
