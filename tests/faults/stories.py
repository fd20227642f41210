"""What is written while the disk fails: batches, swaps, models, .blend files.

A story has old results, does its work over them, and can tell old from new.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from photo_files import write_movie
from PIL import Image
from samples import faces, portrait, reconstructor
from verdict import LEFT_OVER, digests, is_whole

from prn_blender.cli import main
from prn_blender.core.errors import PRNError


class Story:
    """Something that writes.

    Parameters
    ----------
    base : Path
        A folder for what it needs; what it writes is elsewhere.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.old = base / "old"

    def begin(self, place: Path) -> None:
        """Put the results of an earlier run into a place."""
        shutil.copytree(self.old, place)

    def work(self, place: Path) -> int:
        """Write; returns the exit code, and prints what went wrong."""
        raise NotImplementedError

    def state(self, place: Path) -> dict[str, str]:
        """What is in the place, but for what is unfinished: the same for what is the same."""
        return {k: v for k, v in digests(place).items() if not LEFT_OVER.search(Path(k).name)}


def _run(arguments: list[str]) -> int:
    """A command, without the list of files that it prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        return main(arguments)


class Batch(Story):
    """Two photos, with files of all kinds that need no Blender."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        reconstructor()
        pixels = portrait()
        photos = [base / "photos" / "a.png", base / "photos" / "b.png"]
        photos[0].parent.mkdir()
        for path, other in zip(photos, (pixels[:, ::-1], pixels), strict=True):
            Image.fromarray(other).save(path)
        self.old.mkdir()
        assert self.work(self.old) == 0
        for path, other in zip(photos, (pixels, pixels[:, ::-1]), strict=True):
            Image.fromarray(other).save(path)
        (self.old / "b.obj").unlink()  # and something that was not there
        assert self.work(base / "new") == 0  # all that is remembered is worked out

    def work(self, place: Path) -> int:
        return _run(["reconstruct", str(self.base / "photos"), "-o", str(place), "--json", "--obj",
                     "--landmarks", "--depth", "--colors", "--stride", "4",
                     "--texture-size", "32"])  # fmt: skip


class Swap(Story):
    """A swap, its texture and its matte."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        reconstructor()
        for name, pixels in (("me", portrait()), ("other", portrait()[:, ::-1])):
            Image.fromarray(pixels).save(base / f"{name}.png")
        self.strength = "0.5"
        assert self.work(self.old) == 0
        self.strength = "1"
        assert self.work(base / "new") == 0

    def work(self, place: Path) -> int:
        return _run(["swap", str(self.base / "me.png"), str(self.base / "other.png"), "-o",
                     f"{place}/", "--texture", "--matte", "--strength", self.strength,
                     "--texture-size", "64"])  # fmt: skip


class Command(Story):
    """A command with files of its own; an option is another one in the earlier run."""

    inputs: tuple[str, ...] = ()
    """Its arguments; "me.png" and the like are files beside it."""
    option = ("", "", "")
    """Its name, its value in the earlier run, and now."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        reconstructor()
        pixels = portrait()
        Image.fromarray(pixels).save(base / "me.png")
        Image.fromarray(pixels[:, ::-1]).save(base / "other.png")
        Image.fromarray(np.full((64, 64, 4), (200, 30, 30, 255), np.uint8)).save(base / "uv.png")
        write_movie(base / "shot.avi", [pixels, pixels])
        name, before, now = self.option
        self._given = [name, before]
        assert self.work(self.old) == 0
        self._given = [name, now]
        assert self.work(base / "new") == 0

    def work(self, place: Path) -> int:
        place.mkdir(exist_ok=True)
        inputs = [str(self.base / a) if (self.base / a).is_file() else a for a in self.inputs]
        return _run([a.replace("OUT", str(place)) for a in inputs] + self._given)


class Everything(Command):
    """All files of a face that need no Blender, its head's too."""

    inputs = ("reconstruct", "me.png", "-o", "OUT", "--json", "--obj", "--mat", "--head",
              "--landmarks", "--vertices", "--pose", "--depth", "--colors", "--show", "--albedo",
              "--detail", "--texture-size", "32")  # fmt: skip
    option = ("--stride", "4", "2")


