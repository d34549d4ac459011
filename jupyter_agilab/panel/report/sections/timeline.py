"""Who worked when."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.panel.figures import counted, duration, percent
from jupyter_agilab.panel.markup import Markup, element, joined, table
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.still import timeline_svg
from jupyter_agilab.run.story.journal import LOST, TaskColumns
from jupyter_agilab.run.story.story import RunStory

_SHOWN_LOST = 12


def part(story: RunStory) -> Part:
    """Draw each worker's tasks over time, and say the same in a table."""
    journal = story.journal
    if not len(journal.tasks):
        nothing = element("p", _nothing(story))
        return Part(id="timeline", title="Timeline", body=joined([nothing, _phases(story)]))
    said = _said(story)
    chart = element(
        "div", timeline_svg(journal, said), class_="chart", data_chart="timeline", data_label=said
    )
    return Part(
        id="timeline",
        title="Timeline",
        body=joined([element("p", said), _legend(story), chart, _phases(story), _lost(story)]),
    )


def _nothing(story: RunStory) -> str:
    if story.status.reused and story.status.reused == story.status.partitions:
        return "No worker was needed: every result came from earlier runs."
    return "No task was handed out yet." if not story.status.ended else "No task was handed out."


def _said(story: RunStory) -> str:
    figures, journal = story.figures, story.journal
    said = f"{counted(len(journal.tasks), 'task')} on {counted(journal.slots, 'worker')}"
    if figures.working_s and journal.slots > 1:
        said += f", {figures.at_once:.1f} busy at once on average"
    if story.measured.done_here():
        each = figures.done / len(journal.tasks)
        said += f"; a task gave {each:,.{0 if each >= 10 else 1}f} results on average"
    return said + "."


def _legend(story: RunStory) -> Markup:
    tasks, journal = story.journal.tasks, story.journal
    items = [("start", "start-up", True), ("done", "task", True)]
    items += [
        ("retry", "task that tries again", any(_retries(tasks))),
        ("mixed", "task of which some partitions failed", any(_mixed(tasks))),
        ("failed", "task of which all failed", any(map(_all_failed, tasks.failed, tasks.finished))),
        ("lost", "task lost with its worker", LOST in tasks.state),
        ("merge", "merging", journal.reduce_s is not None),
    ]
    return legend([(kind, text) for kind, text, shown in items if shown])


def _mixed(tasks: TaskColumns) -> Iterator[bool]:
    return (failed > 0 < finished for failed, finished in zip(tasks.failed, tasks.finished, strict=True))


def _retries(tasks: TaskColumns) -> Iterator[bool]:
    rows = zip(tasks.attempt, tasks.failed, tasks.state, strict=True)
    return (attempt > 1 and not failed and state != LOST for attempt, failed, state in rows)


def _all_failed(failed: int, finished: int) -> bool:
    return failed > 0 and not finished


def legend(items: list[tuple[str, str]]) -> Markup:
    """Make a list of coloured marks with their meanings; shapes differ as well as colours."""
    shapes = {
        "failed": "M1 1h12v12h-12zM4 4L10 10M10 4L4 10",
        "retry": "M1 1h12v12h-12zM4 10L7 4L10 10z",
        "lost": "M1 1h12v12h-12zM3 11L11 3",
    }
    marks = []
    for kind, text in items:
        outline = shapes.get(kind)
        inner = (
            element("path", d=outline, stroke="var(--bg)", fill="none", stroke_width="1.6")
            if outline
            else None
        )
        base = "done" if kind == "mixed" else kind
        square = element("rect", x="1", y="1", width="12", height="12", rx="2", class_=f"s-{base}")
        if kind == "mixed":
            inner = element("rect", x="1", y="9", width="12", height="4", class_="s-failed")
        icon = element("svg", square, inner, width="14", height="14", viewBox="0 0 14 14", aria_hidden="true")
        marks.append(element("li", icon, text))
    return element("ul", *marks, class_="legend")


def _phases(story: RunStory) -> Markup:
    figures, whole = story.figures, story.journal.end_s
    rest = whole - figures.start_s - figures.working_s - figures.reduce_s
    rows = [
        ["until the first task began", duration(figures.start_s), percent(figures.start_s, whole)],
        ["while partitions ran", duration(figures.working_s), percent(figures.working_s, whole)],
        ["merging", duration(figures.reduce_s), percent(figures.reduce_s, whole)],
        ["in between and at the end", duration(rest), percent(rest, whole)],
    ]
    shown = [
        row
        for row, seconds in zip(
            rows, (figures.start_s, figures.working_s, figures.reduce_s, rest), strict=True
        )
        if seconds > 0.0005
    ]
    return table("Where the time went", ["Phase", "Time", "Share"], shown, numbers=(1, 2), row_heads=True)


def _lost(story: RunStory) -> Markup | None:
    lost = [worker for worker in story.journal.workers if worker.lost_s is not None]
    if not lost:
        return None
    rows = [[worker.name, duration(worker.lost_s or 0.0), worker.cause] for worker in lost[:_SHOWN_LOST]]
    more = len(lost) - len(rows)
    return joined(
        [
            table("Lost workers", ["Worker", "After", "Cause"], rows, numbers=(1,), row_heads=True),
            element("p", f"… and {counted(more, 'more lost worker')}", class_="soft small")
            if more > 0
            else None,
        ]
    )
