"""``input()`` and debuggers: nobody sits at a worker's keyboard."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit

_ASKING = {
    "input": "make the answer a constant, which goes into [parameters]",
    "getpass.getpass": "read the secret from the environment: os.environ[...]",
    "breakpoint": "take it away; a failed partition can be replayed in the notebook",
    "pdb.set_trace": "take it away; a failed partition can be replayed in the notebook",
    "IPython.embed": "take it away; a failed partition can be replayed in the notebook",
}


def asks_user(unit: Unit) -> Iterator[Finding]:
    """Refuse calls that wait for somebody."""
    for call, path in unit.calls():
        own = isinstance(call.func, ast.Name) and (path in unit.scope.bound or path in unit.captured)
        if path in _ASKING and not own:
            message = f"`{path}()` waits for somebody at the keyboard"
            yield unit.finding(call, "extract.asks", message, hint=_ASKING[path])
