"""Whether the window goes on drawing while photos are worked on, in numbers."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from steps import INVOKE, NO_JOB, no_traceback
from window import INSIDE, Blender, GuiError, Window

PHOTOS = 20
LEAST_RATE = 10  # pictures in each second
MOST_OTHERS = 0.1  # of the processors, for other programs, where the figures are to mean anything
SECONDS_IDLE = 5
SIZE = (800, 600)
# A view that is quick to draw, alone in its window with the status bar: software drawing of a
# large one says nothing about the add-on. Smoothed edges have each pixel drawn several times, which
# costs a graphics card nothing and these processors, which work on the photos too, two thirds of
# their time. The view looks at nothing, far from the faces, as for somebody
# who works on something else meanwhile: 20 of them are 1.3 million vertices for every picture.
# (A local view does not do: new objects show in it.)
CHEAP_VIEW = """
window, area = view()
space = area.spaces.active
space.shading.type, space.shading.light = "SOLID", "FLAT"
space.overlay.show_overlays = space.show_gizmo = False
bpy.context.preferences.system.viewport_aa = "OFF"
for region in area.regions:
    if region.type == "WINDOW":
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.screen.screen_full_area()
            break
answer = True
"""
LOOK_AWAY = """
look = view()[1].spaces.active.region_3d
look.view_perspective, look.view_location, look.view_distance = "PERSP", (1000, 1000, 0), 10
answer = True
"""
LOOK_AT_FACES = """
view()[1].spaces.active.region_3d.view_perspective = "CAMERA"
answer = True
"""
# Pictures are asked for at 30 Hz, as by somebody who turns the view; a timer at 50 Hz tells how
# long the main thread lets it wait. (bpy.app.timers wait their time after each call.)
WATCH = """
import time
drawn = bpy.app.driver_namespace["drawn"] = []
ticks = bpy.app.driver_namespace["ticks"] = []
watched = view()[1]
def ask():
    for region in watched.regions:
        if region.type == "WINDOW":
            region.tag_redraw()
    return 1 / 30
def tick():
    ticks.append((time.perf_counter(), current_job() is not None))
    return 1 / 50
for timer in (ask, tick):
    bpy.app.timers.register(timer, persistent=True)
bpy.app.driver_namespace["timers"] = (ask, tick)
bpy.app.driver_namespace["handler"] = bpy.types.SpaceView3D.draw_handler_add(
    lambda: drawn.append((time.perf_counter(), current_job() is not None)),
    (), "WINDOW", "POST_PIXEL")
answer = True
"""
BEGIN = """
for times in (bpy.app.driver_namespace["drawn"], bpy.app.driver_namespace["ticks"]):
    times.clear()
