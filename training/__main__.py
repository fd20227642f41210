"""The command line: `python -m training STEP [--config FILE]` runs one step, or `all` of them.

Each step reads what those before it left in the work folder and writes its own results there. A
step that has been done is skipped unless `--again` is given; `generate` and `train` go on where
they stopped. A step's docstring is what the program prints when it begins.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from .config import REPOSITORY, Config, load_config

DEFAULT = Path(__file__).parent / "configs" / "cpu.toml"


def start(config: Config) -> None:
    """Fetch the model that training starts from out of this repository's history."""
    if config.network.trunk != START_FILE:
        return
    found = subprocess.run(
        ["git", "-C", str(REPOSITORY), "show", START], capture_output=True, check=False
    )
    if found.returncode:
        raise ValueError(
            f"git show {START}: {found.stderr.decode(errors='replace').strip()} (a shallow clone "
            "has no history: git fetch --unshallow)"
        )
    (config.work / START_FILE).write_bytes(found.stdout)


START_FILE = "start.onnx"
START = "41fa9f8:models/prn.onnx"
"""Commit and file of an earlier default model, made by this program with one aligner. It started
from the model of adeaf5b, and that from the project's first trial (11fe411), before this program.
"""


def head(config: Config) -> None:
    """Sample anny's heads and make the linear head model."""
    from .head.anny_head import build_head_model, sample_heads

    model = build_head_model(sample_heads(config.head, config.seed), config.head)
    model.save(config.work / "head_model.npz")


def correspondence(config: Config) -> None:
    """Find where MediaPipe's points and the face's silhouette lie on the head."""
    from .head.head_model import HeadModel
    from .labels.correspondence import (
        check_places,
        find_correspondence,
        measure_offset,
        render_known_heads,
    )
    from .labels.outline import build_tracks, measure_outline
    from .labels.teacher import AttentionTeacher, Teacher

    model = HeadModel.load(config.work / "head_model.npz")
    teacher = Teacher()
    attention = AttentionTeacher()
    found = find_correspondence(model, teacher, attention, config.correspondence, config.seed)
    seen = render_known_heads(model, teacher, 150, config.seed + 1)
    found = replace(found, offset=measure_offset(found, seen))
    measure_outline(build_tracks(model, found), seen).save(config.work / "outline.npz")
    found.save(config.work / "correspondence.npz")
    print("landmark places:", check_places(model, found))


def teach(config: Config) -> None:
    """Show all photos to the face mesh with attention."""
    from .labels.teacher import PHOTO_SIDE, PRECOMPUTED_SHIFT, AttentionTeacher, merge_teachers

    with np.load(config.shared / "data" / "generated_faces_mediapipe.npz") as z:
        names, plain = z["name"], z["landmarks"].astype(np.float32) * PHOTO_SIDE - PRECOMPUTED_SHIFT
    folder = config.shared / "data" / "generated_faces"
    attention = AttentionTeacher().read([folder / str(name) for name in names])
    np.savez(config.work / "landmarks.npz", landmarks=merge_teachers(plain, attention))


def fit(config: Config) -> None:
    """Fit the head model to the landmarks of all photos."""
    from .head.head_model import HeadModel
    from .labels.correspondence import Correspondence
    from .labels.fit import Fitter
    from .labels.outline import Outline

    fitter = Fitter(
        HeadModel.load(config.work / "head_model.npz"),
        Correspondence.load(config.work / "correspondence.npz"),
        Outline.load(config.work / "outline.npz"),
        config.fit,
    )
    with np.load(config.work / "landmarks.npz") as z:
        fits = fitter(z["landmarks"])
    fits.save(config.work / "fits.npz")


def generate(config: Config) -> None:
    """Make training samples from the fitted photos."""
    from .head.head_model import HeadModel
    from .labels.fit import Fits
    from .samples.shards import make_shards

    model = HeadModel.load(config.work / "head_model.npz")
    fits = Fits.load(config.work / "fits.npz")
    with np.load(config.shared / "data" / "generated_faces_mediapipe.npz") as z:
        make_shards(config, model, fits, z["name"], z["group"], config.work / "samples")


def layout(config: Config) -> None:
    """Flatten the face into the UV layout."""
    from .layout.uv_layout import make_layout

    make_layout(config)


def train(config: Config) -> None:
    """Train the network, or go on training."""
    from .network.train import train as run

    run(config)


def export(config: Config) -> None:
    """Write the ONNX file and the UV layout beside it."""
    from .export.onnx_file import export as write

    print(f"wrote {write(config)}")


def moments(config: Config) -> None:
    """Add to the exported model how its expressions bias the pose of a face."""
    from .export.moments import give_moments

    print(f"wrote {give_moments(config)}")


def population(config: Config) -> None:
    """Carry scanned heads onto ours and join them with MakeHuman's variety."""
    from .head.head_model import HeadModel
    from .population.population import join
    from .population.register import register
    from .population.scanned_heads import ScannedHeads

    model = HeadModel.load(config.work / "head_model.npz")
    scans = ScannedHeads.load(config.shared / "data" / "ict_facekit.npz")
    registered = register(model, scans)
    joined = join(model, registered, config.population)
    joined.save(config.work / "population.npz")
    print(
        f"{registered.matched.sum()} vertices lie on the scans; {len(joined.modes)} modes have "
        f"{joined.explained:.1%} of the variance"
    )


