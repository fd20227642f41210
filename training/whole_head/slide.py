"""By how much the network's points slide against those of the linear head, on average.

Scans were registered to MakeHuman's topology along their surface only as well as their features
allow, and the network was trained before. So what it calls the corner of an eye lies some
millimetres from the linear head's, whoever it is. The mean over many photos is taken off in the
fit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.face.face import Face
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.head.cavities import cavity_followers
from prn_blender.core.head.head_model import HeadModel
from prn_blender.core.head.smooth_fields import smooth_basis
from prn_blender.core.head.whole_head import surface

from ..config import Config

PHOTOS = 120
_FLIP = np.array([-1.0, 1.0, 1.0])
# What is left of a change of the lips' rims at each step from vertex to vertex away from them.
_KEPT, _STEPS = 0.8, 30


def find_slide(config: Config, head: HeadModel) -> NDArray[np.float64]:
    """The mean over generated photos of what their faces have more than the head: (V, 3) metres.

    Mirror-symmetric; continued smoothly where the head does not follow position maps.

    Raises
    ------
    FileNotFoundError
        The photos are not there.
    """
    folder = config.shared / "data" / "generated_faces"
    photos = sorted(folder.iterdir())
    reconstructor = FaceReconstructor.load(config.output / "position_map.onnx")
    shown = head.shown
    total = np.zeros((head.count, 3))
    for photo in photos[:: max(len(photos) // PHOTOS, 1)][:PHOTOS]:
        face = reconstructor(photo, max_faces=1)[0]
        total[shown] += face_residual(face, head)
    mean = total / PHOTOS
    mean = (mean + mean[head.mirror] * _FLIP) / 2
    # Continued smoothly where the head does not follow maps: cut off, it would leave a crease.
    follow, basis = head.follow[shown, None], smooth_basis(head)
    found = basis.solve(mean[shown], follow[:, 0], basis.normal(follow[:, 0]))
    field = head.smooth.T @ found
    field[shown] += follow * (mean[shown] - field[shown])
    field = with_lips_apart(head, field)
    mean = (field + field[head.mirror] * _FLIP) / 2
    mean[head.of_part("eyes")] = 0
    mean[head.of_part("teeth", "tongue")] = mean[head.lips].mean(0)
    followers, rim, share = cavity_followers(head)
    mean[followers] = share @ mean[rim]
    return mean


def with_lips_apart(head: HeadModel, moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moves (V, 3) of a head that neither part its lips nor push them through each other.

    Where the rims of both lips lie above each other they move alike; towards chin and nose, lips
    move as they did. Whether lips part is for expressions to say.
    """
    loop = head.lips
    x = head.mean[loop, 0]
    first, last = sorted((int(x.argmin()), int(x.argmax())))
    one, other = np.arange(first, last + 1), np.r_[last : len(loop), : first + 1]
    change = np.zeros((len(loop), 3))
    for mine, theirs in ((one, other), (other, one)):
        theirs = theirs[np.argsort(x[theirs], kind="stable")]
        for axis in range(3):
            there = np.interp(x[mine], x[theirs], moves[loop[theirs], axis])
            change[mine, axis] = (there - moves[loop[mine], axis]) / 2
    result = np.zeros_like(moves)
    result[loop] = change
    a, b, starts, degree = head.neighbours
    skin = np.zeros(head.count, bool)
    skin[head.of_part("skin")] = True
    for _ in range(_STEPS):
        result[a[starts]] = _KEPT * np.add.reduceat(result[b], starts, axis=0) / (degree - 1)
        result[~skin] = 0
        result[loop] = change
    return moves + result


def face_residual(face: Face, head: HeadModel) -> NDArray[np.float64]:
    """What a face has more than the linear head with its coefficients: (n, 3), see `surface`."""
    if face.identity is None:
        raise ValueError("the exported model does not tell identity")
    expression = np.array([face.expression[name] for name in head.move_names])
    return np.asarray(
        surface(face.geometry, head) - head.vertices(face.identity, expression)[head.shown]
    )
