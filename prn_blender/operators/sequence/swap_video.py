"""`prn.swap_video`: the face in place of a person's in all frames of a movie."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty

from ...interface import choices
from ...interface.jobs import FaceJob, Job, Step
from ...interface.reporting import tell
from ..swap_choices import SwapChoices
from .shot_job import SLOW_CHUNK, Following, Parts, ShotJob, part_steps

if TYPE_CHECKING:
    from ...core.errors import Sentence
    from ...core.face.face import Face
    from ...core.photo.frames import FrameRange, Shot
    from ...core.swap.options import SwapOptions


class _Drawing:
    """The frames of a shot with another face, written in parts; all of it in the job's thread.

    Parameters
    ----------
    shot : Shot
    wanted : FrameRange
    following : Following
    person : int
        Whose face is replaced.
    folder : Path
    face : callable
        Gives the donor, in the job's thread.
    options : SwapOptions
    """

    def __init__(
        self,
        shot: Shot,
        wanted: FrameRange,
        following: Following,
        person: int,
        folder: Path,
        face: Callable[[], list[Face]],
        options: SwapOptions,
    ) -> None:
        self._shot, self._wanted, self._following = shot, wanted, following
        self._person, self.folder = person, folder
        self._face, self._options = face, options
        self.frames = Parts(self._begin)
        self.warning: Sentence | None = None
        self.count = 0

    def _begin(self) -> Generator[int, None, None]:
        from ...core.swap.shot.frame_files import write_frames

        following, face = self._following, self._face()[0]
        frames = write_frames(
            self.folder,
            self._shot,
            following.person(self._person, face),
            face,
            following.reconstructor,
            self._options,
            self._wanted,
        )
        try:
            for written in frames:
                self.count += 1
                self.warning = self.warning or written.warning
                yield written.number
        finally:
            frames.close()


class PRN_OT_swap_video(ShotJob, SwapChoices, bpy.types.Operator):
    """Put this face in the place of a person's in a movie; frames go into a folder beside it"""

    bl_idname = "prn.swap_video"
    bl_label = "Swap into Video"
    bl_options = {"REGISTER", "PRESET"}

    person: IntProperty(
        name="Person",
        description="Whose face is replaced: 1 takes most of the shot",
        default=1,
        min=1,
        soft_max=8,
    )
    parts: EnumProperty(
        name="Parts",
        description="What comes from this face; hold Shift to choose several",
        items=choices.PARTS,
        default={"face"},
        options={"ENUM_FLAG"},
    )
    strength: FloatProperty(
        name="Strength",
        description="How much of this face shows",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    gaze: EnumProperty(
        name="Gaze",
        description="Whose eyeballs show between the lids",
        items=choices.VIDEO_GAZES,
        default="target",
    )
    folder: StringProperty(
        name="Folder",
        description="Where the frames go; by default a folder beside the movie, named after it",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )

    def steps(self, context: Any) -> list[Step]:
        """Follow the person, then draw the frames, both part by part."""
        from ...core.swap.options import SwapOptions
        from ...core.swap.shot.frame_files import name_of
        from ...scene.record import recall

        item = self.begin(context)
        shot, wanted = self.shot()
        recalled = recall([item])
        options = SwapOptions(**self.swap_options())
        name = name_of(shot)
        folder = Path(bpy.path.abspath(self.folder)) if self.folder else None
        self._following, steps = self.following_steps(shot, wanted)
        following = self._following
        self._drawing = _Drawing(
            shot,
            wanted,
            following,
            self.person,
            folder or shot.path.parent / f"{name}_swap",
            recalled,
            options,
        )
        drawn = part_steps(f"{name}_swap", self._drawing.frames, shot, wanted, SLOW_CHUNK)
        return [*steps, *drawn]

    def done(self, context: Any, job: Job) -> set[str]:
        """Say where the frames are; those that Esc left are kept, and gone on from."""
        drawing = self._drawing
        if job.stopping and not job.failures and drawing.count:
            tell(
                self,
                "INFO",
                "Stopped; {count} frames are in {folder}, and the same again goes on there",
                count=drawing.count,
                folder=str(drawing.folder),
            )
            return {"CANCELLED"}
        result = FaceJob.done(self, context, job)
        if result == {"FINISHED"}:
            self.tell_of_break(self._following)
            if drawing.warning is not None:
                tell(self, "WARNING", drawing.warning)
            tell(self, "INFO", "The frames are in {folder}", folder=str(drawing.folder))
        return result

    def draw(self, context: Any) -> None:
        """The file browser's side and the redo panel."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self.draw_shot(layout)
        column = layout.column()
        column.prop(self, "parts")
        for name in ("feather", "strength", "gaze", "caution"):
            layout.prop(self, name)
        layout.prop(self, "folder")
