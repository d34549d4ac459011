"""From a notebook to rows of AGILAB's ``lab_stages.toml``: one for each cell that has something to run.

The keys are AGILAB's: D description, Q question, C code, M model, R engine, E environment, and ``NB_*`` for
where the row came from. What AGILAB has no key for (texts between cells, the cell as it was typed) is kept in
a table ``jupyter_agilab`` of the row, so that the way back gives the same notebook.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.bridge.plain import plain_cell
from jupyter_agilab.migrate.bridge.references import imported_packages, named_files
from jupyter_agilab.migrate.bridge.roles import ENGINES, Role, role_named, role_of, with_role

OWN = "jupyter_agilab"
"""Our table in a row, and in the metadata of a notebook or cell."""

NOT_RUN = "not_executed_import"
_CONTROLS = (
    *("automation", "enabled", "skip", "skip_if_outputs_exist", "skip_if_outputs_current", "outputs"),
    *("output_paths", "inputs", "input_paths", "profiles", "pipeline_profiles", "automation_profiles"),
)
_STAGE_CELL_SCHEMA = "agilab.notebook_export.stage_cell.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a notebook, in the order of its cells, and what is wrong with it.

    ``after`` are the texts below the last row's cell. A notebook with an error among the findings is not
    ready for AGILAB.
    """

    rows: tuple[dict[str, Any], ...]
    findings: tuple[Finding, ...] = ()
    notebook: Mapping[str, Any] = field(default_factory=dict)


def rows_of(document: Mapping[str, Any], source: str) -> Rows:
    """Give the rows of a notebook's document (nbformat 4, as JSON); nothing is run.

    A notebook that AGILAB exported gives the rows that it was exported from, with the code as it was edited
    since.

    Parameters
    ----------
    source
        What to call the notebook in the rows; its file name.
    """
    if _exported(document):
        return Rows(rows=tuple(_exported_rows(document, source)), notebook=_kept(document))
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    waiting: list[dict[str, Any]] = []
    for position, cell in enumerate(document.get("cells", []), start=1):
        if not isinstance(cell, dict):
            continue
        text = source_of(cell)
        made = plain_cell(text, f"{position}") if cell.get("cell_type") == "code" else None
        if made is None or not made.code.strip():
            findings += made.findings if made else ()
            waiting.append(_text_cell(cell, position))
            continue
        findings += made.findings
        row = _row(cell, position, text, made.code, waiting, source)
        if made.stage is not None:
            row["kind"] = "parallel_stage"
            row["parallel_stage"] = f"{made.stage}.parallel_stage.toml"
        rows.append(row)
        waiting = []
    if not rows:
        findings.append(
            Finding(
                code="agilab.no-code-cells",
                message="the notebook has no cell that AGILAB could run",
                hint="add a code cell; cells with nothing but magics do not count",
            )
        )
    elif waiting:
        rows[-1].setdefault(OWN, {})["after"] = waiting
    return Rows(rows=tuple(rows), findings=(*findings, *_unparsed(rows)), notebook=_kept(document))


def with_artefacts(rows: Rows, folder: Path) -> Rows:
    """Name, in the rows of stages, the artifact that the stage's contract says; AGILAB does not see it."""
    from jupyter_agilab.contract.artifact import artifact_path
    from jupyter_agilab.contract.load import read_contract

    made = []
    for row in rows.rows:
        file = read_contract(folder / row["parallel_stage"]) if "parallel_stage" in row else None
        if file is None or file.contract is None:
            made.append(row)
            continue
        known = {"produces": [artifact_path(file.contract, file.path.name)]}
        if file.contract.split != "parameter-sweep" or file.contract.input:
            known["inputs"] = [file.contract.input]
        made.append({**known, **row})
    return replace(rows, rows=tuple(made))


