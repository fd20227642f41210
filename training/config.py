"""The configuration of a training run: one TOML file, read into frozen dataclasses.

Each class is a table of the file; defaults stand here. An unknown key is an error: a misspelt
setting that is silently ignored would make the committed configuration lie about the weights that
came out of it.
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
    """Folders; relative paths start at the repository's root."""

    shared: str = "../shared"
    """Research data, never committed; the environment variable PRN_SHARED overrides it."""
    work: str = "../training-work"
    """Caches, samples, checkpoints; PRN_TRAINING_WORK overrides it."""
    output: str = "models"
    """Receives the exported files."""


@dataclass(frozen=True)
class HeadConfig:
    """The head model: sampling of anny's heads, size of the identity basis."""

    samples: int = 3000
    """Random heads."""
    identity_components: int = 120
    """Principal components that are kept."""
    local_change_sigma: float = 0.35
    """Standard deviation of anny's local changes, which reach from -1 to 1."""
    youngest: float = 0.3
    """Lowest age on anny's scale: 0 a baby, 1/3 a child, 2/3 a young adult, 1 an old one."""
    height: float = 0.32
    """How far down from the top of the head the model reaches, metres."""


@dataclass(frozen=True)
class PopulationConfig:
    """The people that known heads are drawn from: see `training.population`."""

    modes: int = 100
    """Modes of identity that are kept."""
    makehuman: float = 0.5
    """Share of the spread of MakeHuman's heads that is added to that of the scanned people. With 1
    heads get as much made-up variety as real one; with 0 ears, skulls and ages are all alike."""


@dataclass(frozen=True)
class CorrespondenceConfig:
    """Rendered heads on which MediaPipe's points are found."""

    renders: int = 36
    identity_sigma: float = 0.6
    """Standard deviation of their identity coefficients."""
    yaw_degrees: float = 28.0
    """A third of them look ahead, the others to either side by so much."""


@dataclass(frozen=True)
class FitConfig:
    """The fit of the head model to landmarks: see `training.labels.fit`."""

    identity_ridge: float = 0.05
    """Weights of the penalties on the coefficients."""
    expression_ridge: float = 0.06
    depth_weight: float = 0.3
    """Weight of the teacher's depth; its position in the picture has 1."""
    depth_bias: float = 0.0
    """Share of the teacher's bias in depth, measured on rendered heads, that is taken off. Renders
    are no photos: with 1 the fitted heads nod by 5 degrees against 300W-LP's convention."""
    iterations: int = 10
    """Of pose and coefficients in turn."""
    inner_iterations: int = 150
    """Gradient steps for the coefficients in each."""
    outline_weight: float = 3.0
    """Weight of an outline point's distance from the silhouette, in units of an ordinary point's.
    With 0 outline points count only as ordinary points, which scatter most."""


@dataclass(frozen=True)
class LayoutConfig:
    """The UV layout. A different one needs a different name: textures and swaps between models go
    by it."""

    name: str = "prn-head-256"
    size: int = 256
    """Texels of each side; even."""
    wider: float = 0.2
    """How much wider the middle columns are than an even map has them, at the ears' expense."""
    eyes: float = 0.5
    mouth: float = 0.4
    nose: float = 0.2
    """How much these are enlarged."""


@dataclass(frozen=True)
class GenerateConfig:
    """The training samples."""

    samples: int = 40000
    shard: int = 4000
    """Samples of a file."""
    size: int = 192
    """Pixels of each side: what the network takes."""
    plain: float = 0.15
    """Share of samples that show a photo as it is: only cropped, turned in its plane, degraded."""


@dataclass(frozen=True)
class KnownHeadsConfig:
    """Renders of known heads, from which identity is learnt: `training.samples.known_heads`."""

    renders: int = 12000
    each: int = 4
    """Renders under the skin of one photo."""
    held: int = 6
    """Every so many-th photo is kept out of learning, for measures."""
    size: int = 256
    """Pixels of each side."""
    turned: float = 0.3
    """Share of heads that are turned by up to `widest`; the others by up to 35 degrees."""
    widest: float = 1.2
    """Radians."""
    degraded: float = 0.3
    """Share of renders that are degraded, see `training.samples.degrade`."""
    calm: float = 0.2
    """Quantile of the photos' expressions that counts as none, see `calm_expression`."""


@dataclass(frozen=True)
class ReadoutConfig:
    """How identity is read from features: `training.identity.readout`."""

    ridge: float = 3.0
    """Share of the features' mean variance. Renders alone would ask for 1; photos are no renders
    and want more."""
    least: float = 0.05
    """Variance that no weight's error is below, for the same reason."""
    calm_photos: int = 300
    """Photos by which it is told what the network says of calm faces."""


@dataclass(frozen=True)
class BranchConfig:
    """How the identity branch is trained: `training.network.learn_identity`."""

    each: int = 8
    """Renders under the skin of one photo."""
    degraded: float = 0.5
    """Share of renders that are degraded, see `training.samples.degrade`."""
    steps: int = 5000
    batch: int = 64
    lr: float = 7e-4
    """Learning rates: of the branch's layers, and of the linear reading."""
    lr_linear: float = 1e-4
    dropout: float = 0.2
    """Share of the features that each step leaves out."""
    whitened: float = 0.02
    """Square millimetres that a unit of each weight's square error counts as, beside its own."""


