"""Long work as a job: a thread does it, the window keeps drawing meanwhile, and Esc stops it.

In comes an operator that derives from `JobOperator`, or from `FaceJob` where it works on the active
face. It lists its work as `Step`s: `work` runs in the job's thread and never touches `bpy`, then
`finish` puts the result into Blender's data in the main thread. Out come a progress bar, one report
at the end, and data in which nothing is half-made. Scripts, tests and the redo panel get the same
steps one after the other, without thread or progress. Jobs know nothing of what the steps do.

What Esc does during a job (the X beside the progress bar, `prn.stop_job`, does the same):

- It ends the job at once, wherever the mouse is: `JobOperator.modal` hears it.
- Steps that were finished stay: of ten photos, those that are built already. A `FaceJob` changes
  the face only in its last step, so it leaves the face as it was.
- A step that is being finished is taken back: its generator is closed and removes what it began.
- The thread cannot be interrupted in what it is doing. Nobody waits for it: `Step.stop` may shorten
  its work, and what it still returns goes to `Step.drop`.
- The operator's `done` then reports how far it came.

Loading another file, quitting Blender or disabling the add-on ends a job in the same way, without
the report.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from .face_job import FaceJob, LayersJob
from .job import Job, Step, current_job, end_current_job, no_job_poll, nothing, scene_again
from .job_operator import JobOperator
from .progress import STOP_JOB, draw_progress

__all__ = [
    "STOP_JOB",
    "FaceJob",
    "Job",
    "JobOperator",
    "LayersJob",
    "Step",
    "current_job",
    "draw_progress",
    "end_current_job",
    "no_job_poll",
    "nothing",
    "scene_again",
]
