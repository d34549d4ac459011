"""What could be typed next in a TOML text whose JSON Schema is known: keys, tables and values.

The text is being typed, so it need not be valid. Only the line with the cursor, the table header above it and
the keys beside it are looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_agilab.contract.render import render_key

Names = tuple[str, ...]

_HEADER = re.compile(r"^[ \t]*\[{1,2}(?P<name>[^\[\]#]+)\]{1,2}[ \t]*(?:#.*)?$")
_OPEN_HEADER = re.compile(r"^[ \t]*\[{1,2}(?P<typed>[^\]#]*)$")
_PAIR = re.compile(r"""^[ \t]*(?P<key>[\w\-.'" ]+?)[ \t]*=[ \t]*(?P<value>.*)$""")
_KEY = re.compile(r"^[ \t]*(?P<typed>[\w\-.]*)$")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_MOST = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that could be typed: ``label`` is shown, ``text`` is written."""

    label: str
    text: str
    kind: Literal["key", "table", "value"]
    detail: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """What could stand in place of the characters from ``start`` to ``stop`` of the line, 0-based."""

    start: int
    stop: int
    items: tuple[Completion, ...] = ()


def completions(text: str, line: int, column: int, schema: Mapping[str, Any]) -> Completions:
    """Say what could be typed at a place.

    Parameters
    ----------
    line, column
        Both 0-based; what lies outside of the text is taken as its end.
    schema
        JSON Schema of the text's values.

    Returns
    -------
    Completions
        Keys that are there already are left out, and so is what does not begin as what was typed.
    """
    lines = text.split("\n")
    line = max(0, min(line, len(lines) - 1))
    whole = lines[line].rstrip("\r")
    column = max(0, min(column, len(whole)))
    before = whole[:column]
    section = _section(lines[:line])
    if opened := _OPEN_HEADER.match(before):
        return _tables(lines, schema, opened.start("typed"), column, opened["typed"])
    if pair := _PAIR.match(before):
        path = (*section, *_names(pair["key"]))
        about = _at(schema, path, lines)
        return _values(about, pair.start("value"), column, pair["value"], whole[column:])
    if typed := _KEY.match(before):
        about = _at(schema, section, lines) if section else schema
        there = _keys_of(lines, section)
        items = tuple(_keys(about, section, there, typed["typed"]))
        return Completions(typed.start("typed"), column, items[:_MOST])
    return Completions(column, column)


def _section(lines: list[str]) -> Names:
    for line in reversed(lines):
        if header := _HEADER.match(line.rstrip("\r")):
            return _names(header["name"])
    return ()


def _names(key: str) -> Names:
    return tuple(part.strip("\"'") if part[0] in "\"'" else part for part in _PART.findall(key))


def _keys_of(lines: list[str], section: Names) -> dict[str, str]:
    """Give the keys of a section with the texts of their values."""
    found: dict[str, str] = {}
    here: Names = ()
    for line in lines:
        if header := _HEADER.match(line.rstrip("\r")):
            here = _names(header["name"])
        elif here == section and (pair := _PAIR.match(line.rstrip("\r"))):
            found.setdefault(_names(pair["key"])[0] if _names(pair["key"]) else "", pair["value"])
    return found


def _at(schema: Mapping[str, Any], path: Names, lines: list[str]) -> Mapping[str, Any]:
    """Give the schema of what stands at a path; empty where nothing is known."""
    for place, name in enumerate(path):
        schema = _with_conditions(schema, path[:place], lines)
        inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        if not isinstance(inner, Mapping):
            return {}
        schema = inner
    return _with_conditions(schema, path, lines)


def _with_conditions(schema: Mapping[str, Any], path: Names, lines: list[str]) -> Mapping[str, Any]:
    """Add the properties of those ``if`` that hold for the values that stand there."""
    conditions = [each for each in schema.get("allOf", ()) if "properties" in each.get("then", {})]
    if not conditions or not path:
        return schema
    values = _keys_of(lines, path)
    properties = dict(schema.get("properties", {}))
    for each in conditions:
        wanted = each.get("if", {}).get("properties", {})
        if wanted and all(
            name in values and values[name].strip().strip("\"'").startswith(str(rule.get("const")))
            for name, rule in wanted.items()
        ):
            own = each["then"]["properties"]
            properties = {**own, **{name: {**own.get(name, {}), **rule} for name, rule in properties.items()}}
    return {**schema, "properties": properties}


def _is_table(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object"


def _tables(lines: list[str], schema: Mapping[str, Any], start: int, column: int, typed: str) -> Completions:
    there = {match["name"].strip() for line in lines if (match := _HEADER.match(line.rstrip("\r")))}
    items = [
        Completion(name, f"{name}]", "table", about=str(inner.get("description", "")))
        for path, inner in _tables_below(schema, (), 2)
        if (name := render_key(path)) not in there and name.startswith(typed.strip())
    ]
    return Completions(start, column, tuple(items[:_MOST]))


def _tables_below(
    schema: Mapping[str, Any], path: Names, depth: int
) -> Iterator[tuple[Names, Mapping[str, Any]]]:
    for name, inner in schema.get("properties", {}).items():
        if isinstance(inner, Mapping) and _is_table(inner):
            yield (*path, name), inner
            if depth > 1:
                yield from _tables_below(inner, (*path, name), depth - 1)


def _keys(
    schema: Mapping[str, Any], section: Names, there: Mapping[str, str], typed: str
) -> Iterator[Completion]:
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        if name in there or not name.startswith(typed) or (not section and _is_table(inner)):
            continue
        detail = "needed" if name in required else ""
        if "default" in inner:
            detail = f"{json.dumps(inner['default'])} by default"
        yield Completion(name, f"{render_key([name])} = ", "key", detail, str(inner.get("description", "")))


def _values(schema: Mapping[str, Any], start: int, column: int, typed: str, behind: str) -> Completions:
    quote = typed[:1] if typed[:1] in {'"', "'"} else ""
    if quote and quote in typed[1:]:
        # the value ends before the cursor
        return Completions(column, column)
    stop = column + (len(quote) if quote and behind.startswith(quote) else 0)
    word = typed.removeprefix(quote)
    items = [
        Completion(text if isinstance(value, str) else shown, shown, "value")
        for value in _choices(schema)
        for text, shown in [(str(value), json.dumps(value, ensure_ascii=False))]
        if (text if isinstance(value, str) else shown).startswith(word)
        and (isinstance(value, str) or not quote)
    ]
    return Completions(start, stop, tuple(items[:_MOST]))


def _choices(schema: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for each in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found += each.get("enum", ())
        if "const" in each:
            found.append(each["const"])
        if each.get("type") == "boolean":
            found += [True, False]
    if not found and isinstance(schema.get("default"), bool | int | float | str):
        found.append(schema["default"])
    return list(dict.fromkeys(found))
