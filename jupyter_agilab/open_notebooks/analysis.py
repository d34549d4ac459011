"""What a cell would become as a parallel stage, seen without a kernel and before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast, get_args

from jupyter_agilab.cells import Notebook, NotebookCell
from jupyter_agilab.contract.model import SPLITS, Split
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import FindingsError, UsageError
from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.migrate.finding import LoopFinding
from jupyter_agilab.open_notebooks.header import Header, header_line, split_cell
from jupyter_agilab.open_notebooks.suggest import SuggestedInput, suggested_inputs, suggested_name
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.stage_options import StageOptions, check_name
from jupyter_agilab.stages import StageDraft, contract_file_name, stage_from_cell, usable_contract
from jupyter_agilab.workflow.joining import Joins
from jupyter_agilab.workflow.model import Combine

_MOST_ROUNDS = 20
_LOADS = re.compile(r"^\s*%load_ext\s+jupyter_agilab\b", re.MULTILINE)
_TEXTS = {
    "--split": "split",
    "--input": "input",
    "--reducer": "reducer",
    "--backend": "backend",
    "--partition-strategy": "partition_strategy",
    "--output": "output",
    "--notes": "notes",
    "--item": "item",
    "--returns": "returns",
    "--by": "by",
    "--period": "period",
}
_NUMBERS = {
    "--target-partitions": "target_partitions",
    "--min-partitions-per-worker": "min_partitions_per_worker",
    "--rows": "rows",
}
FIELDS = ("input", "split", "reducer", "item", "returns")
"""What a form beside the cell offers besides the name; each is a flag of the cell's first line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellAnalysis:
    """What the cell would become.

    Attributes
    ----------
    name, header, flags
        The stage's name, the line that would be written above the cell, and the flags it has.
    is_stage
        Whether the cell has such a line already.
    needs_load
        Whether no cell above says ``%load_ext jupyter_agilab``, without which the line is not understood.
    extraction
        The function and what became of each name; None where it cannot even be tried.
    at_run
        Names whose values only the running notebook knows.
    draft
        The stage with its contract and plan; None where the input is still missing.
    findings
        All of them; lines are those of the cell as it stands in the editor.
    loops
        The loops of the cell, as migration judges them.
    inputs
        Inputs that would do.
    """

    name: str
    header: str
    flags: Mapping[str, tuple[str, ...]]
    is_stage: bool
    needs_load: bool
    extraction: Extraction | None
    at_run: tuple[str, ...]
    draft: StageDraft | None
    findings: tuple[Finding, ...]
    loops: tuple[LoopFinding, ...]
    inputs: tuple[SuggestedInput, ...]

    @property
    def ok(self) -> bool:
        """Whether running the cell with its line would make a stage, as far as the text tells."""
        return self.extraction is not None and self.extraction.ok and not errors_in(self.findings)


def analyse_cell(
    notebook: Notebook,
    index: int,
    said: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
    within: Path | None = None,
) -> CellAnalysis:
    """See what stage a cell would make; imports, runs and writes nothing.

    Parameters
    ----------
    notebook
        As the editor has it.
    index
        The cell, from 0 over all cells.
    said
        What a form says of `FIELDS`; an empty text takes a flag away. What it does not say stays as the
        cell's first line has it; an input that nobody says is the first of the suggested ones.
    name
        The stage's name; by default that of the first line, or one made up from what the cell makes.
    within
        Inputs outside of this folder, and on other machines, are not looked at; None: all are.

    Raises
    ------
    UsageError
        There is no such code cell, it is empty or makes a reducer, or a value cannot stand on the line.
    """
    cell = _code_cell(notebook, index)
    header, body = split_cell(cell.source)
    if not body.strip():
        raise UsageError("the cell is empty: there is nothing that a stage could do")
    if body.lstrip().startswith("%%parallel_reduce"):
        raise UsageError("the cell makes a reducer; a stage needs a cell of its own")
    folder = notebook.path.resolve().parent
    flags = dict(header.flags) if header else {}
    inputs = suggested_inputs(notebook, index, folder)
    for field, value in (said or {}).items():
        if value.strip():
            # a form shows the last one of a flag that is repeated; where that is as it was, so are the others
            if flags.get(f"--{field}", ())[-1:] != (value.strip(),):
                flags[f"--{field}"] = (value.strip(),)
        else:
            flags.pop(f"--{field}", None)
    if "--input" not in flags and "input" not in (said or {}) and inputs:
        flags["--input"] = (inputs[0].input,)
        if inputs[0].split is not None and inputs[0].split != "files":
            flags.setdefault("--split", (inputs[0].split,))
    name = name or (header.name if header else "") or suggested_name(replace(cell, source=body), folder)
    told: list[Finding] = []
    context = _context(notebook, cell, folder, first_line=header.lines + 1 if header else 1)
    extraction: Extraction | None = None
    draft: StageDraft | None = None
    at_run: tuple[str, ...] = ()
    try:
        options = _options(name, flags)
        if within is not None:
            _refuse_links(folder / contract_file_name(name), within)
        joins = _joins(flags)
        elsewhere = (
            [] if within is None else _elsewhere(joins.inputs or _input(options, folder), folder, within)
        )
        if elsewhere:
            check_name(name)
            told.append(_not_looked_at(elsewhere[0]))
        else:
            draft, at_run = _drafted(body, options, joins, context)
            extraction = draft.extraction
            told += draft.findings
    except FindingsError as error:
        told += error.findings
    except UsageError as error:
        told.append(_refusal(error, _name_is_bad(name)))
    if extraction is None:
        extraction, at_run = _extracted(body, name, flags, context)
        told = [*(extraction.findings if extraction else ()), *told]
    return CellAnalysis(
        name=name,
        header=header_line(name, flags),
        flags=flags,
        is_stage=header is not None,
        needs_load=not any(_LOADS.search(each.source) for each in notebook.code_cells if each.index < index),
        extraction=extraction,
        at_run=at_run,
        draft=draft,
        findings=(*told, *_at_run(extraction, at_run, context.label)),
        loops=_loops(notebook, index),
        inputs=inputs,
    )


