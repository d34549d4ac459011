"""The JSON Schema of a workflow, generated from the model; editors and forms use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_agilab.workflow.forms import NAME_PATTERN
from jupyter_agilab.workflow.keys import FLAGS_TEXT, SECTIONS, SectionName, keys_of
from jupyter_agilab.workflow.model import SCHEMA, Group, WorkflowStage

SCHEMA_FILE = Path(__file__).with_name("workflow.schema.json")
"""The published file; a test says that it is what `json_schema` gives."""


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a workflow's values.

    Unknown keys are allowed everywhere: they are findings, not refusals. Rules that need more than one value
    (stages that are named and not there, cycles, groups that nobody uses) are left to the check.
    """
    names = {"pattern": NAME_PATTERN}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:jupyter-agilab:{SCHEMA}",
        "title": "Workflow",
        "description": "Stages that feed each other.",
        "type": "object",
        "required": [*_required(""), "stages"],
        "properties": {
            **_properties(""),
            "flags": {
                "description": FLAGS_TEXT,
                "type": "object",
                "propertyNames": names,
                "additionalProperties": {"type": "boolean"},
            },
            "stages": {
                "description": SECTIONS["stages"],
                "type": "object",
                "minProperties": 1,
                "propertyNames": names,
                "additionalProperties": _table("stages", WorkflowStage),
            },
            "groups": {
                "description": SECTIONS["groups"],
                "type": "object",
                "propertyNames": names,
                "additionalProperties": _table("groups", Group),
            },
            "execution": {
                "description": SECTIONS["execution"],
                "type": "object",
                "properties": _properties("execution"),
                "additionalProperties": True,
            },
        },
        "additionalProperties": True,
    }


def schema_text() -> str:
    """Give the text of the published file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _required(section: SectionName) -> list[str]:
    return [key.name for key in keys_of(section) if key.required]


def _properties(section: SectionName) -> dict[str, Any]:
    found = {}
    for key in keys_of(section):
        shown = {} if key.default is None or key.name == "schema" else {"default": key.default}
        found[key.name] = {"description": key.about.text, **key.kind.schema, **shown}
    return found


def _table(section: SectionName, cls: type[Any]) -> dict[str, Any]:
    required = _required(section)
    return {
        "description": (cls.__doc__ or "").partition("\n")[0],
        "type": "object",
        **({"required": required} if required else {}),
        "properties": {
            **_properties(section),
            "resources": {
                "description": SECTIONS["resources"],
                "type": "object",
                "properties": _properties("resources"),
                "additionalProperties": {"type": "number", "minimum": 0},
            },
        },
        "additionalProperties": True,
    }
