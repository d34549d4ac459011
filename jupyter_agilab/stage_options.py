"""What the author of a cell asks for, settled with what the contract says already and with our defaults."""

from __future__ import annotations

import ast
import builtins
import json
import keyword
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.contract.artifact import usual_artifact
from jupyter_agilab.contract.model import (
    REDUCERS,
    SPLITS,
    STRATEGIES_OF_SPLIT,
    Backend,
    Contract,
    PartitionTable,
    ReducerName,
    ReduceTable,
    Split,
    Strategy,
)
from jupyter_agilab.contract.new import new_contract
from jupyter_agilab.contract.paths import relative_to_folder
from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.errors import MissingDependencyError, PlanError, UsageError
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.inputs import KINDS_BY_NAME
from jupyter_agilab.extract.names import identifier, text_digest
from jupyter_agilab.workflow.joining import Joining, no_such_input
from jupyter_agilab.workflow.named import is_workflow_name

_GLOB_CHARACTERS = frozenset("*?[")
_PARTITION_NAMES = frozenset({*KINDS_BY_NAME, "params", "partition", "rng", "seed"})
_SWEEP_SUFFIXES = frozenset({".toml", ".yaml", ".yml"})
_LARGEST_MANIFEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOptions:
    """What the author asked for; None means not said, so that the contract or a default decides.

    Attributes
    ----------
    name
        The stage's name: of the contract, the module, and the variable that holds the result.
    split, input, workers, partition_strategy, target_partitions, min_partitions_per_worker
        As in the contract, and so are ``backend``, ``output`` and ``notes``.
    reducer
        As in the contract, or a ready-made one (``sum``), which is recorded as a custom one.
    item
        The name in the cell that receives the partition, where it is not clear.
    returns
        The name in the cell that is the result; by default the last expression.
    share
        Names whose values are written to files that the workers load.
    allow_pickle
        Whether a shared value may be written as a pickle.
    by, columns, period, rows
        As in ``[partition]``.
    """

    name: str
    split: Split | None = None
    input: str | None = None
    workers: int | Literal["auto"] | None = None
    partition_strategy: Strategy | None = None
    target_partitions: int | None = None
    min_partitions_per_worker: int | None = None
    reducer: str | None = None
    backend: Backend | None = None
    output: str | None = None
    notes: str | None = None
    item: str | None = None
    returns: str | None = None
    share: tuple[str, ...] = ()
    allow_pickle: bool = False
    by: Literal["rows", "groups", "dates", "keys"] | None = None
    columns: tuple[str, ...] | None = None
    rows: int | None = None
    period: Literal["day", "week", "month", "quarter", "year"] | None = None


def joined_options(
    options: StageOptions, joining: Joining, existing: Contract | None, source: str
) -> StageOptions:
    """Give the options of a stage that is in a workflow: what feeds it decides its split and its input.

    Parameters
    ----------
    source
        The cell: one that reads the stage whose artifact it splits gets a partition of it by that name.

    Raises
    ------
    UsageError
        The options ask for a split that cannot be fed by elements.
    """
    options = replace(options, input=joining.own_input)
    if joining.stage.elements:
        if options.split not in {None, "parameter-sweep"}:
            fed_by = joining.stage.elements[0].stage
            raise UsageError(
                f"{options.name!r} is fed by the elements of {fed_by!r}, so its split is not {options.split}",
                hint=f"leave --split out, or split its file: --input {fed_by}.artifact",
            )
        # a grid of its own stays until the line names other inputs
        keeps = existing is not None and existing.split == "parameter-sweep" and not joining.is_said
        own = options.input or (None if keeps else joining.path.name)
        return replace(options, split="parameter-sweep", input=own)
    if joining.stage.artifact_of:
        return _split_of_artifact(options, joining, existing, source)
    return options


def _split_of_artifact(
    options: StageOptions, joining: Joining, existing: Contract | None, source: str
) -> StageOptions:
    split = options.split
    if split is None and existing is not None and not is_workflow_name(existing.input):
        split = existing.split
    made = replace(options, input=joining.artifact(), split=split or "files")
    if split is None:
        made = replace(made, partition_strategy=options.partition_strategy or "one-file-per-partition")
    fed_by = joining.stage.artifact_of
    if made.item is None and re.search(rf"\b{fed_by}\b", source):
        made = replace(made, item=fed_by)
    return made