def plan_facts(plan: Plan | None) -> dict[str, Any] | None:
    """Give a plan's figures; None where there is no plan."""
    if plan is None:
        return None
    return {
        "partitions": plan.partition_count,
        "workers": plan.useful_workers,
        "input_files": plan.input_files,
        "rule": plan.rule,
    }


def _code_cell(notebook: Notebook, index: int) -> NotebookCell:
    for cell in notebook.code_cells:
        if cell.index == index:
            return cell
    raise UsageError("only a code cell can become a stage")


def _context(notebook: Notebook, cell: NotebookCell, folder: Path, *, first_line: int) -> CellContext:
    above = [
        ExecutedCell(source=each.source, cell_id=each.id or f"#{each.index + 1}")
        for each in notebook.code_cells
        if each.index < cell.index and each.source.strip()
    ]
    return CellContext(
        cells=above,
        cell_id=cell.id or None,
        notebook=notebook.path.resolve(),
        folder=folder,
        first_line=first_line,
    )


def _options(name: str, flags: Mapping[str, tuple[str, ...]]) -> StageOptions:
    said: dict[str, Any] = {}
    header = Header(flags=flags)
    for flag, field in _TEXTS.items():
        value = header.value(flag)
        if value is not None:
            said[field] = value
    for flag, field in _NUMBERS.items():
        value = header.value(flag)
        if value is not None:
            said[field] = _number(flag, value)
    workers = header.value("--workers")
    if workers is not None or "--workers-auto" in flags:
        said["workers"] = "auto" if workers in {None, "auto"} else _number("--workers", workers)
    columns = header.values("--columns")
    if columns:
        said["columns"] = columns
    for field, known in _choices().items():
        if field in said and said[field] not in known:
            raise UsageError(f"{field} must be one of {', '.join(known)}; {said[field]!r} is not")
    return StageOptions(
        name=name, share=header.values("--share"), allow_pickle="--allow-pickle" in flags, **said
    )


def _joins(flags: Mapping[str, tuple[str, ...]]) -> Joins:
    """Read what the line says of the stage's place in a workflow."""
    header = Header(flags=flags)
    combine, replicas = header.value("--combine"), header.value("--replicas")
    if combine not in (None, *get_args(Combine)):
        raise UsageError(f"combine must be one of {', '.join(get_args(Combine))}; {combine!r} is not")
    return Joins(
        workflow=header.value("--workflow"),
        inputs=flags.get("--input"),
        combine=cast("Combine | None", combine),
        after=header.values("--after") if "--after" in flags else None,
        when=header.value("--when"),
        group=header.value("--group"),
        replicas=_number("--replicas", replicas) if replicas is not None else None,
    )


def _choices() -> dict[str, tuple[str, ...]]:
    from jupyter_agilab.contract.model import BACKENDS, STRATEGIES

    return {"split": SPLITS, "backend": BACKENDS, "partition_strategy": STRATEGIES}


