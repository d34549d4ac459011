"""What was expected of a run, to be held against what came: a trial's time, and the plan's weights."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.planning.cost import Place
from jupyter_agilab.planning.estimate import estimate
from jupyter_agilab.planning.expected import Estimate
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.run.experience import experience_of
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.spec import load_spec
from jupyter_agilab.run.story.measured import REUSED, Measured

_OUTLIERS = 5
_OUTLIER_RATIO = 3.0
_FEWEST = 8
"""Fewer partitions than this say nothing about how size and time go together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialForecast:
    """What the last trial of the same code and parameters lets one expect of the partitions that ran.

    ``work_s`` is the time of all of them one after another: the trial's seconds in proportion to the weights.
    ``best_s`` is the least that the workers could take for it. ``tried`` is in seconds since the epoch.
    """

    described: str
    seconds: float
    memory_bytes: int
    tried: float
    work_s: float
    best_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFit:
    """How well the planned weights foretold the seconds.

    ``correlation`` is Pearson's, between -1 and 1; None where the seconds are all alike.
    ``seconds_per_weight`` is the total of one by the total of the other. ``outliers`` are the plan's indexes
    of partitions that took more than three times as long as their weight says, the worst first, with that
    ratio.
    """

    correlation: float | None
    seconds_per_weight: float
    outliers: tuple[tuple[int, float], ...]
    outlier_count: int


def read_trial(
    run: RunDirectory,
    manifest: Mapping[str, Any],
    weights: Sequence[float],
    measured: Measured,
    workers: int,
) -> TrialForecast | None:
    """Read the stage's last trial; None where it was of other code, came later, or did not go well."""
    folder = run.path.parents[3] / HOME / "trials" / run.stage / "last"
    try:
        request = json.loads((folder / "trial.json").read_bytes())
        report = json.loads((folder / "report.json").read_bytes())
        tried = (folder / "report.json").stat().st_mtime
        key = load_spec(RunDirectory(folder)).stage.stage_key
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if key != manifest.get("stage_key") or tried > manifest.get("submitted", 0.0) or not report["ok"]:
        return None
    weight = float(request["partition"]["weight"])
    to_do = [weights[index] for index, task in enumerate(measured.task) if task != REUSED]
    if weight <= 0 or not to_do:
        return None
    per_weight = report["seconds"] / weight
    work = per_weight * sum(to_do)
    return TrialForecast(
        described=report["described"],
        seconds=report["seconds"],
        memory_bytes=report["peak_memory_bytes"],
        tried=tried,
        work_s=work,
        best_s=max(work / max(1, workers), per_weight * max(to_do)),
    )


def foretell(
    run: RunDirectory, manifest: Mapping[str, Any], contract: Contract | None, plan: Plan | None
) -> Estimate | None:
    """Compute what the plan foretold when the run was submitted; None where nothing was known then.

    Like every estimate it is about all partitions, whatever the run then took over from earlier ones.
    """
    if contract is None or plan is None or not plan.partition_count:
        return None
    key, settings = manifest.get("stage_key"), manifest.get("settings") or {}
    if not isinstance(key, str) or settings.get("scheduler") or settings.get("cluster"):
        return None
    contract = replace(contract, backend=settings.get("backend") or contract.backend)
    try:
        known = experience_of(run.path.parents[3], contract, key, plan.partitions, before=run)
        place = Place(cores=plan.cores, at_once=contract.backend != "local")
        made = estimate(plan.weights(), plan.useful_workers, known, place)
    except (OSError, ValueError, KeyError, TypeError):
        # damaged files of an earlier run foretell nothing
        return None
    return made if made.is_known else None


def fit_weights(weights: Sequence[float], measured: Measured) -> WeightFit | None:
    """Hold weights against seconds; None where all weights are alike or too few partitions ran."""
    done = [index for index in measured.done_here() if measured.seconds[index] > 0]
    planned = [weights[index] for index in done]
    if len(done) < _FEWEST or min(planned) == max(planned):
        return None
    seconds = [measured.seconds[index] for index in done]
    per_weight = sum(seconds) / sum(planned)
    # very small ones take their time from things other than their size
    least = statistics.median(seconds)
    ratios = [
        (index, took / (per_weight * weight))
        for index, weight, took in zip(done, planned, seconds, strict=True)
        if weight > 0 and took >= least and took > _OUTLIER_RATIO * per_weight * weight
    ]
    ratios.sort(key=lambda each: -each[1])
    try:
        correlation = statistics.correlation(planned, seconds)
    except statistics.StatisticsError:
        correlation = None
    return WeightFit(
        correlation=correlation,
        seconds_per_weight=per_weight,
        outliers=tuple(ratios[:_OUTLIERS]),
        outlier_count=len(ratios),
    )
