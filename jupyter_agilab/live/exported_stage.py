"""What each call and map of a program becomes in a workflow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract, PartitionTable
from jupyter_agilab.contract.new import new_contract
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.live.given import Given, ProgramParts, givens_of
from jupyter_agilab.live.module_text import ModuleText
from jupyter_agilab.live.recorder import Recorded
from jupyter_agilab.workflow.model import Claims, Feed, WorkflowStage
from jupyter_agilab.workflow.named import SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedStage:
    """One stage's files as they will be; ``sets`` are its own sets of parameters, None where it has none."""

    name: str
    stage: WorkflowStage
    contract: Contract
    module_text: str
    sets: list[dict[str, Any]] | None = None

    @property
    def module_path(self) -> str:
        """The module, relative to the workflow's folder."""
        return f"stages/{self.name}.py"

    @property
    def contract_path(self) -> str:
        """The contract, relative to the workflow's folder."""
        return f"{self.name}.parallel_stage.toml"

    @property
    def sets_path(self) -> str:
        """The sets of parameters, relative to the workflow's folder."""
        return f"{self.name}.sets.json"


def exported_stages(
    records: Sequence[Recorded], workflow: str, home: Path
) -> tuple[list[ExportedStage], list[Finding]]:
    """Make the stages of what was recorded, and say what cannot be one."""
    parts = ProgramParts(records)
    stages: list[ExportedStage] = []
    findings: list[Finding] = []
    givens = [givens_of(record, parts) for record in records]
    for given in givens:
        findings += given.findings
    rows_of = {given.rows_of for given in givens if given.rows_of}
    for record, given in zip(records, givens, strict=True):
        module = ModuleText(record.task.unwrapped, given.stage)
        findings += module.findings
        # what is wrong with the others is told too
        if not findings:
            stages += _stages_of(record, given, module, workflow, home, is_rows=given.stage in rows_of)
    return stages, findings


def _stages_of(
    record: Recorded, given: Given, module: ModuleText, workflow: str, home: Path, *, is_rows: bool
) -> list[ExportedStage]:
    """Make the stage of a record, behind one for its items where they go with another stage's elements."""
    made: list[ExportedStage] = []
    feeds = [Feed(stage, "elements", parameter) for parameter, stage in given.elements.items()]
    constants: dict[str, Any] = {}
    sets: list[dict[str, Any]] | None = None
    items = ""
    if given.elements and not given.is_broadcast and given.varying:
        items = f"{given.stage}_items"
        feeds.append(Feed(items, "elements", "item"))
        made.append(_items_stage(items, given, home))
        constants = dict(given.constants)
    elif given.whole or given.rows_of or (given.elements and not given.varying):
        constants = dict(given.constants)
    else:
        sets = given.sets() or [{"number": 0}]
    if given.whole:
        feeds = [Feed(stage, "artifact") for stage in given.whole.values()]
    if given.rows_of:
        feeds = [Feed(given.rows_of, "artifact")]
    adapted = _adapted(given, module, constants, sets, items)
    function = given.function if adapted else module.name
    options = record.task.options
    stage = WorkflowStage(
        name=given.stage,
        contract=f"{given.stage}.parallel_stage.toml",
        inputs=tuple(feeds),
        combine="product" if given.is_broadcast else "zip",
        after=tuple(name for name in given.after if name not in {feed.stage for feed in feeds}),
        replicas=record.window or 0,
        claims=_claims(options),
    )
    source = next((feed.stage for feed in feeds if feed.kind == "artifact"), "")
    contract = _contract(
        given.stage,
        f"stages/{given.stage}.py:{function}",
        home,
        split="data-partitions" if given.rows_of else "files" if source else "parameter-sweep",
        input_=f"artifacts/{source}.{'jsonl' if given.rows_of else 'json'}"
        if source
        else f"{given.stage}.sets.json"
        if sets is not None
        else f"{workflow}{SUFFIX}",
        is_rows=is_rows,
        rows=1 if given.rows_of else None,
    )
    made.append(
        ExportedStage(
            name=given.stage,
            stage=stage,
            contract=contract,
            module_text=module.text(home, adapted),
            sets=sets,
        )
    )
    return made


def _adapted(
    given: Given,
    module: ModuleText,
    constants: Mapping[str, Any],
    sets: Sequence[Mapping[str, Any]] | None,
    items: str,
) -> str:
    """Give the function that the contract names, where that is not the task's own; empty where it is."""
    told = [f"{name}={module.constant(value)}" for name, value in constants.items()]
    takes: list[str] = []
    before: list[str] = []
    call: list[str] = []
    if given.rows_of:
        takes, before, call = ["rows"], ["    (row,) = rows"], ["**row"]
    elif given.whole:
        takes, (parameter,) = ["path: str"], given.whole
        module.add_import("json")
        before = ['    with open(path, encoding="utf-8") as file:', "        results = json.load(file)"]
        call = [f"{parameter}=results"]
    elif items:
        takes = [*given.elements, "item"]
        call = [*(f"{name}={name}" for name in given.elements), "**item"]
    elif constants:
        takes = list(given.elements)
        call = [f"{name}={name}" for name in given.elements]
    elif sets is not None and sets == [{"number": 0}] and not given.elements:
        takes = ["number"]
    else:
        return ""
    if given.takes_rng:
        takes.append("rng")
        call.append("rng=rng")
    lines = [f"def {given.function}({', '.join(takes)}):", *before]
    lines.append(f"    return {module.name}({', '.join([*call, *told])})")
    return "\n".join(lines)


def _items_stage(name: str, given: Given, home: Path) -> ExportedStage:
    """Make a stage that gives each element what belongs to it alone."""
    sets = given.varying_sets()
    names = ", ".join(sets[0])
    text = (
        f"def {name}({names}):\n    return {{{', '.join(f'{json.dumps(key)}: {key}' for key in sets[0])}}}\n"
    )
    return ExportedStage(
        name=name,
        stage=WorkflowStage(name=name, contract=f"{name}.parallel_stage.toml"),
        contract=_contract(
            name, f"stages/{name}.py:{name}", home, split="parameter-sweep", input_=f"{name}.sets.json"
        ),
        module_text=text,
        sets=sets,
    )


def _contract(
    name: str,
    function: str,
    home: Path,
    *,
    split: str,
    input_: str,
    is_rows: bool = False,
    rows: int | None = None,
) -> Contract:
    from dataclasses import replace

    made = new_contract(
        name=name,
        function=function,
        split=split,
        input=input_,
        workers_auto=True,
        min_partitions_per_worker=1,
        reducer="concat-jsonl" if is_rows else "collect-json",
        backend="pool",
        output=f"artifacts/{name}.{'jsonl' if is_rows else 'json'}",
        folder=home,
    )
    return replace(made, partition=PartitionTable(by="rows", rows=rows)) if rows else made


def _claims(options: Any) -> Claims:
    return Claims(
        cpus=float(options.cpus_per_task) if options.cpus_per_task not in {None, 1} else None,
        gpus=options.gpus or None,
        memory=f"{options.mem} B" if isinstance(options.mem, int) else options.mem,
        walltime=options.time if isinstance(options.time, str) else _walltime(options.time),
        named=options.resources,
    )


def _walltime(seconds: float | None) -> str | None:
    from jupyter_agilab.workflow.amounts import walltime_text

    return None if seconds is None else walltime_text(max(1, round(seconds)))
