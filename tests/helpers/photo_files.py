"""Photo and movie files for tests."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def levels(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference."""
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def written(path: Path, image: Any, **options: Any) -> Path:
    image.save(path, **options)
    return path


CODECS = {".avi": "MJPG", ".mp4": "mp4v"}


def write_movie(path: Path, frames: Iterable[np.ndarray], rate: float = 25.0) -> Path:
    """Write frames (H, W, 3) uint8 sRGB, all of one size."""
    writer = None
    for frame in frames:
        if writer is None:
            codec = cv2.VideoWriter_fourcc(*CODECS[path.suffix])
            writer = cv2.VideoWriter(str(path), codec, rate, frame.shape[1::-1])
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    assert writer is not None
    writer.release()
    return path


def grey_frames(count: int, width: int = 96, height: int = 64) -> list[np.ndarray]:
    """Frame k is grey, 5 k + 20; its upper left quarter is black."""
    frames = []
    for k in range(count):
        frame = np.full((height, width, 3), 5 * k + 20, np.uint8)
        frame[: height // 2, : width // 2] = 0
        frames.append(frame)
    return frames


def number_of(pixels: np.ndarray) -> int:
    """Which of `grey_frames` it is; codecs make greys a few levels darker."""
    return round((float(pixels[-8:, -8:].mean()) - 18.5) / 5)
