"""The texture as all layers together make it, in one image: what exporters and Solid view show.

Exporters know one kind of material only: a Principled BSDF whose base colour is an image. So a
face's material has three outputs. Those for EEVEE and Cycles get the node group, in which sliders
and strokes show at once; the one for all other purposes, which exporters take, gets a Principled
BSDF with the composed image. That is computed by `bake`'s formulas and follows the layers
(`interface.exported_texture` looks after it).

While Blender runs the image is a file, because exporters of OBJ write the name of a packed image
but not the image; in a saved .blend it is packed, so that no .blend depends on another file. The
file is `textures/BLEND_FACE_Composed.png` beside the .blend, and in a temporary folder until there
is one.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.errors import PRNError
from ...core.files.safe import make_folder, write_bytes
from ...core.photo.photo import encode_image
from ..images.image import pack_file, packed_image
from ..names import COMPOSED, is_face
from ..stepwise import at_once
from .bake import bake_size
from .composed_files import composed_images, file_of, holds, new_path, path_beside_blend, unpack
from .export_nodes import add_export_nodes, composed_image, composed_node
from .group_version import is_changed
from .head_tile import HeadTile, composed_png, tile_of, whole_texture
from .layer_values import LayerValues, read_layers
from .layers import TextureLayers, find_layers
from .texture_group import DETAIL, DETAIL_STRENGTH

_made: dict[str, str] = {}
"""For each file, what layers it was made of; see `_fingerprint`."""

_as_opened: dict[int, str] = {}
"""What the layers of materials of before, without a composed image, were when they were first seen,
by the material's `session_uid`: opening a file changes nothing."""

_strokes: dict[int, int] = {}
"""How often each image was drawn on, by its `session_uid`; see `note_stroke`."""


