"""Findings in SARIF 2.1.0, which code hosts show beside the lines of a pull request.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. A notebook's cell is a logical
location; the line in the notebook's file, which is what a code host shows, is told where the file is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings
from jupyter_agilab.migrate.in_step.baseline import fingerprint

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SOURCE = re.compile(r'^\s*"source"\s*:')


def to_sarif(findings: Sequence[NotebookFindings], *, root: Path | None = None) -> dict[str, Any]:
    """Give the SARIF document of the findings of some notebooks; everything in it is JSON-compatible.

    A loop that can be converted is a note (``note``, kind ``informational`` is what GitHub leaves out), one
    that is refused too; what cannot be read has the severity of its finding. ``results`` are in the order of
    `findings`, problems first.

    Parameters
    ----------
    root
        The repository's folder: paths are told relative to it. By default they are told as they are.
    """
    rules: dict[str, dict[str, Any]] = {}
    results = []
    for notebook in findings:
        uri = _uri(notebook.path, root)
        lines = _source_lines(Path(notebook.path))
        for problem in notebook.problems:
            _keep_rule(rules, problem.code, problem.message)
            results.append(_problem(problem, uri, lines))
        for loop in notebook.loops:
            _keep_rule(rules, loop.rule, _about(loop))
            results.append(_loop(loop, uri, lines, notebook.path))
    order = list(rules)
    for result in results:
        result["ruleIndex"] = order.index(result["ruleId"])
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "jupyter-agilab", "rules": list(rules.values())}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _keep_rule(rules: dict[str, dict[str, Any]], code: str, about: str) -> None:
    rules.setdefault(code, {"id": code, "shortDescription": {"text": about}})


def _about(loop: LoopFinding) -> str:
    if loop.verdict == "convert":
        return "A loop that can become a parallel stage"
    return f"A loop that cannot become a parallel stage: {(loop.reason or 'refused').replace('-', ' ')}"


def _loop(loop: LoopFinding, uri: str, lines: Mapping[int, Sequence[int]], path: str) -> dict[str, Any]:
    text = loop.message
    if loop.assumptions:
        text = f"{text} Taken for granted: {'; '.join(each.rstrip('.') for each in loop.assumptions)}."
    result: dict[str, Any] = {
        "ruleId": loop.rule,
        "level": "note",
        "message": {"text": text},
        "locations": [_location(uri, loop.cell, loop.cell_id, loop.line, loop.end_line, lines)],
        "partialFingerprints": {"jupyterAgilabLoop/v1": fingerprint(PurePath(path).name, loop)},
        "properties": {
            "verdict": loop.verdict,
            "kind": loop.kind,
            "form": loop.form,
            "reason": loop.reason,
            "reducer": loop.reducer,
            "rank": loop.rank,
            "cell": loop.cell,
            "line": loop.line,
        },
    }
    if loop.reason_line is not None:
        cell = loop.cell if loop.reason_cell is None else loop.reason_cell
        cell_id = loop.cell_id if cell == loop.cell else ""
        place = _location(uri, cell, cell_id, loop.reason_line, loop.reason_line, lines)
        result["relatedLocations"] = [{"id": 1, "message": {"text": "the reason"}, **place}]
    return result


def _problem(problem: Finding, uri: str, lines: Mapping[int, Sequence[int]]) -> dict[str, Any]:
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    index = int(problem.cell) if problem.cell is not None and problem.cell.isdigit() else None
    if index is not None:
        place = _location(uri, index, "", problem.line or 1, problem.line or 1, lines)
    elif problem.line is not None:
        place["physicalLocation"]["region"] = {"startLine": problem.line}
    hint = f" {problem.hint}" if problem.hint else ""
    return {
        "ruleId": problem.code,
        "level": _LEVELS[problem.severity],
        "message": {"text": f"{problem.message}{hint}"},
        "locations": [place],
    }


def _location(
    uri: str, cell: int, cell_id: str, line: int, end_line: int, lines: Mapping[int, Sequence[int]]
) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    own = lines.get(cell, ())
    if 0 < line <= len(own):
        last = own[min(max(end_line, line), len(own)) - 1]
        physical["region"] = {"startLine": own[line - 1], "endLine": last}
    return {
        "physicalLocation": physical,
        "logicalLocations": [
            {
                "name": cell_id or f"cell {cell + 1}",
                "fullyQualifiedName": f"cells/{cell}/{line}",
                "kind": "element",
            }
        ],
    }


def _uri(path: str, root: Path | None) -> str:
    place = Path(path)
    if root is not None and place.resolve().is_relative_to(root.resolve()):
        place = place.resolve().relative_to(root.resolve())
    if place.is_absolute():
        return place.as_uri()
    return quote(place.as_posix())


def _source_lines(path: Path) -> dict[int, list[int]]:
    """Give, by cell, the line of the notebook's file that holds each line of the source.

    Only where the file has a line for each, as Jupyter writes it; empty otherwise, and for other files.
    """
    if path.suffix != ".ipynb":
        return {}
    try:
        text = path.read_text("utf-8")
        cells = json.loads(text)["cells"]
        sources = [_lines_of(cell) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    found: dict[int, list[int]] = {}
    file_lines = text.split("\n")
    at = 0
    for index, source in enumerate(sources):
        while at < len(file_lines) and not (_SOURCE.match(file_lines[at]) and _fits(file_lines, at, source)):
            at += 1
        if at == len(file_lines):
            return {}
        if source:
            found[index] = [at + 2 + step for step in range(len(source))]
        at += len(source) + 1
    return found


def _lines_of(cell: Mapping[str, Any]) -> list[str]:
    source = cell.get("source", [])
    return [str(line) for line in source] if isinstance(source, list) else []


def _fits(file_lines: Sequence[str], at: int, source: Sequence[str]) -> bool:
    """Tell whether the lines after `at` are the texts of `source`, one each."""
    if not source:
        return True
    for step, line in enumerate(source, start=1):
        if at + step >= len(file_lines):
            return False
        try:
            if json.loads(file_lines[at + step].strip().removesuffix(",")) != line:
                return False
        except ValueError:
            return False
    return True
