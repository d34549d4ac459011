"""What the function will receive for one partition. Part of `jupyter_agilab.api`; nothing is run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.contract.named import contract_path

if TYPE_CHECKING:
    from jupyter_agilab.run.preview import PartitionPreview


def preview(path: str | Path, partition: int = 0) -> PartitionPreview:
    """Read one partition as a worker would and give the function's arguments; imports and runs nothing.

    Raises
    ------
    ContractError, PlanError
        As `jupyter_agilab.api.plan`; also where nothing fills a parameter.
    AgilabError
        The partition cannot be read.
    """
    from jupyter_agilab.planning.make import make_plan, require_runnable
    from jupyter_agilab.run.preview import preview_partition

    found = contract_path(path)
    contract = load_contract(found)
    made = make_plan(contract, found.parent)
    require_runnable(made)
    return preview_partition(contract, found.parent, made, partition)
