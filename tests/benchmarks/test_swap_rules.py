"""What each rule of the swap is worth: rules can be switched off, and what changes is measured."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmarks.swap_rules import RULES, constants
from benchmarks.swap_rules.measure import OPTIONS, Change, face_box, measure_pair
from benchmarks.swap_rules.pairs import HARD, PAIRS, PORTRAITS
from benchmarks.swap_rules.record import Record
from benchmarks.swap_rules.report import table
from benchmarks.swap_rules.sheets import draw_sheet
from benchmarks.swap_rules.switch import Patch, Rule, applied, clocked, during, switched_off
from benchmarks.swap_sheet import DATA, FOLDERS
from prn_blender.core import Face, read_photo
from prn_blender.core.swap import paint, pipeline
from prn_blender.core.swap.pipeline import swap


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_is_off_within_its_context_and_on_again_after_it(rule: Rule) -> None:
    before = [patch.original for patch in rule.off]
    assert before
    with pytest.raises(ZeroDivisionError), switched_off(rule):
        assert all(patch.original is not old for patch, old in zip(rule.off, before, strict=True))
        raise ZeroDivisionError
    assert all(patch.original is old for patch, old in zip(rule.off, before, strict=True))
    with clocked(rule.code):
        pass
    # A constant that was renamed or removed is a KeyError.
    assert all(count > 0 for count in constants.numbers_of(rule).values())


def test_a_rename_is_noticed() -> None:
    with (
        pytest.raises(AttributeError, match="no_such_function"),
        applied(Patch(pipeline, "no_such_function", 0)),
    ):
        pass
    with pytest.raises(AttributeError, match="_NO_SUCH"):
        during(pipeline, "blend", Patch(paint, "_NO_SUCH", 0))
    with pytest.raises(KeyError):
        constants.numbers_of(Rule("x", "", (), ("swap.pipeline: _NO_SUCH",)))


def test_patches_within_a_call_hold_only_there() -> None:
    place: Any = ModuleType("place")
    place.inner, place.outer = lambda: 1, lambda: place.inner()
    with applied(during(place, "outer", Patch(place, "inner", lambda: 2))):
        assert (place.outer(), place.inner()) == (2, 1)
        with clocked([(place, "inner")]) as spent:
            assert place.inner() == 1
        assert spent[place, "inner"] >= 0 and len(spent) == 1
    assert (place.outer(), place.inner()) == (1, 1)


def test_numbers_are_counted_once() -> None:
    assert constants.constants_in("swap.skin_outliers")["_CHANGE"] == 2
    everything = constants.all_numbers()
    held = {key: n for rule in RULES.values() for key, n in constants.numbers_of(rule).items()}
    assert held.keys() <= everything.keys()
    rest = constants.numbers_in_no_rule(RULES.values())
    assert sum(held.values()) + sum(rest.values()) == sum(everything.values())


def test_the_pairs_are_forty_of_both_kinds(shared: Path) -> None:
    assert len(PAIRS) == 40
    assert len(HARD) + len(PORTRAITS) == 40 and abs(len(HARD) - len(PORTRAITS)) <= 6
    for name in {photo for pair in PAIRS.values() for photo in pair}:
        folder, stem = name.split("/")
        assert (DATA / FOLDERS[folder] / f"{stem}.jpg").is_file(), name


def test_what_changes_without_a_rule_is_measured_kept_and_drawn(
    face: Face, other: Face, tmp_path: Path
) -> None:
    broken = Rule("broken", "Fails", (Patch(pipeline, "blend", lambda *_: 1 / 0),))
    rules = [RULES[name] for name in ("toned-target", "base", "seam-skin", "outline", "hair")]
    whole, found = measure_pair(face, other, [*rules, broken])
    plain = swap(replace(face), replace(other), OPTIONS)
    assert np.array_equal(whole, plain.picture)
    changes = {measured.rule.name: measured.change for measured in found}
    assert changes["broken"].failed.startswith("ZeroDivisionError")
    # Both are in colour: nothing is toned.
    assert (changes["toned-target"].most, changes["toned-target"].is_one) == (0, False)
    assert changes["base"].is_one and changes["seam-skin"].is_one
    assert changes["base"].ms > 0
    # What is said to differ is what differs.
    (base,) = (measured for measured in found if measured.rule.name == "base")
    assert base.picture is not None
    apart = np.abs(whole[face_box(face)].astype(int) - base.picture[face_box(face)]).max(axis=-1)
    assert base.change.mean == pytest.approx(apart.mean())
    assert base.change.most == apart.max()
    assert base.change.seen == pytest.approx((apart > 8).mean())
    with switched_off(RULES["base"]):
        again = swap(replace(face), replace(other), OPTIONS)
    assert np.array_equal(base.picture, again.picture)

    for measured in found:
        Record(tmp_path, measured.rule.name).add("glasses", face, other, whole, measured)
    kept = {rule.name: Record(tmp_path, rule.name).of(["glasses", "fringe"]) for rule in rules}
    assert kept == {rule.name: {"glasses": changes[rule.name]} for rule in rules}
    assert draw_sheet(tmp_path, RULES["toned-target"], kept["toned-target"]) is None
    sheet = draw_sheet(tmp_path, RULES["base"], kept["base"])
    assert sheet is not None
    height, width = read_photo(sheet).pixels.shape[:2]
    assert width == 5 * 240 and height > 240
    lines = table(rules, kept).splitlines()
    order = [line.split("`")[1] for line in lines if line.startswith("| `")]
    assert sorted(order) == sorted(rule.name for rule in rules)
    assert order.index("base") < order.index("toned-target")
    assert "1 + 0" in lines[2 + order.index("base")]


def test_the_rule_that_changes_most_comes_first() -> None:
    rules = [RULES["outline"], RULES["hair"]]
    changes = {
        "outline": {"glasses": Change(mean=0.1), "dark-on-light": Change(failed="no")},
        "hair": {
            "glasses": Change(mean=2.0, other=0.5, seen=0.25, used=0.1, warning=("", "Little.")),
            "dark-on-light": Change(mean=1.0, other=0.5, seen=0.05, warning=("Little.", "")),
        },
    }
    first, second = table(rules, changes).splitlines()[2:4]
    cells = [cell.strip() for cell in first.split("|")]
    assert cells[1] == "`hair`"
    assert cells[4:9] == ["1 + 1", "1.50", "15.0%; 25% glasses", "+5.0", "+1 −1"]
    assert "0 + 0 (1 fail)" in second
