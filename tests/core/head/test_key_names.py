"""The names of expressions in other programs."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from prn_blender.core.choices import KEY_NAMES
from prn_blender.core.head import bundled_head
from prn_blender.core.head.key_names import key_name
from prn_blender.core.head.placed_head import DETAIL


def test_each_style_names_all_52_apart_and_keeps_sides() -> None:
    model = bundled_head()
    for style in KEY_NAMES:
        named = [key_name(name, style) for name in model.move_names]
        assert len(set(named)) == 52
        for name, partner in zip(named, model.partner, strict=True):
            # What mirrors it differs in nothing but the side.
            for left, right in (("Left", "Right"), ("_L", "_R")):
                if name.endswith(left):
                    assert named[partner] == name.removesuffix(left) + right
    assert key_name("browDownLeft", "arkit") == "browDownLeft"
    assert key_name("browDownLeft", "perfect_sync") == "BrowDownLeft"
    assert key_name("eyeBlinkRight", "l_r") == "eyeBlink_R"
    assert key_name("jawLeft", "l_r") == "jawLeft", "a direction, no side"
    assert key_name("jawOpen", "l_r") == "jawOpen"
    assert {key_name(DETAIL, style) for style in KEY_NAMES} == {DETAIL}
