"""What a contract declares, in words: the rows that every display of it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.contract.model import Contract, ResourcesTable
from jupyter_agilab.panel.figures import duration


def contract_rows(contract: Contract) -> list[tuple[str, str]]:
    """Give names and texts in the order for reading; an empty text means not declared."""
    partition, execution = contract.partition, contract.execution
    reducer: str = contract.reducer
    if contract.reduce.function:
        reducer += f": {contract.reduce.function}"
    if contract.reduce.options:
        reducer += f" ({_assigned(contract.reduce.options)})"
    workers = str(contract.workers)
    if contract.min_partitions_per_worker > 1:
        workers += f", at least {contract.min_partitions_per_worker} partitions each where possible"
    by: str = partition.by or ""
    if partition.columns:
        by += f"{' ' if by else ''}of {', '.join(partition.columns)}"
    if partition.period:
        by += f" by {partition.period}"
    if partition.rows:
        by += f" ({partition.rows:,} each)"
    return [
        ("function", contract.function),
        ("split", f"{contract.split}, {contract.strategy_in_use}"),
        ("by", by),
        ("sets", f"those with {partition.where}" if partition.where else ""),
        ("input", contract.input),
        ("partitions", f"about {contract.target_partitions:,}" if contract.target_partitions else ""),
        ("workers", workers),
        ("reducer", reducer),
        ("backend", contract.backend + (" (threads)" if execution.pool == "threads" else "")),
        ("output", contract.output),
        ("parameters", _assigned(contract.parameters)),
        ("shared", ", ".join(f"{name} ({item.path})" for name, item in contract.shared.items())),
        ("retries", str(execution.retries or "")),
        ("time limit", duration(execution.timeout_s) + " a partition" if execution.timeout_s else ""),
        ("memory", f"{execution.memory} a worker" if execution.memory else ""),
        ("claims", _claims(contract.resources)),
        ("on failure", "finish the other partitions" if execution.on_failure == "finish" else ""),
        ("seed", str(execution.seed or "")),
        ("notes", contract.notes or ""),
    ]


def _assigned(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


def _claims(resources: ResourcesTable) -> str:
    parts = [
        f"{resources.cpus:g} cores" if resources.cpus else "",
        resources.memory or "",
        f"{resources.gpus:g} GPUs" if resources.gpus else "",
    ]
    parts += [f"{amount:g} {name}" for name, amount in resources.named.items()]
    return ", ".join(filter(None, parts))
