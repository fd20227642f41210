"""`prn.bake` and `prn.apply_to_photo`: pictures made of the layers, of the texture or the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import EnumProperty, StringProperty

from ...core.errors import Sentence
from ...interface import choices
from ...interface.jobs import LayersJob, Step, nothing, scene_again
from ...interface.reporting import tell, tell_image
from ...interface.result_picture import write_picture
from ...interface.target import show_image
from ...scene.record import change_record, find_baked, read_record

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ...core.choices import BlendMode
    from ...core.face.face import Face
    from ...core.photo.photo import Photo


class _PictureJob(LayersJob):
    """Mix-in for jobs that make a picture: an image in Blender, and a file if it is wanted."""

    filepath: StringProperty(
        name="File",
        description="A PNG or JPEG to write as well; without one the image is in the .blend only",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    def picture_file(self) -> Callable[..., bytes]:
        """What encodes pixels as a PNG, and writes them to the file that the user wants as well.

        `filepath` is read now, in the main thread; the job's thread calls what is returned. Its
        second argument is the photo that the pixels are a new version of, see `write_picture`.
        """
        path = Path(bpy.path.abspath(self.filepath)) if self.filepath else None

        def file(pixels: Any, photo: Photo | None = None) -> bytes:
            from ...core.photo.photo import encode_image

            if path is not None:
                write_picture(path, pixels, None if photo is None else lambda: photo)
            return encode_image(pixels)

        return file


class PRN_OT_bake(_PictureJob, bpy.types.Operator):
    """Make one image of all texture layers, for other programs and games"""

    bl_idname = "prn.bake"
    bl_label = "Bake Texture"
    bl_options = {"REGISTER", "UNDO"}

    size: EnumProperty(
        name="Size",
        description="Side of the image in pixels",
        items=choices.BAKED_SIZES,
        default="auto",
    )

    def steps(self, context: Any) -> list[Step]:
        """Take the layers, evaluate them, keep the image."""
        from ...scene.images.image import renewed_image
        from ...scene.layers.bake import bake_size
        from ...scene.layers.composed import exchange_composed, has_own_nodes
        from ...scene.layers.head_tile import composed_png, tile_of, whole_texture
        from ...scene.layers.layer_values import LayerValues, read_layers
        from ...scene.layers.layers import layers_of

        item, file_of = self.begin(context), self.picture_file()
        read_record(item)  # a damaged one is refused before the work and not after it
        size = bake_size(layers_of(item), None if self.size == "auto" else int(self.size))
        own_nodes, tile = has_own_nodes(layers_of(item)), tile_of(layers_of(item))
        taken: list[LayerValues] = []

        def take(_: None) -> Iterator[None]:
            taken.append((yield from read_layers(layers_of(self.again()), size)))

        def work() -> tuple[bytes, bytes, int]:
            texture = whole_texture(taken.pop(), tile)
            composed = composed_png(texture) if own_nodes else b""
            return file_of(texture), composed, len(texture)

        def show(files: tuple[bytes, bytes, int]) -> None:
            item, (file, for_exporters, side) = self.again(), files
            if for_exporters:  # without own nodes they have all layers anyway
                exchange_composed(item, for_exporters)
            image = renewed_image(find_baked(item), f"{item.name} Baked", file)
            change_record(item, baked=image)
            image.use_fake_user = True  # nothing uses it, and it is what was asked for
            show_image(context, image)
            baked = "Baked {side} x {side} pixels into {image!r}"
            tell(self, "INFO", baked, side=side, image=image.name)

        return [
            Step(iface_("Reading the layers"), nothing, take),
            Step(f"{size} x {size}", work, show),
        ]


class PRN_OT_apply(_PictureJob, bpy.types.Operator):
    """Put what was painted, swapped or retouched back into the photo, at its full resolution"""

    bl_idname = "prn.apply_to_photo"
    bl_label = "Apply to Photo"
    bl_options = {"REGISTER", "UNDO"}

    blend: EnumProperty(
        name="Blend",
        description="How edits meet the rest of the photo",
        items=choices.BLEND_MODES,
        default="feather",
    )

    def steps(self, context: Any) -> list[Step]:
        """Take the layers of all faces of the photo, draw what has changed, keep the picture."""
        from ...scene.record import faces_of_photo, recall
        from ...scene.result.apply import Edits, draw_edits, read_edits, result_image

        item, file_of = self.begin(context), self.picture_file()
        blend: BlendMode = self.blend
        scene_name = context.scene.name
        faces: list[Callable[[], list[Face]]] = []
        edits: list[list[Edits]] = []

        def take(_: None) -> Iterator[None]:
            items = faces_of_photo(self.again(), scene_again(scene_name))
            faces.append(recall(items))
            edits.append((yield from read_edits(items)))

        def work() -> bytes:
            found = faces.pop()()
            return file_of(draw_edits(found, edits.pop(), blend), found[0].photo)

        def show(file: bytes) -> None:
            image = result_image(self.again(), file)
            what = Sentence("The photo with your edits")
            tell_image(self, what, image, show_image(context, image))

        return [Step(iface_("Reading the layers"), nothing, take), Step(item.name, work, show)]
