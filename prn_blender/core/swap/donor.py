"""What a face is painted with: another's photo, or a texture, in its colours."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ..appearance.base_detail import Ground, ground
from ..appearance.cast_shadows import fit_light
from ..editing.completion import CompletionOptions, complete
from ..editing.relight import ground_curve, relight_curve, tone_curve
from ..errors import NoFaceError
from ..face.face import Face
from ..image.colour import GAMMA, LUMA
from ..image.tone_curve import ToneCurve
from ..texture.texel_maps import at_layout_size
from ..texture.unwrap import fill_hidden, texture_size
from .colourise import eyes_and_teeth, lit_skin, plausible_colours
from .donor_confidence import clear_view, unspoilt
from .feature_contrast import remaining_contrast
from .mouth import between_lips, is_open
from .paint import _NOISY, DonorPaint
from .skin_outliers import no_skin


def donor_paint(
    target: Face,
    donor: Face | np.ndarray,
    size: int | str,
    completion: CompletionOptions,
    color_match: str,
    close_mouth: bool,
    covered: Mapping[str, np.ndarray],
) -> DonorPaint:
    """Prepare a donor for a target.

    Parameters
    ----------
    target : Face
    donor : Face or (N, N, 3 or 4) uint8
    size : int or "auto"
        Of the texture.
    completion : CompletionOptions
        For the donor's hidden side.
    color_match : {"light", "tone", "none"}
    close_mouth : bool
        Leave out the teeth of a smile where the target's lips are closed.
    covered : mapping of str to (S, S) bool
        Features that stay, see `covered.covered_features`: they tell nothing of the skin.
    """
    trust: np.ndarray | np.float32 = np.float32(1)
    sound: np.ndarray | np.float32 = np.float32(1)
    if isinstance(donor, Face):
        sound = unspoilt(donor, target)
        clear = clear_view(donor) * sound
        plain = complete(donor, texture_size(target, size), completion, clear)
        trust = clear
        if close_mouth and is_open(donor, target):
            lips = 1 - between_lips(donor.layout)
            trust, sound = trust * lips, sound * lips
            alpha = plain[..., 3].copy()
            plain[..., 3] = cv2.resize(lips * 255, plain.shape[:2]) + 0.5
            fill_hidden(plain)
            plain[..., 3] = np.minimum(plain[..., 3], alpha)
    else:
        opaque = [] if donor.shape[2] == 4 else [np.full(donor.shape[:2], 255, np.uint8)]
        plain = np.dstack([donor, *opaque])
    match, noise = _match(target, donor, plain, color_match)
    face = donor if isinstance(donor, Face) else None
    tones, other = (f.toning if f and match else None for f in (target, face))
    toning = None if tones is None or tones.is_like(other) else tones
    colourless = other is not None and tones is None
    skin = wrong = contrast = None
    shown = None if face is None else _shown(target, face, plain, np.asarray(sound))
    if face is not None and shown is not None and match is not None and color_match == "light":
        # A photo is to have the coarse of the target's; what is coarse in a texture is meant so.
        source, goal = _grounds(target, face, shown, covered)
        match, skin = ground_curve(source, goal), np.minimum(goal.skin, 1) ** (1 / GAMMA)
        own = target.texture(len(shown))
        wrong = no_skin(target.layout, (shown, own), (source, goal))
        left = remaining_contrast(target.layout, shown, own)
        contrast = None if left is None else np.dstack([skin, left]).astype(np.float32)
    colours = None
    if noise > 0 or colourless:
        skin = lit_skin(target) if skin is None else skin
        colours = plausible_colours(target.layout, skin, eyes_and_teeth(face or target))
    return DonorPaint(
        plain, match, toning, colourless, noise, colours, trust, sound, target, face, wrong, shown,
        contrast,
    )  # fmt: skip


def _shown(target: Face, donor: Face, plain: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """(S, S, 4) uint8: the donor as the target is painted with it."""
    # What the target shows as obliquely is looked up in the photo, too.
    alike = donor.visibility & (donor.facing >= target.facing - 1e-4) & (sound > 0.5)
    completed = at_layout_size(donor, plain)
    return np.where(alike[..., None], donor.texture(donor.layout.size), completed)


def _grounds(
    target: Face, donor: Face, shown: np.ndarray, covered: Mapping[str, np.ndarray]
) -> tuple[Ground, Ground]:
    """Of the donor, `shown` as it is, and of the target; where both show skin."""
    seen = (target.texture(target.layout.size)[..., 3] == 255) & target.layout.mask
    for face in (target, donor):
        seen &= ~face.hair
    for where in covered.values():
        seen &= ~where
    return (
        ground(donor, donor.illumination, seen, shown),
        ground(target, target.illumination, seen),
    )


def _match(
    target: Face, donor: Face | np.ndarray, plain: np.ndarray, how: str
) -> tuple[ToneCurve | None, float]:
    """The donor's skin to the target's; and 0..1, how far its noise shows then."""
    if how == "none":
        return None, 0.0
    source = donor if isinstance(donor, Face) else target
    try:
        light = donor.illumination if isinstance(donor, Face) else fit_light(target, plain)
        goal = target.illumination
    except NoFaceError:  # too little skin to tell; blending is left
        return None, 0.0
    if isinstance(donor, Face) and donor.toning is not None:
        gain = float((goal.mean @ LUMA) / (light.mean @ LUMA)) ** (1 / GAMMA)
    else:
        gain = float((goal.mean / light.mean).max() ** (1 / GAMMA))
    noise = min(max((gain - _NOISY[0]) / (_NOISY[1] - _NOISY[0]), 0.0), 1.0)
    if how == "tone":
        return tone_curve(source, light, goal), noise
    return relight_curve(source, light, goal, target), noise
