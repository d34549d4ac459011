"""What is wrong with a contract's choice of reducer: found by reading it, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.reduce.registry import READY_MADE, ReadyMade, extension_for, ready_made

_KNOWN_SUFFIXES = {
    ".json": (".json",),
    ".jsonl": (".jsonl", ".ndjson"),
    ".csv": (".csv",),
    ".parquet": (".parquet", ".pq"),
}
_MISLEADING = frozenset({".gz", ".bz2", ".xz", ".zst", ".zip", ".xlsx", ".arrow", ".feather"}).union(
    *_KNOWN_SUFFIXES.values()
)


def check_reduce(contract: Contract) -> tuple[Finding, ...]:
    """Give the findings about ``reducer``, ``[reduce]`` and the suffix of ``output``."""
    return (*_check_table(contract), *_check_suffix(contract))


def _check_table(contract: Contract) -> Iterator[Finding]:
    function = contract.reduce.function
    if contract.reducer != "custom":
        if function or contract.reduce.options:
            yield Finding(
                code="reduce.unused-table",
                severity="warning",
                key="reduce",
                message=f'[reduce] is for reducer = "custom" only; this contract has {contract.reducer!r}',
                hint='Set reducer = "custom", or delete the table.',
            )
        return
    names = [each.name for each in READY_MADE]
    if not function:
        yield Finding(
            code="reduce.no-function",
            key="reduce.function",
            message='reducer = "custom" needs the function that merges the results: [reduce] function',
            hint=f"Name your own (stages/merge.py:merge) or a ready-made one: {', '.join(names)}.",
        )
        return
    if ":" in function:
        return
    found = ready_made(function)
    if found is None:
        yield Finding(
            code="reduce.unknown-function",
            key="reduce.function",
            message=f"{function!r} is no ready-made reducer; those are {', '.join(names)}",
            hint=did_you_mean(function, names) or "Your own function is written as stages/merge.py:merge.",
        )
        return
    yield from _check_options(found, contract)


def _check_options(found: ReadyMade, contract: Contract) -> Iterator[Finding]:
    known = found.options
    given = contract.reduce.options
    for name, parameter in known.items():
        if parameter.default is Parameter.empty and name not in given:
            yield Finding(
                code="reduce.missing-option",
                key=f"reduce.{name}",
                message=f"{found.name} needs the option {name!r} in [reduce]",
            )
    for name, value in given.items():
        if name not in known:
            yield Finding(
                code="reduce.unknown-option",
                key=f"reduce.{name}",
                message=f"{found.name} has no option {name!r}; it takes {', '.join(known)}",
                hint=did_you_mean(name, known),
            )
        elif not _fits(value, known[name].annotation):
            yield Finding(
                code="reduce.option-type",
                key=f"reduce.{name}",
                message=f"the option {name!r} of {found.name} is {_expected(known[name].annotation)}, "
                f"not {value!r}",
            )


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is UnionType:
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is list:
        return isinstance(value, (list, tuple)) and all(isinstance(item, get_args(kind)) for item in value)
    return isinstance(value, kind)


def _expected(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(repr, get_args(kind)))
    if get_origin(kind) is UnionType:
        return " or ".join(_expected(each) for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is list:
        return 'a list of names, as in ["count", "total"]'
    return {bool: "true or false", str: "a text"}.get(kind, str(kind))


def _check_suffix(contract: Contract) -> Iterator[Finding]:
    output = PurePath(artifact_path(contract))
    suffix = output.suffix.lower()
    is_own_function = contract.reducer == "custom" and (
        ready_made(contract.reduce.function) is None or extension_for(contract) == ".json"
    )
    fits = _KNOWN_SUFFIXES[extension_for(contract)]
    if is_own_function:
        fits = tuple(each for group in _KNOWN_SUFFIXES.values() for each in group)
    if suffix in _MISLEADING and suffix not in fits:
        what = "your function" if is_own_function else (contract.reduce.function or contract.reducer)
        yield Finding(
            code="reduce.output-suffix",
            severity="warning",
            key="output",
            message=f"output ends in {suffix}, which is not what {what} writes ({', '.join(fits)})",
            hint=f"Name it {output.with_suffix(fits[0]).name}.",
        )
