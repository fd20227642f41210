"""Build the extension: one zip for each platform, checked by Blender's own validator.

    python scripts/build_extension.py [--platform linux-x64] [--python 3.11] [--output dist]

The wheels are named in extension_wheels.toml and pinned by sha256 in extension_wheels.lock.
They are downloaded once into wheels/. The zip is made and checked by the builder inside `bpy`,
so this runs in any environment that has the `bpy` package and pip.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEELS_FILE = ROOT / "scripts" / "extension_wheels.toml"
LOCK_FILE = ROOT / "scripts" / "extension_wheels.lock"
MODEL_FILES: tuple[str, ...] = tuple(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["prn-blender"][
        "model-files"
    ]
)
LOCK_HEADER = """\
# Made by `python scripts/build_extension.py --lock` from extension_wheels.toml: for each
# platform and Python the files and their sha256.
"""


class BuildError(Exception):
    """One sentence: what is wrong, and what to do."""


@dataclasses.dataclass(frozen=True)
class Target:
    """A platform and a Python version, as one zip may hold several."""

    platform: str
    python: str
    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.platform} {self.python}"


@dataclasses.dataclass(frozen=True)
class Wheel:
    filename: str
    sha256: str

    @property
    def requirement(self) -> str:
        name, version = self.filename.split("-")[:2]
        return f"{name}=={version}"


def project_version() -> str:
    """The version, from the one place that has it."""
    return str(runpy.run_path(str(ROOT / "prn_blender" / "core" / "version.py"))["VERSION"])


def read_wheels_file() -> dict:
    return tomllib.loads(WHEELS_FILE.read_text(encoding="utf-8"))


def read_lock() -> dict[str, list[Wheel]]:
    data = tomllib.loads(LOCK_FILE.read_text(encoding="utf-8"))
    return {
        target: [Wheel(filename, sha256) for filename, sha256 in wheels.items()]
        for target, wheels in data.items()
    }


def targets_of(platform: str, pythons: Sequence[str] | None) -> list[Target]:
    """The targets in one platform's zip; without `pythons` those that are released."""
    table = read_wheels_file()["platforms"]
    if platform not in table:
        raise BuildError(f'There is no platform "{platform}"; there are {", ".join(table)}.')
    entry = table[platform]
    possible = [*entry["pythons"], *entry.get("rig_pythons", [])]
    chosen = entry["pythons"] if pythons is None else [p for p in possible if p in pythons]
    if not chosen:
        raise BuildError(
            f"{platform} has no wheels for Python {', '.join(pythons or [])}, "
            f"only for {', '.join(possible)}."
        )
    return [Target(platform, python, tuple(entry["tags"])) for python in chosen]


def all_targets() -> list[Target]:
    table = read_wheels_file()["platforms"]
    return [
        target
        for platform, entry in table.items()
        for target in targets_of(platform, [*entry["pythons"], *entry.get("rig_pythons", [])])
    ]


def pinned_versions(target: Target) -> dict[str, str]:
    """Package -> version for one target, exceptions applied in the file's order."""
    data = read_wheels_file()
    versions = {name: entry["version"] for name, entry in data["wheels"].items()}
    for exception in data["exceptions"]:
        fits_platform = exception.get("platform", target.platform) == target.platform
        fits_python = exception.get("python", target.python) == target.python
        if fits_platform and fits_python:
            versions.update(exception["versions"])
    return versions


def is_pure(name: str) -> bool:
    """Whether the build without compiled parts is wanted; False for an exception's extra wheel."""
    return bool(read_wheels_file()["wheels"].get(name, {}).get("pure", False))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pip_download(target: Target, requirements: Iterable[str], folder: Path) -> None:
    """Unmodified wheels for `target`, whatever machine and Python this is."""
    with tempfile.TemporaryDirectory() as temporary:
        list_file = Path(temporary) / "requirements.txt"
        list_file.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--only-binary=:all:", "--no-deps", "--implementation", "cp",
            "--python-version", target.python.replace(".", ""),
            *(argument for tag in target.tags for argument in ("--platform", tag)),
            "--dest", str(folder), "--requirement", str(list_file),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1].removeprefix("ERROR: ") if errors else f"exit code {done.returncode}"
        raise BuildError(f"pip could not download the wheels for {target}: {reason}")


def write_lock() -> None:
    """Ask the registry for every pinned wheel and note the files it answers with."""
    lines = [LOCK_HEADER]
    for target in all_targets():
        with tempfile.TemporaryDirectory() as temporary:
            for pure in (False, True):
                pins = [
                    f"{name}=={version}"
                    for name, version in pinned_versions(target).items()
                    if is_pure(name) == pure
                ]
                asked = dataclasses.replace(target, tags=("any",)) if pure else target
                pip_download(asked, pins, Path(temporary))
            files = sorted(Path(temporary).glob("*.whl"))
            lines.append(f'["{target}"]')
            lines.extend(f'"{file.name}" = "{sha256_of(file)}"' for file in files)
            lines.append("")
        print(f"{target}: {len(files)} wheels")
    LOCK_FILE.write_text("\n".join(lines), encoding="utf-8")


