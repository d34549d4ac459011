"""Goes through the statements of one iteration in the order in which they run, and notes what they do."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_agilab.extract.bindings import bound_name
from jupyter_agilab.migrate.prove import calls, expressions, flow, gathering, summaries
from jupyter_agilab.migrate.prove.events import Record
from jupyter_agilab.migrate.prove.names import full_name
from jupyter_agilab.migrate.prove.program import names_bound
from jupyter_agilab.migrate.prove.scene import BUILTINS, Scene
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import Value, join

DEEPEST = 60
"""Levels of blocks and expressions that are followed; deeper code is "not understood"."""


class TooDeepError(Exception):
    """The code is nested deeper than it is followed."""


class BodyWalk(Walk):
    """The walk, with everything that it takes."""

    def value(self, node: ast.expr | None) -> Value:
        """Give what an expression may be, and note what evaluating it does."""
        if node is None:
            return Value("none")
        self.depth += 1
        if self.depth > DEEPEST * 3:
            raise TooDeepError
        try:
            return expressions.value(self, node)
        finally:
            self.depth -= 1

    def read(self, name: str, node: ast.AST) -> Value:
        """Read a name."""
        if self.is_local(name):
            return self.env.get(name, Value())
        if name in self.masked:
            return self.outer(name)
        is_stale = name in self.bound and name not in self.outer_names
        if is_stale or self.scene.is_known(name) or name not in BUILTINS:
            self.note("read", name, node, is_stale=is_stale)
        outer = self.outer(name)
        if outer.kind.startswith("object:"):
            changing = summaries.changes_when_used(self, outer.kind.removeprefix("object:"))
            if changing:
                self.note("mutate", name, node, detail=f"{changing} changes it")
        return join([self.env[name], outer]) if is_stale and name in self.env else outer

    def call(self, node: ast.Call) -> Value:
        """Give what a call may give, and note what it does."""
        return calls.call(self, node)

    def deferred(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """Note what a function that is made here does to outside names whenever it is called."""
        calls.deferred(self, node)

    def outer(self, name: str) -> Value:
        """Give the value of a name from outside."""
        return expressions.outer_value(self, name)

    def statement(self, node: ast.stmt) -> None:
        """Walk one statement."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeepError
        try:
            if gathering.gathers(self, node):
                return
            handler = _STATEMENTS.get(type(node).__name__)
            if handler is not None:
                handler(self, node)
            else:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)
        finally:
            self.depth -= 1

    def store(self, target: ast.expr, value: Value) -> None:
        """Assign to a target."""
        match target:
            case ast.Name():
                self.bind(target.id, value, target)
            case ast.Starred():
                self.store(target.value, value.holding("list"))
            case ast.Tuple() | ast.List():
                for place, each in enumerate(target.elts):
                    parts = value.parts
                    known = parts[place] if parts is not None and len(parts) == len(target.elts) else None
                    self.store(each, known if known is not None else value.part())
            case ast.Attribute():
                base = self.value(target.value)
                path = full_name(self, target)
                if path is not None and base.kind.startswith("module:"):
                    self.note("global", path, target, detail=path)
                else:
                    self.mutate(base, target, f"sets .{target.attr}")
            case ast.Subscript():
                path = full_name(self, target.value)
                if path is not None and "." in path:
                    self.value(target.slice)
                    self.note("global", path, target, detail=path)
                    return
                entry = expressions.entry_key(self, target)
                base = self.value(target.value) if entry is None or entry not in self.definite else Value()
                self.value(target.slice)
                self.mutate(base, target, "sets an element")

    def _expression(self, node: ast.Expr) -> None:
        self.discarded.add(id(node.value))
        self.value(node.value)

    def _assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Lambda):
                self.local_functions[target.id] = node.value
            self.store(target, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.store(node.target, self.value(node.value))

    def _augmented(self, node: ast.AugAssign) -> None:
        added = self.value(node.value)
        if isinstance(node.target, ast.Name):
            was = self.read(node.target.id, node.target)
            # a list or an array is changed where it is, also under its other names
            self.mutate(was, node, "changes in place")
            kind = was.kind or added.kind
            self.bind(
                node.target.id,
                Value(kind, was.roots, was.inside | added.reach, was.varies or added.varies),
                node,
            )
            return
        self.value(node.target)
        self.store(node.target, added)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                if not self.is_local(target.id):
                    self.note("mutate", target.id, target, detail="deletes")
                self.unbind(target.id)
            elif isinstance(target, ast.Subscript | ast.Attribute):
                self.mutate(self.value(target.value), target, "deletes an element of")

    def _imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                continue
            if isinstance(node, ast.ImportFrom):
                path = "." * node.level + f"{node.module or ''}.{alias.name}"
            else:
                path = alias.name if alias.asname else alias.name.partition(".")[0]
            name = bound_name(alias)
            self.env[name] = Value(f"module:{path}")
            self.definite.add(name)

    def _leave(self, node: ast.Break | ast.Continue) -> None:
        if self.exits:
            self.exits[-1].append(set(self.definite))
        elif isinstance(node, ast.Break):
            self.note("exit", "break", node)
        else:
            self.skipped = True
        self.dead = True

    def _return(self, node: ast.Return) -> None:
        self.returned.append(self.value(node.value))
        if not self.is_function:
            self.note("exit", "return", node)
        else:
            self.skipped = True
        self.dead = True

    def _raise(self, node: ast.Raise) -> None:
        self.value(node.exc)
        self.value(node.cause)
        self.dead = True

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]:
            self.value(default)
        for decorator in node.decorator_list:
            self.value(decorator)
        self.local_functions[node.name] = node
        self.env[node.name] = Value("function")
        self.definite.add(node.name)
        self.note("bind", node.name, node, kinds="function")
        # called later, perhaps: what it does to names from outside counts from here on
        calls.deferred(self, node)

    def _class(self, node: ast.ClassDef) -> None:
        for base in node.bases:
            self.value(base)
        self.local_functions[node.name] = node
        self.bind(node.name, Value("class"), node)
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                calls.deferred(self, each)

    def _outer_names(self, node: ast.Global | ast.Nonlocal) -> None:
        self.outer_names |= set(node.names)
        if not self.is_function:
            self.note("global", ", ".join(node.names), node, detail="a global statement")


