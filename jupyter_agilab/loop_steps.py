"""What a migrated loop calls: run a stage on the notebook's items, and give each item with its result."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.contract.dump import write_contract
from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.contract.model import Contract, SharedItem
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.errors import OutputError, PlanError, UsageError
from jupyter_agilab.exact import pack, unpack
from jupyter_agilab.extract.names import bytes_digest, identifier
from jupyter_agilab.modules import find_function, locate_module

if TYPE_CHECKING:
    from jupyter_agilab.result import StageResult

T = TypeVar("T")

ITEMS_SUFFIX = ".items.json"
"""How the file ends to which the notebook writes its items; other files of a sweep are the author's."""


def parallel_steps(
    stage: str | Path | StageResult,
    items: Iterable[T],
    *,
    shared: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    again: bool = False,
) -> Iterator[tuple[T, Any]]:
    """Run a migrated stage on all items, and give each item with its result, in the order of the items.

    Blocks until the run has ended, then gives the pairs. Values have the types that the stage's function
    gave them.

    Parameters
    ----------
    stage
        The stage's name or its contract's path; or its result, where it has run already.
    items
        What the loop goes over. Files must be among those that the contract's input matches, and the sets of
        a grid those of its file.
    shared
        Values of the notebook that the stage reads, by the name under which the stage knows them.
    parameters
        Constants of the notebook that the contract holds; where they differ, the contract takes these.
    again
        Whether items are done again whose results are there from an earlier run.

    Raises
    ------
    UsageError
        The items are not those of the contract.
    RunFailedError
        The run ended without all results.
    ContractError, PlanError, OutputError
        As `jupyter_agilab.run`.
    """
    from jupyter_agilab.api import run
    from jupyter_agilab.run.submit import RunSettings

    listed = list(items)
    if isinstance(stage, str | Path):
        path = contract_path(stage).resolve()
        _prepare(path, listed, shared or {}, parameters or {})
        if not listed:
            return iter(())
        result = run(path, RunSettings(force=again))
    else:
        result = stage
        path = contract_path(result.stage, result.run_dir.parents[3])
    return zip(listed, _values(result, load_contract(path), listed), strict=True)


def stage_items(stage: str | Path, items: Iterable[T]) -> list[T]:
    """Write the items that a migrated stage will go over to its file, and give them as a list.

    For notebooks in which a ``%%parallel_stage`` cell runs the stage; `parallel_steps` does it itself where
    it runs one.

    Raises
    ------
    OutputError
        The file cannot be written.
    ResultTypeError
        An item is of a type that cannot travel.
    """
    listed = list(items)
    path = contract_path(stage).resolve()
    if path.is_file():
        _prepare(path, listed, {}, {})
    return listed


def _prepare(
    path: Path, items: Sequence[Any], shared: Mapping[str, Any], parameters: Mapping[str, Any]
) -> None:
    """Write what the stage needs of the notebook: items and shared values. What is there already stays."""
    contract = load_contract(path)
    folder = path.parent
    if contract.split == "parameter-sweep":
        if contract.input.endswith(ITEMS_SUFFIX):
            name = _first_parameter(contract, folder)
            sets = [{name: pack(item)} for item in items]
            _write(
                folder / contract.input, json.dumps(sets, ensure_ascii=False).encode("utf-8", "surrogatepass")
            )
        else:
            _compare_grid(contract, folder, items)
    table = dict(contract.shared)
    for name, value in shared.items():
        data = json.dumps(pack(value), ensure_ascii=False).encode("utf-8", "surrogatepass")
        relative = f"stages/{identifier(contract.name)}_shared/{name}.json"
        _write(folder / relative, data)
        table[name] = SharedItem(path=relative, format="json", digest=bytes_digest(data))
    values = {**contract.parameters, **{name: _constant(name, value) for name, value in parameters.items()}}
    if table != contract.shared or not _same(list(values.values()), list(contract.parameters.values())):
        write_contract(path, replace(contract, shared=table, parameters=values))


