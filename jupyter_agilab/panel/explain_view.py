"""Why partitions will run or not, as a card."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.explain_text import (
    chosen_groups,
    explain_text,
    named_partitions,
    reason_of,
    verdict,
)
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.markup import Markup, Tone, badge, element, prose, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.reasons import Explanation, ReasonKind

_WORDS: dict[ReasonKind, tuple[str, Tone]] = {
    "reused": ("taken over", "good"),
    "never": ("new", "info"),
    "unfinished": ("not done yet", "info"),
    "stage": ("changed", "warn"),
    "input": ("changed", "warn"),
    "failed": ("failed", "bad"),
    "damaged": ("damaged", "bad"),
}
_HEAD = ("Partitions", "What", "Why", "The first of them")


@dataclass(frozen=True, slots=True, repr=False)
class ExplainView(View):
    """Reasons in groups; ``kinds`` leaves out all others."""

    explanation: Explanation
    kinds: frozenset[ReasonKind] | None = None

    def text(self) -> str:
        """Give the reasons as text."""
        return explain_text(self.explanation, kinds=self.kinds)

    def html(self) -> Markup:
        """Give the reasons as a card."""
        explanation = self.explanation
        title = f"What a run of {explanation.stage} would do"
        head = element(
            "div",
            element("span", title, class_="ag-title"),
            badge("nothing ran yet", "plain"),
            class_="ag-head",
        )
        groups, more = chosen_groups(explanation, self.kinds)
        rows = [
            [
                f"{group.count:,}",
                badge(*_WORDS[group.kind]),
                prose(reason_of(group)),
                named_partitions(explanation, group),
            ]
            for group in groups
        ]
        nothing = self.kinds is not None and not groups
        return card(
            title,
            head,
            element("p", f"{verdict(explanation)}."),
            table("Why", _HEAD, rows, numbers=(0,), caption_shown=False) if rows else None,
            element("p", f"… and {counted(more, 'more reason')}", class_="ag-soft") if more else None,
            element("p", "Nothing has changed since the results were made.") if nothing else None,
        )
