"""Other OCIO configurations than Blender's: ACES, and one whose only view is a film look."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy", reason="Blender's Python module is not installed")

ROOT = Path(__file__).resolve().parent.parent.parent
STORY = ROOT / "tests" / "helpers" / "ocio_story.py"
ACES = "ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3"

FILM = """ocio_profile_version: 1
strictparsing: false
luma: [0.2126, 0.7152, 0.0722]
roles:
  reference: Flat
  scene_linear: Flat
  default: Flat
  default_byte: Screen
  default_float: Flat
  default_sequencer: Screen
  data: Numbers
  color_picking: Screen
  texture_paint: Flat
  matte_paint: Screen
displays:
  Monitor:
    - !<View> {name: "Murky Film", colorspace: Murky}
active_displays: [Monitor]
active_views: [Murky Film]
colorspaces:
  - !<ColorSpace>
    name: Flat
    family: linear
    bitdepth: 32f
    isdata: false
  - !<ColorSpace>
    name: Screen
    family: display
    bitdepth: 8ui
    isdata: false
    to_reference: !<ExponentTransform> {value: [2.2, 2.2, 2.2, 1]}
  - !<ColorSpace>
    name: Murky
    family: display
    bitdepth: 8ui
    isdata: false
    to_reference: !<ExponentTransform> {value: [1.2, 1.2, 1.2, 1]}
  - !<ColorSpace>
    name: Numbers
    family: raw
    bitdepth: 32f
    isdata: true
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, astronaut_path: Path, astronaut: Any) -> Any:
    """What the story saw, and its folder, by the value of OCIO."""
    from PIL import Image

    base = tmp_path_factory.mktemp("ocio")
    donor = base / "donor.png"
    Image.fromarray((astronaut.pixels[:, ::-1] * [0.95, 0.75, 0.6]).astype(np.uint8)).save(donor)
    (base / "film.ocio").write_text(FILM, "ascii")

    @cache
    def tell(which: str) -> tuple[dict[str, Any], Path]:
        folder = base / which
        folder.mkdir(exist_ok=True)
        ocio = {"aces": ACES, "film": str(base / "film.ocio")}
        environment = {k: v for k, v in os.environ.items() if k != "OCIO"}
        environment["PYTHONPATH"] = str(ROOT)
        if which in ocio:
            environment["OCIO"] = ocio[which]
        done = subprocess.run(
            [sys.executable, str(STORY), str(astronaut_path), str(donor), str(folder)],
            capture_output=True, text=True, timeout=600, env=environment, cwd=ROOT, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return json.loads((folder / "seen.json").read_text("utf-8")), folder

    return tell


@pytest.mark.slow
def test_with_aces_all_is_built_and_renders_look_like_the_photo(told: Any) -> None:
    seen, folder = told("aces")
    usual, other = told("usual")
    assert seen["view"] == "Un-tone-mapped"
    assert seen["notice"] is usual["notice"] is None
    assert seen["render"] < 3
    assert usual["render"] < 3
    assert seen["data"] == usual["data"]
    assert any("Depth" in name for name in seen["data"])
    # What is computed in numbers does not depend on how Blender shows them.
    a, b = (np.load(f / "result.npy").astype(int) for f in (folder, other))
    assert np.abs(a - b).max() <= 2
    assert seen["swap"] == pytest.approx(usual["swap"], abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["usual", "aces"])
def test_colours_of_float_images_are_read_in_the_primaries_they_have(told: Any, which: str) -> None:
    assert np.abs(told(which)[0]["float"]).max() < 0.005


@pytest.mark.slow
def test_without_a_view_that_leaves_colours_alone_the_scene_s_stays_and_it_is_said(
    told: Any,
) -> None:
    seen, _ = told("film")
    assert seen["view"] == "Murky Film"
    assert "'Murky Film'" in seen["notice"]
    assert seen["render"] > 10  # or the notice would be none
    assert any("Depth" in name for name in seen["data"])
