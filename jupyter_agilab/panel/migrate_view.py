"""What migration found, as a display in a notebook and as a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_agilab.cells import NotebookCell
from jupyter_agilab.migrate.finding import LoopFinding
from jupyter_agilab.migration.model import NotebookMigration
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, badge, details, element, joined, prose
from jupyter_agilab.panel.migrate_text import (
    bare,
    becomes,
    head,
    migration_text,
    shown,
    summary,
    summary_text,
    too_small,
)
from jupyter_agilab.panel.report.document import document
from jupyter_agilab.panel.report.style import style_text
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View

_RULES = """
.page{display:block}
.mg-cell{margin:1.2rem 0;border:1px solid var(--line);border-radius:.5rem;overflow:hidden}
.mg-cell>h3{margin:0;padding:.4rem .8rem;background:var(--raised);border-bottom:1px solid var(--line);
 font-size:.87rem;color:var(--soft);font-weight:600}
.mg-lines{margin:0;padding:.4rem 0;overflow-x:auto}
.mg-line{display:grid;grid-template-columns:3rem max-content;white-space:pre;padding-right:1rem}
.mg-line>b{font-weight:400;color:var(--soft);text-align:right;padding-right:.9rem;user-select:none}
.mg-hit{background:var(--raised);box-shadow:inset 3px 0 0 var(--accent)}
.mg-stays{box-shadow:inset 3px 0 0 var(--reused)}
.mg-told{white-space:normal;margin:.2rem .8rem .5rem 3rem;padding:.45rem .8rem;border:1px solid var(--line);
 border-left:4px solid var(--accent);border-radius:.35rem;max-width:52rem}
.mg-told.stays{border-left-color:var(--reused)}
.mg-told p{margin:.2rem 0}
.mg-diff{margin:0;padding:.5rem .8rem;overflow-x:auto;border-top:1px solid var(--line)}
.mg-diff span{display:block;white-space:pre}
.mg-diff .plus{background:var(--added)}
.mg-diff .minus{background:var(--removed)}
"""


@dataclass(frozen=True, slots=True)
class MigrationView(View):
    """One notebook's loops; ``note`` is a sentence about what was done."""

    migration: NotebookMigration
    note: str = ""

    def text(self) -> str:
        """Give the loops as text."""
        told = migration_text(self.migration)
        return f"{told}\n\n{self.note}" if self.note else told

    def html(self) -> Markup:
        """Give the loops as a list that opens."""
        migration = self.migration
        stages = {(each.finding.cell, each.finding.line): becomes(each) for each in migration.converted}
        left = {(each.finding.cell, each.finding.line): each.reason for each in migration.left}
        items = []
        for loop in shown(migration):
            place = (loop.cell, loop.line)
            more = stages.get(place) or (f"left as it is: {left[place]}" if place in left else None)
            items.append(
                details(
                    joined([_badge(loop), " ", head(loop)]),
                    element("p", prose(loop.message)),
                    element("p", more) if more else None,
                    *(element("p", prose(f"Taken for granted: {bare(text)}")) for text in loop.assumptions),
                )
            )
        small = too_small(migration)
        parts = [
            element("p", element("strong", f"{migration.path.name}: {summary(migration)}")),
            *items,
            element("p", f"{small} too small to matter") if small else None,
            *(
                details(f"cell {index + 1}: what changes", _diff(migration.diff_of(index)))
                for index in migration.cells
            ),
            findings_html(migration.problems) if migration.problems else None,
            element("p", self.note) if self.note else None,
        ]
        return card(f"Loops of {migration.path.name}", *parts)


def page_text(migrations: Sequence[NotebookMigration]) -> str:
    """Give one HTML document: each notebook's code cells, the findings at their lines, what would change.

    It holds no script and asks for nothing.
    """
    title = migrations[0].path.name if len(migrations) == 1 else f"{len(migrations)} notebooks"
    body = element(
        "div",
        element(
            "header",
            element("p", "Migration", class_="eyebrow"),
            element("h1", title),
            element("p", summary_text(migrations), class_="lead"),
        ),
        element("main", *(_notebook(each) for each in migrations)),
        element("footer", element("p", "Nothing of the notebooks was run. This file is complete in itself.")),
        class_="page",
    )
    return document(
        f"{title}: loops that can run in parallel",
        (body,),
        made_by="jupyter-agilab migrate",
        sheet=style_text() + _RULES,
    )


def _notebook(migration: NotebookMigration) -> Markup:
    loops: dict[int, list[LoopFinding]] = {}
    for loop in shown(migration):
        loops.setdefault(loop.cell, []).append(loop)
    stages = {(each.finding.cell, each.finding.line): becomes(each) for each in migration.converted}
    left = {(each.finding.cell, each.finding.line): each.reason for each in migration.left}
    more = {**stages, **{place: f"left as it is: {reason}" for place, reason in left.items()}}
    cells = [
        _cell(cell, loops.get(cell.index, []), more, migration.diff_of(cell.index))
        for cell in migration.notebook.code_cells
    ]
    problems = findings_html(migration.problems) if migration.problems else None
    return element(
        "section", element("h2", str(migration.path)), element("p", summary(migration)), problems, *cells
    )


def _cell(
    cell: NotebookCell, loops: Sequence[LoopFinding], more: dict[tuple[int, int], str], diff: str
) -> Markup:
    rows: list[Markup] = []
    for number, line in enumerate(cell.source.split("\n"), 1):
        here = [loop for loop in loops if loop.line <= number <= loop.end_line]
        tone = " mg-hit" if any(loop.verdict == "convert" for loop in here) else " mg-stays" if here else ""
        rows.append(
            element("div", element("b", number), element("code", line or " "), class_=f"mg-line{tone}")
        )
        rows += [_told(loop, more) for loop in here if loop.line == number]
    return element(
        "div",
        element("h3", f"Cell {cell.index + 1}" + (f", {cell.id}" if cell.id else "")),
        element(
            "div", *rows, class_="mg-lines", tabindex="0", role="region", aria_label=f"Cell {cell.index + 1}"
        ),
        details("What changes", _diff(diff), is_open=True) if diff else None,
        class_="mg-cell",
    )


def _told(loop: LoopFinding, more: dict[tuple[int, int], str]) -> Markup:
    told = more.get((loop.cell, loop.line))
    return element(
        "div",
        element(
            "p", _badge(loop), " ", prose(loop.message), " ", element("span", loop.rule, class_="soft small")
        ),
        element("p", prose(f"Expected gain: {loop.gain}"))
        if loop.gain and loop.verdict == "convert"
        else None,
        element("p", told[:1].upper() + told[1:]) if told else None,
        *(
            element("p", prose(f"Taken for granted: {bare(text)}"), class_="soft")
            for text in loop.assumptions
        ),
        details("The small change that makes it convertible", _diff(loop.change)) if loop.change else None,
        class_="mg-told" if loop.verdict == "convert" else "mg-told stays",
    )


def _badge(loop: LoopFinding) -> Markup:
    if loop.verdict == "convert":
        return badge("can run in parallel", "good")
    return badge((loop.reason or "stays").replace("-", " "), "plain")


def _diff(text: str) -> Markup:
    signs = {"+": "plus", "-": "minus"}
    shown_lines = [line for line in text.split("\n") if not line.startswith(("--- ", "+++ "))]
    lines = [element("span", line or " ", class_=signs.get(line[:1])) for line in shown_lines]
    return element("pre", *lines, class_="mg-diff", tabindex="0")
