"""Export to plain Python: an array job of SLURM, and a Dask script."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.errors import OutputError, UsageError
from jupyter_agilab.export.asked import Asked, Exported
from jupyter_agilab.export.plain_stage import write_plain_stage
from jupyter_agilab.export.sbatch import packing, site_limit, write_array_job
from jupyter_agilab.planning.make import make_plan, require_runnable
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.run.clusters.model import SlurmPlace


def write_sbatch(asked: Asked) -> Exported:
    """Write the array job into ``export/sbatch-NAME``, or where it was asked for.

    Raises
    ------
    UsageError
        The cluster is none of SLURM's, or a number is below 1.
    PlanError, ContractError
        The stage cannot be exported as plain Python; says why.
    OutputError
        The folder cannot be written.
    """
    cluster = asked.cluster
    if cluster is not None and not (isinstance(cluster, SlurmPlace) and cluster.kind == "slurm"):
        raise UsageError(
            f"an array job needs a cluster of the kind slurm; {cluster.name} is of the kind {cluster.kind}"
        )
    plan = _plan(asked)
    pack = packing(
        plan.partition_count,
        array_limit=site_limit() if asked.array_limit is None else asked.array_limit,
        job_limit=asked.job_limit,
        per_task=asked.per_task,
    )
    out = asked.out or asked.folder / "export" / f"sbatch-{asked.contract.name}"
    slurm = cluster if isinstance(cluster, SlurmPlace) else None
    try:
        files = write_array_job(
            asked.contract,
            asked.folder,
            plan,
            out,
            pack=pack,
            directives=dict(_directives(slurm)) if slurm else {},
            prologue=slurm.prologue if slurm else (),
            python=asked.python or (slurm.python if slurm else None),
        )
    except OSError as error:
        raise _unwritable(out, error) from error
    arrays = len(pack.arrays)
    told = (
        f"{plan.partition_count:,} partitions in {pack.tasks:,} tasks of {pack.per_task:,}, "
        f"{arrays} array{'s' if arrays > 1 else ''} of {max(pack.arrays, default=0):,} tasks at most"
    )
    return Exported(
        target="sbatch",
        folder=out,
        files=tuple(files),
        told=(told,),
        run=f"bash {shlex.quote(_shown(out / 'submit.sh'))}",
    )


def write_script(asked: Asked) -> Exported:
    """Write the Dask script into ``export/script-NAME``, or where it was asked for.

    Raises
    ------
    PlanError, ContractError, OutputError
        As `write_sbatch`.
    """
    plan = _plan(asked)
    out = asked.out or asked.folder / "export" / f"script-{asked.contract.name}"
    try:
        files = write_plain_stage(asked.contract, asked.folder, plan, out, modules=("run_on_dask",))
    except OSError as error:
        raise _unwritable(out, error) from error
    return Exported(
        target="script",
        folder=out,
        files=tuple(files),
        told=(f"{plan.partition_count:,} partitions, as they are planned now",),
        run=f"{asked.python or 'python3'} {shlex.quote(_shown(out / 'run_on_dask.py'))}",
    )


def _plan(asked: Asked) -> Plan:
    plan = make_plan(asked.contract, asked.folder)
    require_runnable(plan)
    return plan


def _directives(cluster: SlurmPlace) -> Iterator[tuple[str, str]]:
    if cluster.queue:
        yield "partition", cluster.queue
    if cluster.account:
        yield "account", cluster.account
    if cluster.walltime:
        yield "time", cluster.walltime
    yield "cpus-per-task", str(cluster.cores)
    yield "mem", f"{-(-parse_size(cluster.memory) // 2**20)}M"
    if cluster.gpus:
        yield "gres", f"gpu:{cluster.gpus}"
    for line in cluster.directives:
        name, _, value = line.removeprefix("#SBATCH").strip().lstrip("-").partition("=")
        yield name, value


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(f"{out} cannot be written: {error.strerror or error}", hint="name another folder")


def _shown(path: Path) -> str:
    here = Path.cwd()
    return os.fspath(path.relative_to(here)) if path.is_relative_to(here) else os.fspath(path)
