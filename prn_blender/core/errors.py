"""One family of errors: what happened, what was found, and what the user can do.

The message of each is one sentence (or two) fit to be shown as it is. Operators and the
command line show it and stop; nothing else in the package catches it. Its values are kept apart
from its words, so that whoever shows it can say it in another language.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable


class Sentence:
    """English words with places for values, as `str.format` has them.

    Parameters
    ----------
    template : str
        Without values it is taken as it is, braces and all.
    **values : object
        Sentences among them are said in the same language.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template, self.values = template, values

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence in another language.

        Parameters
        ----------
        translate : callable
            From an English template to one with the same places.
        """
        words = translate(self.template)
        if not self.values:
            return words
        values = {
            name: value.said(translate) if isinstance(value, Sentence | PRNError) else value
            for name, value in self.values.items()
        }
        return words.format(**values)

    def __str__(self) -> str:
        return self.said(str)


def counted(count: int, one: str, many: str, /, **values: object) -> Sentence:
    """A sentence about one thing, or about `{count}` things."""
    return Sentence(one if count == 1 else many, count=count, **values)


class PRNError(Exception):
    """Something the user can understand and act on; the message says how.

    Parameters
    ----------
    words : str or Sentence
    **values : object
        As of a `Sentence`.
    """

    def __init__(self, words: str | Sentence, /, **values: object) -> None:
        super().__init__(words)
        self.sentence = words if isinstance(words, Sentence) else Sentence(words, **values)

    def said(self, translate: Callable[[str], str]) -> str:
        """The message in another language."""
        return self.sentence.said(translate)

    def __str__(self) -> str:
        return str(self.sentence)


class PhotoError(PRNError):
    """The photo cannot be read or used."""


class NoFaceError(PRNError):
    """The photo is fine but shows no face that can be reconstructed."""


class ModelError(PRNError):
    """The network, its metadata or its UV layout does not fit the contract."""


class MissingDependencyError(PRNError):
    """A library that ships with the add-on is absent or cannot be loaded."""


class OptionError(PRNError):
    """An option has a value that makes no sense."""


class OutputError(PRNError):
    """A file cannot be written."""


def first_line(error: BaseException) -> str:
    """What an exception of a library says, fit to stand inside our sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0].rstrip(".")[:200]


def missing_library(error: ImportError) -> MissingDependencyError:
    """What to say when one of the libraries the core stands on is not there."""
    return MissingDependencyError(
        "{library}, which ships with the add-on, cannot be loaded: {why}. Reinstall the add-on "
        "(or run `make setup`).",
        library=error.name or Sentence("A library"),
        why=first_line(error),
    )
