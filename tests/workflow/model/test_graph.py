"""Order, cycles, parts and starting conditions, against the standard library and by hand."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.workflow.graph import (
    cycles,
    descendants,
    edges,
    groups_in_use,
    in_order,
    needs,
    parts,
    stages_on,
    starting_conditions,
)
from jupyter_agilab.workflow.load import check_text
from jupyter_agilab.workflow.model import Feed, Workflow, WorkflowStage

NAMES = "ABCDEFG"


@st.composite
def graphs(draw):
    """Give workflows of up to seven stages, with cycles and without."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    stages = {}
    for name in names:
        fed = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
        after = draw(st.lists(st.sampled_from(names), max_size=2))
        stages[name] = WorkflowStage(name=name, inputs=tuple(map(Feed, fed)), after=tuple(after))
    return Workflow(name="w", stages=stages)


@given(graphs())
def test_cycles_are_found_where_the_standard_library_finds_some(workflow):
    try:
        TopologicalSorter(needs(workflow)).prepare()
        has_cycle = False
    except CycleError:
        has_cycle = True
    assert bool(cycles(workflow)) == has_cycle
    assert (len(in_order(workflow)) == len(workflow.stages)) == (not has_cycle)


@given(graphs())
def test_each_told_cycle_is_one_and_each_stage_on_a_cycle_is_told(workflow):
    known = {(edge.source, edge.target) for edge in edges(workflow)}
    told = cycles(workflow)
    for path in told:
        assert path[0] == path[-1]
        assert all(pair in known for pair in pairwise(path))
        assert len(set(path)) == len(path) - 1
    assert len(set(told)) == len(told)
    on_cycle = {name for name in workflow.stages if name in _reached(name, known)}
    assert {name for path in told for name in path} == on_cycle


def _reached(start, known):
    found, queue = set(), [start]
    while queue:
        name = queue.pop()
        for source, target in known:
            if source == name and target not in found:
                found.add(target)
                queue.append(target)
    return found


@given(graphs())
def test_each_stage_comes_after_what_it_needs(workflow):
    order = in_order(workflow)
    for place, name in enumerate(order):
        assert set(needs(workflow)[name]) <= set(order[:place])


@given(graphs())
def test_parts_are_separate_and_whole(workflow):
    found = parts(workflow)
    assert sorted(name for part in found for name in part) == sorted(workflow.stages)
    part_of = {name: number for number, part in enumerate(found) for name in part}
    assert all(part_of[edge.source] == part_of[edge.target] for edge in edges(workflow))
    # joined one by one, by hand: as many merges as it takes to come from single stages to parts
    labels = {name: name for name in workflow.stages}
    for edge in edges(workflow):
        old, new = labels[edge.source], labels[edge.target]
        labels = {name: new if label == old else label for name, label in labels.items()}
    assert len(set(labels.values())) == len(found)


@given(graphs(), st.data())
def test_descendants_are_what_can_be_reached(workflow, data):
    names = data.draw(st.lists(st.sampled_from(list(workflow.stages)), unique=True))
    known = {(edge.source, edge.target) for edge in edges(workflow)}
    reached = {other for name in names for other in _reached(name, known)}
    # what hangs on a cycle is never done
    assert descendants(workflow, names) == reached & set(in_order(workflow))


# MAGDA's cases, from its tests of graphs


def test_a_chain(joined):
    workflow = joined("A B", "B C")
    assert in_order(workflow) == ("A", "B", "C")
    assert (cycles(workflow), parts(workflow)) == ([], [("A", "B", "C")])


def test_a_diamond(joined):
    workflow = joined("A B", "A C", "B D", "C D")
    assert in_order(workflow) == ("A", "B", "C", "D")
    assert (cycles(workflow), len(parts(workflow))) == ([], 1)


def test_disjoint_graphs_are_named(joined, found):
    assert parts(joined("A B", "C D")) == [("A", "B"), ("C", "D")]
    text = (
        '[stages.A]\ncontract = "a"\n[stages.B]\ncontract = "b"\ninput = "A"\n'
        '[stages.C]\ncontract = "c"\n[stages.D]\ncontract = "d"\nafter = ["C"]'
    )
    assert found(text) == ["8 w:workflow.disjoint stages.C"]


def test_the_message_names_both_parts(head):
    (finding,) = check_text(f'{head}[stages.A]\ncontract = "a"\n[stages.B]\ncontract = "b"').findings
    assert finding.message == "the graph has 2 parts that do not depend on each other: {A} and {B}"


@pytest.mark.parametrize(
    ("pairs", "paths"),
    [
        (["A A"], ["A->A"]),
        (["A B", "B A"], ["A->B->A"]),
        (["X A", "A B", "B C", "C D", "D A"], ["A->B->C->D->A"]),
        (["A B", "B A", "C D", "D C"], ["A->B->A", "C->D->C"]),
        (["A B", "B A", "B C", "C B"], ["A->B->A", "C->B->C"]),
        (["A B", "B A", "B B"], ["B->B", "A->B->A"]),
        (["A B", "B C", "C A", "A C"], ["A->C->A", "B->C->A->B"]),
    ],
    ids=["a lone stage", "simple", "long", "two", "two with a stage in common", "inside", "a short cut"],
)
def test_cycles_are_told_by_their_paths(joined, head, pairs, paths):
    workflow = joined(*pairs)
    told = {"->".join(path) for path in cycles(workflow)}
    assert told == set(paths)
    text = head + "".join(
        f'[stages.{stage.name}]\ncontract = "{stage.name}"\ninput = {[feed.stage for feed in stage.inputs]}\n'
        for stage in workflow.stages.values()
    )
    messages = [each.message for each in check_text(text).findings if each.code == "workflow.cycle"]
    assert sorted(messages) == sorted(f"the graph has a cycle: {path}" for path in told)


