"""`prn.transfer_expressions`: the face takes on the expressions of photos, whoever is in them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, StringProperty

from ...core.errors import NoFaceError, OptionError, PhotoError, Sentence
from ...interface.file_browser import PhotoBrowser
from ...interface.jobs import FaceJob, Job, Step, no_job_poll, nothing, scene_again
from ...interface.recent_faces import engine_chooser, faces_of_file
from ...interface.reporting import tell
from ...interface.target import in_object_mode
from ...scene.names import is_face

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ...core.face.face import Face
    from ...core.sequence.photo_expressions import PhotoExpression
    from ...scene.animation.transfer import Put

_NAMED = 5
"""Expressions that a report names."""


class PRN_OT_transfer_expressions(FaceJob, bpy.types.Operator, PhotoBrowser):
    """Take on the expression of a photo, whoever is in it; those of several one after the other"""

    bl_idname = "prn.transfer_expressions"
    bl_label = "Expression from Photos"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    files: CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"}
    )
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    number: IntProperty(
        name="Face",
        description="Whose expression, where a photo shows several faces: 1 is the largest",
        default=1,
        min=1,
        soft_max=8,
    )
    first_is_calm: BoolProperty(
        name="First Is Calm",
        description="The first photo shows the same person at rest: what others have beyond that "
        "is their expression. Else they are compared with what calm faces have in common",
        default=False,
    )
    strength: FloatProperty(
        name="Strength",
        description="How much of the expression; more than 1 exaggerates",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    gaze: BoolProperty(
        name="Gaze", description="Eyes look where those of the photo look", default=True
    )
    turn: BoolProperty(
        name="Head Turn",
        description="Turn the object as the photo's head is turned. A mesh from somewhere else has "
        "to look along -Y where its rotation is cleared",
        default=False,
    )
    keyed: BoolProperty(
        name="Keyframe",
        description="Make a keyframe at the current frame; several photos always become keyframes",
        default=False,
    )
    apart: IntProperty(
        name="Frames Apart",
        description="From one photo's keyframe to the next",
        default=12,
        min=1,
        soft_max=100,
    )
    hold: BoolProperty(
        name="Hold",
        description="Stay with each expression until the next keyframe",
        default=False,
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face, or a mesh with shape keys, that can be changed."""
        item: Any = getattr(context, "active_object", None)
        has_keys = item is not None and item.type == "MESH" and item.data.shape_keys is not None
        if not (is_face(item) or has_keys):
            cls.poll_message_set("Select a face, or a mesh with shape keys with ARKit's names")
            return False
        if any(block.library or block.override_library for block in (item, item.data)):
            cls.poll_message_set("The face is linked from another file: make it local first")
            return False
        return no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose photos, unless some were given."""
        if not (self.has_path() or self.files):
            self.start_folder()
            return self.browse(context)
        return self.start(context)

    def again(self, name: str = "") -> Any:
        """The mesh that was active, as it is now: a face or not.

        Raises
        ------
        OptionError
            It was undone or deleted meanwhile.
        """
        item = bpy.data.objects.get(name or self.face)
        if item is None or item.type != "MESH":
            raise OptionError("The face {name!r} is no longer there.", name=name or self.face)
        return item

    def steps(self, context: Any) -> list[Step]:
        """Read photo after photo; then change the mesh at once."""
        from ...core.sequence.photo_expressions import chosen, expression_of

        item = self.begin(context)
        paths, engine, number = self._paths(), engine_chooser(), self.number
        scene_name, recalled = context.scene.name, self._recalled(item)
        self._left_out: list[Sentence] = []
        found: list[PhotoExpression] = []
        calm: list[Face] = []
        waits_for_calm = self.first_is_calm

        def look(path: Path) -> None:
            try:
                faces = faces_of_file(path, number > 1, engine())
                face = chosen(faces, number, path.name)
                if waits_for_calm and path == paths[0]:
                    calm.append(face)
                else:
                    found.append(expression_of(face, calm[0] if calm else None))
            except (PhotoError, NoFaceError) as e:
                if waits_for_calm and path == paths[0]:
                    raise
                self._left_out.append(e.sentence)

        def read(path: Path) -> Step:
            return Step(path.name, lambda: look(path), nothing)

        def finish(face: Face | None) -> Iterator[None]:
            yield from self._put(scene_again(scene_name), face, found)

        return [*map(read, paths), Step(item.name, recalled, finish)]

    def _recalled(self, item: Any) -> Callable[[], Face | None]:
        """What gives the face that a mesh was built from, for the job's thread, if it is one."""
        if not is_face(item):
            return lambda: None
        from ...scene.record import recall

        face = recall([item])
        return lambda: face()[0]

    def _put(
        self, scene: bpy.types.Scene, face: Face | None, photos: list[PhotoExpression]
    ) -> Iterator[None]:
        from ...scene.animation.transfer import TransferOptions, put_expressions

        if not photos:
            why = self._left_out[0] if self._left_out else Sentence("there is only one")
            raise OptionError("None of the photos can be used: {why}", why=why)
        item = self.again()
        in_object_mode(bpy.context)  # in Edit Mode a mesh gets no shape keys
        options = TransferOptions(
            self.strength, self.gaze, self.turn, self.keyed, self.apart, self.hold
        )
        put = yield from put_expressions(scene, item, face, photos, options)
        self._tell_of(put, item)
        if len(photos) > 1:
            tell(
                self,
                "INFO",
                "{item!r} has the expressions of {count} photos as keyframes",
                item=item.name,
                count=len(photos),
            )
        else:
            tell(
                self,
                "INFO",
                "{item!r} has the expression of {photo}",
                item=item.name,
                photo=photos[0].name,
            )

    def _tell_of(self, put: Put, item: Any) -> None:
        """Say which expressions do not show, and why."""
        if put.driven:
            tell(
                self,
                "WARNING",
                "Drivers move these keys of {item!r}, whatever the photo shows: {names}",
                item=item.name,
                names=", ".join(put.driven),
            )
        if put.missing:
            tell(
                self,
                "WARNING",
                "{item!r} has no keys for {count} expressions that the photo shows: {names}",
                item=item.name,
                count=len(put.missing),
                names=", ".join(put.missing[:_NAMED]) + ("..." if put.missing[_NAMED:] else ""),
            )

    def done(self, context: Any, job: Job) -> set[str]:
        """Name the photos that were left out."""
        result = FaceJob.done(self, context, job)
        for sentence in self._left_out if result == {"FINISHED"} else ():
            tell(self, "WARNING", Sentence("Left out: {why}", why=sentence))
        return result

    def _paths(self) -> list[Path]:
        """The photos in natural order, as frames are; the folder's for a folder alone."""
        from ...core.photo.frames import natural_key, pictures_of

        names = [f.name for f in self.files if f.name]
        if self.directory and names:
            folder = Path(bpy.path.abspath(self.directory))
            return [folder / name for name in sorted(names, key=natural_key)]
        if not self.filepath:
            raise OptionError("No photo was chosen.")
        path = Path(bpy.path.abspath(self.filepath))
        return list(pictures_of(path)) if path.is_dir() else [path]

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("number", "first_is_calm", "strength", "gaze", "turn"):
            layout.prop(self, name)
        column = layout.column()
        for name in ("keyed", "apart", "hold"):
            column.prop(self, name)