def source_of(cell: Mapping[str, Any]) -> str:
    """Give a cell's text, however the file holds it."""
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _row(
    cell: Mapping[str, Any],
    position: int,
    text: str,
    code: str,
    waiting: Sequence[dict[str, Any]],
    source: str,
) -> dict[str, Any]:
    metadata = _metadata(cell)
    contexts = [each for each in waiting if each["type"] == "markdown"]
    title = _title(contexts)
    known = _known_row(metadata)
    row: dict[str, Any] = {
        "D": title,
        "Q": f"Imported cell-{position} from notebook",
        "C": code,
        "M": "",
        "NB_CELL_ID": f"cell-{position}",
        "NB_CELL_INDEX": position,
        "NB_CONTEXT_IDS": [f"markdown-{each['position']}" for each in contexts],
        "NB_ENV_HINTS": imported_packages(code),
        "NB_ARTIFACT_REFERENCES": named_files(code),
        "NB_EXECUTION_MODE": NOT_RUN,
        "NB_SOURCE_NOTEBOOK": source,
    }
    if known:
        # the row that this cell was made of; only what was edited since is new
        changed = {"C": code} if text != known.get(OWN, {}).get("source", known.get("C")) else {}
        if title and title != known.get("D"):
            changed["D"] = title
        if "C" in changed:
            changed |= {key: row[key] for key in ("NB_ENV_HINTS", "NB_ARTIFACT_REFERENCES") if key in known}
        row = {**known, **changed}
    role = role_of({**metadata, "agilab": _without_row(metadata)})
    had = role_named(known.get("NB_RUNTIME_ROLE")) or role_named(known.get("R"))
    if role is None:
        if had is not None:
            row.pop("NB_RUNTIME_ROLE", None)
            row.pop("R", None)
    elif role != had:
        row["R"] = ENGINES[role]
        row["NB_RUNTIME_ROLE"] = role
    count = cell.get("execution_count")
    if not known and isinstance(count, int):
        row["NB_EXECUTION_COUNT"] = count
    own = _own_table(cell, metadata, text, row["C"], waiting)
    row.pop(OWN, None)
    if not known or OWN in known or not _adds_nothing(own, known, role):
        row[OWN] = own
    return row


