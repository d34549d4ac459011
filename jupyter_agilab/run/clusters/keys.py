"""The keys of ``clusters.toml`` as tables, one per kind, made from the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any, get_type_hints

from jupyter_agilab.contract.kinds import Kind, kind_of
from jupyter_agilab.run.clusters.model import CLASS_OF, KINDS, AboutKey, Form, KindName

WALLTIME_PATTERN = r"^(?:\d+-)?\d{1,3}:\d{2}(?::\d{2})?$"
ADDRESS_PATTERN = r"^(?:tcp|tls|ws|wss|ucx)://\S+:\d+$"
WEB_PATTERN = r"^https?://\S+$"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a cluster's table."""

    name: str
    kind: Kind
    about: AboutKey
    required: bool
    default: Any


@cache
def keys_of(kind: KindName) -> Mapping[str, Key]:
    """Give the keys of a kind of cluster by name: the kind's own between ``kind`` and what all kinds have."""
    cls = CLASS_OF[kind]
    hints = get_type_hints(cls)
    found = {spec.name: _key(spec, hints[spec.name]) for spec in fields(cls) if "about" in spec.metadata}
    common = [name for name in COMMON if name != "kind"]
    return {name: found[name] for name in ["kind", *(each for each in found if each not in COMMON), *common]}


def all_names() -> tuple[str, ...]:
    """Give the names of all keys of all kinds."""
    return tuple(dict.fromkeys(name for kind in KINDS for name in keys_of(kind)))


COMMON = ("kind", "share", "results", "results_limit", "environment", "wait_s")
"""The keys that every kind has."""


def _key(spec: Field[Any], hint: Any) -> Key:
    about: AboutKey = spec.metadata["about"]
    has_default = spec.default is not MISSING or spec.default_factory is not MISSING
    kind = _FORMS[about.form] if about.form else kind_of(hint, about, agilab=False)
    default = spec.default if spec.default is not MISSING else None
    return Key(spec.name, kind, about, not has_default, default)


def _table(rule: str, value_schema: Mapping[str, Any], right: Callable[[Any], bool], least: int = 0) -> Kind:
    """Make a kind of table with values of one form."""

    def passes(value: Any) -> bool:
        return isinstance(value, dict) and len(value) >= least and all(map(right, value.values()))

    schema: dict[str, Any] = {"type": "object", "additionalProperties": value_schema or True}
    return Kind(rule, {**schema, **({"minProperties": least} if least else {})}, passes, dict)


def _matching(rule: str, pattern: str) -> Kind:
    compiled = re.compile(pattern.replace("$", r"\Z"))
    return Kind(
        rule,
        {"type": "string", "pattern": pattern},
        lambda value: isinstance(value, str) and compiled.match(value) is not None,
    )


def _is_slots(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


_FORMS: Mapping[Form, Kind] = {
    "host-map": _table(
        'must be a table of hosts with their slots, as { "10.0.0.1" = 2 }',
        {"type": "integer", "minimum": 1},
        _is_slots,
        least=1,
    ),
    "texts": _table(
        "must be a table of names with texts", {"type": "string"}, lambda value: isinstance(value, str)
    ),
    "free": _table("must be a table", {}, lambda value: True),
    "lines": Kind(
        "must be an array of texts",
        {"type": "array", "items": {"type": "string"}},
        lambda value: isinstance(value, list) and all(isinstance(line, str) for line in value),
        tuple,
    ),
    "walltime": _matching("must be a time such as '01:30:00' or '2-00:00:00'", WALLTIME_PATTERN),
    "address": _matching("must be an address such as 'tcp://10.0.0.1:8786'", ADDRESS_PATTERN),
    "web-address": _matching("must be an address such as 'https://gateway.example.org'", WEB_PATTERN),
}
