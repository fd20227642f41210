"""What several photos of a person are worth: `python -m benchmarks.measures.persons KIND ...`

`heads DIR`: heads of known shape, rendered under the skins of the photos in DIR, mixed expressions,
lenses, lights: distance of the neutral face from the true one by the number of photos. `scans DIR`:
scans with photos of each (`training.check.scans`): single photos, and all together. `lfw DIR`: two
photos of a person against two others, and one photo of somebody else among five. `time PHOTO`: the
processor's time for a rendered head under that photo's skin, five photos of 12 megapixels.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL.ExifTags import IFD, Base

from prn_blender.core import Face, FaceReconstructor
from prn_blender.core.errors import PRNError
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, fit_similarity
from prn_blender.core.person import Person
from prn_blender.core.person.same_person import alikeness, strangers
from prn_blender.core.photo.exif import ORIENTATION
from training.check.scans import Likeness
from training.check.surfaces import MeanFace, Surface, icp
from training.check.verification import auc, procrustes

from .rendered_heads import View, random_expression, random_view, render, skin_of

SEED = 11
COUNTS = (1, 2, 3, 5, 8)
"""Numbers of photos."""
_YAWS, _ZOOMS = (0, -25, 15, 40, -10), (1.0, 0.8, 0.9, 0.7, 0.95)
_LARGE = (4000, 3000)  # pixels
_RUNS = 3
_GRID = 3.0  # millimetres between the points that are measured
_DRAWS = 400
_MM = 1000.0


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("heads", "scans", "lfw", "time"))
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--people", type=int, default=12, help="how many heads are rendered")
    options = parser.parse_args()
    reconstructor = FaceReconstructor.load()
    if options.what == "heads":
        measure_heads(reconstructor, options.paths[0], options.people)
    elif options.what == "scans":
        measure_scans(reconstructor, options.paths[0])
    elif options.what == "lfw":
        measure_lfw(reconstructor, options.paths[0])
    else:
        measure_time(options.paths[0])


def person_of(faces: Sequence[Face], reconstructor: FaceReconstructor) -> Person:
    """The person of some faces, all of which count."""
    assert reconstructor.likeness is not None
    return Person(tuple(faces), reconstructor.likeness, keep_all=True)


def as_seen(face: Face) -> np.ndarray:
    """(n, 3) millimetres: a face as delivered, canonical axes."""
    vertices = face.vertices.astype(np.float64) @ PHOTO_TO_BLENDER.T
    return np.asarray(_MM * vertices / face.pose.scale)


def measure_heads(reconstructor: FaceReconstructor, folder: Path, people: int) -> None:
    """Print the distance of neutral faces from true ones, mm, by the number of photos."""
    mean = MeanFace(reconstructor.layout)
    some = mean.thinned(_GRID)
    photos = [p for p in sorted(folder.iterdir()) if p.suffix in (".jpg", ".png")]
    step = max(1, len(photos) // max(people, 2))
    skins, rng = [], np.random.default_rng(SEED)
    for path in photos[::step][:people]:
        (face,) = reconstructor(path, max_faces=1)
        skins.append(skin_of(face))
        head = face.head
        assert head is not None
        model = head.model
    slide = _slide(reconstructor, model)
    apart: dict[int, list[float]] = {count: [] for count in COUNTS}
    for number in range(people):
        identity = rng.normal(0, 1, len(model.modes))
        faces: list[Face] = []
        while len(faces) < max(COUNTS):
            view, expression = random_view(rng), random_expression(rng, model.move_names)
            light = skins[rng.integers(len(skins))].light
            photo = render(model, identity, expression, skins[number], light, view, rng)
            try:
                faces += reconstructor(photo, max_faces=1)
            except PRNError:
                continue
        shape = person_of(faces[:1], reconstructor).likeness.shape
        truth = _MM * (shape.vertices(identity) + slide).astype(np.float64)
        for count in COUNTS:
            for first in range(0, max(COUNTS) - count + 1, count):
                neutral = _MM * person_of(faces[first : first + count], reconstructor).neutral
                apart[count].append(_distance(mean, neutral, truth, some))
        row = {count: round(float(np.mean(values)), 3) for count, values in apart.items()}
        print(number + 1, "people", row, flush=True)
    alone = float(np.mean(apart[1]))
    for count, values in apart.items():
        found = float(np.mean(values))
        print(f"{count} photos: {found:.3f} mm, {1 - found / alone:.0%} less")


def _slide(reconstructor: FaceReconstructor, model: object) -> np.ndarray:
    """(n, 3): what heads have more than the face's model, at its texels; see `HeadModel.slide`."""
    from scipy.spatial import cKDTree

    layout, head = reconstructor.layout, model
    row, column = np.divmod(layout.texels, layout.size)
    shown = head.shown  # type: ignore[attr-defined]
    away, near = cKDTree(head.texel[shown]).query(np.c_[column, row], k=4)  # type: ignore[attr-defined]
    weight = 1 / np.maximum(away, 0.3)
    weight /= weight.sum(1, keepdims=True)
    return np.asarray((head.slide[shown][near] * weight[..., None]).sum(1))  # type: ignore[attr-defined]


