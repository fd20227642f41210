"""The one place that turns sentences and exceptions into reports, in the user's language.

No operator calls `report` itself, so that every sentence is translated (a test reads the source).
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable
from typing import Any

from ..core.errors import PRNError, Sentence, missing_library
from ..translations import sentence


def tell(operator: Any, kind: str, words: str | Sentence, /, **values: object) -> None:
    """Report a sentence.

    Parameters
    ----------
    operator : bpy.types.Operator
    kind : {"INFO", "WARNING", "ERROR"}
    words : str or Sentence
        English, with places for values as `str.format` has them.
    **values : object
        What comes into the places.
    """
    words = words if isinstance(words, Sentence) else Sentence(words, **values)
    operator.report({kind}, sentence(words))


def tell_image(operator: Any, what: Sentence, image: Any, shown: bool) -> None:
    """Report in which image a picture is that was made.

    Parameters
    ----------
    operator : bpy.types.Operator
    what : Sentence
        What the picture is.
    image : bpy.types.Image
    shown : bool
        Whether an editor shows it.
    """
    if shown:
        tell(operator, "INFO", "{what} is the image {image!r}", what=what, image=image.name)
    else:
        where = "{what} is the image {image!r}; Show Result, among the buttons of Texture, opens it"
        tell(operator, "INFO", where, what=what, image=image.name)


def tell_texture_stays(operator: Any) -> None:
    """Report that a face's texture, on which somebody has drawn, did not follow its shape."""
    kept = "The texture was changed since it came from the photo, and stays as it is"
    tell(operator, "WARNING", kept)


def reports_errors(execute: Callable[..., set[str]]) -> Callable[..., set[str]]:
    """Decorator of an operator's method: it reports a `PRNError` and cancels the operator.

    So does an `ImportError`: a library that ships with the add-on is broken. Other exceptions are
    defects, and Blender shows their traceback.
    """

    @functools.wraps(execute)
    def wrapped(operator: Any, context: Any) -> set[str]:
        try:
            return execute(operator, context)
        except PRNError as e:
            error = e
        except ImportError as e:
            error = missing_library(e)
        tell(operator, "ERROR", error.sentence)
        return {"CANCELLED"}

    return wrapped


def label_lines(text: str, width: int) -> list[str]:
    """A text in lines of so many characters, for labels, which do not wrap by themselves."""
    return textwrap.wrap(text, width)
