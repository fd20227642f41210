"""Results are known by their names, and photos are never taken for results."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from prn_blender.core.errors import MissingDependencyError
from prn_blender.core.face.face import Face
from prn_blender.core.outputs.names import ENDINGS, result_name, results_among
from prn_blender.core.outputs.options import KINDS, OutputOptions
from prn_blender.core.outputs.outputs import write_outputs


def left_out(*names: str) -> set[str]:
    return {path.name for path in results_among([Path("folder") / name for name in names])}


@pytest.mark.parametrize("ending", sorted(ENDINGS))
@pytest.mark.parametrize("name", ["me", "me_2", "me.jpg", "me.jpg-2"])
def test_every_ending_is_known_again(ending: str, name: str) -> None:
    if ending.startswith("_"):
        assert left_out("me.jpg", name + ending) == {name + ending}


@pytest.mark.parametrize(
    "result",
    ["me_anna_swap.png", "me_anna_b_swap.png", "me_swap_texture.png", "me_swap_texture_2.png",
     "me_anna_swap_matte.png", "me_texture_3.png", "ME_RENDER.PNG", "me_render_show.png",
     "me_front_texture.png", "sheet.png", "me_Result.png"],
)  # fmt: skip
def test_results_of_results_and_of_swaps_too(result: str) -> None:
    assert left_out("me.tif", "other.png", "me_render.png", result) == {"me_render.png", result}


@pytest.mark.parametrize(
    "photo",
    ["us_2.png", "render.png", "_render.png", "me_rendered.png", "mother_swap.png", "me.png",
     "swap.png", "me_texture_a.png", "men_depth.jpg", "me 2_show.png"],
)  # fmt: skip
def test_photos_are_none(photo: str) -> None:
    assert left_out("me.jpg", "us.png", photo) == set()


def test_without_its_photo_a_result_is_a_photo() -> None:
    assert left_out("me_swap.png", "you_swap.png") == set()
    assert left_out("sheet.png") == set()


def test_names_are_compared_as_they_are_written() -> None:
    assert left_out("new\nline.png", "new_line_render.png") == {"new_line_render.png"}


def test_an_obj_s_texture_belongs_to_its_photo_by_the_name_it_has() -> None:
    assert left_out("two words.jpg", "two_words_texture.png") == {"two_words_texture.png"}


def test_an_ending_that_nobody_would_know_again_is_refused() -> None:
    with pytest.raises(ValueError, match="_new"):
        result_name("me", "_new.png")


@pytest.mark.parametrize("profile", ["prn", "prnet"])
def test_all_that_is_written_is_in_the_table(face: Face, tmp_path: Path, profile: str) -> None:
    for depth in ("png", "exr", "npy"):
        options = OutputOptions(
            **dict.fromkeys(KINDS, True), front="similarity", depth_format=depth, stride=4,
            texture_size=16, profile=profile,
        )  # fmt: skip
        try:
            options.check_libraries()
        except MissingDependencyError:
            pytest.skip("SciPy is absent")
        assert {
            name.removeprefix("me") for name in write_outputs(face, tmp_path, "me", options)
        } <= (ENDINGS)
    pictures = {p.name for p in tmp_path.iterdir() if p.suffix in (".png", ".jpg")}
    assert left_out("me.png", *pictures) == pictures