def _distance(mean: MeanFace, found: np.ndarray, truth: np.ndarray, some: np.ndarray) -> float:
    """Median distance of places of the true face from a face, as on scans, mm."""
    fit = fit_similarity(mean.seven(found), mean.seven(truth))
    return float(np.median(icp(Surface(found, mean.skin), truth[some], fit)[1]))


def measure_scans(reconstructor: FaceReconstructor, folder: Path) -> None:
    """Print the median distance of scans from single photos' faces, and from persons, mm."""
    likeness = Likeness(MeanFace(reconstructor.layout))
    ratios = []
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as z:
            scan = likeness.scan(z["vertices"], z["triangles"], z["landmarks7"])
        photos = sorted(folder.glob(f"{file.stem}_*.jpg"))
        person = person_of([reconstructor(p, max_faces=1)[0] for p in photos], reconstructor)
        single = [likeness.compare(scan, as_seen(face))[0] for face in person.found]
        shared = [likeness.compare(scan, as_seen(face))[0] for face in person.faces]
        neutral = likeness.compare(scan, _MM * person.neutral)[0]
        print(file.stem, "single", np.round(single, 2), "in the person", np.round(shared, 2))
        print(f"  neutral {neutral:.3f}: {1 - neutral / min(single):.0%} below the best single one")
        ratios.append(neutral / min(single))
    print(f"mean: {1 - np.mean(ratios):.0%} below")


def measure_lfw(reconstructor: FaceReconstructor, folder: Path) -> None:
    """Print how well one and two photos tell people, and how often a stranger is found."""
    with np.load(folder.with_suffix(".npz")) as z:
        names, people, gender = z["name"], z["person"], z["gender"]
    faces, kept = [], []
    for k, name in enumerate(names):
        try:
            faces += reconstructor(folder / str(name), max_faces=1)
            kept.append(k)
        except PRNError:
            continue
    people, gender = people[kept], gender[kept]
    rng = np.random.default_rng(SEED)
    some = MeanFace(reconstructor.layout).thinned(5.0)
    shape = reconstructor.likeness.shape  # type: ignore[union-attr]
    whose, count = np.unique(people, return_counts=True)
    four = [rng.permutation(np.flatnonzero(people == p))[:4] for p in whose[count >= 4]]
    sex = np.array([gender[g[0]] for g in four])
    for size in (1, 2):
        sides = [
            [_identity(reconstructor, [faces[k] for k in g[at : at + size]]) for g in four]
            for at in (0, 2)
        ]
        points = np.stack([shape.vertices(c)[some] for c in (*sides[0], *sides[1])])
        flat = procrustes(points).reshape(2 * len(four), -1)
        away = np.linalg.norm(flat[: len(four), None] - flat[None, len(four) :], axis=2)
        alike, same = sex[:, None] == sex[None], np.eye(len(four), dtype=bool)
        print(f"{size} against {size}: plain AUC {auc(-away[alike], same[alike]):.3f}")
    alike = alikeness(faces)
    found = alarms = 0
    for _ in range(_DRAWS):
        own = four[rng.integers(len(four))]
        others = np.flatnonzero((people != people[own[0]]) & (gender == gender[own[0]]))
        group = np.r_[own, rng.choice(others)]
        found += strangers(alike[np.ix_(group, group)]) == [len(own)]
        alarms += bool(strangers(alike[np.ix_(own, own)]))
    print(f"a stranger among five: found in {found / _DRAWS:.0%}; in {alarms / _DRAWS:.0%} of")
    print("sets of four photos of one person, one is taken for a stranger")


