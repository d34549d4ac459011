"""``jupyter agilab check PATH...``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb

if TYPE_CHECKING:
    from jupyter_agilab.api import CheckReport
    from jupyter_agilab.migrate.in_step.files import InStep


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="a contract, a stage's name, a folder with one contract, or a notebook",
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api

    reports = [_notebook(path) if path.endswith(".ipynb") else api.check(path) for path in args.paths]
    good = all(report.ok for report in reports)
    if len(reports) == 1:
        terminal.answer(reports[0].to_json())
    else:
        terminal.answer({"ok": good, "checks": [report.to_json() for report in reports]})
    terminal.show("\n\n".join(_text(report, terminal.width) for report in reports))
    return GOOD if good else FOUND


def _notebook(path: str) -> InStep:
    from jupyter_agilab.migrate.in_step.files import check_notebook

    return check_notebook(Path(path))


def _text(report: CheckReport | InStep, width: int) -> str:
    from jupyter_agilab.api import CheckReport

    return check_text(report, width) if isinstance(report, CheckReport) else in_step_text(report, width)


def in_step_text(report: InStep, width: int) -> str:
    """Give the state of a notebook's stages as text: one line each, then each finding with its place."""
    from jupyter_agilab.panel.columns import printable
    from jupyter_agilab.panel.text import findings_text

    lines = [f"notebook: {printable(str(report.path))}"]
    for stage in report.stages:
        moved = " and ".join(stage.moved())
        lines.append(f"  {stage.name}: {f'{moved} moved' if moved else 'in step'}")
    if not report.stages and not report.findings:
        lines.append("  no stage was made of its cells")
    if report.findings:
        lines.append(findings_text(report.findings, width))
    return "\n".join(lines)


def check_text(report: CheckReport, width: int) -> str:
    """Give a report as text: AGILAB's two lines, then each finding with its place."""
    from jupyter_agilab.panel.columns import printable
    from jupyter_agilab.panel.text import findings_count, findings_text

    count = f" ({findings_count(report.findings)})" if report.findings else ""
    lines = [
        f"parallel stage contract: {printable(report.path)}",
        f"status: {'ok' if report.ok else 'invalid'}{count}",
    ]
    if report.findings:
        lines.append(findings_text(report.findings, width))
    return "\n".join(lines)


VERB = Verb(
    name="check",
    summary="say what is wrong with contracts",
    description=(
        "Check contracts, and that their files and functions are there; of a notebook, that its stage cells, "
        "their modules and contracts say the same. Runs and imports nothing."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