def check_name(name: str) -> None:
    """Refuse a stage name that is no good name for a variable and a module.

    Raises
    ------
    UsageError
        It is not an ASCII identifier, or Python uses it, or cells read their partition by it.
    """
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise UsageError(
            f"a stage's name must be a Python name of the letters a-z, digits and _; {name!r} is not",
            hint=f"{identifier(name)} would be one",
        )
    if hasattr(builtins, name):
        raise UsageError(
            f"a stage cannot be named {name!r}: its result would hide Python's own {name}() in the notebook",
            hint=f"{name}_stage would do",
        )
    if name in _PARTITION_NAMES:
        raise UsageError(
            f"a stage cannot be named {name!r}: cells read their partition by that name",
            hint=f"{name}_stage would do",
        )


def settle(options: StageOptions, function: str, existing: Contract | None, folder: Path) -> Contract:
    """Give the contract that the options, the existing contract and the defaults come to, in this order.

    Parameters
    ----------
    function
        The contract's ``function``.
    existing
        The contract that is there; its values stay where the options say nothing.
    folder
        The contract's folder.

    Raises
    ------
    UsageError
        The split or the input is missing and cannot be guessed.
    ContractError
        A value is wrong; all errors are told.
    """
    split = settled_split(options, existing, folder)
    if existing is None:
        return _new(options, function, split, folder)
    said: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("workers", "target_partitions", "min_partitions_per_worker", "backend", "notes")
        if getattr(options, name) is not None
    }
    if options.input is not None:
        said["input"] = relative_to_folder(options.input, folder)
    if options.partition_strategy is not None:
        said["partition_strategy"] = options.partition_strategy
    elif split != existing.split and existing.partition_strategy not in STRATEGIES_OF_SPLIT[split]:
        said["partition_strategy"] = STRATEGIES_OF_SPLIT[split][0]
    reducer, reduce_function = settled_reducer(options.reducer, existing)
    reduce = existing.reduce
    if reduce_function != existing.reduce.function:
        # options belong to the function that they were written for
        reduce = ReduceTable(function=reduce_function)
    if options.notes is None and existing.notes in {None, _meaning(existing.reduce.function)}:
        said["notes"] = _meaning(reduce_function)
    if options.output is not None:
        said["output"] = relative_to_folder(options.output, folder, key="output")
    elif existing.output == usual_artifact(existing.name, existing.reducer, existing.reduce.function):
        said["output"] = usual_artifact(options.name, reducer, reduce_function)
    return replace(
        existing,
        name=options.name,
        function=function,
        split=split,
        reducer=reducer,
        reduce=reduce,
        partition=_partition(options, existing.partition),
        **said,
    )


def _new(options: StageOptions, function: str, split: Split, folder: Path) -> Contract:
    reducer, reduce_function = settled_reducer(options.reducer, None)
    made = new_contract(
        name=options.name,
        function=function,
        split=split,
        input=options.input or "",
        workers="auto" if options.workers is None else options.workers,
        partition_strategy=options.partition_strategy,
        target_partitions=options.target_partitions or 0,
        min_partitions_per_worker=2
        if options.min_partitions_per_worker is None
        else options.min_partitions_per_worker,
        reducer=reducer,
        # a scientist who runs a stage expects all cores; AGILAB's own default is one process
        backend=options.backend or "pool",
        output=options.output or usual_artifact(options.name, reducer, reduce_function),
        notes=options.notes or _meaning(reduce_function) or "",
        folder=folder,
    )
    return replace(
        made, reduce=ReduceTable(function=reduce_function), partition=_partition(options, made.partition)
    )


def _partition(options: StageOptions, table: PartitionTable) -> PartitionTable:
    said = {
        name: getattr(options, name)
        for name in ("by", "columns", "period", "rows")
        if getattr(options, name) is not None
    }
    return replace(table, **said) if said else table


def settled_reducer(asked: str | None, existing: Contract | None) -> tuple[ReducerName, str | None]:
    """Give the contract's ``reducer`` and ``[reduce] function``.

    Raises
    ------
    UsageError
        There is no such reducer.
    """
    if asked is None:
        return (existing.reducer, existing.reduce.function) if existing else ("collect-json", None)
    for name in REDUCERS:
        if asked == name:
            kept = existing.reduce.function if existing and existing.reducer == name == "custom" else None
            return name, kept
    known = [*REDUCERS, *ready_made_names()]
    if asked in known:
        return "custom", asked
    raise UsageError(
        f"there is no reducer {asked!r}: use one of {', '.join(known)}", hint=did_you_mean(asked, known)
    )


def _meaning(reduce_function: str | None) -> str | None:
    """Give what a ready-made reducer merges, for the contract's notes; None for every other one."""
    from jupyter_agilab.reduce.registry import ready_made

    found = ready_made(reduce_function)
    return found.meaning if found else None