# MAGDA's cases of groups


def test_a_group_of_its_own_starts_at_once(joined):
    """can_create: one group, no outside dependency."""
    workflow = joined("A B", groups={"A": "g1", "B": "g1"})
    assert starting_conditions(workflow) == {"g1": frozenset()}


def test_several_groups(joined):
    """can_create with multiple groups that do not depend on each other."""
    workflow = joined("A", "B", groups={"A": "g1", "B": "g2"})
    assert starting_conditions(workflow) == {"g1": frozenset(), "g2": frozenset()}


def test_groups_that_depend_on_each_other(joined):
    """can_create with dependent groups: {} and {g1}, {g2} by the stages that they wait for."""
    workflow = joined("A B", "B C", groups={"A": "g1", "B": "g2", "C": "g3"})
    conditions = starting_conditions(workflow)
    assert conditions == {"g1": frozenset(), "g2": frozenset("A"), "g3": frozenset("B")}
    of = {name: stage.group for name, stage in workflow.stages.items()}
    waits_for = {group: {of[name] for name in names} for group, names in conditions.items()}
    assert waits_for == {"g1": set(), "g2": {"g1"}, "g3": {"g2"}}


def test_the_flow_figure(joined):
    """A and B in g1, C in g2, D in g3 after A and C: g3 does not wait for B."""
    workflow = joined("A B", "A D", "C D", groups={"A": "g1", "B": "g1", "C": "g2", "D": "g3"})
    assert starting_conditions(workflow) == {"g1": frozenset(), "g2": frozenset(), "g3": frozenset("AC")}


@pytest.mark.parametrize("ungrouped", ["A", "B", "C", "AB", "BC"])
def test_a_stage_without_a_group_is_refused_where_others_have_one(joined, head, ungrouped):
    """cannot_create_without_group: each of the five ways to leave groups out."""
    text = head
    for name in "ABC":
        text += f'[stages.{name}]\ncontract = "{name}"\n'
        text += "" if name == "A" else 'after = ["A"]\n'
        text += "" if name in ungrouped else 'group = "g1"\n'
    told = [(each.code, each.key, each.severity) for each in check_text(text).findings]
    assert told == [("workflow.no-group", f"stages.{name}", "error") for name in ungrouped]


def test_an_empty_group_is_refused(found):
    """cannot_create_empty_group."""
    text = '[stages.A]\ncontract = "a"\ngroup = "g1"\n[groups.g1]\n[groups.g2]\nreplicas = 2'
    assert found(text) == ["7 workflow.unused-group groups.g2"]


@pytest.mark.parametrize(
    ("pairs", "groups", "expected"),
    [
        (["A"], {"A": "g"}, {"g": ("A",)}),
        (["A B"], {"A": "g", "B": "g"}, {"g": ("A", "B")}),
        (["B C", "A B"], {"A": "g", "B": "g", "C": "g"}, {"g": ("A", "B", "C")}),
        (["A B", "B C", "X C"], {"A": "g", "B": "h", "C": "g", "X": "h"}, {"g": ("A", "C"), "h": ("B", "X")}),
    ],
    ids=["one", "two", "as they depend, not as written", "two groups"],
)
def test_the_stages_of_a_group_are_listed_in_order(joined, pairs, groups, expected):
    """listing_group_modules: four shapes."""
    assert groups_in_use(joined(*pairs, groups=groups)) == expected


# flags


def _optional(**when: str) -> Workflow:
    stages = {
        "A": WorkflowStage(name="A", when=when.get("A", "")),
        "B": WorkflowStage(name="B", inputs=(Feed("A"),), when=when.get("B", "")),
        "C": WorkflowStage(name="C", after=("B",), when=when.get("C", "")),
    }
    return Workflow(name="w", stages=stages, flags={"f": False, "t": True})


@pytest.mark.parametrize(
    ("when", "given", "expected"),
    [
        ({}, {}, "ABC"),
        ({"C": "f"}, {}, "AB"),
        ({"C": "f"}, {"f": True}, "ABC"),
        ({"C": "t"}, {}, "ABC"),
        ({"C": "t"}, {"t": False}, "AB"),
        ({"A": "f"}, {}, "C"),
        ({"B": "f"}, {}, "AC"),
    ],
    ids=[
        "no flags",
        "off",
        "switched on",
        "on by default",
        "switched off",
        "what an off stage feeds is off",
        "what only comes after it is on",
    ],
)
def test_stages_that_are_on(when, given, expected):
    assert stages_on(_optional(**when), given) == frozenset(expected)
