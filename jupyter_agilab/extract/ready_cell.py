"""A cell that consists of definitions: its function is used as it is, byte for byte."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.extract.body import Body, arrange
from jupyter_agilab.extract.captures import Resolver
from jupyter_agilab.extract.definitions import Definition
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.inputs import MEANINGS
from jupyter_agilab.extract.job import Job
from jupyter_agilab.extract.line_map import LineMap, pair, runs
from jupyter_agilab.extract.parsing import parse
from jupyter_agilab.extract.placement import place
from jupyter_agilab.extract.ready_function import Filled, fill, stage_function
from jupyter_agilab.extract.staleness import stale_names


def from_definitions(job: Job) -> Extraction:
    """Extract a cell for which `only_definitions` holds."""
    function = stage_function(job.cell, job.name)
    if isinstance(function, Finding):
        job.findings.append(function)
        return job.finished()
    body = arrange(job.cell, left_out=())
    kept = job.unit([statement for index, statement in enumerate(job.cell.body) if body.has(index)])
    resolver = job.resolver(kept, body)
    resolver.resolve()
    filled = fill(
        function,
        job.cell,
        job.origins(kept),
        job.imports,
        split=job.split,
        item=job.item,
        sweep_names=job.sweep_names,
        elements=job.elements,
    )
    if job.role == "reducer" and filled.arguments:
        filled.arguments[0] = replace(filled.arguments[0], meaning=MEANINGS["results"])
    if job.returns is not None:
        message = "--returns is for cells that are not a function already"
        job.findings.append(
            job.cell.finding(function, "extract.returns", message, severity="warning", key=job.returns)
        )
    job.add_imports(kept, body, resolver)
    placement = place(resolver, keep_signature=True)
    job.apply_rules(kept, resolver)
    job.findings += [*body.findings, *resolver.findings, *filled.findings, *stale_names(resolver)]
    job.findings += _without_parameter(job, resolver, function)
    if errors_in(job.findings):
        return job.finished(function.name, resolver)
    return _written(job, function, body, resolver, placement.top, filled)


def _without_parameter(job: Job, resolver: Resolver, function: ast.FunctionDef) -> list[Finding]:
    """Refuse shared data that the function has no parameter for: only parameters receive it."""
    return [
        job.cell.finding(
            function,
            "extract.share",
            f"--share {name}: {function.name!r} has no parameter of that name, which would receive it",
            hint=f"add the parameter {name}, and pass it on to what needs it",
            key=name,
        )
        for name in resolver.shared
    ]


def _written(
    job: Job,
    function: ast.FunctionDef,
    body: Body,
    resolver: Resolver,
    top: Sequence[Definition],
    filled: Filled,
) -> Extraction:
    for _, line in body.imports:
        job.imports.add(line)
    text, line_map = _module(job, body, top)
    if not job.is_whole(text):
        return job.finished(function.name, resolver)
    return job.finished(
        function.name,
        resolver,
        module_text=text,
        parameters=filled.parameters,
        signature=tuple(filled.arguments),
        returns=f"What ``{function.name}`` returns.",
        elements=filled.elements,
        line_map=line_map,
    )


def _module(job: Job, body: Body, top: Sequence[Definition]) -> tuple[str, LineMap]:
    """Write the module: what the cell needs from others comes before the cell's own statements."""
    from jupyter_agilab.extract.function import helper_map, module_text, top_text, with_map
    from jupyter_agilab.extract.layout import Layout, text_at_top, with_comments

    layout = Layout(job.source.text)
    above = [text for index in range(body.kept[0] + 1) for text in layout.comments(index)]
    pieces = [layout.raw[index] for index in body.kept]
    pieces[0] = with_comments(pieces[0].with_changes(leading_lines=()), above)
    layouts: dict[int, Layout] = {}
    definitions = [top_text(definition, layouts) for definition in top]
    definitions += [text_at_top(piece) for piece in pieces]
    origin = f"{job.origin()}\n\n{body.docstring.strip()}\n" if body.docstring else job.origin()
    text = module_text(origin, job.imports.render(job.context.folder), definitions)
    if layout.footer:
        text += "\n\n" + "\n".join(line.comment.value for line in layout.footer) + "\n"
    skipped = (ast.Import, ast.ImportFrom)
    new = [statement for statement in parse(text).body[1:] if not isinstance(statement, skipped)]
    pairs = [
        lines
        for index, statement in zip(body.kept, new[len(top) :], strict=True)
        for lines in pair(statement, job.cell.body[index])
    ]
    line_map = runs((line, before + job.context.first_line - 1) for line, before in pairs)
    return with_map(text, line_map, helper_map(zip(new, top, strict=False))), line_map