@dataclass(frozen=True)
class SpreadConfig:
    """How far apart people are set: `training.export.spread`."""

    evened: float = 0.3
    """From 0 (directions keep their share of what sets faces apart) to 1 (all get the same). By
    the half `choice` of LFW; 0.2 is best on renders of known heads, more costs likeness."""
    gain: float = 1.1
    """Factor on all differences. Renders ask for 1.0 by distance, and more by slope."""
    least: float = 0.01
    """Square millimetres a point: no direction counts as told with less variance than this."""
    photos: int = 320
    """Photos, as many of each group, that tell the usual face."""


@dataclass(frozen=True)
class NetworkConfig:
    """The network."""

    name: str = "light"
    """`light` (predicts coefficients, on MediaPipe's trunk) or `resfcn256` (PRNet's)."""
    trunk: str = "mediapipe"
    """First weights of the light network: `mediapipe`, `random`, or those of an earlier model
    `FILE.onnx` in the work folder (`training.network.warm_start`)."""
    hidden: int = 512
    """Units of the hidden layer."""
    align_points: int = 0
    """Points of the head at which aligners (`training.network.aligner`) sample feature maps, the 68
    landmarks first; 0: no aligners."""
    align_looks: int = 2
    """How many aligners: the first on maps of 24 and 12 pixels, the second on 48 and 24."""
    align_channels: int = 32
    """Channels that each of the maps is reduced to."""
    align_hidden: int = 384
    """Units of an aligner's hidden layer."""
    frozen_ops: int = 0
    """How many of the trunk's first operations keep their weights; 0 trains all. The first work on
    the largest maps: with 10 frozen a step on a CPU takes two thirds of the time."""


@dataclass(frozen=True)
class LossConfig:
    """Weights of the loss: see `training.network.loss` and `training.network.points`."""

    dense: float = 1.0
    """Each of MediaPipe's 468 points."""
    landmarks: float = 4.0
    """Each of the 68 landmarks but those of the jaw."""
    outline: float = 4.0
    """Each of the 17 landmarks of the jaw."""
    surface: float = 0.35
    """Each of the random points of the surface."""
    surface_points: int = 800
    """How many of these there are."""
    openings: float = 1.0
    """How open eyes and mouth are, beside the mean distance of all points."""
    mask_weighting: str = "points"
    """`points`: the points above; `prnet`: all texels of the map, by PRNet's weights 16:4:3:0."""


@dataclass(frozen=True)
class TrainConfig:
    """The trainer."""

    steps: int = 3000
    batch: int = 64
    balanced: float = 0.0
    """From 0 (samples are drawn as they were generated) to 1 (heads turned away by up to 30
    degrees, up to 60 and more are a third each)."""
    lr_trunk: float = 1e-3
    """Learning rates; a part with 0 keeps the weights that it starts from."""
    lr_head: float = 2e-3
    lr_aligner: float = 1e-3
    warmup: int = 200
    weight_decay: float = 1e-5
    clip: float = 1.0
    """Largest norm of the gradient."""
    threads: int = 2
    checkpoint_every: int = 250
    log_every: int = 50
    device: str = "auto"
    """`auto`, or a name that PyTorch knows."""
    ema: float = 0.998
    """Decay of the moving average of the weights, which is what is exported."""


@dataclass(frozen=True)
class Config:
    """Everything that decides what comes out of a run."""

    seed: int = 0
    paths: PathsConfig = field(default_factory=PathsConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    population: PopulationConfig = field(default_factory=PopulationConfig)
    correspondence: CorrespondenceConfig = field(default_factory=CorrespondenceConfig)
    fit: FitConfig = field(default_factory=FitConfig)
    layout: LayoutConfig = field(default_factory=LayoutConfig)
    generate: GenerateConfig = field(default_factory=GenerateConfig)
    known_heads: KnownHeadsConfig = field(default_factory=KnownHeadsConfig)
    readout: ReadoutConfig = field(default_factory=ReadoutConfig)
    branch: BranchConfig = field(default_factory=BranchConfig)
    spread: SpreadConfig = field(default_factory=SpreadConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    @property
    def shared(self) -> Path:
        """Folder of the research data."""
        return _resolve(os.environ.get("PRN_SHARED") or self.paths.shared)

    @property
    def work(self) -> Path:
        """Folder for everything that a run writes besides the exported files; made when missing."""
        folder = _resolve(os.environ.get("PRN_TRAINING_WORK") or self.paths.work)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def output(self) -> Path:
        """Folder that receives the exported files."""
        return _resolve(self.paths.output)


def _resolve(text: str | Path) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else (REPOSITORY / path).resolve()


def _build(cls: type[T], values: dict[str, Any], where: str) -> T:
    """Make a dataclass of a TOML table, by the types of its defaults; `where` is for errors."""
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
    """Read a configuration; None gives the defaults.

    Parameters
    ----------
    path
        A file like `training/configs/cpu.toml`.

    Returns
    -------
    Config
        Settings that the file does not name have their defaults.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is not TOML, or has an unknown setting or one of another type.
    """
    if path is None:
        return Config()
    return _build(Config, tomllib.loads(path.read_text(encoding="utf-8")), path.name)
