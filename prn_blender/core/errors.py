"""One family of errors: what happened, what was found, and what the user can do.

The message of each is one sentence (or two) fit to be shown as it is. Operators and the
command line show it and stop; nothing else in the package catches it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later


class PRNError(Exception):
    """Something the user can understand and act on; the message says how."""


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
        f"{error.name or 'A library'}, which ships with the add-on, cannot be loaded: "
        f"{first_line(error)}. Reinstall the add-on (or run `make setup`)."
    )
