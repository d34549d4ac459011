"""What was expected, and what came."""

from __future__ import annotations

from jupyter_agilab.panel.figures import counted, duration, moment, size
from jupyter_agilab.panel.markup import Markup, element, facts, joined, table
from jupyter_agilab.panel.report.meter import meter
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.still import scatter_svg
from jupyter_agilab.panel.report.times import fine
from jupyter_agilab.run.story.story import RunStory

_SHOWN_LANES = 32


def part(story: RunStory) -> Part | None:
    """Hold the trial's prediction, the planned loads and the planned weights against what came."""
    if not story.figures.done:
        return None
    parts = [_estimate(story), _trial(story), _workers(story), _partitions(story)]
    if not any(parts):
        return None
    return Part(id="comparison", title="Predicted and actual", body=joined(parts))


def _estimate(story: RunStory) -> Markup | None:
    made, figures = story.foretold, story.figures
    if made is None or not story.status.ended:
        return None
    rows = [
        ["the whole run", duration(made.seconds), duration(figures.elapsed_s)],
        ["work of all partitions", duration(made.work_s), duration(figures.work_s)],
        ["longest partition", duration(made.longest_s), duration(figures.longest_s)],
    ]
    if made.memory_per_worker_bytes and figures.peak_memory_bytes:
        rows.append(
            ["memory of a worker", size(made.memory_per_worker_bytes), size(figures.peak_memory_bytes)]
        )
    taken_over = story.status.partitions - figures.done
    return joined(
        [
            table("What the plan foretold", ["", "Foretold", "Came"], rows, numbers=(1, 2), row_heads=True),
            element(
                "p",
                f"From {made.source}, with {counted(made.workers, 'worker')}: {made.verdict.text}",
                class_="soft small",
            ),
            element(
                "p",
                f"It is about all {counted(story.status.partitions, 'partition')}; this run did "
                f"{figures.done:,} of them.",
                class_="soft small",
            )
            if taken_over > 0
            else None,
        ]
    )


def _trial(story: RunStory) -> Markup | None:
    trial, figures = story.trial, story.figures
    if trial is None or story.foretold is not None:
        return None
    rows = [
        ["work of all partitions", duration(trial.work_s), duration(figures.work_s)],
        ["while partitions ran, at best", duration(trial.best_s), duration(figures.working_s)],
        ["memory of a worker", size(trial.memory_bytes), size(figures.peak_memory_bytes)],
    ]
    source = (
        f"From the trial of {moment(trial.tried)}: {trial.described} took {duration(trial.seconds)}. "
        "Other partitions are expected to take as long in proportion to their size."
    )
    return joined(
        [
            table(
                "What a trial foretold",
                ["", "Foretold", "Came"],
                rows,
                numbers=(1, 2),
                row_heads=True,
            ),
            element("p", source, class_="soft small"),
        ]
    )


def _workers(story: RunStory) -> Markup | None:
    journal, busy, plan = story.journal, story.figures.busy_by_lane, story.plan
    if not busy or plan is None:
        return None
    loads = plan.loads
    total, planned = sum(busy), sum(loads)
    most = max(
        (*(each / total for each in busy), *(each / planned for each in loads if planned)), default=1.0
    )
    rows = []
    for lane in range(min(len(busy), _SHOWN_LANES)):
        load = loads[lane] if lane < len(loads) else 0.0
        workers = [worker for worker in journal.workers if worker.lane == lane]
        memory = max((worker.memory_bytes for worker in workers), default=0)
        rows.append(
            [
                workers[0].name + (f" (+{len(workers) - 1})" if len(workers) > 1 else "") if workers else "",
                meter(load, planned, most=most * planned, planned=True),
                meter(busy[lane], total, most=most * total),
                duration(busy[lane]),
                f"{sum(worker.finished for worker in workers):,}",
                size(memory) if memory else "",
            ]
        )
    head = ["Worker", "Planned share", "Real share", "Busy", "Partitions", "Peak memory"]
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    more = len(busy) - _SHOWN_LANES
    return joined(
        [
            table("Load of each worker", head, rows, numbers=(3, 4, 5), row_heads=True),
            element("p", f"… and {counted(more, 'more worker')}", class_="soft small") if more > 0 else None,
            element(
                "p",
                "The plan is a forecast: a worker that is free takes the next batch, "
                "whoever it was planned for.",
                class_="soft small",
            ),
        ]
    )


def _partitions(story: RunStory) -> Markup | None:
    done = story.measured.done_here()
    if len(done) < 2:
        return None
    seconds = [story.measured.seconds[index] for index in done]
    fit = story.fit
    if fit is not None and story.weights:
        xs = [story.weights[index] for index in done]
        title, text = "Size and time of each partition", "planned size"
        log = min(xs) > 0
        x_text = [(min(xs), _weight(story, min(xs))), (max(xs), _weight(story, max(xs)))]
    else:
        xs, log = [float(index) for index in done], False
        title, text = "Time of each partition", "partition, in the order of the plan"
        x_text = [(xs[0], f"{done[0]:,}"), (xs[-1], f"{done[-1]:,}")]
    label = f"{title}: {len(done):,} partitions, {_spread(seconds)}"
    chart = element(
        "div",
        scatter_svg(xs, seconds, label, text, x_text, log_x=log),
        class_="chart",
        data_chart="partitions",
        data_label=label,
    )
    return joined([element("h3", title), _fit(story), chart, _outliers(story)])


def _spread(seconds: list[float]) -> str:
    return f"{fine(min(seconds))} to {fine(max(seconds))}"


def _weight(story: RunStory, weight: float) -> str:
    return size(weight) if story.is_sized else f"{weight:g}"


def _fit(story: RunStory) -> Markup | None:
    fit = story.fit
    if fit is None:
        return None
    if fit.correlation is None:
        said = "All partitions took the same time, whatever their size."
    elif fit.correlation > 0.9:
        said = "The planned sizes foretold the times well."
    elif fit.correlation > 0.5:
        said = "The planned sizes foretold the times roughly."
    else:
        said = (
            "The planned sizes say little about the times: something else decides how long a partition takes."
        )
    speed = (
        f"{size(1 / fit.seconds_per_weight)} a second" if story.is_sized and fit.seconds_per_weight else None
    )
    return joined(
        [
            element("p", said),
            facts(
                [
                    (
                        "correlation of size and time",
                        f"{fit.correlation:.2f}" if fit.correlation is not None else None,
                    ),
                    ("input, by each worker", speed),
                ]
            ),
        ]
    )


def _outliers(story: RunStory) -> Markup | None:
    fit = story.fit
    if fit is None or not fit.outliers:
        return None
    names = story.names(index for index, _ in fit.outliers)
    rows = [
        [f"{index:,}", names.get(index, ""), fine(story.measured.seconds[index]), f"{ratio:.1f} times"]
        for index, ratio in fit.outliers
    ]
    more = fit.outlier_count - len(rows)
    return joined(
        [
            table(
                "Longer than their size says",
                ["#", "Partition", "Took", "Of what was to be expected"],
                rows,
                numbers=(0, 2, 3),
            ),
            element("p", f"… and {counted(more, 'more partition')}", class_="soft small")
            if more > 0
            else None,
        ]
    )
