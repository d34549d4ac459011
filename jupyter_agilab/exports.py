"""Ways out of a contract: to AGILAB, to a batch system, to plain Python; and compiling its module.

Part of `jupyter_agilab.api`, which offers all of these by the same names.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.contract.load import ContractFile, read_contract
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import ContractError, FindingsError

if TYPE_CHECKING:
    from jupyter_agilab.export.asked import Exported
    from jupyter_agilab.run.compiling import Compiled


def export(
    path: str | Path,
    to: str,
    *,
    cluster: str | None = None,
    out: str | Path | None = None,
    enable: Iterable[str] = (),
    app: str | None = None,
    per_task: int | None = None,
    array_limit: int | None = None,
    job_limit: int | None = None,
    python: str | None = None,
) -> Exported:
    """Write what a contract is elsewhere; runs nothing.

    Parameters
    ----------
    to
        ``agilab``, ``sbatch`` or ``script``; see `jupyter_agilab.export.targets`.
    cluster
        The name of a cluster in ``clusters.toml``.
    out
        The folder to write into.
    enable
        For AGILAB: what its installation makes ready besides what the run uses (``pool``, ``cython``,
        ``cluster``, ``rapids``).
    app
        For AGILAB: the project's name.
    per_task, array_limit, job_limit
        For SLURM: partitions of one array task, most tasks of one array, most jobs in the queue at once.
    python
        The command of Python where it will run.

    Raises
    ------
    ContractError, PlanError, UsageError, ClusterError, OutputError
        It cannot be exported; says why.
    """
    from jupyter_agilab.export.asked import Asked
    from jupyter_agilab.export.targets import target_named

    target = target_named(to)
    file, contract = _usable(path)
    place = None
    if cluster is not None:
        from jupyter_agilab.run.clusters.load import named

        place = named(file.folder, cluster)
    asked = Asked(
        file=file,
        contract=contract,
        cluster=place,
        out=Path(out).absolute() if out is not None else None,
        enable=tuple(enable),
        app=app,
        per_task=per_task,
        array_limit=array_limit,
        job_limit=job_limit,
        python=python,
    )
    try:
        return target.write(asked)
    except FindingsError as error:
        raise type(error)(error.summary, file.located(error.findings), hint=error.hint) from error


def build(path: str | Path) -> Compiled:
    """Compile a stage's module with Cython, for this Python; blocks for some seconds.

    Runs take the compiled module where it is of the code as it is, and say so where it is not.

    Raises
    ------
    ContractError, UsageError, MissingDependencyError, AgilabError
        It cannot be compiled; says why.
    """
    from jupyter_agilab.run.compiling import compile_stage

    file, contract = _usable(path)
    return compile_stage(contract, file.folder.resolve())


def _usable(path: str | Path) -> tuple[ContractFile, Contract]:
    file = read_contract(contract_path(path))
    if file.contract is None or errors_in(file.findings):
        raise ContractError(f"{file.path.name or file.path} cannot be used", file.findings)
    return file, file.contract
