"""From a cell to a module: what every front end calls."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_agilab.cells import PythonSource, python_source
from jupyter_agilab.contract.model import Split
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.displays import is_ipythons, with_prints
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.job import Job
from jupyter_agilab.extract.parsing import parse
from jupyter_agilab.extract.ready_cell import from_definitions
from jupyter_agilab.extract.ready_function import only_definitions
from jupyter_agilab.extract.rules.magics import magics
from jupyter_agilab.extract.whole_cell import from_statements


def extract(
    source: str,
    *,
    name: str,
    split: Split,
    context: CellContext | None = None,
    item: str | None = None,
    sweep_names: Sequence[str] | Mapping[str, Any] = (),
    elements: Sequence[str] = (),
    returns: str | None = None,
    share: Sequence[str] = (),
    allow_pickle: bool = False,
) -> Extraction:
    """Make a stage's module from a cell's source. Nothing of the user's is run, and nothing is written.

    Parameters
    ----------
    source
        The cell as typed, without the ``%%parallel_stage`` line; IPython syntax is understood.
    name
        The stage's name.
    split
        How the input is split: it decides which names may stand for the partition.
    context
        What is known about the kernel and the notebook.
    item
        The name in the cell that receives the partition; for a sweep, the parameters' names with commas.
    sweep_names
        Names of the grid, in its order; a mapping gives an example value of each, for the annotations.
    elements
        Stages that feed a sweep: by each one's name the cell reads one of its elements.
    returns
        The name whose value the function returns; by default the cell's last expression is returned.
    share
        Captured names to be written as files, see `write_shared`.
    allow_pickle
        Whether a shared value may be written as a pickle where no other format holds it.

    Returns
    -------
    Extraction
        With all findings at once; ``module_text`` is None if one of them is an error.
    """
    return _extracted(
        Job(
            typed=source,
            name=name,
            context=context or CellContext(),
            split=split,
            item=item,
            sweep_names=sweep_names,
            elements=elements,
            returns=returns,
            share=share,
            allow_pickle=allow_pickle,
        )
    )


def extract_reducer(
    source: str,
    *,
    name: str,
    context: CellContext | None = None,
    returns: str | None = None,
    share: Sequence[str] = (),
    allow_pickle: bool = False,
) -> Extraction:
    """Make a custom reducer's module from a cell that reads ``results``, an iterator in partition order.

    Captured constants become the reducer's options (``[reduce]``). Parameters and result are those of
    `extract`.
    """
    return _extracted(
        Job(
            typed=source,
            name=name,
            context=context or CellContext(),
            split="files",
            role="reducer",
            returns=returns,
            share=share,
            allow_pickle=allow_pickle,
        )
    )


def _extracted(job: Job) -> Extraction:
    job.source = python_source(job.typed)
    try:
        statements = parse(job.source.text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _not_python(job, error)
    job.displays = is_ipythons(statements, job.history, job.context.namespace)
    printed: list[ast.Expr] = []
    if job.displays:
        job.source, statements, printed = with_prints(job.source, statements)
    job.cell = job.unit(statements)
    for call in printed:
        message = "a display inside a block becomes a print, which goes to the partition's log"
        job.findings.append(job.cell.finding(call, "extract.display", message, severity="info"))
    if not statements:
        return _empty(job)
    return from_definitions(job) if only_definitions(statements) else from_statements(job)


def _not_python(job: Job, error: BaseException) -> Extraction:
    job.cell = job.unit([])
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    message = getattr(error, "msg", None) or str(error) or "it is nested too deeply"
    if line is not None and column is not None:
        column = _typed_column(job.source, line, column)
    job.findings += magics(job.cell)
    job.findings.append(
        Finding(
            code="cell.syntax",
            message=f"the cell is not Python: {message}",
            level="syntax",
            cell=job.context.label,
            line=line + job.context.first_line - 1 if line is not None else None,
            column=column,
            hint="run the cell once in the notebook, it tells the same",
        )
    )
    return job.finished()


def _typed_column(source: PythonSource, line: int, column: int) -> int:
    return source.typed_column(line, max(column, 1))


def _empty(job: Job) -> Extraction:
    job.findings += magics(job.cell)
    if not errors_in(job.findings):
        job.findings.append(
            Finding(
                code="extract.empty",
                message="the cell has nothing to do",
                cell=job.cell.label,
                hint="write what one partition needs",
            )
        )
    return job.finished()
