"""What is known about the cost of a stage: from trials and runs with this code and these parameters."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from jupyter_agilab.atomic import write_json
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.cost import Experience, FixedCost, Sample
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.fixed_cost import kept_fixed_cost
from jupyter_agilab.run.layout import HOME, RunDirectory, run_directories
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.resume_key import resume_key
from jupyter_agilab.run.segments import SegmentIndex, read_indexes

SCHEMA: Final = "agilab.costs.v1"
_RUNS_LOOKED_AT = 5
_MOST_MATCHED = 20_000
_MOST_SAMPLES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCosts:
    """What the trials of a stage measured; ``samples`` by partition id, times in seconds."""

    stage_key: str
    samples: Mapping[str, Sample]
    load_s: float
    process_s: float
    first_s: float = 0.0
    alone_factor: float = 1.0
    together_factor: float = 1.0
    together: int = 1
    merge_s: float = 0.0
    partition_s: float = 0.0
    host: str = field(default_factory=lambda: os.uname().nodename)


def costs_path(folder: Path, stage: str) -> Path:
    """Give where what trials measured is kept."""
    return folder / HOME / "trials" / stage / "costs.json"


def keep_costs(folder: Path, stage: str, new: TrialCosts, *, has_sizes: bool) -> None:
    """Add what a trial measured to that of earlier ones of the same code and parameters."""
    old = read_costs(folder, stage)
    if old is not None and old.stage_key == new.stage_key and old.host == new.host:
        new = dataclasses.replace(new, samples={**old.samples, **new.samples})
        if not has_sizes:
            kept = ("first_s", "alone_factor", "together_factor", "together", "partition_s")
            new = dataclasses.replace(new, **{name: getattr(old, name) for name in kept})
    write_json(costs_path(folder, stage), {"schema": SCHEMA, **dataclasses.asdict(new)})


def read_costs(folder: Path, stage: str) -> TrialCosts | None:
    """Read what trials measured; None where there is nothing that can be read."""
    try:
        value = json.loads(costs_path(folder, stage).read_bytes())
        if value.pop("schema") != SCHEMA:
            return None
        samples = {name: Sample(**sample) for name, sample in value.pop("samples").items()}
        return TrialCosts(samples=samples, **value)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def has_experience(folder: Path, stage: str) -> bool:
    """Say whether anything of a stage was run at all; costs next to nothing."""
    return costs_path(folder, stage).is_file() or bool(run_directories(folder, stage))


def experience_of(
    folder: Path,
    contract: Contract,
    stage_key: str,
    partitions: Sequence[Partition],
    *,
    before: RunDirectory | None = None,
) -> Experience:
    """Gather what is known about a stage: of its newest run that fits, else of its trials.

    With `before`, what was known when that run was submitted, as far as it is still there.
    """
    backend = backend_of(contract)
    trial = read_costs(folder, contract.name)
    if trial is not None and (trial.stage_key != stage_key or trial.host != os.uname().nodename):
        trial = None
    runs = run_directories(folder, contract.name)
    if before is not None:
        runs = [run for run in runs if run.run_id < before.run_id]
        if not _is_older(costs_path(folder, contract.name), before):
            trial = None
    kept = kept_fixed_cost(backend)
    for run in runs[:_RUNS_LOOKED_AT]:
        found = _of_run(run, stage_key, partitions, backend, trial, kept)
        if found is not None:
            return found
    if trial is None:
        return Experience(fixed=kept)
    return _of_trial(trial, partitions, kept or _like_a_trial(backend, trial))


def _is_older(path: Path, run: RunDirectory) -> bool:
    manifest = read_manifest(run) or {}
    try:
        return path.stat().st_mtime < float(manifest["submitted"])
    except (OSError, KeyError, TypeError, ValueError):
        return False


def backend_of(contract: Contract) -> str:
    """Give the back end by which fixed costs are kept: ``pool-processes``, ``pool-threads``, ``dask``."""
    if contract.backend == "dask":
        return "dask"
    # `local` is a pool of one worker process
    return f"pool-{contract.execution.pool}" if contract.backend == "pool" else "pool-processes"


def _of_trial(trial: TrialCosts, partitions: Sequence[Partition], fixed: FixedCost | None) -> Experience:
    known = {}
    if len(partitions) <= _MOST_MATCHED:
        wanted = trial.samples
        known = {each.index: wanted[each.id] for each in partitions if each.id in wanted}
    count = len(trial.samples)
    if fixed is not None and trial.partition_s:
        fixed = dataclasses.replace(fixed, partition_s=trial.partition_s)
    return Experience(
        samples=tuple(trial.samples.values()),
        known=known,
        source=f"a trial of {count} {'partition' if count == 1 else 'partitions'}",
        load_s=trial.load_s,
        first_s=trial.first_s,
        alone_factor=trial.alone_factor,
        together_factor=trial.together_factor,
        together=trial.together,
        merge_s=trial.merge_s,
        fixed=fixed,
    )


def _like_a_trial(backend: str, trial: TrialCosts) -> FixedCost | None:
    """Take the start of the trial's process for that of a driver, where the back end starts only such."""
    if backend == "dask":
        return None
    return FixedCost(
        start_s=trial.process_s,
        worker_s=0.0,
        task_s=0.0,
        partition_s=0.0,
        end_s=0.0,
        measured="the start of the trial's own process",
    )


