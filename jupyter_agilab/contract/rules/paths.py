"""Paths must mean the same for everybody who has the contract's folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jupyter_agilab.contract.layout import KeyPath
from jupyter_agilab.contract.paths import home_path_finding, is_in_home, is_url, starts_with_tilde
from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.subject import Remark, Subject


def paths(subject: Subject) -> Iterator[Remark]:
    """Tell home folders, ``~`` and backslashes in paths, and home folders in parameters and options."""
    shared = ((("shared", name, "path"), item) for name, item in subject.table("shared").items())
    places: list[tuple[KeyPath, str]] = [
        (path, value)
        for path, value in [
            (("function",), (subject.get("function") or "").rpartition(":")[0]),
            (("input",), subject.get("input")),
            (("output",), subject.get("output")),
            (("reduce", "function"), (subject.get("reduce", "function") or "").rpartition(":")[0]),
            (("source", "notebook"), subject.get("source", "notebook")),
            *((path, item.get("path")) for path, item in shared if isinstance(item, dict)),
        ]
        if isinstance(value, str)
    ]
    for path, text in places:
        if is_in_home(text) or starts_with_tilde(text):
            yield _home(subject, path, text)
        elif "\\" in text and not is_url(text):
            yield Remark(
                "contract.separator",
                path,
                f"{render_key(path)} must have / between folders; it has \\",
                f"write {text.replace(chr(92), '/')!r}, which works on every system",
                "warning",
            )
    known = {path for path, _ in places}
    for path, text in subject.strings():
        if (
            path[0] in {"parameters", "reduce"}
            and path not in known
            and (is_in_home(text) or _is_tilde_path(text))
        ):
            yield _home(subject, path, text)


def _is_tilde_path(text: str) -> bool:
    return text.startswith(("~/", "~\\"))


def _home(subject: Subject, path: KeyPath, text: str) -> Remark:
    found = replace(home_path_finding(text, subject.folder, render_key(path)))
    return Remark(found.code, path, found.message, found.hint, "warning")
