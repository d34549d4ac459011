"""Write a workflow: a new file, or an existing one with only the changed values changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.edit import put, put_table, remove, same
from jupyter_agilab.contract.layout import scan
from jupyter_agilab.contract.render import NotToml, render_key, render_value
from jupyter_agilab.contract.toml_file import place_to_write, write_file
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import WorkflowError
from jupyter_agilab.workflow.assemble import named_amounts
from jupyter_agilab.workflow.keys import TABLES, Key, SectionName, keys_of, tables_in, value_at, values_of
from jupyter_agilab.workflow.load import WorkflowFile, check_text, read_workflow
from jupyter_agilab.workflow.model import Claims, Group, Workflow, WorkflowStage

OPENING = (
    "# Workflow: stages that feed each other. Paths are relative to this file's folder.",
    "# Run nothing yet: jupyter agilab workflow check FILE, jupyter agilab workflow plan FILE.",
)
"""The two comment lines that a new file starts with."""


def workflow_text(workflow: Workflow, existing: str | None = None, *, path: Path | None = None) -> str:
    """Give the text of a workflow's file.

    Parameters
    ----------
    workflow
        What to write. It may have errors: a workflow that is being put together has some.
    existing
        The text to change. Values that are the same already, comments, order, line ends, unknown keys and
        tables keep every byte.
    path
        Where it is going to be written; findings name it.

    Returns
    -------
    str
        Without `existing`: two comment lines, then flags, stages, groups and execution with what is not
        default. The same arguments give the same bytes, and so does writing twice.

    Raises
    ------
    WorkflowError
        `existing` cannot be read, or a value is not what its key takes.
    """
    before = None if existing is None else check_text(existing, path)
    try:
        text = _new_text(workflow) if before is None else _changed_text(workflow, before)
    except NotToml as error:
        finding = Finding(
            code="workflow.not-toml", message=f"a workflow must hold what TOML can write; it holds {error}"
        )
        raise WorkflowError("the workflow cannot be written", [finding]) from None
    after = check_text(text, path)
    known = {(found.code, found.key) for found in before.findings} if before is not None else set()
    refused = [
        found
        for found in after.findings
        if found.code in {"workflow.value", "workflow.name", "workflow.malformed"}
        and found.severity == "error"
        and (found.code, found.key) not in known
    ]
    if refused:
        raise WorkflowError("the workflow cannot be written", refused)
    return text


def write_workflow(path: Path, workflow: Workflow) -> bool:
    """Write a workflow's file whole or not at all, changing an existing one as `workflow_text` does.

    Returns
    -------
    bool
        Whether the file changed; one that says the same already is not touched.

    Raises
    ------
    WorkflowError
        See `workflow_text`; also if the existing file cannot be read as TOML. It stays as it is.
    OutputError
        The folder is missing or read-only, or `path` is a folder.
    """
    path = place_to_write(path, "the workflow")
    existing = None
    if path.exists():
        file = read_workflow(path)
        file.require_readable(WorkflowError, "workflow.is-a-contract")
        existing = file.text
    text = workflow_text(workflow, existing, path=path)
    if text == existing:
        return False
    write_file(path, text, "the workflow")
    return True


def _stage_values(stage: WorkflowStage) -> dict[str, Any]:
    """Give what a file says of a stage, in the order in which it is written; claims are left out."""
    found = values_of("stages", stage)
    if stage.is_ungrouped and not stage.group:
        found["group"] = ""
    return found


def _claimed(claims: Claims) -> dict[str, Any]:
    return {**values_of("resources", claims), **claims.named}


def _new_text(workflow: Workflow) -> str:
    head = {"schema": keys_of("")[0].default, "name": workflow.name, **values_of("", workflow)}
    lines = [*OPENING, *_lines(head), *_lines(workflow.unknown)]
    for path, values in _blocks(workflow):
        lines += ["", *_block(path, values)]
    return "\n".join(lines) + "\n"


def _blocks(workflow: Workflow) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Give the tables of a new file with their values, in order."""
    if workflow.flags:
        yield ("flags",), workflow.flags
    for stage in workflow.stages.values():
        yield ("stages", stage.name), _stage_values(stage)
        if claims := _claimed(stage.claims):
            yield ("stages", stage.name, "resources"), claims
    for group in workflow.groups.values():
        yield from _group_blocks(group)
    if execution := values_of("execution", workflow):
        yield ("execution",), execution


def _group_blocks(group: Group) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    yield ("groups", group.name), values_of("groups", group)
    if claims := _claimed(group.claims):
        yield ("groups", group.name, "resources"), claims


def _block(path: tuple[str, ...], values: Mapping[str, Any]) -> list[str]:
    return [f"[{render_key(path)}]", *_lines(values)]


