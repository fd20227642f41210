"""What menus offer is what `core` knows, by the same names."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import choices as core
from prn_blender.interface import choices
from prn_blender.preferences import PRN_Preferences
from prn_blender.scene.layers.layers import PAINTABLE

pytestmark = pytest.mark.usefixtures("addon")

MENUS = {
    "swap.parts": core.PARTS,
    "swap.blend": core.BLEND_MODES,
    "swap.color_match": core.COLOR_MATCHES,
    "swap.mouth": core.MOUTHS,
    "swap.gaze": core.GAZES,
    "apply_to_photo.blend": core.BLEND_MODES,
    "complete.fill": core.FILLS,
    "reconstruct.topology": core.TOPOLOGIES,
    "reconstruct.stride": core.STRIDES,
    "reconstruct.camera": core.CAMERA_KINDS,
    "reconstruct.material": core.MATERIALS,
    "reconstruct.landmarks": core.LANDMARK_OBJECTS,
    "rebuild.topology": core.TOPOLOGIES,
    "rebuild.stride": core.STRIDES,
    "rebuild.camera": core.CAMERA_KINDS,
    "write_outputs.front": ("none", *core.FRONTS),
    "write_outputs.depth_format": core.DEPTH_FORMATS,
    "write_outputs.profile": core.PROFILES,
    "write_outputs.key_names": core.KEY_NAMES,
    "paint.layer": PAINTABLE,
    "edit_externally.layer": PAINTABLE,
}
"""An operator's option, and the names that `core` or `scene` has for it."""


def names(option: bpy.types.EnumProperty) -> list[str]:
    """What a menu offers."""
    return sorted(item.identifier for item in option.enum_items_static)


@pytest.mark.parametrize("name", MENUS)
def test_a_menu_offers_exactly_what_core_knows(name: str) -> None:
    operator, option = name.split(".")
    properties = getattr(bpy.ops.prn, operator).get_rna_type().properties
    assert names(properties[option]) == sorted(map(str, MENUS[name]))


def test_the_preferences_offer_the_same_meshes() -> None:
    assert names(PRN_Preferences.bl_rna.properties["stride"]) == sorted(map(str, core.STRIDES))


def test_the_check_box_for_the_donors_shape_knows_both_shapes() -> None:
    assert sorted(choices.SHAPES.values()) == sorted(core.SHAPES)
    assert choices.SHAPES[True] == "donor"


def test_every_choice_has_a_label_and_a_tooltip() -> None:
    menus = {name: menu for name, menu in vars(choices).items() if name.isupper()}
    assert len(menus) > 10
    for name, menu in menus.items():
        if name not in {"SHAPES", "_SIZES"}:
            for identifier, label, tooltip in menu:
                assert identifier and label and tooltip, name
