"""What a workflow's run is told, frozen at submit: ``workflow.json`` in its directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.sealed_json import read_sealed, write_sealed
from jupyter_agilab.workflow.load import check_text
from jupyter_agilab.workflow.model import Workflow

FROZEN: Final = "workflow.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenStage:
    """One stage as it was at submit.

    Attributes
    ----------
    name
        Its name in the workflow.
    contract
        The path of its contract, as the workflow has it.
    run
        Its run's directory; None where it is off.
    is_late
        Whether it is planned when its inputs are there.
    artifact
        The file that it writes.
    claims
        What one of its partitions claims, by name: ``cpus``, ``gpus``, ``memory`` in bytes, and what clusters
        call their resources.
    walltime_s
        Seconds that one partition may take; 0: no limit.
    """

    name: str
    contract: str
    run: RunDirectory | None
    is_late: bool
    artifact: str
    claims: Mapping[str, float]
    walltime_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenWorkflow:
    """What `load_frozen` reads back; ``stages`` come after all that they depend on."""

    workflow: Workflow
    folder: Path
    stages: tuple[FrozenStage, ...]
    workers: int
    threads: int
    backend: str
    pool: str
    settings: Mapping[str, Any]

    @property
    def keep_going(self) -> bool:
        """Whether what does not depend on a failed partition is done."""
        return self.workflow.on_failure == "finish"


def write_frozen(
    run: RunDirectory, text: str, folder: Path, stages: tuple[FrozenStage, ...], facts: Mapping[str, Any]
) -> None:
    """Write what the driver is told; `facts` are the other fields of `FrozenWorkflow`.

    Raises
    ------
    OSError
        It cannot be written.
    """
    told = [
        {
            "name": stage.name,
            "contract": stage.contract,
            "run": str(stage.run.path) if stage.run is not None else None,
            "is_late": stage.is_late,
            "artifact": stage.artifact,
            "claims": dict(stage.claims),
            "walltime_s": stage.walltime_s,
        }
        for stage in stages
    ]
    write_sealed(run.path / FROZEN, {"text": text, "folder": str(folder), "stages": told, **facts})


def load_frozen(run: RunDirectory) -> FrozenWorkflow:
    """Read it back; the workflow was checked at submit.

    Raises
    ------
    AgilabError
        It is not there, or not as it was written.
    """
    try:
        value = read_sealed(run.path / FROZEN)
        workflow = check_text(value.pop("text")).workflow
        stages = [
            FrozenStage(**{**stage, "run": RunDirectory(Path(stage["run"])) if stage["run"] else None})
            for stage in value.pop("stages")
        ]
        folder = Path(value.pop("folder"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AgilabError(f"{run.path / FROZEN} cannot be read: {error}") from error
    if workflow is None:
        raise AgilabError(f"{run.path / FROZEN} holds no workflow")
    return FrozenWorkflow(workflow=workflow, folder=folder, stages=tuple(stages), **value)
