"""`prn.swap`: another photo's face, or parts of it, on the active face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.errors import NoFaceError, OptionError, Sentence, counted
from ..core.files import PHOTO_SUFFIXES, shown
from ..translations import CONTEXT
from .memory import chosen_engine, faces_of_file
from .reporting import reports_errors, tell, tell_image
from .result import result_of
from .target import face_poll, in_object_mode, show_image, show_material
from .texture import BLENDS

# Those of core.parts, which loads OpenCV; Blender's start must not wait for that.
PARTS = (
    ("face", "Face", "From the chin to the middle of the forehead"),
    ("eyes", "Eyes", "Eyes with their lids"),
    ("brows", "Brows", "Eyebrows"),
    ("nose", "Nose", "The nose"),
    ("lips", "Lips", "Both lips, not what lies between them"),
    ("mouth", "Mouth", "Lips, teeth and a little around"),
    ("cheeks", "Cheeks", "Both cheeks"),
    ("forehead", "Forehead", "Above the brows"),
    ("chin", "Chin", "Below the lips"),
)


class PRN_OT_swap(bpy.types.Operator, ImportHelper):
    """Put another photo's face, or parts of it, on this one: as a layer, and into the photo"""

    bl_idname = "prn.swap"
    bl_label = "Swap Face"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES)), options={"HIDDEN"}
    )
    parts: EnumProperty(
        name="Parts",
        description="What comes from the other photo; hold Shift to choose several",
        items=PARTS,
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
        items=(
            ("light", "Light", "Bring it into the light and colour of this photo"),
            ("tone", "Tone", "Only the mean and contrast of its colours"),
            ("none", "None", "Leave it as it is"),
        ),
        default="light",
    )
    blend: EnumProperty(
        name="Blend",
        description="How the donor meets the rest of the photo",
        items=BLENDS,
        default="poisson",
    )
    mouth: EnumProperty(
        name="Mouth",
        description="Whose teeth show between the lips",
        items=(
            ("auto", "Auto", "The donor's, unless only this mouth is open"),
            ("target", "This Face", "Those of this photo"),
            ("donor", "Donor", "Those of the other photo"),
        ),
        default="auto",
    )
    keep_hair: BoolProperty(
        name="Keep Hair",
        description="Leave hair that hangs into the forehead or the temples as it is",
        default=True,
    )
    keep_glasses: BoolProperty(
        name="Keep Glasses",
        description="Leave glasses with dark rims and the eyes behind them; lend none",
        default=True,
    )
    repair: FloatProperty(
        name="Repair Skin",
        description="Replace what is no skin on the donor's skin: hard shadows, burnt spots, hands",
        min=0,
        max=1,
        default=1,
        subtype="FACTOR",
    )
    donor_shape: BoolProperty(
        name="Donor's Shape",
        description="Give the face the donor's features too, as a shape key; pose and expression "
        "stay",
        default=False,
    )
    feather: FloatProperty(
        name="Feather",
        description="Width of the soft border, in distances between the eyes",
        default=0.15,
        min=0.0,
        max=1.0,
    )
    mask: StringProperty(
        name="Own Mask",
        description="An image in the face's UV space to use instead of parts: white is swapped",
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face."""
        return face_poll(cls, context)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Swap; called again, with other options, by the redo panel."""
        from ..core.swap import SwapOptions
        from ..scene.state import face_of
        from ..scene.swap import swap_into

        item = context.active_object
        options = SwapOptions(
            parts=tuple(name for name, *_ in PARTS if name in self.parts) or ("face",),
            mask=self._mask(),
            strength=self.strength,
            color_match=self.color_match,
            blend=self.blend,
            mouth=self.mouth,
            keep_hair=self.keep_hair,
            keep_glasses=self.keep_glasses,
            repair=self.repair,
            shape="donor" if self.donor_shape else "target",
            feather=round(self.feather, 4),  # a 32-bit 0.15 is another number
        )
        donor = self._donor()
        target = face_of(item)
        in_object_mode(context)
        result = swap_into(item, target, donor, options)
        show_material(context)
        image = result_of(item)
        if result.warning:
            tell(self, "WARNING", result.warning)
        tell_image(self, Sentence("The swapped photo"), image, show_image(context, image))
        return {"FINISHED"}

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
        layout.prop(self, "donor_face")
        layout.prop(self, "strength")
        layout.prop(self, "color_match")
        layout.prop(self, "blend")
        layout.prop(self, "mouth")
        layout.prop(self, "keep_hair")
        layout.prop(self, "keep_glasses")
        layout.prop(self, "repair")
        layout.prop(self, "donor_shape")

    def _donor(self) -> Any:
        if not self.filepath:
            raise OptionError("No photo was chosen to take a face from.")
        path = Path(bpy.path.abspath(self.filepath))
        faces = faces_of_file(path, self.donor_face > 1, chosen_engine())
        if self.donor_face > len(faces):
            raise NoFaceError(
                counted(
                    len(faces),
                    "{path} shows 1 face; there is no number {number}.",
                    "{path} shows {count} faces; there is no number {number}.",
                    path=shown(path),
                    number=self.donor_face,
                )
            )
        return faces[self.donor_face - 1]

    def _mask(self) -> Any:
        if not self.mask:
            return None
        from ..scene.image import image_pixels

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
