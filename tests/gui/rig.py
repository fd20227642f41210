"""Blender in its chroot with the extension in it, and the photo that it works on."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from window import INSIDE, ROOT, Blender, GuiError


def chroot_python(blender: Blender) -> str:
    """The version of the Python inside Debian's Blender, as in "3.14"."""
    report = blender.run(
        "--background", "--factory-startup", "--python-expr",
        "import sys; print('PYTHON', '%d.%d' % sys.version_info[:2])",
    )  # fmt: skip
    return report.split("PYTHON", 1)[1].split()[0]


def build_zip(python: str, folder: Path) -> Path:
    """The zip for linux-x64 and one Python."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build_extension.py"), "--platform", "linux-x64",
         "--python", python, "--output", str(folder)],
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise GuiError("The extension could not be built; the reason stands above.")
    (archive,) = folder.glob("*.zip")
    return archive


def sample_photo() -> Path:
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        raise GuiError("scikit-image, which has the sample photo, is not installed; use --photo.")
    return Path(found.origin).parent / "data" / "astronaut.png"


def prepare(options: argparse.Namespace) -> tuple[Blender, Path]:
    """A chroot, a clean profile with the extension, and the photo where both sides see it."""
    subprocess.run(
        [sys.executable, str(ROOT / "scripts/blender_chroot.py"), "create", str(options.chroot)],
        check=True,
    )
    shared = options.output.resolve()
    shutil.rmtree(shared, ignore_errors=True)
    shared.mkdir(parents=True)
    source = options.photo or sample_photo()
    photo = shared / f"photo{source.suffix}"
    shutil.copyfile(source, photo)
    blender = Blender(options.chroot.resolve(), shared)
    archive = options.zip or build_zip(chroot_python(blender), shared)
    if archive.parent != shared:
        archive = Path(shutil.copy(archive, shared))
    blender.run(
        "--command", "extension", "install-file", "--repo", "user_default", "--enable",
        f"{INSIDE}/{archive.name}",
    )  # fmt: skip
    return blender, photo
