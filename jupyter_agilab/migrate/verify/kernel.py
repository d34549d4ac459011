"""Cells run in a fresh kernel, and the values of some names afterwards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TIMEOUT_S = 3600

_GIVE = """
import json as _agilab_json
from pathlib import Path as _agilab_Path
from jupyter_agilab.exact import pack as _agilab_pack
def _agilab_give(names):
    told = {{}}
    for name in names:
        if name not in globals():
            told[name] = {{"missing": True}}
            continue
        try:
            told[name] = {{"packed": _agilab_pack(globals()[name])}}
        except Exception as error:
            text = f"{{type(globals()[name])}}: {{globals()[name]!r}}"
            told[name] = {{"text": text[:20000], "why": str(error)}}
    return told
_agilab_Path({path!r}).write_text(_agilab_json.dumps(_agilab_give({names!r})), "utf-8")
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What running gave: names with their packed values, or the reason why it failed."""

    values: dict[str, Any] = field(default_factory=dict)
    failed: str = ""


def run_cells(cells: Sequence[str], folder: Path, names: Sequence[str]) -> Ran:
    """Execute cells in order in a fresh kernel that works in `folder`; blocks until they are done."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    answer = folder / ".agilab-values.json"
    texts = [*cells, _GIVE.format(path=str(answer), names=list(names))]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in texts if text.strip()],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    client = NotebookClient(notebook, timeout=_TIMEOUT_S, resources={"metadata": {"path": str(folder)}})
    try:
        client.execute()
    except CellExecutionError as error:
        return Ran(failed=f"{error.ename}: {error.evalue}")
    except (CellTimeoutError, DeadKernelError, RuntimeError, OSError) as error:
        return Ran(failed=f"its kernel did not finish: {error}")
    values = json.loads(answer.read_text("utf-8"))
    answer.unlink()
    return Ran(values=values)
