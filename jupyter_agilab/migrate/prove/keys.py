"""Keys under which each iteration has an entry of its own."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_agilab.migrate.prove.events import Event
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.progress import is_progress

_INDEXERS = frozenset({"loc", "iloc", "at", "iat"})


def distinct_variables(facts: Facts) -> frozenset[str]:
    """Give the loop variables that have another value in each iteration."""
    candidate = facts.candidate
    if candidate.iterable is None or len(candidate.targets) != 1:
        return frozenset()
    return frozenset(_distinct(candidate.targets[0], candidate.iterable, facts))


def _distinct(target: ast.expr, node: ast.expr, facts: Facts) -> set[str]:
    names = {target.id} if isinstance(target, ast.Name) else set()
    first = target.elts[0] if isinstance(target, ast.Tuple | ast.List) and target.elts else None
    if isinstance(node, ast.Call):
        func = node.func
        name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        if name == "range":
            return names if _never_negative(node) else set()
        if name in {"sorted", "list", "reversed", "tuple"} or is_progress(name):
            return _distinct(target, node.args[0], facts) if node.args else set()
        if name == "enumerate" and isinstance(target, ast.Tuple) and len(target.elts) == 2 and node.args:
            found = {first.id} if isinstance(first, ast.Name) else set()
            return found | _distinct(target.elts[1], node.args[0], facts)
        if name in {"keys", "set", "unique"}:
            return names
        if name in {"items", "groupby", "group_by"}:
            return {first.id} if isinstance(first, ast.Name) else set()
    if isinstance(node, ast.Attribute) and node.attr == "columns":
        return set()
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        values = [each.value for each in node.elts if isinstance(each, ast.Constant)]
        same = len(values) == len(node.elts) == len({repr(value) for value in values})
        return names if same and not any(isinstance(value, int | float) for value in values) else set()
    if isinstance(node, ast.Name) and not facts.walk.is_local(node.id):
        binding = facts.scene.binding(node.id)
        if binding is not None and binding.role == "assigned" and len(facts.scene.bindings(node.id)) == 1:
            if isinstance(binding.value, ast.Dict | ast.Set):
                return names
            if isinstance(binding.value, ast.List | ast.Tuple) or (
                isinstance(binding.value, ast.Call)
                and isinstance(binding.value.func, ast.Name | ast.Attribute)
            ):
                return _distinct(target, binding.value, facts)
    return set()


def _never_negative(node: ast.Call) -> bool:
    """Tell whether ``range(...)`` cannot give a negative number, which would count from the end."""
    if len(node.args) == 1:
        return True
    first = node.args[0]
    if len(node.args) == 3 and not (
        isinstance(node.args[2], ast.Constant) and isinstance(node.args[2].value, int)
    ):
        return False
    return isinstance(first, ast.Constant) and isinstance(first.value, int) and first.value >= 0


def is_own_entry(facts: Facts, name: str, places: Sequence[Event]) -> bool:
    """Tell whether every use of `name` is ``name[key]`` with one key that only this iteration has."""
    if any(place.how not in {"item", "column", "add"} or not place.key for place in places):
        return False
    if any("][" in place.key for place in places) and _meets_entries(facts, name):
        return False
    distinct = distinct_variables(facts)
    if not distinct:
        return False
    keys: list[tuple[str, ast.expr]] = []
    uses = 0
    for statement in facts.candidate.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Subscript):
                base: ast.expr = node.value
                indexer = ""
                if isinstance(base, ast.Attribute) and base.attr in _INDEXERS:
                    indexer = base.attr
                    base = base.value
                if isinstance(base, ast.Name) and base.id == name:
                    keys.append((indexer, node.slice))
                    uses += 1
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
                # `if key in results` asks for the iteration's own entry too
                right = node.comparators[0]
                if isinstance(right, ast.Name) and right.id == name:
                    keys.append(("", node.left))
                    uses += 1
    named = sum(isinstance(n, ast.Name) and n.id == name for s in facts.candidate.body for n in ast.walk(s))
    if named != uses or len({indexer for indexer, _ in keys}) != 1:
        return False
    if any(event.name == name and event.in_function for event in facts.record.of("read")):
        return False
    bound = [event.name for event in facts.record.of("bind")]
    own = {each for each in distinct if bound.count(each) <= 1}
    places_of_own = [_own_places(key, own) for _, key in keys]
    return bool(places_of_own) and bool(frozenset.intersection(*places_of_own))


def _own_places(key: ast.expr, own: set[str]) -> frozenset[tuple[int, int, str]]:
    """Give where in a key the iteration's own variables stand: how many parts it has, which one, the name."""
    parts = key.elts if isinstance(key, ast.Tuple) else [key]
    count = len(parts)
    return frozenset(
        (count, place, part.id)
        for place, part in enumerate(parts)
        if isinstance(part, ast.Name) and part.id in own
    )


def _meets_entries(facts: Facts, name: str) -> bool:
    """Tell whether a loop variable is the entry itself: ``for key, entry in table.items()``."""
    shown = ast.unparse(facts.candidate.iterable) if facts.candidate.iterable is not None else ""
    return f"{name}.items" in shown or f"{name}.values" in shown
