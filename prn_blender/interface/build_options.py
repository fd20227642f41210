"""The options of building a face, as properties for operators: mesh, camera, texture and scene.

`GeometryOptions` are those that can be changed later, by building mesh and camera anew;
`BuildOptions` are all of them. Both turn into a `SceneOptions` of the package `scene`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ..core.errors import Sentence, counted
from ..translations import CONTEXT
from . import choices

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face.face import Face
    from ..scene.options import SceneOptions


def headless(count: int) -> Sentence:
    """What to tell the user where faces that were to be heads are lattices."""
    return counted(
        count,
        "1 face is a lattice: its model does not tell a whole head",
        "{count} faces are lattices: their model does not tell a whole head",
    )


class GeometryOptions:
    """Mix-in for operators that make a face's mesh and camera."""

    topology: EnumProperty(
        name="Topology",
        description="What the face becomes",
        items=choices.TOPOLOGIES,
        default="head",
    )
    stride: EnumProperty(
        name="Mesh",
        description="How dense the mesh is",
        items=choices.STRIDES,
        translation_context=CONTEXT,
        default="1",
    )
    camera: EnumProperty(
        name="Camera",
        description="How the camera projects",
        items=choices.CAMERA_KINDS,
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
        """What turns a photo's first face into arguments of `SceneOptions`.

        The properties are read now: a job's thread may call what is returned, but not read them.
        """
        use_exif, focal_mm = self.use_exif, self.focal_mm
        others = {
            "topology": self.topology,
            "stride": int(self.stride),
            "camera": self.camera,
            "eye_distance": self.eye_distance / 1000,  # metres
        }

        def of(face: Face) -> dict[str, Any]:
            from_photo = use_exif and face.photo.focal_length is not None
            return {**others, "focal_mm": None if from_photo else focal_mm}

        return of

    def draw_mesh(self, layout: Any) -> None:
        """Draw the topology, and the density of a lattice."""
        layout.prop(self, "topology")
        row = layout.row()
        row.enabled = self.topology == "lattice"
        row.prop(self, "stride")

    def draw_camera(self, layout: Any) -> None:
        """Draw everything but the mesh."""
        layout.prop(self, "camera")
        column = layout.column()
        column.enabled = self.camera == "persp"
        column.prop(self, "use_exif")
        column.prop(self, "focal_mm")
        layout.prop(self, "eye_distance")


class BuildOptions(GeometryOptions):
    """Mix-in for operators that build faces from photos."""

    texture_size: EnumProperty(
        name="Texture",
        description="Side of the texture in pixels",
        items=choices.TEXTURE_SIZES,
        default="auto",
    )
    material: EnumProperty(
        name="Material",
        description="How the face takes light",
        items=choices.MATERIALS,
        default="shadeless",
    )
    match_render: BoolProperty(
        name="Match Render",
        description="Set the scene's camera, render size, colour management and exposure so that "
        "a render shows what the photo shows; off in files that were saved before, and each scene "
        "remembers what was chosen",
        default=True,
    )
    background: BoolProperty(
        name="Background Photo",
        description="Show the photo behind the face in the camera's view",
        default=True,
    )
    landmarks: EnumProperty(
        name="Landmarks",
        description="The 68 points of the face",
        items=choices.LANDMARK_OBJECTS,
        default="none",
    )
    colors: BoolProperty(
        name="Vertex Colours",
        description="The photo's colours as a colour attribute of the mesh",
        default=False,
    )
    depth: BoolProperty(
        name="Depth",
        description="An image of the distance to the camera, and the scene's depth pass",
        default=False,
    )
    overlay: BoolProperty(
        name="Alignment Overlay",
        description="Dense points and landmarks over the camera's view: green where the photo "
        "shows the face, red where it is hidden",
        default=False,
    )
    mask_hidden: BoolProperty(
        name="Mask Hidden",
        description="Make the texture black where the photo does not show the face",
        default=False,
    )
    neutral: BoolProperty(
        name="Neutral Shape Key",
        description="A shape key that takes the expression off the face",
        default=False,
    )

    def scene_options(self) -> Callable[[Face], SceneOptions]:
        """What makes `SceneOptions` for a photo's first face; the properties are read now."""
        from ..scene.options import SceneOptions

        geometry = self.geometry()
        others = {
            "texture_size": "auto" if self.texture_size == "auto" else int(self.texture_size),
            "material": self.material,
            "match_render": self.match_render,
            "background": self.background,
            "landmarks": self.landmarks,
            "colors": self.colors,
            "depth": self.depth,
            "overlay": self.overlay,
            "mask_hidden": self.mask_hidden,
            "neutral": self.neutral,
        }
        return lambda face: SceneOptions(**geometry(face), **others)

    def draw_options(self, layout: Any) -> None:
        """Draw all of them."""
        self.draw_mesh(layout)
        layout.prop(self, "texture_size")
        layout.prop(self, "material")
        layout.separator()
        self.draw_camera(layout)
        layout.prop(self, "match_render")
        layout.prop(self, "background")
        layout.separator()
        layout.prop(self, "landmarks")
        layout.prop(self, "colors")
        layout.prop(self, "depth")
        layout.prop(self, "overlay")
        layout.prop(self, "mask_hidden")
        row = layout.row()
        row.enabled = self.topology == "lattice"  # a head has keys that say more
        row.prop(self, "neutral")
