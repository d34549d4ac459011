"""One document: what stands in its text, what is wrong with it, and the text after a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.edit import put, remove
from jupyter_agilab.contract.render import NotToml, render_key
from jupyter_agilab.contract.source import Unusable, data_of, text_of
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import FindingsError, UsageError
from jupyter_agilab.server.documents.kinds import DocumentKind, kind_of
from jupyter_agilab.server.documents.values import shown, taken

MOST_CHARACTERS = 1 << 20
MOST_CHANGES = 1000
_MOST_NAMES = 16
_MOST_FINDINGS = 500


class DocumentError(FindingsError):
    """A document cannot be changed as it is; its findings say why."""

    code = "document"


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what is known about it.

    Attributes
    ----------
    values
        Its values as JSON (see `jupyter_agilab.server.documents.values`); None where it is not TOML.
    findings
        What is wrong, in the order of the lines.
    """

    path: Path
    kind: DocumentKind
    text: str = field(repr=False)
    values: Mapping[str, Any] | None = field(repr=False)
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Give what a form needs; findings about other files than this one have ``here`` false."""
        return {
            "kind": self.kind.name,
            "text": self.text,
            "values": self.values,
            "ok": not errors_in(self.findings),
            "findings": [
                {**each.to_json(), "here": each.path in {None, str(self.path)}}
                for each in self.findings[:_MOST_FINDINGS]
            ],
        }


def read_document(path: Path, *, is_thorough: bool = False) -> Document:
    """Read a file and look at it.

    Raises
    ------
    UsageError
        It is no such document, or a text cannot be read from it.
    """
    kind_of(path)
    try:
        text = text_of(path)
    except Unusable as unusable:
        raise UsageError(unusable.finding.message, hint=unusable.finding.hint) from None
    return look_at(path, text, is_thorough=is_thorough)


def look_at(path: Path, text: str, *, is_thorough: bool = False) -> Document:
    """Look at a text that is, or may become, that of a file; imports and runs nothing.

    Parameters
    ----------
    is_thorough
        Whether the files, the module and the function that it names are looked for too.
    """
    kind = kind_of(path)
    try:
        values = shown(data_of(text))
    except (Unusable, RecursionError):
        values = None
    return Document(path, kind, text, values, kind.check(path, text, is_thorough))


def edited(path: Path, text: str, changes: Sequence[Any]) -> Document:
    """Change values of a text and look at it; comments, order and all other characters stay.

    Parameters
    ----------
    changes
        Each has ``key``, names from the top level down, and ``value``, or ``remove`` that is true.

    Raises
    ------
    UsageError
        A change is not of that form, or cannot be made.
    DocumentError
        The text is not TOML, so nobody knows where its keys are.
    """
    kind = kind_of(path)
    for change in changes:
        try:
            data = data_of(text)
        except Unusable as unusable:
            finding = unusable.finding
            raise DocumentError("the text must be corrected first", [finding]) from None
        names = _names_of(change)
        _require_tables(data, names)
        if change.get("remove") is True:
            text = remove(text, names)
        elif "value" in change:
            text = _with_value(text, kind, names, taken(change["value"]))
        else:
            raise UsageError("a change must have a value, or remove that is true")
        if len(text) > MOST_CHARACTERS:
            raise UsageError("the text would become too long")
    return look_at(path, text)


def _with_value(text: str, kind: DocumentKind, names: tuple[str, ...], value: Any) -> str:
    order = kind.top_level
    behind = order[: order.index(names[0])] if names[0] in order else order
    above = kind.above if names[0] != kind.above else ""
    try:
        changed = put(text, names, value, behind=behind, above=above)
        data_of(changed)
    except NotToml as error:
        raise UsageError(f"{render_key(names)} cannot hold {error}") from None
    except (Unusable, ValueError, RecursionError):
        raise UsageError(
            f"{render_key(names)} cannot be written into this text", hint="edit it as text"
        ) from None
    return changed


def _names_of(change: Any) -> tuple[str, ...]:
    names = change.get("key") if isinstance(change, dict) else None
    if (
        not isinstance(names, list)
        or not 0 < len(names) <= _MOST_NAMES
        or not all(isinstance(name, str) and len(name) <= 200 for name in names)
    ):
        raise UsageError("a change must have a key: a list of names from the top level down")
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        raise UsageError("a key must be text") from None
    return tuple(names)


def _require_tables(data: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for place in range(1, len(names)):
        inner = data.get(names[place - 1])
        if inner is None:
            return
        if not isinstance(inner, dict):
            raise UsageError(
                f"{render_key(names[:place])} is no table, so {render_key(names)} cannot be set",
                hint="edit it as text",
            )
        data = inner
