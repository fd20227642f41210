"""A picture for each rule: the pairs that change most without it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import read_photo
from prn_blender.core.photo.photo import write_image

from .measure import Change
from .record import picture_folder
from .switch import Rule

ROWS = 6
# Pixels: side of a tile, height of a line of text.
_TILE = 240
_LINE = 22
_COLUMNS = ("target", "donor", "with the rule", "without it", "difference x 4")
_LOUDER = 4


def draw_sheet(folder: Path, rule: Rule, changes: Mapping[str, Change]) -> Path | None:
    """Draw FOLDER/sheets/NAME.png; None if no pair changes.

    Parameters
    ----------
    folder : Path
        Of `Record`.
    rule : Rule
    changes : mapping of pair to Change
    """
    path = folder / "sheets" / f"{rule.name}.png"
    path.unlink(missing_ok=True)
    changed = [pair for pair, change in changes.items() if change.is_one]
    if not changed:
        return None
    width = _TILE * len(_COLUMNS)
    rows = [_text(f"{rule.name}: {rule.does}", width)]
    rows.append(np.hstack([_text(name, _TILE) for name in _COLUMNS]))
    for pair in sorted(changed, key=lambda name: -changes[name].mean)[:ROWS]:
        change = changes[pair]
        note = f"{pair}: mean {change.mean:.2f} levels, {change.seen:.1%} of pixels by more than 8"
        if change.warning[0] != change.warning[1]:
            note += f"; warning {change.warning[0][:40] or '-'} -> {change.warning[1][:40] or '-'}"
        rows += [_text(note, width), _row(picture_folder(folder, pair), rule.name)]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, np.vstack(rows))
    return path


def _row(folder: Path, rule: str) -> np.ndarray:
    names = ("target", "donor", "with", f"without-{rule}")
    pictures = [read_photo(folder / f"{name}.png").pixels for name in names]
    apart = cv2.absdiff(pictures[2], pictures[3])
    pictures.append(cv2.multiply(apart, (float(_LOUDER),) * 4))
    return np.hstack([_tile(picture) for picture in pictures])


def _tile(picture: np.ndarray) -> np.ndarray:
    """A picture within a square tile, on black."""
    height, width = picture.shape[:2]
    scale = _TILE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(
        picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    tile = np.zeros((_TILE, _TILE, 3), np.uint8)
    tile[: size[1], : size[0]] = small
    return tile


def _text(words: str, width: int) -> np.ndarray:
    line = np.full((_LINE, width, 3), 255, np.uint8)
    ascii_only = words.encode("ascii", "replace").decode()
    cv2.putText(line, ascii_only, (4, _LINE - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1,
                cv2.LINE_AA)  # fmt: skip
    return line
