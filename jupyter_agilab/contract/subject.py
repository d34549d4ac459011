"""What the rules look at, and what they say about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.keys import Key, all_keys, top_level
from jupyter_agilab.contract.layout import KeyPath
from jupyter_agilab.contract.render import NotToml, render_key, render_value
from jupyter_agilab.diagnostics import Finding, Level, Severity

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding before it has a line: ``path`` is the key's place.

    ``absent`` is true where the remark is about a key that is not there.
    """

    code: str
    path: KeyPath
    message: str
    hint: str = ""
    severity: Severity = "error"
    level: Level = "meaning"
    absent: bool = False

    def finding(self, place: tuple[int | None, int | None], path: str | None) -> Finding:
        """Give the finding, with its line and column in the file."""
        line, column = place
        return Finding(
            code=self.code,
            message=self.message,
            level=self.level,
            severity=self.severity,
            key=render_key(self.path),
            path=path,
            line=line,
            column=column,
            hint=self.hint,
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """A contract under check.

    Attributes
    ----------
    data
        The file's values, whatever they are.
    values
        The values of our keys by place, as far as they pass, converted to the model's types.
    folder
        The contract's folder, where known.
    file_name
        The contract's own file name; empty where unknown.
    """

    data: Mapping[str, Any]
    values: Mapping[tuple[str, ...], Any]
    folder: Path | None
    file_name: str

    def get(self, *path: str) -> Any:
        """Give the value of a key that passes, else None."""
        return self.values.get(path)

    def table(self, name: str) -> Mapping[str, Any]:
        """Give a table's values as they stand in the file; empty where there is none."""
        found = self.data.get(name)
        return found if isinstance(found, dict) else {}

    def strings(self) -> Iterator[tuple[KeyPath, str]]:
        """Give every string of the file, with its place."""
        yield from strings_in(self.data, ())


def strings_in(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Give every string at or below a value, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from strings_in(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from strings_in(item, (*path, index))


def subject_of(data: Mapping[str, Any], folder: Path | None = None, file_name: str = "") -> Subject:
    """Collect the values that pass."""
    values: dict[tuple[str, ...], Any] = {}
    known = {key.path for key in top_level()}
    for key in all_keys():
        table = data.get(key.table) if key.table else data
        if isinstance(table, dict) and key.name in table and key.kind.passes(table[key.name]):
            values[key.path] = key.kind.convert(table[key.name])
        elif key.path not in known and key.default is not None:
            values[key.path] = key.default
    return Subject(data, values, folder, file_name)


def came(value: Any) -> str:
    """Say what a value is, shortly: as TOML, or its type where that would be long."""
    if isinstance(value, dict):
        return "it is a table"
    if isinstance(value, list):
        return f"it is an array of {len(value)}" if len(value) != 1 else "it is an array of one value"
    try:
        text = render_value(value)
    except NotToml:
        return "it is a value that TOML does not have"
    return f"it is {text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + '…'}"


def wrong_value(key: Key, value: Any, path: KeyPath | None = None) -> str:
    """Say that a value is not what its key takes."""
    name = ".".join(str(part) for part in path or key.path)
    return f"{name} {key.kind.rule}; {came(value)}"
