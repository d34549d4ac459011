"""A plain SLURM array job: one script, packed so that the site's limits are kept."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import UsageError
from jupyter_agilab.export.plain_stage import write_plain_stage
from jupyter_agilab.planning.plan import Plan

USUAL_LIMIT = 1001
"""``MaxArraySize`` where an administrator has not set it."""

_NO_LIMIT = re.compile(r"^\s*MaxArraySize\s*=\s*(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Packing:
    """How partitions are packed into arrays.

    Attributes
    ----------
    per_task
        Partitions of one array task.
    tasks
        Array tasks in all.
    arrays
        Number of tasks of each array, submitted one after the other.
    """

    per_task: int
    tasks: int
    arrays: tuple[int, ...]


def packing(partitions: int, *, array_limit: int, job_limit: int | None, per_task: int | None) -> Packing:
    """Pack partitions into tasks, so that neither one array nor what is submitted at once is too much.

    Parameters
    ----------
    array_limit
        The site's ``MaxArraySize``: most tasks of one array.
    job_limit
        Most jobs of a user in the queue; each task of an array is one.
    per_task
        Partitions of a task; by default so many that one array is enough.

    Raises
    ------
    UsageError
        A number is below 1.
    """
    given = {"array limit": array_limit, "job limit": job_limit, "partitions per task": per_task}
    for name, number in given.items():
        if number is not None and number < 1:
            raise UsageError(f"the {name} must be 1 or more; got {number}")
    most = min(array_limit, job_limit or array_limit)
    size = per_task or max(1, -(-partitions // most))
    tasks = -(-partitions // size)
    full, rest = divmod(tasks, most)
    return Packing(size, tasks, (*([most] * full), *([rest] if rest else [])))


def site_limit() -> int:
    """Give the ``MaxArraySize`` of the SLURM that this machine belongs to, else what is usual."""
    if shutil.which("scontrol"):
        try:
            told = subprocess.run(
                ["scontrol", "show", "config"], capture_output=True, text=True, timeout=10, check=False
            ).stdout
        except (OSError, subprocess.TimeoutExpired):
            told = ""
        found = _NO_LIMIT.search(told)
        if found and int(found[1]) > 0:
            return int(found[1])
    return USUAL_LIMIT


def write_array_job(
    contract: Contract,
    folder: Path,
    plan: Plan,
    out: Path,
    *,
    pack: Packing,
    directives: Mapping[str, str],
    prologue: Sequence[str] = (),
    python: str | None = None,
) -> list[Path]:
    """Write the array job into `out`: ``bash submit.sh`` runs all of it.

    Parameters
    ----------
    directives
        Of ``#SBATCH``: name without dashes to value, empty for one that has none.
    prologue
        Shell lines that prepare a node, verbatim.
    python
        The command of Python on the nodes.

    Raises
    ------
    PlanError, ContractError
        As `write_plain_stage`.
    """
    written = write_plain_stage(contract, folder, plan, out, modules=("array_task",), per_task=pack.per_task)
    job, submit = out / "task.sbatch", out / "submit.sh"
    job.write_text(_job_text(contract, directives, prologue, python), "utf-8")
    submit.write_text(_submit_text(contract, pack), "utf-8")
    (out / "logs").mkdir(exist_ok=True)
    submit.chmod(0o755)
    return [*written, job, submit]


def _job_text(
    contract: Contract, directives: Mapping[str, str], prologue: Sequence[str], python: str | None
) -> str:
    lines = [
        "#!/bin/bash",
        f"#SBATCH --job-name={contract.name}",
        "#SBATCH --output=logs/%A-%a.txt",
        *(
            f"#SBATCH --{name}={value}" if value else f"#SBATCH --{name}"
            for name, value in directives.items()
        ),
        f"# One task of {contract.name}: some of its partitions. Submit it with: bash submit.sh",
        *prologue,
        "# FIRST_TASK is set where the tasks are more than one array may have",
        "task=$((${FIRST_TASK:-0} + SLURM_ARRAY_TASK_ID))",
        f'exec "${{PYTHON:-{python or "python3"}}}" array_task.py "$task"',
    ]
    return "\n".join(lines) + "\n"


def _submit_text(contract: Contract, pack: Packing) -> str:
    first = 0
    lines = [
        "#!/bin/bash",
        f"# Runs {contract.name}: {pack.per_task} partition(s) per task, {len(pack.arrays)} array job(s),",
        "# then merges the results. Run it again after a failure: tasks that are done do nothing.",
        "set -eu",
        'cd "$(dirname "$0")"',
        "failed=0",
    ]
    for tasks in pack.arrays:
        lines.append(
            f"FIRST_TASK={first} sbatch --wait --export=ALL --array=0-{tasks - 1} task.sbatch || failed=1"
        )
        first += tasks
    lines += [
        '[ "$failed" = 0 ] || { echo "some tasks failed: see logs/" >&2; exit 1; }',
        f'"${{PYTHON:-python3}}" merge_results.py || {{ echo {quote("the merge failed")} >&2; exit 1; }}',
    ]
    return "\n".join(lines) + "\n"
