"""`prn.animate`: a face that moves as a person does in a shot."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...core.choices import MOVIE_SUFFIXES, PHOTO_SUFFIXES
from ...core.errors import OptionError
from ...interface import choices
from ...interface.jobs import FaceJob, Job, Step, scene_again
from ...interface.recent_faces import engine_chooser, reconstructor_of
from ...interface.reporting import tell
from ...interface.target import in_object_mode
from ...scene.units import units_per_metre
from .fewer_keys import FewerKeys

if TYPE_CHECKING:
    from ...core.face.face import Face
    from ...core.photo.frames import FrameRange, Shot
    from ...core.sequence.performance import Performance

_CHUNK = 24
"""Frames of a step: the progress bar moves about once a second."""


class _Following:
    """The frames of a shot, looked at in parts; all of it in the job's thread.

    Parameters
    ----------
    shot : Shot
    wanted : FrameRange
    cache : Path
        What was seen is kept there, for redo and for the next try.
    """

    def __init__(self, shot: Shot, wanted: FrameRange, cache: Path) -> None:
        self._shot, self._wanted, self._cache = shot, wanted, cache
        self._engine = engine_chooser()
        self._frames: Generator[int, None, list[Performance]] | None = None
        self._stopped = False
        self.people: list[Performance] | None = None

    def look(self, most: int) -> None:
        """Look at the next frames, at most so many; those that were seen before do not count."""
        from ...core.sequence.follow import follow_stepwise

        if self.people is not None:
            return
        if self._frames is None:
            reconstructor = reconstructor_of(self._engine())
            self._frames = follow_stepwise(self._shot, reconstructor, self._wanted, self._cache)
        try:
            for _ in range(most):
                if self._stopped:
                    break
                next(self._frames)
        except StopIteration as end:
            self.people = end.value
        if self._stopped:
            self.close()

    def stop(self) -> None:
        """Have `look` give up after the frame that it is at; from the main thread."""
        self._stopped = True

    def close(self, _: object = None) -> None:
        """Let go of the shot."""
        if self._frames is not None:
            self._frames.close()


class PRN_OT_animate(FaceJob, FewerKeys, bpy.types.Operator, ImportHelper):
    """Have the face move as a person in a movie does: its pose, and expressions as shape keys"""

    bl_idname = "prn.animate"
    bl_label = "Animate from Video"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in sorted(MOVIE_SUFFIXES | PHOTO_SUFFIXES)),
        options={"HIDDEN"},
    )
    person: IntProperty(
        name="Person",
        description="Whom the face plays: 1 takes most of the shot; 0 is the one who looks most "
        "like the face",
        default=0,
        min=0,
        soft_max=8,
    )
    first: IntProperty(
        name="First", description="The shot's first frame that is taken", default=1, min=1
    )
    last: IntProperty(
        name="Last", description="The last frame that is taken; 0: to the end", default=0, min=0
    )
    step: IntProperty(
        name="Step",
        description="1 looks at every frame, 2 at every second one, and so on",
        default=1,
        min=1,
        soft_max=8,
    )
    rate: FloatProperty(
        name="Frame Rate",
        description="Frames a second of the shot; 0: what the movie says, and 24 for pictures",
        default=0.0,
        min=0.0,
        soft_max=120.0,
    )
    moves: EnumProperty(
        name="Moving",
        description="What gets the keys of the pose",
        items=choices.MOVES,
        default="HEAD",
    )
    camera: EnumProperty(
        name="Camera",
        description="The projection of the shot's camera",
        items=choices.CAMERA_KINDS,
        default="persp",
    )
    focal: FloatProperty(
        name="Focal Length",
        description="35 mm equivalent of the perspective camera",
        default=50.0,
        min=1.0,
        max=5000.0,
    )
    expression: BoolProperty(
        name="Expression",
        description="Key shape keys with ARKit's names; a face without any gets those that move",
        default=True,
    )
    scene_time: BoolProperty(
        name="Set Scene Time",
        description="Have the scene play at the shot's frame rate, from its first frame to its "
        "last",
        default=True,
    )

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose the movie, unless one was named."""
        if self.properties.is_property_set("filepath") and self.filepath:
            return self.start(context)
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Look at the frames, part by part; then make all keys at once."""
        from ...core.photo.frames import FrameRange, open_shot
        from ...scene.record import recall

        if not self.filepath:
            raise OptionError("No movie was chosen.")
        item = self.begin(context)
        path = Path(bpy.path.abspath(self.filepath))
        shot = open_shot(path, self.rate or None)
        wanted = FrameRange(self.first, self.last or None, self.step)
        face = recall([item])
        scene_name, units = context.scene.name, units_per_metre(context.scene)
        person = self.person
        following = _Following(shot, wanted, _cache_of(path, wanted, shot.rate))
        total = wanted.count(shot.count) if shot.count else 0
        parts = max(1, -(-total // _CHUNK))

        def part(number: int) -> Step:
            last = number == parts - 1
            most = 2**31 if last else _CHUNK
            label = f"{path.name} {min((number + 1) * _CHUNK, total) or ''}".strip()
            return Step(
                label, lambda: following.look(most), _nothing, following.stop, following.close
            )

        def work() -> tuple[Performance, Face]:
            assert following.people is not None
            built = face()[0]
            return _chosen(following.people, person, built), built

        def finish(found: tuple[Performance, Face]) -> Iterator[None]:
            yield from self._perform(scene_again(scene_name), shot, units, *found)

        return [*(part(number) for number in range(parts)), Step(path.name, work, finish)]

    def _perform(
        self,
        scene: bpy.types.Scene,
        shot: Shot,
        units: float,
        performance: Performance,
        face: Face,
    ) -> Iterator[None]:
        """Make the shape keys, which may take long; then the camera and all keys in one go."""
        from ...scene.animation.play import PlayOptions, play

        item = self.again()
        in_object_mode(bpy.context)  # in Edit Mode a mesh gets no shape keys
        options = PlayOptions(
            self.moves, self.camera, self.focal, self.expression, self.scene_time, self.reduce
        )
        yield from play(scene, item, face, shot, performance, options, units)
        tell(
            self,
            "INFO",
            "{item!r} moves in {count} frames; {measured} of them show the face",
            item=item.name,
            count=len(performance),
            measured=int(performance.measured.sum()),
        )

    def done(self, context: Any, job: Job) -> set[str]:
        """Look through the shot's camera."""
        result = FaceJob.done(self, context, job)
        space = context.space_data
        if result == {"FINISHED"} and space is not None and space.type == "VIEW_3D":
            space.region_3d.view_perspective = "CAMERA"
        return result

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "person")
        column = layout.column(align=True)
        for name in ("first", "last", "step"):
            column.prop(self, name)
        layout.prop(self, "rate")
        layout.prop(self, "moves")
        layout.prop(self, "camera")
        if self.camera == "persp":
            layout.prop(self, "focal")
        for name in ("expression", "reduce", "scene_time"):
            layout.prop(self, name)


def _nothing(_: object) -> None:
    """Nothing is to be done in Blender with frames alone."""


def _cache_of(path: Path, wanted: FrameRange, rate: float) -> Path:
    """Where what was seen of a shot is kept while Blender runs."""
    what = f"{path}|{wanted}|{rate}".encode("utf-8", "surrogateescape")
    return Path(bpy.app.tempdir) / f"prn-{hashlib.sha256(what).hexdigest()[:16]}.frames"


def _chosen(people: list[Performance], number: int, face: Face) -> Performance:
    """The person asked for; for 0 the one whose identity is nearest to the face's.

    Raises
    ------
    OptionError
        There is no such person.
    """
    if number > len(people):
        raise OptionError(
            "There is no person {number} in the shot, only {count}.",
            count=len(people),
            number=number,
        )
    if number > 0:
        return people[number - 1]
    told = [each for each in people if each.identity is not None]
    if face.identity is None or len(told) < 2:
        return people[0]
    mine = face.identity
    return min(told, key=lambda each: float(((each.identity - mine) ** 2).sum()))
