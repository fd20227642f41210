"""Debian's Blender with everything it needs for a window, in a folder of its own.

    python scripts/blender_chroot.py create build/chroot
    python scripts/blender_chroot.py run build/chroot --bind HOST:INSIDE -- blender --version

`bpy` from pip has no window and no `--command`; this is a whole Blender. It needs root on a
Debian machine, one or two minutes and 1.2 GB. Debian's newest suite has the newest Blender but
changes every day; when it does not install, the last stable one is taken, and that is said.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "xdotool": "xdotool",
    "xwininfo": "x11-utils",
    "import": "imagemagick",
}
COMMON_PACKAGES = (
    "ca-certificates", "blender", "libgl1", "libgl1-mesa-dri", "libegl1", "libgles2",
    "libglx-mesa0", "python3-numpy", "python3-requests", "python3-zstandard",
)  # fmt: skip
# In the order in which they are tried.
SUITES = {
    "sid": (*COMMON_PACKAGES, "python3-cattr"),  # Blender 5.2, Python 3.14
    "trixie": COMMON_PACKAGES,  # Blender 4.3, Python 3.13
}
# Written last, so that a folder without it is known to be unfinished.
MARKER = "prn-chroot-suite"


class ChrootError(Exception):
    """One sentence: what is wrong, and what to do."""


def install_tools() -> None:
    """Install what is missing of the host's tools."""
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if not missing:
        return
    print(f"installing {' '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "-q", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ChrootError(f"apt-get {command[0]} failed: {done.stderr.strip()}")


def debian_mirror() -> str:
    """The mirror that this machine itself uses."""
    folder = Path("/etc/apt")
    # The names that apt reads; others are switched off.
    sources = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.sources"))]
    sources += sorted(folder.glob("sources.list.d/*.list"))
    for source in sources:
        text = source.read_text(encoding="utf-8") if source.is_file() else ""
        # Other projects have lists there too; Debian's mirrors end in its name.
        found = re.search(r"^(?:URIs:|deb\s(?:\s*\[.*?\])?)\s*(\S+/debian)/?\s", text, re.MULTILINE)
        if found:
            return found.group(1)
    raise ChrootError("No Debian mirror found under /etc/apt; the window tests need Debian.")


def bootstrap(folder: Path, suite: str) -> bool:
    """Fill `folder` with one suite; False when its packages do not install today."""
    command = [
        "mmdebstrap", "--variant=apt", "--mode=root", "--quiet",
        "--aptopt=Acquire::Check-Valid-Until \"false\"",
        "--aptopt=APT::Install-Recommends \"false\"",
        f"--include={','.join(SUITES[suite])}",
        suite, str(folder), f"deb {debian_mirror()} {suite} main",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-5:]), file=sys.stderr)
    return done.returncode == 0


def create(folder: Path, suites: Sequence[str] = tuple(SUITES)) -> None:
    """Make the chroot unless it is there."""
    if os.geteuid() != 0:
        raise ChrootError("Setting up a chroot needs root.")
    install_tools()
    if (folder / MARKER).exists():
        return
    for suite in suites:
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        print(f"installing Debian {suite}'s Blender into {folder}", flush=True)
        if bootstrap(folder, suite):
            # Blender looks there for the mounted file systems.
            (folder / "etc/mtab").symlink_to("/proc/self/mounts")
            (folder / MARKER).write_text(suite + "\n", encoding="utf-8")
            return
        print(f"Debian {suite}'s Blender does not install today.", file=sys.stderr)
    raise ChrootError(f"None of Debian's {', '.join(suites)} gave a Blender.")


def suite_of(folder: Path) -> str:
    if not (folder / MARKER).exists():
        raise ChrootError(f"{folder} is no finished chroot; run `create` first.")
    return (folder / MARKER).read_text(encoding="utf-8").strip()


def inside(folder: Path, command: Sequence[str], binds: Sequence[tuple[Path, str]]) -> list[str]:
    """The command line that runs `command` inside, with its own mounts that vanish with it."""
    suite_of(folder)
    root = shlex.quote(str(folder))
    steps = [
        f"mount -t proc proc {root}/proc",
        f"mount --rbind /dev {root}/dev",
        f"mount --rbind /sys {root}/sys",
    ]
    Path("/tmp/.X11-unix").mkdir(mode=0o1777, exist_ok=True)
    for source, target in [*binds, (Path("/tmp/.X11-unix"), "/tmp/.X11-unix")]:
        (folder / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
        steps.append(f"mount --bind {shlex.quote(str(source))} {root}{shlex.quote(target)}")
    steps.append(f"exec chroot {root} {shlex.join(command)}")
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", "\n".join(steps)]


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="action", required=True)
    make = commands.add_parser("create", help="make the chroot unless it is there")
    make.add_argument("folder", type=Path)
    make.add_argument("--suite", choices=SUITES, action="append", help="only this one")
    run = commands.add_parser("run", help="run a command inside")
    run.add_argument("folder", type=Path)
    run.add_argument("--bind", action="append", default=[], metavar="HOST:INSIDE")
    run.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    folder = options.folder.resolve()
    try:
        if options.action == "create":
            create(folder, options.suite or tuple(SUITES))
            print(f"{folder}: Debian {suite_of(folder)}")
            return 0
        binds = [bind.rsplit(":", 1) for bind in options.bind]
        command = inside(
            folder, options.command, [(Path(host).resolve(), target) for host, target in binds]
        )
        # In this process's place, so that a signal to it reaches the command.
        os.execvp(command[0], command)
    except ChrootError as error:
        print(f"blender_chroot: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
