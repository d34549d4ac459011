"""An export: what was asked for, and what was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.run.clusters.model import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An export that somebody asked for.

    Attributes
    ----------
    file, contract
        The contract, which has no errors.
    cluster
        Where it is to run; None for this machine.
    out
        The folder to write into; None for the target's usual one.
    enable
        Parts of AGILAB's mode that its installation is to make ready, besides those of the run.
    app
        AGILAB's project, without ``_project``; None takes the folder's name.
    per_task, array_limit, job_limit
        Of an array job: partitions of a task; most tasks of an array, and most jobs in the queue at once.
        None packs as tight as the site demands, and asks the site.
    python
        The command of Python where it will run; None for ``python3``.
    """

    file: ContractFile
    contract: Contract
    cluster: Cluster | None = None
    out: Path | None = None
    enable: tuple[str, ...] = ()
    app: str | None = None
    per_task: int | None = None
    array_limit: int | None = None
    job_limit: int | None = None
    python: str | None = None

    @property
    def folder(self) -> Path:
        """The contract's folder, without links."""
        return self.file.folder.resolve()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    ``files`` are absolute, in the order in which one reads them. ``told`` are sentences about it, ``run`` is
    the command that runs it.
    """

    target: str
    folder: Path
    files: tuple[Path, ...]
    told: tuple[str, ...]
    run: str
