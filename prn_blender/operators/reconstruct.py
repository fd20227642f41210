"""`prn.reconstruct`: photos become face meshes in the scene."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import CollectionProperty, EnumProperty, FloatVectorProperty, StringProperty

from ..core.choices import PHOTO_SUFFIXES
from ..core.errors import OptionError, Sentence, counted
from ..interface import choices
from ..interface.build_options import BuildOptions, headless
from ..interface.chosen_photo import remember_refused
from ..interface.face_numbers import chosen_faces, face_numbers
from ..interface.file_browser import PhotoBrowser
from ..interface.jobs import Job, JobOperator, Step, no_job_poll, scene_again
from ..interface.recent_faces import engine_chooser, face_in_box, faces_of_file, faces_of_photo
from ..interface.reporting import reports_errors, tell
from ..interface.settings import preferences
from ..interface.views.occluders import hide_first_cube, others_hidden, show_only
from ..interface.views.photo_view import show_as_photographed
from ..scene.names import MATCH_RENDER
from ..scene.units import units_per_metre
from ..translations import CONTEXT

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face.face import Face
    from ..core.photo.photo import Photo
    from ..scene import FaceScene
    from ..scene.build.prepared import Prepared


class PRN_OT_reconstruct(JobOperator, BuildOptions, bpy.types.Operator, PhotoBrowser):
    """Build a textured face mesh and a matching camera from a photo"""

    bl_idname = "prn.reconstruct"
    bl_label = "Face from Photo"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    files: CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"}
    )
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    image: StringProperty(
        name="Image",
        description="Name of an image of this file to take instead of a photo on disk",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    faces: EnumProperty(
        name="Faces",
        description="Which faces of the photo to build",
        items=choices.FACES,
        default="LARGEST",
        translation_context=CONTEXT,
        options={"SKIP_SAVE"},  # belongs to one photo, not to the next
    )
    numbers: StringProperty(
        name="Numbers",
        description="The faces to build, such as 2 or 1, 3; the largest is 1",
        default="1",
        options={"SKIP_SAVE"},
    )
    box: FloatVectorProperty(
        name="Box",
        description="Left, top, right and bottom of a face in the photo's pixels, brows to chin, "
        "where none was found by itself; all 0: look for faces",
        size=4,
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only in Object Mode, as for everything that adds objects."""
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave the current mode: faces are added in Object Mode")
            return False
        return no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a photo, unless one was given (dropped on the view, or by a panel)."""
        take_defaults(self, preferences())
        if not (self.has_path() or self.files or self.image):
            self.start_folder()
            return self.browse(context)
        return self.start(context)

    @reports_errors
    def start(self, context: Any) -> set[str]:
        """Run as a job: the first photo waits for the network, and each photo can be large."""
        return self.run_as_job(context)

    def steps(self, context: Any) -> list[Step]:
        """One for each photo: find its faces and compute all the scene needs, then build them."""
        from ..scene.build.camera import wants_match

        given = self.properties.is_property_set
        # Before a stride says it: who has chosen a head wants to know that it became none.
        self._head_asked = given("topology") and self.topology == "head"
        if given("stride") and self.stride != "1" and not given("topology"):
            self.topology = "lattice"  # as `SceneOptions` takes a stride
        if given("match_render"):
            context.scene[MATCH_RENDER] = self.match_render
        else:
            self.match_render = wants_match(context.scene)
        numbers = face_numbers(self.numbers) if self.faces == "CHOSEN" else []
        several, box = self.faces != "LARGEST", tuple(self.box)
        options, engine = self.scene_options(), engine_chooser()
        scene_name, units = context.scene.name, units_per_metre(context.scene)
        self._built: list[FaceScene] = []

        def finish(prepared: Prepared) -> Iterator[None]:
            from ..core.face.confidence import UPSIDE_DOWN
            from ..scene.build.build import build_stepwise

            if any(box) and abs(prepared.faces[0].pose.lean) > UPSIDE_DOWN:
                tell(
                    self,
                    "WARNING",
                    "The marked face is upside down; if it should not be, undo "
                    "and mark it again, from the brows to the chin",
                )
            scene = scene_again(scene_name)
            beside = [built for built in self._built if _alive(built)]
            self._built.append((yield from build_stepwise(prepared, scene, beside)))

        def step(name: str, load: Callable[[], list[Face]]) -> Step:
            def work() -> Prepared:
                from ..scene.build import build  # noqa: F401 - so that `finish` need not load it
                from ..scene.build.prepared import prepare

                faces = chosen_faces(load(), numbers)
                prepared = prepare(faces, options(faces[0]), units)
                prepared.wait()  # so that `finish` need not
                return prepared

            return Step(name, work, finish)

        if self.image:
            photo = photo_of_image(self.image)
            return [step(self.image, lambda: faces_of_photo(photo(), several, engine()))]
        if any(box):
            path, *_ = self._paths()
            return [step(path.name, lambda: face_in_box(path, box, engine()))]

        def from_file(path: Path) -> Step:
            return step(path.name, lambda: faces_of_file(path, several, engine()))

        return [from_file(path) for path in self._paths()]

    def done(self, context: Any, job: Job) -> set[str]:
        """Select what was built, look at it as the photo does, report."""
        built = [b for b in self._built if _alive(b)]
        if any(self.box):
            context.scene.prn_photo.refused = ""
        if not built:
            if job.failures:
                if job.total == 1 and self.filepath:
                    remember_refused(context.scene, self.filepath, job.failures[0])
                raise job.failures[0]
            tell(self, "INFO", "Stopped before anything was built")
            return {"CANCELLED"}
        for failure in job.failures:
            tell(self, "WARNING", failure.sentence)
        without = sum(b.headless for b in built)
        if without and self._head_asked:
            said = headless(without)
            tell(self, "WARNING", said)
        if self.match_render:
            from ..scene.build.camera import view_notice

            if (notice := view_notice(context.scene)) is not None:
                tell(self, "WARNING", notice)
        hidden: list[str] = []
        if context.mode == "OBJECT":
            _select(context, built)
            hidden = hide_first_cube(context, [face for b in built for face in b.faces])
        count = sum(len(b.faces) for b in built)
        message = counted(count, "Built 1 face", "Built {count} faces")
        if job.stopping:
            message = Sentence(
                "Stopped after {done} of {total} photos. {built}",
                done=job.done,
                total=job.total,
                built=message,
            )
        message = _with_match(message, built, self.match_render)
        if context.space_data is not None and context.space_data.type == "VIEW_3D":
            show_as_photographed(context, built, self.material == "shadeless")
            alone = len(built) == 1 and context.mode == "OBJECT"
            others = show_only(context, built[-1].camera) if alone else 0
            if others:
                hid = others_hidden(others)
                message = Sentence("{built}. {hid}", built=message, hid=hid)
        for name in hidden:
            message = Sentence(
                "{built}; hid {item!r}, which stood in the way: the eye in the Outliner shows it",
                built=message,
                item=name,
            )
        message = where_next(message, context.space_data)
        tell(self, "INFO", message)
        return {"FINISHED"}

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "faces")
        if self.faces == "CHOSEN":
            layout.prop(self, "numbers")
        self.draw_options(layout)

    def _paths(self) -> list[Path]:
        """The photos that were chosen in the file browser, dropped on the view or named."""
        names = [f.name for f in self.files if f.name]
        if self.directory and names:
            return [Path(bpy.path.abspath(self.directory)) / name for name in names]
        if not self.filepath:
            raise OptionError("No photo was chosen.")
        return [Path(bpy.path.abspath(self.filepath))]


def _with_match(message: Sentence, built: list[FaceScene], match: bool) -> Sentence:
    """The report, with what of the scene's settings was set, or that they stay."""
    if not match:
        return Sentence("{built}; the scene's render settings stay (Match Render)", built=message)
    names = {str(what): what for each in built for what in each.matched}
    if not names:
        return message
    first, *more = names.values()
    for each in more:
        first = Sentence("{first}, {second}", first=first, second=each)
    return Sentence("{built}; set for it: {what} (Match Render)", built=message, what=first)


