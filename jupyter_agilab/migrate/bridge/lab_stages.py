"""AGILAB's file of stages, ``lab_stages.toml``: read, checked, and written with all else kept.

The older name ``lab_steps.toml`` is read, never written.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.diagnostics import Finding, did_you_mean, errors_in
from jupyter_agilab.errors import OutputError
from jupyter_agilab.migrate.bridge.rows import OWN

FILE, OLDER_FILE = "lab_stages.toml", "lab_steps.toml"
SCHEMA = "agilab.lab_stages.v1"
META = "__meta__"
ENGINES = ("", "runpy", "agi.run", "agi.install")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStages:
    """A file of stages as it was read.

    ``module`` is the key that ``rows`` stand under: AGILAB's project. ``notebook`` is what we kept of the
    notebook that the rows came from; empty for other rows.
    """

    path: Path
    module: str = ""
    rows: tuple[dict[str, Any], ...] = ()
    notebook: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not errors_in(self.findings)


def module_of(folder: Path) -> str:
    """Give AGILAB's key for the stages of a project's folder: its name without ``_project``."""
    name = folder.absolute().name.removesuffix("_project")
    return re.sub(r"[^\w-]+", "_", name, flags=re.ASCII).strip("_") or "notebook"


def read_lab_stages(path: Path, module: str | None = None) -> LabStages:
    """Read a file of stages; what is wrong with it becomes findings.

    Parameters
    ----------
    module
        The project; None takes the folder's, or the only one that the file has.
    """
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        return LabStages(path=path, findings=(_wrong(path, "unreadable", f"it cannot be read: {error}"),))
    except (ValueError, RecursionError) as error:
        return LabStages(path=path, findings=(_wrong(path, "malformed", f"it must be TOML: {error}"),))
    findings = list(_meta_findings(path, data.get(META)))
    modules = {key: value for key, value in data.items() if key != META and isinstance(value, list)}
    usual = module_of(path.parent)
    chosen = module or (usual if usual in modules else next(iter(modules), "") if len(modules) == 1 else "")
    if chosen not in modules:
        has = ", ".join(sorted(modules)) or "none"
        message = f"no stages of {chosen or usual!r} are in it; it has those of: {has}"
        hint = did_you_mean(chosen or usual, modules) or "name one with --module"
        findings.append(_wrong(path, "module", message, hint=hint))
        return LabStages(path=path, findings=tuple(findings))
    if module is None and chosen != usual and path.parent.absolute().name.endswith("_project"):
        message = f"its stages stand under {chosen!r}; AGILAB looks for {usual!r} in this folder"
        findings.append(_wrong(path, "module", message, severity="warning"))
    rows = [row for row in modules[chosen] if isinstance(row, dict)]
    findings += _row_findings(path, rows)
    meta = data.get(META)
    kept = meta.get(f"{chosen}__{OWN}") if isinstance(meta, dict) else None
    return LabStages(
        path=path,
        module=chosen,
        rows=tuple(row for row in rows if _is_shown(row)),
        notebook=kept if isinstance(kept, dict) else {},
        findings=tuple(findings),
    )


def write_lab_stages(
    path: Path, module: str, rows: Sequence[Mapping[str, Any]], notebook: Mapping[str, Any] | None = None
) -> bool:
    """Write the rows of one notebook into the file; gives whether that changed it.

    Rows of other notebooks, other projects, comments and order are kept. Rows that came from the same
    notebook are replaced, at the place of the first of them. The file is written whole or not at all.

    Raises
    ------
    OutputError
        The file is no TOML, has another schema, or cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before = b""
    try:
        if path.exists():
            before = path.read_bytes()
        document = tomlkit.parse(before.decode("utf-8"))
    except (OSError, ValueError, TOMLKitError) as error:
        raise OutputError(f"{path} cannot be read: {error}", hint="correct it, or move it away") from error
    wrong = errors_in(_meta_findings(path, document.get(META)))
    if wrong and META in document:
        raise OutputError(f"{path}: {wrong[0].message}", hint=wrong[0].hint)
    names = {str(row.get("NB_SOURCE_NOTEBOOK", "")) for row in rows}
    old = [row.unwrap() for row in document.get(module, [])]
    place = next((at for at, row in enumerate(old) if row.get("NB_SOURCE_NOTEBOOK") in names), len(old))
    kept = [(at, row) for at, row in enumerate(old) if row.get("NB_SOURCE_NOTEBOOK") not in names]
    whole = [row for at, row in kept if at < place] + [dict(row) for row in rows]
    whole += [row for at, row in kept if at > place]
    if whole != old:
        array = tomlkit.aot()
        for row in whole:
            array.append(_table(row))
        if module in document:
            document.remove(module)
        document.append(module, array)
    meta = document.get(META)
    if meta is None:
        document[META] = meta = tomlkit.table()
    for key, value in (("schema", SCHEMA), ("version", 1)):
        if not meta.get(key):
            meta[key] = value
    if notebook:
        told = _without_nulls(dict(notebook))
        if meta.get(f"{module}__{OWN}") != told:
            meta[f"{module}__{OWN}"] = told
    after = tomlkit.dumps(document).encode()
    if after == before:
        return False
    try:
        write_bytes(path, after)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    return True


