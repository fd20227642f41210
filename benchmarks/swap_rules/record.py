"""What has been measured, kept in files: a run that was stopped goes on."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from prn_blender.core import Face
from prn_blender.core.photo.photo import write_image

from .measure import Change, Measured, face_box

# Share of the face's side shown around it.
_AROUND = 0.12


class Record:
    """One rule's changes, in FOLDER/rules/NAME.json; delete that to measure the rule anew.

    The pictures that differ are in FOLDER/pictures/PAIR.
    """

    def __init__(self, folder: Path, rule: str) -> None:
        self.folder, self.rule = folder, rule
        self.path = folder / "rules" / f"{rule}.json"
        self.changes: dict[str, Change] = {}
        if self.path.exists():
            known = json.loads(self.path.read_text(encoding="utf-8"))
            for pair, values in known.items():
                values["warning"] = tuple(values["warning"])
                self.changes[pair] = Change(**values)

    def add(
        self, pair: str, target: Face, donor: Face, whole: np.ndarray, measured: Measured
    ) -> None:
        """Keep what was measured of a pair, and its pictures if they differ.

        Parameters
        ----------
        pair : str
        target, donor : Face
        whole : (H, W, 3) uint8
            With all rules.
        measured : Measured
        """
        folder = picture_folder(self.folder, pair)
        for place in (folder, self.path.parent):
            place.mkdir(parents=True, exist_ok=True)
        view = face_box(target, _AROUND)
        shown = {"target": target.photo.pixels[view], "with": whole[view],
                 "donor": donor.photo.pixels[face_box(donor, _AROUND)]}  # fmt: skip
        for name, pixels in shown.items():
            if not (folder / f"{name}.png").exists():
                write_image(folder / f"{name}.png", np.ascontiguousarray(pixels))
        if measured.picture is not None and measured.change.is_one:
            pixels = np.ascontiguousarray(measured.picture[view])
            write_image(folder / f"without-{self.rule}.png", pixels)
        self.changes[pair] = measured.change
        values = {name: dataclasses.asdict(change) for name, change in self.changes.items()}
        self.path.write_text(json.dumps(values, indent=1), encoding="utf-8")

    def of(self, pairs: Iterable[str]) -> dict[str, Change]:
        """The changes of some pairs."""
        return {pair: self.changes[pair] for pair in pairs if pair in self.changes}


def picture_folder(folder: Path, pair: str) -> Path:
    """Where a pair's pictures are: "target.png", "donor.png", "with.png", "without-RULE.png"."""
    return folder / "pictures" / pair
