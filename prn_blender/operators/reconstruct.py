"""`prn.reconstruct`: photos become face meshes in the scene."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ImportHelper
from mathutils import Vector

from ..core.errors import OptionError, PRNError
from ..core.files import PHOTO_SUFFIXES
from .models import model_store
from .origin import note_origin
from .reporting import reports_errors

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face import Face
    from ..core.reconstruct import FaceReconstructor
    from ..scene import FaceScene, SceneOptions

_TEXTURE_SIZES = ("256", "512", "1024", "2048", "4096", "8192")
# The network runs once per photo: redo and undo rebuild from what it said. This is a memory of
# results, nothing more; without it the operator gives the same, later.
_REMEMBERED = 4
_reconstructors: dict[str, FaceReconstructor] = {}
_faces: dict[tuple[object, ...], list[Face]] = {}


class PRN_OT_reconstruct(bpy.types.Operator, ImportHelper):
    """Build a textured face mesh and a matching camera from a photo"""

    bl_idname = "prn.reconstruct"
    bl_label = "Face from Photo"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES)), options={"HIDDEN"}
    )
    files: CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"}
    )
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    all_faces: BoolProperty(
        name="All Faces",
        description="Reconstruct every face of the photo, not only the largest",
        default=False,
    )
    stride: EnumProperty(
        name="Mesh",
        description="How dense the mesh is",
        items=(
            ("1", "Fine", "A vertex for every texel of the position map, about 65,000"),
            ("2", "Medium", "A vertex for every second texel, about 17,000"),
            ("4", "Coarse", "A vertex for every fourth texel, about 4,000: easy to sculpt"),
        ),
        default="1",
    )
    texture_size: EnumProperty(
        name="Texture",
        description="Side of the texture in pixels",
        items=(
            ("auto", "Auto", "As large as the photo's own detail"),
            *((size, size, f"{size} x {size} pixels") for size in _TEXTURE_SIZES),
        ),
        default="auto",
    )
    material: EnumProperty(
        name="Material",
        description="How the face takes light",
        items=(
            ("shadeless", "As Photographed", "The photo's colours, whatever the scene's lights"),
            ("lit", "Lit", "Skin that the scene's lights fall on"),
        ),
        default="shadeless",
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
        name="Focal Length from Photo",
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
    match_render: BoolProperty(
        name="Match Render",
        description="Set the scene's camera, render size and colours so that a render shows "
        "what the photo shows",
        default=True,
    )
    background: BoolProperty(
        name="Photo as Background",
        description="Show the photo behind the face in the camera's view",
        default=True,
    )

    landmarks: EnumProperty(
        name="Landmarks",
        description="The 68 points of the face",
        items=(
            ("none", "None", "No landmarks"),
            ("points", "Points", "One object with a vertex for each point"),
            ("empties", "Empties", "An empty for each point"),
        ),
        default="none",
    )
    colors: BoolProperty(
        name="Vertex Colors",
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

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only in Object Mode, as for everything that adds objects."""
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave the current mode: faces are added in Object Mode")
            return False
        return True

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Reconstruct and build; called again, with other options, by the redo panel."""
        from ..scene import build_scene

        built: list[FaceScene] = []
        done: list[Path] = []
        failures: list[PRNError] = []
        for path in self._paths():
            try:
                faces = remembered_faces(path, self.all_faces)
                built.append(build_scene(faces, self._scene_options(faces[0]), context.scene))
                done.append(path)
            except PRNError as e:
                failures.append(e)
        if not built:
            raise failures[0]
        for failure in failures:
            self.report({"WARNING"}, str(failure))
        _select(context, built)
        for path, scene in zip(done, built, strict=True):
            note_origin(scene, path, self.all_faces)
        count = sum(len(b.faces) for b in built)
        message = f"Built {count} face{'s' if count > 1 else ''}"
        if context.space_data is not None and context.space_data.type == "VIEW_3D":
            in_the_way = show_as_photographed(context, built, self.material == "shadeless")
            if in_the_way:
                message += f", shown in Local View because {in_the_way!r} stands in the same place"
        self.report({"INFO"}, message)
        return {"FINISHED"}

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a photo, unless one was given (dropped on the view)."""
        if self.filepath and Path(bpy.path.abspath(self.filepath)).is_file():
            return self.execute(context)
        return ImportHelper.invoke(self, context, event)

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "all_faces")
        layout.prop(self, "stride")
        layout.prop(self, "texture_size")
        layout.prop(self, "material")
        layout.separator()
        layout.prop(self, "camera")
        column = layout.column()
        column.enabled = self.camera == "persp"
        column.prop(self, "use_exif")
        column.prop(self, "focal_mm")
        layout.prop(self, "match_render")
        layout.prop(self, "background")
        layout.separator()
        layout.prop(self, "landmarks")
        layout.prop(self, "colors")
        layout.prop(self, "depth")
        layout.prop(self, "overlay")
        layout.prop(self, "mask_hidden")

    def _paths(self) -> list[Path]:
        names = [f.name for f in self.files if f.name]
        if self.directory and names:
            return [Path(bpy.path.abspath(self.directory)) / name for name in names]
        if not self.filepath:
            raise OptionError("No photo was chosen.")
        return [Path(bpy.path.abspath(self.filepath))]

    def _scene_options(self, face: Face) -> SceneOptions:
        from ..scene import SceneOptions

        from_photo = self.use_exif and face.photo.focal_length is not None
        return SceneOptions(
            stride=int(self.stride),
            texture_size="auto" if self.texture_size == "auto" else int(self.texture_size),
            material=self.material,
            camera=self.camera,
            focal_mm=None if from_photo else self.focal_mm,
            match_render=self.match_render,
            background=self.background,
            landmarks=self.landmarks,
            colors=self.colors,
            depth=self.depth,
            overlay=self.overlay,
            mask_hidden=self.mask_hidden,
        )


