"""Where photos come from: each source is listed alike each time, whatever lies in it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from prn_blender.batch import storage
from prn_blender.batch.sources import items_of, name_below
from prn_blender.batch.task import Item
from prn_blender.core.errors import OptionError, PhotoError


def listed(source: str | Path, out: str | Path = "nowhere") -> list[Item]:
    return list(items_of(str(source), str(out), lambda _: None))


def names(source: str | Path, out: str | Path = "nowhere") -> list[str]:
    return [item.name for item in listed(source, out)]


def touch(folder: Path, *files: str) -> Path:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.encode())
    return folder


def shard(path: Path, *members: str, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for member in members:
            info = tarfile.TarInfo(member)
            data = member.encode()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_a_folder_is_all_below_it(tmp_path: Path) -> None:
    said: list[str] = []
    touch(tmp_path, "b/2.png", "b/1.JPG", "a.jpg", "a_render.png", "x.heic", "note.txt", ".h.jpg")
    touch(tmp_path, ".hidden/c.jpg", "out/z.jpg", "failures.png")
    found = list(items_of(str(tmp_path), str(tmp_path / "out"), said.append))
    assert [item.name for item in found] == ["a.jpg", "b/1.JPG", "b/2.png"]
    assert found[1].place == str(tmp_path / "b" / "1.JPG")
    assert found[1].size == len("b/1.JPG")
    assert found[1].modified == (tmp_path / "b" / "1.JPG").stat().st_mtime_ns
    assert said == [
        "left out, as pictures of kinds that are not read: 1 .heic.",
        "left out, as results of earlier runs beside their photos: 2.",
    ]


def test_a_list_counts_from_its_folder(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.jpg", "in/deep/b.jpg")
    (tmp_path / "in" / "all.txt").write_text(f"a.jpg\n\n# a note\ndeep/b.jpg\n{tmp_path}/c.jpg\n")
    found = listed(tmp_path / "in" / "all.txt")
    outside = str(tmp_path / "c.jpg").lstrip("/")
    assert [item.name for item in found] == ["a.jpg", "deep/b.jpg", outside]
    assert [item.size >= 0 for item in found] == [True, True, False]  # it is said in its turn


def test_rows_of_a_table_are_faces(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "path,x0,y0,x1,y1,identity\n"
        "a.jpg,1,2,30,40,anna\n"
        "b.jpg,,,,,ben\n"
        "a.jpg,5,6,70,80.5,carl\n"
        "c.jpg,1,2,oops,4,\n"
        ",1,2,3,4,nobody\n"
        "d.jpg,1,2,30,40,\nd.jpg,,,,,\n"
    )
    a, b, c, unnamed, d = listed(tmp_path / "t.csv")
    assert a.boxes == ((1, 2, 30, 40), (5, 6, 70, 80.5))
    assert a.identities == ("anna", "carl")
    assert (b.boxes, b.identities) == ((), ("ben",))
    assert "Row 5" in c.problem
    assert "Row 6 names no photo" in unnamed.problem
    assert "some have none" in d.problem
    assert not (a.problem or b.problem)


def test_parquet_as_csv(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    rows = {"path": ["a.jpg", "a.jpg", "b.jpg"], "identity": ["x", None, None]}
    rows |= {"x0": [1.0, 5.0, None], "y0": [2.0, 6.0, None]}
    rows |= {"x1": [30.0, 70.0, None], "y1": [40.0, 80.0, None]}
    parquet.write_table(pyarrow.table(rows), tmp_path / "t.parquet")
    a, b = listed(tmp_path / "t.parquet")
    assert (a.name, a.boxes, a.identities) == (
        "a.jpg", ((1, 2, 30, 40), (5, 6, 70, 80)), ("x", ""),
    )  # fmt: skip
    assert (b.boxes, b.identities, b.problem) == ((), (), "")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and more")
    with pytest.raises(PhotoError, match="cannot be read as Parquet"):
        listed(tmp_path / "bad.parquet")


def test_photos_of_a_shard_are_read_where_they_lie(tmp_path: Path) -> None:
    path = shard(tmp_path / "s-0.tar", "one.jpg", "deep/two.png", "note.txt", "../../out.jpg")
    found = listed(path)
    assert [item.name for item in found] == ["s-0/one.jpg", "s-0/deep/two.png", "s-0/out.jpg"]
    for item, content in zip(found, (b"one.jpg", b"deep/two.png", b"../../out.jpg"), strict=True):
        with storage.local_photo(item) as (photo, passing):
            assert passing
            assert photo.name == item.name.rpartition("/")[2]
            assert photo.read_bytes() == content
        assert not photo.exists()


def test_a_shard_that_was_cut_fails_its_last_photo(tmp_path: Path) -> None:
    path = shard(tmp_path / "s.tar", "one.jpg", "two.jpg")
    items = listed(path)
    path.write_bytes(path.read_bytes()[: items[1].start + 2])
    with (
        pytest.raises(PhotoError, match=r'"s.tar" ends before "two.jpg" does'),
        storage.local_photo(items[1]),
    ):
        pass


def test_a_pattern_finds_all_kinds(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", "a/b/2.jpg", "c/3.png", "c/4.doc")
    shard(tmp_path / "c" / "s.tar", "5.jpg")
    assert names(tmp_path / "**" / "*.*") == ["a/1.jpg", "a/b/2.jpg", "c/3.png", "c/s/5.jpg"]
    assert names(tmp_path / "c" / "*") == ["3.png", "s/5.jpg"]


@pytest.mark.parametrize(
    ("file", "error", "said"),
    [
        ("x.zip", OptionError, "is compressed"),
        ("x.tar.gz", OptionError, "is compressed"),
        ("x.docx", OptionError, "is no source of photos"),
        ("x.csv", OptionError, "has no column `path`"),
        ("x.tar", PhotoError, "is damaged or no tar"),
        ("none.jpeg.txt", PhotoError, "does not exist"),
        ("none", PhotoError, 'There is no "none"'),
        ("empty", PhotoError, 'There is no photo in the folder "empty"'),
        ("*.tiff", PhotoError, "Nothing is found"),
    ],
)
def test_what_is_no_source_is_one_sentence(
    file: str, error: type[Exception], said: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    if file.startswith("x."):
        (tmp_path / file).write_bytes(b"name\nno,tar,no,csv" * 100)
    with pytest.raises(error, match=said.replace("*", r"\*")):
        listed(tmp_path / file)


@pytest.mark.parametrize(
    ("place", "base", "name"),
    [
        ("/data/x/a.jpg", "/data", "x/a.jpg"),
        ("/data/x/../../etc/a.jpg", "/data", "etc/a.jpg"),
        ("../../a.jpg", ".", "a.jpg"),
        ("/else/a\nb.jpg", "/data", "else/a_b.jpg"),
        ("s3://bucket/p/a.jpg", "s3://bucket/p", "a.jpg"),
        ("s3://bucket/../a.jpg", "s3://other", "bucket/a.jpg"),
        ("C:/x.jpg", "/data", "C_/x.jpg"),
        (".", ".", "_"),
        ("/", "/data", "_"),
    ],
)
def test_no_name_leads_out_of_the_results(place: str, base: str, name: str) -> None:
    assert name_below(place, base) == name


def test_addresses_of_a_store(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
    store = fsspec.filesystem("memory")
    store.pipe({"/set/a.jpg": b"aa", "/set/deep/b.png": b"bbb", "/set/n.txt": b"a.jpg\n"})
    assert names("memory://set") == ["a.jpg", "deep/b.png"]
    assert names("memory://set/**/*.png") == ["deep/b.png"]
    (item,) = listed("memory://set/n.txt")
    assert item.name == "a.jpg"
    with storage.local_photo(item) as (photo, passing):
        assert (photo.read_bytes(), passing) == (b"aa", True)
    with storage.results_folder("memory://out", "deep") as folder:
        (folder / "a.json").write_bytes(b"{}")
    assert store.cat("/out/deep/a.json") == b"{}"
    store.rm("/set", recursive=True)
    store.rm("/out", recursive=True)
