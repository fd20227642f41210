"""Long work on the texture of the active face: complete, bake, back to the photo, composite."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..core.errors import Sentence
from ..interface.choices import BLENDS
from ..interface.face_job import LayersJob
from ..interface.jobs import Step, nothing, scene_again
from ..interface.reporting import tell, tell_image
from ..interface.target import in_object_mode, show_image, show_material
from ..scene.record import change_record, find_baked, read_record
from .result import write_picture

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face.face import Face

_SIZES = ("512", "1024", "2048", "4096", "8192")


class PRN_OT_complete(LayersJob, bpy.types.Operator):
    """Fill in the side of the face that the photo does not show, as a layer with a mask"""

    bl_idname = "prn.complete"
    bl_label = "Complete Hidden Side"
    bl_options = {"REGISTER", "UNDO"}

    mirror: BoolProperty(
        name="Mirror",
        description="Take hidden skin from the other half of the face, where the photo shows it",
        default=True,
    )
    match_light: BoolProperty(
        name="Match Light",
        description="Bring mirrored skin into the light of the side it comes to",
        default=True,
    )
    join: BoolProperty(
        name="Smooth Border",
        description="Let filled-in skin meet the photo's without a step",
        default=True,
    )
    fill: EnumProperty(
        name="Rest",
        description="What neither half of the face shows",
        items=(
            ("smooth", "Smooth", "The colours around, blurred"),
            ("inpaint", "Continue", "Lines and edges continued from around"),
        ),
        default="smooth",
    )
    delight: FloatProperty(
        name="Remove Light",
        description="Take the photo's light and shade out of the whole texture, so that the "
        "scene's lights can fall on it",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )

    def steps(self, context: Any) -> list[Step]:
        """Compute the layer, then show it."""
        from ..core.editing.completion import CompletionOptions
        from ..scene.layers.complete import completed_files, completed_size, put_completed
        from ..scene.record import recall

        item, delight = self.begin(context), float(self.delight)
        options = CompletionOptions(self.mirror, self.match_light, self.join, self.fill)
        size, faces = completed_size(item), recall([item])

        def work() -> dict[str, bytes]:
            return completed_files(*faces(), size, options, delight)

        def show(files: dict[str, bytes]) -> None:
            item = self.again()
            in_object_mode(context)
            put_completed(item, files)
            show_material(context)

        return [Step(item.name, work, show)]


class _Picture(LayersJob):
    """Mix-in for what makes a picture: an image here, and a file if it is wanted."""

    filepath: StringProperty(
        name="File",
        description="A PNG or JPEG to write as well; without one the image is in the .blend only",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    def picture_file(self) -> Callable[[Any], bytes]:
        """What makes a PNG file of pixels, and writes them where the user wants them as well.

        A worker calls it: `filepath` is read here, in Blender's main thread.
        """
        path = Path(bpy.path.abspath(self.filepath)) if self.filepath else None

        def file(pixels: Any) -> bytes:
            from ..core.photo.photo import encode_image

            if path is not None:
                write_picture(path, pixels)
            return encode_image(pixels)

        return file


class PRN_OT_bake(_Picture, bpy.types.Operator):
    """Make one image of all texture layers, for other programs and games"""

    bl_idname = "prn.bake"
    bl_label = "Bake Texture"
    bl_options = {"REGISTER", "UNDO"}

    size: EnumProperty(
        name="Size",
        description="Side of the image in pixels",
        items=(
            ("auto", "Auto", "As large as the largest layer"),
            *((size, size, f"{size} x {size} pixels") for size in _SIZES),
        ),
        default="auto",
    )

    def steps(self, context: Any) -> list[Step]:
        """Take the layers, evaluate them, keep the image."""
        from ..scene.images.image import renewed_image
        from ..scene.layers.bake import bake_size, evaluate
        from ..scene.layers.layer_values import LayerValues, read_layers
        from ..scene.layers.layers import layers_of

        item, file_of = self.begin(context), self.picture_file()
        read_record(item)  # a damaged one is refused before the work and not after it
        size = bake_size(layers_of(item), None if self.size == "auto" else int(self.size))
        taken: list[LayerValues] = []

        def take(_: None) -> Iterator[None]:
            taken.append((yield from read_layers(layers_of(self.again()), size)))

        def work() -> bytes:
            return file_of(evaluate(taken.pop()))

        def show(file: bytes) -> None:
            item = self.again()
            image = renewed_image(find_baked(item), f"{item.name} Baked", file)
            change_record(item, baked=image)
            image.use_fake_user = True  # nothing uses it, and it is what was asked for
            show_image(context, image)
            baked = "Baked {side} x {side} pixels into {image!r}"
            tell(self, "INFO", baked, side=size, image=image.name)

        return [
            Step(iface_("Reading the layers"), nothing, take),
            Step(f"{size} x {size}", work, show),
        ]


class PRN_OT_apply(_Picture, bpy.types.Operator):
    """Put what was painted, swapped or retouched back into the photo, at its full resolution"""

    bl_idname = "prn.apply_to_photo"
    bl_label = "Apply to Photo"
    bl_options = {"REGISTER", "UNDO"}

    blend: EnumProperty(
        name="Blend",
        description="How edits meet the rest of the photo",
        items=BLENDS,
        default="feather",
    )

    def steps(self, context: Any) -> list[Step]:
        """Take the layers of all faces of the photo, draw what has changed, keep the picture."""
        from ..scene.record import faces_of_photo, recall
        from ..scene.result.apply import Edits, draw_edits, read_edits, result_image

        item, file_of, blend = self.begin(context), self.picture_file(), str(self.blend)
        scene_name = context.scene.name
        faces: list[Callable[[], list[Face]]] = []
        edits: list[list[Edits]] = []

        def take(_: None) -> Iterator[None]:
            items = faces_of_photo(self.again(), scene_again(scene_name))
            faces.append(recall(items))
            edits.append((yield from read_edits(items)))

        def work() -> bytes:
            return file_of(draw_edits(faces.pop()(), edits.pop(), blend))

        def show(file: bytes) -> None:
            image = result_image(self.again(), file)
            what = Sentence("The photo with your edits")
            tell_image(self, what, image, show_image(context, image))

        return [Step(iface_("Reading the layers"), nothing, take), Step(item.name, work, show)]


class PRN_OT_compositor(LayersJob, bpy.types.Operator):
    """Make a scene whose render is the photo with the edited face: paint, mix, render again"""

    bl_idname = "prn.compositor"
    bl_label = "Live Compositor"
    bl_options = {"REGISTER", "UNDO"}

    def steps(self, context: Any) -> list[Step]:
        """Take what it needs of all faces of the photo, compute, build it and show it."""
        from ..scene.record import camera_of, faces_of_photo, recall
        from ..scene.result.compositor import (
            CompositeFiles,
            CompositeInputs,
            build_compositor,
            composite_files,
            composite_inputs,
        )

        item, scene_name = self.begin(context), context.scene.name
        camera_of(item)  # without it there is nothing to compute for
        names: list[str] = []
        found: list[tuple[Callable[[], list[Face]], list[CompositeInputs]]] = []

        def take(_: None) -> None:
            items = faces_of_photo(self.again(), scene_again(scene_name))
            names.extend(item.name for item in items)
            found.append((recall(items), composite_inputs(items)))

        def work() -> CompositeFiles:
            faces, rest = found.pop()
            return composite_files(faces(), rest)

        def show(files: CompositeFiles) -> None:
            items = [self.again(name) for name in names]
            item, camera = items[0], camera_of(items[0])
            in_object_mode(context)
            scene = build_compositor(items, camera, files)
            if context.window is not None:
                context.window.scene = scene
                scene.view_layers[0].objects.active = item
            said = "Render the scene {scene!r} (F12): photo and edited face"
            tell(self, "INFO", said, scene=scene.name)

        return [Step(iface_("Reading the layers"), nothing, take), Step(item.name, work, show)]


CLASSES = (PRN_OT_complete, PRN_OT_bake, PRN_OT_apply, PRN_OT_compositor)