def remembered_faces(path: Path, all_faces: bool) -> list[Face]:
    """The faces of a photo; the network runs only when the file or the question is new.

    Raises
    ------
    PRNError
    """
    model = model_store().resolve()
    try:
        state = path.stat()
        key = (str(path), state.st_mtime_ns, state.st_size, all_faces, str(model))
    except (OSError, ValueError):
        key = (str(path), all_faces)  # reading it will say what is wrong
    if key not in _faces:
        if str(model) not in _reconstructors:
            from ..core.reconstruct import FaceReconstructor

            forget()  # one network at a time: they take memory
            _reconstructors[str(model)] = FaceReconstructor.load(model)
        found = _reconstructors[str(model)](path, max_faces=None if all_faces else 1)
        while len(_faces) >= _REMEMBERED:
            del _faces[next(iter(_faces))]
        _faces[key] = found
    return _faces[key]


def forget() -> None:
    """Free the network, the detector and what they said."""
    _faces.clear()
    for reconstructor in _reconstructors.values():
        reconstructor.close()
    _reconstructors.clear()


def draw_import_menu(self: Any, context: Any) -> None:
    """File > Import."""
    self.layout.operator(PRN_OT_reconstruct.bl_idname, text="Face from Photo (PRN)")


def _select(context: Any, built: list[FaceScene]) -> None:
    for item in context.view_layer.objects:
        item.select_set(False)
    for face in (face for b in built for face in b.faces):
        face.select_set(True)
    context.view_layer.objects.active = built[0].faces[0]


def show_as_photographed(context: Any, built: list[FaceScene], shadeless: bool) -> str | None:
    """Make the 3D view of the context show the new faces as the photo does.

    Returns
    -------
    str or None
        The name of an object that would hide them (the cube of Blender's first scene), because
        of which the view was made local.
    """
    space = context.space_data
    # In the solid view a new mesh is grey, and studio light would shade the photo once more.
    space.shading.color_type = "TEXTURE"
    if shadeless and space.shading.type == "SOLID":
        space.shading.light = "FLAT"
    if context.scene.camera == built[0].camera:
        space.region_3d.view_perspective = "CAMERA"
    in_the_way = _in_the_way(context, [face for b in built for face in b.faces])
    if in_the_way is None or space.local_view is not None:
        return None
    for scene in built:
        scene.camera.select_set(True)  # the view through it needs it
    bpy.ops.view3d.localview(frame_selected=False)
    for scene in built:
        scene.camera.select_set(False)
    return in_the_way.name


def _in_the_way(context: Any, faces: list[Any]) -> Any:
    """A visible mesh, other than a face of ours, that reaches into the place of the faces."""
    context.view_layer.update()
    low, high = _bounds(faces)
    for item in context.visible_objects:
        if item.type == "MESH" and "photo_position" not in item.data.attributes:
            other_low, other_high = _bounds([item])
            if all(other_low[k] < high[k] and low[k] < other_high[k] for k in range(3)):
                return item
    return None


def _bounds(objects: list[Any]) -> tuple[list[float], list[float]]:
    corners = [item.matrix_world @ Vector(c) for item in objects for c in item.bound_box]
    low = [min(corner[k] for corner in corners) for k in range(3)]
    return low, [max(corner[k] for corner in corners) for k in range(3)]
