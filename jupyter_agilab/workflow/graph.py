"""The graph of a workflow: order, cycles, parts, and what groups wait for. Nothing is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from jupyter_agilab.workflow.model import Workflow

EdgeKind = Literal["elements", "artifact", "after"]


@dataclass(frozen=True, slots=True)
class Edge:
    """``target`` depends on ``source``; ``parameter`` is what the element is passed as, if said."""

    source: str
    target: str
    kind: EdgeKind
    parameter: str = ""

    def to_json(self) -> dict[str, str]:
        """Give the stable JSON form."""
        return {"from": self.source, "to": self.target, "kind": self.kind}


def edges(workflow: Workflow) -> tuple[Edge, ...]:
    """Give all edges between stages that are there, in the order in which they were written."""
    found = []
    for stage in workflow.stages.values():
        found += [Edge(feed.stage, stage.name, feed.kind, feed.parameter) for feed in stage.inputs]
        found += [Edge(name, stage.name, "after") for name in dict.fromkeys(stage.after)]
    return tuple(edge for edge in found if edge.source in workflow.stages)


def needs(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """Give for each stage the stages that it depends on, of those that are there."""
    return {
        stage.name: tuple(name for name in stage.needs if name in workflow.stages)
        for stage in workflow.stages.values()
    }


def in_order(workflow: Workflow) -> tuple[str, ...]:
    """Give the stages in an order in which each comes after all that it depends on.

    Among those that could come next, the first written does. Stages on a cycle, and what depends on them, are
    left out.
    """
    before = needs(workflow)
    done: dict[str, None] = {}
    while True:
        free = (
            name
            for name in workflow.stages
            if name not in done and all(each in done for each in before[name])
        )
        name = next(free, None)
        if name is None:
            return tuple(done)
        done[name] = None


def cycles(workflow: Workflow) -> list[tuple[str, ...]]:
    """Give cycles by their paths, ``("A", "B", "A")``; each stage on a cycle is in at least one of them.

    A path goes from what feeds to what is fed, and is a shortest one through its first stage, which is the
    first written that is in no path before. A stage that depends on itself is a cycle of its own.
    """
    feeds: dict[str, list[str]] = {name: [] for name in workflow.stages}
    found: list[tuple[str, ...]] = []
    for edge in edges(workflow):
        if edge.source != edge.target:
            feeds[edge.source].append(edge.target)
        elif (edge.source, edge.source) not in found:
            found.append((edge.source, edge.source))
    told: set[str] = set()
    for name in workflow.stages:
        path = () if name in told else _way_back(name, feeds)
        if path:
            found.append(path)
            told.update(path)
    return found


def _way_back(start: str, feeds: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Give a shortest way from a stage through others to itself; empty where there is none."""
    came_from: dict[str, str] = {}
    queue = [start]
    for name in queue:
        for after in feeds[name]:
            if after == start:
                path = [start, name]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if after not in came_from:
                came_from[after] = name
                queue.append(after)
    return ()


def parts(workflow: Workflow) -> list[tuple[str, ...]]:
    """Give the stages of each connected part of the graph, parts and stages in the order as written."""
    beside: dict[str, set[str]] = {name: set() for name in workflow.stages}
    for edge in edges(workflow):
        beside[edge.source].add(edge.target)
        beside[edge.target].add(edge.source)
    found: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for name in workflow.stages:
        if name in seen:
            continue
        members = {name}
        queue = [name]
        for each in queue:
            queue += sorted(beside[each] - members)
            members |= beside[each]
        seen |= members
        found.append(tuple(each for each in workflow.stages if each in members))
    return found


def descendants(workflow: Workflow, names: Collection[str]) -> frozenset[str]:
    """Give the stages that depend on some of `names`, at any distance."""
    found: set[str] = set()
    before = needs(workflow)
    for name in in_order(workflow):
        if any(each in names or each in found for each in before[name]):
            found.add(name)
    return frozenset(found)


def groups_in_use(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """Give the groups that stages name, with their stages in the order in which they can be done."""
    found: dict[str, list[str]] = {}
    order = in_order(workflow)
    for name in (*order, *(name for name in workflow.stages if name not in order)):
        group = workflow.stages[name].group
        if group:
            found.setdefault(group, []).append(name)
    return {name: tuple(stages) for name, stages in found.items()}


def starting_conditions(workflow: Workflow) -> dict[str, frozenset[str]]:
    """Give for each group the stages outside of it that its own stages depend on.

    A group without any starts at once. A stage of the group itself need not wait for all of them, but only
    for those that it depends on.
    """
    before = needs(workflow)
    return {
        group: frozenset(need for name in stages for need in before[name] if need not in stages)
        for group, stages in groups_in_use(workflow).items()
    }


def stages_on(workflow: Workflow, flags: Mapping[str, bool] | None = None) -> frozenset[str]:
    """Give the stages that a run does.

    A stage is off where its flag is, and where one that feeds it is off. One that only comes ``after`` an
    off stage is on: there is nothing to wait for.

    Parameters
    ----------
    flags
        What this run says of flags, over what the workflow says.
    """
    said = {**workflow.flags, **(flags or {})}
    on: set[str] = set()
    for name in in_order(workflow):
        stage = workflow.stages[name]
        fed = all(feed.stage in on for feed in stage.inputs)
        if fed and (not stage.when or said.get(stage.when, False)):
            on.add(name)
    return frozenset(on)
