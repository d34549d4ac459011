"""Turn a notebook cell into a parallel stage: a readable function, a contract, a run that survives.

The names below are the public interface; they are loaded when they are first used. In a notebook,
``%load_ext jupyter_agilab`` adds the magics.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_agilab.api import (
        CheckReport,
        RunSettings,
        attach,
        build,
        check,
        check_cluster,
        clean,
        cluster_health,
        cluster_status,
        clusters_started,
        explain,
        export,
        install_cluster,
        logs,
        plan,
        replay,
        run,
        runs,
        start_cluster,
        stop,
        stop_all_clusters,
        stop_cluster,
        submit,
        trial,
    )
    from jupyter_agilab.contract.dump import write_contract
    from jupyter_agilab.contract.load import load_contract
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.contract.new import new_contract
    from jupyter_agilab.diagnostics import Finding
    from jupyter_agilab.errors import AgilabError
    from jupyter_agilab.exact import pack, unpack
    from jupyter_agilab.extract.context import CellContext
    from jupyter_agilab.loop_steps import parallel_steps, stage_items
    from jupyter_agilab.panel.report.page import report
    from jupyter_agilab.partition.types import Partition
    from jupyter_agilab.planning.plan import Plan
    from jupyter_agilab.result import StageResult
    from jupyter_agilab.stage_options import StageOptions
    from jupyter_agilab.stages import stage_from_cell, write_stage

__version__ = "0.1.0"

_HOMES = {
    "CheckReport": "api",
    "RunSettings": "api",
    "attach": "api",
    "check": "api",
    "clean": "api",
    "explain": "api",
    "logs": "api",
    "plan": "api",
    "replay": "api",
    "run": "api",
    "runs": "api",
    "stop": "api",
    "submit": "api",
    "build": "api",
    "check_cluster": "api",
    "cluster_health": "api",
    "cluster_status": "api",
    "clusters_started": "api",
    "install_cluster": "api",
    "start_cluster": "api",
    "stop_all_clusters": "api",
    "stop_cluster": "api",
    "trial": "api",
    "write_contract": "contract.dump",
    "load_contract": "contract.load",
    "Contract": "contract.model",
    "new_contract": "contract.new",
    "Finding": "diagnostics",
    "AgilabError": "errors",
    "pack": "exact",
    "unpack": "exact",
    "CellContext": "extract.context",
    "parallel_steps": "loop_steps",
    "stage_items": "loop_steps",
    "report": "panel.report.page",
    "Partition": "partition.types",
    "Plan": "planning.plan",
    "StageResult": "result",
    "StageOptions": "stage_options",
    "stage_from_cell": "stages",
    "write_stage": "stages",
}

__all__ = [
    "AgilabError",
    "CellContext",
    "CheckReport",
    "Contract",
    "Finding",
    "Partition",
    "Plan",
    "RunSettings",
    "StageOptions",
    "StageResult",
    "__version__",
    "attach",
    "build",
    "check",
    "check_cluster",
    "clean",
    "cluster_health",
    "cluster_status",
    "clusters_started",
    "explain",
    "export",
    "install_cluster",
    "load_contract",
    "logs",
    "migrate",
    "new_contract",
    "pack",
    "parallel_steps",
    "plan",
    "replay",
    "report",
    "run",
    "runs",
    "stage_from_cell",
    "stage_items",
    "start_cluster",
    "stop",
    "stop_all_clusters",
    "stop_cluster",
    "submit",
    "trial",
    "unpack",
    "write_contract",
    "write_stage",
]


class _Package(ModuleType):
    """A module whose `run`, `migrate` and `export` are functions, also once the subpackages are imported."""

    @property
    def run(self) -> Callable[..., Any]:
        from jupyter_agilab import api

        return api.run

    @run.setter
    def run(self, subpackage: ModuleType) -> None:
        """Leave the function be: importing the subpackage sets its name here, and ``sys.modules`` has it."""

    @property
    def migrate(self) -> Callable[..., Any]:
        from jupyter_agilab.migration import migrate

        return migrate

    @migrate.setter
    def migrate(self, subpackage: ModuleType) -> None:
        """Leave the function be, as for `run`."""

    @property
    def export(self) -> Callable[..., Any]:
        from jupyter_agilab.exports import export

        return export

    @export.setter
    def export(self, subpackage: ModuleType) -> None:
        """Take no notice of the subpackage."""


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to a shell: ``%load_ext jupyter_agilab``."""
    from jupyter_agilab.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Stop watching the shell's cells: ``%unload_ext jupyter_agilab``."""
    from jupyter_agilab.magics import unload

    unload(shell)
