"""Statements that choose or repeat: which names are surely bound after them, and what values may be."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_agilab.migrate.prove import iteration
from jupyter_agilab.migrate.prove.events import Record
from jupyter_agilab.migrate.prove.names import full_name
from jupyter_agilab.migrate.prove.program import names_bound
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import Value, join


def branches(walk: Walk, blocks: Sequence[Sequence[ast.stmt]], *, exhaustive: bool) -> None:
    """Walk alternatives from the same state; only what all of them bind is surely bound after."""
    before, env, figure = set(walk.definite), dict(walk.env), walk.owns_figure
    ends: list[tuple[set[str], dict[str, Value]]] = [] if exhaustive else [(before, env)]
    figures = [] if exhaustive else [figure]
    walk.unsure += 1
    for block in blocks:
        walk.definite, walk.env, walk.dead, walk.owns_figure = set(before), dict(env), False, figure
        walk.block(block)
        if not walk.dead:
            ends.append((walk.definite, walk.env))
            figures.append(walk.owns_figure)
    walk.unsure -= 1
    walk.dead = not ends
    walk.owns_figure = bool(figures) and all(figures)
    merge(walk, ends or [(before, env)])


def merge(walk: Walk, ends: Sequence[tuple[set[str], dict[str, Value]]]) -> None:
    """Go on with what several ends of paths have in common."""
    walk.definite = set.intersection(*(set(definite) for definite, _ in ends))
    names = {name for _, env in ends for name in env}
    walk.env = {name: join([env[name] for _, env in ends if name in env]) for name in names}


def condition(walk: Walk, node: ast.If) -> None:
    """Walk ``if``."""
    walk.value(node.test)
    branches(walk, [node.body, node.orelse], exhaustive=True)


def attempt(walk: Walk, node: ast.Try) -> None:
    """Walk ``try``: a handler starts from what was bound before."""
    before, env = set(walk.definite), dict(walk.env)
    walk.unsure += 1
    walk.block([*node.body, *node.orelse])
    ends = [] if walk.dead else [(walk.definite, walk.env)]
    after_body = dict(walk.env)
    for handler in node.handlers:
        merged = {
            name: join([v for v in (env.get(name), after_body.get(name)) if v])
            for name in {*env, *after_body}
        }
        walk.definite, walk.env, walk.dead = set(before), merged, False
        walk.value(handler.type)
        if handler.name:
            walk.env[handler.name] = Value()
            walk.definite.add(handler.name)
        walk.block(handler.body)
        if handler.name:
            walk.definite.discard(handler.name)
        if not walk.dead:
            ends.append((walk.definite, walk.env))
    dead = not ends
    merge(walk, ends or [(before, env)])
    walk.dead = False
    if node.finalbody:
        after, sure = set(walk.definite), walk.definite
        walk.definite = before & sure if not dead else set(before)
        walk.block(node.finalbody)
        walk.definite = after | walk.definite
    walk.dead = walk.dead or dead
    walk.unsure -= 1


def with_(walk: Walk, node: ast.With | ast.AsyncWith) -> None:
    """Walk ``with``; one that suppresses exceptions is like a ``try``."""
    suppresses = False
    if isinstance(node, ast.AsyncWith):
        walk.note("await", "async with", node)
    for item in node.items:
        value = walk.value(item.context_expr)
        call = item.context_expr
        path = full_name(walk, call.func) if isinstance(call, ast.Call) else None
        suppresses = suppresses or (path or "").endswith("suppress")
        if item.optional_vars is not None:
            walk.store(item.optional_vars, value)
    if suppresses:
        branches(walk, [node.body], exhaustive=False)
    else:
        walk.block(node.body)


def loop(walk: Walk, node: ast.For | ast.AsyncFor) -> None:
    """Walk a ``for`` inside the body."""
    if isinstance(node, ast.AsyncFor):
        walk.note("await", "async for", node)
    item = iteration.element(walk, node.iter)
    names = {each.id for each in ast.walk(node.iter) if isinstance(each, ast.Name)}
    if not any(walk.is_local(name) and walk.env.get(name, Value()).varies for name in names):
        # the same items in every iteration of the outer loop
        item = iteration.steady(item)
    if iteration.is_long(walk, node.iter):
        walk.record.dear.append("a loop inside")
    repeated(walk, node.target, item, node.body, surely=iteration.is_surely_filled(walk, node.iter))
    branches(walk, [node.orelse], exhaustive=False)


def while_(walk: Walk, node: ast.While) -> None:
    """Walk a ``while`` inside the body."""
    walk.value(node.test)
    forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
    repeated(walk, None, Value(), node.body, surely=False, forever=forever, test=node.test)


def repeated(
    walk: Walk,
    target: ast.expr | None,
    item: Value,
    body: Sequence[ast.stmt],
    *,
    surely: bool,
    forever: bool = False,
    test: ast.expr | None = None,
) -> None:
    """Walk the body of an inner loop twice: the second time, names may be left from a first round."""
    before, env = set(walk.definite), dict(walk.env)
    walk.inner += 1
    record, walk.record = walk.record, Record()
    for learning in (True, False) if walk.inner <= 3 else (False,):
        walk.exits.append([])
        if not learning:
            walk.record = record
        if target is not None:
            walk.store(target, item)
        walk.block(body)
        if test is not None and not learning and not walk.dead:
            walk.value(test)
        states = walk.exits.pop()
        after, dead = set(walk.definite), walk.dead
        merge(walk, [(before, env), (after, walk.env)])
        if learning:
            # a second pass sees what the end of one round leaves for the next
            walk.definite, walk.dead = set(before), False
    walk.record = record
    walk.inner -= 1
    walk.dead = False
    if forever and states:
        walk.definite = set.intersection(*states)
    elif surely and not dead and not states:
        walk.definite = after


def match_(walk: Walk, node: ast.Match) -> None:
    """Walk ``match``."""
    subject = walk.value(node.subject)
    blocks: list[list[ast.stmt]] = []
    for case in node.cases:
        blocks.append(case.body)
    names = names_bound([node]) - names_bound([s for case in node.cases for s in case.body])
    for name in sorted(names):
        walk.env[name] = subject.part()
        walk.definite.add(name)
    branches(walk, blocks, exhaustive=False)
