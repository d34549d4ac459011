"""Visits statements in the order in which they run, and finds the names they read from outside."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.extract.bindings import (
    AnyFunction,
    Comprehension,
    bindings,
    bound_name,
    evaluated_outside,
    same_scope,
)


@dataclass(frozen=True, slots=True)
class Read:
    """The first place where a name is read from outside; ``offset`` is `ast`'s: 0-based, in UTF-8 bytes.

    ``at_once`` says whether some read happens when the code runs, not only when a function that it defines
    is called.
    """

    name: str
    line: int
    offset: int
    certain: bool
    at_once: bool


@dataclass
class Top:
    """The top level: names become bound as its statements run. ``dead`` follows a ``raise`` and the like."""

    anywhere: set[str]
    definite: set[str] = field(default_factory=set)
    possible: set[str] = field(default_factory=set)
    bound: dict[str, int] = field(default_factory=dict)
    dead: bool = False


@dataclass
class _Function:
    bound: set[str]
    parent: _AnyScope
    outer: set[str] = field(default_factory=set)


@dataclass
class _Class:
    parent: _AnyScope
    assigned: set[str] = field(default_factory=set)


@dataclass
class _Inner:
    """A comprehension, or the type parameters of a definition."""

    bound: set[str]
    parent: _AnyScope


_AnyScope = Top | _Function | _Class | _Inner


class Walker:
    """Collects `reads` (by name), `outside` (ids of nodes) and `stars`; start with `block`."""

    def __init__(self, top: Top) -> None:
        self.top = top
        self.scope: _AnyScope = top
        self.reads: dict[str, Read] = {}
        self.outside: set[int] = set()
        self.stars: list[str] = []
        self.in_annotation = False

    def block(self, statements: Sequence[ast.AST]) -> None:
        """Visit statements one after the other."""
        for statement in statements:
            self._visit(statement)

    def _visit(self, node: ast.AST | None) -> None:
        if node is None:
            return
        special = _SPECIAL.get(type(node).__name__)
        if special is not None:
            special(self, node)
        else:
            self.block(list(ast.iter_child_nodes(node)))

    # reading and binding

    def _read(self, node: ast.Name) -> None:
        scope: _AnyScope = self.scope
        # an annotation may name what is defined later: a class that names itself, say
        deferred = self.in_annotation
        while not isinstance(scope, Top):
            if isinstance(scope, _Class):
                if scope is self.scope and node.id in scope.assigned:
                    return
            elif isinstance(scope, _Function) and node.id in scope.outer:
                self._read_at_top(node, deferred=True)
                return
            elif node.id in scope.bound:
                return
            deferred = deferred or isinstance(scope, _Function)
            scope = scope.parent
        self._read_at_top(node, deferred=deferred)

    def _read_at_top(self, node: ast.Name, *, deferred: bool) -> None:
        if node.id in (self.top.anywhere if deferred else self.top.definite):
            return
        certain, at_once = deferred or node.id not in self.top.possible, not deferred
        self.outside.add(id(node))
        known = self.reads.get(node.id)
        if known is None:
            self.reads[node.id] = Read(node.id, node.lineno, node.col_offset, certain, at_once)
        else:
            certain, at_once = known.certain or certain, known.at_once or at_once
            self.reads[node.id] = Read(known.name, known.line, known.offset, certain, at_once)

    def _bind(self, name: str) -> None:
        scope: _AnyScope = self.scope
        while isinstance(scope, _Inner):
            scope = scope.parent
        if isinstance(scope, Top):
            scope.definite.add(name)
            scope.possible.add(name)
            scope.bound[name] = scope.bound.get(name, 0) + 1
        elif isinstance(scope, _Class):
            scope.assigned.add(name)

    def _unbind(self, name: str) -> None:
        if self.scope is self.top:
            self.top.definite.discard(name)
            self.top.possible.discard(name)

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id)
            return
        self._read(node)
        if isinstance(node.ctx, ast.Del):
            self._unbind(node.id)

    # statements

    def _assign(self, node: ast.Assign) -> None:
        self._visit(node.value)
        self.block(node.targets)

    def _augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target)
        self._visit(node.value)
        self._visit(node.target)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self._visit(node.value)
        if node.value is not None or not isinstance(node.target, ast.Name):
            self._visit(node.target)

    def _annotation(self, node: ast.expr) -> None:
        before, self.in_annotation = self.in_annotation, True
        self._visit(node)
        self.in_annotation = before

    def _walrus(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        self._bind(node.target.id)

    def _imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*" and isinstance(node, ast.ImportFrom):
                self.stars.append(node.module or "")
            else:
                self._bind(bound_name(alias))

    def _leaving(self, node: ast.AST) -> None:
        """Visit ``raise``, ``return``, ``break`` or ``continue``: nothing after it runs."""
        self.block(list(ast.iter_child_nodes(node)))
        if self.scope is self.top:
            self.top.dead = True

    def _branches(self, blocks: Sequence[Sequence[ast.AST]], *, exhaustive: bool) -> None:
        """Visit alternatives from the same state; only what all of them bind is bound for certain after."""
        top = self.top
        before, possible = set(top.definite), set(top.possible)
        ends: list[set[str]] = [] if exhaustive else [before]
        for block in blocks:
            top.definite, top.dead = set(before), False
            self.block(block)
            if not top.dead:
                ends.append(top.definite)
            possible |= top.possible
            top.possible = set(possible)
        top.dead = not ends
        top.definite = set.intersection(*ends) if ends else before
        top.possible = possible

    def _condition(self, node: ast.If) -> None:
        self._visit(node.test)
        self._branches([node.body, node.orelse], exhaustive=True)

    def _choice(self, node: ast.IfExp) -> None:
        self._visit(node.test)
        self._branches([[node.body], [node.orelse]], exhaustive=True)

    def _logic(self, node: ast.BoolOp) -> None:
        self._visit(node.values[0])
        self._branches([node.values[1:]], exhaustive=False)

    def _loop(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit(node.iter)
        self._repeated([node.target, *node.body], node.orelse)

    def _while_loop(self, node: ast.While) -> None:
        self._visit(node.test)
        self._repeated(node.body, node.orelse)

    def _repeated(self, body: Sequence[ast.AST], otherwise: Sequence[ast.AST]) -> None:
        self._branches([body], exhaustive=False)
        self.top.dead = False
        self._branches([otherwise], exhaustive=False)

    def _attempt(self, node: ast.Try) -> None:
        top = self.top
        before = set(top.definite)
        self.block([*node.body, *node.orelse])
        ends = [] if top.dead else [set(top.definite)]
        for handler in node.handlers:
            top.definite, top.dead = set(before), False
            self._visit(handler.type)
            if handler.name:
                self._bind(handler.name)
            self.block(handler.body)
            if handler.name:
                self._unbind(handler.name)
            if not top.dead:
                ends.append(set(top.definite))
        top.definite = set.intersection(*ends) if ends else before
        top.dead = not ends
        self.block(node.finalbody)

    def _match(self, node: ast.Match) -> None:
        self._visit(node.subject)
        catch_all = any(
            isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
            for case in node.cases
        )
        blocks = [[c.pattern, *([c.guard] if c.guard else []), *c.body] for c in node.cases]
        self._branches(blocks, exhaustive=catch_all)

    def _pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        self.block(list(ast.iter_child_nodes(node)))
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self._bind(name)

    # scopes

    def _definition(self, node: AnyFunction) -> None:
        self.block(evaluated_outside(node))
        outside = self._enter_type_parameters(node)
        for annotation in _annotations(node):
            self._annotation(annotation)
        self._function(node.args, node.body)
        self.scope = outside
        self._bind(node.name)

    def _lambda_function(self, node: ast.Lambda) -> None:
        self.block([*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)])
        self._function(node.args, [node.body])

    def _function(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        every = [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ]
        bound = {argument.arg for argument in every if argument}
        outer: set[str] = set()
        for node in body:
            bound |= set(bindings(node))
            for inner in same_scope(node):
                if isinstance(inner, ast.Global):
                    outer |= set(inner.names)
                elif isinstance(inner, ast.Nonlocal):
                    bound -= set(inner.names)
        top, before = self.top, self.scope
        state = top.definite, top.possible, top.dead
        top.definite, top.possible = set(top.definite), set(top.possible)
        self.scope = _Function(bound - outer, before, outer)
        self.block(body)
        top.definite, top.possible, top.dead = state
        self.scope = before

    def _class_definition(self, node: ast.ClassDef) -> None:
        self.block(node.decorator_list)
        outside = self._enter_type_parameters(node)
        self.block([*node.bases, *node.keywords])
        self.scope = _Class(self.scope)
        self.block(node.body)
        self.scope = outside
        self._bind(node.name)

    def _enter_type_parameters(self, node: ast.AST) -> _AnyScope:
        """Enter the scope of ``def f[T](...)`` where there is one; returns the scope to go back to."""
        before = self.scope
        parameters: list[ast.AST] = getattr(node, "type_params", [])
        if parameters:
            self.scope = _Inner({str(getattr(parameter, "name", "")) for parameter in parameters}, before)
            for parameter in parameters:
                self._visit(getattr(parameter, "bound", None))
        return before

    def _type_alias(self, node: ast.AST) -> None:
        before = self._enter_type_parameters(node)
        self._visit(getattr(node, "value", None))
        self.scope = before
        self._visit(getattr(node, "name", None))

    def _comprehension(self, node: Comprehension) -> None:
        first = node.generators[0]
        self._visit(first.iter)
        bound = {name for generator in node.generators for name in bindings(generator.target)}
        before, self.scope = self.scope, _Inner(bound, self.scope)
        for generator in node.generators:
            if generator is not first:
                self._visit(generator.iter)
            self.block(generator.ifs)
        for part in ("key", "value", "elt"):
            self._visit(getattr(node, part, None))
        self.scope = before


_SPECIAL: dict[str, Callable[[Walker, Any], None]] = {
    "Name": Walker._name,
    "Assign": Walker._assign,
    "AugAssign": Walker._augmented,
    "AnnAssign": Walker._annotated,
    "NamedExpr": Walker._walrus,
    "Import": Walker._imported,
    "ImportFrom": Walker._imported,
    "Raise": Walker._leaving,
    "Return": Walker._leaving,
    "Break": Walker._leaving,
    "Continue": Walker._leaving,
    "If": Walker._condition,
    "IfExp": Walker._choice,
    "BoolOp": Walker._logic,
    "For": Walker._loop,
    "AsyncFor": Walker._loop,
    "While": Walker._while_loop,
    "Try": Walker._attempt,
    "TryStar": Walker._attempt,
    "Match": Walker._match,
    "MatchAs": Walker._pattern,
    "MatchStar": Walker._pattern,
    "MatchMapping": Walker._pattern,
    "FunctionDef": Walker._definition,
    "AsyncFunctionDef": Walker._definition,
    "Lambda": Walker._lambda_function,
    "ClassDef": Walker._class_definition,
    "TypeAlias": Walker._type_alias,
    "ListComp": Walker._comprehension,
    "SetComp": Walker._comprehension,
    "DictComp": Walker._comprehension,
    "GeneratorExp": Walker._comprehension,
}


def _annotations(node: AnyFunction) -> Iterator[ast.expr]:
    arguments = node.args
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    yield from (argument.annotation for argument in every if argument and argument.annotation)
    if node.returns:
        yield node.returns
