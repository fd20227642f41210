"""The errors a user can act on. Each message says what happened, what was found, what to do.

A message is one sentence, or two, that can be shown as it is. Operators and the command line show
it and stop; little else catches it. The English template and its values are kept apart, so that
the interface can translate the template and fill in the values afterwards.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence

_LONGEST_VALUE = 400
"""Characters of a value that an error shows."""


class Sentence:
    """An English sentence, or a part of one, that can be translated later.

    Parameters
    ----------
    template : str
        English, with placeholders for the values as in `str.format`. Without values it is taken
        as it is, and braces in it are plain text.
    **values : object
        What stands in the placeholders. Values that are sentences are translated as well.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template, self.values = template, values

    def said(self, translate: Callable[[str], str]) -> str:
        """Say the sentence in another language.

        Parameters
        ----------
        translate : callable
            Takes an English template and returns one in the other language with the same
            placeholders.
        """
        template = translate(self.template)
        if not self.values:
            return template
        values = {
            name: value.said(translate) if isinstance(value, Sentence | PRNError) else value
            for name, value in self.values.items()
        }
        return template.format(**values)

    def __str__(self) -> str:
        return self.said(str)


def counted(count: int, one: str, many: str, /, **values: object) -> Sentence:
    """Choose between singular and plural.

    Parameters
    ----------
    count : int
        Fills the placeholder `{count}`.
    one, many : str
        English templates for a count of 1 and for any other count.
    **values : object
        For further placeholders.
    """
    return Sentence(one if count == 1 else many, count=count, **values)


def listed(parts: Sequence[Sentence]) -> Sentence:
    """At least one part of a sentence, with commas between several."""
    first, *others = parts
    for other in others:
        first = Sentence("{some}, {more}", some=first, more=other)
    return first


class PRNError(Exception):
    """An error that the user can understand and act on; the message says how.

    Parameters
    ----------
    words : str or Sentence
        The message. A str is an English template as in `Sentence`.
    **values : object
        The values of that template.
    """

    def __init__(self, words: str | Sentence, /, **values: object) -> None:
        super().__init__(words)
        if not isinstance(words, Sentence):
            words = Sentence(words, **{name: _short(value) for name, value in values.items()})
        self.sentence = words

    def said(self, translate: Callable[[str], str]) -> str:
        """Say the message in another language, see `Sentence.said`."""
        return self.sentence.said(translate)

    def __str__(self) -> str:
        return str(self.sentence)


def _short(value: object) -> object:
    """A value as it can stand in a sentence: nobody reads thousands of characters of a name."""
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"{value[: _LONGEST_VALUE - 3]}..."
    return value


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
    """Shorten a library's error message so that it can stand inside one of our sentences."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0].rstrip(".")[:200]


def missing_library(error: ImportError) -> MissingDependencyError:
    """Make the error for a missing or broken library that the add-on ships with."""
    return MissingDependencyError(
        "{library}, which ships with the add-on, cannot be loaded: {why}. Reinstall the add-on "
        "(or run `make setup`).",
        library=error.name or Sentence("A library"),
        why=first_line(error),
    )
