"""A cell of statements becomes one function: its inputs, its captures, its body, its result."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.extract.annotations import annotate
from jupyter_agilab.extract.body import Body, arrange, choose_result, drop_unread_imports, movable_definitions
from jupyter_agilab.extract.captures import Resolver
from jupyter_agilab.extract.choose import choose_input
from jupyter_agilab.extract.displays import is_display
from jupyter_agilab.extract.examples import Examples
from jupyter_agilab.extract.extraction import Argument, Extraction
from jupyter_agilab.extract.extras import extra_inputs
from jupyter_agilab.extract.inputs import MEANINGS, Input, InputKind, Inputs
from jupyter_agilab.extract.job import Job
from jupyter_agilab.extract.names import BUILTINS, identifier
from jupyter_agilab.extract.placement import Placement, place
from jupyter_agilab.extract.returns import return_annotation
from jupyter_agilab.extract.sharing import shared_annotation
from jupyter_agilab.extract.staleness import stale_names
from jupyter_agilab.extract.sweep import choose_parameters
from jupyter_agilab.extract.unit import Unit

_BY_NAME: frozenset[InputKind] = frozenset({"seed", "rng", "partition"})
_SUMMARIES: dict[InputKind, str] = {
    "path": "Process one file",
    "file": "Process one file",
    "frame": "Process one part of the table",
    "table": "Process one part of the table",
    "value": "Compute one set of parameters",
    "element": "Compute one element",
    "params": "Compute one set of parameters",
}


def from_statements(job: Job) -> Extraction:
    """Extract a cell that is not a function yet."""
    chosen = _choose(job)
    body = arrange(job.cell, left_out=chosen.left_out)
    kept = job.unit(
        [_shown(job, statement) for index, statement in enumerate(job.cell.body) if body.has(index)]
    )
    inputs = [*chosen.inputs, *_extras(job, kept, chosen)]
    resolver = job.resolver(kept, body, inputs, chosen.undecided)
    resolver.resolve()
    known = [*(each.name for each in inputs), *resolver.captures]
    choose_result(body, job.cell, returns=job.returns, known=known)
    drop_unread_imports(body, job.cell, _read_names(kept, resolver))
    job.add_imports(kept, body, resolver)
    placement = place(resolver, keep_signature=False)
    job.apply_rules(kept, resolver)
    job.findings += [*chosen.findings, *body.findings, *resolver.findings, *stale_names(resolver)]
    if errors_in(job.findings):
        return job.finished("", resolver)
    return _written(job, kept, body, inputs, resolver, placement)


def _choose(job: Job) -> Inputs:
    if job.role == "reducer":
        return _results(job)
    examples = Examples(job.cell, job.origins(job.cell), job.split)
    if job.split == "parameter-sweep":
        return choose_parameters(job.cell, examples, job.item, job.sweep_names, job.elements)
    return choose_input(job.cell, examples, job.item)


def _results(job: Job) -> Inputs:
    if "results" in job.cell.scope.reads:
        return Inputs((Input(name="results", kind="results"),))
    message = "the cell does not read `results`, the iterator of the partitions' results"
    hint = "write it as `for result in results: ...`, in partition order"
    finding = Finding(code="extract.item", message=message, key="results", cell=job.cell.label, hint=hint)
    return Inputs((), (), (finding,))


def _shown(job: Job, statement: ast.stmt) -> ast.stmt:
    """Give ``x`` for a ``display(x)`` that stays, since its value will be returned."""
    if not job.displays or not is_display(statement):
        return statement
    assert isinstance(statement, ast.Expr)  # is_display says so
    assert isinstance(statement.value, ast.Call)
    return ast.copy_location(ast.Expr(statement.value.args[0]), statement)


def _extras(job: Job, kept: Unit, chosen: Inputs) -> list[Input]:
    if job.role == "reducer":
        return []
    taken = {each.name for each in chosen.inputs} | chosen.undecided
    found = list(extra_inputs(kept, taken, job.origins(kept)))
    job.findings += [finding for _, finding in found if finding is not None]
    return [each for each, _ in found]


def _read_names(kept: Unit, resolver: Resolver) -> set[str]:
    """Give all names that the function and what is copied for it read."""
    loaded = (
        node for node in kept.nodes() if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    )
    names = {node.id for node in loaded}
    for definition in resolver.definitions.values():
        names |= definition.needs
    return names


def _written(
    job: Job, kept: Unit, body: Body, inputs: Sequence[Input], resolver: Resolver, placement: Placement
) -> Extraction:
    from jupyter_agilab.extract.function import FunctionPlan, UnfaithfulError, write_function
    from jupyter_agilab.extract.layout import Layout

    layout = Layout(job.source.text)
    summary, details = layout.description(body.docstring)
    arguments = _arguments(job, kept, inputs, resolver, placement)
    annotation = return_annotation(job.cell, body.result, job.imports)
    at_top = BUILTINS | set(job.imports.meanings()) | {definition.name for definition in placement.top}
    helpers = movable_definitions(body, job.cell, at_top=at_top)
    name = _function_name(job, kept, resolver, helpers)
    moved = list(dict.fromkeys(index for index, _ in body.imports))
    for index, line in body.imports:
        comment = layout.comment_beside(index)
        if comment and line.attribute != "*":
            job.imports.add(replace(line, comment=comment))
    plan = FunctionPlan(
        name=name,
        arguments=arguments,
        return_annotation=annotation,
        summary=summary or _summary(job, inputs),
        details=details,
        result=body.result,
        origin=job.origin(),
        imports=job.imports,
        restored=_restored(job, inputs, placement),
        top=placement.top,
        inside=placement.inside,
        helpers=helpers,
        kept=[index for index in body.kept if index not in helpers],
        comments=[text for index in moved for text in layout.comments_above(index)],
        folder=job.context.folder,
        first_line=job.context.first_line,
    )
    try:
        text, line_map = write_function(plan, layout, job.cell.body)
    except (UnfaithfulError, SyntaxError, ValueError) as error:
        job.not_writable(error)
        return job.finished(name, resolver)
    if not job.is_whole(text):
        return job.finished(name, resolver)
    return job.finished(
        name,
        resolver,
        module_text=text,
        parameters=dict(placement.parameters),
        shared=dict(resolver.shared),
        signature=tuple(arguments),
        returns=body.result.words,
        line_map=line_map,
        elements={each.name: each.name for each in inputs if each.kind == "element"},
    )


def _arguments(
    job: Job, kept: Unit, inputs: Sequence[Input], resolver: Resolver, placement: Placement
) -> list[Argument]:
    """Give the parameters: the partition's first, by keyword what the contract gives and what is derived."""

    def argument(each: Input) -> Argument:
        annotation = annotate(each, kept, job.imports)
        by_name = each.kind in _BY_NAME
        return Argument(
            name=each.name, annotation=annotation, keyword_only=by_name, meaning=MEANINGS[each.kind]
        )

    made = [argument(each) for each in inputs if each.kind not in _BY_NAME]
    made += placement.arguments
    for name, shared in resolver.shared.items():
        annotation = shared_annotation(shared, job.imports)
        meaning = "Shared data, loaded once for each worker."
        made.append(Argument(name=name, annotation=annotation, keyword_only=True, meaning=meaning))
    made += [argument(each) for each in inputs if each.kind in _BY_NAME]
    return [each for each in made if each.default is None] + [
        each for each in made if each.default is not None
    ]


