"""Jobs: the window goes on drawing, Esc ends them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import time
from pathlib import Path

from steps import DENSE_MESHES, INVOKE, NO_JOB, build_face, choose_in_browser, no_traceback
from window import INSIDE, PATIENCE, ROOT, Blender, GuiError, Window

MOST_SECONDS = 0.5  # from the event of Esc to the end of a job

# A timer asks for a picture every 20 ms; what is measured is when the view is really drawn.
WATCH_DRAWING = """
import time
TIMES = bpy.app.driver_namespace["times"] = []
def tag():
    view()[1].tag_redraw()
    return 0.02
bpy.app.timers.register(tag)
bpy.app.driver_namespace["tag"] = tag
bpy.types.SpaceView3D.draw_handler_add(
    lambda: TIMES.append(time.perf_counter()), (), "WINDOW", "POST_PIXEL")
answer = True
"""
STOP_WATCHING = """
bpy.app.timers.unregister(bpy.app.driver_namespace["tag"])
answer = True
"""
DRAWING_GAPS = """
times = bpy.app.driver_namespace["times"]
answer = [1000 * (b - a) for a, b in zip(times, times[1:])]
times.clear()
"""
COLLECTIONS = "answer = len(bpy.context.scene.collection.children)"
MODELS = """
from bl_ext.user_default.prn_face.interface.settings import model_store
store = model_store()
files = store.folder.rglob("*") if store.folder.exists() else []
answer = [sorted(str(f.relative_to(store.folder)) for f in files), store.active]
"""
SLOW_IMPORT = """
import time
from bl_ext.user_default.prn_face.core.model.importer import add
quick = add.convert
add.convert = lambda *values: (time.sleep(12), quick(*values))[1]
answer = True
"""
ACCEPT = """
operator = area_of("FILE_BROWSER")[1].spaces.active.active_operator
operator.properties.accept, operator.properties.name = True, {name!r}
redraw()
answer = True
"""


SLOW_COMPLETION = """
import time
from bl_ext.user_default.prn_face.scene.layers import complete
complete.quick = quick = complete.completed_files
complete.completed_files = lambda *values: (time.sleep(10), quick(*values))[1]
answer = True
"""
QUICK_COMPLETION = """
from bl_ext.user_default.prn_face.scene.layers import complete
complete.completed_files = complete.quick
answer = True
"""
COMPLETED = "answer = any('Completed' in i.name for i in bpy.data.images)"


def print_gaps(when: str, gaps: list[float]) -> None:
    """How often the view was drawn; software drawing takes most of it, hence the idle figure."""
    middle = sorted(gaps)[len(gaps) // 2]
    print(f"  {when}: drawn {len(gaps)} times, every {middle:.0f} ms, at worst {max(gaps):.0f} ms")


def story_batch(blender: Blender, photo: Path) -> None:
    """Twenty photos as a job: the window goes on drawing, Esc ends it, what was built stays."""
    folder = blender.shared / "batch"
    folder.mkdir(exist_ok=True)
    for number in range(20):
        shutil.copyfile(photo, folder / f"{number:02}{photo.suffix}")
    names = [f"{number:02}{photo.suffix}" for number in range(20)]
    call = (
        f"reconstruct('INVOKE_DEFAULT', directory='{INSIDE}/batch',"
        f" files=[dict(name=n) for n in {names}], stride='2')"
    )
    start = INVOKE.format(call=call)
    with Window(blender) as window:
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        window.ask(WATCH_DRAWING)
        time.sleep(5)
        print_gaps("idle", window.ask(DRAWING_GAPS))
        window.ask(start + "watch_job()")
        window.wait_for(COLLECTIONS + " > 3", "some faces", 120)
        window.picture("7-job")
        window.wait_for(COLLECTIONS + " > 20", "all", 300)
        print_gaps("during the job", window.ask(DRAWING_GAPS))
        print_parts(window)
        window.picture("8-job-done")
        window.key("ctrl+z")
        window.wait_for(COLLECTIONS + " == 1", "one undo")

        window.ask(start)
        window.wait_for(COLLECTIONS + " > 2", "some again")
        window.ask(STOP_WATCHING)
        stop_with_escape(window)
        left = window.ask(COLLECTIONS)
        time.sleep(2)
        if window.ask(COLLECTIONS) != left:
            raise GuiError("Faces went on appearing after Esc.")
        window.picture("9-stopped")
        if not 2 < left < 20:
            raise GuiError(f"Esc left {left} collections.")
        half_made = window.ask(
            "answer = [b.name for b in (*bpy.data.meshes, *bpy.data.collections) if not b.users]"
        )
        if half_made:
            raise GuiError(f"Esc left {half_made} half-made.")

        # Undo while it goes on: what is there by then goes, the rest is built.
        window.key("ctrl+z")
        window.wait_for(COLLECTIONS + " == 1", "what Esc left undone")
        window.ask("bpy.ops.ed.undo_push(message='Something'); answer = True")
        window.ask(start)
        window.wait_for(COLLECTIONS + " > 3", "some once more")
        window.key("ctrl+z")
        window.wait_for(NO_JOB, "the job's end", 300)
        print(f"  undone while it went on, {window.ask(COLLECTIONS) - 1} of 20 are there")
        window.picture("9b-undone-meanwhile")
    no_traceback(blender)


def story_face_job(blender: Blender, photo: Path) -> None:
    """Complete Hidden Side in the background: Esc leaves nothing; then it is one undo, and redo."""
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.ask(SLOW_COMPLETION)
        window.find("VIEW_3D", "UI", lambda does: "prn.complete" in does, "button Complete")
        window.click()
        window.wait_for("answer = current_job() is not None", "a job")
        window.picture("50-face-job")
        stop_with_escape(window)
        time.sleep(12)  # what the thread was at comes to its end
        if window.ask(COMPLETED):
            raise GuiError("The hidden side was completed after Esc.")
        window.ask(QUICK_COMPLETION)
        window.find("VIEW_3D", "UI", lambda does: "prn.complete" in does, "button Complete")
        window.click()
        window.wait_for(COMPLETED, "the hidden side", 120)
        window.wait_for(NO_JOB, "the job's end")
        window.picture("51-face-job-done")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+z")
        window.wait_for(COMPLETED.replace("any", "not any"), "it undone in one step")
        if not window.ask(DENSE_MESHES):
            raise GuiError("The face was undone with it.")
        window.key("ctrl+shift+z")
        window.wait_for(COMPLETED, "it redone")
    no_traceback(blender)


def print_parts(window: Window) -> None:
    """What the job says of itself."""
    parts = window.ask("answer = bpy.app.driver_namespace['job']['busy_seconds']")
    print(f"  the main thread was busy {len(parts)} times, at most {1000 * max(parts):.0f} ms")


def stop_with_escape(window: Window) -> None:
    """Press Esc; the job has to end at once when it hears it.

    How long a key takes to get there is a matter of how fast the machine draws.
    """
    window.point_at("VIEW_3D", "WINDOW")
    window.ask("watch_job(); answer = True")
    pressed = time.time()
    window.key("Escape")
    notes = window.wait_for(
        "answer = bpy.app.driver_namespace['job']\nanswer = answer['ended'] and answer",
        "the job's end",
    )
    took = notes["ended"] - notes["heard"]
    print(f"  Esc: heard after {notes['heard'] - pressed:.2f} s, ended {took:.3f} s later")
    if took > MOST_SECONDS:
        raise GuiError(f"The job took {took:.2f} s to end.")


def story_import(blender: Blender, photo: Path) -> None:
    """A model is imported in the background and is there; a second one is stopped by Esc."""
    folder = blender.shared / "model"
    folder.mkdir(exist_ok=True)
    for name in ("position_map.onnx", "prn_uv_layout.npz"):
        shutil.copyfile(ROOT / "models" / name, folder / name)
    with Window(blender) as window:
        window.wait_for("answer = show_tab('PRN Face')", "the sidebar's tab PRN Face")
        for name, stopped in (("mine", False), ("another", True)):
            before = window.ask(MODELS)
            window.ask(INVOKE.format(call="import_model('INVOKE_DEFAULT')"))
            window.wait_for("answer = box('FILE_BROWSER', 'WINDOW')", "the file browser")
            window.ask(ACCEPT.format(name=name))
            if stopped:  # or it would be over before the key arrives
                window.ask(SLOW_IMPORT)
            choose_in_browser(window, f"{INSIDE}/model/position_map.onnx", "30-import-browser")
            if stopped:
                window.wait_for("answer = current_job() is not None", "a job")
                window.picture("31-import-job")
                stop_with_escape(window)
                time.sleep(15)  # what the thread was at comes to its end
                if window.ask(MODELS) != before:
                    raise GuiError(f"Esc left {window.ask(MODELS)}; before it was {before}.")
            else:
                window.wait_for(MODELS + f"answer = answer[1] == {name!r}", "the model", 60)
                window.ask("redraw(); answer = True")
                window.picture("32-imported")
        window.picture("33-import-stopped")
    no_traceback(blender)


def story_disable_in_a_job(blender: Blender, photo: Path) -> None:
    """Disabled in the middle of a job and enabled again it works; so it does when Blender quits."""
    toggled = (
        "import addon_utils\n"
        "addon_utils.disable('bl_ext.user_default.prn_face')\n"
        "addon_utils.enable('bl_ext.user_default.prn_face')\n"
        "answer = True"
    )
    with Window(blender) as window:
        build_face(window, f"{INSIDE}/{photo.name}")
        window.ask(SLOW_COMPLETION)
        window.ask(INVOKE.format(call="complete('INVOKE_DEFAULT')"))
        window.wait_for("answer = current_job() is not None", "the job")
        window.ask(toggled)
        if window.ask("answer = current_job() is not None"):
            raise GuiError("The job goes on without an add-on.")
        window.picture("90-enabled-again")
        window.ask(QUICK_COMPLETION)
        window.ask(INVOKE.format(call="complete('INVOKE_DEFAULT')"))
        window.wait_for(COMPLETED, "the hidden side", 180)
        window.wait_for(NO_JOB, "the job's end")
        window.ask("bpy.ops.script.reload(); answer = True")
        window.wait_for("answer = show_tab('PRN Face')", "the tab after Reload Scripts")
        window.picture("91-scripts-reloaded")
        window.ask(SLOW_COMPLETION)
        window.ask(INVOKE.format(call="complete('INVOKE_DEFAULT')"))
        window.wait_for("answer = current_job() is not None", "the job")
        window.ask("bpy.context.preferences.view.use_save_prompt = False; answer = 1")
        window.point_at("VIEW_3D", "WINDOW")
        window.key("ctrl+q")
        if (code := window.process.wait(timeout=60 * PATIENCE)) != 0:
            raise GuiError(f"Blender ended with {code} when it quit in the middle of a job.")
    no_traceback(blender)
