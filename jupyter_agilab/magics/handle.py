"""What a stage's name holds in the notebook before the stage has run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from jupyter_agilab.errors import NoResultError
from jupyter_agilab.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class StageHandle:
    """A stage that was written and has no result in this notebook yet.

    Attributes
    ----------
    name
        The stage's name.
    contract_path, module_path
        Its files, absolute.
    plan
        The plan as it was when the cell ran; None where none could be made.
    workflow
        The workflow that the stage is part of; empty where it is run by itself.
    """

    name: str
    contract_path: Path
    module_path: Path
    plan: Plan | None = None
    workflow: str = ""

    def __getattr__(self, attribute: str) -> NoReturn:
        if attribute.startswith("_"):
            # protocols such as copying and displaying ask for what is not there
            raise AttributeError(attribute)
        raise NoResultError(
            f"{self.name} has no {attribute!r}, since it has no result in this notebook",
            hint=f"%parallel_workflow {self.workflow} --run gives it one"
            if self.workflow
            else f"%parallel_run {self.name} gives it one",
        )

    def __repr__(self) -> str:
        partitions = f"{self.plan.partition_count:,} partitions, " if self.plan is not None else ""
        return f"<{self.name}: {partitions}no result in this notebook yet; {self.contract_path.name}>"
