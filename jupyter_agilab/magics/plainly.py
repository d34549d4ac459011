"""How a magic fails: with one sentence instead of our traceback; the cell still fails."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from IPython.core.error import UsageError as IPythonUsageError

from jupyter_agilab.errors import RunBusyError, UsageError

P = ParamSpec("P")
R = TypeVar("R")


class Interrupted(KeyboardInterrupt):
    """The reader pressed Stop; the message says what goes on without the notebook."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def told_plainly(magic: Callable[P, R]) -> Callable[P, R]:
    """Make a magic's misuse IPython's usage error, and an interrupt a sentence.

    The errors of this package show themselves as a sentence (`AgilabError._render_traceback_`).
    """

    @functools.wraps(magic)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return magic(*args, **kwargs)
        except UsageError as error:
            hint = f" ({error.hint})" if error.hint else ""
            raise IPythonUsageError(f"{error.message}{hint}") from None
        except RunBusyError as error:
            # the hint names our commands; in a notebook the magics are nearer
            raise RunBusyError(
                error.message, hint=error.hint.replace("jupyter agilab ", "%parallel_")
            ) from None
        except Interrupted:
            raise
        except KeyboardInterrupt:
            raise Interrupted("interrupted") from None

    return call
