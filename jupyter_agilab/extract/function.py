"""The module's text: imports, definitions, one documented function, and the map of lines."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_agilab.extract.body import Result
from jupyter_agilab.extract.definitions import Definition
from jupyter_agilab.extract.extraction import Argument
from jupyter_agilab.extract.imports import LINE_LENGTH, ImportTable
from jupyter_agilab.extract.layout import Layout, lines_of_code, text_at_top, text_in_function, with_comments
from jupyter_agilab.extract.line_map import HelperMap, LineMap, comment, helpers_comment, pair, runs
from jupyter_agilab.extract.parsing import parse

INDENT = "    "


@dataclass(slots=True, kw_only=True)
class FunctionPlan:
    """All that the module's text is made of.

    Attributes
    ----------
    name, arguments, return_annotation
        The signature.
    summary, details
        The docstring's text.
    result_words
        What is returned, for the docstring.
    origin
        Where the cell is from, for the module's docstring.
    restored
        Lines that come first in the function.
    inside, top
        Definitions; see `Placement`.
    helpers
        Indexes of the cell's functions and classes that go to the top.
    kept
        Indexes of the cell's statements in the function, the last of them perhaps returned.
    """

    name: str
    arguments: Sequence[Argument]
    return_annotation: str
    summary: str
    details: str
    result: Result
    origin: str
    imports: ImportTable
    restored: Sequence[str] = ()
    top: Sequence[Definition] = ()
    inside: Sequence[Definition] = ()
    helpers: Sequence[int] = ()
    kept: Sequence[int] = ()
    comments: Sequence[str] = ()
    folder: Path | None = None
    first_line: int = 1
    layouts: dict[int, Layout] = field(default_factory=dict)


class UnfaithfulError(Exception):
    """The module's statements are not those of the cell; never seen, but checked for each module."""


def write_function(plan: FunctionPlan, layout: Layout, body: Sequence[ast.stmt]) -> tuple[str, LineMap]:
    """Write the module of a cell that becomes one function.

    Returns the text and the map of lines; the cell's lines are counted as typed.

    Raises
    ------
    UnfaithfulError
        A statement of the module differs in meaning from that of the cell.
    """
    pieces = [piece for line in plan.restored for piece in lines_of_code(line)]
    pieces += [definition_piece(definition, plan.layouts) for definition in plan.inside]
    for place, index in enumerate(plan.kept):
        piece = layout.statement(index)
        if index == plan.result.index and plan.result.how == "expression":
            piece = layout.returned(index)
        elif index == plan.result.index and plan.result.how == "argument":
            piece = layout.only_argument_of(index)
        pieces.append(with_comments(piece, plan.comments) if place == 0 else piece)
    if plan.result.how == "name":
        pieces += lines_of_code(f"return {plan.result.name}")
    head = f"{signature(plan)}\n{docstring(plan)}"
    function = f"{head}\n{text_in_function(pieces, layout.footer)}" if pieces else head
    definitions = [top_text(definition, plan.layouts) for definition in plan.top]
    definitions += [text_at_top(layout.statement(index, near=True)) for index in plan.helpers]
    text = module_text(plan.origin, plan.imports.render(plan.folder), [*definitions, function])
    line_map = _line_map(text, plan, body)
    top, stage = _parts(text)
    inside = stage.body[1 + len(plan.restored) :]
    helpers = helper_map([*zip(top, plan.top, strict=False), *zip(inside, plan.inside, strict=False)])
    return with_map(text, line_map, helpers), line_map


def with_map(text: str, line_map: LineMap, helpers: HelperMap) -> str:
    """Put the maps of lines at the module's end."""
    last = "\n".join(filter(None, [comment(line_map), helpers_comment(helpers)]))
    return f"{text}\n\n{last}\n" if last else text