_STATEMENTS: Mapping[str, Callable[[BodyWalk, Any], None]] = {
    "Expr": BodyWalk._expression,
    "Assign": BodyWalk._assign,
    "AnnAssign": BodyWalk._annotated,
    "AugAssign": BodyWalk._augmented,
    "Delete": BodyWalk._delete,
    "Import": BodyWalk._imported,
    "ImportFrom": BodyWalk._imported,
    "If": flow.condition,
    "Try": flow.attempt,
    "TryStar": flow.attempt,
    "With": flow.with_,
    "AsyncWith": flow.with_,
    "For": flow.loop,
    "AsyncFor": flow.loop,
    "While": flow.while_,
    "Break": BodyWalk._leave,
    "Continue": BodyWalk._leave,
    "Return": BodyWalk._return,
    "Raise": BodyWalk._raise,
    "FunctionDef": BodyWalk._define,
    "AsyncFunctionDef": BodyWalk._define,
    "ClassDef": BodyWalk._class,
    "Global": BodyWalk._outer_names,
    "Nonlocal": BodyWalk._outer_names,
    "Match": flow.match_,
}


def walk_body(
    scene: Scene, targets: Sequence[ast.expr], item: Value, body: Sequence[ast.stmt]
) -> tuple[BodyWalk, Record]:
    """Walk one iteration of a loop: its targets are bound to `item`, then its body runs."""
    record = Record()
    own = names_bound(list(body)) | frozenset(
        each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
    )
    walk = BodyWalk(scene, record, own)
    for target in targets:
        walk.store(target, item)
    walk.block(body)
    return walk, record


__all__ = ["BodyWalk", "TooDeepError", "walk_body"]
