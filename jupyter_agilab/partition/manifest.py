"""Manifests: files that list the input files.

A manifest is told from a data file by how the contract names it: ``@files.txt``, or a name that ends in
``.manifest``, ``.manifest.txt``, ``.manifest.json`` or ``.manifest.csv``. Paths in it are relative to the
contract's folder, like every path of a contract.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.matching import Matches, is_pattern

_SUFFIXES = (".manifest", ".manifest.txt", ".manifest.json", ".manifest.csv")
_TOLD = 20


def manifest_path(input_text: str) -> str | None:
    """Give the path of the manifest that ``input`` names, None where it names the data itself."""
    if input_text.startswith("@"):
        return input_text[1:].strip()
    return input_text if input_text.lower().endswith(_SUFFIXES) else None


def read_manifest(path: str, folder: Path) -> Matches:
    """Give the files that a manifest lists, sorted, each once.

    Text: one path per line; empty lines and lines that begin with ``#`` do not count. JSON: a list of paths.
    CSV: the column ``path``, else the first one.

    Raises
    ------
    PlanError
        The manifest is missing or malformed, or lists something that is not a file; all of that at once.
    """
    try:
        text = (folder / path).read_text("utf-8-sig")
    except OSError as error:
        raise _refusal(
            path, f"the manifest {path} cannot be read: {error.strerror}", hint=f"looked in {folder}"
        ) from error
    except UnicodeDecodeError as error:
        where = f"{error.reason} at byte {error.start:,}"
        raise _refusal(path, f"the manifest {path} is not UTF-8 text: {where}") from error
    # items of a JSON list have no line
    unit, has_lines = ("item", False) if path.lower().endswith(".json") else ("line", True)
    listed: dict[str, int] = {}
    problems: list[Finding] = []
    findings: list[Finding] = []
    for number, name in _listed(path, text, folder):
        line = number if has_lines else None
        source = os.path.normpath(name).replace(os.sep, "/")
        if source in listed:
            message = f"{name} is listed twice ({unit} {listed[source]} and {number}); it is used once"
            findings.append(_finding("partition.listed-twice", message, path, line, severity="warning"))
            continue
        listed[source] = number
        if not (folder / source).is_file():
            problems.append(_missing(name, source, path, line, folder))
    if problems:
        summary = f"the manifest {path} lists {_count(len(problems))} that are not there"
        if len(problems) > _TOLD:
            rest = _finding("partition.manifest", f"… and {len(problems) - _TOLD:,} more", path)
            problems[_TOLD:] = [rest]
        raise PlanError(summary, [*problems, *findings])
    return Matches(sorted(listed), findings)


def _listed(path: str, text: str, folder: Path) -> Iterator[tuple[int, str]]:
    suffix = Path(path).suffix.lower()
    if suffix == ".json":
        yield from _from_json(path, text)
    elif suffix == ".csv":
        yield from _from_csv(text, folder)
    else:
        for number, line in enumerate(text.split("\n"), 1):
            name = line.strip()
            if name and not name.startswith("#"):
                yield number, name


def _from_json(path: str, text: str) -> Iterator[tuple[int, str]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise _refusal(path, f"the manifest {path} is not JSON: {error}", line=line) from error
    if not isinstance(value, list):
        raise _refusal(
            path,
            f"the manifest {path} must be a JSON list of paths, not {type(value).__name__}",
            hint='["a.csv"]',
        )
    for number, name in enumerate(value, 1):
        if not isinstance(name, str) or not name.strip():
            raise _refusal(path, f"item {number} of the manifest {path} must be a path, not {name!r}")
        yield number, name


def _from_csv(text: str, folder: Path) -> Iterator[tuple[int, str]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    column = 0
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if number == 1:
            if "path" in cells:
                column = cells.index("path")
                continue
            # without a column named path, a first row that names no file is taken for a header
            if not (folder / cells[0]).is_file():
                continue
        if column < len(cells) and cells[column]:
            yield rows.line_num, cells[column]


def _missing(name: str, source: str, path: str, line: int | None, folder: Path) -> Finding:
    beside = Path(path).parent / source
    place = folder / source
    if place.is_dir():
        message, hint = (
            f"{name} is a folder, not a file",
            f"list its files, or use the pattern {source}/* as `input`",
        )
    elif is_pattern(name):
        message, hint = f"{name} is a pattern; a manifest lists files", "use the pattern as `input`"
    elif beside != Path(source) and (folder / beside).is_file():
        message = f"{name} is not in {folder}"
        hint = f"paths are relative to the contract's folder: write {beside.as_posix()}"
    else:
        message, hint = f"{name} is not a file in {folder}", ""
    return _finding("partition.manifest", message, path, line, hint=hint)


def _count(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"


def _finding(
    code: str, message: str, path: str, line: int | None = None, *, severity: str = "error", hint: str = ""
) -> Finding:
    return Finding(
        code=code,
        message=message,
        level="environment",
        severity="warning" if severity == "warning" else "error",
        key="input",
        path=path,
        line=line,
        hint=hint,
    )


def _refusal(path: str, message: str, *, line: int | None = None, hint: str = "") -> PlanError:
    return PlanError(
        "the input cannot be read", [_finding("partition.manifest", message, path, line, hint=hint)]
    )
