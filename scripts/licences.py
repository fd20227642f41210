"""What is in the extension, how large it is and under which licence: docs/licences.md.

    python scripts/licences.py          the page, from what was read of wheels before
    python scripts/licences.py --read   reads all wheels of extension_wheels.lock (and fetches them)

What was read of the wheels is kept in extension_wheels.json, so that the page can be checked where
the wheels of other systems are not at hand; tests compare it with the lock and with the wheels that
are there.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import email
import json
import re
import sys
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import build_extension
from build_extension import ROOT, BuildError, Target

FACTS_FILE = ROOT / "scripts" / "extension_wheels.json"
PAGE = ROOT / "docs" / "licences.md"
MODELS = ROOT / "models"
# What packages call their licences, where they do not use SPDX's names.
SPDX = {"MIT License": "MIT", "Apache 2.0": "Apache-2.0"}
# Licences that ask more of whoever passes a file on than to name them; the notices inside the
# wheels have the texts. Keys begin the names of native libraries.
COPYLEFT = {
    "libav": "LGPL-2.1-or-later",  # FFmpeg: avcodec, avformat, avutil, avfilter, avdevice
    "libswresample": "LGPL-2.1-or-later",
    "libswscale": "LGPL-2.1-or-later",
    "libpostproc": "GPL-2.0-or-later",
    "opencv_videoio_ffmpeg": "LGPL-2.1-or-later",
    "libx264": "GPL-2.0-or-later",
    "libx265": "GPL-2.0-or-later",
    "libgnutls": "LGPL-2.1-or-later",
    "libglib": "LGPL-2.1-or-later",
    "libfribidi": "LGPL-2.1-or-later",
    "libintl": "LGPL-2.1-or-later",
    "libmp3lame": "LGPL-2.0-or-later",
    "libsoxr": "LGPL-2.1-or-later",
    "libssh": "LGPL-2.1-or-later",
    "librubberband": "GPL-2.0-or-later",
    "libvidstab": "GPL-2.0-or-later",
    "libbluray": "LGPL-2.1-or-later",
    "libnettle": "LGPL-3.0-or-later",
    "libhogweed": "LGPL-3.0-or-later",
    "libgmp": "LGPL-3.0-or-later",
    "libidn2": "LGPL-3.0-or-later",
    "libunistring": "LGPL-3.0-or-later",
    "libtasn1": "LGPL-2.1-or-later",
    "libzmq": "MPL-2.0",
    "libgfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libquadmath": "LGPL-2.1-or-later",
    "libcrypto-5409": "OpenSSL",  # 1.1.1; from 3.0 on OpenSSL is under Apache-2.0
    "libssl-8125": "OpenSSL",
}
NOT_COPYLEFT = ("libavif",)
"""What begins like FFmpeg's libraries and is none of them."""
NATIVE = re.compile(r"\.(?:so|dll|pyd|dylib)(?:\.|$)")
NOTICE = re.compile(r"(?:^|/)[^/]*(?:licen[cs]e|notice|copying|3rd-party)[^/]*$", re.IGNORECASE)
COPYLEFT_IN_MANIFEST = "LGPL-2.1-or-later"
"""Of FFmpeg in OpenCV's wheels, which every zip has."""


