"""A row of AGILAB's ``lab_stages.toml`` for a stage: what its WORKFLOW page runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import replacing
from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.errors import OutputError
from jupyter_agilab.export.settings import ExportSettings
from jupyter_agilab.export.snippets import Snippet

FILE = "lab_stages.toml"
SCHEMA = "agilab.lab_stages.v1"


def row_of(settings: ExportSettings, snippet: Snippet, contract_name: str) -> dict[str, Any]:
    """Give the row: AGILAB's keys, then which contract it is of and the digest of its settings."""
    contract = settings.contract
    return {
        "id": contract.name,
        "label": contract.name,
        "kind": "parallel_stage",
        "D": contract.notes or f"Parallel stage {contract.name}",
        "Q": f"Run the parallel stage {contract.name}",
        "M": "",
        "C": snippet.text,
        "R": "agi.run",
        "E": "",
        "produces": [artifact_path(contract, contract_name)],
        "parallel_stage": contract_name,
        "settings_digest": settings.digest(),
        "cluster": settings.cluster.name if settings.cluster else "",
        "mode": settings.mode.number,
        "modes_enabled": settings.enabled.number,
    }


def put_row(path: Path, module: str, row: Mapping[str, Any]) -> None:
    """Put a row into the file, in the place of the stage's older one; all else keeps every byte.

    Raises
    ------
    OutputError
        The file is no TOML, is of another schema, has a row of that id that is not ours, or cannot be
        written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
    except (OSError, ValueError, TOMLKitError) as error:
        raise OutputError(f"{path} cannot be read: {error}", hint="correct it, or move it away") from error
    meta = document.get("__meta__")
    if meta is None:
        document["__meta__"] = {"schema": SCHEMA, "version": 1}
    elif meta.get("schema") != SCHEMA:
        raise OutputError(f"{path} has the schema {meta.get('schema')!r}, and {SCHEMA!r} was expected")
    rows: Any = document.get(module)
    if rows is None:
        rows = document[module] = tomlkit.aot()
        rows = document[module]
    made = tomlkit.table()
    for key, value in row.items():
        made[key] = tomlkit.string(value, multiline=True) if key == "C" else value
    place = next((at for at, other in enumerate(rows) if other.get("id") == row["id"]), None)
    if place is None:
        rows.append(made)
    elif rows[place].get("parallel_stage") != row["parallel_stage"]:
        raise OutputError(
            f"{path.name} has a row {row['id']!r} in [{module}] that is not this stage's",
            hint="rename the stage, or that row",
        )
    else:
        for key in made:
            rows[place][key] = made[key]
    try:
        with replacing(path) as out:
            out.write(tomlkit.dumps(document).encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
