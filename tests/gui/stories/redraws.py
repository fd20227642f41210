"""Whether the window goes on drawing while photos are worked on, in numbers."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path

from PIL import Image
from steps import INVOKE, NO_JOB, no_traceback
from window import INSIDE, Blender, GuiError, Window

PHOTOS = 20
LEAST_RATE = 10.0  # pictures a second
SECONDS_IDLE = 5
SIZE = (800, 600)
# A view that is quick to draw, alone in its window with the status bar: software drawing of a large
# one says nothing about the add-on. In local view the faces that are built are not in it, as for
# somebody who works on something else meanwhile: 20 faces are 1.3 million vertices to draw.
CHEAP_VIEW = """
window, area = view()
space = area.spaces.active
space.shading.type, space.shading.light = "SOLID", "FLAT"
space.overlay.show_overlays = space.show_gizmo = False
for region in area.regions:
    if region.type == "WINDOW":
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.view3d.localview(frame_selected=False)
            bpy.ops.screen.screen_full_area()
            break
answer = True
"""
LEAVE_LOCAL_VIEW = """
window, area = view()
for region in area.regions:
    if region.type == "WINDOW":
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.view3d.localview(frame_selected=False)
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
    ticks.append(time.perf_counter())
    return 1 / 50
for timer in (ask, tick):
    bpy.app.timers.register(timer, persistent=True)
bpy.app.driver_namespace["timers"] = (ask, tick)
bpy.app.driver_namespace["handler"] = bpy.types.SpaceView3D.draw_handler_add(
    lambda: drawn.append(time.perf_counter()), (), "WINDOW", "POST_PIXEL")
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
        window.ask(WATCH)
        idle = measure(window, "idle")
        during = measure(window, "during the batch", INVOKE.format(call=call))
        window.picture("39-redraws")
        measure(window, "idle once more")
        window.ask(LEAVE_LOCAL_VIEW)
        measure(window, "idle, 20 faces in view")
        measure(window, "during a batch, 20 and more faces in view", INVOKE.format(call=call))
        measure(window, "idle, 40 faces in view")
        window.picture("40-redraws-faces")
    no_traceback(blender)
    if idle > LEAST_RATE > during:
        raise GuiError(f"{during:.0f} pictures in a second of the batch, {idle:.0f} idle.")


def measure(window: Window, when: str, job: str = "") -> float:
    """Pictures in the worst second, while a job runs or nothing."""
    window.ask(BEGIN)
    if job:
        window.ask(job)
        window.wait_for("answer = current_job() is not None", "a job")
        # Seldom asked: each question takes time of the window that is looked at.
        window.wait_for(NO_JOB, "the job's end", 300, pause=1.0)
    else:
        time.sleep(SECONDS_IDLE)
    return report(when, *window.ask(RESULT))


def report(when: str, drawn: list[float], ticks: list[float]) -> float:
    """Print how the main thread did; the pictures in its worst second."""
    gaps = sorted(1000 * (b - a) for a, b in itertools.pairwise(ticks))
    seconds = drawn[-1] - drawn[0]
    pauses = [1000 * (b - a) for a, b in itertools.pairwise(drawn)]
    worst = min(
        (sum(start <= t < start + 1 for t in drawn) for start in drawn if start + 1 <= drawn[-1]),
        default=len(drawn),
    )
    print(
        f"  {when}: {seconds:.1f} s, {len(drawn) / max(seconds, 1e-6):.1f} pictures a second,"
        f" in the worst one {worst}, longest without {max(pauses):.0f} ms;"
        f" main thread: 95 % of gaps under {gaps[int(0.95 * len(gaps))]:.0f} ms,"
        f" longest {gaps[-1]:.0f} ms"
    )
    return float(worst)
