"""Several photos of one face become one person."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np

from ..choices import TextureSize
from ..errors import OptionError, Sentence
from ..face.face import Face
from ..face.likeness import Likeness
from ..face.reconstruct import FaceReconstructor
from ..head.fit import HeadFit
from ..head.whole_head import Head
from ..texture.unwrap import texture_size
from ..typed import Points, Texture
from .blended_texture import blended_texture
from .layers import Layer, layers_of
from .merged_head import merged_head
from .painted_face import PaintedFace
from .photos import (
    LeftOut,
    PhotoLike,
    check_count,
    copies_among,
    faces_in,
    likeness_of,
    name_of,
    one_of_each,
)
from .quality import PhotoQuality, quality_of
from .same_person import alikeness, is_doubtful, strangers
from .triangulation import beyond_the_model, sight_of

# Side of a blended texture, texels, where nobody says one: more takes seconds.
_MOST_AUTO = 2048


@dataclass(frozen=True, eq=False)
class Person:
    """A person, from photos. A changed one is a new one: what a photo adds goes with it again.

    Attributes
    ----------
    found : tuple of Face
        The face in each photo, as that photo alone tells it; at least one. They count in the
        order given: results do not depend on how a person came to have them.
    likeness : Likeness
        What fits the person to the photos.
    refused : tuple of LeftOut
        Photos in which no face was found.
    keep_all : bool
        Use photos that seem to show somebody else, too.
    first : int, optional
        Place in `found` of the photo that says light and expression (`reference`) and always
        counts; by default the one that shows most of the face, and shows it well.
    """

    found: tuple[Face, ...]
    likeness: Likeness
    refused: tuple[LeftOut, ...] = ()
    keep_all: bool = False
    first: int | None = None
    _qualities: dict[int, PhotoQuality] = field(default_factory=dict, repr=False)
    _known_layers: Sequence[Layer] = field(default=(), repr=False)

    @classmethod
    def from_photos(
        cls,
        photos: Sequence[PhotoLike],
        reconstructor: FaceReconstructor,
        keep_all: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Person:
        """Find the person that photos show.

        Parameters
        ----------
        photos : sequence of Photo or path-like
            1 to 64; with several faces in one, the one that looks most like those in the others
            counts.
        reconstructor : FaceReconstructor
            With a model that tells identity.
        keep_all : bool
            Use photos that seem to show somebody else, too.
        progress : callable, optional
            Called with the number of photos that are done, and of all, before each.

        Returns
        -------
        Person
            `left_out` says which photos were not used, and why.

        Raises
        ------
        OptionError
            There is no photo, or there are too many.
        ModelError
            The model does not tell identity.
        PRNError
            No photo can be used: the first one's error.
        """
        likeness = likeness_of(reconstructor)
        found, refused = faces_in(photos, reconstructor, progress)
        return cls(tuple(found), likeness, tuple(refused), keep_all)

    # What changes it ----------------------------------------------------------------------------

    def with_photo(self, photo: PhotoLike, reconstructor: FaceReconstructor) -> Person:
        """The person with one more photo.

        Raises
        ------
        PRNError
            There is no usable face in it, or there are too many photos.
        """
        check_count(len(self.found) + 1)
        return self.with_faces([reconstructor(photo)])

    def with_faces(self, seen: Sequence[Sequence[Face]]) -> Person:
        """The person with more photos, whose faces are known.

        Parameters
        ----------
        seen : sequence of sequences of Face
            Those of each photo, the largest first: the one that looks most like the person counts.

        Raises
        ------
        OptionError
            There are too many photos.
        """
        check_count(len(self.found) + len(seen))
        more = one_of_each(seen, self.found)
        return self._now(found=(*self.found, *more))

    def judged(self) -> Person:
        """The same, without the photos that seem to show somebody else."""
        return replace(self._now(found=self.found), keep_all=False)

    def in_order(self) -> Person:
        """The person of the photos that count, the reference first."""
        reference = self.numbers[self.reference]
        rest = [n for n in self.numbers if n != reference]
        return replace(self.keeping((reference, *rest)), first=0)

    def keeping(self, numbers: Sequence[int]) -> Person:
        """The person of some of the photos in `found`, in that order; all of them count."""
        kept = list(numbers)
        first = kept.index(self.first) if self.first in kept else None
        found = tuple(self.found[n] for n in numbers)
        return replace(self._now(found=found), keep_all=True, first=first)

    def without(self, number: int) -> Person:
        """The person without one photo, as if it had never been there.

        Parameters
        ----------
        number : int
            Its place in `found`.

        Raises
        ------
        OptionError
            There is no such photo, or it is the only one.
        """
        if not 0 <= number < len(self.found) or len(self.found) < 2:
            raise OptionError(
                "Photo {number} of {count} cannot be taken away.",
                number=number + 1,
                count=len(self.found),
            )
        first = self.first
        if first is not None and number <= first:
            first = None if number == first else first - 1
        rest = (*self.found[:number], *self.found[number + 1 :])
        return replace(self._now(found=rest), first=first)

    def _now(self, found: tuple[Face, ...]) -> Person:
        """The same with other photos; what was measured of those that stay is kept."""
        known = {
            id(face): quality for face, quality in zip(self.found, self.qualities, strict=True)
        }
        kept = {n: known[id(face)] for n, face in enumerate(found) if id(face) in known}
        layers = self.__dict__.get("_layers", self._known_layers)
        return replace(self, found=found, _qualities=kept, _known_layers=layers)

    # Which photos count -------------------------------------------------------------------------

    @cached_property
    def qualities(self) -> tuple[PhotoQuality, ...]:
        """How good each photo in `found` is."""
        for number, face in enumerate(self.found):
            if number not in self._qualities:
                self._qualities[number] = quality_of(face)
        return tuple(self._qualities[number] for number in range(len(self.found)))

    @cached_property
    def alike(self) -> np.ndarray:
        """(n, n) float64: how much each two photos look like one person, see `same_person`."""
        return alikeness(self.found)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Places in `found` of the photos that count."""
        once = self._once
        odd = [] if self.keep_all else strangers(self.alike[np.ix_(once, once)])
        gone = {once[n] for n in odd} - {self.first}
        return tuple(n for n in once if n not in gone)

    @property
    def _once(self) -> list[int]:
        """Places in `found` of photos that are nobody's copies."""
        return [n for n in range(len(self.found)) if n not in self.copies]

    @cached_property
    def copies(self) -> tuple[int, ...]:
        """Places in `found` of photos that were given before: nothing counts twice."""
        return copies_among(self.found, self.first)

    @cached_property
    def agreement(self) -> tuple[float, ...]:
        """0..1 for each photo in `found`: how much it looks like the others that count."""
        result = []
        for n in range(len(self.found)):
            others = [m for m in self.numbers if m != n]
            value = float(self.alike[n, others].mean()) if others else 1.0
            result.append(min(max(value, 0.0), 1.0))
        return tuple(result)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The photos that do not count, each with the reason."""
        strange = Sentence("it seems to show somebody else than the others")
        again = Sentence("it is a photo that was given before")
        gone = [n for n in range(len(self.found)) if n not in self.numbers]
        return (
            *self.refused,
            *(
                LeftOut(name_of(self.found[n].photo), again if n in self.copies else strange, n)
                for n in gone
            ),
        )

    @property
    def is_doubtful(self) -> bool:
        """Whether there are two photos only, and they may show two people."""
        return is_doubtful(self.alike[np.ix_(self._once, self._once)])

    # What they tell -----------------------------------------------------------------------------

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """The faces of the photos that count: one identity, each with its own expression."""
        own = [self.found[n] for n in self.numbers]
        if len(own) == 1:  # it says of itself what it says alone
            return tuple(own)
        beyond = self.beyond
        return tuple(
            self.likeness.with_fit(face, fit, beyond)
            for face, fit in zip(own, self._fits, strict=True)
        )

    @cached_property
    def _fits(self) -> list[HeadFit]:
        """One linear head, fitted to all photos that count."""
        best = max(self._weights)
        own = [self.found[n] for n in self.numbers]
        return self.likeness.together(own, [w / best for w in self._weights])

    @cached_property
    def _layers(self) -> list[Layer]:
        """What each photo that counts gives to the texture, the reference first.

        As that photo alone tells its face: what was found of it stays known when others come.
        """
        own = [self.found[self.numbers[n]] for n in self._order]
        return layers_of(own, [self._weights[n] for n in self._order], self._known_layers)

    @property
    def _order(self) -> list[int]:
        """Places in `faces`, the reference first."""
        rest = [n for n in range(len(self.numbers)) if n != self.reference]
        return [self.reference, *rest]

    @cached_property
    def beyond(self) -> Points:
        """(n, 3) float32: what photos from several sides add to the linear head, metres."""
        if len(self.numbers) < 2:
            return np.zeros((len(self.found[0].layout.texels), 3), np.float32)
        sights = [
            sight_of(layer, self._fits[n])
            for layer, n in zip(self._layers, self._order, strict=True)
        ]
        neutral = self.likeness.shape.vertices(self._fits[0].identity)
        return beyond_the_model(self.found[0].layout, neutral, sights)

    @property
    def _weights(self) -> list[float]:
        return [self.qualities[n].weight for n in self.numbers]

    @cached_property
    def reference(self) -> int:
        """Place in `faces` of the photo that says light and expression, see `first`."""
        if self.first is not None:
            return self.numbers.index(self.first)
        own = [self.found[n] for n in self.numbers]
        ahead = [max(np.cos(face.pose.yaw), 0.05) ** 2 for face in own]
        return int(np.argmax([w * a for w, a in zip(self._weights, ahead, strict=True)]))

    @property
    def identity(self) -> np.ndarray:
        """(K,) float32: coefficients of the model's face shape, from all photos that count."""
        identity = self.faces[0].identity
        assert identity is not None
        return identity

    @property
    def neutral(self) -> Points:
        """(n, 3) float32: the face without expression; canonical frame, metres."""
        neutral = self.faces[0].neutral
        assert neutral is not None
        return np.asarray(neutral + self.beyond, np.float32)

    @cached_property
    def head(self) -> Head | None:
        """The whole head, with the details of the photos that show each place; see `Face.head`."""
        heads = [face.head for face in self.faces]
        known = [head for head in heads if head is not None]
        if len(known) < len(heads):
            return None
        return merged_head(known, self._weights, self.reference)

    def texture(self, size: TextureSize = "auto") -> Texture:
        """The texture of all photos that count; the last one is kept for further calls.

        Parameters
        ----------
        size : int or "auto"
            As in `Face.texture`; "auto" is that of the finest photo, 2048 at most.

        Returns
        -------
        (size, size, 4) uint8 sRGB, straight alpha, read-only
            In the light of the reference photo. Alpha is 0 where no photo shows the face.

        Raises
        ------
        OptionError
            The size is out of bounds.
        """
        own = [self.found[n] for n in self.numbers]
        sides = [texture_size(face.geometry, size) for face in own]
        side = min(max(sides), _MOST_AUTO) if size == "auto" else sides[0]
        if len(own) == 1:
            return own[0].texture(side)
        if side not in self._textures:
            self._textures.clear()
            self._textures[side] = blended_texture(self._layers, side)
        return self._textures[side]

    @cached_property
    def _textures(self) -> dict[int, Texture]:
        return {}

    def painted(self, size: TextureSize = "auto") -> PaintedFace:
        """The face in the reference photo, with the texture and the head of all photos.

        Parameters
        ----------
        size : int or "auto"
            See `texture`.
        """
        face = self.faces[self.reference]
        values = {f.name: getattr(face, f.name) for f in fields(Face)}
        return PaintedFace(**values, painted=self.texture(size), whole=self.head)
