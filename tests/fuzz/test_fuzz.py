"""Odd inputs of all kinds, a few of each (`make fuzz` tries more); and what counts as a failure."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("children are limited by means of POSIX", allow_module_level=True)

import kinds
import run as fuzz
from crew import try_inputs
from kinds.planted import SORTS
from verdict import fault_of, is_whole

RUN = Path(fuzz.__file__)
INPUTS = int(os.environ.get("PRN_FUZZ_INPUTS", "120"))
"""Of all kinds together: a number of inputs, because a time says nothing on a busy machine."""
SEED = 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", kinds.available())
def test_odd_inputs_are_accepted_or_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    count = fuzz.shares(INPUTS, kinds.available())[kind]
    tally = try_inputs(kind, SEED, fuzz.counter(count), 1, tmp_path)
    assert [f"{f.kind}:{f.number} {f.what}" for f in tally.failures] == []
    assert tally.count == count


def test_each_sort_of_failure_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRN_FUZZ_MB", "100")  # more would take long
    tally = try_inputs("planted", 1, fuzz.counter(2 * len(SORTS)), 2, tmp_path)
    bad = {SORTS.index(sort) for sort in SORTS if sort not in ("fine", "refused")}
    found = {failure.number: failure.what for failure in tally.failures}
    assert set(found) == bad | {number + len(SORTS) for number in bad}
    assert (tally.accepted, tally.refused) == (2, 2)
    words = {"traceback": "KeyError", "no sentence": "several lines", "crash": "SIGSEGV",
             "hang": "hangs", "memory": "GB of memory", "half-written": "half-written",
             "left over": "left over"}  # fmt: skip
    for sort, word in words.items():
        number = SORTS.index(sort)
        assert word in found[number], sort
        assert (tmp_path / f"planted-{number}" / "failure.txt").is_file()


def test_the_same_seed_gives_the_same_input_alone(tmp_path: Path) -> None:
    """By the command, which prints the seed and ends with 1 where something failed."""
    argv = [sys.executable, RUN, "--kept", tmp_path, "--jobs", "1"]
    crash = SORTS.index("crash")
    done = subprocess.run(
        [*argv, "--seed", "5", "--only", f"planted:{crash}"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "seed 5" in done.stdout
    assert f"FAILED planted:{crash}" in done.stdout
    done = subprocess.run(
        [*argv, "--inputs", "2", "--kind", "uv_data"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 inputs" in done.stdout and "seed " in done.stdout


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("There is no face.", None),
        ('"a.png" is empty (0 bytes).', None),
        ("face_ind.txt does not hold numbers.", None),
        ("", "empty"),
        ("There is\nno face.", "lines"),
        ("There is no face", "end"),
        ("there is no face.", "small"),
        ("KeyError: 'x'.", "exception"),
        ("There is no {name}.", "place"),
        ("The size is None.", "place"),
        ("x\x1b[31m.", "printed"),
        ("X" * 2000 + ".", "characters"),
    ],
)
def test_what_a_sentence_is(message: str, fault: str | None) -> None:
    found = fault_of(message)
    assert found is None if fault is None else found is not None and fault in found


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.json", "a.npy", "a.obj"])
def test_half_a_file_is_not_whole(name: str, tmp_path: Path) -> None:
    import json

    import numpy as np
    from PIL import Image

    path = tmp_path / name
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    if name.endswith(("png", "jpg")):
        Image.fromarray(noise).save(path)
    elif name.endswith("npy"):
        np.save(path, noise)
    else:
        path.write_text(json.dumps(noise.tolist()) + "\n")
    assert is_whole(path)
    for share in (0, 0.5, 0.9):
        data = path.read_bytes()
        path.write_bytes(data[: int(share * len(data))])
        assert not is_whole(path)
        path.write_bytes(data)
