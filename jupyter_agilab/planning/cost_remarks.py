"""What the reader of a plan should know of its cost before running; follows from its estimate."""

from __future__ import annotations

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.planning.cost import Experience, Place
from jupyter_agilab.planning.expected import Estimate
from jupyter_agilab.planning.plan import Plan

_NEAR_LIMIT = 0.9
_SHORT_S = 0.005
_MANY = 50


def cost_remarks(made: Estimate, plan: Plan, place: Place, experience: Experience) -> list[Finding]:
    """Give the findings about memory, skew in time, and partitions too small to be worth it."""
    if not made.is_known:
        return []
    return [*_memory(made, place), *_one_long(made, plan), *_too_small(made, plan, experience)]


def _memory(made: Estimate, place: Place) -> list[Finding]:
    need, limit = made.memory_per_worker_bytes, place.worker_limit_bytes
    if limit and need > _NEAR_LIMIT * limit:
        message = f"a partition takes {_size(need)} of memory, and each worker may take {_size(limit)}"
        return [
            _finding("plan.memory", message, "execution.memory", "raise `memory`, or cut smaller partitions")
        ]
    together = need * made.workers
    if place.memory_bytes and together > _NEAR_LIMIT * place.memory_bytes:
        fitting = max(1, int(_NEAR_LIMIT * place.memory_bytes) // need)
        message = (
            f"{made.workers:,} workers would take {_size(together)} of memory together, and here are "
            f"{_size(place.memory_bytes)}"
        )
        hint = f"lower `workers` to {fitting:,}, or cut smaller partitions"
        return [_finding("plan.memory", message, "workers", hint)]
    return []


def _one_long(made: Estimate, plan: Plan) -> list[Finding]:
    if plan.useful_workers < 2 or plan.partition_count < 3 or made.longest_s < 1.0:
        return []
    if made.longest_s <= made.work_s - made.longest_s:
        return []
    message = (
        f"one partition takes {made.longest_s:.0f} s, longer than all the others together "
        f"({made.work_s - made.longest_s:.0f} s)"
    )
    hint = "cut it into several: more workers do not help"
    return [_finding("plan.skew-in-time", message, "target_partitions", hint)]


def _too_small(made: Estimate, plan: Plan, experience: Experience) -> list[Finding]:
    each_s = made.work_s / plan.partition_count
    if experience.fixed is None or plan.partition_count < _MANY or each_s > _SHORT_S:
        return []
    if made.handing_out_s <= made.work_s:
        return []
    message = (
        f"{plan.partition_count:,} partitions take {each_s * 1000:.2g} ms each, and handing them out takes "
        "longer than that"
    )
    return [_finding("plan.too-small", message, "target_partitions", "merge them into fewer and larger ones")]


def _size(size_bytes: float) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"


def _finding(code: str, message: str, key: str, hint: str) -> Finding:
    return Finding(code=code, message=message, level="environment", severity="warning", key=key, hint=hint)
