"""`batch` beside the command `reconstruct`, alone and under `xargs -P`, turn by turn in one run.

python -m benchmarks.batch /path/to/photos -o DIR --count 240 --kind json --base main
python -m benchmarks.batch /path/to/photos -o DIR --count 2000 --kind json --memory
python -m benchmarks.batch /path/to/photos -o DIR --count 500 --kind json --kills 10

Photos are repeated and encoded anew, so that no two files are the same. The first form prints
photos a second of each side, and ratios; the second how the memory of all processes went; the third
ends a process at random that often, and counts what the manifest has. Linux only: it reads /proc.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from .trees import ROOT, checked_out

KINDS = {"json": ["--json", "--landmarks"], "blend": ["--obj", "--blend"]}
"""What is made of each photo."""
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def main() -> int:
    """Measure what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--kind", choices=KINDS, default="json")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each side")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--base", help="revision whose `reconstruct` is compared with")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    photos = make_photos(options.photos, options.output / "photos", options.count)
    if options.memory or options.kills:
        return watched(options, photos)
    with ExitStack() as stack:
        base = stack.enter_context(checked_out(options.base)) if options.base else ROOT
        compare(options, photos, base)
    return 0


def make_photos(source: Path, folder: Path, count: int) -> Path:
    """Repeat and encode anew photos of a folder, unless that was done before."""
    if len(list(folder.glob("*.jpg"))) == count:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = sorted(source.glob("*.jpg"))
    for number in range(count):
        with Image.open(names[number % len(names)]) as picture:
            data = io.BytesIO()
            picture.convert("RGB").save(data, "JPEG", quality=95 - number // len(names) % 20)
        (folder / f"{number:06d}.jpg").write_bytes(data.getvalue())
    return folder


def compare(options: argparse.Namespace, photos: Path, base: Path) -> None:
    """Print photos a second of each side, turn by turn: the machine may be busy otherwise."""
    names = [str(path) for path in sorted(photos.iterdir())]
    part = len(names) // options.rounds
    wanted = KINDS[options.kind]
    seconds: dict[str, float] = {}
    for turn in range(options.rounds):
        mine = names[turn * part : (turn + 1) * part]
        out = options.output / "out"
        listed = options.output / "part.txt"
        listed.write_text("\n".join(mine) + "\n")
        chunk = -(-len(mine) // options.jobs)
        sides: dict[str, Callable[[], object]] = {
            "reconstruct": lambda mine=mine, out=out: run(  # type: ignore[misc]
                base, "reconstruct", *mine, "-o", out, *wanted
            ),
            "xargs": lambda chunk=chunk, listed=listed, out=out: shell(  # type: ignore[misc]
                base,
                f"xargs -a {listed} -P {options.jobs} -n {chunk} sh -c '{sys.executable} -m "
                f'prn_blender reconstruct "$@" -o {out} {" ".join(wanted)}\' sh',
            ),
            "batch": lambda listed=listed, out=out: run(  # type: ignore[misc]
                ROOT, "batch", listed, "-o", out, "--jobs", options.jobs, *wanted
            ),
        }
        for side, work in sides.items():
            shutil.rmtree(out, ignore_errors=True)
            began = time.perf_counter()
            work()
            took = time.perf_counter() - began
            seconds[side] = seconds.get(side, 0.0) + took
            print(f"turn {turn + 1}  {side:<12} {len(mine) / took:6.2f} photos/s", flush=True)
    total = part * options.rounds
    for side, took in seconds.items():
        ratio = took / seconds["batch"]
        print(f"{side:<12} {total / took:6.2f} photos/s   batch is {ratio:.2f} times as fast")


def run(tree: Path, *arguments: object) -> None:
    """A command of the program of a tree."""
    subprocess.run(
        [sys.executable, "-m", "prn_blender", *map(str, arguments)],
        cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def shell(tree: Path, line: str) -> None:
    """A line of a shell in a tree."""
    subprocess.run(
        ["sh", "-c", line], cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def watched(options: argparse.Namespace, photos: Path) -> int:
    """One run of `batch` whose processes are watched, and some of them ended."""
    out = options.output / "out"
    shutil.rmtree(out, ignore_errors=True)
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "prn_blender", "batch", str(photos), "-o", str(out),
         "--jobs", str(options.jobs), *KINDS[options.kind]],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    rows: list[tuple[int, float, float]] = []
    ended = threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, out, rows, ended))
    watcher.start()
    if options.kills:
        end_some(process, out, options)
    process.wait()
    ended.set()
    watcher.join()
    print(f"{time.perf_counter() - began:.0f} s, exit code {process.returncode}")
    for tenth in range(10):
        some = [row for row in rows if row[0] * 10 // (options.count + 1) == tenth]
        if some:
            parent, most = (max(row[k] for row in some) for k in (1, 2))
            print(f"photos {some[0][0]:6d} to {some[-1][0]:6d}: parent {parent:5.0f} MB, "
                  f"largest other {most:5.0f} MB")  # fmt: skip
    lines = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    keys = {line["key"] for line in lines}
    done = sum(line["status"] == "done" for line in lines)
    print(f"manifest: {len(lines)} lines, {len(keys)} keys, {done} done")
    return int(len(lines) != len(keys))


def watch(
    parent: int, out: Path, rows: list[tuple[int, float, float]], end: threading.Event
) -> None:
    """Note, each second: lines of the manifest, memory of the parent and of the largest other."""
    while not end.wait(1.0):
        sizes = [resident(child) for child in descendants(parent)]
        if sizes:
            rows.append((lines_of(out), resident(parent), max(sizes)))


def end_some(process: subprocess.Popen[bytes], out: Path, options: argparse.Namespace) -> None:
    """End processes of the batch at random, spread over the run."""
    chance = random.Random(7)
    for number in range(options.kills):
        wanted = (number + 1) * options.count // (options.kills + 1)
        while lines_of(out) < wanted and process.poll() is None:
            time.sleep(0.02)
        if victims := descendants(process.pid):
            victim = chance.choice(victims)
            os.kill(victim, signal.SIGKILL)
            print(f"at {lines_of(out)} photos: ended process {victim}", flush=True)


def lines_of(out: Path) -> int:
    """Lines of the manifest."""
    manifest = out / "manifest.jsonl"
    return manifest.read_bytes().count(b"\n") if manifest.exists() else 0


def descendants(parent: int, layers: int = 1000) -> list[int]:
    """Processes so far below one, but for those that only clean up after multiprocessing."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if fields[0] != "Z" and b"resource_tracker" not in command:
                parents[int(entry.name)] = int(fields[1])
    found, layer = [], [parent]
    while layer and layers:
        layers -= 1
        layer = [child for child, above in parents.items() if above in layer]
        found += layer
    return found


def resident(process: int) -> float:
    """Memory that a process has to itself or shares, MB; 0 where it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE / 1e6
    except OSError:
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