def helper_map(copies: Iterable[tuple[ast.stmt, Definition]]) -> HelperMap:
    """Pair the lines of copied functions and classes with those that were typed."""
    found = []
    for new, definition in copies:
        binding = definition.binding
        if binding is None or not isinstance(new, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if ast.dump(new) == ast.dump(binding.statement):
            found += [(definition.name, *run) for run in runs(pair(new, binding.statement))]
    return tuple(found)


def definition_piece(definition: Definition, layouts: dict[int, Layout]) -> Any:
    """Give a captured definition as a formatted statement with the comments that touch it."""
    if definition.binding is None:
        return lines_of_code(definition.text)[0]
    cell = definition.binding.cell
    key = id(cell)
    if key not in layouts:
        layouts[key] = Layout(cell.source.text)
    return layouts[key].statement(definition.binding.index, near=True)


def top_text(definition: Definition, layouts: dict[int, Layout]) -> str:
    """Give a captured definition as text for the module's top level."""
    return text_at_top(definition_piece(definition, layouts))


def module_text(origin: str, imports: Sequence[str], definitions: Sequence[str]) -> str:
    """Put the parts of a module together with the usual blank lines; it ends with one newline."""
    text = f'"""{origin}"""\n'
    if imports:
        text += "\n" + "\n\n".join(imports) + "\n"
    before = "import"
    for definition in definitions:
        kind = "block" if _is_block(definition) else "line"
        if kind == "block" or before == "block":
            text += "\n\n"
        elif before == "import":
            text += "\n"
        text += definition + "\n"
        before = kind
    return text


def _is_block(definition: str) -> bool:
    code = [line for line in definition.split("\n") if not line.startswith("#")]
    return bool(code) and re.match(r"(async def|def|class|@)", code[0]) is not None


def signature(plan: FunctionPlan) -> str:
    """Write the ``def`` line, wrapped as a formatter wraps it."""
    words: list[str] = []
    for place, argument in enumerate(plan.arguments):
        if argument.keyword_only and not any(a.keyword_only for a in plan.arguments[:place]):
            words.append("*")
        words.append(str(argument))
    returns = f" -> {plan.return_annotation}" if plan.return_annotation else ""
    line = f"def {plan.name}({', '.join(words)}){returns}:"
    if len(line) <= LINE_LENGTH:
        return line
    inner = INDENT + ", ".join(words)
    if len(inner) <= LINE_LENGTH:
        return f"def {plan.name}(\n{inner}\n){returns}:"
    return "\n".join([f"def {plan.name}(", *(f"{INDENT}{word}," for word in words), f"){returns}:"])


def docstring(plan: FunctionPlan) -> str:
    """Write the function's docstring in numpydoc's form."""
    lines = [sentence(plan.summary)]
    if plan.details:
        lines += ["", *plan.details.split("\n")]
    if plan.arguments:
        lines += ["", "Parameters", "----------"]
        for argument in plan.arguments:
            lines.append(f"{argument.name} : {argument.annotation}" if argument.annotation else argument.name)
            lines += _wrapped(argument.meaning)
    if plan.result.how != "nothing":
        lines += ["", "Returns", "-------", plan.return_annotation or "object", *_wrapped(plan.result.words)]
    text = "\n".join(f"{INDENT}{line}" if line else "" for line in lines).lstrip()
    text = text.replace('"""', "'''")
    quote = 'r"""' if "\\" in text else '"""'
    if len(lines) == 1:
        return f'{INDENT}{quote}{text}"""'
    return f'{INDENT}{quote}{text}\n{INDENT}"""'


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, LINE_LENGTH - 8, initial_indent=INDENT, subsequent_indent=INDENT)


def sentence(text: str) -> str:
    """End a summary with a full stop, as numpydoc wants it."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text.rstrip(':;,')}."


def _line_map(text: str, plan: FunctionPlan, body: Sequence[ast.stmt]) -> LineMap:
    """Compare the module with the cell, statement by statement, and pair their lines."""
    top, function = _parts(text)
    if len(top) != len(plan.top) + len(plan.helpers):
        raise UnfaithfulError("the module's definitions")
    pairs: list[tuple[int, int]] = []
    for new, index in zip(top[len(plan.top) :], plan.helpers, strict=True):
        pairs += _same(new, body[index])
    inner = function.body[1 + len(plan.restored) + len(plan.inside) :]
    for new, index in zip(inner, plan.kept, strict=False):
        old: ast.AST = body[index]
        if index == plan.result.index and plan.result.how in {"expression", "argument"}:
            if not isinstance(new, ast.Return) or new.value is None or not isinstance(old, ast.Expr):
                raise UnfaithfulError("the result")
            shown = (
                old.value.args[0]
                if plan.result.how == "argument" and isinstance(old.value, ast.Call)
                else old.value
            )
            pairs += [(new.lineno, old.lineno), *_same(new.value, shown)]
        else:
            pairs += _same(new, old)
    return runs((line, before + plan.first_line - 1) for line, before in pairs)


def _parts(text: str) -> tuple[list[ast.stmt], ast.FunctionDef]:
    """Give a module's definitions and, apart, its function, which is the last one."""
    skipped = (ast.Import, ast.ImportFrom)
    *top, function = [s for s in parse(text).body[1:] if not isinstance(s, skipped)]
    if not isinstance(function, ast.FunctionDef):
        raise UnfaithfulError("the module's definitions")
    return top, function


def _same(new: ast.AST, old: ast.AST) -> list[tuple[int, int]]:
    if ast.dump(new) != ast.dump(old):
        raise UnfaithfulError(ast.unparse(old))
    return list(pair(new, old))
