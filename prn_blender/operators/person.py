"""Several photos of one person: add them, take them away, look at one of them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, StringProperty

from ..core.errors import NoFaceError, OptionError, PhotoError, Sentence, counted, listed
from ..interface.file_browser import PhotoBrowser
from ..interface.jobs import FaceJob, Step
from ..interface.recent_faces import engine_chooser, faces_of_file, reconstructor_of
from ..interface.reporting import reports_errors, tell, tell_texture_stays
from ..interface.target import OnFace, in_object_mode
from ..interface.views.occluders import hide_cameras
from ..scene.record import find_cameras, find_photos

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.person import Person
    from ..scene.build.person import PersonPlan


class _PersonJob(FaceJob):
    """Mix-in for jobs that give a face other photos."""

    def _plan(
        self,
        change: Callable[[Person], tuple[Person, list[int | None]]],
        without: Collection[int] = (),
    ) -> Step:
        """The step that computes the person of the face's photos after a change, and puts it there.

        Parameters
        ----------
        change : callable
            Called in a thread with the person of the photos that the face has; returns the changed
            one, and for each photo its place among those or None.
        without : collection of int
            Photos that are not needed for it, and are not in that person.
        """
        from ..scene.build.person import face_now, plan_person, put_person
        from ..scene.record import recall_all

        item, engine = self.again(), engine_chooser()
        recalled, now, scene = recall_all(item, without), face_now(item), bpy.context.scene.name

        def work() -> PersonPlan:
            from ..core.person import Person
            from ..core.person.photos import likeness_of

            faces, likeness = recalled(), likeness_of(reconstructor_of(engine()))
            alone = Person(tuple(faces), likeness, keep_all=True, first=0)
            person, numbers = change(alone)
            return plan_person(person, numbers, faces[0], now)

        def finish(plan: PersonPlan) -> None:
            item = self.again()
            in_object_mode(bpy.context)
            put_person(item, plan, bpy.data.scenes[scene])
            if bpy.context.scene.camera in find_cameras(item):
                hide_cameras(bpy.context.view_layer, bpy.context.scene.camera)
            self._tell(plan, now.texels is not None)

        return Step(item.name, work, finish)

    def _tell(self, plan: PersonPlan, layers: bool) -> None:
        count = len(plan.photos)
        said = counted(count, "The face is that of 1 photo", "The face is that of {count} photos")
        tell(self, "INFO", said)
        if layers and plan.texture is None:
            tell_texture_stays(self)


class PRN_OT_add_photos(_PersonJob, bpy.types.Operator, PhotoBrowser):
    """Add further photos of this person: shape and texture come from all of them"""

    bl_idname = "prn.add_photos"
    bl_label = "Add Photos of This Person"
    bl_options = {"REGISTER", "UNDO"}

    files: CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"}
    )
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    keep_all: BoolProperty(
        name="Keep All",
        description="Use photos that seem to show somebody else, too",
        default=False,
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose photos, unless some were given."""
        if not (self.has_path() or self.files):
            self.start_folder()
            return self.browse(context)
        return self.start(context)

    def steps(self, context: Any) -> list[Step]:
        """Find the faces in the photos, fit the person, then change the face."""
        self.begin(context)
        paths, engine, keep_all = self._paths(), engine_chooser(), self.keep_all
        self._left_out: list[Sentence] = []
        self._is_doubtful = False

        def change(alone: Person) -> tuple[Person, list[int | None]]:
            seen = []
            for path in paths:
                try:
                    seen.append(faces_of_file(path, True, engine()))
                except (PhotoError, NoFaceError) as e:
                    self._left_out.append(e.sentence)
            if not seen:
                raise OptionError("None of the photos can be used: {why}", why=self._left_out[0])
            had = len(alone.found)
            both = alone.with_faces(seen)
            judged = both if keep_all else both.judged()
            odd = set()
            for photo in judged.left_out:
                if photo.number is not None and photo.number >= had:
                    odd.add(photo.number)
                    said = Sentence("{name}: {why}", name=photo.name, why=photo.reason)
                    self._left_out.append(said)
            if len(both.found) - len(odd) == had:
                raise OptionError("{why}: nothing was added.", why=listed(self._left_out))
            kept = [n for n in range(len(both.found)) if n not in odd]
            person = both.keeping(kept)
            self._is_doubtful = person.is_doubtful and not keep_all
            return person, [n if n < had else None for n in kept]

        return [self._plan(change)]

    def _tell(self, plan: PersonPlan, layers: bool) -> None:
        super()._tell(plan, layers)
        if self._is_doubtful:
            tell(self, "WARNING", "The two photos may show two people; more photos would tell")
        for sentence in self._left_out:
            tell(self, "WARNING", Sentence("Left out: {why}", why=sentence))

    def _paths(self) -> list[Path]:
        names = [f.name for f in self.files if f.name]
        if self.directory and names:
            return [Path(bpy.path.abspath(self.directory)) / name for name in names]
        if not self.filepath:
            raise OptionError("No photo was chosen.")
        return [Path(bpy.path.abspath(self.filepath))]

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        self.layout.prop(self, "keep_all")


