"""The file that scenes of many photos begin with."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.blender

MADE = "from prn_blender.scene.start_file import new_start_file; new_start_file()"


def test_it_is_made_without_a_word() -> None:
    """Commands print paths alone: scripts read them."""
    done = subprocess.run([sys.executable, "-c", MADE], capture_output=True, check=True)
    # What Blender says when it is loaded, such as where its colours are, is not ours.
    assert b"start.blend" not in done.stdout
