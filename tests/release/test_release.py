"""`make release` refuses what is not committed, not tested or not described; and what it makes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import shutil
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from repository import begin, git
from script import script

build_extension, release, tested = (script(n) for n in ("build_extension", "release", "tested"))
if shutil.which("git") is None:
    pytest.skip("git is not installed", allow_module_level=True)
ROOT = Path(__file__).resolve().parents[2]
VERSION = build_extension.project_version()
PLATFORM = "linux-x64"


# The version -------------------------------------------------------------------------------------


def test_there_is_one_version_number() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert "version" in project["project"]["dynamic"]
    staged = tomllib.loads(build_extension.staged_manifest(PLATFORM, []))
    assert staged["version"] == VERSION
    assert f"-{VERSION}-" in build_extension.zip_name(PLATFORM, None)
    own = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert "version" not in own


def test_the_changelog_begins_with_this_version() -> None:
    release.check_changelog(ROOT, VERSION)


def test_pages_name_the_zips_of_this_version() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for version in re.findall(r"prn_face-(\d+\.\d+\.\d+)", page.read_text(encoding="utf-8")):
            assert version == VERSION, page


# What it refuses ---------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small repository that has passed its tests."""
    root = tmp_path / "repository"
    (root / "docs").mkdir(parents=True)
    (root / ".gitignore").write_text("/build/\n/dist/\nsecret.py\n")
    (root / "CHANGELOG.md").write_text(f"# Changes\n\n## {VERSION} (2026-12-01)\n\n- all\n")
    for name in ("LICENSE", "docs/licences.md", "docs/face.schema.json", "code.py"):
        (root / name).write_text(name)
    begin(root)
    passed(root)
    return root


def passed(root: Path) -> None:
    tested.stamp_of(root).parent.mkdir(exist_ok=True)
    content = {"tree": tested.tree_on_disk(root), "runs": []}
    tested.stamp_of(root).write_text(json.dumps(content))


def quick(command: Sequence[str | Path], folder: Path) -> None:
    """In place of building: archives that hold every file of the export."""
    words = [str(word) for word in command]
    if "mkdocs" in words:
        site = Path(words[words.index("--site-dir") + 1])
        site.mkdir(parents=True)
        (site / "index.html").write_text("site")
        return
    if "wheel" in words:
        archive = Path(words[words.index("--wheel-dir") + 1]) / f"prn_blender-{VERSION}-x.whl"
    else:
        archive = Path(words[words.index("--output") + 1]) / build_extension.zip_name(
            PLATFORM, None
        )
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                opened.write(path, path.relative_to(folder).as_posix())


def made(root: Path) -> Path:
    return release.release(root, None, [PLATFORM], quick)


def refusal(root: Path) -> str:
    with pytest.raises(release.RefusedError) as caught:
        made(root)
    assert not (root / "dist").exists() or list((root / "dist").iterdir()) == []
    return str(caught.value)


def test_what_is_committed_and_tested_is_released(root: Path) -> None:
    (root / "secret.py").write_text("ignored by git")
    place = made(root)
    assert place == root / "dist" / f"release-{VERSION}"
    assert {p.name for p in place.iterdir()} == {
        "CHANGELOG.md", "LICENSE", "SHA256SUMS", "face.schema.json", "licences.md", "tested.json",
        f"prn_blender-{VERSION}-x.whl", f"prn_face-{VERSION}-docs.zip",
        f"prn_face-{VERSION}-linux_x64.zip",
    }  # fmt: skip
    with zipfile.ZipFile(place / f"prn_face-{VERSION}-linux_x64.zip") as archive:
        assert "code.py" in archive.namelist()
        assert "secret.py" not in archive.namelist()
    sums = dict(
        reversed(line.split("  ")) for line in (place / "SHA256SUMS").read_text().splitlines()
    )
    assert set(sums) == {p.name for p in place.iterdir()} - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert build_extension.sha256_of(place / name) == digest
    again = made(root)  # replaces the last one
    assert again == place


@pytest.mark.parametrize("kind", ["changed", "new", "removed", "overlooked"])
def test_a_dirty_tree_is_refused(root: Path, kind: str) -> None:
    if kind == "overlooked":
        git(root, "update-index", "--skip-worktree", "code.py")
    if kind == "removed":
        (root / "code.py").unlink()
    else:
        (root / ("new.py" if kind == "new" else "code.py")).write_text("changed")
    passed(root)  # even if that passed its tests
    assert refusal(root).startswith("Files differ from the last commit: ")


def test_an_untested_commit_is_refused(root: Path) -> None:
    (root / "code.py").write_text("better")
    git(root, "commit", "--quiet", "--all", "--message", "better")
    assert refusal(root) == "The tests passed for other files than these; run `make test` again."
    tested.stamp_of(root).unlink()
    assert refusal(root) == "These files are untested; run `make test` first."
    tested.stamp_of(root).write_text("yes")
    assert refusal(root) == "These files are untested; run `make test` first."


def test_another_commit_with_the_same_files_is_as_good(root: Path) -> None:
    git(root, "commit", "--quiet", "--allow-empty", "--message", "a word on it")
    assert made(root).is_dir()


@pytest.mark.parametrize("heading", ["0.0.1 (2026-12-01)", f"{VERSION} (not yet)", VERSION])
def test_a_changelog_of_another_version_is_refused(root: Path, heading: str) -> None:
    (root / "CHANGELOG.md").write_text(f"# Changes\n\n## {heading}\n\n## {VERSION} (2026-12-01)\n")
    git(root, "commit", "--quiet", "--all", "--message", "changes")
    passed(root)
    assert refusal(root).startswith(f"CHANGELOG.md begins with '{heading}'; expected '{VERSION} (")


def test_a_version_is_released_once(root: Path) -> None:
    git(root, "tag", f"v{VERSION}")
    assert made(root).is_dir()
    shutil.rmtree(root / "dist")
    (root / "code.py").write_text("better")
    git(root, "commit", "--quiet", "--all", "--message", "better")
    passed(root)
    assert refusal(root) == f"v{VERSION} is another commit already; raise the version."


def test_names_that_windows_cannot_have_are_refused(root: Path) -> None:
    (root / "aux.py").write_text("")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "aux")
    passed(root)
    assert "Windows keeps 'aux.py' for a device." in refusal(root)


def test_a_step_that_fails_leaves_nothing(root: Path) -> None:
    def fails(command: Sequence[str | Path], folder: Path) -> None:
        release.run(["python", "-c", "import sys; sys.exit('no wheels')"], folder)

    with pytest.raises(release.RefusedError, match="no wheels"):
        release.release(root, None, [PLATFORM], fails)
    assert list((root / "dist").iterdir()) == []
