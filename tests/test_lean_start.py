"""What each process of a run does not import before it needs it: three start for every run.

The time until a run's first partition is that of their imports, some 0.3 ms for each module. Where one of
these tests fails, import what it names inside the function that uses it, or under ``TYPE_CHECKING``.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

LATER = (
    # reads mail and archives
    "importlib.metadata",
    "statistics",
    "fractions",
    "difflib",
    "uuid",
    "platform",
    "asyncio",
    "unittest",
)
"""Of Python's library: what costs a millisecond or more, and few runs need."""

COMMAND = "jupyter_agilab.cli.command"
FRONT_END = "jupyter_agilab.api"
DRIVER = "jupyter_agilab.run.driver"
WORKER = "jupyter_agilab.run.work"

OF_OURS: dict[str, tuple[str, ...]] = {
    COMMAND: ("api", "contract", "partition", "planning", "reduce", "run", "cli.verbs.*"),
    FRONT_END: (
        *("cli", "extract", "cells", "magics", "panel", "demo", "stages", "result"),
        *("run.driver", "run.execute", "run.runners", "run.work"),
        *("run.trial", "run.clean", "run.history", "run.preflight", "run.replay"),
        # only the way that the contract asks for
        *("partition.whole_files", "partition.file_chunks", "partition.row_chunks", "partition.sweep"),
        *("reduce.reading", "reduce.trial", "reduce.check"),
    ),
    "jupyter_agilab.run.runners.processes": ("run.work", "contract.model"),
    DRIVER: (
        *("api", "cli", "panel", "extract", "cells", "contract.load", "contract.check", "contract.keys"),
        *("planning.make", "partition.registry", "partition.read", "partition.tables"),
        *("run.submit", "run.watch", "run.trial", "run.work", "run.arguments"),
        *("reduce.reading", "reduce.trial", "reduce.check"),
    ),
    WORKER: (
        *("api", "cli", "panel", "extract", "cells", "contract.model", "contract.load"),
        *("planning.plan", "planning.make", "partition.registry", "partition.read", "partition.tables"),
        *("run.driver", "run.submit", "run.watch", "reduce.registry", "reduce.stored", "reduce.custom"),
    ),
}
"""Of this package: modules, and packages with all that is in them (``.*``: but not the package itself)."""


def loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(answer.stdout.split())


@pytest.mark.parametrize("module", OF_OURS)
def test_what_comes_later_is_imported_later(module: str) -> None:
    loaded = loaded_by(module)
    early = loaded.intersection(LATER)
    for name in OF_OURS[module]:
        full = f"jupyter_agilab.{name.removesuffix('.*')}"
        early |= {each for each in loaded if each.startswith(f"{full}.")}
        if not name.endswith("*"):
            early |= loaded & {full}
    assert not early, f"importing {module} imports {', '.join(sorted(early))}"


def test_a_verb_is_imported_when_it_is_chosen() -> None:
    code = (
        "import sys\n"
        "from jupyter_agilab.cli import main\n"
        "main(['run', '--help'])\n"
        "verbs = [name for name in sys.modules if name.startswith('jupyter_agilab.cli.verbs.')]\n"
        "print(*verbs, file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stderr.split() == ["jupyter_agilab.cli.verbs.run"]
    assert "usage: jupyter agilab run" in answer.stdout
