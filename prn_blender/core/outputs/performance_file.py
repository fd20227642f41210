"""What people do in a shot, as files: a JSON of everything, Live Link Face's CSV of a person."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..geometry.camera import Camera
from ..photo.frames import Shot
from ..sequence.performance import Performance
from ..sequence.world import places
from ..version import PROGRAM, VERSION
from .description import camera_record
from .live_link import FaceCurves, by_name, head_turns

FORMAT = 1
"""Of the JSON file. It is raised when a key changes its meaning or goes; new keys leave it."""


def curves_of(performance: Performance) -> FaceCurves:
    """A performance as Live Link Face has it. Its times are those of the shot."""
    expression = by_name(performance.names, performance.expression)
    turns = head_turns(performance.rotation)
    return FaceCurves(performance.seconds, expression, turns, performance.rate)


def describe_shot(
    shot: Shot, people: Sequence[Performance], cameras: Sequence[Camera]
) -> dict[str, Any]:
    """Say what people do in a shot, as plain values.

    Parameters
    ----------
    shot : Shot
    people : sequence of Performance
    cameras : sequence of Camera
        For each person the shot's camera, scaled to them, see `sequence.world.shot_camera`.

    Returns
    -------
    dict
        Of plain Python values, for `description.write_json`; lists of frames have one entry for
        each frame.
    """
    return {
        "format": FORMAT,
        "program": {"name": PROGRAM, "version": VERSION},
        "shot": shot.path.name,
        "size": [shot.width, shot.height],
        "rate": shot.rate,
        "people": [_person(each, camera) for each, camera in zip(people, cameras, strict=True)],
    }


def _person(performance: Performance, camera: Camera) -> dict[str, Any]:
    poses = [performance.pose(k) for k in range(len(performance))]
    matrices = np.round([place.matrix for place in places(performance, camera)], 6)
    identity = performance.identity
    return {
        "person": performance.person,
        "camera": camera_record(camera),
        "identity": None if identity is None else np.round(identity, 4).tolist(),
        "frames": performance.numbers.tolist(),
        "seconds": np.round(performance.seconds, 6).tolist(),
        "measured": performance.measured.tolist(),
        "starts": performance.starts.tolist(),
        "confidence": np.round(performance.confidence, 4).tolist(),
        "pose": {
            "yaw": [round(math.degrees(pose.yaw), 4) for pose in poses],
            "pitch": [round(math.degrees(pose.pitch), 4) for pose in poses],
            "roll": [round(math.degrees(pose.roll), 4) for pose in poses],
            "matrix": [np.round(pose.matrix, 5).tolist() for pose in poses],
        },
        "matrix_world": matrices.tolist(),
        "expression": {
            name: np.round(performance.expression[:, column], 4).tolist()
            for column, name in enumerate(performance.names)
        }
        or None,
    }
