"""Drawing on one figure, and figures that are only shown."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def shared_plot(facts: Facts) -> Iterator[Obstacle]:
    """Refuse plots on a figure from outside; a figure made in the iteration and saved to a file is fine."""
    plots = facts.record.of("plot")
    figures = facts.record.of("figure")
    shows = facts.record.of("show")
    ends_figure = [event for event in shows if event.is_sure and event.in_function is None]
    saved = [event for event in facts.record.of("write") if "savefig" in _text(event.node)]
    starts_anew = bool(ends_figure) and saved and not _draws_on_outer(facts)
    if plots and not starts_anew:
        event = plots[0]
        message = f"all iterations draw on one figure (`{event.detail}`)"
        yield at_event(facts, event, "migrate.shared-plot", "shared-plot", message, event.name)
    if (figures or shows) and not saved and not plots:
        event = (figures or shows)[0]
        if event.name != "close" or figures:
            message = (
                "the figures are shown in the notebook only: save each one to a file of its own, "
                "then it can run"
            )
            yield at_event(facts, event, "migrate.shows-figures", "shared-plot", message)


def _draws_on_outer(facts: Facts) -> bool:
    return any(
        facts.scene.is_known(event.name.partition(".")[0].partition("[")[0])
        and not event.name.startswith(("matplotlib", "seaborn", "plt", "."))
        for event in facts.record.of("plot")
    )


def _text(node: object) -> str:
    import ast

    return ast.unparse(node) if isinstance(node, ast.expr) else ""