@dataclass(frozen=True, eq=False)
class Composing:
    """A composed image that is being computed: begun in the main thread, worked out in any.

    Attributes
    ----------
    material : str
        Name of the face's material.
    made_of : str
        The layers that it is computed from, see `is_old`.
    path : Path
        The file that it goes to.
    values, tile
        See `whole_texture`.
    """

    material: str
    made_of: str
    path: Path
    values: LayerValues
    tile: HeadTile | None

    def work(self) -> None:
        """Compute the image and write its file; needs nothing of Blender.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        write_bytes(self.path, composed_png(whole_texture(self.values, self.tile)))

    def show(self) -> None:
        """Have Blender read the file, in its main thread."""
        _made[str(self.path)] = self.made_of
        material = bpy.data.materials.get(self.material)
        image = composed_image(material) if material is not None else None
        if image is not None and file_of(image) == self.path:
            image.reload()


def add_composed(layers: TextureLayers, name: str, file: bytes) -> bpy.types.Image:
    """Give a material the outputs for exporters and the image that they show.

    Parameters
    ----------
    layers : TextureLayers
    name : str
        Of the image.
    file : bytes
        A PNG to begin with; it is packed, and counts as old (`is_old`).
    """
    image = packed_image(name, file, ".png")
    image.alpha_mode, image[COMPOSED] = "NONE", True
    node = composed_node(layers.material) or add_export_nodes(layers)
    node.image = image
    layers.material.node_tree.nodes.active = node  # Solid view shows the active node's image
    return image


def exported_layers() -> Iterator[TextureLayers]:
    """The layers of all faces whose materials can be changed."""
    seen = set()
    for item in bpy.data.objects:
        layers = find_layers(item) if is_face(item) else None
        if layers is not None and layers.material.name_full not in seen:
            seen.add(layers.material.name_full)
            if layers.material.library is None and layers.material.override_library is None:
                yield layers


def is_old(layers: TextureLayers) -> bool:
    """Whether the layers have changed since the composed image was made.

    In materials of before there is none: they get one when a layer changes.
    """
    image, now = composed_image(layers.material), _fingerprint(layers)
    if image is None:
        return _as_opened.setdefault(layers.material.session_uid, now) != now
    if image.packed_file is not None or _is_shared(image, layers.material):
        return True
    return _made.get(str(file_of(image))) != now


def has_own_nodes(layers: TextureLayers) -> bool:
    """Whether Cycles would have to bake nodes of the artist's own, which nobody waits for unasked.

    See `cycles_bake`.
    """
    plain = all(layers.is_plain(socket.name) for socket in layers.group.inputs)
    return not plain or is_changed(layers.group.node_tree)


def begin(layers: TextureLayers) -> Composing:
    """Take what the composed image is computed from; in Blender's main thread.

    Raises
    ------
    PRNError
        A layer's image is gone, or there is no folder for the file.
    """
    made_of = _fingerprint(layers)
    values = at_once(read_layers(layers, bake_size(layers)))
    path = file_of(_own_image(layers))
    return Composing(layers.material.name, made_of, path, values, tile_of(layers))


def _own_image(layers: TextureLayers) -> bpy.types.Image:
    """The composed image of this material alone, as a file."""
    material = layers.material
    image = composed_image(material)
    if image is None or _is_shared(image, material):
        name = f"{material.name} Composed" if image is None else image.name
        image = add_composed(layers, name, _BLANK)
    if image.packed_file is not None:
        _keep_in_file()
        unpack(image, new_path(image.name))
    return image


def compose(item: bpy.types.Object) -> None:
    """Bring a face's composed image up to date now, for a script that exports next.

    In the window, and after the add-on's own operators, that happens by itself.

    Parameters
    ----------
    item : bpy.types.Object
        Nodes of the artist's own are baked, too.

    Raises
    ------
    PRNError
        A layer's image is gone, or the image's file cannot be written.
    """
    layers = find_layers(item)
    if layers is not None and layers.material.library is None:
        _compose(layers)


def exchange_composed(item: bpy.types.Object, file: bytes) -> None:
    """Take a texture that was baked just now for the composed image.

    Parameters
    ----------
    item : bpy.types.Object
    file : bytes
        From `composed_png`.

    Raises
    ------
    OutputError
        The image's file cannot be written.
    """
    layers = find_layers(item)
    if layers is None or layers.material.library is not None:
        return
    image = _own_image(layers)
    write_bytes(file_of(image), file)
    _made[str(file_of(image))] = _fingerprint(layers)
    image.reload()


def compose_all(missing: bool = False) -> None:
    """Bring all composed images up to date now; what cannot be composed stays as it is.

    Those with nodes of the artist's own are left alone.

    Parameters
    ----------
    missing : bool
        Also make those that materials of before do not have yet.
    """
    for layers in exported_layers():
        if is_old(layers) or (missing and composed_image(layers.material) is None):
            try:
                if not has_own_nodes(layers):
                    _compose(layers)
            except (PRNError, OSError):
                continue  # what is wrong is said where the user works on that layer


def saves_composed(handler: Any) -> Any:
    """Mark a handler of saving as one that looks after composed images; also a decorator."""
    handler.saves_composed = True
    return handler


def _keep_in_file() -> None:
    """Have saving pack the images, where the add-on, which does that too, is not registered.

    Until another file is opened: what a process saves does not depend on what it had open before.
    """
    on = bpy.app.handlers
    if not any(getattr(handler, "saves_composed", False) for handler in on.save_pre):
        on.save_pre.append(_before_saving)
        for after in (on.save_post, on.save_post_fail):
            after.append(_after_saving)


@saves_composed
def _before_saving(*_: object) -> None:
    compose_all()
    store_composed()


def _after_saving(*_: object) -> None:
    take_out_composed(saved=True)


def note_stroke(image: bpy.types.Image) -> None:
    """Count that an image has changed: its data-block looks the same after each stroke."""
    _strokes[image.session_uid] = _strokes.get(image.session_uid, 0) + 1


def store_composed() -> None:
    """Pack all composed images, before the .blend is saved."""
    for image in composed_images():
        path = file_of(image)
        if image.packed_file is None and path.is_file():
            # The name that "Unpack" would use elsewhere, and not one of this machine.
            image.filepath_raw = f"//textures/{path.name}"
            pack_file(image, path.read_bytes())
            _made[image.filepath_raw] = _made.get(str(path), "")


def note_opened() -> None:
    """Look after the faces of a file that was opened just now."""
    take_out_composed()
    for layers in exported_layers():
        is_old(layers)  # which notes how layers without a composed image are


def take_out_composed(saved: bool = False) -> None:
    """Have all composed images be files again, after the .blend was saved, or when it is opened.

    Parameters
    ----------
    saved : bool
        It was saved just now: the files belong beside it. Otherwise a file that is there is used
        if it is the same one.
    """
    for image in composed_images():
        if image.packed_file is None:
            continue
        made_of = _made.pop(image.filepath_raw, "")
        path = path_beside_blend(image)
        if path is not None and not holds(path, image):
            try:
                if not saved:
                    raise PermissionError  # opening a file writes nothing beside it
                make_folder(path.parent)
                write_bytes(path, bytes(image.packed_file.data))
            except (PRNError, OSError):
                path = None
        unpack(image, path or new_path(image.name))
        if made_of:
            _made[str(file_of(image))] = made_of


def _compose(layers: TextureLayers) -> None:
    composing = begin(layers)
    composing.work()
    composing.show()


def _is_shared(image: bpy.types.Image, own: bpy.types.Material) -> bool:
    """Whether another face's material, a copy of this one, shows the same image; or a library."""
    return image.library is not None or (
        image.users > 1 and any(m != own and composed_image(m) == image for m in bpy.data.materials)
    )


def _fingerprint(layers: TextureLayers) -> str:
    """What the composed image is made of: its text is another one after each change of a layer."""
    parts = []
    for socket in layers.group.inputs:
        if socket.name in (DETAIL, DETAIL_STRENGTH):  # no colour
            continue
        output = layers.feeding(socket.name)
        if output is None:
            value: Any = getattr(socket, "default_value", 0.0)
            numbers = value if hasattr(value, "__len__") else [value]
            parts.append(str([round(number, 6) for number in numbers]))
            continue
        image = getattr(output.node, "image", None)
        if image is not None:
            packed = image.packed_file.size if image.packed_file is not None else 0
            uid = image.session_uid
            parts.append(f"{uid} {packed} {image.is_dirty} {_strokes.get(uid)} {output.name}")
    return "|".join(parts)


_BLANK = encode_image(np.zeros((1, 1, 3), np.uint8))
"""What a composed image begins with where it is still to be computed."""
