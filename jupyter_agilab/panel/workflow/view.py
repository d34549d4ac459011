"""A workflow: its graph with the state of each stage, how far it is, what failed, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, badge, code, details, element, facts, prose, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import findings_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.panel.workflow.graph import edges_meaning, graph_style, graph_svg
from jupyter_agilab.panel.workflow.text import workflow_text
from jupyter_agilab.panel.workflow.words import (
    counts_words,
    needs_words,
    place_words,
    run_seconds_words,
    run_state_of,
    seconds_words,
    state_of,
    total_words,
)


@dataclass(frozen=True, slots=True, repr=False)
class WorkflowView(View):
    """A workflow as it stands.

    Attributes
    ----------
    told
        Its plain form, that of ``WorkflowStatus.to_json``, or of the graph where nothing runs.
    findings
        What is wrong with its file, or worth to know.
    failures
        Of what went wrong first: a title and the text, tracebacks in full.
    after
        What to do.
    place
        The run's directory, or the file, as the reader would name it.
    """

    told: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    after: str = ""
    place: str = ""

    def text(self) -> str:
        """Give the workflow as text."""
        blocks = [workflow_text(self.told)]
        if self.findings:
            blocks.append(findings_text(self.findings))
        for title, text in self.failures:
            told = "\n".join(f"    {line}" for line in printable(text, keep="\n\t").splitlines())
            blocks.append(f"{printable(title)}\n{told}")
        if self.after:
            blocks.append(printable(self.after.replace("`", "")))
        return "\n\n".join(blocks)

    def html(self) -> Markup:
        """Give the workflow as a card."""
        told = self.told
        word, tone = run_state_of(told)
        head = element(
            "div",
            element("span", f"Workflow {told['name']}", class_="ag-title"),
            badge(word, tone),
            code(told["run_id"]) if told.get("run_id") else None,
            class_="ag-head",
        )
        has_stages = bool(told.get("stages"))
        return card(
            f"Workflow {told['name']}",
            element("style", Markup(graph_style())),
            head,
            facts([("in all", total_words(told)), ("time", run_seconds_words(told))]),
            element("p", prose(told["message"])) if told.get("message") else None,
            findings_html(self.findings) if self.findings else None,
            graph_svg(told) if has_stages else None,
            edges_meaning(told),
            _failures(self.failures),
            details("Stages", _stages(told)) if has_stages else None,
            element("p", prose(self.after)) if self.after else None,
            element("p", "Files and logs: ", code(self.place), class_="ag-soft") if self.place else None,
        )


def _stages(told: Mapping[str, Any]) -> Markup:
    rows = []
    for stage in told["stages"]:
        word, _, tone = state_of(stage)
        rows.append(
            [
                stage["name"],
                badge(word, tone),
                counts_words(stage),
                seconds_words(stage),
                ", ".join(filter(None, [needs_words(told, stage["name"]), place_words(stage)])),
                code(stage["contract"]) if stage.get("contract") else "",
            ]
        )
    head = ["Stage", "State", "Partitions", "Time", "Needs", "Contract"]
    return table(
        f"Stages of the workflow {told['name']}",
        head,
        rows,
        numbers=(3,),
        row_heads=True,
        caption_shown=False,
    )


def _failures(failures: tuple[tuple[str, str], ...]) -> Markup | None:
    if not failures:
        return None
    items = [
        element(
            "li", element("div", title), element("pre", text, tabindex="0") if text else None, class_="ag-bad"
        )
        for title, text in failures
    ]
    return element("ul", *items)
