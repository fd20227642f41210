"""Lashes: where the hairs lie on their sheets, and the picture of them.

A head's lashes are two sheets at each eye. Every sheet is laid out from its root, at the lids'
margin, to its tips, and the hairs are drawn there as tapered, bent strokes: a head needs no other
file for them. The sheets lie in UV beside the head's tile, one tile to the right; pictures repeat,
and nothing of the tile is hidden.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from .head_model import HeadModel

WIDTH, HEIGHT = 1024, 256
"""Texels of the picture: the upper lashes in its upper half, the lower ones in its lower."""
COLOUR = (26, 20, 17)
"""Of all hairs, sRGB."""
# Hairs of upper and lower lashes, and their length, least and greatest, as a share of the sheet.
_HAIRS = ((110, 0.62, 0.95), (70, 0.62, 0.95))
# Width at the root, texels; how far a hair leans to the outer corner, and how far it is bent there,
# both in texels; and how far roots lie from where they would lie evenly.
_WIDE, _LEAN, _BENT, _UNEVEN = 7.0, 28.0, 26.0, 5.0
_DRAWN = 4  # drawn so many times as large, and shrunk, so that hairs thinner than a texel are grey
_STEPS = 12
_MARGIN = 0.02  # of a half of the picture that stays empty, so that mip levels do not mix


@lru_cache(maxsize=4)
def lash_uv(head: HeadModel) -> tuple[np.ndarray, np.ndarray]:
    """UV of the lashes.

    Returns
    -------
    faces : (n,) int64
        The quads that are lashes.
    uv : (n, 4, 2) float32
        Of their corners; from 1 to 2 in u, v up.
    """
    faces = np.flatnonzero(head.part == head.part_names.index("lashes"))
    quads = head.quads[faces]
    margin = np.concatenate([head.left_lids, head.right_lids])
    along, across = np.zeros((2, head.count))
    upper = np.zeros(head.count, bool)
    for sheet in _sheets(quads):
        grid = _grid(head, quads[np.isin(quads, sheet).all(axis=1)], margin)
        steps = np.linalg.norm(np.diff(head.mean[grid], axis=0), axis=2)
        length = np.concatenate([np.zeros((1, grid.shape[1])), np.cumsum(steps, axis=0)])
        across[grid] = length / length[-1]
        along[grid] = np.linspace(0, 1, grid.shape[1])
        upper[sheet] = head.mean[grid[-1], 2].mean() > head.mean[margin, 2].mean()
    v = _MARGIN + (1 - 2 * _MARGIN) * across
    v = np.where(upper, 0.5 + v / 2, 0.5 - v / 2)
    uv = np.stack([1 + along, v], axis=1).astype(np.float32)
    return faces, uv[quads]


def with_lashes(head: HeadModel) -> np.ndarray:
    """(Q, 4, 2) float32: `HeadModel.uv`, with the lashes where their picture is."""
    uv = head.uv.copy()
    faces, places = lash_uv(head)
    uv[faces] = places
    return uv


@lru_cache(maxsize=1)
def lash_picture() -> np.ndarray:
    """(HEIGHT, WIDTH, 4) uint8 sRGB, straight alpha, read-only: hairs, see `lash_uv`."""
    rng = np.random.default_rng(5)
    alpha = np.zeros((HEIGHT * _DRAWN, WIDTH * _DRAWN), np.uint8)
    half = HEIGHT / 2
    for number, (count, least, most) in enumerate(_HAIRS):
        down = -1.0 if number == 0 else 1.0
        roots = (np.arange(count) + 0.5) / count * WIDTH + rng.normal(0, _UNEVEN, count)
        for root in roots.tolist():
            share = root / WIDTH
            # Longest in the outer half, short towards both corners.
            longest = 0.45 + 0.55 * np.sin(np.pi * np.clip(0.12 + 0.8 * share, 0, 1))
            length = longest * rng.uniform(least, most) * half * (1 - 2 * _MARGIN)
            t = np.linspace(0, 1, _STEPS)
            lean = (_LEAN * (2 * share - 0.8) + rng.normal(0, 5)) * t
            x = root + lean + _BENT * (share - 0.4) * t**2
            y = half + down * (_MARGIN * half + length * t)
            width = _WIDE * rng.uniform(0.7, 1.1) * (1 - t) ** 0.6
            left, right = (np.stack([x + w * width / 2, y], 1) for w in (-1, 1))
            outline = np.concatenate([left, right[::-1]]) * _DRAWN
            cv2.fillPoly(alpha, [np.rint(outline).astype(np.int32)], 255, cv2.LINE_AA)
    alpha = cv2.resize(alpha, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    picture = np.empty((HEIGHT, WIDTH, 4), np.uint8)
    picture[..., :3], picture[..., 3] = COLOUR, alpha
    picture.flags.writeable = False
    return picture


def _grid(head: HeadModel, quads: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """(rows, columns) int64: the vertices of a sheet, roots first, from the nose outwards.

    On a grid the edges on the way from two corners of a side tell a vertex's column and row.
    """
    numbers, count = np.unique(quads, return_counts=True)
    corners = numbers[count == 1]
    ways = {int(corner): _edges_from(quads, numbers, int(corner)) for corner in corners}
    outward = np.abs(head.mean[corners, 0])
    sides = [corners[np.argsort(outward)[:2]], corners[np.argsort(outward)[2:]]]
    apart = np.linalg.norm(head.mean[corners][:, None] - head.mean[margin], axis=2).min(axis=1)
    near = dict(zip(corners.tolist(), apart.tolist(), strict=True))
    inner, outer = (min(side.tolist(), key=near.__getitem__) for side in sides)
    wide = int(ways[inner][numbers == outer][0])
    column = (ways[inner] - ways[outer] + wide) // 2
    row = ways[inner] - column
    grid = np.empty((row.max() + 1, wide + 1), np.int64)
    grid[row, column] = numbers
    return grid


def _edges_from(quads: np.ndarray, numbers: np.ndarray, start: int) -> np.ndarray:
    """(n,) int64: how many edges lie between a vertex of some faces and each of theirs."""
    flat = np.searchsorted(numbers, quads)
    way = np.full(len(numbers), len(numbers))
    way[numbers == start] = 0
    for _ in numbers:
        for shift in (1, -1):
            np.minimum.at(way, np.roll(flat, shift, axis=1).ravel(), way[flat].ravel() + 1)
    return way


def _sheets(quads: np.ndarray) -> list[np.ndarray]:
    """Vertices of the pieces that hang together, of faces (n, 4)."""
    numbers, flat = np.unique(quads, return_inverse=True)
    flat = flat.reshape(quads.shape)
    label = np.arange(len(numbers))
    while True:
        least = label[flat].min(axis=1)
        found = label.copy()
        np.minimum.at(found, flat.ravel(), np.repeat(least, 4))
        if (found == label).all():
            break
        label = found
    return [numbers[label == each] for each in np.unique(label)]
