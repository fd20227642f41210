"""The population as a linear model of the layout's texels, for `prn_blender.core.head`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.geometry.pose import Similarity, fit_similarity
from prn_blender.core.geometry.uv_layout import UVLayout

from ..geometry import on_triangles
from ..head.head_model import HeadModel, expression_partners
from ..layout.chart import ChartMesh
from ..layout.uv_layout import smooth_chart
from ..population.population import Population

_NOT_FITTED = ("left_ear", "right_ear", "neck", "mouth")


def canonical_frame(
    head: HeadModel,
    population: Population,
    layout: UVLayout,
    corners: NDArray[Any],
    bary: NDArray[Any],
) -> Similarity:
    """The similarity from the head frame, in head units, to a layout's canonical frame.

    With it the population's mean face looks straight ahead, and is as large, as the canonical face.
    Parameters as those of `shape_arrays`.
    """
    _, mean, _ = _population_chart(head, population)
    return _frame(mean, layout, corners, bary)


def _population_chart(
    head: HeadModel, population: Population
) -> tuple[ChartMesh, NDArray[np.float64], NDArray[np.float64]]:
    """The subdivided chart, the population's mean on it (W, 3), and (K + 1 + E, W, 3): its modes,
    how its mean differs from the head model's, and the expressions."""
    apart = (population.mean - head.mean)[None]
    wide = replace(
        head,
        identity=np.concatenate([population.modes, apart]).astype(np.float32),
    )
    chart, _ = smooth_chart(wide)
    basis = chart.basis.astype(np.float64)
    return chart, chart.mean + basis[len(population.modes)], basis


def _frame(
    mean: NDArray[Any], layout: UVLayout, corners: NDArray[Any], bary: NDArray[Any]
) -> Similarity:
    """What brings the mean (W, 3) of a chart onto a layout's canonical face."""
    flat = corners.reshape(-1, 3)[layout.texels], bary.reshape(-1, 3)[layout.texels]
    canonical = layout.canonical.reshape(-1, 3)[layout.texels].astype(np.float64)
    fitted = np.ones(layout.mask.shape, bool)
    for name in _NOT_FITTED:
        fitted &= ~np.asarray(layout.parts[name])
    skin = fitted.reshape(-1)[layout.texels]
    return fit_similarity(on_triangles(mean, *flat)[skin], canonical[skin])


def shape_arrays(
    head: HeadModel,
    population: Population,
    layout: UVLayout,
    corners: NDArray[Any],
    bary: NDArray[Any],
) -> dict[str, NDArray[Any]]:
    """Bring a population into the canonical frame of a layout.

    Parameters
    ----------
    head
    population
    layout
        The exported one: its canonical face says where a face looks straight ahead.
    corners, bary : (S, S, 3)
        Each texel's triangle on the subdivided chart, as the step `layout` left them.

    Returns
    -------
    dict
        `mean`, `modes`, `sign`, `moves`, `partner`, `corners`, `bary` of
        `prn_blender.core.head.FaceShape`.
    """
    _, mean, basis = _population_chart(head, population)
    frame = _frame(mean, layout, corners, bary)
    count = len(population.modes)
    # Expressions and modes are those of the head that the frame of the old mean leads to; both
    # means are as large in head units.
    turn = frame.scale * frame.rotation.T
    half = layout.size // 2
    used, place = np.unique(corners[:, :half], return_inverse=True)
    partner = expression_partners(head.expression_names)
    return {
        "mean": frame.apply(mean)[used].astype(np.float32),
        "modes": (basis[:count, used] @ turn).astype(np.float16),
        "sign": population.sign.astype(np.int8),
        "moves": (basis[count + 1 :, used] @ turn).astype(np.float16),
        "partner": partner.astype(np.int16),
        "corners": place.reshape(corners[:, :half].shape).astype(np.uint16),
        "bary": bary[:, :half].astype(np.float16),
    }