class Texture(Command):
    """An edited texture, back into its photo."""

    inputs = ("render-texture", "me.png", "uv.png", "-o", "OUT/me.png", "--everything")
    option = ("--strength", "0.5", "1")


class People(Command):
    """A person from two photos."""

    inputs = ("person", "me.png", "other.png", "-o", "OUT", "--keep-all", "--json", "--obj",
              "--texture-size", "32")  # fmt: skip
    option = ("--stride", "4", "2")


class Moves(Command):
    """A shot, and its frames with another face."""

    inputs = ("sequence", "shot.avi", "-o", "OUT", "--json", "--live-link", "--swap", "other.png")
    option = ("--strength", "0.5", "1")

    def state(self, place: Path) -> dict[str, str]:
        """Without what was seen of the shot: it stays until all is written, to go on from."""
        return {k: v for k, v in super().state(place).items() if not k.endswith(".frames")}


class Onto(Command):
    """The expression of a photo, onto somebody else's head."""

    inputs = ("transfer", "me.png", "--onto", "other.png", "-o", "OUT", "--json", "--glb")
    option = ("--strength", "0.5", "1")


class Store(Story):
    """A model takes the place of another of its name, while that is the active one."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        from synthetic import ball_arrays, tiny_model

        from prn_blender.core.model.user_models import ModelStore

        self.open = ModelStore
        np.savez(base / "ball.npz", **ball_arrays())
        self._layout = (base / "ball.npz").read_bytes()
        self._models = [
            tiny_model(base / "tiny.onnx", {"prn.name": name}).read_bytes()
            for name in ("Old", "New")
        ]
        store = ModelStore(self.old)
        # In a process of its own, as its threads do not survive a fork.
        import os

        if os.fork() == 0:
            store.add("mine", self._models[0], self._layout)
            store.activate("mine")
            os._exit(0)
        os.wait()

    def work(self, place: Path) -> int:
        try:
            self.open(place).add("mine", self._models[1], self._layout)
        except PRNError as e:
            print(f"prn: {e}", file=sys.stderr)
            return 1
        return 0

    def state(self, place: Path) -> dict[str, str]:
        store = self.open(place)
        records = store.records()
        found = {record.name: f"{record.title}, {store.state(record)}" for record in records}
        return {**found, "the active one": store.active}


class Blend(Story):
    """A .blend file and a .glb over those of an earlier run."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        import bpy

        self.bpy = bpy
        face, other = faces()
        self.old.mkdir()
        self._build(other)
        assert self.work(self.old) == 0
        self._build(face)

    def _build(self, face: object) -> None:
        from prn_blender.scene import SceneOptions, build_scene
        from prn_blender.scene.files import new_file

        new_file()
        build_scene([face], SceneOptions(stride=4, texture_size=32))
        self.bpy.context.scene["x"] = str(id(face))

    def work(self, place: Path) -> int:
        from prn_blender.scene.files import save_blend, save_glb

        try:
            save_blend(place / "face.blend")
            save_glb(place / "face.glb", [o for o in self.bpy.data.objects if o.type == "MESH"])
        except PRNError as e:
            print(f"prn: {e}", file=sys.stderr)
            return 1
        return 0

    def state(self, place: Path) -> dict[str, str]:
        """Blender writes its addresses into its files: what is looked at is whose it is."""
        found = super().state(place)
        for name in (name for name in found if name.endswith(".blend")):
            path = place / name
            same = digests(self.old).get(name) == digests(place)[name]
            found[name] = "old" if same else "new" if self._opens(path) else "broken"
        return found

    def _opens(self, path: Path) -> bool:
        if not is_whole(path):
            return False
        try:
            with self.bpy.data.libraries.load(str(path)) as (there, _):
                return len(there.objects) > 0
        except OSError:  # Blender's, for a file that is no whole one
            return False


STORIES: dict[str, Callable[[Path], Story]] = {
    "batch": Batch, "swap": Swap, "store": Store, "blend": Blend, "everything": Everything,
    "texture": Texture, "person": People, "sequence": Moves, "transfer": Onto,
}  # fmt: skip
