"""``jupyter agilab import PATH``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb

if TYPE_CHECKING:
    from jupyter_agilab.migrate.bridge.files import Crossed
    from jupyter_agilab.migrate.bridge.readiness import Readiness


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        metavar="PATH",
        help="lab_stages.toml, the older lab_steps.toml, a folder with one, or a notebook from AGILAB",
    )
    parser.add_argument(
        "--out", metavar="NOTEBOOK", help="the notebook to write (the one that the rows name)"
    )
    parser.add_argument("--module", metavar="NAME", help="AGILAB's project, where the file has several")
    parser.add_argument("--overwrite", action="store_true", help="replace a notebook that is there")
    parser.add_argument(
        "--readiness",
        action="store_true",
        help="write nothing; say of the notebook PATH whether AGILAB could take it as it is",
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab.migrate.bridge.files import import_stages, readiness_of

    if args.readiness:
        report = readiness_of(Path(args.path))
        terminal.answer({"path": args.path, **report.to_json()})
        terminal.show(readiness_text(args.path, report, terminal.width))
        return GOOD if report.status != "fail" else FOUND
    crossed = import_stages(
        Path(args.path),
        out=Path(args.out) if args.out else None,
        module=args.module,
        overwrite=args.overwrite,
    )
    tell(crossed, terminal)
    return GOOD


def tell(crossed: Crossed, terminal: Terminal) -> None:
    """Say what crossed the bridge: the file, then findings and the notebook's readiness."""
    from jupyter_agilab.panel.text import findings_text

    answer: dict[str, Any] = {
        "path": str(crossed.path),
        "module": crossed.module,
        "stages": crossed.stages,
        "changed": crossed.changed,
        "findings": [finding.to_json() for finding in crossed.findings],
        "readiness": crossed.readiness.to_json(),
    }
    terminal.answer(answer)
    terminal.show(str(crossed.path))
    if not terminal.as_json:
        many = "1 stage" if crossed.stages == 1 else f"{crossed.stages} stages"
        changed = "" if crossed.changed else "; nothing changed"
        score = f"readiness {crossed.readiness.score} of 100"
        terminal.say(f"{many} of {crossed.module}{changed}; {score}")
        told = [*crossed.findings, *crossed.readiness.findings]
        if told:
            terminal.say(findings_text(told, terminal.message_width))


def readiness_text(path: str, report: Readiness, width: int) -> str:
    """Give a readiness report as text: the score, then each finding with its place."""
    from jupyter_agilab.panel.text import findings_text

    lines = [f"{path}: {report.status}, {report.score} of 100"]
    if report.findings:
        lines.append(findings_text(report.findings, width))
    return "\n".join(lines)


VERB = Verb(
    name="import",
    summary="make a notebook of AGILAB's stages",
    description=(
        "Write a notebook with a cell for each of AGILAB's stages; `export NOTEBOOK --to agilab` is the way "
        "back. Runs nothing."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
