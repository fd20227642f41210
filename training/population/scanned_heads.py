"""Heads of a scanned population: ICT-FaceKit's mean head and what sets people apart from it.

Source: USC Institute for Creative Technologies, ICT-FaceKit (MIT licence, copyright 2020 USC
Institute for Creative Technologies); R. Li et al., "Learning formation of physically-based face
attributes", CVPR 2020. Its 100 identity modes were learnt from light-stage scans and have unit
normal weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import vertex_normals

Ints = NDArray[np.int64]
Array = NDArray[np.float64]

FACE, HEAD = 9409, 11248
"""The vertices before `FACE` are the face, those up to `HEAD` the rest of head and neck; the inside
of the mouth, eyes and teeth follow."""
LANDMARKS = np.array(
    [
        *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272),
        *(4088, 3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942),
        *(4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751),
        *(3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957),
        *(5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
    ]
)
"""Vertices of the 68 iBUG landmarks, as ICT-FaceKit's documentation lists them."""
MM_PER_UNIT = 10.0
"""ICT-FaceKit counts in centimetres."""
_NOSE_TIP = 30
# A loop of edges around a hole with so many vertices is the rim of an eye, not a crack or the neck.
_RIM = (10, 200)


@dataclass(frozen=True)
class ScannedHeads:
    """A linear model of scanned heads with V vertices.

    Attributes
    ----------
    mean : (V, 3) float64
        Head frame (x to the subject's left, z up, looks along -y), millimetres.
    modes : (M, V, 3) float64
        What one unit of each weight adds; weights are independent with variance 1.
    triangles : (T, 3) int64
        Wound so that normals point out of the head.
    """

    mean: Array
    modes: Array
    triangles: Ints

    @classmethod
    def load(cls, path: Path) -> ScannedHeads:
        """Read face, head and neck of ICT-FaceKit's arrays.

        Raises
        ------
        FileNotFoundError
            The research data are not there.
        """
        with np.load(path) as z:
            mean = _head_frame(z["vertices"][:HEAD])
            modes = _head_frame(z["identity"][:, :HEAD])
            quads = z["quads"].astype(np.int64)
        quads = quads[(quads < HEAD).all(1)]
        # -1 in place of the fourth corner makes a triangle.
        halves = [quads[:, [0, 1, 2]], quads[quads[:, 3] >= 0][:, [0, 2, 3]]]
        return cls(mean, modes, outward(mean, np.concatenate(halves), int(LANDMARKS[_NOSE_TIP])))

    def moved(self, scale: float, rotation: Array, shift: Array) -> ScannedHeads:
        """The same heads after the similarity `scale * points @ rotation + shift`."""
        mean, modes = scale * self.mean @ rotation + shift, scale * self.modes @ rotation
        return ScannedHeads(mean, modes, self.triangles)

    def eye_rim(self, near: Array) -> Ints:
        """The closed loop of vertices around the eye whose middle lies nearest to a point (3,)."""
        face = self.triangles[(self.triangles < FACE).all(1)]
        loops = [r for r in rims(face) if _RIM[0] < len(r) < _RIM[1]]
        return min(loops, key=lambda r: float(np.linalg.norm(self.mean[r].mean(0) - near)))


def _head_frame(points: NDArray[Any]) -> Array:
    """Centimetres with y up and the face along +z -> millimetres in the head frame."""
    turned = points.astype(np.float64)[..., [0, 2, 1]]
    return np.asarray(turned * [MM_PER_UNIT, -MM_PER_UNIT, MM_PER_UNIT])


def outward(points: NDArray[Any], triangles: Ints, nose: int) -> Ints:
    """Triangles (T, 3) of a head in the head frame, all turned over if the nose points inwards."""
    inwards = vertex_normals(points, triangles)[nose, 1] > 0
    return triangles[:, ::-1] if inwards else triangles


def rims(triangles: Ints) -> list[Ints]:
    """The boundary of a mesh, as closed loops of vertices."""
    edges = np.concatenate([triangles[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))]).tolist()
    known = {(a, b) for a, b in edges}
    after = {b: a for a, b in known if (b, a) not in known}
    found = []
    while after:
        start, _ = next(iter(after.items()))
        loop, v = [start], after.pop(start)
        while v != start and v in after:
            loop.append(v)
            v = after.pop(v)
        found.append(np.array(loop, np.int64))
    return found
