"""Two contracts and two plans, compared in words that a reviewer understands. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.planning.plan import Plan

_COMPARED_ONE_BY_ONE = 200_000
_NAMED = 3
_VALUE_CHARACTERS = 60
_SPLIT_KEYS = frozenset(("by", "columns", "period"))
_NOT_TOLD = frozenset(("schema", "split", "partition", "parameters", "source", "next_steps", "notes"))


def contract_changes(before: Contract, now: Contract) -> list[str]:
    """Say what differs between two contracts, key by key, in the order of a contract; nothing of its code."""
    found = []
    old_split, new_split = split_words(before), split_words(now)
    for name in (field.name for field in dataclasses.fields(Contract)):
        old, new = getattr(before, name), getattr(now, name)
        if name == "split" and old_split != new_split:
            found.append(f"split changed from {old_split} to {new_split}")
        elif name == "parameters":
            found += _named("parameter", old, new)
        elif name == "partition":
            found += _of_table(name, old, new, without=_SPLIT_KEYS)
        elif name == "shared":
            found += _shared(old, new)
        elif name not in _NOT_TOLD and old != new:
            found += _of_table(name, old, new) if dataclasses.is_dataclass(old) else [_told(name, old, new)]
    if before.notes != now.notes:
        found.append("the notes changed")
    return found


def split_words(contract: Contract) -> str:
    """Say how a contract splits its input: ``data-partitions by groups of carrier``."""
    table = contract.partition
    if contract.split != "data-partitions":
        return contract.split
    by = table.by or "rows"
    if table.columns and by != "rows":
        return f"{contract.split} by {by} of {', '.join(table.columns)}" + (
            f", by {table.period}" if table.period else ""
        )
    return f"{contract.split} by {by}" + (f" by {table.period}" if table.period else "")


def plan_changes(before: Plan, now: Plan) -> list[str]:
    """Say what differs between two plans: numbers, inputs that came, went or changed."""
    found = []
    if before.partition_count != now.partition_count:
        found.append(f"{_counted(now.partition_count, 'partition')} instead of {before.partition_count:,}")
    if before.useful_workers != now.useful_workers:
        found.append(f"{_counted(now.useful_workers, 'useful worker')} instead of {before.useful_workers:,}")
    if before.threads_per_worker != now.threads_per_worker:
        threads = _counted(now.threads_per_worker, "thread")
        found.append(f"{threads} per worker instead of {before.threads_per_worker:,}")
    if before.input_files != now.input_files:
        found.append(f"{_counted(now.input_files, 'input file')} instead of {before.input_files:,}")
    if max(before.partition_count, now.partition_count) <= _COMPARED_ONE_BY_ONE:
        found += _partitions(before, now)
    return found


def _partitions(before: Plan, now: Plan) -> Iterator[str]:
    old = {each.id: each for each in before.partitions}
    new = {each.id: each for each in now.partitions}
    sources = [{each.source or each.describe() for each in plan.values()} for plan in (old, new)]
    for names, what in ((sources[1] - sources[0], "new"), (sources[0] - sources[1], "gone")):
        if names:
            yield f"{_names(sorted(names))} {'is' if len(names) == 1 else 'are'} {what}"
    changed = {
        each.source or each.describe()
        for name, each in new.items()
        if name in old and old[name].fingerprint != each.fingerprint
    }
    if changed:
        yield f"the input {_names(sorted(changed))} changed"
    both = sources[0] & sources[1]
    cut_anew = {each.source for name, each in new.items() if name not in old and each.source in both}
    cut_anew -= changed
    if cut_anew:
        yield f"{_names(sorted(cut_anew))} {'is' if len(cut_anew) == 1 else 'are'} cut in another way"


def _names(names: list[str]) -> str:
    told = ", ".join(names[:_NAMED])
    return told if len(names) <= _NAMED else f"{told} and {len(names) - _NAMED:,} more"


def _of_table(table: str, before: Any, now: Any, *, without: frozenset[str] = frozenset()) -> list[str]:
    found = []
    for name in (field.name for field in dataclasses.fields(before)):
        old, new = getattr(before, name), getattr(now, name)
        if name in without or old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += _named(f"{table}.{name}", old, new)
        else:
            found.append(_told(f"{table}.{name}", old, new))
    return found


def _named(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    found = []
    for name in dict.fromkeys((*before, *now)):
        if name not in now:
            found.append(f"{kind} {name} is gone, it was {_value(before[name])}")
        elif name not in before:
            found.append(f"{kind} {name} is new: {_value(now[name])}")
        elif before[name] != now[name] or type(before[name]) is not type(now[name]):
            found.append(_told(f"{kind} {name}", before[name], now[name]))
    return found


def _shared(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    found = []
    for name in dict.fromkeys((*before, *now)):
        if before.get(name) != now.get(name):
            what = "is new" if name not in before else "is gone" if name not in now else "changed"
            found.append(f"shared data {name} {what}")
    return found


def _told(name: str, before: Any, now: Any) -> str:
    if before is None or before == ():
        return f"{name} set to {_value(now)}"
    if now is None or now == ():
        return f"{name} no longer set, it was {_value(before)}"
    return f"{name} {_value(before)} to {_value(now)}"


def _value(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}…"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else noun + 's'}"
