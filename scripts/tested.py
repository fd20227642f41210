"""Run all tests, and note which state of the files passed them: build/tested.json.

    python scripts/tested.py pytest                        all tests, in this environment
    python scripts/tested.py make -j2 test-blender ...     with several, by the Makefile

`make test` calls this, and `make release` takes nothing that it has not noted. The note names git's
hash of all files as they are on disk, before and after the run, and is written only if every test
file took part, none failed, and no test was left out (`-k`, `-m`) of each run.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# As in the Makefile, which says why.
PYTEST = (
    "-m", "pytest", "--numprocesses", "auto", "--maxprocesses", "4", "--dist", "loadfile",
    "--no-loadscope-reorder", "--max-worker-restart", "0",
)  # fmt: skip
# What would choose among the tests without being seen in the command.
HIDDEN_OPTIONS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


class NotNotedError(Exception):
    """Why a run proves nothing, in a sentence."""


def stamp_of(root: Path) -> Path:
    """Where the note lies, in a folder that git ignores."""
    return root / "build" / "tested.json"


def git(root: Path, *arguments: str, **environment: str) -> str:
    """What git says."""
    done = subprocess.run(
        ["git", *arguments], cwd=root, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it failed"])[0]
        raise NotNotedError(f"git {arguments[0]}: {why}.")
    return done.stdout.strip()


def tree_on_disk(root: Path) -> str:
    """Git's hash of the files as they are on disk, but for those that it ignores.

    From an index of its own that begins empty: every file is read, whatever git has been told to
    overlook (`assume-unchanged`), and neither the index nor the repository is changed.
    """
    objects = git(root, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    with tempfile.TemporaryDirectory() as folder:
        apart = {
            "GIT_INDEX_FILE": str(Path(folder) / "index"),
            "GIT_OBJECT_DIRECTORY": folder,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects,
        }
        git(root, "add", "--all", ".", **apart)
        return git(root, "write-tree", **apart)


def check(records: Sequence[dict[str, Any]], left_out: set[str], root: Path) -> dict[str, Any]:
    """What all runs did together.

    Raises
    ------
    NotNotedError
        Something failed, or something was left out of each run.
    """
    outcomes = Counter(o for record in records for o in record["outcomes"].values())
    if outcomes["failed"] or any(record["exit status"] for record in records):
        raise NotNotedError("Tests failed.")
    took_part = {test for record in records for test in record["outcomes"]}
    never = sorted(left_out - took_part)
    if never:
        raise NotNotedError(f"{len(never)} tests were left out, the first is {never[0]}.")
    files = {path.relative_to(root).as_posix() for path in (root / "tests").rglob("test_*.py")}
    missing = sorted(files - {test.split("::")[0] for test in took_part})
    if missing:
        raise NotNotedError(f"{missing[0]} took no part in the tests.")
    if not outcomes["passed"]:
        raise NotNotedError("No test passed.")
    return {
        "runs": [
            {"python": r["python"], "blender": r["blender"], **Counter(r["outcomes"].values())}
            for r in records
        ],
        "skipped everywhere": {
            test: record["reasons"][test]
            for record in records
            for test in record["reasons"]
            if not any(r["outcomes"].get(test) == "passed" for r in records)
        },
    }


def note(root: Path, command: Sequence[str]) -> int:
    """Run the tests and write the note; the exit code is that of the tests."""
    stamp = stamp_of(root)
    stamp.unlink(missing_ok=True)
    before = tree_or_none(root)
    environment = {k: v for k, v in os.environ.items() if k not in HIDDEN_OPTIONS}
    with tempfile.TemporaryDirectory(prefix="prn-tested-") as folder:
        environment["PRN_TEST_RECORD"] = folder
        code = subprocess.run(command, cwd=root, env=environment, check=False).returncode
        paths = sorted(Path(folder).iterdir())
        records = [json.loads(p.read_text("utf-8")) for p in paths if p.suffix == ".json"]
        left_out = {
            line for p in paths if p.suffix == ".left-out"
            for line in p.read_text("utf-8").splitlines()
        }  # fmt: skip
    try:
        if code:
            raise NotNotedError("Tests failed.")
        if before is None or before != tree_or_none(root):
            raise NotNotedError("Files changed during the tests, or git is missing.")
        result = check(records, left_out, root)
    except NotNotedError as why:
        if "CI" not in os.environ:  # there the last line is to be pytest's
            print(f"tested: not noted for a release. {why}", file=sys.stderr)
        return code
    stamp.parent.mkdir(exist_ok=True)
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    content = {"tree": before, "when": when, **result}
    stamp.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0


def tree_or_none(root: Path) -> str | None:
    """`tree_on_disk`, where there is a repository at all."""
    try:
        return tree_on_disk(root)
    except (NotNotedError, FileNotFoundError):
        return None


def main() -> int:
    """As the module's docstring says."""
    command = sys.argv[1:]
    if command == ["pytest"]:
        command = [sys.executable, *PYTEST]
    if not command:
        print("tested: say what to run: pytest, or make with its targets.", file=sys.stderr)
        return 2
    return note(ROOT, command)


if __name__ == "__main__":
    sys.exit(main())