def _table(row: Mapping[str, Any]) -> Any:
    import tomlkit

    table = tomlkit.table()
    for key, value in row.items():
        plain = _without_nulls(value)
        if key == "C" and isinstance(plain, str) and "\n" in plain and "\r" not in plain:
            plain = tomlkit.string(plain, multiline=True)
        table[key] = plain
    return table


def _without_nulls(value: Any) -> Any:
    """TOML has no null: leave such keys out, and write it as an empty text in a list."""
    if isinstance(value, Mapping):
        return {str(key): _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return ["" if each is None else _without_nulls(each) for each in value]
    return value


def _is_shown(row: Mapping[str, Any]) -> bool:
    return any(isinstance(row.get(key), str) and row[key].strip() for key in ("Q", "C"))


def _meta_findings(path: Path, meta: Any) -> Iterator[Finding]:
    if meta is None or meta == {}:
        message = f"it has no [{META}] with its schema, so it is read as an older file"
        yield _wrong(path, "metadata", message, severity="info")
        return
    if not isinstance(meta, Mapping):
        yield _wrong(path, "metadata", f"{META} must be a table")
        return
    schema, version = meta.get("schema"), meta.get("version")
    if schema and schema != SCHEMA:
        yield _wrong(path, "schema", f"the schema must be {SCHEMA!r}; it is {schema!r}")
    if version is not None and (isinstance(version, bool) or version != 1):
        hint = "it may be of a newer AGILAB"
        yield _wrong(path, "version", f"the version must be 1; it is {version!r}", hint=hint)


def _row_findings(path: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    ids: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):

        def tell(
            code: str, message: str, *, severity: Any = "error", key: str = "", number: int = number
        ) -> Finding:
            return _wrong(path, code, f"stage {number}: {message}", severity=severity, key=key)

        if not _is_shown(row):
            yield tell("empty-row", "it has neither Q nor C, so AGILAB leaves it out", severity="warning")
            continue
        code = row.get("C", "")
        try:
            ast.parse(code if isinstance(code, str) else "(")
        except (SyntaxError, ValueError) as error:
            yield tell(
                "stage-code-syntax", f"its code is not Python: {getattr(error, 'msg', error)}", key="C"
            )
        if row.get("R", "") not in ENGINES:
            yield tell(
                "engine", f"its engine must be runpy, agi.run or agi.install; it is {row['R']!r}", key="R"
            )
        name = row.get("id")
        if isinstance(name, str) and name:
            if name in ids:
                yield tell("duplicate-id", f"the id {name!r} is that of stage {ids[name]} too", key="id")
            ids.setdefault(name, number)
    needs = {
        row["id"]: [str(each) for each in row.get("depends_on") or ()]
        for row in rows
        if isinstance(row.get("id"), str)
    }
    for number, row in enumerate(rows, start=1):
        for other in row.get("depends_on") or ():
            if other not in ids:
                message = f"stage {number} depends on {other!r}, which no stage is"
                yield _wrong(
                    path, "missing-dependency", message, key="depends_on", hint=did_you_mean(str(other), ids)
                )
    cycle = _cycle(needs)
    if cycle:
        yield _wrong(path, "cycle", f"stages depend on each other: {' -> '.join(cycle)}", key="depends_on")


def _cycle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    done: set[str] = set()
    for start in needs:
        trail: list[str] = []
        stack = [(start, iter(needs[start]))] if start not in done else []
        trail = [start]
        while stack:
            name, rest = stack[-1]
            after = next(rest, None)
            if after is None:
                done.add(name)
                stack.pop()
                trail.pop()
            elif after in trail:
                return [*trail[trail.index(after) :], after]
            elif after in needs and after not in done:
                stack.append((after, iter(needs[after])))
                trail.append(after)
    return []


def _wrong(
    path: Path, code: str, message: str, *, severity: Any = "error", key: str = "", hint: str = ""
) -> Finding:
    return Finding(
        code=f"lab-stages.{code}",
        message=message,
        severity=severity,
        path=str(path),
        key=key or None,
        hint=hint,
    )
