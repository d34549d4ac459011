"""The page about a workflow's run: its stages, a timeline across them, and what decided its length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jupyter_agilab.panel.columns import clip
from jupyter_agilab.panel.figures import counted, duration, moment, percent
from jupyter_agilab.panel.markup import Markup, badge, code, details, element, joined, table
from jupyter_agilab.panel.report.document import report_document, write_report
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.scale import time_ticks
from jupyter_agilab.panel.report.still import BOTTOM, LEFT, TOP, WIDTH, Runs, grid, svg
from jupyter_agilab.panel.report.times import fine
from jupyter_agilab.panel.report.top import TONES
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.workflow.running.status import StageStatus
from jupyter_agilab.workflow.running.story import StageBar, WorkflowStory, workflow_story

_COLOURS = ("#0072b2", "#c8460b", "#00805c", "#a2428c", "#a86a00", "#56606b", "#2a5d9f", "#7a7a00")
"""By the stage's place; rows have names too, so that nobody needs to tell colours apart."""
_ROW = 20
_MOST_ROWS = 60
_MOST_STEPS = 200
_BECAUSE = {
    "input": "when its input was there",
    "worker": "when its worker was free",
    "artifact": "when all results were there",
    "stage": "after a stage that it comes after",
    "start": "with the run",
}


def workflow_report(run: RunDirectory, output: str | Path | None = None) -> Path:
    """Write the report of a workflow's run and give where it is; runs nothing.

    Parameters
    ----------
    output
        The file; ``report.html`` in the run's directory by default.

    Raises
    ------
    AgilabError
        It is no directory of a workflow's run.
    OutputError
        The folder cannot be written, or a file is there that is no report.
    """
    path = Path(output) if output is not None else run.report
    write_report(workflow_page_text(workflow_story(run)), path)
    return path


def workflow_page_text(story: WorkflowStory) -> str:
    """Give the report as one HTML document, which has no script."""
    return report_document(
        f"{story.status.name} {story.status.run_id}: report",
        _head(story),
        [part for part in (_stages(story), _timeline(story), _path(story), _failures(story)) if part],
    )


def _head(story: WorkflowStory) -> Markup:
    status = story.status
    on = [stage for stage in status.stages if stage.state != "off"]
    finished = sum(stage.state == "finished" for stage in on)
    lead = f"{finished} of {counted(len(on), 'stage')} finished, in {duration(story.seconds)}."
    about: list[object] = ["Run ", code(status.run_id)]
    if status.started:
        about.append(f", begun {moment(status.started)}")
    about.append(f". Written {moment(story.told)}.")
    if not status.has_ended:
        about.append(" The run goes on: this page shows it as it was then.")
    return element(
        "header",
        element("p", "Report of a workflow's run", class_="eyebrow"),
        element(
            "div",
            element("h1", status.name),
            badge(status.state, TONES.get(status.state, "info")),
            class_="top",
        ),
        element("p", lead, class_="lead"),
        element("p", *about, class_="soft small"),
        element("p", status.message, class_="first ag-bad") if status.message else None,
    )


def _stages(story: WorkflowStory) -> Part:
    on_path = story.on_path_s()
    rows = [_stage_row(stage, on_path.get(stage.name, 0.0)) for stage in story.status.stages]
    head = ("stage", "state", "partitions", "done", "reused", "failed", "skipped", "took", "of the path", "")
    body = table("Stages", head, rows, numbers=range(2, 9), row_heads=True, caption_shown=False)
    return Part(id="stages", title="Stages", body=body, count=str(len(rows)))


def _stage_row(stage: StageStatus, on_path_s: float) -> list[object]:
    tone = TONES.get(stage.state, "plain")
    figures = [stage.finished, stage.reused, stage.failed, stage.skipped]
    return [
        stage.name,
        badge(stage.state, tone),
        f"{stage.partitions:,}" if stage.partitions is not None else "",
        *(f"{figure:,}" if figure else "" for figure in figures),
        duration(stage.seconds) if stage.seconds else "",
        fine(on_path_s) if on_path_s else "",
        stage.message,
    ]


def _timeline(story: WorkflowStory) -> Part | None:
    if not story.bars:
        return None
    stages = [
        stage.name for stage in story.status.stages if any(bar.stage == stage.name for bar in story.bars)
    ]
    path = {id(step.bar) for step in story.critical_path}
    by_stage = _picture(
        stages, [(stages.index(bar.stage), bar) for bar in story.bars], story, "Timeline by stage", path
    )
    body: list[object] = [
        element("p", "When each stage worked. What decided how long the run took is framed.", class_="soft"),
        by_stage,
    ]
    if story.workers:
        workers = list(story.workers)
        bars = [(workers.index(bar.worker), bar) for bar in story.bars if bar.worker]
        busy = percent(story.busy_s, len(workers) * story.seconds)
        body += [
            element("h3", "By worker"),
            element("p", f"Workers were busy for {busy} of the time.", class_="soft"),
            _picture(workers, bars, story, "Timeline by worker", set()),
            _legend(story, stages),
        ]
    return Part(id="timeline", title="Timeline", body=joined(body))


