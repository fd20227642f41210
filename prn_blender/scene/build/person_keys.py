"""Shape keys of a face from several photos: its shape and expression in the photo looked at."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np

from ...core.errors import OptionError, PRNError
from ...core.head.placed_head import DETAIL, PlacedHead
from ..names import is_head
from ..record import geometry_of, read_record, write_record
from .adjust import say_where_seen


def beyond_expression(head: PlacedHead, first: PlacedHead) -> np.ndarray:
    """What a photo's head has beyond the first one's person with that photo's expression.

    Parameters
    ----------
    head, first : PlacedHead
        Of the photo, and of the object's own first photo, each in front of its camera.

    Returns
    -------
    (V, 3) float32
        Metres. The first photo's *Photo Detail* is not in it: another photo has its own.
    """
    shapes = first.shapes[:-1] - first.basis
    return head.vertices - first.basis - np.tensordot(head.values[:-1], shapes, 1)


def choose_photo(item: bpy.types.Object, number: int) -> None:
    """Let everything work on another photo of a person, and give the face its expression there.

    Parameters
    ----------
    item : bpy.types.Object
    number : int
        Of the photo, from 0.

    Raises
    ------
    OptionError
        There is no such photo, its camera was deleted, or what the object remembers is damaged;
        nothing has changed then.
    """
    record = read_record(item)
    if not 0 <= number < len(record.photos):
        raise OptionError(
            "There is no photo {number} of {item!r}, only {count}.",
            item=item.name,
            count=len(record.photos),
            number=number + 1,
        )
    if record.photos[number].camera is None:
        raise OptionError(
            "The camera of photo {number} was deleted; undo that, or give the photo anew.",
            number=number + 1,
        )
    write_record(item.data, replace(record, chosen=number))
    try:
        geometry = geometry_of(item)
    except PRNError:
        write_record(item.data, record)
        raise
    mesh = item.data
    keys = mesh.shape_keys.key_blocks if mesh.shape_keys is not None else {}
    for other, photo in enumerate(record.photos):
        if (key := keys.get(photo.shape_key or "")) is not None:
            key.value = float(other == number)
    if is_head(item) and DETAIL in keys:
        for name, value in record.photos[number].expression.items():
            if name in keys:
                keys[name].value = value
        keys[DETAIL].value = float(number == 0)
    say_where_seen(item, geometry)
    mesh.update()
