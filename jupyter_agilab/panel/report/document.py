"""What every page of ours has: one HTML file that is complete in itself, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jupyter_agilab import __version__
from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.errors import OutputError
from jupyter_agilab.panel.markup import Markup, element, joined
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.style import style_text

REPORT = "jupyter-agilab report"
"""How a file says that it is a report of ours, in its first thousand bytes."""


def document(
    title: str, body: Sequence[object], *, made_by: str, sheet: str | None = None, script: str | None = None
) -> str:
    """Give one HTML document. It asks for nothing: a policy in it forbids every request.

    Parameters
    ----------
    body
        Elements, one after another.
    made_by
        What the file says of its maker.
    sheet
        The style sheet; that of reports by default.
    script
        The only script that may run: its source in the policy's form.
    """
    may_run = f"script-src '{script}'; " if script else ""
    policy = (
        f"default-src 'none'; {may_run}style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup(f'<meta name="generator" content="{made_by}">'),
        Markup('<meta name="viewport" content="width=device-width,initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer">'),
        # a server that shows the page would be asked for an icon otherwise
        Markup('<link rel="icon" href="data:,">'),
        element("title", title),
        element("style", Markup(style_text() if sheet is None else sheet)),
    ]
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{joined(head, Markup(chr(10)))}\n</head>\n'
        f"{element('body', *body)}\n</html>\n"
    )


def report_document(
    title: str, head: Markup, parts: Sequence[Part], *after: Markup, script: str | None = None
) -> str:
    """Give a report: its head, the list of its parts, the parts; `after` them what its script needs."""
    page = element(
        "div",
        head,
        _contents(parts),
        element("main", *map(_section, parts), id="contents"),
        element("footer", _closing()),
        class_="page",
    )
    skip = element("a", "Skip to the contents", href="#contents", class_="skip")
    return document(title, (skip, page, *after), made_by=f"{REPORT} {__version__}", script=script)


def write_report(text: str, path: Path) -> int:
    """Write a report, whole or not at all; give its size in bytes.

    Raises
    ------
    OutputError
        The folder cannot be written, or a file is there that is no report.
    """
    if path.exists() and not _is_report(path):
        raise OutputError(f"{path} is there and is not a report", hint="name another file with --output")
    # half of a surrogate pair, as in a file name that is not UTF-8, has no bytes
    data = text.encode("utf-8", "replace")
    try:
        write_bytes(path, data)
    except OSError as error:
        raise OutputError(
            f"the report cannot be written to {path}: {error.strerror or error}",
            hint="name another file with --output",
        ) from error
    return len(data)


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return REPORT.encode() in file.read(1000)
    except OSError:
        return False


def _contents(parts: Sequence[Part]) -> Markup:
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


def _section(part: Part) -> Markup:
    heading = f"{part.id}-heading"
    return element(
        "section", element("h2", part.title, id=heading), part.body, id=part.id, aria_labelledby=heading
    )


def _closing() -> Markup:
    return element(
        "p",
        f"Made by jupyter-agilab {__version__}. "
        "This file is complete in itself: it loads nothing and sends nothing.",
    )
