"""An agreed set of findings, kept in a file: only what is not in it is new.

A finding is known again by what it is, not by where it stands: cells may be added above it and lines inside
the cell before it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import OutputError, UsageError
from jupyter_agilab.extract.names import text_digest
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings

SCHEMA = "jupyter_agilab.migration_baseline.v1"
FILE = "migration-baseline.json"
"""The usual name of the file, in the folder that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFinding:
    """What a baseline does not have: a loop, or something that is wrong with a notebook; never both."""

    path: str
    loop: LoopFinding | None = None
    problem: Finding | None = None

    def __str__(self) -> str:
        if self.loop is None:
            return f"{self.path}: {self.problem.message if self.problem else ''}"
        return f"{self.path}: cell {self.loop.cell + 1}, line {self.loop.line}: {self.loop.message}"


def fingerprint(path: str, loop: LoopFinding) -> str:
    """Give the digest by which a finding is known again; `path` is the notebook's, relative to the root.

    Changing what is iterated, what comes out, or the verdict makes another finding of it.
    """
    told = {
        "path": path,
        "form": loop.form,
        "function": loop.in_function,
        "variables": loop.variables,
        "iterable": loop.iterable,
        "outputs": [each.name for each in loop.outputs],
        "verdict": loop.verdict,
        "rule": loop.rule,
        "reason": loop.reason,
    }
    return text_digest(json.dumps(told, sort_keys=True)).partition(":")[2]


def write_baseline(path: Path, findings: Iterable[NotebookFindings], root: Path) -> int:
    """Write the file; gives the number of findings that it holds. The same findings give the same bytes.

    Parameters
    ----------
    root
        The folder that notebooks' paths are relative to.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    rows = sorted(
        (
            {"path": where, "what": told, "fingerprint": mark}
            for where, told, mark, _ in _marked(findings, root)
        ),
        key=lambda row: (row["path"], row["fingerprint"]),
    )
    text = json.dumps({"schema": SCHEMA, "findings": rows}, indent=1, ensure_ascii=False) + "\n"
    try:
        write_bytes(path, text.encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    return len(rows)


def new_findings(findings: Iterable[NotebookFindings], baseline: Path, root: Path) -> tuple[NewFinding, ...]:
    """Give the findings that a baseline does not have, in the order of `findings`.

    Where a notebook has the same finding more often than the baseline, the rest is new. Loops that are too
    small to matter are never new.

    Raises
    ------
    UsageError
        The file is missing, or is not a baseline.
    """
    known = _read(baseline)
    new = []
    for _, _, mark, finding in _marked(findings, root):
        if known[mark] > 0:
            known[mark] -= 1
        else:
            new.append(finding)
    return tuple(new)


def _marked(findings: Iterable[NotebookFindings], root: Path) -> Iterator[tuple[str, str, str, NewFinding]]:
    """Give path, one line about it, fingerprint and finding, for each finding that counts."""
    for notebook in findings:
        place = _relative(notebook.path, root)
        for problem in notebook.problems:
            mark = text_digest(f"{place}\n{problem.code}\n{problem.cell}").partition(":")[2]
            yield place, problem.code, mark, NewFinding(path=place, problem=problem)
        for loop in notebook.loops:
            if loop.reason == "too-small-to-matter":
                continue
            told = f"{loop.verdict} {loop.form} over {loop.iterable or '?'}: {loop.rule}"
            yield place, told, fingerprint(place, loop), NewFinding(path=place, loop=loop)


def _relative(path: str, root: Path) -> str:
    place, root = Path(path).resolve(), root.resolve()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else place.name


def _read(path: Path) -> Counter[str]:
    hint = "write one with: jupyter agilab migrate FOLDER --write-baseline"
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"there is no baseline {path}", hint=hint) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a baseline: {error}", hint=hint) from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise UsageError(f"{path} is not a baseline: its schema is not {SCHEMA!r}", hint=hint)
    rows: Sequence[object] = document.get("findings") or ()
    marks = [row.get("fingerprint") for row in rows if isinstance(row, dict)]
    return Counter(mark for mark in marks if isinstance(mark, str))