def _restored(job: Job, inputs: Sequence[Input], placement: Placement) -> list[str]:
    """Give the lines that make the notebook's types again: a list of records, a tuple, a path."""
    lines = [f"{each.name} = {each.restore}({each.name})" for each in inputs if each.restore]
    for name, maker in placement.restored.items():
        made = job.imports.reference("pathlib", "Path") if maker == "Path" else maker
        lines.append(f"{name} = {made}({name})")
    return lines


def _function_name(job: Job, kept: Unit, resolver: Resolver, helpers: Sequence[int]) -> str:
    """Give a name that hides nothing which the function reads."""
    name = identifier(job.name)
    used = {
        *resolver.definitions,
        *job.imports.meanings(),
        *(getattr(job.cell.body[i], "name", "") for i in helpers),
    }
    used |= {node.id for node in kept.nodes() if isinstance(node, ast.Name)} & BUILTINS
    free = name
    while free in used:
        free += "_results" if job.role == "reducer" else "_partition"
    if free != name:
        message = f"the function is named {free!r}, since the cell uses {name!r} for something else"
        finding = Finding(
            code="extract.function-name", message=message, severity="info", key=name, cell=job.cell.label
        )
        job.findings.append(finding)
    return free


def _summary(job: Job, inputs: Sequence[Input]) -> str:
    if job.role == "reducer":
        return f"Merge the partitions' results (reducer {job.name})"
    return f"{_SUMMARIES.get(inputs[0].kind, 'Process one partition')} (stage {job.name})"
