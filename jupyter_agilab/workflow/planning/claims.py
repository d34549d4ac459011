"""What partitions claim, and whether there is a place that has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.sizes import size_text
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.workflow.amounts import parse_memory, parse_walltime, walltime_text
from jupyter_agilab.workflow.model import Claims, Workflow, WorkflowStage


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one worker of a place has at most; None: not known, so that nothing is refused for it.

    ``named`` are the resources that workers declare; where it is known that there are no others,
    ``named_are_all`` says so. ``described`` completes "… has": ``this machine``.
    """

    described: str
    cpus: float | None = None
    gpus: float | None = None
    memory_bytes: int | None = None
    walltime_s: int | None = None
    named: Mapping[str, float] = field(default_factory=dict)
    named_are_all: bool = False


def claims_of(workflow: Workflow, stage: WorkflowStage, contract: Contract | None = None) -> Claims:
    """Give what one partition of a stage claims: what the stage says, else its group, else its contract."""
    group = workflow.group_of(stage.group).claims if stage.group else Claims()
    table = contract.resources if contract is not None else None
    in_contract = Claims()
    if table is not None:
        in_contract = Claims(cpus=table.cpus, gpus=table.gpus, memory=table.memory, named=table.named)
    sources = (stage.claims, group, in_contract)
    found = {
        name: next((value for each in sources if (value := getattr(each, name)) is not None), None)
        for name in ("cpus", "gpus", "memory", "walltime")
    }
    return Claims(**found, named={**in_contract.named, **group.named, **stage.claims.named})


def unsatisfied(name: str, claims: Claims, room: Room, key: str) -> Iterator[Finding]:
    """Say which claims no worker can meet; without that, a run would wait for ever.

    Parameters
    ----------
    name
        What claims it, as a phrase: ``a partition of train``.
    key
        The key of the table ``resources`` that the claims stand in.
    """
    amounts = (("cpus", claims.cpus, room.cpus), ("gpus", claims.gpus, room.gpus))
    for what, wanted, has in amounts:
        if wanted is not None and has is not None and wanted > has:
            yield _finding(name, what, f"{wanted:g}", f"{has:g}" if has else "none", room, key)
    if claims.memory is not None and room.memory_bytes is not None:
        size = parse_memory(claims.memory)
        if size > room.memory_bytes:
            yield _finding(name, "memory", claims.memory, size_text(room.memory_bytes), room, key)
    longest_s = room.walltime_s
    if claims.walltime is not None and longest_s is not None and parse_walltime(claims.walltime) > longest_s:
        yield _finding(name, "walltime", claims.walltime, walltime_text(longest_s), room, key)
    for resource, wanted in claims.named.items():
        has = room.named.get(resource, 0.0 if room.named_are_all else None)
        if has is not None and wanted > has:
            yield _finding(name, resource, f"{wanted:g}", f"{has:g}" if has else "none", room, key)


def _finding(name: str, what: str, wanted: str, has: str, room: Room, key: str) -> Finding:
    return Finding(
        code="workflow.unsatisfiable",
        message=f"{name} claims {wanted} of {what}, and {room.described} has {has}: it would wait for ever",
        level="environment",
        key=f"{key}.{what}",
        hint="claim less, or run it on a cluster whose workers have it: --cluster NAME",
    )
