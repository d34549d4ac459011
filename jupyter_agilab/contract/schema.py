"""The JSON Schema of a contract, generated from the model; editors and forms use it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.keys import Key, Table, tables, top_level
from jupyter_agilab.contract.model import SCHEMA_ID, Contract

SCHEMA_FILE = Path(__file__).with_name("parallel_stage.schema.json")
"""The published file; a test says that it is what `json_schema` gives."""


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a contract's values.

    Unknown keys are allowed everywhere: they are findings, not refusals. Rules that need the text of a value
    or the place of the file (secrets, home folders, names of files) are left to the check.
    """
    keys = top_level()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:jupyter-agilab:{SCHEMA_ID}",
        "title": "Parallel stage contract",
        "description": (Contract.__doc__ or "").partition("\n")[0],
        "type": "object",
        "required": [key.name for key in keys if key.required],
        "properties": {**_properties(keys), **{table.name: _table(table) for table in tables().values()}},
        "additionalProperties": True,
        "allOf": [
            {
                "if": {"properties": {"reducer": {"const": "custom"}}, "required": ["reducer"]},
                "then": {"required": ["reduce"], "properties": {"reduce": {"required": ["function"]}}},
            },
            {
                "if": _by("data-partitions", ["groups", "dates", "keys"]),
                "then": {
                    "properties": {
                        "partition": {"required": ["columns"], "properties": {"columns": {"minItems": 1}}}
                    }
                },
            },
            {
                "if": _by("data-partitions", ["dates"]),
                "then": {
                    "properties": {
                        "partition": {"required": ["period"], "properties": {"columns": {"maxItems": 1}}}
                    }
                },
            },
        ],
    }


def schema_text() -> str:
    """Give the text of the published file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _properties(keys: Iterable[Key]) -> dict[str, Any]:
    found = {}
    for key in keys:
        default = list(key.default) if isinstance(key.default, tuple) else key.default
        shown = {} if default is None else {"default": default}
        found[key.name] = {"description": key.about.text, **key.kind.schema, **shown}
    return found


def _table(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": table.text, "type": "object"}
    if table.keys:
        schema["properties"] = _properties(table.keys)
    if table.item:
        schema["additionalProperties"] = {
            "type": "object",
            "required": [key.name for key in table.item],
            "properties": _properties(table.item),
        }
    elif table.name == "resources":
        schema["additionalProperties"] = {"type": "number", "minimum": 0}
    else:
        schema["additionalProperties"] = True
    return schema


def _by(split: str, values: list[str]) -> dict[str, Any]:
    return {
        "properties": {
            "split": {"const": split},
            "partition": {"properties": {"by": {"enum": values}}, "required": ["by"]},
        },
        "required": ["split", "partition"],
    }
