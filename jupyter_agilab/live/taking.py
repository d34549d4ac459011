"""What each stage's function is given for a job: its parameters decide."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.errors import UsageError
from jupyter_agilab.live.items import signature_of
from jupyter_agilab.workflow.model import WorkflowStage

JOB, STATE, CONTEXT, RESULTS = "job", "state", "context", "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """How a stage's function is called.

    Attributes
    ----------
    fed
        Parameter to the stage whose result it gets.
    constant
        Parameters and values that are the same for all jobs: ``context`` and what is shared.
    job_as
        The parameter that gets the job; empty: none.
    from_job
        Other parameters: they get the job's entries of these names, where it is a mapping.
    required
        Those of `from_job` that have no default.
    takes_state, takes_results
        Whether it has the parameters ``state`` and ``results``.
    lost
        Stages whose results no parameter takes.
    in_places
        Of a function whose parameters cannot be known: the stages whose results it gets, by their places;
        None for any other. Where it is empty, it gets the job.
    """

    fed: Mapping[str, str] = field(default_factory=dict)
    constant: Mapping[str, Any] = field(default_factory=dict)
    job_as: str = ""
    from_job: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    takes_state: bool = False
    takes_results: bool = False
    lost: tuple[str, ...] = ()
    in_places: tuple[str, ...] | None = None

    def kwargs_for(self, stage: str, job: Any) -> dict[str, Any]:
        """Give the keyword arguments that come from a job, and those that all jobs share.

        Raises
        ------
        UsageError
            The job has nothing for a parameter that needs a value.
        """
        given: dict[str, Any] = dict(self.constant)
        if self.job_as:
            given[self.job_as] = job
        entries = job if isinstance(job, Mapping) else {}
        wanted = [name for name in self.from_job if name not in entries and name in self.required]
        if len(wanted) == 1 and not self.job_as and not self.fed and not isinstance(job, Mapping):
            # a function of one thing, and the job is that thing
            return {**given, wanted[0]: job}
        if wanted:
            raise UsageError(
                f"the job has nothing for {', '.join(wanted)} of the stage {stage}",
                hint="give the job as a dictionary with these names, or the parameters a default",
            )
        given.update((name, entries[name]) for name in self.from_job if name in entries)
        return given


def taking_of(
    stage: WorkflowStage, function: Callable[..., Any], *, shared: Mapping[str, Any], context: Any
) -> Taking:
    """Decide how a stage's function is called."""
    signature = signature_of(function)
    feeds = [(feed.parameter, feed.stage) for feed in stage.inputs]
    if signature is None:
        return Taking(in_places=tuple(name for _, name in feeds))
    parameters = signature.parameters.values()
    named = {
        each.name: each for each in parameters if each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
    }
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
    fed: dict[str, str] = {}
    left: list[str] = []
    for parameter, source in feeds:
        wanted = parameter or source
        if wanted in named or takes_any:
            fed[wanted] = source
        else:
            left.append(source)
    constant = {name: value for name, value in shared.items() if name in named and name not in fed}
    if CONTEXT in named and CONTEXT not in fed:
        constant.setdefault(CONTEXT, context)
    reserved = {name for name in (JOB, STATE, RESULTS) if name in named and name not in fed}
    free = [name for name in named if name not in fed and name not in constant and name not in reserved]
    if len(left) == 1:
        open_ones = [name for name in free if named[name].default is inspect.Parameter.empty] or free
        if len(open_ones) == 1:
            fed[open_ones[0]] = left.pop()
            free.remove(open_ones[0])
    return Taking(
        fed=fed,
        constant=constant,
        job_as=JOB if JOB in reserved else "",
        from_job=tuple(free),
        required=frozenset(name for name in free if named[name].default is inspect.Parameter.empty),
        takes_state=STATE in reserved,
        takes_results=RESULTS in reserved,
        lost=() if RESULTS in reserved else tuple(left),
    )


def for_hook(function: Callable[..., Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Give the keyword arguments that a setup takes of what is known."""
    signature = signature_of(function)
    names: Collection[str] = signature.parameters if signature is not None else ()
    return {name: value for name, value in known.items() if name in names}
