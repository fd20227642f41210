"""What of Windows and macOS can be checked without them: names in archives, contents of wheels.

Tests call this, and scripts/release.py before it hands anything out.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import configparser
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

# Windows keeps these names for devices, whatever ending they have.
DEVICES = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))}
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]')
LONGEST_PATH = 180
"""Characters of a path in an archive: Windows allows 260 with the folder that it is unpacked into,
and Blender's for extensions has some 80."""

# The beginning of a native library for each system, and for macOS the processor within.
_ELF = b"\x7fELF"
_PE = b"MZ"
_MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")  # one processor; several ("universal")
_SYSTEMS = {"manylinux": (_ELF,), "win": (_PE,), "macosx": _MACH_O}
_NATIVE = re.compile(r"\.(?:so|dll|pyd|dylib)(?:\.[\d.]+)?$")
# At byte 4 of a Mach-O file, at byte 18 of an ELF file, behind "PE\0\0" of a PE file.
_PROCESSORS = {
    "manylinux": {"x86_64": 0x3E},
    "win": {"amd64": 0x8664},
    "macosx": {"x86_64": 0x01000007, "arm64": 0x0100000C},
}


def name_faults(names: Iterable[str]) -> list[str]:
    """What of these paths Windows, or macOS' file system, cannot have, one sentence each.

    Parameters
    ----------
    names : iterable of str
        Paths within one archive, with "/" between folders.
    """
    names = list(names)
    faults = []
    for name in names:
        for part in PurePosixPath(name).parts:
            if FORBIDDEN.search(part):
                faults.append(f"{name!r} has a character that Windows forbids.")
            if part.split(".")[0].strip().lower() in DEVICES:
                faults.append(f"{name!r}: Windows keeps {part!r} for a device.")
            if part.endswith((" ", ".")):
                faults.append(f"{name!r}: Windows drops the last character of {part!r}.")
        if name.startswith("/") or ".." in PurePosixPath(name).parts:
            faults.append(f"{name!r} leads out of the archive.")
        if not name.isascii():
            faults.append(f"{name!r} is not ASCII, and old unpackers garble it.")
        if len(name) > LONGEST_PATH:
            faults.append(f"{name!r} is too long for Windows.")
    spelt: dict[str, str] = {}
    for name in names:
        # Folders too: `Data/a` and `data/b` become one folder.
        for path in (name, *map(str, PurePosixPath(name).parents)):
            other = spelt.setdefault(path.rstrip("/").lower(), path.rstrip("/"))
            if other != path.rstrip("/"):
                faults.append(f"{name!r} and {other!r} differ by case only.")
    twice = [name for name, count in Counter(names).items() if count > 1]
    return faults + [f"{name!r} is there twice." for name in twice]


def wheel_faults(path: Path, platform_tags: Iterable[str], python: str) -> list[str]:
    """What is wrong with a wheel for a system that is not this one, one sentence each.

    Parameters
    ----------
    path : Path
        The .whl file.
    platform_tags : iterable of str
        What the system takes, such as "win_amd64".
    python : str
        The Python that it is for, such as "3.11".

    Notes
    -----
    Its name, the tags inside, the name of each extension module, the format of each native library
    and the processor it is for have to fit.
    """
    faults = []
    abi, platforms = path.name.removesuffix(".whl").split("-")[-2:]
    tag = "cp" + python.replace(".", "")
    if not set(platforms.split(".")) & set(platform_tags):
        faults.append(f"{path.name} is for {platforms}.")
    if abi not in ("abi3", "none", tag):
        faults.append(f"{path.name} is for another Python than {python}.")
    system = next((s for s in _SYSTEMS if platforms.startswith(s)), None)
    with zipfile.ZipFile(path) as wheel:
        names = [n for n in wheel.namelist() if not n.endswith("/")]
        # What pip installs is not ours to rename; what cannot be unpacked on Windows is a fault.
        if system == "win":
            faults += [f"{path.name}: {fault}" for fault in name_faults(names)]
        natives = [n for n in names if _NATIVE.search(n)]
        if system and not natives:
            faults.append(f"{path.name} holds no native library.")
        for name in natives:
            with wheel.open(name) as file:
                head = file.read(4096)
            faults += [f"{path.name}: {name} {why}" for why in _native_faults(head, platforms)]
            faults += [f"{path.name}: {name} {why}" for why in _module_faults(name, tag)]
    return faults


def _native_faults(head: bytes, platforms: str) -> list[str]:
    system = next((s for s in _SYSTEMS if platforms.startswith(s)), None)
    if system is None:
        return ["is native code in a wheel for any system."]
    if not head.startswith(_SYSTEMS[system]):
        return [f"is no library for {system}."]
    if system == "macosx" and head.startswith(_MACH_O[1]):
        return []  # for several processors
    start, size = {"manylinux": (18, 2), "macosx": (4, 4), "win": (0, 2)}[system]
    if system == "win":
        start = int.from_bytes(head[0x3C:0x40], "little") + 4
    processor = int.from_bytes(head[start : start + size], "little")
    wanted = [v for name, v in _PROCESSORS[system].items() if name in platforms]
    return [] if processor in wanted else [f"is for another processor ({processor:#x})."]


def _module_faults(name: str, tag: str) -> list[str]:
    """Of extension modules, which name their Python: `x.cp311-win_amd64.pyd`."""
    match = re.search(r"\.(?:cpython-(\d+)|cp(\d+))-", PurePosixPath(name).name)
    found = match and (match[1] or match[2])
    return [f"is for Python cp{found}."] if found and f"cp{found}" != tag else []


def entry_points(path: Path) -> dict[str, str]:
    """The programs that a wheel installs: name -> module:function."""
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            if name.endswith(".dist-info/entry_points.txt"):
                parser = configparser.ConfigParser()
                parser.read_string(wheel.read(name).decode("utf-8"))
                return dict(parser["console_scripts"])
    return {}
