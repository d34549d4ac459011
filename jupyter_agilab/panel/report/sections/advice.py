"""What to do differently next time."""

from __future__ import annotations

from jupyter_agilab.panel.markup import element, joined, prose
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.words import in_words
from jupyter_agilab.run.story.story import RunStory


def part(story: RunStory) -> Part | None:
    """Give the advice with its reasons; None where there is nothing to say."""
    if not story.advice:
        return None
    said = [in_words(advice) for advice in story.advice]
    body = joined(
        element(
            "article", element("h3", prose(each.title)), element("p", prose(each.reason)), class_="advice"
        )
        for each in said
    )
    return Part(id="advice", title="Advice", body=body, count=f"{len(said):,}")
