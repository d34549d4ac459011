"""The story of a run: all that a report tells, as plain data, for a run in any state."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import PlanError, RunNotFoundError
from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.planning.expected import Estimate
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.store import read_plan
from jupyter_agilab.planning.stored import StoredPartitions
from jupyter_agilab.run.causes import Cause, Causes
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.segments import read_indexes
from jupyter_agilab.run.spec import load_spec
from jupyter_agilab.run.story.advice import Advice, Evidence, advise
from jupyter_agilab.run.story.figures import RunFigures, sum_up
from jupyter_agilab.run.story.forecast import TrialForecast, WeightFit, fit_weights, foretell, read_trial
from jupyter_agilab.run.story.journal import Journal, read_journal
from jupyter_agilab.run.story.measured import Measured, measure
from jupyter_agilab.run.story.previous import Previous, compare_to_previous, frozen_sources
from jupyter_agilab.run.story.tails import LogTails, read_tails
from jupyter_agilab.run.watch import RunStatus, RunWatch

_NOISIEST = 5
_FAILED_LOGS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStory:
    """A run, read at one moment; nothing of it changes when the run goes on.

    Attributes
    ----------
    told
        When it was read, in seconds since the epoch.
    status
        Its state and counts, as every display shows them.
    manifest
        What it was given and where it ran.
    contract, plan
        As they were frozen at submit; None where they cannot be read. The plan's partitions stay on disk.
    weights
        The planned weight of each partition; empty without a plan.
    sources
        The stage's modules as they were frozen: path to text.
    journal, measured, figures
        Who worked when; what each partition took; the sums.
    previous
        What differs from the stage's run before it; None where there is none.
    foretold, trial, fit
        What the plan's estimate and a trial foretold, and how well weights did; None where there is nothing
        to compare.
    passing
        Causes of failed attempts after which each partition went well, or may still; those of failures for
        good are in ``status``.
    logs
        The ends of what failed and noisy partitions printed.
    advice
        For the next run; empty where there is nothing to say.
    """

    run: RunDirectory
    told: float
    status: RunStatus
    manifest: Mapping[str, Any]
    contract: Contract | None
    plan: Plan | None
    weights: Sequence[float]
    sources: Mapping[str, str]
    journal: Journal
    measured: Measured
    figures: RunFigures
    previous: Previous | None
    foretold: Estimate | None
    trial: TrialForecast | None
    fit: WeightFit | None
    passing: tuple[Cause, ...]
    logs: LogTails
    advice: tuple[Advice, ...]

    @property
    def is_sized(self) -> bool:
        """Whether weights are bytes; those of a sweep count sets."""
        return self.contract is not None and self.contract.split != "parameter-sweep"

    def names(self, indexes: Iterable[int]) -> dict[int, str]:
        """Say what some partitions are, by the plan's index; reads those lines of the plan."""
        wanted = sorted(set(indexes))
        if self.plan is None:
            return {index: f"partition {index:,}" for index in wanted}
        count = self.plan.partition_count
        return {index: self.plan.partitions[index].describe() for index in wanted if 0 <= index < count}


def tell(run: RunDirectory) -> RunStory:
    """Read a run in any state; takes about a second for 100,000 partitions. Runs nothing.

    Raises
    ------
    RunNotFoundError
        The directory holds no manifest that can be read.
    """
    manifest = read_manifest(run)
    if manifest is None:
        raise RunNotFoundError(
            f"{run.path} has no manifest that can be read", hint="name a run that `jupyter agilab runs` lists"
        )
    told = time.time()
    status = RunWatch(run).refresh()
    origin = float(manifest.get("submitted", 0.0))
    causes = Causes()
    events = _grouped(read_events(run.events), causes)
    journal = read_journal(events, origin, None if status.ended else told)
    plan = _plan(run)
    count = plan.partition_count if plan is not None else status.partitions
    measured = measure(read_indexes(run.segments), count)
    weights = _weights(plan)
    contract = _contract(run)
    figures = sum_up(journal, measured)
    longest = plan.partitions[figures.longest].describe() if plan is not None and figures.longest >= 0 else ""
    evidence = Evidence(
        figures=figures,
        journal=journal,
        contract=contract,
        cores=int((manifest.get("environment") or {}).get("cores") or 0),
        longest=longest,
    )
    return RunStory(
        run=run,
        told=told,
        status=status,
        manifest=manifest,
        contract=contract,
        plan=plan,
        weights=weights,
        sources=frozen_sources(run),
        journal=journal,
        measured=measured,
        figures=figures,
        previous=compare_to_previous(run, manifest),
        foretold=foretell(run, manifest, contract, plan),
        trial=read_trial(run, manifest, weights, measured, journal.slots) if weights else None,
        fit=fit_weights(weights, measured) if weights else None,
        passing=tuple(causes.passing()),
        logs=read_tails(run, _failed(journal), _NOISIEST),
        advice=advise(evidence) if status.ended else (),
    )


def _failed(journal: Journal) -> list[int]:
    """Give the first partitions that failed for good."""
    return list(dict.fromkeys(mark.index for mark in journal.marks if mark.final))[:_FAILED_LOGS]


def _grouped(events: Iterable[Mapping[str, Any]], causes: Causes) -> Iterator[Mapping[str, Any]]:
    """Hand events on, and group the failures among them on the way."""
    for event in events:
        if event["type"] == "partition.failed":
            causes.add(event)
        yield event


def _plan(run: RunDirectory) -> Plan | None:
    try:
        plan = read_plan(run.path)
    except PlanError:
        return None
    is_damaged = isinstance(plan.partitions, StoredPartitions) and not plan.partitions.are_whole()
    return None if is_damaged else plan


def _weights(plan: Plan | None) -> Sequence[float]:
    if plan is None or not isinstance(plan.partitions, StoredPartitions):
        return ()
    try:
        weights = plan.partitions.weights()
    except (OSError, ValueError):
        return ()
    # an even weight takes no memory as it is
    return weights if isinstance(weights, Same) else tuple(weights)


def _contract(run: RunDirectory) -> Contract | None:
    try:
        return load_spec(run).contract
    except (OSError, ValueError, KeyError, TypeError):
        return None
