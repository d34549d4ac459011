"""A found loop as the draft of a stage, by the extraction that every cell goes through."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_agilab.cells import NotebookCell
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import AgilabError, FindingsError
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.migrate.convert.cells import Placed
from jupyter_agilab.migrate.convert.items import Items
from jupyter_agilab.migrate.convert.knowledge import Knowledge
from jupyter_agilab.migrate.convert.locate import Place
from jupyter_agilab.migrate.convert.names import read, stored
from jupyter_agilab.migrate.convert.stage_source import (
    Shared,
    pack_names,
    plain_source,
    shared_of,
    stage_source,
)
from jupyter_agilab.migrate.convert.step import CannotConvertError, Step
from jupyter_agilab.migrate.finding import LoopFinding
from jupyter_agilab.migration.model import Converted
from jupyter_agilab.stage_options import StageOptions
from jupyter_agilab.stages import StageDraft, stage_from_cell

_MOST_TRIES = 20
_CHANGING = re.compile(
    r"\b(random|default_rng|requests|httpx|urllib|urlopen|time|now|today|utcnow|uuid4|environ)\b"
)
"""Where code gets what differs from run to run, or from day to day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One loop on its way to a stage."""

    finding: LoopFinding
    cell: NotebookCell
    place: Place
    step: Step
    items: Items
    known: Knowledge
    context: CellContext
    name: str
    taken: frozenset[str]

    @property
    def folder(self) -> Path:
        """The notebook's folder."""
        return self.context.folder or Path()


def drafted(loop: Loop, *, with_function: bool) -> Converted:
    """Make the draft of a stage; writes and runs nothing.

    Parameters
    ----------
    with_function
        Also make the plain function of the form ``functions``.

    Raises
    ------
    CannotConvertError
        The extraction refuses the loop's body; the text is its reason.
    """
    names = pack_names(loop.taken)
    items = loop.items
    grid = None
    input_, split = items.pattern, "files"
    if items.how != "files":
        split = "parameter-sweep"
        input_ = f"{loop.name}.{'grid' if items.how == 'grid' else 'items'}.json"
    if items.how == "grid":
        grid = json.dumps(items.grid, ensure_ascii=False, indent=1) + "\n"
    options = StageOptions(
        name=loop.name,
        split=split,  # type: ignore[arg-type]  # one of the two above
        input=input_,
        item=",".join(items.names),
        reducer="collect-json",
        notes=_notes(loop),
    )
    draft, shared = _extracted(
        loop, options, lambda given: stage_source(loop.step, items, given, names), packed=True
    )
    placed = Placed(
        name=loop.name,
        step=loop.step,
        items=items,
        shared=shared,
        statement=loop.place.statement,
        in_block=_in_block(loop),
        source=stage_source(loop.step, items, shared, names),
        magic=_magic(options, shared),
        pack_names=names,
        parameters=_parameters(draft),
        again=_is_different_each_time(loop, draft),
    )
    if with_function:
        placed = _with_function(loop, placed)
    return Converted(finding=loop.finding, draft=draft, placed=placed, grid=grid)


def _extracted(
    loop: Loop, options: StageOptions, source: Callable[[tuple[Shared, ...]], str], *, packed: bool
) -> tuple[StageDraft, tuple[Shared, ...]]:
    """Extract, and share what turns out to be known only when the notebook runs."""
    variables = stored([ast.parse(f"for {loop.step.target} in (): pass")])
    wanted = dict.fromkeys(sorted(loop.step.reads & loop.known.hidden - variables))
    for _ in range(_MOST_TRIES):
        shared = shared_of(wanted, loop.taken) if packed else tuple(Shared(name=n, packed=n) for n in wanted)
        names = tuple(each.packed for each in shared)
        context = replace(loop.context, promised=frozenset(names))
        try:
            draft = stage_from_cell(source(shared), replace(options, share=names), context)
        except FindingsError as error:
            raise CannotConvertError(error.summary) from error
        except AgilabError as error:
            raise CannotConvertError(error.message) from error
        more = _computed(draft, loop)
        if not more - wanted.keys():
            return draft, shared
        wanted |= dict.fromkeys(sorted(more))
    raise CannotConvertError("what the loop reads cannot be found out")


