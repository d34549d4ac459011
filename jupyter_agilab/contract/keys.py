"""The keys of a contract as a table, made from the model: what is checked, published and documented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from jupyter_agilab.contract.kinds import Kind, kind_of
from jupyter_agilab.contract.model import About, Contract, ReduceTable, ResourcesTable, SharedItem

TABLE_OF_REST = {ReduceTable: "options", ResourcesTable: "named"}
"""The field that takes whatever other keys stand in the table."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: ``table`` is the table that it stands in, empty for the top level."""

    table: str
    name: str
    kind: Kind
    about: About
    required: bool
    default: Any

    @property
    def path(self) -> tuple[str, ...]:
        """The key's place in the file."""
        return (self.table, self.name) if self.table else (self.name,)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``keys`` in the model's order.

    ``item`` holds the keys of each entry where the table maps names to records (``[shared]``). ``rest`` is
    the field that takes any other key; a table without keys and without ``item`` is free.
    """

    name: str
    text: str
    cls: type[Any] | None
    keys: tuple[Key, ...]
    rest: str | None = None
    item: tuple[Key, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keys."""
        return tuple(key.name for key in self.keys)


@cache
def top_level() -> tuple[Key, ...]:
    """Give the thirteen keys of the top level, in AGILAB's order."""
    return tuple(_keys("", Contract, agilab=True))


@cache
def tables() -> Mapping[str, Table]:
    """Give the tables by name, in the order in which they are written."""
    hints = get_type_hints(Contract)
    found: dict[str, Table] = {}
    for spec in fields(Contract):
        hint = hints[spec.name]
        if get_origin(hint) is not None and issubclass(_class_of(hint), Mapping):
            value_type = get_args(hint)[1]
            item = tuple(_keys("", SharedItem, agilab=False)) if value_type is SharedItem else ()
            found[spec.name] = Table(spec.name, _about(spec).text, None, (), item=item)
        elif isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
            text = (hint.__doc__ or "").partition("\n")[0]
            found[spec.name] = Table(
                spec.name, text, hint, tuple(_keys(spec.name, hint, agilab=False)), TABLE_OF_REST.get(hint)
            )
    return found


def all_keys() -> Iterator[Key]:
    """Give the keys with a fixed place: those of the top level, then those of the tables."""
    yield from top_level()
    for table in tables().values():
        yield from table.keys


def _class_of(hint: Any) -> type[Any]:
    origin = get_origin(hint)
    return origin if isinstance(origin, type) else object


def _about(spec: Field[Any]) -> About:
    found: About = spec.metadata["about"]
    return found


def _keys(table: str, cls: type[Any], *, agilab: bool) -> Iterator[Key]:
    hints = get_type_hints(cls)
    for spec in fields(cls):
        if spec.default_factory is not MISSING:
            continue
        about = _about(spec)
        # AGILAB demands the schema; our model has a default for it because there is only one
        required = spec.default is MISSING or about.takes == "schema"
        default = None if spec.default is MISSING else spec.default
        yield Key(table, spec.name, kind_of(hints[spec.name], about, agilab=agilab), about, required, default)
