"""Everything that the rules ask about one candidate, found once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from jupyter_agilab.migrate.find.candidate import VALUE, Candidate
from jupyter_agilab.migrate.prove import iteration, summaries
from jupyter_agilab.migrate.prove.events import Event, Record
from jupyter_agilab.migrate.prove.later import body_names
from jupyter_agilab.migrate.prove.scene import Scene
from jupyter_agilab.migrate.prove.values import Value
from jupyter_agilab.migrate.prove.walk import BodyWalk, walk_body


@dataclass
class Facts:
    """What is known of a candidate.

    Attributes
    ----------
    item
        What one item may be.
    iterable_names
        Names that the iterable is made of.
    read_later
        Names of the loop that something after it reads before it gets another value.
    ask_later
        Gives those of other names that something after the loop reads.
    seeded
        Global generators that the notebook seeds before the loop.
    syntax_lines
        Lines of the candidate with IPython syntax: line and text.
    """

    candidate: Candidate
    scene: Scene
    walk: BodyWalk
    record: Record
    item: Value
    iterable_names: frozenset[str]
    read_later: frozenset[str]
    ask_later: Callable[[frozenset[str]], frozenset[str]]
    seeded: dict[str, int] = field(default_factory=dict)
    syntax_lines: tuple[tuple[int, str], ...] = ()

    @property
    def gathered(self) -> dict[str, list[Event]]:
        """The names that gather results, each with the places where it does."""
        found: dict[str, list[Event]] = {}
        for event in self.record.of("reduce"):
            found.setdefault(event.name, []).append(event)
        return found

    @property
    def variables(self) -> tuple[str, ...]:
        """The loop's variables, in order."""
        names = [
            each.id
            for target in self.candidate.targets
            for each in ast.walk(target)
            if isinstance(each, ast.Name) and not each.id.startswith("_one_item")
        ]
        return tuple(dict.fromkeys(names))

    @property
    def value_kind(self) -> str:
        """Kind of what an expression form gives for one item."""
        value = self.walk.env.get(VALUE, Value())
        if self.candidate.form == "DictComp" and value.parts and len(value.parts) == 2:
            return value.parts[1].kind
        return value.kind


def gather_facts(
    candidate: Candidate,
    ask_later: Callable[[frozenset[str]], frozenset[str]],
    seeded: dict[str, int],
    syntax_lines: tuple[tuple[int, str], ...],
) -> Facts:
    """Walk the iterable, then one iteration."""
    scene = candidate.context.scene
    quiet = BodyWalk(scene, Record(), frozenset())
    item = Value()
    names = frozenset(_gone_over(candidate.iterable)) if candidate.iterable is not None else frozenset()
    if candidate.iterable is not None:
        item = iteration.element(quiet, candidate.iterable)
    names |= _read_lazily(quiet, candidate.iterable)
    if candidate.item_kind:
        item = Value(candidate.item_kind, varies=True)
    item = Value(item.kind, item.roots, item.inside, True, item.parts)
    walk, record = walk_body(scene, candidate.targets, item, candidate.body)
    own = body_names(candidate) | {event.name for event in record.of("reduce")}
    return Facts(candidate, scene, walk, record, item, names, ask_later(own), ask_later, seeded, syntax_lines)


def _read_lazily(walk: BodyWalk, node: ast.expr | None) -> frozenset[str]:
    """Give the names that generators in an iterable read between one item and the next."""
    found: set[str] = set()
    if isinstance(node, ast.Name):
        binding = walk.scene.binding(node.id)
        node = binding.value if binding is not None and binding.role == "assigned" else node
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.GeneratorExp):
            found |= {name.id for name in ast.walk(each) if isinstance(name, ast.Name)}
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            summary = summaries.of_name(walk, each.func.id)
            if summary is not None and summary.is_generator:
                found |= {event.name for event in summary.record.of("read", "mutate", "reduce")}
    return frozenset(found)


def _gone_over(node: ast.expr) -> Iterator[str]:
    """Give the names in an iterable whose elements the loop meets; ``len(x)`` only counts them."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        return
    if isinstance(node, ast.Attribute) and node.attr in {"shape", "size"}:
        return
    if isinstance(node, ast.Name):
        yield node.id
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _gone_over(child)
