"""The cells that take the place of one with converted loops, in the three forms."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jupyter_agilab.cells import python_source
from jupyter_agilab.extract.imports import line_binding
from jupyter_agilab.extract.scope import analyse
from jupyter_agilab.migrate.convert.items import Items
from jupyter_agilab.migrate.convert.knowledge import Knowledge
from jupyter_agilab.migrate.convert.loop import indented
from jupyter_agilab.migrate.convert.stage_source import PackNames, Shared
from jupyter_agilab.migrate.convert.step import STEPS, CannotConvertError, Step
from jupyter_agilab.migrate.convert.text import Source
from jupyter_agilab.migrate.notebooks.cell import NewCell

_IMPORT = "from jupyter_agilab import {}"
_LONGEST = 80
"""Characters of a call on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A converted loop with all that its cell needs to know.

    Attributes
    ----------
    statement
        The statement at the cell's top that holds the loop.
    in_block
        Whether it stands inside of another statement, which decides when it runs.
    source
        The stage cell's text.
    magic
        The arguments of ``%%parallel_stage``.
    function
        For the form of plain functions: the text of imports and functions, and the call for one item.
    parameters
        Names of constants that the contract holds; the notebook hands over its values, which may be newer.
    again
        Whether every run must do all items again, since files are what it makes.
    """

    name: str
    step: Step
    items: Items
    shared: tuple[Shared, ...]
    statement: ast.stmt
    in_block: bool
    source: str
    magic: str
    pack_names: PackNames
    function: str = ""
    call: str = ""
    parameters: tuple[str, ...] = ()
    again: bool = False


def python_form(typed: str, source: Source, loops: Sequence[Placed]) -> list[NewCell]:
    """Give the cell with its loops going over the stages' steps."""
    edits = [_edit(each, source, _steps(each)) for each in loops]
    text = _applied(typed, source, edits)
    return [NewCell(source=_with_import(text, "parallel_steps"), keeps=True)]


def functions_form(typed: str, source: Source, loops: Sequence[Placed]) -> list[NewCell]:
    """Give the cell with plain functions, called one after the other."""
    edits = []
    for each in loops:
        target, iterable = _target(each.step), _iterable(each.step)
        if each.step.around:
            pairs = f"({target}, {each.call}) for {target} in {iterable}"
            edits.append((each.step.start, each.step.end, each.step.around.replace(STEPS, f"({pairs})")))
            continue
        call = f"{each.step.received} = {each.call}" if each.step.value else each.call
        replay = [line for line in each.step.replay if line != "pass"]
        lines = "\n".join([call, *replay])
        edits.append(_block(each, source, f"for {target} in {iterable}:", lines))
    text = _applied(typed, source, edits)
    return [NewCell(source="\n\n".join([*(each.function for each in loops), text]), keeps=True)]


def with_imports(cell: NewCell, known: Knowledge) -> NewCell:
    """Give the cell with the imports that it takes from cells above it, so that it stands on its own."""
    try:
        reads = analyse(ast.parse(python_source(cell.source).text).body).reads
    except (SyntaxError, ValueError):
        return cell
    lines: dict[str, None] = {}
    for name in reads:
        binding = known.history.last(name)
        line = line_binding(binding.statement, name) if binding is not None else None
        if line is not None:
            lines[str(line)] = None
    return replace(cell, source="\n".join([*sorted(lines), cell.source])) if lines else cell


def magic_form(typed: str, source: Source, loops: Sequence[Placed]) -> list[NewCell]:
    """Give three or more cells: what came before, each stage, and what brings the names back.

    Raises
    ------
    CannotConvertError
        A loop stands inside of a block or function, where no cell can be.
    """
    made: list[NewCell] = []
    typed_lines = typed.split("\n")
    tops = sorted({each.statement.lineno: each.statement for each in loops}.items())
    for number, (line, statement) in enumerate(tops):
        inside = [each for each in loops if each.statement is statement]
        if any(each.in_block for each in inside):
            raise CannotConvertError(
                "the loop stands inside of another block, where no %%parallel_stage cell can be; "
                "the form `python` can rewrite it"
            )
        if not source.fills_its_lines(statement):
            raise CannotConvertError("several statements stand on one line")
        head = [] if number else ["%load_ext jupyter_agilab", "\n".join(typed_lines[: line - 1]).strip("\n")]
        before = "\n".join(part for part in (*head, *_preparations(inside)) if part.strip())
        if before:
            made.append(NewCell(source=before))
        made += [NewCell(source=f"%%parallel_stage {each.magic}\n{each.source.rstrip()}") for each in inside]
        edits = [_edit(each, source, f"parallel_steps({each.name}, {_items_name(each)})") for each in inside]
        is_last = number + 1 == len(tops)
        until = None if is_last else tops[number + 1][0] - 1
        rest = _applied(typed, source, edits, first_line=line - 1, last_line=until).rstrip("\n")
        made.append(NewCell(source=_with_import(rest, "parallel_steps"), keeps=is_last))
    return made


