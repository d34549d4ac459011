"""Which exports of a stage are older than its settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.modes import mode_numbered, mode_of
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.export.lab_stages import FILE
from jupyter_agilab.export.settings import ExportSettings, mode_in_use
from jupyter_agilab.export.snippets import STEPS
from jupyter_agilab.run.compiled import compiled_state, is_compiled

FOLDER = "agilab"
"""Where snippets lie, beside the contract."""

_LINE = re.compile(r"^# (settings|cluster|modes enabled): (\S+)", re.MULTILINE)


def stale_exports(contract: Contract, folder: Path) -> list[Finding]:
    """Say which snippets and rows beside a contract were written from other settings than those of now."""
    return list(_stale(contract, folder))


def _stale(contract: Contract, folder: Path) -> Iterator[Finding]:
    state, why = compiled_state(contract, folder)
    if state == "stale":
        yield Finding(
            code="compiled.stale",
            message=why.partition(";")[0],
            level="environment",
            severity="warning",
            key="function",
            hint=f"compile it again: jupyter agilab build {contract.name}",
        )
    for step in STEPS:
        path = folder / FOLDER / f"AGI_{step}_{contract.name}.py"
        if path.is_file():
            told = dict(_LINE.findall(path.read_text("utf-8", errors="replace")))
            cluster = told.get("cluster", "")
            yield from _compared(
                contract,
                folder,
                f"{FOLDER}/{path.name}",
                told.get("settings", ""),
                "" if cluster == "-" else cluster,
                told.get("modes enabled", "0"),
            )
    for row in _rows(folder / FILE):
        if row.get("id") == contract.name and "settings_digest" in row:
            yield from _compared(
                contract,
                folder,
                f"the row {contract.name} of {FILE}",
                str(row["settings_digest"]),
                str(row.get("cluster", "")),
                str(row.get("modes_enabled", 0)),
            )


def _compared(
    contract: Contract, folder: Path, what: str, digest: str, cluster: str, enabled: str
) -> Iterator[Finding]:
    now = _digest_now(contract, folder, cluster, enabled)
    if now == digest:
        return
    why = "the contract or its cluster has changed" if now else f"there is no cluster {cluster!r} any more"
    again = f"jupyter agilab export {contract.name} --to agilab" + (
        f" --cluster {cluster}" if cluster else ""
    )
    yield Finding(
        code="export.stale",
        message=f"{what} is stale: {why} since it was written",
        level="environment",
        severity="warning",
        path=str(folder / FILE) if what.startswith("the row") else str(folder / what),
        hint=f"write it again: {again}",
    )


def _digest_now(contract: Contract, folder: Path, cluster: str, enabled: str) -> str:
    place = None
    if cluster:
        from jupyter_agilab.run.clusters.load import named

        try:
            place = named(folder, cluster)
        except AgilabError:
            return ""
    mode = mode_in_use(contract, place, is_compiled=is_compiled(contract, folder))
    parts = mode_numbered(int(enabled)).parts if enabled.isdigit() and int(enabled) < 16 else frozenset()
    return ExportSettings(contract, place, mode, mode_of(*mode.parts, *parts)).digest()


def _rows(path: Path) -> Iterator[dict[str, object]]:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return
    for key, rows in data.items():
        if key != "__meta__" and isinstance(rows, list):
            yield from (row for row in rows if isinstance(row, dict))
