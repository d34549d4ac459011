"""Which statements of a loop's body stay in the notebook: those that touch what outlives an iteration."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_agilab.migrate.convert.names import Fresh, mentioned, read, stored
from jupyter_agilab.migrate.convert.step import CannotConvertError
from jupyter_agilab.migrate.convert.text import Source

_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CHEAP = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.JoinedStr),
    # no calls: what they cost is not known
    *(ast.FormattedValue, ast.UnaryOp, ast.Slice, ast.expr_context, ast.unaryop),
)
"""Parts of expressions that cost nothing: the notebook may work them out itself."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement that stays in the notebook.

    ``values`` are what it needs of an iteration: the name that it goes by there, and the expression.
    ``text`` is the statement with these names. ``is_direct``: it stands at the top of the loop's body.
    ``keeps``: the statement stays in the stage as well (it binds a name that is read after the loop).
    """

    node: ast.stmt
    values: tuple[tuple[str, ast.expr], ...]
    text: str
    is_direct: bool
    keeps: bool = False


def touching(
    body: Sequence[ast.stmt], outputs: frozenset[str], *, prints: bool
) -> Iterator[tuple[ast.stmt, bool]]:
    """Find the statements that touch `outputs`, in order, and whether each stands at the top of the body.

    A compound statement whose head touches them is one; else those inside of it are.

    Raises
    ------
    CannotConvertError
        A function or class inside the loop touches them.
    """
    yield from _touching(body, outputs, prints, direct=True)


def _touching(
    body: Sequence[ast.stmt], outputs: frozenset[str], prints: bool, *, direct: bool
) -> Iterator[tuple[ast.stmt, bool]]:
    for statement in body:
        is_print = prints and any(_prints(node) for node in ast.walk(statement))
        if not is_print and not mentioned(statement) & outputs:
            continue
        if isinstance(statement, _NESTED):
            raise CannotConvertError(
                f"the function {statement.name!r} inside the loop changes what the loop collects"
            )
        blocks = _blocks(statement)
        if not blocks or any(mentioned(part) & outputs for part in _head(statement)):
            yield statement, direct
            continue
        for block in blocks:
            yield from _touching(block, outputs, prints, direct=False)


def _prints(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    blocks += [handler.body for handler in getattr(statement, "handlers", [])]
    blocks += [case.body for case in getattr(statement, "cases", [])]
    return [block for block in blocks if block]


def _head(statement: ast.stmt) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(statement):
        if name in {"body", "orelse", "finalbody"}:
            continue
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, ast.ExceptHandler):
                if part.type is not None:
                    yield part.type
            elif isinstance(part, ast.match_case):
                yield part.pattern
                if part.guard is not None:
                    yield part.guard
            elif isinstance(part, ast.AST):
                yield part


class Keeper:
    """Makes `Kept` of statements: chooses what each needs of an iteration.

    Parameters
    ----------
    locals_
        Names that the loop's body binds, and its variables.
    at_hand
        Of these, the variables that the notebook has itself for each iteration.
    fresh
        Gives names for values that have none.
    """

    def __init__(
        self,
        source: Source,
        *,
        outputs: frozenset[str],
        locals_: frozenset[str],
        at_hand: frozenset[str],
        fresh: Fresh,
    ) -> None:
        self.source = source
        self.outputs = outputs
        self.locals = locals_
        self.at_hand = at_hand
        self.fresh = fresh

    def keep(self, statement: ast.stmt, *, is_direct: bool, later: set[str]) -> Kept:
        """Make the statement one that the notebook can do with an iteration's values.

        ``later`` are names that the body binds anew after it.

        Raises
        ------
        CannotConvertError
            It cannot be done apart from the rest.
        """
        for node in ast.walk(statement):
            if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.Return):
                raise CannotConvertError("what the loop collects is tied to a function that waits or returns")
        if not isinstance(statement, ast.For | ast.While) and own_jumps(_blocks(statement)):
            raise CannotConvertError(
                "whether an iteration goes on depends on what earlier ones have collected"
            )
        own = stored([statement]) - self.outputs
        roots = sorted(mentioned(statement) & self.outputs)
        found = _Search(self, own, f"{roots[0]}_value" if roots else "value", later)
        found.visit(statement, certain=True)
        values = dict(found.values)
        text = self._with(statement, found.edits)
        return Kept(statement, tuple(values.items()), text, is_direct)

    def _with(self, statement: ast.stmt, edits: Sequence[tuple[int, int, str]]) -> str:
        start, end = self.source.span(statement)
        parts, at = [], start
        for begin, stop, text in sorted(edits):
            parts += [self.source.text[at:begin], text]
            at = stop
        return "".join([*parts, self.source.text[at:end]])


def text_of(source: Source, name: str, node: ast.expr) -> str:
    """Give the text of a value of `Kept`."""
    if hasattr(node, "lineno"):
        return source.of(node)
    match node:
        case ast.Call(func=ast.Name(id=function), args=[inner]):
            return f"{function}({source.of(inner)})"
        case _:
            return name


class _Search:
    """Walks a statement for what it needs of an iteration."""

    def __init__(self, keeper: Keeper, own: set[str], wanted: str, later: set[str]) -> None:
        self.keeper = keeper
        self.later = later
        self.wanted = wanted
        self.own = own
        self.values: dict[str, ast.expr] = {}
        self.edits: list[tuple[int, int, str]] = []
        self._names: dict[str, str] = {}

    def visit(self, node: ast.AST, *, certain: bool) -> None:
        is_read = isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if isinstance(node, ast.expr) and is_read and self._take(node, certain=certain):
            return
        match node:
            case ast.Call(func=ast.Name(id="print"), args=arguments, keywords=keywords) if certain:
                for argument in arguments:
                    self._printed(argument)
                for keyword in keywords:
                    self.visit(keyword.value, certain=True)
            case ast.BoolOp(values=[first, *rest]):
                self.visit(first, certain=certain)
                for part in rest:
                    self.visit(part, certain=False)
            case ast.Compare(left=left, comparators=[second, *rest]):
                self.visit(left, certain=certain)
                self.visit(second, certain=certain)
                for part in rest:
                    self.visit(part, certain=False)
            case ast.IfExp(test=test, body=body, orelse=other):
                self.visit(test, certain=certain)
                self.visit(body, certain=False)
                self.visit(other, certain=False)
            case ast.If(test=test, body=body, orelse=other):
                self.visit(test, certain=certain)
                for inner in (*body, *other):
                    self.visit(inner, certain=False)
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._names_in(node)
            case ast.For() | ast.While() | ast.With() | ast.Try() | ast.Match() | ast.Assert():
                self._names_in(node)
            case _:
                for child in ast.iter_child_nodes(node):
                    self.visit(child, certain=certain)

    def _take(self, node: ast.expr, *, certain: bool) -> bool:
        """Take an expression over as a value of the iteration, or leave it; say whether that is decided."""
        keeper = self.keeper
        needed = read(node) & keeper.locals - self.own
        if isinstance(node, ast.Name):
            if node.id in needed and node.id not in keeper.at_hand:
                self._take_name(node)
            return True
        if mentioned(node) & (keeper.outputs | self.own) or any(
            isinstance(n, ast.NamedExpr) for n in ast.walk(node)
        ):
            return False
        if not needed and not any(isinstance(inner, ast.Call) for inner in ast.walk(node)):
            return True
        if needed <= keeper.at_hand and all(isinstance(inner, _CHEAP) for inner in ast.walk(node)):
            return True
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        if not certain or any(isinstance(part, ast.Starred | ast.Slice) for part in parts):
            return False
        text = keeper.source.of(node)
        name = self._names.get(text)
        if name is None:
            name = self._names[text] = keeper.fresh.name(self.wanted)
            self.values[name] = node
        self.edits.append((*keeper.source.span(node), name))
        return True

    def _printed(self, node: ast.expr) -> None:
        """Take what is printed over as text, whatever its type is."""
        needed = read(node) & self.keeper.locals - self.own - self.keeper.at_hand
        if not needed or mentioned(node) & (self.keeper.outputs | self.own) or isinstance(node, ast.Starred):
            self.visit(node, certain=True)
            return
        name = self.keeper.fresh.name("shown")
        text = ast.Call(ast.Name("str", ast.Load()), [node], [])
        self.values[name] = node if isinstance(node, ast.JoinedStr) else text
        self.edits.append((*self.keeper.source.span(node), name))

    def _take_name(self, node: ast.Name) -> None:
        """Take a name over; under a new one where the body gives it another value afterwards."""
        if node.id not in self.later:
            self.values.setdefault(node.id, node)
            return
        made = self._names.get(node.id)
        if made is None:
            made = self._names[node.id] = self.keeper.fresh.name(f"{node.id}_kept")
            self.values[made] = node
        self.edits.append((*self.keeper.source.span(node), made))

    def _names_in(self, node: ast.AST) -> None:
        wanted = read(node) & self.keeper.locals - self.own - self.keeper.at_hand - self.keeper.outputs
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id in wanted and isinstance(inner.ctx, ast.Load):
                self._take_name(inner)


def own_jumps(blocks: Sequence[Sequence[ast.stmt]]) -> list[ast.Continue | ast.Break]:
    """Find the ``continue`` and ``break`` of a loop whose body holds these blocks."""
    found: list[ast.Continue | ast.Break] = []
    for statement in (statement for block in blocks for statement in block):
        if isinstance(statement, ast.Continue | ast.Break):
            found.append(statement)
        elif isinstance(statement, ast.For | ast.While | ast.AsyncFor):
            found += own_jumps([statement.orelse])
        elif not isinstance(statement, _NESTED):
            found += own_jumps(_blocks(statement))
    return found
