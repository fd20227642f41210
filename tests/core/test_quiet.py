"""What native libraries print is swallowed, and the descriptor always comes back."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import threading

import pytest

from prn_blender.core.native import STDERR, STDOUT, quiet


@pytest.mark.parametrize("descriptor", [STDOUT, STDERR])
def test_what_is_written_goes_nowhere(descriptor: int, capfd: pytest.CaptureFixture[str]) -> None:
    with quiet(descriptor):
        os.write(descriptor, b"noise")
    os.write(descriptor, b"news")
    assert capfd.readouterr()[descriptor - 1] == "news"


def test_overlapping_blocks_of_two_threads_leave_the_descriptor(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The first block ends while the second still runs, as when two photos are read at once."""
    first_began, second_began, first_ended = (threading.Event() for _ in range(3))

    def first() -> None:
        with quiet(STDERR):
            first_began.set()
            assert second_began.wait(60)
        first_ended.set()

    def second() -> None:
        assert first_began.wait(60)
        with quiet(STDERR):
            second_began.set()
            assert first_ended.wait(60)
            os.write(STDERR, b"noise")

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(STDERR, b"news")
    assert capfd.readouterr().err == "news"


def test_an_error_inside_brings_the_descriptor_back(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), quiet(STDERR), quiet(STDERR):
        raise ZeroDivisionError
    os.write(STDERR, b"news")
    assert capfd.readouterr().err == "news"
