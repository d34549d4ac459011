"""The page about a run: its parts, and a script whose only source is this file."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from jupyter_agilab.existing_runs import story
from jupyter_agilab.panel.markup import Markup
from jupyter_agilab.panel.report.document import report_document, write_report
from jupyter_agilab.panel.report.packed import data_block
from jupyter_agilab.panel.report.payload import payload
from jupyter_agilab.panel.report.sections import SECTIONS
from jupyter_agilab.panel.report.top import head
from jupyter_agilab.run.story.story import RunStory

_SCRIPTS = ("values.js", "theme.js", "surface.js", "timeline.js", "partitions.js", "start.js")
"""In the order in which they are put together."""


def page_text(story: RunStory) -> str:
    """Give the report as one HTML document."""
    script = script_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return report_document(
        f"{story.run.stage} {story.run.run_id}: report",
        head(story),
        [found for section in SECTIONS if (found := section(story)) is not None],
        data_block("report-data", payload(story)),
        Markup(f"<script>{script}</script>"),
        script=f"sha256-{digest}",
    )


def write_page(story: RunStory, path: Path) -> int:
    """Write the report, whole or not at all; give its size in bytes.

    Raises
    ------
    OutputError
        The folder cannot be written, or a file is there that is no report.
    """
    return write_report(page_text(story), path)


def report(name: str, output: str | Path | None = None, *, folder: str | Path = ".") -> Path:
    """Write the report of a run and give where it is; runs nothing.

    Parameters
    ----------
    name
        The run's id or the start of it, its directory, or its stage's name, which means the newest run.
    output
        The file; ``report.html`` in the run's directory by default.
    folder
        Where the contracts are whose runs are looked for.

    Raises
    ------
    RunNotFoundError
        Nothing, or more than one run, goes by that name.
    OutputError
        The folder cannot be written, or a file is there that is no report.
    """
    told = story(name, folder)
    path = Path(output) if output is not None else told.run.report
    write_page(told, path)
    return path


def script_text() -> str:
    """Give the page's script."""
    folder = files("jupyter_agilab.panel.report") / "view"
    texts = [(folder / name).read_text("utf-8").strip() for name in _SCRIPTS]
    return "(() => {\n'use strict';\n" + "\n\n".join(texts) + "\n})();"
