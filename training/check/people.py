"""Likeness of the exported model: the figures of `scans`, `verification` and `population`."""

from __future__ import annotations

from typing import Any

from prn_blender.core.face.reconstruct import FaceReconstructor

from ..config import Config
from .population import measure_population
from .scans import measure_scans
from .verification import measure_verification


def measure_people(config: Config) -> dict[str, Any]:
    """Measure the exported model with and without likeness.

    Neither the scans nor the half `report` of the photos may decide on anything: models are chosen
    by the half `choice`.

    Returns
    -------
    dict
        Of both: `scans`, see `measure_scans`, and `verification`, see `measure_verification`. With
        likeness also, if the steps before have been done, `population`, see `measure_population`.

    Raises
    ------
    FileNotFoundError
        The scans or photos are missing.
    """
    data = config.shared / "data"
    found: dict[str, Any] = {}
    for name, likeness in (("with_likeness", True), ("without", False)):
        reconstructor = FaceReconstructor.load(
            config.output / "position_map.onnx", likeness=likeness
        )
        found[name] = {
            "scans": measure_scans(reconstructor, data / "scans_dev"),
            "verification": measure_verification(reconstructor, data / "lfw_dev"),
        }
    if (config.work / "population.npz").exists() and (config.work / "fits.npz").exists():
        found["with_likeness"]["population"] = measure_population(config)
    return found