def _of_run(
    run: RunDirectory,
    stage_key: str,
    partitions: Sequence[Partition],
    backend: str,
    trial: TrialCosts | None,
    kept: FixedCost | None,
) -> Experience | None:
    manifest = read_manifest(run) or {}
    if manifest.get("stage_key") != stage_key or manifest.get("state") not in {"finished", "partial"}:
        return None
    if manifest.get("host") != os.uname().nodename:
        return None
    segments = [each for each in read_indexes(run.segments) if each.path.name[0].isdigit()]
    times = _Times.of(run, segments, float(manifest["submitted"]))
    if times is None:
        return None
    known = _known(segments, stage_key, partitions)
    samples = tuple(known.values())
    if not samples:
        return None
    own = _frozen_backend(manifest, backend) == backend
    fixed = times.fixed(run.run_id, kept) if own else kept
    return Experience(
        samples=samples[:: max(1, len(samples) // _MOST_SAMPLES)],
        known=known if len(partitions) <= _MOST_MATCHED else {},
        source=f"run {run.run_id}",
        load_s=times.load_s,
        alone_factor=_alone_after_a_run(trial, int(manifest.get("workers") or 1)),
        merge_s=times.merge_s,
        fixed=fixed or (_like_a_trial(backend, trial) if trial else None),
    )


def _alone_after_a_run(trial: TrialCosts | None, workers: int) -> float:
    """Say by what the partitions of a run would have been quicker in a plain loop."""
    if trial is None:
        return 1.0
    # its workers were beside each other already
    return trial.alone_factor / (trial.together_factor if workers > 1 else 1.0)


def _frozen_backend(manifest: Mapping[str, Any], now: str) -> str:
    """Give the back end of a run, which its settings or the contract of then name."""
    told = (manifest.get("settings") or {}).get("backend")
    if told is None:
        text = str((manifest.get("contract") or {}).get("text", ""))
        told = next((name for name in ("dask", "pool", "local") if f'backend = "{name}"' in text), "")
    is_alike = told in ({"dask"} if now == "dask" else {"pool", "local"})
    return now if is_alike else str(told)


def _known(
    segments: Sequence[SegmentIndex], stage_key: str, partitions: Sequence[Partition]
) -> dict[int, Sample]:
    """Give what the plan's partitions took in a run, by the index that they have now."""
    count = len(partitions)
    step = max(1, count // _MOST_MATCHED)
    looked = partitions if step == 1 else (partitions[place] for place in range(0, count, step))
    wanted = {resume_key(stage_key, each.fingerprint): (each.index, each.weight) for each in looked}
    found = {}
    for segment in segments:
        rows = zip(segment.keys, segment.seconds, segment.cpu, segment.memory, segment.lengths, strict=True)
        for key, seconds, cpu_s, memory, length in rows:
            if key in wanted:
                index, weight = wanted[key]
                found[index] = Sample(
                    weight=weight, seconds=seconds, cpu_s=cpu_s, memory_bytes=memory, size_bytes=length
                )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    """What a run took besides its partitions."""

    start_s: float
    worker_s: float
    load_s: float
    partition_s: float
    end_s: float
    merge_s: float

    @staticmethod
    def of(run: RunDirectory, segments: Sequence[SegmentIndex], submitted: float) -> _Times | None:
        """Read the journal of a run that did all in one go; None where it did not, or did nothing."""
        work = {each.path.name: (sum(each.seconds), len(each.seconds)) for each in segments}
        begun: list[float] = []
        joined: list[float] = []
        first: dict[str, float] = {}
        rest_s, rest = 0.0, 0
        last = reducing = ended = merged = 0.0
        for event in read_events(run.events):
            kind = event["type"]
            if kind == "worker.joined":
                joined.append(event["t"])
            elif kind == "partition.failed":
                return None
            elif kind == "task.finished":
                seconds, count = work.get(event.get("segment") or "", (event["seconds"], 0))
                beside = max(0.0, event["seconds"] - seconds)
                if event["worker"] not in first:
                    first[event["worker"]] = beside
                    begun.append(event["started"])
                else:
                    rest_s, rest = rest_s + beside, rest + count
                merged += count
                last = event["t"]
            elif kind == "reduce.started":
                reducing = event["t"]
            elif kind == "run.ended":
                ended = event["t"]
        if not first or not reducing or not ended:
            return None
        return _Times(
            start_s=max(0.0, min(begun) - submitted),
            worker_s=(max(joined) - min(joined)) / (len(joined) - 1) if len(joined) > 1 else 0.0,
            load_s=median(first.values()),
            partition_s=rest_s / rest if rest else 0.0,
            end_s=max(0.0, reducing - last),
            merge_s=max(0.0, ended - reducing) / max(1.0, merged),
        )

    def fixed(self, run_id: str, kept: FixedCost | None) -> FixedCost:
        """Give it as what a run takes here."""
        return FixedCost(
            start_s=self.start_s,
            worker_s=self.worker_s,
            task_s=kept.task_s if kept else 0.0,
            partition_s=self.partition_s,
            end_s=self.end_s,
            measured=f"run {run_id}",
        )