def read_wheel(path: Path) -> dict[str, Any]:
    """What a wheel says of itself: size, licence, notices, native libraries from elsewhere."""
    with zipfile.ZipFile(path) as wheel:
        names = [n for n in wheel.namelist() if not n.endswith("/")]
        (place,) = [n for n in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
        metadata = email.message_from_bytes(wheel.read(place))
        (tags,) = [n for n in names if re.fullmatch(r"[^/]+\.dist-info/WHEEL", n)]
        about = email.message_from_bytes(wheel.read(tags))
    stated = metadata["License-Expression"] or (metadata["License"] or "").strip()
    if not stated:
        raise BuildError(f"{path.name} states no licence; look at its home page.")
    licence = SPDX.get(stated, stated)
    if not re.fullmatch(r"[A-Za-z0-9.+() -]+", licence) or len(licence) > 60:
        raise BuildError(f"{path.name}: {stated[:60]!r} is no SPDX expression; add it to SPDX.")
    return {
        "bytes": path.stat().st_size,
        "licence": licence,
        "name": metadata["Name"],
        "notices": sorted(n for n in names if NOTICE.search(n) and ".py" not in n),
        "native": sorted(n for n in names if NATIVE.search(n)),
        "tags": sorted(about.get_all("Tag", [])),
        "version": metadata["Version"],
    }


def read_all(cache: Path) -> dict[str, dict[str, Any]]:
    """File name -> what `read_wheel` says, for all wheels of released zips."""
    wheels = {w for target in released() for w in build_extension.fetch_wheels(target, cache)}
    return {wheel.name: read_wheel(wheel) for wheel in sorted(wheels)}


def released() -> list[Target]:
    """The platforms and Pythons of the zips that are released."""
    platforms = build_extension.read_wheels_file()["platforms"]
    return [t for name in platforms for t in build_extension.targets_of(name, None)]


def read_facts() -> dict[str, dict[str, Any]]:
    """What was read of the wheels."""
    return json.loads(FACTS_FILE.read_text(encoding="utf-8"))


def copyleft_of(native: str) -> str | None:
    """The licence of a native library, if it asks more than to be named."""
    name = native.rsplit("/", 1)[-1]
    if name.startswith(NOT_COPYLEFT):
        return None
    return next((v for k, v in COPYLEFT.items() if name.startswith(k)), None)


def models() -> dict[str, dict[str, str]]:
    """File name -> licence and origin, of models/.

    Raises
    ------
    BuildError
        The table and the folder differ, or the default model says otherwise of itself.
    """
    table = tomllib.loads((MODELS / "licences.toml").read_text(encoding="utf-8"))
    there = {p.name for p in MODELS.iterdir() if p.suffix not in (".md", ".txt", ".toml")}
    if there != table.keys():
        wrong = ", ".join(sorted(there ^ table.keys()))
        raise BuildError(f"models/licences.toml and the folder differ: {wrong}.")
    import onnx

    for name in table:
        if name.endswith(".onnx"):
            model = onnx.load(MODELS / name, load_external_data=False)
            stated = {p.key: p.value for p in model.metadata_props}.get("prn.license")
            parts = table[name]["licence"].split(" AND ")
            if stated and not all(part in stated for part in parts):
                raise BuildError(f"{name} says {stated!r} of itself, models/licences.toml not.")
    return table


def spdx_of_all(facts: Mapping[str, Any], weights: Mapping[str, Any]) -> set[str]:
    """The SPDX names that the manifest has to have, beside our own."""
    expressions = [f["licence"] for f in facts.values()] + [w["licence"] for w in weights.values()]
    return {part for e in expressions for part in e.split(" AND ")} | {COPYLEFT_IN_MANIFEST}


def page(facts: Mapping[str, Any], weights: Mapping[str, Any]) -> str:
    """The text of docs/licences.md."""
    shipped = set(build_extension.MODEL_FILES)
    lines = [
        "# Licences, and what weighs how much", "",
        "Made by `python scripts/licences.py` from the wheels' own metadata and "
        "`models/licences.toml`; a test fails where it is out of date.", "",
        "The code is GPL-3.0-or-later, and so is each zip as a whole. What is in it besides:", "",
        "## Models", "",
        "| file | MB | licence | |", "| --- | ---: | --- | --- |",
    ]  # fmt: skip
    for name, entry in sorted(weights.items()):
        if name in shipped:
            size = (MODELS / name).stat().st_size / 1e6
            lines.append(f"| `{name}` | {size:.1f} | {entry['licence']} | {entry['origin']} |")
    lines += [
        "", "`LICENSE-MediaPipe.txt` beside them is the text of Apache-2.0.", "",
        "## Wheels", "",
        "Unmodified files from the Python Package Index. Megabytes in each zip, one column a "
        "platform; two numbers are those for Python 3.11 and 3.13.", "",
    ]  # fmt: skip
    lines += _sizes(facts)
    reasons = build_extension.read_wheels_file()["wheels"]
    lines += ["", "| wheel | licence | why it is there | its notices, in the wheel |",
              "| --- | --- | --- | --- |"]  # fmt: skip
    for name in sorted({f["name"] for f in facts.values()}, key=str.lower):
        mine = [f for f in facts.values() if f["name"] == name]
        licence = " / ".join(sorted({f["licence"] for f in mine}))
        short = {n.rsplit("/", 1)[-1] for f in mine for n in f["notices"]}
        notices = ", ".join(f"`{n}`" for n in sorted(short))
        lines.append(f"| {name} | {licence} | {reasons[name]['reason']} | {notices} |")
    lines += [
        "", "## Libraries inside the wheels", "",
        "Most are under licences that only ask to be named (BSD, MIT, zlib, Apache-2.0); the "
        "notices above have their texts. Those that ask for more, by our reading:", "",
        "| library | licence | in the wheels for |", "| --- | --- | --- |",
    ]  # fmt: skip
    lines += _copyleft(facts)
    lines += [
        "", "They belong to OpenCV's reading of videos, which nothing here uses, and to its linear "
        "algebra. A wheel is taken as it is, so they cannot be left out. OpenSSL 1.1.1's licence "
        "is not compatible with the GPL; FFmpeg, not the add-on, is what it is linked to.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _sizes(facts: Mapping[str, Any]) -> list[str]:
    platforms = list(build_extension.read_wheels_file()["platforms"])
    names = sorted({f["name"] for f in facts.values()}, key=str.lower)
    rows = ["| wheel | " + " | ".join(platforms) + " |", "| --- |" + " ---: |" * len(platforms)]
    sums = dict.fromkeys(platforms, 0.0)
    cells: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    for platform in platforms:
        targets = build_extension.targets_of(platform, None)
        files = [w.filename for t in targets for w in build_extension.locked_wheels(t)]
        for file in dict.fromkeys(files):  # one wheel may serve both Pythons
            size = facts[file]["bytes"] / 1e6
            cells[facts[file]["name"]].setdefault(platform, []).append(size)
            sums[platform] += size
    for name in names:
        row = [" + ".join(f"{v:.1f}" for v in cells[name].get(p, [])) for p in platforms]
        rows.append(f"| {name} | " + " | ".join(row) + " |")
    ours = sum((MODELS / n).stat().st_size for n in build_extension.MODEL_FILES) / 1e6
    rows.append("| models | " + " | ".join(f"{ours:.1f}" for _ in platforms) + " |")
    total = [f"{sums[p] + ours:.0f}" for p in platforms]
    return [*rows, "| **together** | " + " | ".join(total) + " |"]


def _copyleft(facts: Mapping[str, Any]) -> list[str]:
    found: dict[tuple[str, str], set[str]] = {}
    for file, fact in facts.items():
        system = next(s for s in ("manylinux", "macosx", "win") if s in file)
        system = {"manylinux": "Linux", "macosx": "macOS", "win": "Windows"}[system]
        for native in fact["native"]:
            if (licence := copyleft_of(native)) is not None:
                library = re.split(r"[-.]", native.rsplit("/", 1)[-1])[0]
                found.setdefault((library, licence), set()).add(f"{system} ({fact['name']})")
    return [f"| {library} | {licence} | {', '.join(sorted(where))} |"
            for (library, licence), where in sorted(found.items())]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, and with --read what it is made from."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--read", action="store_true", help="read all wheels, and fetch them")
    parser.add_argument("--wheels", type=Path, default=ROOT / "wheels", metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        if options.read:
            facts = json.dumps(read_all(options.wheels.resolve()), indent=1, sort_keys=True)
            FACTS_FILE.write_text(facts + "\n", encoding="utf-8")
        PAGE.write_text(page(read_facts(), models()), encoding="utf-8")
    except BuildError as error:
        print(f"licences: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
