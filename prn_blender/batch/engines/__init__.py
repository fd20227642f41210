"""What brings tasks to processes: `pool`, of this machine, and `cluster`, of many, by Dask.

In: work (what each process opens once) and tasks. Out: tasks with what came of them. Knows nothing
of photos or manifests.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
