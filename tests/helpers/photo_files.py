"""Photo files for tests."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def levels(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference."""
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def written(path: Path, image: Any, **options: Any) -> Path:
    image.save(path, **options)
    return path
