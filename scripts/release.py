"""A release, in dist/release-VERSION: zips, wheel, site, licences, changes, checksums.

    python scripts/release.py [--platform linux-x64] [--output DIR]

`make release` calls this. It refuses files that differ from the last commit, a commit that
`make test` has not passed (scripts/tested.py), and a changelog without this version. All is made
from an export of the commit, so nothing that lies around gets in. docs/releasing.md has the rest.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import build_extension
import package_checks
from tested import ROOT, NotNotedError, git, stamp_of, tree_on_disk

SUMS = "SHA256SUMS"
TEXTS = ("CHANGELOG.md", "LICENSE", "docs/licences.md", "docs/face.schema.json")
"""Files of the repository that are handed out as they are."""
Run = Callable[[Sequence[str | Path], Path], None]


class RefusedError(Exception):
    """Why nothing is released, in a sentence that says what to do."""


# What has to be so before ------------------------------------------------------------------------


def check_tree(root: Path) -> str:
    """Git's hash of the commit's files, which have to be those on disk."""
    try:
        committed = git(root, "rev-parse", "HEAD^{tree}")
        on_disk = tree_on_disk(root)
    except (NotNotedError, FileNotFoundError) as e:
        raise RefusedError(f"This is no git repository with a commit ({e}).") from e
    if on_disk != committed:
        changed = git(root, "status", "--porcelain").splitlines()
        what = ", ".join(line[3:] for line in changed[:5]) or "files that git was told to overlook"
        raise RefusedError(f"Files differ from the last commit: {what}. Commit or remove them.")
    return committed


def check_tested(root: Path, tree: str) -> dict[str, Any]:
    """The note that these very files passed `make test`."""
    try:
        stamp = json.loads(stamp_of(root).read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise RefusedError("These files are untested; run `make test` first.") from e
    if not isinstance(stamp, dict) or stamp.get("tree") != tree:
        raise RefusedError("The tests passed for other files than these; run `make test` again.")
    return stamp


def check_changelog(root: Path, version: str) -> None:
    """CHANGELOG.md begins with this version and its day."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = next((line for line in text.splitlines() if line.startswith("## ")), "## nothing")
    if not re.fullmatch(rf"## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", heading):
        raise RefusedError(
            f"CHANGELOG.md begins with {heading[3:]!r}; expected '{version} (YYYY-MM-DD)', the "
            "version of prn_blender/core/version.py and the day."
        )


def check_tag(root: Path, version: str) -> None:
    """A version is released once."""
    tag = f"v{version}"
    if tag in git(root, "tag", "--list", tag).split():
        tagged, head = (git(root, "rev-parse", f"{name}^{{commit}}") for name in (tag, "HEAD"))
        if tagged != head:
            raise RefusedError(f"{tag} is another commit already; raise the version.")


# What is made ------------------------------------------------------------------------------------


def export(root: Path, folder: Path) -> None:
    """The files of the commit, and nothing else."""
    done = subprocess.run(["git", "archive", "HEAD"], cwd=root, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def run(command: Sequence[str | Path], folder: Path) -> None:
    """Run one step; what it says is shown only if it fails."""
    done = subprocess.run(
        [*map(str, command)], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise RefusedError(f"{Path(command[1]).name} failed: {said}")


def make(
    root: Path,
    source: Path,
    output: Path,
    version: str,
    platforms: Sequence[str],
    step: Run = run,
) -> None:
    """All files of a release but the checksums.

    Parameters
    ----------
    root : Path
        The repository; its `wheels/` keeps what is downloaded.
    source : Path
        The export that everything is made from.
    output : Path
        An existing folder.
    version : str
    platforms : sequence of str
        The zips that are made.
    step : callable
        Runs a command in a folder.
    """
    for platform in platforms:
        script = source / "scripts" / "build_extension.py"
        step([sys.executable, script, "--platform", platform, "--output", output,
              "--wheels", root / "wheels"], source)  # fmt: skip
    step([sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
          "--no-deps", "--no-build-isolation", "--wheel-dir", output, source], source)  # fmt: skip
    site = source / "build" / "site"
    step([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", site],
         source)  # fmt: skip
    shutil.make_archive(str(output / f"prn_face-{version}-docs"), "zip", site)
    for name in TEXTS:
        shutil.copyfile(source / name, output / Path(name).name)


def check_output(output: Path, version: str, platforms: Sequence[str]) -> None:
    """What can be checked of what was made, without the systems that it is for."""
    names = [build_extension.zip_name(platform, None) for platform in platforms]
    archives = [output / name for name in (*names, f"prn_face-{version}-docs.zip")]
    wheels = sorted(output.glob("prn_blender-*.whl"))
    if [w.name.split("-")[1] for w in wheels] != [version]:
        raise RefusedError(f"Expected one wheel of {version}; found {[w.name for w in wheels]}.")
    faults = []
    for archive in [*archives, *wheels]:
        with zipfile.ZipFile(archive) as opened:
            if opened.testzip() is not None:
                faults.append(f"{archive.name} is damaged.")
            faults += [f"{archive.name}: {f}" for f in package_checks.name_faults(
                n for n in opened.namelist() if not n.endswith("/"))]  # fmt: skip
    if faults:
        raise RefusedError(" ".join(faults[:5]))


def write_sums(output: Path) -> None:
    """SHA256SUMS, as `sha256sum --check` reads it."""
    files = sorted(p for p in output.iterdir() if p.name != SUMS)
    lines = [f"{build_extension.sha256_of(path)}  {path.name}\n" for path in files]
    (output / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def release(root: Path, output: Path | None, platforms: Sequence[str], step: Run = run) -> Path:
    """Check, make and check again; returns the folder.

    Raises
    ------
    RefusedError
        Nothing is left in the folder then.
    """
    version = build_extension.project_version()
    tree = check_tree(root)
    stamp = check_tested(root, tree)
    check_changelog(root, version)
    check_tag(root, version)
    place = output or root / "dist" / f"release-{version}"
    place.parent.mkdir(parents=True, exist_ok=True)
    (root / "build").mkdir(exist_ok=True)
    with (
        # Where wheels can be linked instead of copied.
        tempfile.TemporaryDirectory(dir=root / "build", prefix="release-") as source,
        tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}-") as made,
    ):
        export(root, Path(source))
        make(root, Path(source), Path(made), version, platforms, step)
        check_output(Path(made), version, platforms)
        (Path(made) / "tested.json").write_text(json.dumps(stamp, indent=1) + "\n", "utf-8")
        write_sums(Path(made))
        if check_tree(root) != tree:
            raise RefusedError("The commit changed while the release was made; start again.")
        if place.exists():
            shutil.rmtree(place)
        place.mkdir()
        for path in Path(made).iterdir():
            path.rename(place / path.name)
    return place


def main(arguments: Sequence[str] | None = None) -> int:
    """As the module's docstring says."""
    every = list(build_extension.read_wheels_file()["platforms"])
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--platform", action="append", choices=every, help="a trial: only this zip")
    parser.add_argument("--output", type=Path, metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        place = release(ROOT, options.output, options.platform or every)
    except RefusedError as why:
        print(f"release: {why}", file=sys.stderr)
        return 1
    for path in sorted(place.iterdir()):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