def _metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _own_table(
    cell: Mapping[str, Any],
    metadata: Mapping[str, Any],
    text: str,
    code: str,
    waiting: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    own: dict[str, Any] = {}
    if isinstance(cell.get("id"), str):
        own["id"] = cell["id"]
    if text != code:
        own["source"] = text
    if waiting:
        own["before"] = [dict(each) for each in waiting]
    rest = {key: value for key, value in metadata.items() if key != "agilab"}
    agilab = _without_row(metadata)
    if agilab:
        rest["agilab"] = agilab
    if rest:
        own["metadata"] = rest
    return own


def _adds_nothing(own: Mapping[str, Any], known: Mapping[str, Any], role: Role | None) -> bool:
    """Tell whether what surrounds a cell is only what the way back writes for a row that AGILAB made."""
    said = known.get("D") or ""
    texts = [each["text"] for each in own.get("before", ())]
    usual = {key: value for key, value in with_role({}, role).items() if value}
    return "source" not in own and texts in ([], [f"# {said}"]) and own.get("metadata", {}) in ({}, usual)


def _text_cell(cell: Mapping[str, Any], position: int) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": str(cell.get("cell_type")), "text": source_of(cell), "position": position}
    if isinstance(cell.get("execution_count"), int):
        kept["count"] = cell["execution_count"]
    if isinstance(cell.get("id"), str):
        kept["id"] = cell["id"]
    if cell.get("metadata"):
        kept["metadata"] = copy.deepcopy(cell["metadata"])
    return kept


def _title(contexts: Sequence[Mapping[str, Any]]) -> str:
    lines = (line.strip().lstrip("#").strip() for each in contexts for line in each["text"].splitlines())
    return next((line for line in lines if line), "")


def _known_row(metadata: Mapping[str, Any]) -> dict[str, Any]:
    own = metadata.get("agilab")
    row = own.get("row") if isinstance(own, Mapping) else None
    return copy.deepcopy(row) if isinstance(row, dict) else {}


def _without_row(metadata: Mapping[str, Any]) -> dict[str, Any]:
    own = metadata.get("agilab")
    return {key: value for key, value in own.items() if key != "row"} if isinstance(own, Mapping) else {}


def _kept(document: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: copy.deepcopy(value) for key, value in document.items() if key != "cells"}
    if _exported(document):
        # the cells are the stages from now on
        del kept["metadata"]["agilab"]["stages"]
    return kept


def _unparsed(rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for row in rows:
        try:
            ast.parse(row["C"])
        except (SyntaxError, ValueError) as error:
            yield Finding(
                code="agilab.syntax",
                message=f"the cell is not Python: {getattr(error, 'msg', error)}",
                cell=str(row["NB_CELL_INDEX"]),
                line=getattr(error, "lineno", None),
                hint="correct it; AGILAB refuses a row that does not parse",
            )


def _exported(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the stages that AGILAB's export wrote into the notebook's metadata."""
    metadata = document.get("metadata")
    own = metadata.get("agilab") if isinstance(metadata, Mapping) else None
    stages = own.get("stages") if isinstance(own, Mapping) else None
    return [stage for stage in stages if isinstance(stage, dict)] if isinstance(stages, list) else []


def _exported_rows(document: Mapping[str, Any], source: str) -> Iterator[dict[str, Any]]:
    edited = _edited_stages(document)
    for number, stage in enumerate(_exported(document)):
        cell, position, code = edited.get(number, ({}, number + 1, str(stage.get("code") or "")))
        if not code.strip():
            continue

        def said(key: str, default: Any = "", *, cell: Any = cell, stage: Any = stage) -> Any:
            value = cell.get(key)
            return value if value not in (None, "", []) else stage.get(key, default)

        lineage = said("notebook_import", {})
        lineage = lineage if isinstance(lineage, Mapping) else {}
        row: dict[str, Any] = {
            "D": str(stage.get("description") or ""),
            "Q": str(stage.get("question") or "") or f"Imported supervisor-stage-{number + 1} from notebook",
            "C": code,
            "M": str(stage.get("model") or ""),
            "NB_CELL_ID": str(lineage.get("cell_id") or said("stage_id") or f"supervisor-stage-{number + 1}"),
            "NB_CELL_INDEX": lineage.get("source_cell_index", position),
            "NB_CONTEXT_IDS": list(lineage.get("context_ids") or [f"agilab-stage-{number + 1}-context"]),
            "NB_ENV_HINTS": imported_packages(code),
            "NB_ARTIFACT_REFERENCES": named_files(code),
            "NB_EXECUTION_MODE": str(lineage.get("execution_mode") or NOT_RUN),
            "NB_SOURCE_NOTEBOOK": str(lineage.get("source_notebook") or source),
        }
        if said("stage_id_explicit", False) and said("stage_id"):
            row["id"] = said("stage_id")
        for key, name in (
            ("label", "label"),
            ("stage_kind", "kind"),
            ("module", "NB_SOURCE_MODULE"),
            ("module_index", "NB_SOURCE_MODULE_INDEX"),
            ("source_stage_fingerprint", "NB_SOURCE_STAGE_FINGERPRINT"),
            ("depends_on", "depends_on"),
            ("produces", "produces"),
            ("runtime", "R"),
            ("env", "E"),
            *((key, key) for key in _CONTROLS),
        ):
            value = said(key, None)
            if value not in (None, "", []):
                row[name] = copy.deepcopy(value)
        if "kind" not in row and stage.get("kind"):
            row["kind"] = stage["kind"]
        role = role_named(cell.get("runtime_role")) or role_named(row.get("R"))
        if role is not None:
            row["NB_RUNTIME_ROLE"] = role
        if isinstance(lineage.get("execution_count"), int):
            row["NB_EXECUTION_COUNT"] = lineage["execution_count"]
        yield row


def _edited_stages(document: Mapping[str, Any]) -> dict[int, tuple[Mapping[str, Any], int, str]]:
    """Give, by number of the stage, the metadata, position and code of its source cell; the first counts."""
    found: dict[int, tuple[Mapping[str, Any], int, str]] = {}
    for position, cell in enumerate(document.get("cells", []), start=1):
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        own = metadata.get("agilab") if isinstance(metadata, Mapping) else None
        stage = own.get("stage_cell") if isinstance(own, Mapping) else None
        if not isinstance(stage, Mapping) or stage.get("schema", _STAGE_CELL_SCHEMA) != _STAGE_CELL_SCHEMA:
            continue
        number = stage.get("stage_index")
        if stage.get("kind") == "source" and isinstance(number, int) and number not in found:
            role = role_of(metadata)
            told = {**stage, **({"runtime_role": role} if role else {})}
            found[number] = (told, position, _stage_code(source_of(cell), number))
    return found


def _stage_code(text: str, number: int) -> str:
    """Give the literal that a source cell assigns to ``STAGE_000_CODE``, else its text."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return text
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(code))):
                if name == f"STAGE_{number:03d}_CODE":
                    return code
    return text
