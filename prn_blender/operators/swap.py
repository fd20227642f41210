"""`prn.swap`: another photo's face, or parts of it, on the active face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..core.errors import NoFaceError, OptionError, Sentence, counted
from ..core.files.safe import shown
from ..interface import choices
from ..interface.file_browser import PhotoBrowser
from ..interface.jobs import LayersJob, Step
from ..interface.recent_faces import Engine, engine_chooser, faces_of_file
from ..interface.reporting import tell, tell_image
from ..interface.target import in_object_mode, show_image, show_material
from ..scene.names import is_face
from ..scene.record import find_result
from ..translations import CONTEXT
from .swap_choices import SwapChoices

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face.face import Face


class PRN_MT_donors(bpy.types.Menu):
    """Take the face of another object of the scene"""

    bl_idname = "PRN_MT_donors"
    bl_label = "Swap with a Face of the Scene"

    @staticmethod
    def others(context: Any) -> list[bpy.types.Object]:
        """The scene's other faces."""
        return [o for o in context.scene.objects if is_face(o) and o != context.active_object]

    def draw(self, context: Any) -> None:
        """A line for each."""
        for item in self.others(context):
            swap = self.layout.operator(
                PRN_OT_swap.bl_idname, text=item.name, translate=False, icon="USER"
            )
            swap.donor = item.name


class PRN_OT_swap(LayersJob, SwapChoices, bpy.types.Operator, PhotoBrowser):
    """Put another photo's face, or parts of it, on this one: as a layer, and into the photo"""

    bl_idname = "prn.swap"
    bl_label = "Swap Face"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    parts: EnumProperty(
        name="Parts",
        description="What comes from the other photo; hold Shift to choose several",
        items=choices.PARTS,
        translation_context=CONTEXT,
        default={"face"},
        options={"ENUM_FLAG"},
    )
    donor_face: IntProperty(
        name="Donor Face",
        description="Which face of the other photo; 1 is the largest",
        default=1,
        min=1,
        soft_max=10,
    )
    donor: StringProperty(
        name="Donor in the Scene",
        description="A face of this file to take instead of one of another photo",
        options={"SKIP_SAVE"},
    )
    strength: FloatProperty(
        name="Strength",
        description="How much of the donor shows; can be changed later",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    color_match: EnumProperty(
        name="Colour Match",
        description="How the donor's skin is made to fit in",
        items=choices.COLOR_MATCHES,
        default="light",
    )
    blend: EnumProperty(
        name="Blend",
        description="How the donor meets the rest of the photo",
        items=choices.BLEND_MODES,
        default="poisson",
    )
    mouth: EnumProperty(
        name="Mouth",
        description="Whose teeth show between the lips",
        items=choices.MOUTHS,
        default="auto",
    )
    gaze: EnumProperty(
        name="Gaze",
        description="Whose eyeballs show between the lids",
        items=choices.GAZES,
        default="donor",
    )
    donor_shape: BoolProperty(
        name="Donor's Shape",
        description="Give the face the donor's features too, as a shape key; pose and expression "
        "stay",
        default=False,
    )
    mask: StringProperty(
        name="Own Mask",
        description="An image in the face's UV space to use instead of parts: white is swapped",
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a photo, unless a face of the scene is the donor."""
        if self.donor:
            self._asking = True
            return self.execute(context)
        self.start_folder()
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Find the donor, swap, show it."""
        from ..core.swap.options import SwapOptions
        from ..scene.layers.paint import is_painted
        from ..scene.mesh.mesh import check_uv_map
        from ..scene.record import recall
        from ..scene.result.swap import SwapFiles, photo_side, put_swap, swap_files

        item = self.begin(context)
        if self.donor_shape:
            check_uv_map(item.data)
        options = SwapOptions(
            **self.swap_options(),
            mask=self._mask(),
            color_match=self.color_match,
            blend=self.blend,
            mouth=self.mouth,
            shape=choices.SHAPES[self.donor_shape],
        )
        step = self._find_donor()
        targets, side = recall([item]), photo_side(item)
        donors: list[Face] = []
        find = Step(step[0], step[1], donors.append)

        def work() -> SwapFiles:
            return swap_files(targets()[0], donors.pop(), options, side)

        def show(files: SwapFiles) -> None:
            item = self.again()
            in_object_mode(context)
            put_swap(item, files)
            show_material(context)
            image = find_result(item)
            warning = files.result.warning
            if warning is not None:
                tell(self, "WARNING", warning)
            what = Sentence("The swapped photo")
            if is_painted(item):
                what = Sentence("The swapped photo, without your painting (Apply to Photo adds it)")
            tell_image(self, what, image, show_image(context, image))

        return [find, Step(item.name, work, show)]

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        column.enabled = not self.mask
        column.prop(self, "parts")
        column.prop(self, "feather")
        layout.prop_search(self, "mask", bpy.data, "images")
        layout.separator()
        if not self.donor:
            layout.prop(self, "donor_face")
        layout.prop(self, "strength")
        layout.prop(self, "color_match")
        layout.prop(self, "blend")
        layout.prop(self, "mouth")
        layout.prop(self, "gaze")
        layout.prop(self, "caution")
        layout.prop(self, "donor_shape")

    def _find_donor(self) -> tuple[str, Callable[[], Face]]:
        """What the donor is called, and what finds it; that may take long."""
        from ..scene.record import recall

        if not self.donor:
            path, number, engine = self._path(), int(self.donor_face), engine_chooser()
            return path.name, lambda: _donor(path, number, engine())
        other = bpy.data.objects.get(self.donor)
        if other is None or not is_face(other):
            raise OptionError("There is no face {name!r} to take.", name=self.donor)
        recalled = recall([other])
        return other.name, lambda: recalled()[0]

    def _path(self) -> Path:
        if not self.filepath:
            raise OptionError("No photo was chosen to take a face from.")
        return Path(bpy.path.abspath(self.filepath))

    def _mask(self) -> Any:
        """The mask image's brightness, (s, s) float32 from 0 to 1; None without one."""
        if not self.mask:
            return None
        from ..scene.images.image import image_pixels

        image = bpy.data.images.get(self.mask)
        if image is None:
            raise OptionError("There is no image {mask!r} to use as a mask.", mask=self.mask)
        if image.size[0] != image.size[1]:
            raise OptionError(
                "The mask {image!r} is {width} x {height} pixels; it has to be square, as the "
                "texture is.",
                image=image.name,
                width=image.size[0],
                height=image.size[1],
            )
        return image_pixels(image)[..., 0].astype("float32") / 255


def _donor(path: Path, number: int, engine: Engine) -> Face:
    """A photo's face by its number; 1 is the largest."""
    faces = faces_of_file(path, number > 1, engine)
    if number > len(faces):
        raise NoFaceError(
            counted(
                len(faces),
                "{path} shows 1 face; there is no number {number}.",
                "{path} shows {count} faces; there is no number {number}.",
                path=shown(path),
                number=number,
            )
        )
    return faces[number - 1]
