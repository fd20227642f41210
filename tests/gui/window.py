"""A real Blender with its window on a virtual screen, driven by mouse and keyboard."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTH, HEIGHT = 1600, 1000
# How many times longer than usual to wait for things, on a machine that is busy otherwise.
PATIENCE = float(os.environ.get("PRN_GUI_PATIENCE", "1"))
INSIDE = "/gui"  # where the shared folder is in the chroot
# Software rendering, so that the machine needs no graphics card.
ENVIRONMENT = (
    "LIBGL_ALWAYS_SOFTWARE=1",
    "GALLIUM_DRIVER=llvmpipe",
    f"BLENDER_USER_RESOURCES={INSIDE}/profile",
    "HOME=/root",
)


class GuiError(Exception):
    """One sentence: what did not happen in the window."""


class Blender:
    """Debian's Blender in its chroot; `shared` is a folder that both sides see."""

    def __init__(self, chroot: Path, shared: Path) -> None:
        self.chroot = chroot
        self.shared = shared

    def command(self, *arguments: str, variables: Sequence[str] = ()) -> list[str]:
        return [
            sys.executable, str(ROOT / "scripts" / "blender_chroot.py"), "run", str(self.chroot),
            "--bind", f"{self.shared}:{INSIDE}", "--",
            "env", *ENVIRONMENT, *variables, "blender", *arguments,
        ]  # fmt: skip

    def run(self, *arguments: str) -> str:
        """Run without a window; the output, or a GuiError with it."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, check=False, timeout=600
        )
        if done.returncode != 0:
            raise GuiError(f"blender {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


class Screen:
    """A virtual X screen."""

    def __init__(self, width: int, height: int) -> None:
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.display = f":{pipe.readline().strip()}"

    def xdotool(self, *arguments: object) -> None:
        self._run("xdotool", *map(str, arguments))

    def picture(self, file: Path) -> None:
        self._run("import", "-window", "root", str(file))

    def _run(self, *command: str) -> None:
        subprocess.run(command, env={**os.environ, "DISPLAY": self.display}, check=True)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


class Window:
    """Blender's window: `ask` runs Python in it, the rest are a person's hands and eyes."""

    def __init__(
        self, blender: Blender, *arguments: str, size: tuple[int, int] = (WIDTH, HEIGHT)
    ) -> None:
        self.shared = blender.shared
        for name in ("request.py", "answer.json"):
            (self.shared / name).unlink(missing_ok=True)
        agent = Path(__file__).with_name("agent.py")
        (self.shared / "agent.py").write_text(agent.read_text(encoding="utf-8"), encoding="utf-8")
        self.screen = Screen(*size)
        self.log = (self.shared / "window.log").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            blender.command(
                "--window-geometry", "0", "0", *map(str, size), *arguments,
                "--python", f"{INSIDE}/agent.py", "--", INSIDE,
                variables=[f"DISPLAY={self.screen.display}"],
            ),
            stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self.process.poll() is None:
            self.screen.picture(self.shared / "failed.png")
        try:
            # Not from the timer: Blender would free the script that it is running.
            self.process.terminate()
            self.process.wait(timeout=20 * PATIENCE)
        finally:
            self.log.close()
            self.screen.close()

    def ask(self, code: str, seconds: float = 60) -> Any:
        """Run Python in Blender and return what it left in `answer`."""
        partial = self.shared / "request.partial"
        partial.write_text(code, encoding="utf-8")
        partial.rename(self.shared / "request.py")
        reply = self.shared / "answer.json"
        end = time.monotonic() + seconds * PATIENCE
        while not reply.exists():
            if self.process.poll() is not None:
                raise GuiError("Blender has ended; its last words are in window.log.")
            if time.monotonic() > end:
                raise GuiError(f"Blender did not answer within {seconds:.0f} s: {code}")
            time.sleep(0.02)
        answer = json.loads(reply.read_text(encoding="utf-8"))
        reply.unlink()
        if "error" in answer:
            raise GuiError(f"{code}\n{answer['error']}")
        return answer["answer"]

    def wait_for(self, code: str, what: str, seconds: float = 60, pause: float = 0.1) -> Any:
        """Ask until the answer is true, with pauses of so many seconds."""
        end = time.monotonic() + seconds * PATIENCE
        while not (answer := self.ask(code, seconds)):
            if time.monotonic() > end:
                raise GuiError(f"Not within {seconds:.0f} s: {what}.")
            time.sleep(pause)
        return answer

    def picture(self, name: str) -> None:
        """What is on the screen, as NAME.png in the shared folder."""
        self.ask("redraw()")
        self.screen.picture(self.shared / f"{name}.png")

    def point_at(self, kind: str, region: str, across: float = 0.5, down: float = 0.5) -> None:
        """Move the mouse into a region, by default its middle; keys go where the mouse is."""
        left, top, width, height = self.ask(f"answer = box({kind!r}, {region!r})")
        self.screen.xdotool("mousemove", left + int(across * width), top + int(down * height))
        self.screen.xdotool("mousemove_relative", 1, 0)

    def find(self, kind: str, region: str, wanted: Callable[[str], bool], what: str) -> None:
        """Move the mouse down a region, as one looks for a button, until it is on `wanted`."""
        place = self.ask(f"answer = box({kind!r}, {region!r})")
        if place is None:
            raise GuiError(f"There is no {region} region in {kind} to look for {what}.")
        left, top, width, height = place
        for column in (0.5, 0.25, 0.75, 0.1, 0.92, 0.83):
            for y in range(top + 4, top + height - 2, 8):
                self.screen.xdotool("mousemove", left + int(column * width), y)
                # A button becomes active when the mouse moves on it.
                self.screen.xdotool("mousemove_relative", 1, 0)
                time.sleep(0.06)
                if wanted(self.ask(f"answer = under_mouse({kind!r}, {region!r})")):
                    return
        raise GuiError(f"There is no {what} in the {region} region of {kind}.")

    def click(self) -> None:
        self.screen.xdotool("click", 1)

    def double_click(self) -> None:
        self.screen.xdotool("click", "--repeat", 2, "--delay", 60, 1)

    def key(self, *keys: str) -> None:
        for key in keys:
            self.screen.xdotool("key", key)
            time.sleep(0.1)

    def type(self, text: str) -> None:
        self.screen.xdotool("type", "--delay", 20, text)
