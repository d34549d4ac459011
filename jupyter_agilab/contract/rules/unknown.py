"""Keys and tables that nobody reads: kept as they are, and told with the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from jupyter_agilab.contract.assemble import is_amount
from jupyter_agilab.contract.keys import Table, tables, top_level
from jupyter_agilab.contract.layout import KeyPath
from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.rules.place import names_a_place
from jupyter_agilab.contract.subject import Remark, Subject, came
from jupyter_agilab.diagnostics import did_you_mean

TOLD = 20
"""So many unknown keys of one table are told one by one; the others are counted."""


def unknown_keys(subject: Subject) -> Iterator[Remark]:
    """Tell unknown keys at the top level and in tables of ours."""
    top = {key.name: None for key in top_level()}
    here = [name for name in subject.data if name not in top and name not in tables()]
    # what is missing is what was probably meant
    likely = [name for name in top if name not in subject.data]
    yield from _tell(
        ((name,) for name in here if not names_a_place(name)), subject, [*likely, *top, *tables()]
    )
    for table in tables().values():
        held = subject.table(table.name)
        if table.item:
            for name, entry in held.items():
                if isinstance(entry, dict):
                    known = [key.name for key in table.item]
                    yield from _tell(
                        ((table.name, name, key) for key in entry if key not in known), subject, known
                    )
        elif table.keys and table.rest is None:
            paths = ((table.name, key) for key in held if key not in table.names and not names_a_place(key))
            yield from _tell(paths, subject, table.names)
        elif table.name == "resources":
            yield from _named_resources(table, held)


def _tell(paths: Iterable[tuple[str, ...]], subject: Subject, known: Iterable[str]) -> Iterator[Remark]:
    known = list(known)
    for count, path in enumerate(paths):
        if count == TOLD:
            yield Remark(
                "contract.unknown-key",
                path,
                f"{render_key(path)} and the keys after it are not keys of a parallel stage either",
                "they are kept as they are, and nothing reads them",
                "warning",
            )
            return
        value: Any = subject.data
        for part in path:
            value = value[part]
        yield _remark(path, value, known)


def _remark(path: KeyPath, value: Any, known: list[str]) -> Remark:
    name = str(path[-1])
    meant = did_you_mean(name, known)
    if len(path) > 1 and name in {key.name for key in top_level()}:
        return Remark(
            "contract.unknown-key",
            path,
            f"{name} must stand above the first table; here it belongs to [{render_key(path[:-1])}]",
            f"move the line above the first line that starts with [ (it is read as {render_key(path)} here)",
            "warning",
        )
    if isinstance(value, dict) and len(path) == 1 and not meant:
        return Remark(
            "contract.unknown-table",
            path,
            f"[{render_key(path)}] is not a table of a parallel stage; it is kept and not read",
            severity="info",
        )
    owner = f"a key of [{render_key(path[:-1])}]" if len(path) > 1 else "a key of a parallel stage"
    return Remark(
        "contract.unknown-key",
        path,
        f"{render_key(path)} is not {owner}; it is kept and not read",
        meant or f"the keys are: {', '.join(known)}",
        "warning",
    )


def _named_resources(table: Table, held: dict[str, Any] | Any) -> Iterator[Remark]:
    for name, value in held.items():
        if name in table.names:
            continue
        meant = did_you_mean(name, table.names)
        if not is_amount(value):
            yield Remark(
                "contract.table-value",
                (table.name, name),
                f"{render_key([table.name, name])} must be a non-negative number; {came(value)}",
                meant,
            )
        elif meant:
            yield Remark(
                "contract.unknown-key",
                (table.name, name),
                f"{render_key([table.name, name])} claims a named resource that a cluster must offer",
                meant,
                "warning",
            )
