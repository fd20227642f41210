"""A batch from its source to its report."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass

from ..core.errors import OutputError
from ..core.files.safe import shown
from ..core.version import VERSION
from .manifest import Known, Manifest, read_known
from .plan import Again, make_plan
from .report import Report, make_report, write_report
from .results import opened_results
from .sources import items_of
from .task import Engine, Item, Lost, Record, Task
from .work import UNWRITTEN, HashWork, PhotoWork, first_fields, now


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a run is.

    Attributes
    ----------
    done, total : int
        Photos of this run.
    failed : int
        Of those that are done.
    seconds : float
        Since the first came back.
    """

    done: int
    total: int
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        """Photos a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0


def run_batch(
    source: str,
    work: PhotoWork,
    model_sha256: str,
    engine: Engine,
    again: Again,
    say: Callable[[str], None],
    progress: Callable[[Progress], None],
) -> Report:
    """Do what is missing or has changed, and write the report.

    Parameters
    ----------
    source : str
        See `sources.items_of`.
    work : PhotoWork
        It names the folder of results.
    model_sha256 : str
        Of the model that `work` opens.
    engine : callable
        A `Pool` or a `Cluster` of `engines`.
    again : Again
    say : callable
        Takes a sentence that the user should read.
    progress : callable
        Called after each photo.

    Raises
    ------
    PRNError
        The source cannot be read, models cannot be opened, or there is no room for results.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(opened_results(work.out))
        manifest = stack.enter_context(Manifest(folder.path))
        known = read_known(manifest.path)
        items = items_of(source, work.out, say)
        plan = make_plan(items, known, work.out, work.digest(), model_sha256, again)
        changed, touched = _looked_through(engine, plan.doubtful, known)
        tasks = plan.tasks + changed
        manifest.begin({task.key for task in tasks}, touched)
        del known
        if done := len(plan.photos) - len(tasks):
            say(f"{done} of {len(plan.photos)} photos are done already.")
        failed, began = 0, time.monotonic()
        answers = stack.enter_context(closing(engine(work, tasks)))
        for number, (task, answer) in enumerate(answers, start=1):
            record = _lost(task, answer, work, model_sha256) if isinstance(answer, Lost) else answer
            if record["status"] == UNWRITTEN:
                raise OutputError(
                    f"{record['sentence']} The same command goes on from here when there is room."
                )
            manifest.add(record)
            folder.keep()
            failed += record["status"] != "done"
            for notice in record.get("notices", ()):
                say(notice)
            progress(Progress(number, len(tasks), failed, time.monotonic() - began))
        report = make_report(manifest.path, plan.photos)
        options = {"source": source, "program": VERSION, "model": model_sha256, **asdict(work)}
        write_report(folder.path, report, options, plan.photos)
    return report


def _looked_through(
    engine: Engine, doubtful: list[Task], known: Mapping[str, Known]
) -> tuple[list[Task], dict[str, Item]]:
    """Which photos have changed, and by key those that were only written anew."""
    changed, touched = [], {}
    if doubtful:
        with closing(engine(HashWork(), doubtful)) as answers:
            for task, sha256 in answers:
                if sha256 == known[task.key].sha256:
                    touched[task.key] = task.item
                else:
                    changed.append(task)
    return changed, touched


def _lost(task: Task, lost: Lost, work: PhotoWork, model_sha256: str) -> Record:
    """The line of a photo over which processes ended."""
    return {
        **first_fields(task, work, model_sha256),
        "status": "lost",
        "sentence": f"{shown(task.item.name)} is set aside. {lost.why}",
        "seconds": 0.0,
        "finished": now(),
    }