def _constant(name: str, value: Any) -> Any:
    """Give a constant as a contract holds it."""
    from jupyter_agilab.extract.constants import toml_constant
    from jupyter_agilab.extract.imports import ImportTable

    found = toml_constant(value, ImportTable())
    if found is None:
        raise UsageError(
            f"{name} is {_short(value)}, which a contract cannot hold as a parameter",
            hint="migrate the notebook again, so that it travels in another way",
        )
    return found.value


def _write(path: Path, data: bytes) -> None:
    try:
        if path.is_file() and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def _first_parameter(contract: Contract, folder: Path) -> str:
    module, _, function = contract.function.rpartition(":")
    found = locate_module(module, folder)
    source = find_function(found.text, function) if found is not None else None
    if source is not None and source.node.args.args:
        return source.node.args.args[0].arg
    raise UsageError(f"{contract.function} has no parameter that receives an item")


def _compare_grid(contract: Contract, folder: Path, items: Sequence[Any]) -> None:
    """Refuse a grid whose sets are not the notebook's items: the results would belong to others."""
    from jupyter_agilab.partition.sweep_file import read_sweep_file

    file = read_sweep_file(contract.input, folder)
    sets = list(grid_sets(file.grid)) if file.sets is None else file.sets
    changed = [
        number for number, (one, item) in enumerate(zip(sets, items, strict=False), 1) if not _is(one, item)
    ]
    if not changed and len(sets) == len(items):
        return
    what = f"{len(items):,} items, the grid {len(sets):,} sets" if len(sets) != len(items) else ""
    if changed:
        item, one = items[changed[0] - 1], sets[changed[0] - 1]
        what = f"number {changed[0]} is {_short(item)}, in the grid {_short(one)}"
    raise UsageError(
        f"the loop does not go over what {contract.input} says: {what or 'they differ'}",
        hint=f"change {contract.input} to what the notebook says now, or migrate the notebook again",
    )


def grid_sets(grid: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Give the sets of a grid in the order of a sweep: the first name varies slowest."""
    from itertools import product

    axes = {name: each if isinstance(each, list) else [each] for name, each in (grid or {}).items()}
    for values in product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def _is(one: Mapping[str, Any], item: Any) -> bool:
    """Tell whether an item is a set: a mapping of it, its only value, or its values one by one."""
    if isinstance(item, Mapping):
        return dict(item) == one or list(one.values()) == [item]
    values = list(one.values())
    return _same(values, [item]) if len(values) == 1 else _same(values, _flat(item))


def _flat(item: Any) -> list[Any]:
    return [part for inner in item for part in _flat(inner)] if isinstance(item, tuple) else [item]


def _same(values: Sequence[Any], others: Sequence[Any]) -> bool:
    if len(values) != len(others):
        return False
    # NaN is the value that differs from itself; both kinds are compared by their text
    return all(
        bool(one == other) or repr(one) == repr(other) for one, other in zip(values, others, strict=True)
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _values(result: StageResult, contract: Contract, items: Sequence[Any]) -> list[Any]:
    """Give the results in the order of the items."""
    found = [unpack(record) for record in result.records()]
    if contract.split != "files":
        if len(found) != len(items):
            raise UsageError(
                f"{contract.name} has {len(found):,} results, the loop goes over {len(items):,} items",
                hint="run the cell of the stage again",
            )
        return found
    from jupyter_agilab.planning.store import read_plan

    try:
        sources = [partition.source for partition in read_plan(result.run_dir).partitions]
    except PlanError as error:
        raise UsageError(f"the plan of {result.run_id} cannot be read: {error}") from error
    by_source = dict(zip(map(os.path.normpath, sources), found, strict=True))
    wanted = [os.path.normpath(os.fspath(item)) for item in items]
    missing = [source for source in wanted if source not in by_source]
    if missing:
        raise UsageError(
            f"{missing[0]} is not among the files that {contract.input} matches",
            hint=f"change `input` in the contract of {contract.name}, or migrate the notebook again",
        )
    return [by_source[source] for source in wanted]