answer = True
"""
RESULT = """
answer = [list(bpy.app.driver_namespace[name]) for name in ("drawn", "ticks")]
"""


def large_photo(photo: Path, to: Path) -> None:
    """24 megapixels, lying on its side with an EXIF entry that says so: nothing Blender reads."""
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(photo) as picture:
        large = picture.convert("RGB").resize((4900, 4900)).transpose(Image.Transpose.ROTATE_90)
        large.save(to, quality=92, exif=exif)


@dataclass(frozen=True)
class Measured:
    """How the window did.

    Attributes
    ----------
    rate : float
        Pictures a second.
    pictures : int
        In the worst second.
    others : float
        Of the processors, what other programs took: 0..1. They take it from the window as well.
    """

    rate: float
    pictures: int
    others: float


def story_redraws(blender: Blender, photo: Path) -> None:
    """Twenty photos, one of 24 megapixels: pictures a second, and the main thread's longest gap."""
    folder = blender.shared / "redraws"
    folder.mkdir(exist_ok=True)
    names = [f"{number:02}{photo.suffix}" for number in range(PHOTOS - 1)]
    for name in names:
        shutil.copyfile(photo, folder / name)
    large_photo(photo, folder / "large.jpg")
    names.insert(PHOTOS // 2, "large.jpg")
    call = (
        f"reconstruct('INVOKE_DEFAULT', directory='{INSIDE}/{folder.name}',"
        f" files=[dict(name=n) for n in {names}])"
    )
    with Window(blender, size=SIZE) as window:
        window.wait_for("answer = area_of('VIEW_3D') is not None", "a 3D viewport")
        window.ask(CHEAP_VIEW)
        window.ask(LOOK_AWAY)
        window.ask(WATCH)
        idle = measure(window, "idle")
        during = measure(window, "during the batch", INVOKE.format(call=call))
        window.picture("39-redraws")
        window.ask(LOOK_AWAY)
        again = measure(window, "idle once more")
        window.ask(LOOK_AT_FACES)
        measure(window, "idle, the last face in view")
        window.picture("40-redraws-faces")
    no_traceback(blender)
    if max(part.others for part in (idle, during, again)) > MOST_OTHERS:
        print("  other programs were at work: these figures say nothing")
    elif min(idle.pictures, again.pictures) >= LEAST_RATE > during.pictures:
        raise GuiError(f"{during.pictures} pictures in a second of the batch.")


def measure(window: Window, when: str, job: str = "") -> Measured:
    """What happens while a job runs, or nothing."""
    window.ask(BEGIN)
    before, thread = processor_seconds(window), main_thread_seconds(window)
    began = time.monotonic()
    if job:
        window.ask(job)
        window.wait_for("answer = current_job() is not None", "a job")
        # Seldom asked: each question takes time of the window that is looked at.
        window.wait_for(NO_JOB, "the job's end", 300, pause=1.0)
    else:
        time.sleep(SECONDS_IDLE)
    seen, timed = window.ask(RESULT)
    # What the end of the job brings into view takes Blender time to draw.
    drawn, ticks = ([t for t, works in times if works == bool(job)] for times in (seen, timed))
    if job:
        first = min(t for t, works in seen if t > drawn[-1])
        print(f"  the first picture with a face after {1000 * (first - drawn[-1]):.0f} ms")
    took = time.monotonic() - began
    worked, queued = (
        (b - a) / took for a, b in zip(thread, main_thread_seconds(window), strict=True)
    )
    total, busy, ours = (b - a for a, b in zip(before, processor_seconds(window), strict=True))
    others = max(0.0, busy - ours) / total
    pauses = [1000 * (b - a) for a, b in itertools.pairwise(drawn)]
    gaps = sorted(1000 * (b - a) for a, b in itertools.pairwise(ticks))
    seconds = drawn[-1] - drawn[0]
    worst, when_worst = min(
        (
            (sum(start <= t < start + 1 for t in drawn), start - drawn[0])
            for start in drawn
            if start + 1 <= drawn[-1]
        ),
        default=(len(drawn), 0.0),
    )
    print(
        f"  {when}: {len(drawn) / seconds:.1f} pictures a second for {seconds:.0f} s, in the worst"
        f" one {worst} (after {when_worst:.0f} s), longest without {max(pauses):.0f} ms;"
        f" main thread: 95 % of gaps under {gaps[int(0.95 * len(gaps))]:.0f} ms,"
        f" longest {gaps[-1]:.0f} ms, at work {worked:.0%} of the time,"
        f" waiting for a processor {queued:.0%};"
        f" other programs took {others:.0%} of the processors",
        flush=True,
    )
    return Measured(len(drawn) / seconds, worst, others)


def main_thread_seconds(window: Window) -> tuple[float, float]:
    """So far, of Blender's main thread: at work, and kept from it by others on the processors."""
    text = Path(f"/proc/{window.process.pid}/schedstat").read_text()
    worked, queued = (int(n) / 1e9 for n in text.split()[:2])
    return worked, queued


def processor_seconds(window: Window) -> tuple[float, float, float]:
    """So far: of all processors, of these busy, of these for Blender, its screen and this story."""
    tick = os.sysconf("SC_CLK_TCK")
    numbers = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    times = os.times()
    ours = times.user + times.system
    for process in (window.process, window.screen.process):
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ours += (int(fields[11]) + int(fields[12])) / tick  # utime and stime
    total = sum(numbers) / tick
    return total, total - (numbers[3] + numbers[4]) / tick, ours