def _identity(reconstructor: FaceReconstructor, faces: Sequence[Face]) -> np.ndarray:
    assert reconstructor.likeness is not None
    if len(faces) == 1:
        identity = faces[0].identity
        assert identity is not None
        return identity
    return reconstructor.likeness.together(faces, [1.0] * len(faces))[0].identity


def measure_time(photo: Path) -> None:
    """Print the processor's seconds from files to a person with a texture, and for one photo more.

    One thread: a busy machine then counts as little as it can.
    """
    cv2.setNumThreads(1)
    reconstructor = FaceReconstructor.load(threads=1)
    with tempfile.TemporaryDirectory() as folder:
        photos = _large_photos(reconstructor, photo, Path(folder))
        Person.from_photos(photos[:1], reconstructor).texture()  # everything is loaded
        for _ in range(_RUNS):
            clock = [time.process_time()]

            def lap(clock: list[float] = clock) -> float:
                clock.append(time.process_time())
                return clock[-1] - clock[-2]

            person = Person.from_photos(photos, reconstructor)
            found, _ = lap(), person.faces
            fitted, side = lap(), len(person.texture())
            textured, _ = lap(), person.head
            head, total = lap(), clock[-1] - clock[0]
            print(
                f"{len(person.faces)} photos: faces {found:.2f} s, person {fitted:.2f} s, texture "
                f"of {side} {textured:.2f} s, head {head:.2f} s, together {total:.2f} s"
            )
            fewer = person.without(len(photos) - 1)
            fewer.texture(), lap()
            more = fewer.with_photo(photos[-1], reconstructor)
            more.texture()
            print(f"one photo more: {lap():.2f} s", flush=True)


def _large_photos(reconstructor: FaceReconstructor, photo: Path, folder: Path) -> list[Path]:
    """Five photos of one head, seen from several sides, as JPEGs with EXIF, some on their side."""
    (face,) = reconstructor(photo, max_faces=1)
    head, skin, rng = face.head, skin_of(face), np.random.default_rng(SEED)
    assert head is not None
    identity = rng.normal(0, 1, len(head.model.modes))
    paths = []
    for number, yaw in enumerate(_YAWS):
        expression = random_expression(rng, head.model.move_names)
        seen = render(
            head.model, identity, expression, skin, skin.light, View(yaw, 4.0 * number - 8), rng
        )
        side = int(_LARGE[1] * _ZOOMS[number])
        large = cv2.resize(seen.pixels, (side, side), interpolation=cv2.INTER_CUBIC)
        x, y = _LARGE[0] - side, _LARGE[1] - side
        around = (y // 2, y - y // 2, x // 2, x - x // 2)
        large = cv2.copyMakeBorder(large, *around, cv2.BORDER_REPLICATE)
        large = cv2.add(large, rng.integers(0, 5, large.shape[:2])[..., None].repeat(3, 2), dtype=0)
        exif = Image.Exif()
        exif[ORIENTATION] = 6 if number % 2 else 1
        exif.get_ifd(IFD.Exif)[Base.FocalLengthIn35mmFilm] = 50 + 10 * number
        stored = cv2.rotate(large, cv2.ROTATE_90_COUNTERCLOCKWISE) if number % 2 else large
        paths.append(folder / f"photo {number + 1}.jpg")
        Image.fromarray(stored).save(paths[-1], quality=92, exif=exif)
    return paths


if __name__ == "__main__":
    main()
