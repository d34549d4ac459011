"""Keys and tables that nobody reads: kept as they are, and told with the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from jupyter_agilab.contract.render import render_key
from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.workflow.aliases import ALIASES
from jupyter_agilab.workflow.keys import TABLES, names_of, tables_in, value_at
from jupyter_agilab.workflow.subject import Remark, Subject

TOLD = 20
"""So many unknown keys of one table are told one by one; the others are counted."""

_MEANT = {
    "depends_on": "input or after",
    "depends": "input or after",
    "needs": "input or after",
    "inputs": "input",
    "if": "when",
    "flag": "when",
    "options": "resources",
    "function": "contract",
}


def unknown_keys(subject: Subject) -> Iterator[Remark]:
    """Tell unknown keys at the top level and in tables of ours."""
    top = [*names_of(""), *TABLES]
    yield from _tell(subject, ((name,) for name in subject.data if name not in top), top)
    for section in ("stages", "groups"):
        known = [*names_of("stages" if section == "stages" else "groups"), "resources"]
        for name, table in tables_in(subject.data, section).items():
            yield from _tell(subject, ((section, name, key) for key in table if key not in known), known)
    held = subject.data.get("execution")
    if isinstance(held, dict):
        known = list(names_of("execution"))
        yield from _tell(subject, (("execution", key) for key in held if key not in known), known)


def _tell(subject: Subject, paths: Iterable[tuple[str, ...]], known: list[str]) -> Iterator[Remark]:
    for count, path in enumerate(paths):
        if count == TOLD:
            message = f"{render_key(path)} and the keys after it are not keys of a workflow either"
            hint = "they are kept as they are, and nothing reads them"
            yield Remark("workflow.unknown-key", path, message, hint, "warning")
            return
        yield _remark(path, value_at(subject.data, path), known)


def _remark(path: tuple[str, ...], value: Any, known: list[str]) -> Remark:
    name = path[-1]
    meant = did_you_mean(name, known)
    if name in _MEANT:
        meant = f"write {_MEANT[name]}"
    elif len(path) == 3 and ALIASES.get(name, name) in names_of("resources"):
        meant = f"write it as {ALIASES.get(name, name)} in [{render_key((*path[:-1], 'resources'))}]"
    if len(path) > 1 and not meant and name in names_of(""):
        message = f"{name} must stand above the first table; here it belongs to [{render_key(path[:-1])}]"
        meant = "move the line above the first line that starts with ["
        return Remark("workflow.unknown-key", path, message, meant, "warning")
    if len(path) == 1 and isinstance(value, dict) and not meant:
        message = f"[{render_key(path)}] is not a table of a workflow; it is kept and not read"
        return Remark("workflow.unknown-table", path, message, severity="info")
    owner = f"a key of [{render_key(path[:-1])}]" if len(path) > 1 else "a key of a workflow"
    return Remark(
        "workflow.unknown-key",
        path,
        f"{render_key(path)} is not {owner}; it is kept and not read",
        meant or f"the keys are: {', '.join(known)}",
        "warning",
    )
