"""Notebook files to AGILAB's file of stages, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.cells import read_notebook
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import BridgeError, OutputError, UsageError
from jupyter_agilab.migrate.bridge.documents import document_of
from jupyter_agilab.migrate.bridge.lab_stages import (
    FILE,
    OLDER_FILE,
    module_of,
    read_lab_stages,
    write_lab_stages,
)
from jupyter_agilab.migrate.bridge.readiness import Readiness, readiness
from jupyter_agilab.migrate.bridge.rows import rows_of, with_artefacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """What an export or import wrote.

    ``stages`` is how many rows or cells; ``findings`` are those that did not keep it from being written.
    ``readiness`` is that of the notebook.
    """

    path: Path
    module: str
    stages: int
    changed: bool
    findings: tuple[Finding, ...]
    readiness: Readiness


def export_notebook(notebook: Path, *, out: Path | None = None, module: str | None = None) -> Crossed:
    """Write a notebook's cells as rows of ``lab_stages.toml``, each as plain Python; runs nothing.

    Parameters
    ----------
    out
        The file; ``lab_stages.toml`` beside the notebook by default. Rows of other notebooks stay.
    module
        AGILAB's project; by default the folder's name without ``_project``.

    Raises
    ------
    BridgeError
        A cell cannot be said in plain Python, or no cell is left; nothing was written.
    OutputError
        The file cannot be written, or is not one of AGILAB's.
    """
    document = _document(notebook)
    rows = rows_of(document, notebook.name)
    report = readiness(document)
    if errors_in(rows.findings):
        raise BridgeError(f"{notebook.name} is not ready for AGILAB", _in_file(notebook, rows.findings))
    rows = with_artefacts(rows, notebook.absolute().parent)
    path = out or notebook.parent / FILE
    if path.name == OLDER_FILE:
        raise UsageError(f"{OLDER_FILE} is AGILAB's older name", hint=f"write {FILE}")
    key = module or module_of(path.parent)
    changed = write_lab_stages(path, key, rows.rows, rows.notebook)
    return Crossed(
        path=path,
        module=key,
        stages=len(rows.rows),
        changed=changed,
        findings=_in_file(notebook, rows.findings),
        readiness=report,
    )


def import_stages(
    source: Path, *, out: Path | None = None, module: str | None = None, overwrite: bool = False
) -> Crossed:
    """Write a notebook with a cell for each of AGILAB's stages; runs nothing.

    Parameters
    ----------
    source
        ``lab_stages.toml``, the older ``lab_steps.toml``, a folder with one of them, or a notebook that
        AGILAB exported.
    out
        The notebook; by default the one that the rows name, else that of the project, beside `source`.
    overwrite
        Replace a notebook that is there.

    Raises
    ------
    BridgeError
        There are no stages, or the file is damaged; nothing was written.
    UsageError
        There is no such file, or the notebook is there already.
    OutputError
        It cannot be written.
    """
    path = _stages_file(source)
    if path.suffix == ".ipynb":
        read = rows_of(_document(path), path.name)
        rows, kept, findings, key = read.rows, read.notebook, read.findings, module or path.stem
        usual = path.with_name(f"{path.stem}-stages.ipynb")
    else:
        file = read_lab_stages(path, module)
        rows, kept, findings, key = file.rows, file.notebook, file.findings, file.module
        names = {Path(str(row.get("NB_SOURCE_NOTEBOOK") or "")).name for row in rows} - {""}
        usual = path.with_name(names.pop() if len(names) == 1 else f"{key or path.stem}.ipynb")
    if errors_in(findings) or not rows:
        message = f"{path.name} cannot be imported" if findings else f"{path.name} has no stages"
        raise BridgeError(message, _in_file(path, findings))
    target = out or usual.with_suffix(".ipynb")
    if target.exists() and not overwrite:
        raise UsageError(
            f"{target} is there already", hint="name another file with --out, or replace it with --overwrite"
        )
    document = document_of(rows, kept)
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    before = target.read_bytes() if target.exists() else b""
    try:
        write_bytes(target, text.encode())
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
    return Crossed(
        path=target,
        module=key,
        stages=len(rows),
        changed=text.encode() != before,
        findings=_in_file(path, findings),
        readiness=readiness(document),
    )


def readiness_of(notebook: Path) -> Readiness:
    """Report whether a notebook's cells stand on their own; runs nothing.

    Raises
    ------
    BridgeError
        It is not a notebook that can be read.
    """
    return readiness(_document(notebook))


def _stages_file(source: Path) -> Path:
    if source.is_dir():
        for name in (FILE, OLDER_FILE):
            if (source / name).is_file():
                return source / name
        raise UsageError(f"{source} has neither {FILE} nor {OLDER_FILE}")
    if not source.is_file():
        raise UsageError(f"there is no {source}", hint=f"name a {FILE}, or a notebook that AGILAB exported")
    return source


def _document(path: Path) -> Mapping[str, Any]:
    found = read_notebook(path)
    if errors_in(found.findings):
        raise BridgeError(f"{path.name} cannot be read", found.findings)
    document = json.loads(path.read_text("utf-8"))
    if document.get("nbformat") != 4:
        raise UsageError(
            f"{path.name} has format {document.get('nbformat')}; only format 4 can be taken over",
            hint="open it in Jupyter and save it, which writes it in format 4",
        )
    assert isinstance(document, dict)
    return document


def _in_file(path: Path, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(each if each.path or each.cell else replace(each, path=str(path)) for each in findings)
