"""The magics: one family per module. Loading them imports nothing heavy."""

from __future__ import annotations

import sys

from IPython.core.interactiveshell import InteractiveShell

from jupyter_agilab.magics.clean import CLEAN, CleanMagics
from jupyter_agilab.magics.cluster import CLUSTER, ClusterMagics
from jupyter_agilab.magics.completion import completer_for
from jupyter_agilab.magics.debug import DEBUG, DebugMagics
from jupyter_agilab.magics.diff import DIFF, DiffMagics
from jupyter_agilab.magics.explain import EXPLAIN, ExplainMagics
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.formatting import forget_formats, register_formats
from jupyter_agilab.magics.logs import LOGS, LogsMagics
from jupyter_agilab.magics.migrate import MIGRATE, MigrateMagics
from jupyter_agilab.magics.panels import show_result
from jupyter_agilab.magics.parser import MagicParser
from jupyter_agilab.magics.plan import PLAN, TRIAL, PlanMagics
from jupyter_agilab.magics.reduce import REDUCE, ReduceMagics
from jupyter_agilab.magics.report import REPORT, ReportMagics
from jupyter_agilab.magics.runs import ATTACH, RUN, RUNS, STOP, RunMagics
from jupyter_agilab.magics.session import Session
from jupyter_agilab.magics.stage import STAGE, StageMagics
from jupyter_agilab.magics.workflow import WORKFLOW, WorkflowMagics

FAMILIES: tuple[type[Family], ...] = (
    StageMagics,
    ReduceMagics,
    PlanMagics,
    ExplainMagics,
    DiffMagics,
    RunMagics,
    LogsMagics,
    ReportMagics,
    DebugMagics,
    MigrateMagics,
    CleanMagics,
    ClusterMagics,
    WorkflowMagics,
)
PARSERS: tuple[MagicParser, ...] = (
    STAGE,
    REDUCE,
    PLAN,
    TRIAL,
    EXPLAIN,
    DIFF,
    RUN,
    RUNS,
    ATTACH,
    STOP,
    LOGS,
    REPORT,
    DEBUG,
    MIGRATE,
    CLEAN,
    CLUSTER,
    WORKFLOW,
)

_SESSION = "_jupyter_agilab_session"


def load(shell: InteractiveShell) -> None:
    """Register the magics, their completion and our objects' displays; loading twice changes nothing."""
    if hasattr(shell, _SESSION):
        return
    session = Session(shell)
    setattr(shell, _SESSION, session)
    shell.events.register("pre_run_cell", session.before_cell)
    for family in FAMILIES:
        shell.register_magics(family(shell, session))
    for parser in PARSERS:
        shell.set_hook("complete_command", completer_for(parser), str_key=parser.prog)
    register_formats(shell, lambda result: show_result(session, result))


def unload(shell: InteractiveShell) -> None:
    """Stop taking note of cells; IPython keeps the magics themselves."""
    session = getattr(shell, _SESSION, None)
    if session is None:
        return
    shell.events.unregister("pre_run_cell", session.before_cell)
    forget_formats(shell)
    shown = sys.modules.get("jupyter_agilab.panel.widgets.shown")
    if shown is not None:
        shown.close_panels()
    delattr(shell, _SESSION)
