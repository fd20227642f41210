"""What a run of pytest did, for scripts/tested.py: conftest.py takes these hooks over.

Where $PRN_TEST_RECORD names a folder, the process that started the run leaves a JSON file there
with the tests that passed, that were skipped (and why) and that failed; every process adds the
tests that were left out (`-k`, `-m`).

Where $PRN_TESTS_LEFT names a file and one of several processes died, while nothing else failed, it
gets the test files that are to be run again: the Makefile says why.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

# What xdist says of a test in which a process ended.
_CRASHED = "crashed while running"

_outcomes: dict[str, str] = {}
_reasons: dict[str, str] = {}
_collected: list[str] = []
_crashed: set[str] = set()


def _folder() -> Path | None:
    place = os.environ.get("PRN_TEST_RECORD")
    return Path(place) if place else None


def _note(report: Any) -> None:
    """One phase of one test, or the collecting of one file: failures count most."""
    if report.failed:
        _outcomes[report.nodeid] = "failed"
    elif report.skipped and _outcomes.get(report.nodeid) != "failed":
        _outcomes[report.nodeid] = "skipped"
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _reasons[report.nodeid] = why.removeprefix("Skipped: ")
    elif getattr(report, "when", "") == "call":
        _outcomes.setdefault(report.nodeid, "passed")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)
    if report.failed and _CRASHED in str(report.longrepr):
        _crashed.add(report.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    _collected[:] = ids


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


def pytest_deselected(items: list[pytest.Item]) -> None:
    folder = _folder()
    if folder is not None:
        with (folder / f"{os.getpid()}.left-out").open("a", encoding="utf-8") as file:
            file.writelines(f"{item.nodeid}\n" for item in items)


def _note_what_is_left() -> None:
    """The files of tests that a crash has kept from running, one a line."""
    failed = {test for test, outcome in _outcomes.items() if outcome == "failed"}
    place = os.environ.get("PRN_TESTS_LEFT")
    if place is None or not _crashed or failed - _crashed:
        return
    left = {test.split("::")[0] for test in _collected if test not in _outcomes} | {
        test.split("::")[0] for test in _crashed
    }
    Path(place).write_text("".join(f"{file}\n" for file in sorted(left)), encoding="utf-8")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if not hasattr(session.config, "workerinput"):
        _note_what_is_left()
    folder = _folder()
    if folder is None or hasattr(session.config, "workerinput"):
        return
    try:
        blender = version("bpy")
    except PackageNotFoundError:
        blender = None
    record = {
        "python": platform.python_version(),
        "blender": blender,
        "exit status": int(exitstatus),
        "outcomes": _outcomes,
        "reasons": _reasons,
    }
    path = folder / f"{os.getpid()}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
