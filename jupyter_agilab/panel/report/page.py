"""The page: head, list of parts, parts, and a script whose only source is this file."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from jupyter_agilab import __version__
from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.errors import OutputError
from jupyter_agilab.existing_runs import story
from jupyter_agilab.panel.markup import Markup, element, joined
from jupyter_agilab.panel.report.packed import data_block
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.payload import payload
from jupyter_agilab.panel.report.sections import SECTIONS
from jupyter_agilab.panel.report.style import style_text
from jupyter_agilab.panel.report.top import head
from jupyter_agilab.run.story.story import RunStory

GENERATOR = "jupyter-agilab report"
"""How a file says that it is one of ours, in its first thousand bytes."""

MADE_BY = f"{GENERATOR} {__version__}"
"""What stands in the file for that."""

_SCRIPTS = ("values.js", "theme.js", "surface.js", "timeline.js", "partitions.js", "start.js")
"""In the order in which they are put together."""


def page_text(story: RunStory) -> str:
    """Give the report as one HTML document. It asks for nothing: a policy in it forbids every request."""
    script = script_text()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [found for section in SECTIONS if (found := section(story)) is not None]
    top = [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup(f'<meta name="generator" content="{MADE_BY}">'),
        Markup('<meta name="viewport" content="width=device-width,initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer">'),
        # a server that shows the page would be asked for an icon otherwise
        Markup('<link rel="icon" href="data:,">'),
        element("title", f"{story.run.stage} {story.run.run_id}: report"),
        element("style", Markup(style_text())),
    ]
    body = [
        element("a", "Skip to the contents", href="#contents", class_="skip"),
        element(
            "div",
            head(story),
            contents(parts),
            element("main", *map(section_of, parts), id="contents"),
            element("footer", closing()),
            class_="page",
        ),
        data_block("report-data", payload(story)),
        Markup(f"<script>{script}</script>"),
    ]
    return f'<!doctype html>\n<html lang="en">\n<head>\n{joined(top, Markup(chr(10)))}\n</head>\n' + (
        f"{element('body', *body)}\n</html>\n"
    )


def write_page(story: RunStory, path: Path) -> int:
    """Write the report, whole or not at all; give its size in bytes.

    Raises
    ------
    OutputError
        The folder cannot be written, or a file is there that is no report.
    """
    if path.exists() and not is_report(path):
        raise OutputError(f"{path} is there and is not a report", hint="name another file with --output")
    # half of a surrogate pair, as in a file name that is not UTF-8, has no bytes
    data = page_text(story).encode("utf-8", "replace")
    try:
        write_bytes(path, data)
    except OSError as error:
        raise OutputError(
            f"the report cannot be written to {path}: {error.strerror or error}",
            hint="name another file with --output",
        ) from error
    return len(data)


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


def is_report(path: Path) -> bool:
    """Say whether a file is a report of ours."""
    try:
        with path.open("rb") as file:
            return GENERATOR.encode() in file.read(1000)
    except OSError:
        return False


def script_text() -> str:
    """Give the page's script."""
    folder = files("jupyter_agilab.panel.report") / "view"
    texts = [(folder / name).read_text("utf-8").strip() for name in _SCRIPTS]
    return "(() => {\n'use strict';\n" + "\n\n".join(texts) + "\n})();"


def contents(parts: list[Part]) -> Markup:
    """Give the list of parts."""
    items = [
        element(
            "li",
            element(
                "a",
                part.title,
                element("span", part.count, class_="count") if part.count else None,
                href=f"#{part.id}",
            ),
        )
        for part in parts
    ]
    return element("nav", element("ol", *items), aria_label="Parts of the report")


def section_of(part: Part) -> Markup:
    """Give a part with its heading."""
    heading = f"{part.id}-heading"
    return element(
        "section", element("h2", part.title, id=heading), part.body, id=part.id, aria_labelledby=heading
    )


def closing() -> Markup:
    """Give what stands at the foot of the page."""
    return element(
        "p",
        f"Made by jupyter-agilab {__version__}. "
        "This file is complete in itself: it loads nothing and sends nothing.",
    )
