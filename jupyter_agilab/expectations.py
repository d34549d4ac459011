"""What a plan is expected to take: the estimate from trials and runs of the stage that are there.

Part of `jupyter_agilab.api`. Nothing is run and nothing of the author's is imported.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.planning.cost import Experience, Place
from jupyter_agilab.planning.plan import Plan


def with_estimate(contract: Contract, folder: Path, plan: Plan, *, is_here: bool = True) -> Plan:
    """Give the plan with its estimate, and the findings that follow from that.

    Parameters
    ----------
    is_here
        Whether the plan is for this machine: its memory is looked at then.
    """
    from jupyter_agilab.planning.cost_remarks import cost_remarks
    from jupyter_agilab.planning.estimate import estimate

    if not plan.partition_count:
        return plan
    experience = _experience(contract, folder, plan)
    limit = contract.execution.memory
    place = Place(
        cores=plan.cores,
        memory_bytes=_memory_bytes() if is_here and experience.samples else 0,
        worker_limit_bytes=(parse_size(limit) or 0) if limit else 0,
        at_once=contract.backend != "local",
    )
    can_merge = (
        contract.split != "parameter-sweep" and contract.partition_strategy != "one-file-per-partition"
    )
    made = estimate(plan.weights(), plan.useful_workers, experience, place, can_merge=can_merge)
    if is_here and made.is_known and (busy := _busy_cores()) > 0.5:
        kept = f"about {busy:.1f} of {plan.cores:,} cores" if busy < plan.cores else "all cores"
        told = f"Other programs keep {kept} busy now: it may take longer."
        made = replace(made, unknown=(*made.unknown, told))
    found = cost_remarks(made, plan, place, experience)
    return replace(plan, estimate=made, findings=(*plan.findings, *found))


def _experience(contract: Contract, folder: Path, plan: Plan) -> Experience:
    from jupyter_agilab.run.experience import experience_of, has_experience

    folder = folder.resolve()
    # to freeze the code takes longer than to see that nothing was run
    if not has_experience(folder, contract.name):
        return Experience()
    from jupyter_agilab.reduce.registry import record_format_for
    from jupyter_agilab.run.code import freeze
    from jupyter_agilab.run.resume_key import stage_key

    # a function that is not there yet is told of by `check`
    with suppress(AgilabError, OSError):
        key = stage_key(freeze(contract.function, folder), contract, record_format_for(contract))
        return experience_of(folder, contract, key, plan.partitions)
    return Experience()


def _busy_cores() -> float:
    """Give how many cores others have kept busy in the last minute; 0 where the platform does not tell."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return 0.0


def _memory_bytes() -> int:
    from jupyter_agilab.run.memory import total_memory_bytes

    return total_memory_bytes()
