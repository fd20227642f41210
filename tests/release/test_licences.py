"""docs/licences.md is what the wheels and the models say; the manifest names all of it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import pytest
from script import script

pytest.importorskip("onnx", reason="onnx is not installed")
build_extension, licences = script("build_extension"), script("licences")
ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert written == licences.page(licences.read_facts(), licences.models()), (
        "run `python scripts/licences.py --read`"
    )


def test_facts_are_there_for_each_wheel_of_the_lock_and_no_other() -> None:
    locked = {w.filename for t in licences.released() for w in build_extension.locked_wheels(t)}
    assert set(licences.read_facts()) == locked


@pytest.mark.parametrize("name", sorted(licences.read_facts()))
def test_facts_are_what_the_wheel_says(name: str) -> None:
    path = ROOT / "wheels" / name
    if not path.is_file():
        pytest.skip("this wheel was not downloaded here; `make licences` fetches all")
    assert licences.read_wheel(path) == licences.read_facts()[name]


def test_the_manifest_names_every_licence() -> None:
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    wanted = licences.spdx_of_all(licences.read_facts(), licences.models())
    named = [licence.removeprefix("SPDX:") for licence in manifest["license"]]
    assert named[0] == "GPL-3.0-or-later", "the code's own comes first"
    assert set(named[1:]) == wanted - {"GPL-3.0-or-later"}


def test_each_model_has_a_licence() -> None:
    assert set(licences.models()) >= {
        name for name in build_extension.MODEL_FILES if name.endswith((".onnx", ".npz"))
    }


# What the script refuses -------------------------------------------------------------------------


def wheel(path: Path, metadata: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a-1.dist-info/METADATA", f"Name: a\nVersion: 1\n{metadata}\n")
        archive.writestr("a-1.dist-info/WHEEL", "Tag: py3-none-any\n")
        archive.writestr("a/LICENSE.txt", "")
        archive.writestr("a.libs/libavcodec-1.so.2", "")
        archive.writestr("a/licences.py", "")
    return path


def test_a_wheel_is_read(tmp_path: Path) -> None:
    facts = licences.read_wheel(wheel(tmp_path / "a.whl", "License-Expression: MIT-0"))
    assert facts["licence"] == "MIT-0"
    assert facts["notices"] == ["a/LICENSE.txt"]
    assert [licences.copyleft_of(n) for n in facts["native"]] == ["LGPL-2.1-or-later"]


@pytest.mark.parametrize("metadata", ["", "License: Copyright 2026, all rights: see file"])
def test_a_wheel_without_a_clear_licence_is_refused(tmp_path: Path, metadata: str) -> None:
    with pytest.raises(build_extension.BuildError, match=r"states no licence|is no SPDX"):
        licences.read_wheel(wheel(tmp_path / "a.whl", metadata))


def test_a_model_that_is_not_in_the_table_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "licences.toml").write_text("", encoding="utf-8")
    (tmp_path / "new.onnx").write_bytes(b"")
    monkeypatch.setattr(licences, "MODELS", tmp_path)
    with pytest.raises(build_extension.BuildError, match=r"new\.onnx"):
        licences.models()


def test_what_begins_like_ffmpeg_is_not_taken_for_it() -> None:
    assert licences.copyleft_of("cv2/.dylibs/libavif.16.dylib") is None
    assert licences.copyleft_of("x.libs/libavutil-1.so.60") == "LGPL-2.1-or-later"