def locked_wheels(target: Target) -> list[Wheel]:
    """What the lock file has for one target, provided that it fits the pins."""
    wheels = read_lock().get(str(target), [])
    if {wheel.requirement for wheel in wheels} != {
        f"{name.replace('-', '_')}=={version}" for name, version in pinned_versions(target).items()
    }:
        raise BuildError(
            f"{LOCK_FILE.name} does not fit {WHEELS_FILE.name} for {target}; "
            "run `python scripts/build_extension.py --lock`."
        )
    return wheels


def fetch_wheels(target: Target, cache: Path) -> list[Path]:
    """The locked wheels of one target, downloaded only when the cache lacks them."""
    wheels = locked_wheels(target)
    cache.mkdir(parents=True, exist_ok=True)
    missing = [
        wheel
        for wheel in wheels
        if not (cache / wheel.filename).exists()
        or sha256_of(cache / wheel.filename) != wheel.sha256
    ]
    if missing:
        print(f"{target}: downloading {len(missing)} of {len(wheels)} wheels")
        for wheel in missing:
            # pip would take a damaged file that is already there for a finished download.
            (cache / wheel.filename).unlink(missing_ok=True)
        pip_download(target, (f"{w.requirement} --hash=sha256:{w.sha256}" for w in missing), cache)
    return [cache / wheel.filename for wheel in wheels]


def blender_builder() -> Path:
    """Blender's command for building and validating extensions, from the `bpy` package."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or not spec.submodule_search_locations:
        raise BuildError(
            f"{sys.executable} has no `bpy`, whose builder makes the zip; run `make setup` "
            "and use the Python in .venv."
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    found = sorted(package.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not found:
        raise BuildError(f"{package} has no extension builder; Blender has one from 4.2 on.")
    return found[-1]


def run_builder(*arguments: str) -> None:
    command = [sys.executable, str(blender_builder()), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = (done.stdout + done.stderr).strip()
    if done.returncode != 0:
        raise BuildError(f"Blender's builder refused `{arguments[0]}`: {output}")


def staged_manifest(platform: str, wheels: Iterable[Path]) -> str:
    """The manifest with version, this platform and its wheels, ahead of the first table."""
    text = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    head, bracket, tables = text.partition("\n[")
    listed = "".join(f'    "./wheels/{wheel.name}",\n' for wheel in wheels)
    added = f'version = "{project_version()}"\nplatforms = ["{platform}"]\n'
    return f"{head}\n{added}wheels = [\n{listed}]\n{bracket}{tables}"


def link_or_copy(source: Path, destination: Path) -> None:
    """A hard link where the file system allows one: the wheels are large."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)


def stage(folder: Path, platform: str, wheels: Sequence[Path]) -> None:
    """Lay out `folder` as it shall be in the zip."""
    package = ROOT / "prn_blender"
    for source in sorted(package.rglob("*")):
        relative = source.relative_to(package)
        hidden = any(part == "__pycache__" or part.startswith(".") for part in relative.parts)
        if source.is_file() and not hidden:
            link_or_copy(source, folder / relative)
    for name in MODEL_FILES:
        source = ROOT / "models" / name
        if not source.is_file():
            raise BuildError(f"models/{name} is missing; run `make setup`.")
        link_or_copy(source, folder / "models" / name)
    for wheel in wheels:
        link_or_copy(wheel, folder / "wheels" / wheel.name)
    link_or_copy(ROOT / "LICENSE", folder / "LICENSE")
    manifest = staged_manifest(platform, wheels)
    (folder / "blender_manifest.toml").write_text(manifest, encoding="utf-8")


def zip_name(platform: str, pythons: Sequence[str] | None) -> str:
    """Blender's own naming, and the Pythons where they are not the released set."""
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    suffix = "" if pythons is None else "-py" + "-".join(p.replace(".", "") for p in pythons)
    return f"{manifest['id']}-{project_version()}-{platform.replace('-', '_')}{suffix}.zip"


def build(platform: str, pythons: Sequence[str] | None, cache: Path, output: Path) -> Path:
    """One platform's zip, built and validated."""
    wheels = sorted(
        {wheel for target in targets_of(platform, pythons) for wheel in fetch_wheels(target, cache)}
    )
    output.mkdir(parents=True, exist_ok=True)
    archive = output.resolve() / zip_name(platform, pythons)
    # Not among the system's temporary files: here wheels can be linked instead of copied.
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="extension-") as staging:
        stage(Path(staging), platform, wheels)
        archive.unlink(missing_ok=True)
        run_builder("build", "--source-dir", staging, "--output-filepath", str(archive))
    run_builder("validate", str(archive))
    return archive


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--platform", action="append", metavar="NAME", help="only this one; repeat for more"
    )
    parser.add_argument(
        "--python", action="append", metavar="X.Y", help="only for this Python; repeat for more"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="DIR")
    parser.add_argument(
        "--wheels", type=Path, default=ROOT / "wheels", metavar="DIR", help="cache of downloads"
    )
    parser.add_argument("--lock", action="store_true", help="write extension_wheels.lock and stop")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse_arguments(arguments)
    try:
        if options.lock:
            write_lock()
            return 0
        for platform in options.platform or read_wheels_file()["platforms"]:
            archive = build(platform, options.python, options.wheels.resolve(), options.output)
            print(f"{archive}  {archive.stat().st_size / 1e6:.1f} MB, valid")
    except BuildError as error:
        print(f"build_extension: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
