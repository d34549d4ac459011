"""A clean-up as a card: what goes, what stays and why."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.clean_text import SHOWN_RUNS, clean_text, leftovers_words, verdict
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.markup import Markup, badge, code, element, table
from jupyter_agilab.panel.runs_text import shown_name
from jupyter_agilab.panel.runs_view import runs_markup
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.clean import Cleaning


@dataclass(frozen=True, slots=True, repr=False)
class CleanView(View):
    """A clean-up; ``next_step`` says what to do after a look, and is empty after the work."""

    cleaning: Cleaning
    next_step: str = ""

    def text(self) -> str:
        """Give the clean-up as text."""
        told = clean_text(self.cleaning)
        return f"{told}\n{self.next_step}" if self.next_step else told

    def html(self) -> Markup:
        """Give the clean-up as a card."""
        cleaning = self.cleaning
        word = badge("removed", "good") if cleaning.done else badge("only looked", "info")
        head = element("div", element("span", "Clean up", class_="ag-title"), word, class_="ag-head")
        parts: list[Markup | None] = [head, element("p", verdict(cleaning))]
        if cleaning.runs:
            caption = "Runs that are gone" if cleaning.done else "Runs that would go"
            parts.append(runs_markup(cleaning.runs[:SHOWN_RUNS], caption))
            if len(cleaning.runs) > SHOWN_RUNS:
                rest = counted(len(cleaning.runs) - SHOWN_RUNS, "older run")
                parts.append(element("p", f"… and {rest}", class_="ag-soft"))
        if others := leftovers_words(cleaning):
            parts.append(element("p", f"Left behind by processes that were killed: {others}"))
        if cleaning.kept:
            rows = [
                [shown_name(each.run), code(each.run.run_id), each.told, each.hint] for each in cleaning.kept
            ]
            parts.append(table("Runs that stay", ("Stage", "Run", "Why", "What to do"), rows, row_heads=True))
        parts += [element("p", badge("problem", "bad"), " ", told) for told in cleaning.problems]
        if self.next_step:
            parts.append(element("p", self.next_step, class_="ag-soft"))
        return card("Clean up", *parts)
