"""Options of a face's mesh and camera, for building and for building anew."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ..translations import CONTEXT
from .choices import STRIDES

if TYPE_CHECKING:
    from ..core.face.face import Face


class GeometryOptions:
    """Mix-in for operators."""

    stride: EnumProperty(
        name="Mesh",
        description="How dense the mesh is",
        items=STRIDES,
        translation_context=CONTEXT,
        default="1",
    )
    camera: EnumProperty(
        name="Camera",
        description="How the camera projects",
        items=(
            ("ortho", "Orthographic", "No perspective; the face keeps the shape the network saw"),
            ("persp", "Perspective", "With a focal length, for scenes with depth"),
        ),
        default="ortho",
    )
    use_exif: BoolProperty(
        name="Lens from Photo",
        description="Take the focal length that the camera wrote into the photo, if it did",
        default=True,
    )
    focal_mm: FloatProperty(
        name="Focal Length",
        description="Of the perspective camera, in mm for 35 mm film; short ones stand closer",
        default=50.0,
        min=8.0,
        soft_max=200.0,
        max=2000.0,
    )
    eye_distance: FloatProperty(
        name="Eye Distance",
        description="Real distance between the middles of the eyes in mm, which sets the face's "
        "size: 63 for a mean adult, 50 for a small child",
        default=63.0,
        min=10.0,
        soft_min=45.0,
        soft_max=75.0,
        max=1000.0,
    )

    def geometry(self) -> Callable[[Face], dict[str, Any]]:
        """These options as `SceneOptions` names them, of a photo's first face.

        The properties are read now: a job's thread may ask, but not read them.
        """
        use_exif, focal_mm = self.use_exif, self.focal_mm
        others = {
            "stride": int(self.stride),
            "camera": self.camera,
            "eye_distance": self.eye_distance / 1000,
        }

        def of(face: Face) -> dict[str, Any]:
            from_photo = use_exif and face.photo.focal_length is not None
            return {**others, "focal_mm": None if from_photo else focal_mm}

        return of

    def draw_camera(self, layout: Any) -> None:
        """Everything but the mesh's density."""
        layout.prop(self, "camera")
        column = layout.column()
        column.enabled = self.camera == "persp"
        column.prop(self, "use_exif")
        column.prop(self, "focal_mm")
        layout.prop(self, "eye_distance")