class _RemovingJob(_PersonJob):
    """Mix-in for jobs that take photos away."""

    def _without(self, gone: Collection[int], count: int) -> Step:
        """The step that fits the person to the other photos: only those have to be there."""
        kept: list[int | None] = [number for number in range(count) if number not in gone]
        return self._plan(lambda rest: (rest, kept), gone)


class PRN_OT_remove_photo(_RemovingJob, bpy.types.Operator):
    """Take this photo away: shape and texture are those of the others"""

    bl_idname = "prn.remove_photo"
    bl_label = "Remove Photo"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    number: IntProperty(name="Photo", description="Which one; the first is 1", default=2, min=1)

    def steps(self, context: Any) -> list[Step]:
        """Fit the person to the other photos, then change the face."""
        from ..scene.record import read_record

        item, gone = self.begin(context), self.number - 1
        count = len(read_record(item).photos)
        if gone == 0:
            raise OptionError("The face was built from its first photo, which stays.")
        if gone >= count:
            raise OptionError(
                "Photo {number} of {count} cannot be taken away.", number=self.number, count=count
            )
        return [self._without({gone}, count)]


class PRN_OT_remove_lost_photos(_RemovingJob, bpy.types.Operator):
    """Take away the photos that are neither where they were nor in this file"""

    bl_idname = "prn.remove_lost_photos"
    bl_label = "Remove Lost Photos"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face from several photos."""
        if not super().poll(context):
            return False
        if len(find_photos(context.active_object)[1]) > 1:
            return True
        cls.poll_message_set("The face has one photo")
        return False

    def steps(self, context: Any) -> list[Step]:
        """Fit the person to the other photos, then change the face."""
        from ..scene.record import lost_photos, read_record

        item = self.begin(context)
        gone = set(lost_photos(item)) - {0}  # where the first one is lost, too, that is said
        if not gone:
            raise OptionError("No further photo of this person is lost.")
        return [self._without(gone, len(read_record(item).photos))]


class PRN_OT_choose_person_photo(OnFace, bpy.types.Operator):
    """Look through the camera of this photo; the face takes on its expression"""

    bl_idname = "prn.choose_person_photo"
    bl_label = "Show This Photo"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    number: IntProperty(name="Photo", description="Which one; the first is 1", default=1, min=1)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Choose it, then do what Photo View does."""
        from ..scene.build.person import choose_photo

        choose_photo(context.active_object, self.number - 1)
        result: set[str] = bpy.ops.prn.photo_view()
        return result


CLASSES = (
    PRN_OT_add_photos,
    PRN_OT_remove_photo,
    PRN_OT_remove_lost_photos,
    PRN_OT_choose_person_photo,
)
