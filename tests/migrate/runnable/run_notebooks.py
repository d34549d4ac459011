"""Runs notebooks one after another, each in its folder, and keeps what chosen names hold; ``FILE`` says it.

A process of its own that knows nothing of jupyter-agilab besides what the notebooks import: cells are given
to IPython's own shell, so that magics work. ``FILE`` is JSON: a list of ``[notebook, names, result]``.
"""

import json
import os
import pickle
import sys
import traceback
from pathlib import Path


def run(notebook: Path, names: list[str], result: Path) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(notebook.parent)
    shell = InteractiveShell.instance()
    shell.reset(new_session=True)
    sys.path[0] = str(notebook.parent)
    for cell in json.loads(notebook.read_text())["cells"]:
        if cell["cell_type"] == "code":
            told = shell.run_cell("".join(cell["source"]), store_history=True)
            told.raise_error()
    files = {
        str(path.relative_to(notebook.parent)): path.read_bytes()
        for path in sorted(notebook.parent.rglob("*"))
        if path.is_file() and ".agilab" not in path.parts
    }
    held = {name: shell.user_ns[name] for name in names}
    result.write_bytes(pickle.dumps({"names": held, "files": files}))


def main() -> None:
    for notebook, names, result in json.loads(Path(sys.argv[1]).read_text()):
        try:
            run(Path(notebook), names, Path(result))
        except BaseException:
            Path(result).write_bytes(pickle.dumps({"error": traceback.format_exc()}))


if __name__ == "__main__":
    main()
