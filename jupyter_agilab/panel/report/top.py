"""The head of the report: how it went, in one sentence and a few figures."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.panel.figures import counted, duration, moment, percent, size
from jupyter_agilab.panel.markup import Markup, Tone, badge, code, element, joined
from jupyter_agilab.panel.report.words import headline, in_words
from jupyter_agilab.panel.text import STATES
from jupyter_agilab.run.story.story import RunStory

TONES: dict[str, Tone] = {
    "finished": "good",
    "partial": "warn",
    "failed": "bad",
    "stopped": "warn",
    "interrupted": "warn",
}
"""The tone of a state; all others are neutral."""


def head(story: RunStory) -> Markup:
    """Give the page's head."""
    status = story.status
    tone = TONES.get(status.state, "info")
    return element(
        "header",
        element(
            "div",
            element("span", "Report of a run", class_="eyebrow"),
            element("button", "Theme: as the system", type="button", id="theme", class_="needs-script"),
            class_="top",
        ),
        element(
            "div",
            element("h1", story.run.stage),
            badge(STATES.get(status.state, status.state), tone),
            class_="top",
        ),
        element("p", headline(story), class_="lead"),
        _about(story),
        _shares(story),
        _tiles(story),
        _message(story),
        _first(story),
    )


def _about(story: RunStory) -> Markup:
    parts: list[object] = ["Run ", code(story.run.run_id)]
    submitted = float(story.manifest.get("submitted", 0.0))
    if submitted:
        parts.append(f", submitted {moment(submitted)}")
    if story.manifest.get("host"):
        parts.append(f" on {story.manifest['host']}")
    state = "" if story.status.ended else " The run goes on: this page shows it as it was then."
    parts.append(f". Written {moment(story.told)}.{state}")
    return element("p", *parts, class_="soft small")


def _shares(story: RunStory) -> Markup | None:
    status = story.status
    if not status.partitions:
        return None
    left = max(0, status.partitions - status.done - status.failed)
    shares = [
        ("done", "done", status.finished),
        ("reused", "from earlier runs", status.reused),
        ("failed", "failed", status.failed),
    ]
    label = ", ".join(f"{count:,} {name}" for _, name, count in shares if count)
    label += f"{', ' if label else ''}{left:,} not done" if left or not label else ""
    bars = [
        element("span", class_=f"f-{kind}", style=f"width:{100 * count / status.partitions:.2f}%")
        for kind, _, count in shares
        if count
    ]
    squares = [
        element("li", _square(kind), f"{count:,} {name} ({percent(count, status.partitions)})")
        for kind, name, count in shares
        if count
    ]
    if left:
        squares.append(element("li", _square(""), f"{left:,} not done ({percent(left, status.partitions)})"))
    bar = element("div", *bars, class_="shares", role="img", aria_label=f"Partitions: {label}")
    return joined([bar, element("ul", *squares, class_="legend")])


def _square(kind: str) -> Markup:
    shape = element(
        "rect", x="1", y="1", width="12", height="12", rx="2", class_=f"s-{kind}" if kind else "s-none"
    )
    return element("svg", shape, width="14", height="14", viewBox="0 0 14 14", aria_hidden="true")


def _tiles(story: RunStory) -> Markup:
    status, figures, journal = story.status, story.figures, story.journal
    done = f"{status.done:,}"
    tiles: list[tuple[str, str, str]] = [("partitions done", done, f"of {status.partitions:,}")]
    if figures.elapsed_s:
        tiles.append(
            ("time", duration(figures.elapsed_s), "from submit to end" if status.ended else "so far")
        )
    if figures.done:
        tiles.append(("work", duration(figures.work_s), "one after another"))
    if journal.slots:
        used = f"{figures.at_once:.1f} busy on average" if figures.working_s else journal.runner
        tiles.append(("workers", f"{journal.slots:,}", used))
    if status.failed:
        tiles.append(("failed", f"{status.failed:,}", f"for {counted(len(story.status.causes), 'cause')}"))
    if figures.peak_memory_bytes:
        tiles.append(("peak memory", size(figures.peak_memory_bytes), "of one worker"))
    artifact = story.manifest.get("artifact") or {}
    if status.artifact and artifact.get("records") is not None:
        tiles.append(("result", size(artifact.get("size", 0)), counted(artifact["records"], "record")))
    shown = [
        element("div", element("dt", name), element("dd", value, element("small", note) if note else None))
        for name, value, note in tiles
    ]
    return element("dl", *shown, class_="tiles")


def _message(story: RunStory) -> Markup | None:
    message = story.status.message.strip()
    if not message:
        return None
    lines = element("pre", message, tabindex="0", role="region", aria_label="What the run said at its end")
    return element("div", element("strong", "What the run said at its end"), lines, class_="first ag-bad")


def _first(story: RunStory) -> Markup | None:
    """Lead to what most people open the page for."""
    status = story.status
    items: list[Markup] = []
    for cause in status.causes[:3]:
        text = f"{cause.error_type}: {cause.message.partition(chr(10))[0]}"
        shown = text if len(text) <= 160 else text[:159] + "…"
        items.append(
            element(
                "li", element("a", shown, href="#failures"), f" ({counted(cause.partitions, 'partition')})"
            )
        )
    more = len(story.status.causes) - len(items)
    if more > 0:
        items.append(element("li", element("a", counted(more, "more cause"), href="#failures")))
    for advice in story.advice[:3]:
        items.append(element("li", "Advice: ", element("a", _plain(in_words(advice).title), href="#advice")))
    if story.status.artifact:
        artifact, folder = Path(story.status.artifact), story.run.path.parents[3]
        shown_path = artifact.relative_to(folder) if artifact.is_relative_to(folder) else artifact
        items.append(element("li", "The result: ", code(shown_path)))
    return (
        element("div", element("strong", "At a glance"), element("ul", *items), class_="first")
        if items
        else None
    )


def _plain(text: str) -> str:
    return text.replace("`", "")
