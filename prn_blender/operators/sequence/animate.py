"""`prn.animate`: a face that moves as a person does in a shot."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ...interface import choices
from ...interface.jobs import FaceJob, Job, Step, scene_again
from ...interface.reporting import tell
from ...interface.target import in_object_mode
from ...scene.units import units_per_metre
from .fewer_keys import FewerKeys
from .shot_job import SLOW_CHUNK, Parts, ShotJob, part_steps

if TYPE_CHECKING:
    from ...core.face.face import Face
    from ...core.photo.frames import FrameRange, Shot
    from ...core.sequence.performance import Performance


class PRN_OT_animate(ShotJob, FewerKeys, bpy.types.Operator):
    """Have the face move as a person in a movie does: its pose, and expressions as shape keys"""

    bl_idname = "prn.animate"
    bl_label = "Animate from Video"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

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
    positions: BoolProperty(
        name="Position Cache",
        description="Have every vertex go where each frame shows it: lips move exactly, and "
        "shape keys have no effect while the modifier Position Cache is on",
        default=False,
    )
    folder: StringProperty(
        name="Folder",
        description="Where the file of the position cache goes; by default beside the movie",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    scene_time: BoolProperty(
        name="Set Scene Time",
        description="Have the scene play at the shot's frame rate, from its first frame to its "
        "last",
        default=True,
    )

    def steps(self, context: Any) -> list[Step]:
        """Look at the frames, part by part; then make all keys at once."""
        from ...scene.record import recall

        item = self.begin(context)
        shot, wanted = self.shot()
        face = recall([item])
        scene_name, units = context.scene.name, units_per_metre(context.scene)
        person = self.person
        self._following, steps = self.following_steps(shot, wanted)
        following = self._following
        self._cache_file: Path | None = None
        if self.positions:
            steps += self._position_steps(context.scene, item, shot, wanted, face)

        def work() -> tuple[Performance, Face]:
            built = face()[0]
            return following.person(person, built), built

        def finish(found: tuple[Performance, Face]) -> Iterator[None]:
            yield from self._perform(scene_again(scene_name), shot, units, *found)

        return [*steps, Step(shot.path.name, work, finish)]

    def _position_steps(
        self,
        scene: bpy.types.Scene,
        item: bpy.types.Object,
        shot: Shot,
        wanted: FrameRange,
        face: Callable[[], list[Face]],
    ) -> list[Step]:
        """Write where the vertices go, part by part."""
        from ...core.files.safe import linkable, make_folder
        from ...core.outputs.point_cache import SUFFIX
        from ...core.swap.shot.frame_files import name_of
        from ...scene.animation.perform import rate_of
        from ...scene.animation.position_cache import mesh_of, write_positions
        from ...scene.record import geometry_of

        of = mesh_of(item, geometry_of(item).layout)
        folder = Path(bpy.path.abspath(self.folder)) if self.folder else shot.path.parent
        name = f"{name_of(shot)}_{linkable(item.name) or 'face'}{SUFFIX}"
        path = self._cache_file = folder / name
        rate = shot.rate if self.scene_time else rate_of(scene)
        following, person, view = self._following, self.person, (self.camera, self.focal)

        def begin() -> Generator[tuple[int, int], None, None]:
            make_folder(folder)
            performance = following.person(person, face()[0])
            return write_positions(
                path, shot, performance, following.reconstructor, of, rate, *view
            )

        return part_steps(name, Parts(begin), shot, wanted, SLOW_CHUNK)

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
        from ...scene.animation.position_cache import named

        item = self.again()
        in_object_mode(bpy.context)  # in Edit Mode a mesh gets no shape keys
        options = PlayOptions(
            self.moves,
            self.camera,
            self.focal,
            self.expression,
            self.scene_time,
            self.reduce,
            named(self._cache_file) if self._cache_file is not None else "",
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
        if result == {"FINISHED"}:
            self.tell_of_break(self._following)
        space = context.space_data
        if result == {"FINISHED"} and space is not None and space.type == "VIEW_3D":
            space.region_3d.view_perspective = "CAMERA"
        return result

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self.draw_shot(layout)
        layout.prop(self, "moves")
        layout.prop(self, "camera")
        if self.camera == "persp":
            layout.prop(self, "focal")
        for name in ("expression", "reduce", "scene_time", "positions"):
            layout.prop(self, name)
        if self.positions:
            layout.prop(self, "folder")
