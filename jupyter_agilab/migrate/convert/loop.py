"""A ``for`` loop split in two: what an iteration computes, and what the notebook does with it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_agilab.extract.rules.captured_writes import MUTATORS
from jupyter_agilab.migrate.convert.accumulate import Keeper, Kept, own_jumps, text_of, touching
from jupyter_agilab.migrate.convert.names import Fresh, mentioned, read, stored
from jupyter_agilab.migrate.convert.plainness import is_plain, only_values
from jupyter_agilab.migrate.convert.step import CannotConvertError, Step
from jupyter_agilab.migrate.convert.text import Edited, Source
from jupyter_agilab.migrate.finding import LoopFinding

_BEYOND = frozenset({"file", "print", "last", "value"})
"""Outputs that are no name which the body adds to."""


def split_loop(source: Source, loop: ast.For, finding: LoopFinding, taken: frozenset[str]) -> Step:
    """Split a loop.

    Parameters
    ----------
    taken
        Names of the notebook, which new ones must not hide.

    Raises
    ------
    CannotConvertError
        It cannot be split faithfully.
    """
    return _Split(source, loop, finding, taken).step()


class _Split:
    def __init__(self, source: Source, loop: ast.For, finding: LoopFinding, taken: frozenset[str]) -> None:
        self.source = source
        self.loop = loop
        self.fresh = Fresh(taken | mentioned(source.tree))
        self.outputs = frozenset(root_of(each.name) for each in finding.outputs if each.how not in _BEYOND)
        self.last = frozenset(
            each.name for each in finding.outputs if each.how == "last" and each.is_read_later
        )
        self.prints = any(each.how == "print" for each in finding.outputs)
        targets = stored([loop.target])
        inside = stored(loop.body)
        self.locals = frozenset(targets | inside) - self.outputs
        self.at_hand = frozenset(targets - inside)
        self.kept: list[Kept] = []

    def step(self) -> Step:
        self._refuse()
        keeper = Keeper(
            self.source, outputs=self.outputs, locals_=self.locals, at_hand=self.at_hand, fresh=self.fresh
        )
        for statement, direct in touching(self.loop.body, self.outputs, prints=self.prints):
            kept = keeper.keep(statement, is_direct=direct, later=self._bound_after(statement, direct=direct))
            self._refuse_changed(kept)
            self.kept.append(kept)
        self._refuse_needed()
        last = self.last - self.outputs - self.at_hand
        jumps = own_jumps([self.loop.body])
        unconditional = {
            name for statement in self.loop.body if _is_simple(statement) for name in stored([statement])
        }
        direct = all(each.is_direct for each in self.kept)
        if direct and not (jumps and (self.kept or last)) and last <= unconditional:
            return self._once(last, wrapped=bool(jumps))
        return self._as_it_comes(last, wrapped=bool(jumps))

    def _refuse(self) -> None:
        if self.loop.orelse:
            raise CannotConvertError("the loop has an `else` part")
        for node in (inner for statement in self.loop.body for inner in ast.walk(statement)):
            if isinstance(node, ast.Global | ast.Nonlocal):
                raise CannotConvertError("the loop's body changes names of other scopes")
            if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
                raise CannotConvertError("the loop waits for something, which a stage's function cannot")
        nested = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
        if any(isinstance(jump, ast.Break) for jump in own_jumps([self.loop.body])):
            raise CannotConvertError("the loop can end early, with `break`")
        for statement in self.loop.body:
            if isinstance(statement, nested):
                continue
            if any(
                isinstance(inner, ast.Return | ast.Yield | ast.YieldFrom) for inner in ast.walk(statement)
            ):
                raise CannotConvertError("the loop's body returns from the function around it")
        if any(
            "\t" in self.source.indent(line)
            for line in range(self.loop.lineno, (self.loop.end_lineno or 0) + 1)
        ):
            raise CannotConvertError("the loop is indented with tabs; indent it with blanks")

    def _refuse_needed(self) -> None:
        """Refuse a body that goes on with what was worked out from the things that it collects."""
        inside = {id(node) for each in self.kept for node in ast.walk(each.node)}
        reads = {
            node.id
            for statement in self.loop.body
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in inside
        }
        for each in self.kept:
            needed = sorted((stored([each.node]) - self.outputs) & reads)
            if needed:
                raise CannotConvertError(
                    f"an iteration goes on with {needed[0]!r}, which depends on what earlier ones collected"
                )

    def _refuse_changed(self, kept: Kept) -> None:
        """Refuse a value that is used up by a statement and changed in place afterwards.

        Values are kept by reference until the iteration ends, as a list keeps what is appended to it.
        """
        match kept.node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append" | "add" | "appendleft"))):
                return
        end = self.source.span(kept.node)[1] if kept.is_direct else 0
        names = {node.id for _, node in kept.values if isinstance(node, ast.Name)}
        for statement in self.loop.body:
            for node in ast.walk(statement):
                name = changed_in_place(node)
                if name is None or not isinstance(node, ast.expr | ast.stmt):
                    continue
                if name in names and self.source.offset(node.lineno, node.col_offset) >= end:
                    raise CannotConvertError(f"{name!r} is changed after the loop has used its value")

    # everything that stays happens once in each iteration

    def _once(self, last: frozenset[str], *, wrapped: bool) -> Step:
        edited = self._edited(wrapped=wrapped)
        tail = self._tail()
        values: dict[str, str] = {}
        nodes: dict[str, ast.expr] = {}
        for each in self.kept:
            for name, node in each.values:
                text = text_of(self.source, name, node)
                if name in values:
                    continue
                nodes[name] = node
                values[name] = text
                if each.node in tail:
                    continue
                if text != name:
                    self._insert_before(edited, each.node, f"{name} = {text}")
                    values[name] = name
            edited.remove(each.node)
        for name in sorted(last):
            values.setdefault(name, name)
            nodes.setdefault(name, ast.Name(name, ast.Load()))
        known = only_values(self.loop.body)
        plain = all(is_plain(node, known, shadowed=self._shadowed()) for node in nodes.values())
        if len(values) == 1:
            (received, value), *_ = values.items()
            opening: tuple[str, ...] = ()
        elif values:
            received = self.fresh.name("step")
            value = "{" + ", ".join(f'"{name}": {text}' for name, text in values.items()) + "}"
            opening = tuple(f'{name} = {received}["{name}"]' for name in values)
        else:
            received, value, opening = "_", "", ()
        replay = (*opening, *(self._replayed(each) for each in self.kept)) or ("pass",)
        if len(values) == 1 and not self.kept:
            # the name itself is what the loop leaves
            replay = ("pass",)
        return self._step(self._wrapped(edited.text(), wrapped=wrapped), value, plain, received, replay)

    def _tail(self) -> set[ast.stmt]:
        """Give the kept statements after which the body computes nothing more."""
        kept = {each.node for each in self.kept}
        found: set[ast.stmt] = set()
        for statement in reversed(self.loop.body):
            if statement not in kept:
                break
            found.add(statement)
        return found

    def _bound_after(self, statement: ast.stmt, *, direct: bool) -> set[str]:
        """Give the names that the body binds after a statement at its top."""
        if not direct:
            return set()
        later = self.loop.body[self.loop.body.index(statement) + 1 :]
        return stored(each for each in later if not mentioned(each) & self.outputs)

    # what stays happens now and then: each time is noted

    def _as_it_comes(self, last: frozenset[str], *, wrapped: bool) -> Step:
        edited = self._edited(wrapped=wrapped)
        events = self.fresh.name("found")
        kept = [*self.kept, *self._bindings(last)]
        kept.sort(key=lambda each: (each.node.lineno, each.node.col_offset))
        kinds = [f"{number}" for number in range(1, len(kept) + 1)]
        plain = all(
            is_plain(node, only_values(self.loop.body), shadowed=self._shadowed())
            for each in kept
            for _, node in each.values
        )
        many = len(kept) > 1
        for kind, each in zip(kinds, kept, strict=True):
            texts = [text_of(self.source, name, node) for name, node in each.values]
            if many:
                note = f"[{', '.join([kind, *texts])}]"
            else:
                note = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
            call = f"{events}.append({note})"
            start, end = self.source.span(each.node)
            if not each.keeps:
                edited.replace(start, end, call)
            elif self.source.fills_its_lines(each.node):
                edited.replace(end, end, f"\n{edited.moved(each.node.lineno)}{call}")
            else:
                edited.replace(end, end, f"; {call}")
        body = f"{events} = []\n" + self._wrapped(edited.text(), wrapped=wrapped)
        return self._step(body, events, plain, events, tuple(self._replay_of(kept, events)))

    def _bindings(self, last: frozenset[str]) -> list[Kept]:
        """Find the statements that bind names which are read after the loop."""
        made = []
        for name in sorted(last):
            found = [
                node
                for statement in self.loop.body
                for node in ast.walk(statement)
                if isinstance(node, ast.stmt) and _is_simple(node) and name in stored([node])
            ]
            everywhere = sum(
                isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
                for statement in self.loop.body
                for node in ast.walk(statement)
            )
            if len(found) != everywhere or not found:
                raise CannotConvertError(
                    f"the last value of {name!r} is read after the loop, and how it is set is not plain"
                )
            made += [
                Kept(node, ((name, ast.Name(name, ast.Load())),), "pass", False, keeps=True) for node in found
            ]
        return made

    def _replay_of(self, kept: Sequence[Kept], received: str) -> list[str]:
        if len(kept) == 1:
            (only,) = kept
            names = [name for name, _ in only.values]
            target = ", ".join(names) if names else "_"
            return [f"for {target} in {received}:\n" + indented(self._replayed(only))]
        lines = [f"for {self._event} in {received}:"]
        for number, each in enumerate(kept, 1):
            head = f"{'if' if number == 1 else 'elif'} {self._event}[0] == {number}:"
            names = [name for name, _ in each.values]
            inner = []
            if names:
                part = "[1]" if len(names) == 1 else "[1:]"
                inner.append(f"{', '.join(names)} = {self._event}{part}")
            text = self._replayed(each)
            if text != "pass" or not inner:
                inner.append(text)
            lines += [indented(head), indented(indented("\n".join(inner)))]
        return ["\n".join(lines)]

    @property
    def _event(self) -> str:
        return "event" if "event" not in self.fresh.taken else "event_of_step"

    def _replayed(self, kept: Kept) -> str:
        """Give a statement's text at no indentation."""
        if kept.keeps:
            return "pass"
        indent = self.source.indent(kept.node.lineno)
        lines = kept.text.split("\n")
        inside = self.source.inside_of_texts()
        if len(lines) > 1 and any(
            line in inside for line in range(kept.node.lineno, (kept.node.end_lineno or 0) + 1)
        ):
            raise CannotConvertError("a statement that collects holds a text over several lines")
        return "\n".join([lines[0], *(line.removeprefix(indent) for line in lines[1:])])

    # both

    def _edited(self, *, wrapped: bool) -> Edited:
        first = self.loop.body[0]
        head = self.loop.iter.end_lineno or self.loop.lineno
        begins = min(
            first.lineno, *(each.lineno for each in getattr(first, "decorator_list", [])), first.lineno
        )
        if begins <= head:
            raise CannotConvertError("the loop stands on one line; put its body on lines of its own")
        last = max(statement.end_lineno or 0 for statement in self.loop.body)
        return Edited(self.source, head + 1, last, self.source.indent(begins), " " * 4 if wrapped else "")

    def _wrapped(self, text: str, *, wrapped: bool) -> str:
        if not wrapped:
            return text
        return f"for _ in range(1):  # one iteration: `continue` ends it\n{text}"

    def _insert_before(self, edited: Edited, statement: ast.stmt, line: str) -> None:
        start, _ = self.source.span(statement)
        if not self.source.fills_its_lines(statement):
            raise CannotConvertError("several statements stand on one line")
        begin = self.source.text.rfind("\n", 0, start) + 1
        edited.replace(begin, begin, f"{edited.moved(statement.lineno)}{line}\n")

    def _shadowed(self) -> frozenset[str]:
        return frozenset(stored([self.source.tree]))

    def _step(self, body: str, value: str, plain: bool, received: str, replay: tuple[str, ...]) -> Step:
        start, end = self.source.span(self.loop)
        return Step(
            target=self.source.of(self.loop.target),
            iterable=self.source.of(self.loop.iter),
            body=body,
            value=value,
            is_plain=plain or not value,
            start=start,
            end=end,
            received=received,
            replay=replay,
            iterables=(self.source.span(self.loop.iter),),
            reads=frozenset(read(ast.Module(list(self.loop.body), [])) - self.outputs),
        )


def _is_simple(statement: ast.stmt) -> bool:
    return isinstance(
        statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Import | ast.ImportFrom
    )


def changed_in_place(node: ast.AST) -> str | None:
    """Give the name whose value a node changes in place, as far as that can be seen."""
    match node:
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
        case ast.Call(func=ast.Attribute(value=inside, attr=method)) if method in MUTATORS:
            pass
        case ast.Subscript(ctx=ast.Store() | ast.Del(), value=inside):
            pass
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=inside):
            pass
        case _:
            return None
    while isinstance(inside, ast.Attribute | ast.Subscript):
        inside = inside.value
    return inside.id if isinstance(inside, ast.Name) else None


def indented(text: str) -> str:
    """Give text four blanks further in."""
    return "\n".join(f"    {line}" if line.strip() else line for line in text.split("\n"))


def root_of(name: str) -> str:
    """Give the name that an output as ``table.loc`` or ``out['a']`` belongs to."""
    for sign in ".[":
        name = name.partition(sign)[0]
    return name
