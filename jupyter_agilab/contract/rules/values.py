"""Values in the tables of ours, and values that AGILAB lets pass though their type is another."""

from __future__ import annotations

from collections.abc import Iterator
from keyword import iskeyword
from typing import Any

from jupyter_agilab.contract.keys import Key, tables, top_level
from jupyter_agilab.contract.layout import KeyPath
from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.subject import Remark, Subject, came, wrong_value
from jupyter_agilab.diagnostics import did_you_mean

_INTEGERS = range(-(2**63), 2**63)


def booleans(subject: Subject) -> Iterator[Remark]:
    """Tell booleans where an integer belongs; AGILAB lets them pass, for Python counts with them."""
    for key in top_level():
        value = subject.data.get(key.name)
        if isinstance(value, bool) and isinstance(subject.get(key.name), int):
            number = subject.get(key.name)
            yield Remark(
                "contract.boolean",
                key.path,
                f"{key.name} {key.kind.rule}; {came(value)}, which is read as {number}",
                f"write {key.name} = {number}, or the number that was meant",
            )


def notes_text(subject: Subject) -> Iterator[Remark]:
    """Tell notes that are no text; AGILAB never looks at them."""
    notes = next(key for key in top_level() if key.name == "notes")
    if "notes" in subject.data and not notes.kind.passes(subject.data["notes"]):
        yield Remark("contract.table-value", ("notes",), wrong_value(notes, subject.data["notes"]))


def table_values(subject: Subject) -> Iterator[Remark]:
    """Tell tables that are none, and wrong values in tables."""
    for table in tables().values():
        if table.name not in subject.data:
            continue
        if not isinstance(subject.data[table.name], dict):
            yield Remark(
                "contract.not-a-table",
                (table.name,),
                f"{table.name} must be a table; {came(subject.data[table.name])}",
                f"write [{table.name}] on a line of its own, and its keys below",
                "warning" if table.name == "next_steps" else "error",
            )
            continue
        held = subject.table(table.name)
        for key in table.keys:
            if key.name in held and not key.kind.passes(held[key.name]):
                yield _wrong(key, held[key.name], key.path)
        if table.item:
            yield from _items(table.item, table.name, held)


def names_of_arguments(subject: Subject) -> Iterator[Remark]:
    """Tell names of parameters, shared data and reducer options that cannot be keyword arguments."""
    for table, names in (
        ("parameters", subject.table("parameters")),
        ("shared", subject.table("shared")),
        ("reduce", subject.table("reduce")),
    ):
        for name in names:
            if not name.isidentifier() or iskeyword(name):
                word = "a word of Python's own" if iskeyword(name) else "no Python name"
                yield Remark(
                    "contract.parameter-name",
                    (table, name),
                    f"[{table}] must hold names that can be keyword arguments; {name!r} is {word}",
                    "rename it here and in the function",
                )
    for name in subject.table("parameters"):
        if name in subject.table("shared"):
            yield Remark(
                "contract.parameter-name",
                ("shared", name),
                f"{render_key(['shared', name])} must not have the name of a parameter; {name!r} is one",
                "keep one of the two",
            )


def integer_range(subject: Subject) -> Iterator[Remark]:
    """Tell integers that only Python can read: TOML's have 64 bits."""
    for path, value in _integers(subject.data, ()):
        if value not in _INTEGERS:
            yield Remark(
                "contract.integer-range",
                path,
                f"{render_key(path)} must be an integer of at most 64 bits; it is longer",
            )


def _wrong(key: Key, value: Any, path: KeyPath) -> Remark:
    meant = did_you_mean(value, key.kind.choices) if isinstance(value, str) else ""
    return Remark("contract.table-value", path, wrong_value(key, value, path), meant)


def _items(item: tuple[Key, ...], table: str, held: Any) -> Iterator[Remark]:
    for name, entry in held.items():
        path = (table, name)
        if not isinstance(entry, dict):
            keys = ", ".join(key.name for key in item)
            yield Remark(
                "contract.table-value", path, f"{render_key(path)} must be a table with {keys}; {came(entry)}"
            )
            continue
        for key in item:
            if key.name not in entry:
                yield Remark(
                    "contract.table-value",
                    (*path, key.name),
                    f"{render_key((*path, key.name))} {key.kind.rule}; it is missing",
                    absent=True,
                )
            elif not key.kind.passes(entry[key.name]):
                yield _wrong(key, entry[key.name], (*path, key.name))


def _integers(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    if isinstance(value, int):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _integers(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _integers(item, (*path, index))