def _preparations(loops: Sequence[Placed]) -> list[str]:
    """Give the lines before a stage's cell that write what it needs of the notebook, with their import."""
    noted = [text for each in loops for text in _preparation(each)]
    uses = ["pack"] if any(each.shared for each in loops) else []
    uses += ["stage_items"] if any(each.items.how == "noted" for each in loops) else []
    return [_IMPORT.format(", ".join(uses)), *noted] if noted else []


def _preparation(each: Placed) -> list[str]:
    """Give the lines that write what the stage needs of the notebook."""
    lines = [f"{shared.packed} = pack({shared.name})" for shared in each.shared]
    if each.items.how == "noted":
        lines.append(f'{_items_name(each)} = stage_items("{each.name}", {_iterable(each.step)})')
    return lines


def _items_name(each: Placed) -> str:
    return f"{each.name}_items" if each.items.how == "noted" else _iterable(each.step)


def _steps(each: Placed) -> str:
    arguments = [f'"{each.name}"', _iterable(each.step)]
    if each.shared:
        pairs = ", ".join(f'"{shared.packed}": {shared.name}' for shared in each.shared)
        arguments.append(f"shared={{{pairs}}}")
    if each.parameters:
        pairs = ", ".join(f'"{name}": {name}' for name in each.parameters)
        arguments.append(f"parameters={{{pairs}}}")
    if each.again:
        arguments.append("again=True")
    whole = f"parallel_steps({', '.join(arguments)})"
    if len(whole) <= _LONGEST or each.step.around:
        return whole
    return "parallel_steps(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _edit(each: Placed, source: Source, steps: str) -> tuple[int, int, str]:
    if each.step.around:
        return each.step.start, each.step.end, each.step.around.replace(STEPS, steps)
    head = f"for {_target(each.step)}, {each.step.received} in {steps}:"
    return _block(each, source, head, "\n".join(each.step.replay))


def _block(each: Placed, source: Source, head: str, lines: str) -> tuple[int, int, str]:
    line_start = source.text.rfind("\n", 0, each.step.start) + 1
    indent = source.text[line_start : each.step.start]
    body = indented(lines).split("\n")
    first, *more = head.split("\n")
    text = "\n".join([first, *(f"{indent}{line}" if line.strip() else line for line in (*more, *body))])
    return each.step.start, each.step.end, text


def _target(step: Step) -> str:
    node = ast.parse(step.target, mode="eval").body
    bare = isinstance(node, ast.Tuple) and not step.target.startswith("(")
    return f"({step.target})" if bare else step.target


def _iterable(step: Step) -> str:
    node = ast.parse(f"({step.iterable})", mode="eval").body
    bare = isinstance(node, ast.Tuple) and not step.iterable.startswith("(")
    return (
        f"({step.iterable})"
        if bare or (isinstance(node, ast.GeneratorExp) and step.iterable[0] != "(")
        else step.iterable
    )


def _applied(
    typed: str,
    source: Source,
    edits: Sequence[tuple[int, int, str]],
    *,
    first_line: int = 0,
    last_line: int | None = None,
) -> str:
    """Put the edits into the cell as it was typed; the lines that they touch hold no IPython syntax."""
    typed_lines = typed.split("\n")
    starts = [0]
    for line in typed_lines:
        starts.append(starts[-1] + len(line) + 1)

    def moved(offset: int) -> int:
        line = source.text.count("\n", 0, offset)
        if typed_lines[line] != source.lines[line]:
            raise CannotConvertError("a line of the loop has IPython's own syntax")
        return starts[line] + offset - source.starts[line]

    parts: list[str] = []
    at = starts[first_line]
    for start, end, text in sorted(edits):
        parts += [typed[at : moved(start)], text]
        at = moved(end)
    stop = len(typed) if last_line is None else starts[last_line] - 1
    return "".join([*parts, typed[at:stop]])


def _with_import(text: str, *names: str) -> str:
    """Put the import of our names at the cell's top, below magics that must stay there."""
    line = _IMPORT.format(", ".join(names))
    lines = text.split("\n")
    place = 0
    while place < len(lines) and (lines[place].startswith("%%") or not lines[place].strip()):
        place += 1
    if place < len(lines) and lines[place].startswith("from __future__"):
        place += 1
    return "\n".join([*lines[:place], line, *lines[place:]])