def where_next(built: Sentence, space: Any) -> Sentence:
    """What was built and, where the sidebar is closed, where it can be worked on.

    Parameters
    ----------
    built : Sentence
    space : bpy.types.Space or None
        The editor in which the operator ran.
    """
    if space is None or space.type != "VIEW_3D" or space.show_region_ui:
        return built
    return Sentence("{built}. Paint and swap it in the sidebar (N), tab PRN Face", built=built)


def take_defaults(operator: Any, settings: Any) -> None:
    """Give options the preferences' values where the caller asked for nothing else.

    Parameters
    ----------
    operator : bpy.types.Operator
    settings : PRN_Preferences or None
    """
    if settings is None:
        return
    given = operator.properties.is_property_set
    # The head is the default already. It stays one that nobody has asked for by name, whatever
    # density the preferences have for lattices.
    coarse = given("stride") and operator.stride != "1"
    if not given("topology") and (coarse or settings.topology == "lattice"):
        operator.topology = "lattice"
    if not given("stride") and operator.topology == "lattice":
        operator.stride = settings.stride
    if not given("texture_size"):
        operator.texture_size = settings.texture_size


def photo_of_image(name: str) -> Callable[[], Photo]:
    """The photo in an image data-block: its file, or its pixels where those are not the file's.

    Returns
    -------
    callable
        Reads the file, and may be called in a thread; pixels that only Blender has are taken now.

    Raises
    ------
    OptionError
        There is no such image, or it has no pixels.
    PhotoError
        They cannot be used.
    """
    from ..core.photo.photo import read_photo
    from ..scene.images.image import photo_from_image

    image = bpy.data.images.get(name)
    if image is None:
        raise OptionError("There is no image {name!r} in this file.", name=name)
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    # Blender shows more kinds of files than we read: of an EXR or a TGA it has the pixels.
    kept = image.source == "FILE" and not image.packed_file and not image.is_dirty
    if kept and path.suffix.lower() in PHOTO_SUFFIXES and path.is_file():
        return lambda: read_photo(path, reduced=True)
    photo = photo_from_image(image)
    return lambda: photo


def _alive(built: FaceScene) -> bool:
    """Whether undo has left the faces of a photo where they are, while the job went on."""
    try:
        return all(face.name in bpy.data.objects for face in built.faces)
    except ReferenceError:
        return False


def _select(context: Any, built: list[FaceScene]) -> None:
    """Select the new faces and nothing else; the first of the last photo becomes the active one."""
    for item in context.view_layer.objects:
        item.select_set(False)
    # Where another scene is looked at by now, they are elsewhere.
    there = set(context.view_layer.objects)
    faces = [face for b in built for face in b.faces if face in there]
    for face in faces:
        face.select_set(True)
    if built[-1].faces[0] in there:
        # The scene's camera and render size are those of the photo that came last.
        context.view_layer.objects.active = built[-1].faces[0]