def _number(flag: str, value: str | None) -> int:
    try:
        return int((value or "").replace("_", ""))
    except ValueError:
        raise UsageError(f"{flag} must be a whole number; {value!r} is not") from None


def _drafted(
    body: str, options: StageOptions, joins: Joins, context: CellContext
) -> tuple[StageDraft, tuple[str, ...]]:
    """Make the draft; names that only a running notebook has values for are taken as promised."""
    promised: tuple[str, ...] = ()
    for _ in range(_MOST_ROUNDS):
        share = tuple(dict.fromkeys((*options.share, *promised)))
        draft = stage_from_cell(
            body,
            replace(options, share=share),
            replace(context, promised=frozenset(share)),
            joins,
        )
        more = _computed(draft.extraction, promised)
        if not more:
            break
        promised = (*promised, *more)
    return draft, promised


def _extracted(
    body: str, name: str, flags: Mapping[str, tuple[str, ...]], context: CellContext
) -> tuple[Extraction | None, tuple[str, ...]]:
    """Extract as well as it goes while the input is missing, so that the function can be seen already."""
    from jupyter_agilab.extract.from_cell import extract
    from jupyter_agilab.extract.names import identifier

    header = Header(flags=flags)
    asked = header.value("--split")
    split: Split = asked if asked in get_args(Split) else "files"  # type: ignore[assignment]  # looked up
    promised: tuple[str, ...] = ()
    extraction = None
    for _ in range(_MOST_ROUNDS):
        extraction = extract(
            body,
            name=identifier(name),
            split=split,
            context=replace(context, promised=frozenset(promised)),
            item=header.value("--item"),
            returns=header.value("--returns"),
            share=promised,
        )
        more = _computed(extraction, promised)
        if not more:
            break
        promised = (*promised, *more)
    return extraction, promised


def _computed(extraction: Extraction, promised: tuple[str, ...]) -> tuple[str, ...]:
    names = [finding.key for finding in extraction.findings if finding.code == "extract.computed"]
    return tuple(dict.fromkeys(name for name in names if name and name not in promised))


def _input(options: StageOptions, folder: Path) -> tuple[str, ...]:
    """Give the input that counts where the line has none: that of the contract that is there."""
    check_name(options.name)
    file = usable_contract(folder / contract_file_name(options.name))
    return (file.contract.input,) if file and file.contract and file.contract.input else ()


def _refuse_links(path: Path, within: Path) -> None:
    if not path.resolve().is_relative_to(within.resolve()):
        raise UsageError(f"{path.name} is a link that leads out of the folder that is shown here")


def _elsewhere(inputs: Iterable[str], folder: Path, within: Path) -> list[str]:
    return [each for each in inputs if not _is_within(each, folder, within)]


def _is_within(input_: str, folder: Path, within: Path) -> bool:
    if "://" in input_ or "~" in input_[:1]:
        return False
    # what comes before a wildcard decides: a pattern leads only downwards from there
    fixed = re.split(r"[*?\[{]", input_, maxsplit=1)[0]
    try:
        return (folder / fixed).resolve().is_relative_to(within.resolve()) and ".." not in Path(input_).parts
    except (OSError, ValueError, RuntimeError):
        return False


def _not_looked_at(input_: str) -> Finding:
    return Finding(
        code="cell.input-elsewhere",
        message=f"{input_!r} is outside of the folder that is shown here, so it was not looked at",
        severity="info",
        key="input",
        hint="the plan tells what it finds there when the cell runs",
    )


def _at_run(extraction: Extraction | None, names: tuple[str, ...], label: str | None) -> Iterator[Finding]:
    """Say of names with promised values that they are: in the function they look like shared data."""
    for capture in extraction.captures if extraction else ():
        if capture.name in names:
            yield Finding(
                code="cell.at-run",
                message=f"{capture.name!r} is computed above: its value is taken when the cell runs",
                severity="info",
                key=capture.name,
                cell=label,
                line=capture.line,
                column=capture.column,
                hint=f"a constant goes into the contract; data needs --share {capture.name}",
            )


def _name_is_bad(name: str) -> bool:
    try:
        check_name(name)
    except UsageError:
        return True
    return False


def _refusal(error: UsageError, of_name: bool) -> Finding:
    key = "name" if of_name else "input"
    return Finding(code=f"cell.{key}", message=error.message, severity="error", key=key, hint=error.hint)


def _loops(notebook: Notebook, index: int) -> tuple[LoopFinding, ...]:
    from jupyter_agilab.migrate.finder import find_loops

    return tuple(loop for loop in find_loops(notebook).loops if loop.cell == index)
