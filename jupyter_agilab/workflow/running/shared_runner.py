"""The one runner that all stages of a workflow share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from jupyter_agilab.contract.model import Backend
from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.runners import Runner, make_runner
from jupyter_agilab.run.types import StageSpec
from jupyter_agilab.workflow.running.frozen import FrozenWorkflow
from jupyter_agilab.workflow.running.stage_run import StageRun


def make_shared_runner(
    frozen: FrozenWorkflow, stages: Sequence[StageRun], workers: int, should_stop: Callable[[], bool]
) -> Runner:
    """Make the runner; nothing is started yet. A worker may do any stage, and gets what the largest asks for.

    Raises
    ------
    ClusterError
        The cluster is not known.
    """
    contracts = [stage.drive.contract for stage in stages]
    memories = [each.execution.memory for each in contracts if each.execution.memory]
    gpus = [each.resources.gpus or 0.0 for each in contracts]
    contract = replace(
        contracts[0],
        backend=cast("Backend", frozen.backend),
        execution=replace(
            contracts[0].execution,
            memory=max(memories, key=parse_size) if len(memories) == len(contracts) else None,
            on_failure="finish" if frozen.keep_going else "stop",
        ),
        resources=replace(contracts[0].resources, gpus=max(gpus) or None),
    )
    return make_runner(
        contract,
        1 if frozen.backend == "local" else workers,
        frozen.threads,
        scheduler=frozen.settings["scheduler"],
        cluster=frozen.settings["cluster"],
        folder=frozen.folder,
        should_stop=should_stop,
        pinned=any(stage.stage.group for stage in stages),
    )


def shared_spec(frozen: FrozenWorkflow, run: RunDirectory, stages: Sequence[StageRun]) -> StageSpec:
    """Give what the runner is started with: the workflow's directory, and the code of all stages."""
    sources: dict[str, str] = {}
    for stage in stages:
        sources |= stage.drive.spec.sources
    return StageSpec(
        stage=frozen.workflow.name,
        run_id=run.run_id,
        function="",
        entry="",
        sources=sources,
        digest="",
        folder=str(frozen.folder),
        split="parameter-sweep",
        parameters={},
        record_format="json",
        seed=0,
        run_dir=str(run.path),
    )
