"""Run each case's cells in an IPython shell, as a kernel does: ``run_cells.py CASES OUT CASE...``.

The results are pickled to OUT; each case works in a folder of its own.
"""

import contextlib
import dataclasses
import io
import os
import pickle
import re
import sys
import tempfile
import tomllib
from pathlib import Path

os.environ["IPYTHONDIR"] = tempfile.mkdtemp()

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)


def run(text):
    outcome = shell.run_cell(text)
    outcome.raise_error()
    return outcome.result


def result_of(folder):
    shell.reset(new_session=True)
    setup = folder / "setup.py"
    if setup.exists():
        for part in re.split(r"^# %%.*\n", setup.read_text("utf-8"), flags=re.MULTILINE):
            run(part)
    sample = {}
    exec((folder / "sample.py").read_text("utf-8"), sample)
    shell.user_ns.update(sample.get("kernel_arguments", sample["arguments"]))
    path = folder / "cell.txt"
    cell = (path if path.exists() else folder / "cell.py").read_text("utf-8")
    value = run(sample.get("kernel_cell", cell))
    for wanted in ("shown", "call"):
        if wanted in sample:
            value = run(sample[wanted])
    options = folder / "options.toml"
    if options.exists() and "returns" in tomllib.loads(options.read_text("utf-8")):
        value = shell.user_ns[tomllib.loads(options.read_text("utf-8"))["returns"]]
    return value


cases, out = Path(sys.argv[1]), Path(sys.argv[2])
results = {}
for name in sys.argv[3:]:
    os.chdir(tempfile.mkdtemp())
    with contextlib.redirect_stdout(io.StringIO()):
        value = result_of(cases / name)
        results[name] = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value
out.write_bytes(pickle.dumps(results))
