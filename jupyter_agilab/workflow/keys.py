"""The keys of ``NAME.workflow.toml``, made from the model: what is checked, published and documented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, Literal, get_type_hints

from jupyter_agilab.contract.kinds import Kind, kind_of
from jupyter_agilab.contract.subject import came
from jupyter_agilab.workflow.forms import FORMS, input_of
from jupyter_agilab.workflow.model import SCHEMA, AboutKey, Claims, Group, Workflow, WorkflowStage

SectionName = Literal["", "stages", "groups", "resources", "execution"]
SECTIONS: Mapping[SectionName, str] = {
    "": "What the workflow is.",
    "stages": "One table for each stage, by its name.",
    "groups": "One table for each group, by its name.",
    "resources": "What one partition of a stage, or one replica of a group, claims of a worker. "
    "Every other key is a named resource of the cluster, with the amount claimed.",
    "execution": "Where and how runs take place, where nobody says otherwise.",
}
FLAGS_TEXT = "Names that switch stages on, and whether they are on when nobody says otherwise."
TABLES = ("flags", "stages", "groups", "execution")
"""The top-level tables, in the order in which they are written."""

_EXECUTION = ("backend", "cluster", "workers", "on_failure")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section.

    ``attribute`` is the field of the model that it fills, ``unset`` its value where the key is absent,
    ``default`` the same as a file can say it; None where only the absence of the key does.
    """

    section: SectionName
    name: str
    attribute: str
    kind: Kind
    about: AboutKey
    required: bool
    default: Any
    unset: Any = None


@cache
def keys_of(section: SectionName) -> tuple[Key, ...]:
    """Give the keys of a section, in the order in which they are written."""
    match section:
        case "":
            schema = Key(
                "",
                "schema",
                "",
                FORMS["schema"],
                AboutKey(text="The version of this format."),
                True,
                SCHEMA,
            )
            return (schema, *(key for key in _keys(section, Workflow) if key.name not in _EXECUTION))
        case "stages":
            return tuple(_keys(section, WorkflowStage))
        case "groups":
            return tuple(_keys(section, Group))
        case "resources":
            return tuple(_keys(section, Claims))
        case "execution":
            return tuple(key for key in _keys(section, Workflow) if key.name in _EXECUTION)


def names_of(section: SectionName) -> tuple[str, ...]:
    """Give the names of a section's keys; a stage's and a group's may have a table ``resources`` besides."""
    return tuple(key.name for key in keys_of(section))


def places(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Key]]:
    """Give every key that the tables of a file can have, with its place, whether it is there or not."""
    for key in keys_of(""):
        yield (key.name,), key
    for section in ("stages", "groups"):
        for name in tables_in(data, section):
            for key in keys_of(section):
                yield (section, name, key.name), key
            for key in keys_of("resources"):
                yield (section, name, "resources", key.name), key
    for key in keys_of("execution"):
        yield ("execution", key.name), key


def tables_in(data: Mapping[str, Any], section: str) -> dict[str, dict[str, Any]]:
    """Give the tables of a section by name, leaving out what is no table."""
    held = data.get(section)
    if not isinstance(held, dict):
        return {}
    return {name: table for name, table in held.items() if isinstance(table, dict)}


def value_at(data: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Give the value at a place, or `MISSING`."""
    value: Any = data
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return MISSING
        value = value[name]
    return value


def values_of(section: SectionName, part: Any) -> dict[str, Any]:
    """Give the keys of a section that are not default, as they stand in a file; `part` is the model's."""
    held = ((key, getattr(part, key.attribute)) for key in keys_of(section) if key.attribute)
    return {key.name: _written(key, value) for key, value in held if value != key.unset}


def misfits(section: SectionName, part: Any) -> Iterator[tuple[str, str]]:
    """Give the keys of the model's `part` that no file could say, each with what is wrong: ``must be …``."""
    values = values_of(section, part)
    for key in keys_of(section):
        if key.name in values and not key.kind.passes(values[key.name]):
            yield key.name, f"{key.kind.rule}; {came(values[key.name])}"


def _written(key: Key, value: Any) -> Any:
    if key.about.form == "inputs":
        return input_of(value)
    return list(value) if isinstance(value, tuple) else value


def _keys(section: SectionName, cls: type[Any]) -> Iterator[Key]:
    hints = get_type_hints(cls)
    for spec in fields(cls):
        about = spec.metadata.get("about")
        if about is None:
            continue
        kind = FORMS[about.form] if about.form else kind_of(hints[spec.name], about, agilab=False)
        default = None if spec.default is MISSING else spec.default
        # a stage's contract is required though the model lets it be empty: code may give a function for it
        required = spec.default is MISSING or spec.name == "contract"
        written = None if default in ("", 0, ()) else default
        name = about.key or spec.name
        yield Key(section, name, spec.name, kind, about, required, written, default)