def known(config: Config) -> None:
    """Render known heads, and look at them with the exported network."""
    from .head.head_model import HeadModel
    from .identity.examples import make_examples
    from .labels.fit import Fits
    from .population.population import Population

    with np.load(config.shared / "data" / "generated_faces_mediapipe.npz") as z:
        names = z["name"]
    make_examples(
        config,
        HeadModel.load(config.work / "head_model.npz"),
        Fits.load(config.work / "fits.npz"),
        Population.load(config.work / "population.npz"),
        names,
        config.work / "known",
    )


def readout(config: Config) -> None:
    """Learn to read identity from the network's features."""
    from .identity.learn import learn_readout

    learn_readout(config)


def branch(config: Config) -> None:
    """Train the network's branch that tells identity, from that reading on."""
    from .network.learn_identity import learn_branch

    with np.load(config.shared / "data" / "generated_faces_mediapipe.npz") as z:
        print(f"wrote {learn_branch(config, z['name'])}")


def likeness(config: Config) -> None:
    """Write the reading of identity into the exported model, and the face shape beside it."""
    from .export.likeness import give_likeness

    print("wrote", *give_likeness(config))


def spread(config: Config) -> None:
    """Learn how far people have to be set apart, and write it into the face shape."""
    from .export.spread import give_spread

    print("wrote", *give_spread(config))


def head_model(config: Config) -> None:
    """Write the whole head that is put on photos, beside the exported model."""
    from .whole_head.build import make_head

    print(f"wrote {make_head(config)}")


def people(config: Config) -> None:
    """Measure likeness: against scans, and whether shapes tell people apart."""
    from .check.people import measure_people

    print(json.dumps(measure_people(config), indent=1))


def calibrate(config: Config) -> None:
    """Move landmarks of the exported layout half-way to where annotators see them."""
    from .export.landmark_calibration import calibrate as run

    print(f"wrote {run(config)}")


def lids(config: Config) -> None:
    """Write the network that refines lids and lips, beside the exported model."""
    from .export.lids_and_lips_network import make_lids_and_lips

    make_lids_and_lips(config)


def detector(config: Config) -> None:
    """Write the network that finds faces, beside the exported model."""
    from .export.face_detector_network import make_face_detector

    make_face_detector(config)


def features(config: Config) -> None:
    """Learn what eyes, noses and mouths look like, for a file beside the exported model."""
    from .export.feature_likeness import make_features

    make_features(config)


def same_person(config: Config) -> None:
    """Learn how people's faces are spread, for a file beside the exported model."""
    from .export.same_person import make_same_person

    make_same_person(config)


def evaluate(config: Config) -> None:
    """Print the accuracy of what was exported (needs the evaluation data)."""
    _prn_blender(
        "evaluate",
        str(config.shared / "data" / "aflw2000_dev.npz"),
        "--model",
        str(config.output / "position_map.onnx"),
    )


def quality(config: Config) -> None:
    """Measure openings of eyes and mouths, turned triangles and smoothness of what was exported."""
    from .check.quality import measure_quality

    print(json.dumps(measure_quality(config), indent=1))


def sheet(config: Config) -> None:
    """Draw a contact sheet of photos the model was not trained on."""
    _prn_blender(
        "sheet",
        str(config.shared / "data" / "faces_68"),
        "--model",
        str(config.output / "position_map.onnx"),
        "-o",
        str(config.work / "sheet.png"),
    )


def _prn_blender(*arguments: str) -> None:
    """Run a command of the add-on's command line."""
    from prn_blender.cli import main

    code = main(list(arguments))
    if code:
        raise SystemExit(code)


STEPS: dict[str, tuple[Callable[[Config], None], str]] = {
    "start": (start, START_FILE),
    "head": (head, "head_model.npz"),
    "correspondence": (correspondence, "correspondence.npz"),
    "teach": (teach, "landmarks.npz"),
    "fit": (fit, "fits.npz"),
    "layout": (layout, "texels.npz"),
    "generate": (generate, ""),
    "train": (train, ""),
    "export": (export, ""),
    "moments": (moments, ""),
    "population": (population, "population.npz"),
    "known": (known, ""),
    "readout": (readout, "readout.npz"),
    "branch": (branch, "identity_branch.pt"),
    "likeness": (likeness, ""),
    "spread": (spread, ""),
    "lids": (lids, ""),
    "detector": (detector, ""),
    "calibrate": (calibrate, ""),
    "features": (features, ""),
    "same-person": (same_person, ""),
    "head-model": (head_model, ""),
    "evaluate": (evaluate, ""),
    "quality": (quality, ""),
    "people": (people, ""),
    "sheet": (sheet, ""),
}
"""The steps in their order: the function, and the file in the work folder that shows that it has
been done ("": the step finds out itself, or is always run)."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Make a model, step by step."
    )
    parser.add_argument("step", choices=[*STEPS, "all"], help="what to do")
    parser.add_argument("--config", type=Path, default=DEFAULT, help="TOML file (%(default)s)")
    parser.add_argument("--again", action="store_true", help="do it even if it has been done")
    options = parser.parse_args(arguments)
    try:
        config = load_config(options.config)
    except (OSError, ValueError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 2
    names = list(STEPS) if options.step == "all" else [options.step]
    for name in names:
        run, result = STEPS[name]
        if result and (config.work / result).exists() and not options.again:
            print(f"{name}: done before ({config.work / result})")
            continue
        print(f"{name}: {(run.__doc__ or '').splitlines()[0]}", flush=True)
        began = time.perf_counter()
        try:
            run(config)
        except (FileNotFoundError, ValueError) as e:
            print(f"error: {e}", file=sys.stderr)
            return 1
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
