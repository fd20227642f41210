"""The configuration of a training run: one TOML file, read into frozen dataclasses.

A misspelt key is an error, because a silently ignored setting would make the committed
configuration lie about the weights that came out of it.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(__file__).resolve().parent / "data"
"""Small tables that are committed, and MediaPipe's landmark network, which setup_env.py fetches."""
T = TypeVar("T")


@dataclass(frozen=True)
class PathsConfig:
    """Where things lie; relative paths start at the repository's root."""

    shared: str = "../shared"
    """Data that is never committed; the environment variable PRN_SHARED overrides it."""
    work: str = "../training-work"
    """Caches, samples, checkpoints; PRN_TRAINING_WORK overrides it."""
    output: str = "models"


@dataclass(frozen=True)
class HeadConfig:
    """Sampling of anny's heads and size of the identity basis."""

    samples: int = 3000
    identity_components: int = 120
    local_change_sigma: float = 0.35
    youngest: float = 0.3
    """anny's age: 0 a baby, 1/3 a child, 2/3 young, 1 old."""
    height: float = 0.32
    """Metres below the top of the head that belong to it."""


@dataclass(frozen=True)
class CorrespondenceConfig:
    renders: int = 36
    identity_sigma: float = 0.6
    yaw_degrees: float = 28.0


@dataclass(frozen=True)
class FitConfig:
    """Ridge weights: see `training.labels.fit`."""

    identity_ridge: float = 0.05
    expression_ridge: float = 0.06
    depth_weight: float = 0.3
    """Of the teacher's depth, its place in the picture having 1."""
    depth_bias: float = 0.0
    """Share taken off of what the teacher's depth is off by on rendered heads. Renders are no
    photos: with 1 the fitted heads nod 5 degrees against 300W-LP's convention."""
    iterations: int = 10
    inner_iterations: int = 150
    outline_weight: float = 3.0
    """Weight of an outline point's in-plane distance along the rim's normal, in units of an
    ordinary point's; 0 leaves the outline to the loose teacher points alone."""


@dataclass(frozen=True)
class LayoutConfig:
    """The UV layout. Another one deserves another name: swaps and textures go by it."""

    name: str = "prn-head-256"
    size: int = 256
    """Texels of each side; even."""
    wider: float = 0.2
    """How much wider the middle columns are than an even map has them, at the ears' expense."""
    eyes: float = 0.5
    mouth: float = 0.4
    nose: float = 0.2
    """How much larger than in an even map these are."""


@dataclass(frozen=True)
class GenerateConfig:
    samples: int = 40000
    shard: int = 4000
    size: int = 192
    plain: float = 0.15
    """Share of samples that show a photo as it is: cropped, turned in its plane, degraded."""


@dataclass(frozen=True)
class NetworkConfig:
    name: str = "light"
    """`light` (coefficients, mediapipe's trunk) or `resfcn256` (PRNet's encoder-decoder)."""
    trunk: str = "mediapipe"
    """`mediapipe` starts from its weights, `random` from none, `FILE.onnx` in the work folder from
    a whole earlier model (`training.network.warm_start`)."""
    hidden: int = 512
    align_points: int = 0
    """At how many points of the head its first answer is checked against the picture, the 68
    landmarks first, and corrected (`training.network.aligner.Aligner`); 0: not at all."""
    align_looks: int = 2
    """How often: on the trunk's maps of 24 and 12 pixels, then on those of 48 and 24."""
    align_channels: int = 32
    align_hidden: int = 384
    frozen_ops: int = 0
    """So many of the trunk's first operations keep their weights. The largest maps are theirs: on
    a CPU a step takes two thirds of its time without the first 10; 0 trains everything."""


@dataclass(frozen=True)
class LossConfig:
    dense: float = 1.0
    landmarks: float = 4.0
    outline: float = 4.0
    surface: float = 0.35
    surface_points: int = 800
    openings: float = 1.0
    """Of the openings of lids and lips, beside the mean distance of all points."""
    mask_weighting: str = "points"
    """`points`: the weights above; `prnet`: texels of the map by the 16:4:3:0 mask."""


@dataclass(frozen=True)
class TrainConfig:
    steps: int = 3000
    batch: int = 64
    balanced: float = 0.0
    """How far samples are drawn so that heads turned away by up to 30 degrees, up to 60 and more
    are a third each; 0 draws them as they were generated."""
    lr_trunk: float = 1e-3
    """Learning rates; what has 0 keeps the weights it starts from."""
    lr_head: float = 2e-3
    lr_aligner: float = 1e-3
    warmup: int = 200
    weight_decay: float = 1e-5
    clip: float = 1.0
    threads: int = 2
    checkpoint_every: int = 250
    log_every: int = 50
    device: str = "auto"
    ema: float = 0.998


@dataclass(frozen=True)
class Config:
    """Everything that decides what comes out of a run."""

    seed: int = 0
    paths: PathsConfig = field(default_factory=PathsConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    correspondence: CorrespondenceConfig = field(default_factory=CorrespondenceConfig)
    fit: FitConfig = field(default_factory=FitConfig)
    layout: LayoutConfig = field(default_factory=LayoutConfig)
    generate: GenerateConfig = field(default_factory=GenerateConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    @property
    def shared(self) -> Path:
        """Folder of the data that is never committed."""
        return _resolve(os.environ.get("PRN_SHARED") or self.paths.shared)

    @property
    def work(self) -> Path:
        """Folder for everything a run writes besides the model; made when missing."""
        folder = _resolve(os.environ.get("PRN_TRAINING_WORK") or self.paths.work)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def output(self) -> Path:
        """Folder that receives the ONNX file and its UV layout."""
        return _resolve(self.paths.output)


def _resolve(text: str | Path) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else (REPOSITORY / path).resolve()


def _build(cls: type[T], values: dict[str, Any], where: str) -> T:
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ValueError(f"{where}: unknown setting {', '.join(unknown)}; known: {sorted(fields)}")
    made: dict[str, Any] = {}
    for name, value in values.items():
        default = getattr(cls(), name)
        if dataclasses.is_dataclass(default):
            made[name] = _build(type(default), value, f"{where}.{name}")
        elif type(default) is float and type(value) is int:
            made[name] = float(value)
        elif type(default) is not type(value):
            raise ValueError(f"{where}.{name}: expected {type(default).__name__}, found {value!r}")
        else:
            made[name] = value
    return cls(**made)


def load_config(path: Path | None) -> Config:
    """Read a TOML file; None gives the defaults.

    Parameters
    ----------
    path
        A file like `training/configs/cpu.toml`.

    Returns
    -------
    Config
        With every setting that the file does not name at its default.
    """
    if path is None:
        return Config()
    return _build(Config, tomllib.loads(path.read_text(encoding="utf-8")), path.name)
