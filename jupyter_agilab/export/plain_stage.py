"""A stage as plain Python: its code, its partitions as they are planned now, and modules to run them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.formats import READER_KEYS
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.dated_json import tagged
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.binding import Bound, bind
from jupyter_agilab.partition.stores import is_url
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.make import require_runnable
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.code import FrozenCode, freeze, freeze_reducer
from jupyter_agilab.run.global_draws import draws_in

PLAIN = Path(__file__).with_name("plain")
_TEXT = frozenset(("csv", "tsv", "jsonl", "text"))
_ANY_FILE = frozenset(("path-str", "path-Path", "file-binary"))
# what the exported reader has for text, and for Parquet
_OF_TEXT = _ANY_FILE | {"file-text", "df-pandas", "rows", "lines"}
_OF_PARQUET = _ANY_FILE - {"file-binary"} | {"df-pandas", "df-polars", "table-arrow", "rows"}
_OF_THE_SLICE = _OF_TEXT | _OF_PARQUET | {"array", "dataset"}
_PLAIN_READER = frozenset(("columns", "delimiter", "encoding"))


def write_plain_stage(
    contract: Contract, folder: Path, plan: Plan, out: Path, *, modules: Sequence[str], per_task: int = 1
) -> list[Path]:
    """Write the stage into the folder `out`; what stands there from an earlier export is replaced.

    Parameters
    ----------
    modules
        The modules of ``export/plain`` that the target needs, besides those that do a partition.
    per_task
        Partitions of one task of an array job.

    Raises
    ------
    PlanError
        The plan cannot run, or what it needs only jupyter-agilab can do; with all findings.
    ContractError
        The function is not there.
    """
    require_runnable(plan)
    code = freeze(contract.function, folder)
    reduce_code = freeze_reducer(contract, folder)
    first = plan.partitions[0] if plan.partition_count else None
    binding = bind(
        code.parameters,
        split=contract.split,
        sweep_names=tuple((first.parameters if first else None) or ()),
        constants=tuple(contract.parameters),
        shared=tuple(contract.shared),
    )
    findings = list(_not_plain(contract, code, plan, binding.bound))
    if findings:
        raise PlanError(f"{contract.name} cannot be exported as plain Python", findings)
    shutil.rmtree(out / "code", ignore_errors=True)
    shutil.rmtree(out / "results", ignore_errors=True)
    (out / "code").mkdir(parents=True)
    written = [_write_source(out / "code", *item) for item in code.sources.items()]
    if reduce_code is not None:
        written += [_write_source(out / "code", *item) for item in reduce_code.sources.items()]
    settings = _settings(contract, folder, plan, out, code, reduce_code, binding.bound, per_task)
    written.append(_write(out / "stage.json", json.dumps(settings, indent=2, default=tagged) + "\n"))
    with (out / "partitions.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(_described(each), default=tagged) + "\n" for each in plan.partitions)
    written.append(out / "partitions.jsonl")
    for name in ("partition_work", "merge_results", *modules):
        written.append(Path(shutil.copyfile(PLAIN / f"{name}.py", out / f"{name}.py")))
    return written


def _settings(
    contract: Contract,
    folder: Path,
    plan: Plan,
    out: Path,
    code: FrozenCode,
    reduce_code: FrozenCode | None,
    bound: Sequence[Bound],
    per_task: int,
) -> dict[str, Any]:
    reader = {name: getattr(contract.partition, name) for name in READER_KEYS}
    return {
        "stage": contract.name,
        "function": f"{code.entry}:{code.function}",
        "data": os.path.relpath(folder, out),
        "arguments": [[each.name, each.source, each.is_positional_only] for each in bound],
        "parameters": dict(contract.parameters),
        "shared": {
            name: {"path": item.path, "format": item.format} for name, item in contract.shared.items()
        },
        "reader": {name: value for name, value in reader.items() if value not in {None, ()}},
        "seed": contract.execution.seed,
        "records": record_format_for(contract),
        "reducer": contract.reducer,
        "reduce": {
            "function": f"{reduce_code.entry}:{reduce_code.function}" if reduce_code else None,
            "options": dict(contract.reduce.options),
        },
        "output": artifact_path(contract),
        "partitions": plan.partition_count,
        "workers": plan.useful_workers,
        "per_task": per_task,
    }


def _described(partition: Partition) -> dict[str, Any]:
    told: dict[str, Any] = {"index": partition.index, "id": partition.id, "kind": partition.kind}
    if partition.kind == "parameters":
        return told | {"parameters": partition.parameters}
    return told | {
        "source": partition.source,
        "format": partition.format,
        "start": partition.start,
        "stop": partition.stop,
        "header_bytes": partition.header_bytes,
    }


def _write_source(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return _write(path, text)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8", newline="")
    return path


def _not_plain(contract: Contract, code: FrozenCode, plan: Plan, bound: Sequence[Bound]) -> Iterator[Finding]:
    """Say what a stage needs that only jupyter-agilab does."""
    if contract.reducer == "custom" and ":" not in (contract.reduce.function or ""):
        yield _finding(
            f"the reducer {contract.reduce.function!r} is part of jupyter-agilab",
            "reduce.function",
            "write it as a function of your own (stages/merge.py:merge), or use concat-jsonl",
        )
    lacking = sorted({name for name in draws_in(code.sources).libraries if name in code_text(code)})
    if lacking:
        yield _finding(
            f"the code imports {', '.join(lacking)}, whose generators only jupyter-agilab starts anew for "
            f"each partition",
            "function",
            "draw from `rng` or `seed` instead",
        )
    for name, item in contract.shared.items():
        if item.format == "pickle":
            yield _finding(f"the shared value {name!r} is a pickle", f"shared.{name}", "store it as JSON")
    needed: set[str] = {each.source for each in bound}
    if "partition" in needed:
        yield _finding("the function takes a Partition, which is a class of ours", "function", "take `path`")
    odd = {name for name in READER_KEYS if getattr(contract.partition, name) not in {None, ()}}
    for name in sorted(odd - _PLAIN_READER):
        yield _finding(
            f"the option {name!r} of [partition] is read by jupyter-agilab only", f"partition.{name}"
        )
    asked = needed & _OF_THE_SLICE
    seen: set[tuple[str, str]] = set()
    for partition in plan.partitions:
        kind = (partition.kind, partition.format)
        if kind in seen or (why := _why_not(partition, asked)) == "":
            seen.add(kind)
            continue
        seen.add(kind)
        yield _finding(f"{partition.describe()}: {why}", "input", "export with whole files, or run it here")


def code_text(code: FrozenCode) -> str:
    """Give all of the code's text."""
    return "\n".join(code.sources.values())


def _why_not(partition: Partition, asked: set[str]) -> str:
    if partition.kind == "parameters":
        return ""
    if is_url(partition.source):
        return "its input is behind a URL"
    if partition.detail:
        return "its part of the file can be found by jupyter-agilab only"
    forms = _ANY_FILE if partition.kind == "file" else frozenset[str]()
    if partition.format in _TEXT and partition.kind in {"file", "bytes"}:
        forms = _OF_TEXT
    elif partition.format == "parquet":
        forms = _OF_PARQUET | forms
    lacking = sorted(asked - forms)
    return f"{partition.format} as {', '.join(lacking)} is read by jupyter-agilab only" if lacking else ""


def _finding(message: str, key: str, hint: str = "") -> Finding:
    return Finding(code="export.not-plain", message=message, level="meaning", key=key, hint=hint)
