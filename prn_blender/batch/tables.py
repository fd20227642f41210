"""Tables of photos: CSV and Parquet with a path, boxes and identities in each row."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..core.errors import MissingDependencyError, OptionError, PhotoError, first_line
from ..core.files.safe import shown
from . import storage
from .reconstruction import Box
from .task import Item

SUFFIXES = (".csv", ".tsv", ".parquet")
"""Of tables that are read."""

_PATH = "path"
_BOX = ("x0", "y0", "x1", "y1")
_IDENTITY = "identity"
_ROWS = 4096
"""Of a Parquet file that are held at once."""


def items_of_table(source: str, item_at: Callable[[str, str], Item]) -> Iterator[Item]:
    """List the photos of a table.

    Rows of one photo are faces of it: they become one item, at the place of the first.

    Parameters
    ----------
    source : str
        .csv or .tsv (with a line of names, UTF-8), or .parquet. Columns: `path`, from the table's
        folder; optional `x0`, `y0`, `x1`, `y1`, a face from brows to chin in pixels; optional
        `identity`, whose face it is.
    item_at : callable
        Makes an item from a place and the folder that its name counts from.

    Raises
    ------
    PhotoError
        The table cannot be read, or is empty.
    OptionError
        There is no column `path`.
    MissingDependencyError
        pyarrow, for Parquet, is absent.
    """
    base = source[: source.rfind("/") + 1] if "/" in source else "."
    faces: dict[str, tuple[list[Box], list[str], str]] = {}
    for number, row in enumerate(_rows(source), start=2):
        path = str(row.get(_PATH) or "").strip()
        boxes, identities, problem = faces.setdefault(path or f"row {number}", ([], [], ""))
        try:
            box = _box_of(row, number)
            if not path:
                raise OptionError(f"Row {number} names no photo.")
        except OptionError as e:
            problem = problem or str(e)
        else:
            boxes += [box] if box else []
            identity = row.get(_IDENTITY)
            identities.append("" if identity is None else str(identity))
        faces[path or f"row {number}"] = boxes, identities, problem
    if not faces:
        raise PhotoError(f"There is no row in the table {shown(source)}.")
    for path, (boxes, identities, problem) in faces.items():
        if boxes and len(boxes) < len(identities):
            problem = problem or "Some of its rows have a box and some have none."
        known = tuple(identities[: max(len(boxes), 1)]) if any(identities) else ()
        item = item_at(storage.joined(base, path), base)
        yield replace(item, boxes=tuple(boxes), identities=known, problem=problem)


def _rows(source: str) -> Iterator[Mapping[str, Any]]:
    """The rows by names of columns."""
    if source.lower().endswith(".parquet"):
        yield from _parquet_rows(source)
        return
    data = storage.read(source)
    try:
        text = io.StringIO(data.decode("utf-8-sig"), newline="")
        table = csv.DictReader(text, delimiter="\t" if source.lower().endswith(".tsv") else ",")
        _check(source, table.fieldnames or ())
        yield from table
    except (UnicodeError, csv.Error) as e:
        raise PhotoError(f"{shown(source)} cannot be read as a table: {first_line(e)}.") from e


def _parquet_rows(source: str) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as e:
        raise MissingDependencyError(
            'Parquet files need pyarrow: `pip install "prn-blender[cluster]"`.'
        ) from e
    try:
        with storage.opened(source) as stream:
            table = parquet.ParquetFile(stream)
            names = table.schema_arrow.names
            _check(source, names)
            columns = [name for name in (_PATH, *_BOX, _IDENTITY) if name in names]
            for batch in table.iter_batches(_ROWS, columns=columns):
                yield from batch.to_pylist()
    except (ArrowException, OSError, ValueError) as e:
        raise PhotoError(f"{shown(source)} cannot be read as Parquet: {first_line(e)}.") from e


def _check(source: str, names: Any) -> None:
    if _PATH not in names:
        found = ", ".join(map(str, names)) or "none"
        raise OptionError(f"{shown(source)} has no column `path`; its columns: {found[:200]}.")


def _box_of(row: Mapping[str, Any], number: int) -> Box | None:
    """The box of a row; None if it has none."""
    values = [row.get(name) for name in _BOX]
    if all(value is None or value == "" for value in values):
        return None
    try:
        x0, y0, x1, y1 = (float(value) for value in values)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        x0 = y0 = x1 = y1 = math.nan
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise OptionError(f"Row {number} has a box that is not four numbers: {values!s:.80}.")
    return x0, y0, x1, y1
