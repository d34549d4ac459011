"""Goes through the cells and offers each candidate with the place where it stands."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from jupyter_agilab.migrate.find import FORMS
from jupyter_agilab.migrate.find.candidate import Candidate, Context
from jupyter_agilab.migrate.prove.program import CodeCell, Program
from jupyter_agilab.migrate.prove.scene import Frame, Scene, frame_for

Decide = Callable[[Candidate], bool]
"""Told of each candidate; says whether to leave alone what is inside it."""

DEEPEST = 40
"""Levels of blocks that are followed."""


class Scanner:
    """Offers the candidates of one notebook to `decide`, outermost first, in the order of the code."""

    def __init__(self, program: Program, decide: Decide) -> None:
        self.program = program
        self.decide = decide
        self.root = Scene(program, 0, 0)
        self.entered: list[ast.expr] = []

    def cell(self, cell: CodeCell) -> None:
        """Scan a cell."""
        self._block(cell.tree.body, cell.index, (), (), (), "", 0)

    def _block(
        self,
        statements: Sequence[ast.stmt],
        cell: int,
        after: tuple[ast.stmt, ...],
        loops: tuple[ast.AST, ...],
        frames: tuple[Frame, ...],
        function: str,
        depth: int,
    ) -> None:
        if depth > DEEPEST:
            return
        for place, statement in enumerate(statements):
            rest = (*statements[place + 1 :], *after)
            self._statement(statement, cell, rest, loops, frames, function, depth)

    def _statement(
        self,
        node: ast.stmt,
        cell: int,
        after: tuple[ast.stmt, ...],
        loops: tuple[ast.AST, ...],
        frames: tuple[Frame, ...],
        function: str,
        depth: int,
    ) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{function}.{node.name}" if function else node.name
            around, self.entered = self.entered, []
            self._block(node.body, cell, (), (), (frame_for(node, cell), *frames), name, depth + 1)
            self.entered = around
            return
        if isinstance(node, ast.ClassDef):
            self._block(
                node.body,
                cell,
                (),
                (),
                frames,
                f"{function}.{node.name}" if function else node.name,
                depth + 1,
            )
            return
        scene = self.root.at(cell, node.lineno, frames)
        context = Context(
            scene=scene,
            in_function=function,
            after=after,
            loops=loops,
            statement=node,
            entered=tuple(self.entered),
        )
        if self._offer(node, context):
            return
        is_loop = isinstance(node, ast.For | ast.AsyncFor | ast.While)
        entered = (
            [item.context_expr for item in node.items] if isinstance(node, ast.With | ast.AsyncWith) else []
        )
        self.entered.extend(entered)
        self._inside(node, context, cell, after, loops, frames, function, depth, is_loop=is_loop)
        del self.entered[len(self.entered) - len(entered) :]

    def _inside(
        self,
        node: ast.stmt,
        context: Context,
        cell: int,
        after: tuple[ast.stmt, ...],
        loops: tuple[ast.AST, ...],
        frames: tuple[Frame, ...],
        function: str,
        depth: int,
        *,
        is_loop: bool,
    ) -> None:
        for field, inner in ast.iter_fields(node):
            if isinstance(inner, list) and inner and isinstance(inner[0], ast.stmt):
                # the next round of a loop comes after this one
                again = tuple(node.body) if is_loop and field == "body" else ()  # type: ignore[attr-defined]  # loops have a body
                deeper = (*loops, node) if is_loop and field == "body" else loops
                self._block(inner, cell, (*again, *after), deeper, frames, function, depth + 1)
            elif isinstance(inner, list):
                for each in inner:
                    if isinstance(each, ast.ExceptHandler | ast.match_case):
                        self._block(each.body, cell, after, loops, frames, function, depth + 1)
                    elif isinstance(each, ast.AST):
                        self._expression(each, context, depth + 1)
            elif isinstance(inner, ast.AST):
                self._expression(inner, context, depth + 1)

    def _expression(self, node: ast.AST, context: Context, depth: int) -> None:
        if isinstance(node, ast.Lambda) or depth > DEEPEST * 4:
            return
        if isinstance(node, ast.expr) and self._offer(node, context):
            return
        inner = Context(
            scene=context.scene,
            in_function=context.in_function,
            after=context.after,
            loops=context.loops,
            parents=(*context.parents, node),
            statement=context.statement,
            entered=context.entered,
        )
        for child in ast.iter_child_nodes(node):
            self._expression(child, inner, depth + 1)

    def _offer(self, node: ast.AST, context: Context) -> bool:
        for form in FORMS:
            candidate = form(node, context)
            if candidate is not None:
                return self.decide(candidate)
        return False