def ready_made_names() -> tuple[str, ...]:
    """Name the custom reducers that need no function of the author's."""
    from jupyter_agilab.reduce.registry import READY_MADE

    return tuple(each.name for each in READY_MADE)


def settled_split(options: StageOptions, existing: Contract | None, folder: Path) -> Split:
    """Give the split: as asked for, as the contract has it, or as the input leaves no doubt about.

    Raises
    ------
    UsageError
        No input was named, it is not there, or it fits more than one split.
    """
    input_ = options.input if options.input is not None else existing.input if existing else ""
    if not input_:
        raise UsageError(
            f"the split of {options.name!r} is missing: nothing says what the partitions are made from",
            hint='name the input, as in --input "data/*.csv"',
        )
    if options.split is not None:
        return options.split
    if existing is not None and not (options.input is not None and is_workflow_name(existing.input)):
        return existing.split
    guessed = _guessed_split(input_, folder)
    if guessed is None:
        if "://" not in input_ and not (folder / input_).exists():
            raise no_such_input(input_, options.name, folder)
        raise UsageError(
            f"the split of {options.name!r} is missing: {input_!r} can be taken in more than one way",
            hint=f"add --split {', --split '.join(SPLITS[:-1])} or --split {SPLITS[-1]}: "
            "a partition is each file (or part of one), some rows of a table, or one set of parameters",
        )
    return guessed


def _guessed_split(input_: str, folder: Path) -> Split | None:
    if _GLOB_CHARACTERS & set(input_) or (folder / input_).is_dir():
        return "files"
    suffix = Path(input_).suffix.lower()
    if suffix in _SWEEP_SUFFIXES:
        return "parameter-sweep"
    if suffix == ".json":
        return _split_of_json(folder / input_)
    # a text file may list files, and it may be the data
    return None


def _split_of_json(path: Path) -> Split | None:
    """Tell a list of files from a grid or a list of parameter sets."""
    try:
        if path.stat().st_size > _LARGEST_MANIFEST_BYTES:
            return None
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if isinstance(value, list) and value:
        if all(isinstance(item, str) for item in value):
            return "files"
        return None
    if isinstance(value, dict) and any(isinstance(item, list) for item in value.values()):
        return "parameter-sweep"
    return None


def with_reducer(
    contract: Contract, extraction: Extraction, *, output: str | None, notes: str | None, folder: Path
) -> Contract:
    """Give a contract whose results a cell's function merges; what the cell captured are its options."""
    artifact = contract.output
    if output is not None:
        artifact = relative_to_folder(output, folder, key="output")
    elif artifact == usual_artifact(contract.name, contract.reducer, contract.reduce.function):
        artifact = usual_artifact(contract.name, "custom")
    taken = {argument.name for argument in extraction.signature}
    same = contract.reduce.function == extraction.function
    # options that the function takes and the cell does not capture were written by hand
    by_hand = {name: value for name, value in contract.reduce.options.items() if same and name in taken}
    by_author = None if contract.notes == _meaning(contract.reduce.function) else contract.notes
    digest = text_digest(extraction.module_text) if extraction.module_text is not None else None
    return replace(
        contract,
        reducer="custom",
        reduce=ReduceTable(function=extraction.function, options={**by_hand, **extraction.parameters}),
        output=artifact,
        notes=notes or by_author or _first_line(extraction),
        source=replace(contract.source, reduce_digest=digest),
    )


def _first_line(extraction: Extraction) -> str | None:
    """Give what the reducer's docstring says first: a contract should say what its reducer merges."""
    if extraction.module_text is None:
        return None
    for node in ast.parse(extraction.module_text).body:
        if isinstance(node, ast.FunctionDef) and node.name == extraction.function_name:
            return (ast.get_docstring(node) or "").partition("\n")[0] or None
    return None


def sweep_examples(input_: str, folder: Path) -> dict[str, Any]:
    """Name a sweep's parameters, each with one value; none where its file is unreadable: the plan says so."""
    from jupyter_agilab.partition.sweep_file import read_sweep_file

    if is_workflow_name(input_):
        return {}
    try:
        file = read_sweep_file(input_, folder)
    except (PlanError, MissingDependencyError):
        return {}
    if file.sets is None:
        grid = file.grid or {}
        return {name: each[0] if isinstance(each, list) and each else each for name, each in grid.items()}
    examples: dict[str, Any] = {}
    for each in file.sets:
        for name, value in each.items():
            examples.setdefault(name, value)
    return examples
