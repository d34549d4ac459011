"""Ways of gathering that ask first: the best so far, the first part, a new entry."""

from __future__ import annotations

import ast
from collections.abc import Callable

from jupyter_agilab.migrate.finding import How
from jupyter_agilab.migrate.prove.reductions import is_gathered, reads, reduce
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import Value


def best_so_far(walk: Walk, node: ast.If) -> bool:
    """Match ``if score > best: best = score; best_item = item``."""
    test = node.test
    if node.orelse:
        return False
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) and len(test.values) == 2:
        first, second = test.values
        if (
            isinstance(first, ast.Compare)
            and isinstance(first.ops[0], ast.Is)
            and isinstance(second, ast.Compare)
        ):
            if not (isinstance(first.left, ast.Name) and second is not None and reads(second, first.left.id)):
                return False
            test = second
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    if not isinstance(test.ops[0], ast.Lt | ast.Gt | ast.LtE | ast.GtE):
        return False
    left, right = test.left, test.comparators[0]
    pair = (
        (right, left)
        if isinstance(right, ast.Name) and is_gathered(walk, right.id) and right.id in walk.bound
        else (left, right)
    )
    best, score = pair
    if not isinstance(best, ast.Name) or best.id not in walk.bound or not is_gathered(walk, best.id):
        return False
    if reads(score, best.id):
        return False
    assigned: dict[str, ast.expr] = {}
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=own)], value=value) if own not in assigned:
                assigned[own] = value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(
                names
            ) == len(values):
                for each, value in zip(names, values, strict=True):
                    if not isinstance(each, ast.Name) or each.id in assigned:
                        return False
                    assigned[each.id] = value
            case _:
                return False
    if best.id not in assigned or ast.dump(assigned[best.id]) != ast.dump(score):
        return False
    if any(reads(value, name) for value in assigned.values() for name in assigned):
        return False
    if any(not is_gathered(walk, name) for name in assigned):
        return False
    greater = isinstance(test.ops[0], ast.Gt | ast.GtE)
    how: How = "max" if greater == (best is right) is False else "min"
    better_is_more = greater if best is right else not greater
    how = "max" if better_is_more else "min"
    later_wins = "=" if isinstance(test.ops[0], ast.LtE | ast.GtE) else ""
    scored = walk.value(score)
    shown = ast.unparse(score)
    reduce(walk, best.id, how, node, value=shown, score=shown, key=later_wins, kind=scored.kind)
    walk.unsure += 1
    for name, value in assigned.items():
        if name != best.id:
            kind = walk.value(value).kind
            text = ast.unparse(value)
            reduce(walk, name, "best", node, value=text, score=f"{how}: {shown}", key=later_wins, kind=kind)
    walk.unsure -= 1
    return True


def first_or_joined(walk: Walk, node: ast.If, gathers: Callable[[Walk, ast.stmt], bool]) -> bool:
    """Match ``if total is None: total = part  else: total = concat([total, part])``."""
    if len(node.body) != 1 or len(node.orelse) != 1:
        return False
    one, two = node.body[0], node.orelse[0]
    for first, more in ((one, two), (two, one)):
        match first:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not reads(value, name):
                pass
            case _:
                continue
        if not is_gathered(walk, name) or not _asks_for_start(walk, node.test, name):
            continue
        copy = Trial(walk)
        if isinstance(more, ast.Assign | ast.AugAssign) and gathers(walk, more):
            event = walk.record.events[-1]
            same = event.kind == "reduce" and event.name == name
            if same and event.value.strip("()") == ast.unparse(value).strip("()"):
                return True
        copy.undo()
    return False


def new_entry(walk: Walk, node: ast.If) -> bool:
    """Match ``if key not in groups: groups[key] = []``, the start of gathering by key."""
    match node:
        case ast.If(
            test=ast.Compare(left=key, ops=[ast.NotIn()], comparators=[ast.Name(id=name)]),
            body=[ast.Assign(targets=[ast.Subscript(value=ast.Name(id=same), slice=place)], value=value)],
            orelse=[],
        ) if name == same and ast.dump(key) == ast.dump(place):
            is_empty = ast.unparse(value) in {"[]", "{}", "0", "0.0", "set()", "list()", "dict()", "''"}
        case _:
            return False
    if not is_empty or not is_gathered(walk, name) or name in walk.bound:
        return False
    walk.value(key)
    shown = ast.unparse(value)
    walk.note("entry", name, node, key=ast.unparse(key), value=shown)
    return True


class Trial:
    """Remembers the walk, to go back where a try to match did not succeed."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.events = len(walk.record.events)
        self.env, self.definite = dict(walk.env), set(walk.definite)

    def undo(self) -> None:
        """Put the walk back."""
        del self.walk.record.events[self.events :]
        self.walk.env, self.walk.definite = self.env, self.definite


def _asks_for_start(walk: Walk, test: ast.expr, name: str) -> bool:
    """Tell whether a condition asks if nothing was gathered yet."""
    text = ast.unparse(test)
    if text in {
        f"{name} is None", f"{name} is not None", f"not {name}", f"len({name}) == 0", f"{name}.empty", name,
        f"not {name}.empty", f"len({name}) > 0", f"{name}.size == 0", f"{name} == []",
    }:  # fmt: skip
        return True
    match test:
        case ast.Compare(
            left=ast.Name(id=index),
            ops=[ast.Eq() | ast.NotEq() | ast.Gt()],
            comparators=[ast.Constant(value=0)],
        ):
            return walk.is_local(index) and walk.env.get(index, Value()).kind == "int"
        case _:
            return False
