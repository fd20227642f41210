"""`make demo`: a photo becomes a .blend and a rendered picture in out/."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from prn_blender.cli import main


def sample() -> Path:
    """The public-domain portrait of Eileen Collins (NASA) that scikit-image carries."""
    spec = find_spec("skimage")
    assert spec is not None and spec.origin is not None, "run `make setup` first"
    return Path(spec.origin).parent / "data" / "astronaut.png"


if __name__ == "__main__":
    photo = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else str(sample())
    outputs = ["--blend", "--render", "--json"]
    sys.exit(main(["reconstruct", photo, "--output", "out", *outputs]))
