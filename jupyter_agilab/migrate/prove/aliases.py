"""Which names of the notebook may stand for the same object, or for one that holds it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from jupyter_agilab.migrate.know.methods import SHARING
from jupyter_agilab.migrate.prove.program import Program
from jupyter_agilab.migrate.prove.scene import Scene

_HOLDING = frozenset(
    {"list", "tuple", "dict", "set", "zip", "enumerate", "sorted", "reversed", "iter", "map", "filter"}
)
_VIEWING = frozenset({"asarray", "reshape", "ravel", "squeeze", "transpose", "atleast_1d", "asanyarray"})
_COPYING_INDEX = ast.Compare | ast.BoolOp | ast.List


def conflicts(scene: Scene, name: str, *, deep: bool, only_before: bool = False) -> frozenset[str]:
    """Give the other names through which a change of `name` may be seen.

    With `only_before`, what is assigned after the scene's place does not count. With `deep`, something
    inside the object changes: names that share only its elements count too.
    """
    edges = [_edges(program) for program in (scene.program, *(frame.program for frame in scene.frames))]
    until = (scene.cell, scene.line) if only_before else _NEVER
    found, open_ones = {name}, [name]
    while open_ones:
        each = open_ones.pop()
        for known in edges:
            near = [*known.same.get(each, ()), *known.holders.get(each, ())]
            if deep:
                near.extend(known.held.get(each, ()))
            for other, place in near:
                if place <= until and other not in found:
                    found.add(other)
                    open_ones.append(other)
    return frozenset(found) - {name}


_NEVER = (sys.maxsize, 0)


@dataclass
class Edges:
    """Which names share objects: by name, the others, each with the place of the assignment that makes it so.

    ``same``: one object or a view of it; ``held``: what an object holds; ``holders``: what holds it.
    """

    same: dict[str, list[tuple[str, tuple[int, int]]]] = field(default_factory=dict)
    held: dict[str, list[tuple[str, tuple[int, int]]]] = field(default_factory=dict)
    holders: dict[str, list[tuple[str, tuple[int, int]]]] = field(default_factory=dict)


def _edges(program: Program) -> Edges:
    """Find the edges of a program once; `Program.edges` keeps them."""
    if isinstance(program.edges, Edges):
        return program.edges
    edges = Edges()
    for name, several in program.bindings.items():
        for binding in several:
            if binding.value is None or binding.role in {"changed", "other"}:
                continue
            direct, inside = _bases(binding.value)
            if binding.role in {"element", "part"}:
                inside |= direct
                direct = set()
            place = binding.cell, binding.line
            for other in direct - {name}:
                edges.same.setdefault(name, []).append((other, place))
                edges.same.setdefault(other, []).append((name, place))
            for other in inside - {name}:
                edges.held.setdefault(name, []).append((other, place))
                edges.holders.setdefault(other, []).append((name, place))
    program.edges = edges
    return edges


def _bases(node: ast.expr) -> tuple[set[str], set[str]]:
    """Give the names whose object the expression may give or view, and those that its value may hold."""
    match node:
        case ast.Name():
            return {node.id}, set()
        case ast.Attribute():
            direct, inside = _bases(node.value)
            return direct, inside
        case ast.Subscript(slice=index) if isinstance(index, _COPYING_INDEX):
            return set(), set()
        case ast.Subscript():
            return _bases(node.value)
        case ast.IfExp():
            return _joined([node.body, node.orelse])
        case ast.BoolOp():
            return _joined(node.values)
        case ast.NamedExpr() | ast.Starred() | ast.Await():
            return _bases(node.value)
        case ast.Tuple() | ast.List() | ast.Set():
            direct, inside = _joined(node.elts)
            return set(), direct | inside
        case ast.Dict():
            direct, inside = _joined([*(key for key in node.keys if key is not None), *node.values])
            return set(), direct | inside
        case ast.GeneratorExp() | ast.Lambda():
            # looks at its names when somebody asks for its items
            return set(), {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        case ast.Call():
            return _of_call(node)
        case _:
            return set(), set()


def _of_call(node: ast.Call) -> tuple[set[str], set[str]]:
    func = node.func
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    if name in _HOLDING and isinstance(func, ast.Name):
        direct, inside = _joined(node.args)
        return set(), direct | inside
    if name in _VIEWING and node.args:
        return _joined([*node.args, *([func.value] if isinstance(func, ast.Attribute) else [])])
    if isinstance(func, ast.Attribute) and (name in SHARING or name == "values"):
        return _bases(func.value)
    if name[:1].isupper():
        # an object keeps what it was made from
        direct, inside = _joined([*node.args, *(keyword.value for keyword in node.keywords)])
        return set(), direct | inside
    return set(), set()


def _joined(nodes: Iterable[ast.expr]) -> tuple[set[str], set[str]]:
    direct: set[str] = set()
    inside: set[str] = set()
    for each in nodes:
        one, two = _bases(each)
        direct |= one
        inside |= two
    return direct, inside
