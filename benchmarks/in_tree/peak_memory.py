"""Peak memory of a process that does one thing: `peak_memory.py reconstruct|swap PHOTO [DONOR]`.

Prints mebibytes (resident set, as the system counts it).
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import resource
import sys

from prn_blender.core import FaceReconstructor, read_photo

UNIT = 2**20 if sys.platform == "darwin" else 2**10


def main(what: str, photo: str, donor: str = "") -> None:
    """Do it, and print the peak."""
    load = FaceReconstructor.load()
    face = load(read_photo(photo), max_faces=1)[0]
    if what == "reconstruct":
        _ = face.visibility, face.texture(1024)
    else:
        from prn_blender.core.swap import SwapOptions, swap

        other = load(read_photo(donor), max_faces=1)[0]
        _ = swap(face, other, SwapOptions(texture_size=1024)).picture
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNIT, flush=True)
    os._exit(0)  # see prn_blender/__main__.py


if __name__ == "__main__":
    main(*sys.argv[1:])
