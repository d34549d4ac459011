"""The JSON Schema of ``clusters.toml``, generated from the model; editors use it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_agilab.run.clusters.keys import Key, keys_of
from jupyter_agilab.run.clusters.model import CLASS_OF, KINDS, SCHEMA_ID, KindName

SCHEMA_FILE = Path(__file__).with_name("clusters.schema.json")
"""The published file; a test says that it is what `json_schema` gives."""


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of one file.

    No key is required but by the two files together, so none is here.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:jupyter-agilab:{SCHEMA_ID}",
        "title": "Clusters",
        "description": "Places where the dask runner works, by name.",
        "type": "object",
        "properties": {"schema": {"description": "The version of this format.", "const": SCHEMA_ID}},
        "additionalProperties": {
            "type": "object",
            "properties": {"kind": {"enum": list(KINDS)}},
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                    "then": _table(kind),
                }
                for kind in KINDS
            ],
        },
    }


def schema_text() -> str:
    """Give the text of the published file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _table(kind: KindName) -> dict[str, Any]:
    return {
        "description": (CLASS_OF[kind].__doc__ or "").partition("\n")[0],
        "properties": dict(_properties(keys_of(kind).values())),
        "additionalProperties": False,
    }


def _properties(keys: Iterable[Key]) -> Iterable[tuple[str, dict[str, Any]]]:
    for key in keys:
        if key.name == "kind":
            yield "kind", {"description": key.about.text}
            continue
        default = list(key.default) if isinstance(key.default, tuple) else key.default
        shown = {} if default is None else {"default": default}
        yield key.name, {"description": key.about.text, **key.kind.schema, **shown}