def _picture(
    rows: Sequence[str],
    bars: Sequence[tuple[int, StageBar]],
    story: WorkflowStory,
    label: str,
    framed: set[int],
) -> Markup:
    """Draw bars in rows, coloured by stage."""
    drawn = rows[:_MOST_ROWS]
    span = story.seconds or 1.0
    scale = (WIDTH - LEFT - 12) / span
    runs: dict[tuple[str, bool], Runs] = {}
    frame = Runs()
    for row, bar in bars:
        if row >= len(drawn):
            continue
        place = bar.start_s * scale, (bar.stop_s - bar.start_s) * scale
        runs.setdefault((bar.stage, bool(bar.worker)), Runs()).add(row, *place)
        if id(bar) in framed:
            frame.add(row, *place)
    bottom = TOP + len(drawn) * _ROW
    parts = [grid(time_ticks(span), scale, bottom)]
    for (stage, is_task), run in runs.items():
        fill = _colour(story, stage)
        # merging, which no worker does, is lighter
        parts.append(
            element("path", d=run.path(_ROW, 5), fill=fill, fill_opacity=None if is_task else "0.45")
        )
    parts.append(
        element("path", d=frame.path(_ROW, 3), fill="none", stroke="currentColor", stroke_width="1.4")
    )
    for row, name in enumerate(drawn):
        y = TOP + row * _ROW + _ROW / 2 + 4
        parts.append(element("text", clip(name, 17), x=LEFT - 8, y=y, text_anchor="end"))
    if len(rows) > len(drawn):
        note = f"and {len(rows) - len(drawn):,} more not drawn"
        parts.append(element("text", note, x=WIDTH - 12, y=bottom + 34, text_anchor="end"))
    return svg(joined(parts), bottom + BOTTOM + (14 if len(rows) > len(drawn) else 0), label)


def _colour(story: WorkflowStory, stage: str) -> str:
    place = next(place for place, each in enumerate(story.status.stages) if each.name == stage)
    return _COLOURS[place % len(_COLOURS)]


def _legend(story: WorkflowStory, stages: Sequence[str]) -> Markup:
    items = [
        element(
            "li",
            element(
                "svg",
                element("rect", width=10, height=10, fill=_colour(story, name)),
                width=10,
                height=10,
            ),
            name,
        )
        for name in stages
    ]
    return element("ul", *items, class_="legend")


def _path(story: WorkflowStory) -> Part | None:
    steps = story.critical_path[-_MOST_STEPS:]
    if not steps:
        return None
    rows = [
        [
            step.bar.stage,
            f"partitions {clip(step.bar.indexes, 30)}" if step.bar.worker else "its results merged",
            step.bar.worker or "the driver",
            fine(step.bar.start_s),
            fine(step.bar.stop_s - step.bar.start_s),
            _BECAUSE[step.because],
            fine(step.waited_s),
        ]
        for step in steps
    ]
    head = ("stage", "what", "where", "began at", "took", "began", "after waiting")
    shown = table("Critical path", head, rows, numbers=(3, 4, 6), row_heads=True, caption_shown=False)
    slowest = max(story.on_path_s().items(), key=lambda pair: pair[1])
    share = percent(slowest[1], story.seconds)
    text = (
        f"Each step began when the one before it had ended, or could have: what is made faster here makes "
        f"the run shorter. {slowest[0]} has {share} of the run's time on it."
    )
    return Part(
        id="path",
        title="Critical path",
        body=joined([element("p", text), details("The steps", shown, is_open=len(rows) <= 20)]),
        count=str(len(story.critical_path)),
    )


def _failures(story: WorkflowStory) -> Part | None:
    blocks: list[object] = []
    for stage in story.status.stages:
        for failure in stage.failures:
            title = f"{stage.name}, partition {failure['index']}: {failure['described']}"
            blocks.append(_failure(title, failure["error_type"], failure["message"], failure["traceback"]))
        for skip in stage.skips:
            title = (
                f"{stage.name}: {counted(skip['partitions'], 'partition')} skipped because partition "
                f"{skip['ancestor']} of {skip['ancestor_stage']} failed"
            )
            blocks.append(_failure(title, skip["error_type"], skip["message"], skip["traceback"]))
    if not blocks:
        return None
    return Part(id="failures", title="Failures", body=joined(blocks), count=str(len(blocks)))


def _failure(title: str, kind: str, message: str, traceback: str) -> Markup:
    return element(
        "div",
        element("h3", title),
        element("p", code(kind), f": {message}"),
        details("Traceback", element("pre", element("code", traceback))) if traceback else None,
        class_="cause",
    )
