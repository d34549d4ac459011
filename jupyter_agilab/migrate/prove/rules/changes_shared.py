"""Objects from outside that the body changes where they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.migrate.finding import ReasonClass
from jupyter_agilab.migrate.prove.events import Event
from jupyter_agilab.migrate.prove.expressions import outer_kind
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event

_MOVING_ON = (".step", ".pop", ".popleft", ".popitem", ".readline", ".next", ".send", ".get_next", ".draw")


def changes_shared(facts: Facts) -> Iterator[Obstacle]:
    """Refuse changes of an outer object that are no known way of gathering results."""
    for event in facts.record.of("mutate"):
        code, reason, message = _told(facts, event)
        shown = {each.id for each in ast.walk(event.node) if isinstance(each, ast.Name)}
        items = tuple(name for name in facts.variables if name in shown) if "items" in code else ()
        yield at_event(facts, event, code, reason, message, *items, event.name)


def _told(facts: Facts, event: Event) -> tuple[str, ReasonClass, str]:
    name = event.name
    kind = outer_kind(facts.walk, name).kind
    if kind == "rng":
        message = (
            f"all iterations draw from one generator {name!r}: each one's numbers depend on those before it"
        )
        return "migrate.shared-generator", "carried-dependency", message
    if kind == "handle":
        message = f"all iterations use one open file or connection {name!r}, one after the other"
        return "migrate.shared-file", "order-dependent-io", message
    if kind == "iterator" or event.detail.startswith(("next", "goes through")):
        message = f"the loop takes items from {name!r}, which are then gone for the other iterations"
        return "migrate.consumes", "carried-dependency", message
    if name in facts.iterable_names:
        message = f"the loop changes the elements of {name!r} ({event.detail}); a stage works on copies"
        return "migrate.changes-items", "shared-mutation", message
    if event.detail.startswith(_MOVING_ON) and kind not in {"list", "dict"}:
        message = f"{name!r} moves on with each iteration ({event.detail})"
        return "migrate.moves-on", "carried-dependency", message
    if "fit" in event.detail or "train" in event.detail:
        message = (
            f"one {name!r} is fitted again in every iteration ({event.detail}); "
            "make it inside the loop and the iterations are independent"
        )
        return "migrate.refits-shared", "shared-mutation", message
    message = f"the loop changes {name!r} from outside ({event.detail}), which all iterations share"
    return "migrate.changes-shared", "shared-mutation", message
