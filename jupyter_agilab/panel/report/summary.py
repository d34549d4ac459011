"""What is said of a report beside the file itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_agilab.panel.columns import WIDTH, printable, wrapped
from jupyter_agilab.panel.figures import counted, size
from jupyter_agilab.panel.markup import Markup, badge, code, element, prose
from jupyter_agilab.panel.report.top import TONES
from jupyter_agilab.panel.report.words import headline, in_words
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import STATES
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.story.story import RunStory


def summary_text(story: RunStory, path: Path, size_bytes: int, width: int = WIDTH) -> str:
    """Say how the run went, where the report is, and the advice in it."""
    lines = wrapped(f"{story.run.stage} {story.run.run_id}: {headline(story)}", width, hanging="    ")
    for cause in story.status.causes[:3]:
        first = cause.message.partition("\n")[0]
        told = f"{counted(cause.partitions, 'partition')}: {cause.error_type}: {first}"
        lines += wrapped(told, width, indent="  ", hanging="      ")
    for advice in story.advice:
        lines += wrapped(f"advice: {in_words(advice).title}", width, indent="  ", hanging="      ")
    return "\n".join([*lines, f"report: {printable(str(path))} ({size(size_bytes)})"])


def summary_json(story: RunStory, path: Path, size_bytes: int) -> dict[str, Any]:
    """Give the stable JSON form of ``report --json``."""
    return {
        "path": str(path),
        "size_bytes": size_bytes,
        "run_id": story.run.run_id,
        "run_dir": str(story.run.path),
        "stage": story.run.stage,
        "state": story.status.state,
        "headline": headline(story),
        "advice": [
            {
                "code": advice.code,
                "title": in_words(advice).title,
                "reason": in_words(advice).reason,
                "figures": dict(advice.figures),
            }
            for advice in story.advice
        ],
    }


@dataclass(frozen=True, slots=True, repr=False)
class ReportView(View):
    """A report that was written; ``place`` is its file as the reader would name it."""

    story: RunStory
    path: Path
    size_bytes: int
    place: Path

    def text(self) -> str:
        """Give the summary as text."""
        return summary_text(self.story, self.place, self.size_bytes)

    def html(self) -> Markup:
        """Give the summary as a card with a link."""
        story = self.story
        state = story.status.state
        head = element(
            "div",
            element("span", f"Report of {story.run.stage}", class_="ag-title"),
            badge(STATES.get(state, state), TONES.get(state, "info")),
            code(story.run.run_id),
            class_="ag-head",
        )
        causes = [
            element(
                "li",
                element("strong", f"{cause.error_type}: "),
                cause.message.partition("\n")[0],
                f" ({counted(cause.partitions, 'partition')})",
                class_="ag-bad",
            )
            for cause in story.status.causes[:3]
        ]
        advice = [
            element("li", "Advice: ", prose(in_words(each).title), class_="ag-info") for each in story.advice
        ]
        return card(
            f"Report of stage {story.run.stage}",
            head,
            element("p", headline(story)),
            element("ul", *causes, *advice) if causes or advice else None,
            element("p", self._link(), f" ({size(self.size_bytes)})"),
        )

    def _link(self) -> Markup:
        # Jupyter's servers give no files from folders that start with a dot, nor from above the notebook
        hidden = any(part.startswith(".") for part in self.place.parts)
        if hidden or self.place.is_absolute():
            return element("span", "The page is ", code(self.place))
        link = element(
            "a", "Open the report", href=quote(self.place.as_posix()), target="_blank", rel="noopener"
        )
        return element("span", link, ", ", code(self.place))
