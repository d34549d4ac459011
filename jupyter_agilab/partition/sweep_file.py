"""Reading the file of a parameter sweep: JSON, TOML, YAML or CSV."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import MissingDependencyError, PlanError

_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SPECIAL = {"nan", "inf", "+inf", "-inf", "infinity", "-infinity"}
_TRUTH = {"true": True, "false": False}
_PLAIN = (str, int, float, bool, type(None), datetime.date, datetime.time)
_HARMLESS = frozenset((int, bool, type(None)))
_YAML_TEXT_NUMBER = re.compile(r"[+-]?[0-9]+[eE][+-]?[0-9]+")
_TOLD = 20


@dataclass(frozen=True, slots=True)
class SweepFile:
    """What the file says: names with their values, or a list of sets. One of them is None."""

    grid: dict[str, Any] | None
    sets: list[dict[str, Any]] | None
    findings: tuple[Finding, ...] = ()


def read_sweep_file(source: str, folder: Path) -> SweepFile:
    """Read a sweep's file; the suffix tells its format.

    A mapping is a grid. A list of tables is a list of sets, and so is a mapping whose only key holds a list
    of tables (TOML has no list without a name). A CSV file has one set per row: numbers, ``true`` and
    ``false`` are read as such, an empty cell is None, everything else is text, also ``007``.

    Raises
    ------
    PlanError
        The file is malformed or holds values that cannot be sent to a worker and back.
    MissingDependencyError
        A YAML file, and PyYAML is not installed.
    """
    try:
        text = (folder / source).read_text("utf-8-sig")
    except OSError as error:
        raise _refusal(source, f"the sweep {source} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _refusal(
            source, f"the sweep {source} is not UTF-8 text: {error.reason} at byte {error.start:,}"
        ) from error
    suffix = Path(source).suffix.lower()
    readers = {".json": _json, ".toml": _toml, ".yaml": _yaml, ".yml": _yaml, ".csv": _csv}
    if suffix not in readers:
        raise _refusal(source, f"a sweep must be .json, .toml, .yaml, .yml or .csv, not {source}")
    value = readers[suffix](source, text)
    return _understood(source, value)


def _understood(source: str, value: Any) -> SweepFile:
    findings: list[Finding] = []
    if isinstance(value, dict) and len(value) == 1:
        (name, only), *_ = value.items()
        if isinstance(only, list) and only and all(isinstance(item, dict) for item in only):
            findings.append(
                _finding(
                    source,
                    f"the tables of {name!r} are taken as one set each",
                    code="partition.sets",
                    severity="info",
                    hint="to vary one parameter over tables, add a second key beside it",
                )
            )
            value = only
    if isinstance(value, dict):
        problems = [
            problem for name, item in value.items() for problem in _problems(source, name, name, item)
        ]
        result = SweepFile(value, None, tuple(findings))
    elif isinstance(value, list):
        wrong = next((number for number, item in enumerate(value, 1) if not isinstance(item, dict)), 0)
        if wrong:
            raise _refusal(
                source,
                f"item {wrong} of {source} must be a table of names and values, not {value[wrong - 1]!r}",
                hint='as in [{"lr": 0.1, "seed": 1}, …], or a table of lists: {"lr": [0.1, 0.2]}',
            )
        problems = [
            problem
            for number, item in enumerate(value, 1)
            for name, part in item.items()
            for problem in _problems(source, name, f"{name} of set {number}", part)
        ]
        findings.extend(_uneven(source, value))
        result = SweepFile(None, value, tuple(findings))
    else:
        raise _refusal(
            source, f"{source} must hold a table of names or a list of tables, not {type(value).__name__}"
        )
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise PlanError(f"the sweep {source} cannot be used", errors[:_TOLD])
    return SweepFile(result.grid, result.sets, (*result.findings, *problems[:_TOLD]))


def _problems(source: str, name: Any, where: str, value: Any) -> list[Finding]:
    if not isinstance(name, str) or not name.isidentifier():
        return [_finding(source, f"{name!r} is not a name that a parameter can have")]
    return _value_problems(source, where, value)


def _value_problems(source: str, where: str, value: Any) -> list[Finding]:
    if isinstance(value, list):
        # with most lists nothing can be wrong, and some are long
        if _HARMLESS.issuperset(map(type, value)):
            return []
        return [problem for item in value for problem in _value_problems(source, where, item)]
    if isinstance(value, Mapping):
        keys = [key for key in value if not isinstance(key, str)]
        if keys:
            return [_finding(source, f"{where} has the key {keys[0]!r}; keys inside a value must be text")]
        return [problem for item in value.values() for problem in _value_problems(source, where, item)]
    if not isinstance(value, _PLAIN):
        return [_finding(source, f"{where} is a {type(value).__name__}, which cannot be a parameter")]
    if isinstance(value, float) and value != value:  # noqa: PLR0124  # NaN is the value that differs from itself
        return [
            _finding(
                source,
                f"{where} is NaN (not a number)",
                code="partition.nan",
                severity="warning",
                hint="it is passed on as it is; NaN never equals itself, so filters leave it out",
            )
        ]
    if (
        isinstance(value, str)
        and source.lower().endswith((".yaml", ".yml"))
        and _YAML_TEXT_NUMBER.fullmatch(value)
    ):
        return [
            _finding(
                source,
                f"{where} is the text {value!r}, not a number",
                code="partition.yaml-number",
                severity="warning",
                hint=f"YAML wants a dot in such a number: {value.lower().replace('e', '.0e', 1)}",
            )
        ]
    return []


def _uneven(source: str, sets: list[dict[str, Any]]) -> list[Finding]:
    names = dict.fromkeys(name for item in sets for name in item)
    lacking = [(number, name) for number, item in enumerate(sets, 1) for name in names if name not in item]
    if not lacking:
        return []
    number, name = lacking[0]
    more = f" (and {len(lacking) - 1:,} more like it)" if len(lacking) > 1 else ""
    return [
        _finding(
            source,
            f"set {number} has no {name!r}, which other sets have{more}",
            code="partition.uneven-sets",
            severity="warning",
            hint="the function's default is used there, if it has one",
        )
    ]


def _json(source: str, text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise _refusal(source, f"{twice!r} is there twice in one table of {source}")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise _refusal(
            source, f"{source} is not JSON: {error.msg}", line=error.lineno, column=error.colno
        ) from error
    except RecursionError as error:
        raise _refusal(source, f"{source} is nested too deeply") from error


def _toml(source: str, text: str) -> Any:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        message = f"{source} is not TOML: {str(error).partition(' (at ')[0]}"
        raise _refusal(source, message, line=line, column=column) from error


def _yaml(source: str, text: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise MissingDependencyError(
            f"reading {source} needs PyYAML",
            hint="install it (pip install 'jupyter-agilab[yaml]'), or write the sweep as TOML or JSON",
        ) from error
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"{source} is not YAML: {error.problem or error.context}"
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise _refusal(source, message, line=line, column=column) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _refusal(source, f"{source} is not YAML: {error}") from error


def _csv(source: str, text: str) -> Any:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        table = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _refusal(source, f"{source} is not CSV: {error}", line=rows.line_num) from error
    if not table:
        raise _refusal(source, f"{source} is empty: the first row must name the parameters")
    names = [cell.strip() for cell in table[0][1]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _refusal(source, f"the column {twice!r} is there twice", line=1)
    for line, row in table[1:]:
        if len(row) != len(names):
            raise _refusal(
                source, f"the row has {len(row)} cells where the header has {len(names)}", line=line
            )
    return [{name: cell_value(cell) for name, cell in zip(names, row, strict=True)} for _, row in table[1:]]


def cell_value(cell: str) -> Any:
    """Read one CSV cell: a number, true or false, None where it is empty, else the text as it is."""
    text = cell.strip()
    if not text:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if text.lower() in _SPECIAL or _NUMBER.fullmatch(text):
        return float(text)
    return _TRUTH.get(text.lower(), cell)


def _finding(
    source: str,
    message: str,
    *,
    code: str = "partition.sweep",
    severity: str = "error",
    line: int | None = None,
    column: int | None = None,
    hint: str = "",
) -> Finding:
    return Finding(
        code=code,
        message=message,
        level="environment",
        severity=severity,  # type: ignore[arg-type]  # one of the literals, from calls in this file
        key="input",
        path=source,
        line=line,
        column=column,
        hint=hint,
    )


def _refusal(
    source: str, message: str, *, line: int | None = None, column: int | None = None, hint: str = ""
) -> PlanError:
    return PlanError(
        "the sweep cannot be read", [_finding(source, message, line=line, column=column, hint=hint)]
    )
