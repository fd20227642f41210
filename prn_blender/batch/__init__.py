"""Datasets: plans of many photos, worked off by processes or a cluster, that can be left alone.

In: a source of photos (folder, list, table, tar shards), what is wanted of each, and a folder or
store for results. Out: the files, a manifest with a line for each photo, a report. Each photo is a
task of its own, known by a picklable `Task`; `engines` (this machine, Dask) bring tasks
to processes that keep their models open. Knows nothing of Blender's window or of the command line.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
