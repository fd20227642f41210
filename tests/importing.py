"""What tests of importing models share."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def sentence(caught: Any) -> str:
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 500
    return message


def made_up_uv_data(folder: Path, rows: range = range(40, 200)) -> Path:
    """UV files in PRNet's format of a face that is a bent sheet."""
    folder.mkdir(parents=True)
    v, u = (a.ravel() for a in np.meshgrid(rows, range(50, 206), indexing="ij"))
    np.savetxt(folder / "face_ind.txt", v * 256 + u)
    x, y = u - 127.5, v.astype(float) * 1.2
    np.save(folder / "canonical_vertices.npy", np.stack([x, y, 100 - x**2 / 100], axis=1))
    columns = np.linspace(60, 195, 68).round()
    points = np.stack([columns, np.linspace(60, 190, 68).round()])
    points[:, 36:42], points[:, 42:48] = [[90], [100]], [[165], [100]]
    np.savetxt(folder / "uv_kpt_ind.txt", points)
    return folder
