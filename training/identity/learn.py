"""Learns the readout from the examples, and says on others how well it tells people."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import Config
from ..head.head_model import HeadModel
from ..layout.chart import build_chart
from ..population.population import Population
from .examples import held_out
from .readout import Examples, Readout, Regression, error_precision, explained

FRONT = 0.6
"""Radians: heads turned by less are measured on their own, too."""
_INNER = 0.7  # quantile of the depth of the chart's skin


def inner_modes(head: HeadModel, population: Population) -> NDArray[Any]:
    """Modes (K, P, 3) at the inner face, millimetres."""
    chart = build_chart(head)
    skin = np.unique(chart.quads[chart.kind == 0])
    skin = skin[skin < len(head.mean)]
    depth = population.mean[skin, 1]
    inner = skin[depth < np.quantile(depth, _INNER)]
    return np.asarray(population.modes[:, inner] * head.metres_per_unit * 1000)


def learn_readout(config: Config) -> Readout:
    """Learn from the step `known`, print figures on held-out skins, write `readout.npz`.

    Raises
    ------
    FileNotFoundError
        There are no examples.
    """
    folder = config.work / "known"
    files = sorted(folder.glob("examples_*.npz"))
    if not files:
        raise FileNotFoundError(f"{folder} has no examples: run the step `known` first")
    head = HeadModel.load(config.work / "head_model.npz")
    population = Population.load(config.work / "population.npz")
    examples = Examples.load(files)
    kept = held_out(config, examples.photo)
    held = examples.chosen(np.flatnonzero(kept))
    learnt_from = examples.chosen(np.flatnonzero(~kept))
    found = Regression(learnt_from, population.sign).solve(config.readout.ridge)
    found = replace(found, precision=error_precision(found, held, config.readout.least))
    modes = inner_modes(head, population)
    ahead = held.chosen(np.flatnonzero(np.abs(held.yaw) < FRONT))
    figures = {
        "renders": len(learnt_from.photo),
        "held": explained(found, held, modes),
        "held_ahead": explained(found, ahead, modes),
        "under_one_photo": explained(found, held, modes, within=True),
    }
    print(json.dumps(figures, indent=1))
    found.save(config.work / "readout.npz")
    return found
