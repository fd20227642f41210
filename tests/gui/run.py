"""The extension in Debian's Blender: on its command line, and in its window.

    python tests/gui/run.py [--photo FILE] [--chroot build/chroot] [--output build/gui]

Sets up the chroot (once), builds the zip for its Python, installs it, and then does what a
person does. Needs root, Debian and some minutes, so it is `make test-gui` and not part of
`make test`. The pictures it takes are in the output folder: look at them. On a machine that is busy
otherwise, PRN_GUI_PATIENCE=5 waits five times as long for everything.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rig import prepare
from stories import STORIES
from window import ROOT, GuiError

# Screenshots that the tutorial shows: name in the output folder -> in docs/images/tutorial.
TUTORIAL = {
    "1-panel": "panel", "3b-found": "found", "4-face": "camera", "6-side": "side",
    "46b-swap-shown": "swap", "48-rendered": "render", "58-dragged": "adjust",
    "100-menu": "person-menu", "101-photos-browser": "person-browser",
    "102-person": "person-photos", "103-photo-chosen": "person-chosen",
    "110-movie-browser": "shot-browser", "111-following": "shot-following",
    "112-frame-40": "shot-frame",
}  # fmt: skip


def keep_for_tutorial(output: Path) -> None:
    """Small copies of the screenshots for the documentation."""
    folder = ROOT / "docs" / "images" / "tutorial"
    folder.mkdir(parents=True, exist_ok=True)
    for name, kept in TUTORIAL.items():
        subprocess.run(
            ["convert", str(output / f"{name}.png"), "-resize", "1200x", "-dither", "None",
             "-colors", "200", f"PNG8:{folder / kept}.png"],
            check=True,
        )  # fmt: skip


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photo", type=Path, help="without it scikit-image's astronaut")
    parser.add_argument("--chroot", type=Path, default=ROOT / "build" / "chroot", metavar="DIR")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "gui", metavar="DIR")
    parser.add_argument("--story", action="append", help="only stories with this in their name")
    parser.add_argument("--tutorial", action="store_true", help="renew the tutorial's pictures")
    parser.add_argument("--zip", type=Path, help="an extension built earlier")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    failed = 0
    try:
        blender, photo = prepare(options)
    except (GuiError, subprocess.CalledProcessError) as error:
        print(f"test-gui: {error}", file=sys.stderr)
        return 1
    wanted = [
        s for s in STORIES if not options.story or any(w in s.__name__ for w in options.story)
    ]
    for story in wanted:
        started = time.monotonic()
        print(f"{story.__name__}: {story.__doc__}", flush=True)
        try:
            story(blender, photo)
        except GuiError as error:
            failed += 1
            print(f"  FAILED: {error}")
        print(f"  {time.monotonic() - started:.0f} s")
    if options.tutorial and not failed:
        keep_for_tutorial(options.output)
    print(f"{len(wanted) - failed} passed, {failed} failed; pictures in {options.output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
