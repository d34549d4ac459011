"""Values of another type or form than their keys take, keys that are missing, and tables that are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING
from typing import Any

from jupyter_agilab.contract.assemble import is_amount
from jupyter_agilab.contract.render import render_key
from jupyter_agilab.diagnostics import Level, did_you_mean
from jupyter_agilab.workflow.aliases import ALIASES
from jupyter_agilab.workflow.keys import TABLES, Key, names_of, places, tables_in, value_at
from jupyter_agilab.workflow.subject import Remark, Subject, came

_TIMES = "write hours, minutes and seconds: '01:30:00' is one hour and a half, '00:01:30' a minute and a half"


def values(subject: Subject) -> Iterator[Remark]:
    """Tell what is missing and what is not what its key takes."""
    yield from _tables(subject)
    if isinstance(subject.data.get("stages"), dict) and not subject.data["stages"]:
        yield _no_stages("stages has none")
    elif "stages" not in subject.data:
        yield _no_stages("there is no table [stages.NAME]")
    for path, key in places(subject.data):
        value = value_at(subject.data, path)
        if value is MISSING:
            if key.required:
                yield _missing(subject, path, key)
        elif not key.kind.passes(value):
            yield _wrong(path, key, value)
    flags = subject.data.get("flags")
    for name, value in flags.items() if isinstance(flags, dict) else ():
        if not isinstance(value, bool):
            yield Remark(
                "workflow.value",
                ("flags", name),
                f"{render_key(['flags', name])} must be true or false; {came(value)}",
            )


def amounts(subject: Subject) -> Iterator[Remark]:
    """Tell claims of named resources that are no amounts, and names that other tools have for ours."""
    for section in ("stages", "groups"):
        for name, table in tables_in(subject.data, section).items():
            held = table.get("resources")
            for key, value in held.items() if isinstance(held, dict) else ():
                if key in names_of("resources"):
                    continue
                path = (section, name, "resources", key)
                meant = ALIASES.get(key) or ""
                hint = f"did you mean {meant!r}?" if meant else did_you_mean(key, names_of("resources"))
                if not is_amount(value):
                    message = f"{render_key(path)} must be a non-negative number; {came(value)}"
                    yield Remark("workflow.value", path, message, hint)
                elif meant or hint:
                    message = f"{render_key(path)} claims a named resource that a cluster must offer"
                    yield Remark("workflow.unknown-key", path, message, hint, "warning")


def _tables(subject: Subject) -> Iterator[Remark]:
    for table in TABLES:
        held = subject.data.get(table, {})
        if not isinstance(held, dict):
            yield _not_a_table((table,), held)
        elif table in {"stages", "groups"}:
            for name, value in held.items():
                if not isinstance(value, dict):
                    yield _not_a_table((table, name), value)
                elif not isinstance(value.get("resources", {}), dict):
                    yield _not_a_table((table, name, "resources"), value["resources"])


def _not_a_table(path: tuple[str, ...], value: Any) -> Remark:
    key = render_key(path)
    return Remark(
        "workflow.not-a-table",
        path,
        f"{key} must be a table; {came(value)}",
        f"write [{key}] on a line of its own, and its keys below",
        level="syntax" if len(path) < 3 else "meaning",
    )


def _no_stages(what: str) -> Remark:
    return Remark(
        "workflow.no-stages",
        ("stages",),
        f"a workflow must have at least one stage; {what}",
        'write [stages.NAME] on a line of its own, and contract = "NAME.parallel_stage.toml" below',
        level="syntax",
    )


def _missing(subject: Subject, path: tuple[str, ...], key: Key) -> Remark:
    table = value_at(subject.data, path[:-1])
    known = names_of(key.section)
    meant = did_you_mean(key.name, [name for name in table if name not in known])
    hint = f"the file has {meant.split(chr(39))[1]!r}; rename it to {key.name!r}" if meant else ""
    if not hint and key.name == "schema":
        hint = _schema_line(key)
    return Remark(
        "workflow.missing-key",
        path,
        f"{render_key(path)} {key.kind.rule}; it is missing",
        hint,
        level="syntax",
    )


def _schema_line(key: Key) -> str:
    return f'write schema = "{key.default}" on the first line'


def _wrong(path: tuple[str, ...], key: Key, value: Any) -> Remark:
    meant = did_you_mean(value, key.kind.choices) if isinstance(value, str) else ""
    hint = meant or (_TIMES if key.about.form == "walltime" and isinstance(value, str) else "")
    if key.name == "schema":
        hint = _schema_line(key)
    level: Level = "syntax" if key.required else "meaning"
    return Remark(
        "workflow.value", path, f"{render_key(path)} {key.kind.rule}; {came(value)}", hint, level=level
    )
