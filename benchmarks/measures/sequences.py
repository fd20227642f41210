"""How well and how fast shots are followed: `python -m benchmarks.measures.sequences PHOTO...`

Each photo's largest face turns, speaks and blinks in shots that are made of it
(`benchmarks.measures.made_shots`), clean and badly filmed. The same looks of the network are taken
twice: each frame by itself, and as one shot. `--movie FILE` measures speed and memory on a movie.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import cv2
import numpy as np

from prn_blender.core import Face, FaceReconstructor, Photo, read_photo
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.head.face_shape import bundled_shape
from prn_blender.core.photo.frames import Frame, FrameRange, Shot, open_shot
from prn_blender.core.sequence import Performance, follow_faces
from prn_blender.core.sequence.mesh_positions import lattice_mesh, mesh_positions
from prn_blender.core.sequence.solve import rotation_vectors, solve
from prn_blender.core.sequence.tracker import FaceTracker
from prn_blender.core.sequence.world import places, shot_camera

from .made_shots import RATE, Script, Truth, play, speech

_HEIGHT, _WIDTH = 360, 640
_REST = 20
"""Frames at the start in which nothing moves."""
_CURVES = {"jawOpen": "jawOpen", "mouthSmile": "mouthSmileLeft", "eyeBlink": "eyeBlinkLeft"}
_FARTHEST_LAG = 5


@dataclass(frozen=True, eq=False)
class Told:
    """What was told of a shot of T frames: by single frames, or as one."""

    rotation: np.ndarray
    scale: np.ndarray
    landmarks: np.ndarray
    curves: dict[str, np.ndarray]


def told_by(parts: Sequence[Performance]) -> Told:
    """Join performances of one person, each of some frames, in their order."""
    marks = np.concatenate([_landmarks(each) for each in parts])
    curves = {n: np.concatenate([each.curve(n) for each in parts]) for n in _CURVES.values()}
    rotation = np.concatenate([each.rotation for each in parts])
    return Told(rotation, np.concatenate([each.scale for each in parts]), marks, curves)


def _landmarks(performance: Performance) -> np.ndarray:
    """(T, 68, 2) photo pixels, by identity, expression and pose."""
    shape, layout = bundled_shape(performance.layout), performance.layout
    assert shape is not None and performance.identity is not None
    row, column = layout.landmark_texels.T
    directions = shape.directions(row.astype(np.int64) * layout.size + column)
    order = np.searchsorted(layout.texels, row.astype(np.int64) * layout.size + column)
    person = shape.vertices(performance.identity)[order].astype(np.float64)
    moves = directions[len(performance.identity) :]
    heads = person + np.tensordot(performance.expression, moves, 1)
    placed = [performance.pose(k).similarity.apply(head) for k, head in enumerate(heads)]
    return np.asarray((np.stack(placed) @ PHOTO_TO_BLENDER)[..., :2])


def looked_at(
    reconstructor: FaceReconstructor, face: Face, script: Script
) -> tuple[Told, Told, list[Truth], list[int]]:
    """Play a shot, and tell it frame by frame and as one; of the frames that show the face."""
    tracker = FaceTracker(reconstructor, RATE)
    seen, truth = [], []
    for index, (pixels, true) in enumerate(play(face, script)):
        seen.append(tracker(Frame(index + 1, index / RATE, Photo(pixels))))
        truth.append(true)
    there = [k for k, each in enumerate(seen) if 0 in each.people]
    shot = Shot(Path("shot.mp4"), face.photo.width, face.photo.height, RATE, len(seen))
    whole = solve(shot, seen, tracker.looker)[0]
    kept = np.isin(whole.numbers - 1, there)
    single = told_by([solve(shot, [seen[k]], tracker.looker)[0] for k in there])
    joined = told_by([whole])
    joined = Told(
        joined.rotation[kept],
        joined.scale[kept],
        joined.landmarks[kept],
        {name: curve[kept] for name, curve in joined.curves.items()},
    )
    return single, joined, [truth[k] for k in there], there


def figures(told: Told, truth: Sequence[Truth], curves: dict[str, np.ndarray]) -> dict[str, float]:
    """How far what was told is from the truth, without what is off all the time alike.

    Returns
    -------
    dict
        `turn_deg`: root mean square of the turn. `scale_pct`: of the size. `rest_px`: standard
        deviation of landmarks where nothing moves. `jerk`: mean third difference of the turn, over
        the truth's. `lag`: frames by which the turn fits best. `jaw`, `smile`, `blink`:
        correlation with the truth.
    """
    turns = np.array([each.rotation for each in truth])
    away = told.rotation @ turns.transpose(0, 2, 1)
    u, _, vt = np.linalg.svd(away.mean(axis=0))
    off = np.linalg.norm(rotation_vectors((u @ vt).T @ away), axis=1)
    vectors, true = (rotation_vectors(turns[0].T @ each) for each in (told.rotation, turns))
    growth = np.log(told.scale / [each.scale for each in truth])
    result = {
        "turn_deg": float(np.degrees(np.sqrt((off**2).mean()))),
        "scale_pct": 100 * float(growth.std()),
        "rest_px": float(told.landmarks[:_REST].std(axis=0).mean()),
        "jerk": _jerk(vectors) / max(_jerk(true), 1e-9),
        "lag": float(_lag(vectors, true)),
    }
    for (name, curve), short in zip(_CURVES.items(), ("jaw", "smile", "blink"), strict=True):
        result[short] = float(np.corrcoef(told.curves[curve], curves[name])[0, 1])
    return result


def _jerk(vectors: np.ndarray) -> float:
    return float(np.abs(np.diff(vectors, 3, axis=0)).mean())


def _lag(vectors: np.ndarray, true: np.ndarray) -> int:
    """Frames by which a motion has to be moved back to fit the truth best."""
    inside = slice(_FARTHEST_LAG, -_FARTHEST_LAG)
    lags = range(-_FARTHEST_LAG, _FARTHEST_LAG + 1)
    return min(
        lags,
        key=lambda lag: float(
            ((np.roll(vectors, -lag, axis=0) - true)[inside].std(axis=0) ** 2).sum()
        ),
    )


def _on_canvas(reconstructor: FaceReconstructor, path: Path) -> Face:
    """The largest face of a photo, in a picture of a movie's size."""
    photo = read_photo(path, reduced=True)
    zoom = _HEIGHT / photo.height
    pixels = cv2.resize(photo.pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    left = max(0, _WIDTH - pixels.shape[1]) // 2
    right = max(0, _WIDTH - pixels.shape[1] - left)
    pixels = cv2.copyMakeBorder(pixels, 0, 0, left, right, cv2.BORDER_REFLECT)
    return reconstructor(Photo.from_pixels(pixels), max_faces=1)[0]


def accuracy(photos: Sequence[Path], frames: int) -> None:
    """Print a table: each kind of shot, single frames against the whole."""
    reconstructor = FaceReconstructor.load()
    kinds: dict[str, dict[str, Any]] = {
        "clean": {},
        "noise, blur": {"noise": 4.0, "blur": 0.5},
        "hidden a moment": {"noise": 3.0, "hidden": (frames // 2, frames // 2 + 5)},
    }
    print("| photo | shot | | " + " | ".join(_TITLES) + " |\n|" + "---|" * (3 + len(_TITLES)))
    for path in photos:
        face = _on_canvas(reconstructor, path)
        for kind, changes in kinds.items():
            script = replace(speech(frames, size=face.size), **changes)
            single, whole, truth, there = looked_at(reconstructor, face, script)
            curves = {name: script.curves[name][there] for name in _CURVES}
            for what, told in (("frames", single), ("shot", whole)):
                values = figures(told, truth, curves)
                row = " | ".join(f"{values[name]:.3f}" for name in _TITLES)
                print(f"| {path.stem} | {kind} | {what} | {row} |", flush=True)


_TITLES = ("turn_deg", "scale_pct", "rest_px", "jerk", "lag", "jaw", "smile", "blink")


def positions(photos: Sequence[Path], frames: int) -> None:
    """Print how far vertices are from the truth by shape keys and by a position cache."""
    reconstructor = FaceReconstructor.load()
    layout = reconstructor.layout
    wanted = layout.landmark_texels.astype(np.int64) @ [layout.size, 1]
    order = {int(texel): k for k, texel in enumerate(layout.mesh(1)[0])}
    landmarks = [order[int(texel)] for texel in wanted]
    print("| photo | | off, px | mouth r, slope | lids r, slope |\n|---|---|---|---|---|")
    for path in photos:
        face = _on_canvas(reconstructor, path)
        script = replace(speech(frames, size=face.size), noise=4.0, blur=0.5)
        tracker = FaceTracker(reconstructor, RATE)
        seen, truth = [], []
        made = MadeShot(Path("shot.mp4"), face.photo.width, face.photo.height, RATE, frames)
        for index, (pixels, true) in enumerate(play(face, script)):
            made.made.append(Frame(index + 1, index / RATE, Photo(pixels)))
            seen.append(tracker(made.made[-1]))
            truth.append(true.landmarks[:, :2])
        told = solve(made, seen, tracker.looker)[0]
        camera = shot_camera(told)
        where = places(told, camera)
        cached = np.array(
            [
                camera.project(where[k].apply(points[landmarks].astype(np.float64)))[:, :2]
                for k, points in mesh_positions(made, told, reconstructor, camera, lattice_mesh(1))
            ]
        )
        for what, found in (("keys", _landmarks(told)), ("position cache", cached)):
            print(f"| {path.stem} | {what} | {_off(found, np.array(truth))} |", flush=True)


def _off(found: np.ndarray, true: np.ndarray) -> str:
    """Landmarks (T, 68, 2) against the truth: distance, and how mouth and lids open.

    What is off all the time alike is taken off: a mesh has the details of its photo.
    """
    away = found - true
    cells = [f"{np.linalg.norm(away - away.mean(axis=0), axis=2)[:, 17:].mean():.2f}"]
    for one, other in (([62], [66]), ([37, 44], [41, 46])):
        opening, wanted = (
            np.linalg.norm(points[:, one] - points[:, other], axis=2).mean(axis=1)
            for points in (found, true)
        )
        slope = np.polyfit(wanted, opening, 1)[0]
        cells.append(f"{np.corrcoef(opening, wanted)[0, 1]:.3f}, {slope:.2f}")
    return " | ".join(cells)


@dataclass(frozen=True)
class MadeShot(Shot):
    """A shot whose frames were made; as many as there are now."""

    made: list[Frame] = field(default_factory=list)

    def frames(self, wanted: FrameRange | None = None) -> Generator[Frame, None, None]:
        """Those of a range."""
        first = 0 if wanted is None else wanted.start - 1
        yield from self.made[first : None if wanted is None else wanted.end]


def speed(movie: Path, frames: int | None) -> None:
    """Print how long a frame takes, and memory after each quarter."""
    shot, reconstructor = open_shot(movie), FaceReconstructor.load()
    follow_faces(shot, reconstructor, FrameRange(1, 5))
    wanted = FrameRange(1, frames)
    total = wanted.count(shot.count)
    memory: list[str] = []
    marks: list[float] = []

    def progress(done: int, _: int) -> bool:
        marks.append(time.perf_counter())
        if done % max(1, total // 4) == 0:
            memory.append(f"{getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f}")
        return True

    began, processor = time.perf_counter(), time.process_time()
    people = follow_faces(shot, reconstructor, wanted, progress)
    took, processor = time.perf_counter() - began, time.process_time() - processor
    steps = np.diff(marks)
    print(f"{len(marks)} frames of {shot.width} x {shot.height}, {len(people)} people")
    print(f"{len(marks) / took:.1f} frames a second; a frame {1e3 * np.median(steps):.1f} ms")
    print(f"processor: {1e3 * processor / len(marks):.1f} ms a frame")
    print(f"the end, identity and smoothing: {time.perf_counter() - marks[-1]:.2f} s")
    print(f"peak memory by quarters: {', '.join(memory)} MB")


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
    parser.add_argument("--frames", type=int, metavar="N", help="of each shot; by default 150")
    parser.add_argument("--movie", type=Path, help="speed and memory on this movie")
    parser.add_argument(
        "--positions", action="store_true", help="vertices by shape keys and by a position cache"
    )
    options = parser.parse_args()
    if options.movie:
        speed(options.movie, options.frames)
    if options.photos:
        (positions if options.positions else accuracy)(options.photos, options.frames or 150)


if __name__ == "__main__":
    main()
