"""The one place that turns exceptions into reports."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..core.errors import PRNError, missing_library


def reports_errors(execute: Callable[..., set[str]]) -> Callable[..., set[str]]:
    """Show a `PRNError` as the operator's report and cancel it.

    Other exceptions are defects: Blender shows their traceback.
    """

    @functools.wraps(execute)
    def wrapped(operator: Any, context: Any) -> set[str]:
        try:
            return execute(operator, context)
        except PRNError as e:
            operator.report({"ERROR"}, str(e))
            return {"CANCELLED"}
        except ImportError as e:
            operator.report({"ERROR"}, str(missing_library(e)))
            return {"CANCELLED"}

    return wrapped