def _computed(draft: StageDraft, loop: Loop) -> set[str]:
    """Give the names whose values only the running notebook knows.

    Raises
    ------
    CannotConvertError
        Something else keeps the body from being a stage.
    """
    found: set[str] = set()
    for finding in errors_in(draft.extraction.findings):
        name = finding.key or ""
        hidden = finding.code == "extract.no-such-name" and name in loop.known.hidden
        if finding.code != "extract.computed" and not hidden:
            raise CannotConvertError(finding.message)
        found.add(name)
    for capture in draft.extraction.captures:
        if capture.becomes in {"parameter", "constant"} and loop.known.may_have_changed(capture.name):
            found.add(capture.name)
    return found


def _parameters(draft: StageDraft) -> tuple[str, ...]:
    """Give the names whose values the contract holds, and the notebook too."""
    return tuple(name for name in draft.extraction.parameters)


def _is_different_each_time(loop: Loop, draft: StageDraft) -> bool:
    """Tell whether results from an earlier run are not what a new one would give, or leave."""
    if not loop.step.value or any(output.how == "file" for output in loop.finding.outputs):
        return True
    return _CHANGING.search(draft.extraction.module_text or "") is not None


def _with_function(loop: Loop, placed: Placed) -> Placed:
    """Add the plain function and its call."""
    step = loop.step
    variables = _in_order(step.target)
    body = plain_source(step)
    if not read(ast.parse(body)) & set(variables):
        body = f"_ = {variables[0]}\n{body}"
    is_file = loop.items.how == "files"
    options = StageOptions(
        name=loop.name,
        split="files" if is_file else "parameter-sweep",
        input=loop.items.pattern or f"{loop.name}.items.json",
        item=",".join(variables),
    )
    draft, shared = _extracted(loop, options, lambda _: body, packed=False)
    extraction = draft.extraction
    arguments = [
        each.name for each in extraction.signature if each.name in variables and not each.keyword_only
    ]
    own = {each.name for each in extraction.signature}
    arguments += [f"{name}={value!r}" for name, value in extraction.parameters.items() if name in own]
    arguments += [f"{each.name}={each.name}" for each in shared if each.name in own]
    call = f"{extraction.function_name}({', '.join(arguments)})"
    return replace(placed, function=_without_frame(extraction.text()), call=call)


def _without_frame(text: str) -> str:
    """Give a module's text without its docstring and the map of lines at its end."""
    tree = ast.parse(text)
    first = tree.body[1] if len(tree.body) > 1 and ast.get_docstring(tree) else tree.body[0]
    lines = text.rstrip().split("\n")
    while lines and (lines[-1].startswith("# ") or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines[first.lineno - 1 :])


def _in_order(target: str) -> tuple[str, ...]:
    nodes = ast.walk(ast.parse(target, mode="eval"))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    return tuple(node.id for node in sorted(names, key=lambda node: (node.lineno, node.col_offset)))


def _in_block(loop: Loop) -> bool:
    """Tell whether a loop stands inside of a statement that decides when, or how often, it runs."""
    statement = loop.place.statement
    if statement is loop.place.node:
        return False
    blocks = ast.For | ast.While | ast.If | ast.Try | ast.With | ast.FunctionDef | ast.ClassDef | ast.Match
    if isinstance(statement, blocks | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith):
        return True
    return any(isinstance(node, ast.Lambda) for node in ast.walk(statement))


def _magic(options: StageOptions, shared: tuple[Shared, ...]) -> str:
    words = [
        options.name,
        f"--split {options.split}",
        f'--input "{options.input}"',
        f"--item {options.item}",
        *(f"--share {each.packed}" for each in shared),
        "--run",
    ]
    return " ".join(words)


def _notes(loop: Loop) -> str:
    names = [output.name for output in loop.finding.outputs if output.how not in {"print"}]
    what = f", which gives {', '.join(dict.fromkeys(names))}" if names else ""
    over = " ".join(loop.step.iterable.split())
    over = over if len(over) <= 80 else over[:77] + "..."
    return f"One iteration of a loop over {over}{what}."
