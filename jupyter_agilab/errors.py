"""Every exception of this package: one subclass per cause that a caller can act on.

All of them survive pickling, carry a stable ``code`` and say what to do next in ``hint``. An exception of the
user's own code is never replaced: it is reported with its traceback (see `jupyter_agilab.run.types.Failure`).
"""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Iterable

from jupyter_agilab.diagnostics import Finding, errors_in

_NOT_THE_READERS = ("jupyter_agilab", "IPython", "ipykernel")
_BETWEEN_OURS = contextlib.__file__
"""A frame of this module stands between two of ours wherever one is a context manager."""


class AgilabError(Exception):
    """Base of all errors that this package raises on purpose.

    Attributes
    ----------
    code
        Stable identifier of the cause.
    hint
        What the reader can do next.
    """

    code = "agilab"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.args, self.__dict__.copy()))

    def __str__(self) -> str:
        return f"{self.message}\n    {self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """Give what IPython shows: the message, below the calls of the reader's own that led here.

        Our own frames and IPython's say nothing about what the reader can do.
        """
        frames = [
            frame
            for frame in traceback.extract_tb(self.__traceback__)
            if not any(f"{os.sep}{name}{os.sep}" in frame.filename for name in _NOT_THE_READERS)
            and frame.filename != _BETWEEN_OURS
        ]
        has_functions = any(not frame.name.startswith("<") for frame in frames)
        calls = traceback.format_list(frames) if has_functions else []
        return [*(line.rstrip("\n") for line in calls), f"{type(self).__name__}: {self}"]


def _rebuild(cls: type[AgilabError], args: tuple[object, ...], state: dict[str, object]) -> AgilabError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class FindingsError(AgilabError):
    """Something could not go on because of findings; all of them are told at once."""

    code = "findings"

    def __init__(self, summary: str, findings: Iterable[Finding], *, hint: str = "") -> None:
        self.findings = tuple(findings)
        told = "\n".join(f"  {finding}" for finding in errors_in(self.findings))
        super().__init__(f"{summary}\n{told}" if told else summary, hint=hint)
        self.summary = summary


class ContractError(FindingsError):
    """The contract cannot be used as it stands."""

    code = "contract"


class WorkflowError(FindingsError):
    """The workflow cannot be used as it stands."""

    code = "workflow"


class ExtractionError(FindingsError):
    """The cell cannot become a partition function as it stands."""

    code = "extraction"


class BridgeError(FindingsError):
    """A notebook or a file of stages cannot be taken to AGILAB or back; nothing was written."""

    code = "bridge"


class PlanError(FindingsError):
    """No plan can be made: no input, an unreadable input, a rule that does not fit it."""

    code = "plan"


class DamagedPlanError(PlanError, ValueError):
    """A plan on disk is not as it was written."""

    code = "plan-damaged"


class ModuleChangedError(AgilabError):
    """A module was edited by hand since we wrote it, and would be overwritten."""

    code = "module-changed"


class ResultTypeError(AgilabError):
    """A partition function returned something that cannot be stored."""

    code = "result-type"


class ReduceError(AgilabError):
    """The results of the partitions do not fit together."""

    code = "reduce"


class OutputError(AgilabError):
    """The artifact or the run directory cannot be written."""

    code = "output"


class RunBusyError(AgilabError):
    """Another run of the same contract is under way."""

    code = "run-busy"


class RunNotFoundError(AgilabError):
    """No run has that id."""

    code = "run-not-found"


class RunFailedError(AgilabError):
    """A run ended without its artifact."""

    code = "run-failed"


class NoResultError(AgilabError, AttributeError):
    """A stage was asked for its result and has none; an `AttributeError`, so that `hasattr` says no."""

    code = "no-result"


class ClusterError(AgilabError):
    """The place where a run should happen cannot be reached or does not have what the run needs."""

    code = "cluster"


class MissingDependencyError(AgilabError):
    """An optional library is needed for what was asked, and is not installed."""

    code = "missing-dependency"


class UsageError(AgilabError):
    """A flag, an argument or a cell header is not what the command takes."""

    code = "usage"


class NoPlaceError(AgilabError, RuntimeError):
    """A task was called or mapped where no place is active that could run it."""

    code = "no-place"


class PlaceClosedError(AgilabError, RuntimeError):
    """A place was asked for work or for a result after it was closed."""

    code = "place-closed"


class ClaimError(AgilabError, ValueError):
    """A task or a stage claims what its place does not offer, or the claim is no such amount."""

    code = "claim"


class NotRunError(AgilabError):
    """A task was not run because one that it needs failed; ``ancestor`` names that one.

    ``__cause__`` is the ancestor's own exception, with its traceback.
    """

    code = "not-run"

    def __init__(self, message: str, *, ancestor: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.ancestor = ancestor


class TaskError(AgilabError):
    """A task ended without result or exception of its own: its process died, or it called exit."""

    code = "task"


class TaskCancelledError(AgilabError):
    """A task was cancelled before it ended."""

    code = "task-cancelled"


class TimeLimitError(AgilabError, TimeoutError):
    """A task took longer than it may."""

    code = "time-limit"


class WaitTimeoutError(AgilabError, TimeoutError):
    """Somebody waited for a result for as long as they wanted; the work goes on."""

    code = "wait-timeout"


class JobsClosedError(AgilabError, RuntimeError):
    """A workflow was given a job after it was closed."""

    code = "jobs-closed"


class AmbiguousResultError(AgilabError, LookupError):
    """Several results are of the kind that was asked for."""

    code = "ambiguous-result"