def _lines(values: Mapping[str, Any]) -> list[str]:
    return [
        f"{(key := render_key([name]))} = {render_value(value, indent_at=len(key) + 3)}"
        for name, value in values.items()
    ]


def _changed_text(workflow: Workflow, before: WorkflowFile) -> str:
    before.require_readable(WorkflowError, "workflow.is-a-contract")
    for table in TABLES:
        if not isinstance(before.data.get(table, {}), dict):
            said = [found for found in before.findings if found.key == table]
            raise WorkflowError(f"[{table}] cannot be written", said)
    text = before.text
    head = {"name": workflow.name, **values_of("", workflow)}
    text = _with_section(text, before.data, "", (), head)
    text = _with_free(text, before.data, ("flags",), workflow.flags, _flags_in(before.data))
    stages = {name: (_stage_values(stage), _claimed(stage.claims)) for name, stage in workflow.stages.items()}
    text = _with_tables(text, before.data, "stages", stages)
    groups = {
        name: (values_of("groups", group), _claimed(group.claims)) for name, group in workflow.groups.items()
    }
    text = _with_tables(text, before.data, "groups", groups)
    return _with_section(text, before.data, "execution", ("execution",), values_of("execution", workflow))


def _flags_in(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.get("flags", {}).items() if isinstance(value, bool)}


def _with_tables(
    text: str,
    data: Mapping[str, Any],
    section: SectionName,
    wanted: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> str:
    """Change the tables of stages or groups; those that are no longer there go."""
    held = tables_in(data, section)
    for name in held:
        if name not in wanted:
            text = remove(text, (section, name))
    for name, (values, claims) in wanted.items():
        path = (section, name)
        if name in held:
            text = _with_section(text, data, section, path, values)
            text = _with_free(text, data, (*path, "resources"), claims, _claimed_in(data, path))
        elif scan(text).entry((section,)) is not None:
            # the section is one inline table
            text = put(text, path, {**values, **({"resources": claims} if claims else {})})
        else:
            lines = _block(path, values)
            if claims:
                lines += ["", *_block((*path, "resources"), claims)]
            text = put_table(
                text, lines, behind=((section,), ("stages",), ("flags",)), above=(("execution",),)
            )
    return text


def _claimed_in(data: Mapping[str, Any], path: tuple[str, str]) -> dict[str, Any]:
    """Give what a stage or a group claims, as far as it can be read."""
    found = named_amounts(data, *path)
    for key in keys_of("resources"):
        value = value_at(data, (*path, "resources", key.name))
        if key.kind.passes(value):
            found[key.name] = value
    return found


def _with_section(
    text: str, data: Mapping[str, Any], section: SectionName, path: tuple[str, ...], wanted: Mapping[str, Any]
) -> str:
    """Change the keys of a section; what stands for the same already, or cannot be read, keeps its bytes."""
    if path == ("execution",) and "execution" not in data:
        return put_table(text, _block(path, wanted)) if wanted else text
    names = [key.name for key in keys_of(section)]
    for key in keys_of(section):
        place = (*path, key.name)
        held = value_at(data, place)
        if held is MISSING:
            if key.name in wanted:
                text = put(text, place, wanted[key.name], behind=names[: names.index(key.name)])
        elif key.name in wanted:
            if not key.kind.passes(held) or not _is_same(key, held, wanted[key.name]):
                text = put(text, place, wanted[key.name])
        elif key.attribute and key.kind.passes(held):
            # `group = ""` says more than its absence
            is_empty = key.kind.convert(held) in ("", ()) and key.about.form != "name-or-none"
            says_default = is_empty or held == key.default
            text = text if says_default else remove(text, place)
    return text


def _is_same(key: Key, held: Any, wanted: Any) -> bool:
    return key.kind.passes(wanted) and same(key.kind.convert(held), key.kind.convert(wanted))


def _with_free(
    text: str,
    data: Mapping[str, Any],
    path: tuple[str, ...],
    wanted: Mapping[str, Any],
    readable: Mapping[str, Any],
) -> str:
    """Change a table with free names; those that nobody could read stay."""
    held = value_at(data, path)
    if held is MISSING and wanted:
        if len(path) > 1 and scan(text).header(path[:-1]) is None:
            # its stage is an inline table, or made of dotted keys
            return put(text, path, dict(wanted))
        return put_table(
            text, _block(path, wanted), behind=(path[:-1],) if path[1:] else (), above=(("stages",),)
        )
    if not isinstance(held, dict):
        return text
    for name, value in wanted.items():
        if name not in held or name not in readable or not same(_number(readable[name]), _number(value)):
            text = put(text, (*path, name), value)
    for name in readable:
        if name not in wanted:
            text = remove(text, (*path, name))
    return text


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
