"""What the inside of the mouth, the sockets and the lashes do when the skin around them moves."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..geometry.nearest import nearest_points
from .head_model import GUEST_PARTS, HeadModel

# What is left of a move at each step from vertex to vertex into a cavity.
_KEPT = 0.93
_STEPS = 60
# Vertices of the lids' margins that carry a vertex of a lash, and metres added to their distances.
_CARRIERS, _SOFT = 3, 1e-3
# Vertices of the skin that the inside of the mouth goes along with.
_NEAR = 8


@lru_cache(maxsize=4)
def bag_followers(head: HeadModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How the inside of the mouth of another's head goes along with chin and cheeks.

    It may lie close below them, and would show through where they move inward.

    Returns
    -------
    followers : (n,) int64
        None of the head that comes with the add-on: the inside of its mouth is a small bag.
    near : (n, 8) int64
        Vertices of the skin.
    weights : (n, 8) float32
        Shares of their moves.
    """
    if head.face_rect[2] > 0:
        return np.zeros(0, np.int64), np.zeros((0, _NEAR), np.int64), np.zeros((0, _NEAR), "f4")
    skin = np.intersect1d(head.of_part("skin"), head.shown)
    bag = np.setdiff1d(head.of_part("mouth_bag"), head.of_part("skin"))
    near, apart = nearest_points(head.mean[skin], head.mean[bag], _NEAR)
    weight = 1 / (apart + _SOFT) ** 2
    return bag, skin[near], (weight / weight.sum(1, keepdims=True)).astype(np.float32)


@lru_cache(maxsize=4)
def cavity_followers(head: HeadModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How hidden vertices follow the rims of lips and lids.

    Returns
    -------
    followers : (n,) int64
        Vertices of the mouth's inside, of the sockets and of the lashes.
    rim : (m,) int64
        Vertices of the rims.
    weights : (n, m) float32
        Share of each rim vertex's move.
    """
    rim = np.concatenate([head.lips, head.left_lids, head.right_lids])
    # Where no rim is known, what skin and inside share goes with the skin.
    inside = np.setdiff1d(head.of_part("mouth_bag", "eye_sockets"), head.of_part("skin"))
    inside = np.setdiff1d(inside, rim)
    quads = head.quads[np.isin(head.quads, inside).any(1)]
    ends = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    ends = np.concatenate([ends[ends[:, 0] != ends[:, 1]], head.joined])
    edges = np.unique(np.sort(ends, 1), axis=0)
    known = np.concatenate([rim, inside])
    number = np.full(head.count, -1)
    number[known] = np.arange(len(known))
    edges = number[edges]
    edges = edges[(edges >= 0).all(1)]
    a, b = np.concatenate([edges, edges[:, ::-1]]).T
    order = np.argsort(a, kind="stable")
    a, b = a[order], b[order]
    starts = np.flatnonzero(np.r_[True, a[1:] != a[:-1]][: len(a)])
    share = np.bincount(a, minlength=len(known))[a[starts]][:, None] / _KEPT
    values = np.zeros((len(known), len(rim)), np.float32)
    held = np.eye(len(rim), dtype=np.float32)
    values[: len(rim)] = held
    for _ in range(_STEPS if len(a) else 0):
        values[a[starts]] = np.add.reduceat(values[b], starts, axis=0) / share
        values[: len(rim)] = held
    guests = [name for name in GUEST_PARTS if name in head.part_names]
    lashes = head.of_part("lashes", *guests)
    if not len(head.left_lids) or not len(head.right_lids):
        return inside, rim, values[len(rim) :]
    lids = len(head.lips) + np.arange(len(rim) - len(head.lips))
    apart = np.linalg.norm(head.mean[lashes][:, None] - head.mean[rim[lids]], axis=2)
    near = np.argsort(apart, axis=1, kind="stable")[:, :_CARRIERS]
    weight = 1 / (np.take_along_axis(apart, near, 1) + _SOFT)
    of_lashes = np.zeros((len(lashes), len(rim)), np.float32)
    np.put_along_axis(of_lashes, lids[near], weight / weight.sum(1, keepdims=True), 1)
    weights = np.concatenate([values[len(rim) :], of_lashes])
    return np.concatenate([inside, lashes]), rim, weights
