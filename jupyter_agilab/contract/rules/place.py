"""Where a run happens does not belong in a contract: it is in ``clusters.toml``, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_agilab.contract.keys import tables, top_level
from jupyter_agilab.contract.layout import KeyPath
from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.subject import Remark, Subject

_NAMES = frozenset(
    {"cluster", "clusters", "gateway", "gateway_address", "host", "hosts", "nodes", "queue", "scheduler"}
    | {"scheduler_address", "scheduler_file", "ssh", "ssh_hosts", "workers_hosts"}
)
_ADDRESS = re.compile(r"(?:tcp|tls|ucx|ucxx|inproc|wss?|gateway)://\S+|\d{1,3}(?:\.\d{1,3}){3}:\d{2,5}")
_HINT = "describe the place in clusters.toml and name it when running: --cluster NAME"


def names_a_place(name: str) -> bool:
    """Say whether an unknown key's name is one that describes where to run."""
    return name.lower() in _NAMES


def place_of_the_run(subject: Subject) -> Iterator[Remark]:
    """Tell scheduler addresses and host maps."""
    known = {key.name for key in top_level()} | set(tables())
    told: set[KeyPath] = set()
    for name in subject.data:
        if name not in known and names_a_place(name):
            told.add((name,))
    for table in tables().values():
        if table.keys and table.rest is None:
            for name in subject.table(table.name):
                if name not in table.names and names_a_place(name):
                    told.add((table.name, name))
    for path in sorted(told, key=str):
        yield Remark(
            "contract.place",
            path,
            f"{render_key(path)} says where to run; a contract says only what to run",
            _HINT,
            "warning",
        )
    for path, text in subject.strings():
        if _ADDRESS.fullmatch(text.strip()) and not any(path[: len(above)] == above for above in told):
            yield Remark(
                "contract.place",
                path,
                f"{render_key(path)} holds the address of a machine; a contract says only what to run",
                _HINT,
                "warning",
            )
