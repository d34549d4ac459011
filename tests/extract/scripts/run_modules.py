"""Import each case's module and call its function: ``run_modules.py CASES OUT CASE...``.

Nothing but Python and the libraries that the cells use may be needed for that.
"""

import contextlib
import dataclasses
import importlib.util
import io
import os
import pickle
import sys
import tempfile
import tomllib
from pathlib import Path


def result_of(folder):
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    module_name = f"stage_{folder.name}"
    specification = importlib.util.spec_from_file_location(module_name, folder / "expected.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[module_name] = module
    specification.loader.exec_module(module)
    function = getattr(module, expected["function"].rpartition(":")[2])
    sample = {}
    exec((folder / "sample.py").read_text("utf-8"), sample)
    parameters = expected.get("parameters", {})
    return function(**sample["arguments"], **parameters, **sample.get("shared", {}))


cases, out = Path(sys.argv[1]), Path(sys.argv[2])
results = {}
for name in sys.argv[3:]:
    os.chdir(tempfile.mkdtemp())
    with contextlib.redirect_stdout(io.StringIO()):
        value = result_of(cases / name)
        results[name] = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value
    found = {"jupyter_agilab", "IPython", "libcst"} & set(sys.modules)
    if found:
        raise SystemExit(f"{name}: the module needed {sorted(found)}")
out.write_bytes(pickle.dumps(results))
