"""The job's progress bar, in the status bar and in place of the panel's button."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from bpy.app.translations import pgettext_iface as iface_

from .job import Job, current_job

STOP_JOB = "prn.stop_job"
"""The operator of the button that stops the job, see operators/jobs.py."""

_STATUS_BAR_WIDTH = 18
"""In Blender's interface units; left to itself the status bar makes it as narrow as a button."""


def draw_job(header: Any, context: Any) -> None:
    """Draw the job that runs into the status bar; Blender calls this.

    Parameters
    ----------
    header : bpy.types.Header
    context : bpy.types.Context
    """
    row = header.layout.row(align=True)
    row.ui_units_x = _STATUS_BAR_WIDTH
    draw_progress(row)


def draw_progress(row: Any) -> None:
    """Draw the job's bar and the button that stops it; nothing where no job runs.

    Parameters
    ----------
    row : bpy.types.UILayout
    """
    job = current_job()
    if job is None:
        return
    row.progress(factor=job.progress, text=job_text(job))
    row.operator(STOP_JOB, text="", icon="X")


def job_text(job: Job) -> str:
    """What is being done. Photos are counted; steps that build on each other are not."""
    name, number = iface_(job.name), min(job.done + 1, job.total)
    if job.in_order or job.total == 1:
        return iface_("{name}: {label}").format(name=name, label=job.label)
    text = iface_("{name}: {number} of {total}, {label}")
    return text.format(name=name, number=number, total=job.total, label=job.label)
