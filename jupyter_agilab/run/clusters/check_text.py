"""What is wrong with the tables of ``clusters.toml``; everything at once, each with its line."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.layout import KeyPath, Layout, scan
from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.rules.secrets import secrets
from jupyter_agilab.contract.subject import Subject, came
from jupyter_agilab.diagnostics import Finding, Severity, did_you_mean
from jupyter_agilab.run.clusters.keys import Key, all_names, keys_of
from jupyter_agilab.run.clusters.model import KINDS, SCHEMA_ID, KindName
from jupyter_agilab.run.clusters.secret_values import is_from_environment


@dataclass(frozen=True, slots=True)
class Table:
    """One cluster's table in one of the two files."""

    name: str
    data: Mapping[str, Any]
    path: Path
    layout: Layout
    is_project: bool

    def finding(
        self, code: str, key: KeyPath, message: str, hint: str = "", severity: Severity = "error"
    ) -> Finding:
        """Make a finding about a key of this table."""
        line, column = self.layout.place_of((self.name, *key))
        return Finding(
            code=f"clusters.{code}",
            message=message,
            severity=severity,
            key=render_key((self.name, *key)),
            path=str(self.path),
            line=line,
            column=column,
            hint=hint,
        )


def tables_in(data: Mapping[str, Any], text: str, path: Path, *, is_project: bool) -> dict[str, Table]:
    """Give the tables of a file by name."""
    layout = scan(text)
    return {
        name: Table(name, table, path, layout, is_project)
        for name, table in data.items()
        if isinstance(table, dict)
    }


def remarks_about_names(data: Mapping[str, Any], text: str, path: Path) -> Iterator[Finding]:
    """Tell what stands at the top level and is no table."""
    layout = scan(text)
    for name, value in data.items():
        if isinstance(value, dict) or (name == "schema" and value == SCHEMA_ID):
            continue
        message = f"{render_key([name])} must be a table, one for each cluster; {came(value)}"
        hint = 'write [NAME] above the keys of a cluster, and kind = "..." as the first of them'
        if name == "schema":
            message, hint = f"schema must be {SCHEMA_ID!r}; {came(value)}", "or leave it out"
        line, column = layout.place_of((name,))
        yield Finding(
            code="clusters.not-a-table", message=message, key=name, path=str(path), line=line, column=column,
            hint=hint,
        )  # fmt: skip


def remarks_about(name: str, parts: Sequence[Table]) -> list[Finding]:
    """Tell all that is wrong with one cluster.

    Parameters
    ----------
    parts
        Its table in the project's file, in the user's own, or both in this order; one at least.
    """
    found: list[Finding] = []
    kind: KindName | None = None
    for part in parts:
        value = part.data.get("kind")
        if isinstance(value, str) and value in KINDS:
            kind = next(each for each in KINDS if each == value)
    if kind is None:
        found += _no_kind(parts)
    for part in parts:
        found += _secrets(part)
        if kind is not None:
            found += _values(part, kind)
    if kind is not None:
        held = {key for part in parts for key in part.data}
        for key in keys_of(kind).values():
            if key.required and key.name not in held:
                found.append(
                    parts[0].finding(
                        "missing-key",
                        (key.name,),
                        f"{render_key([name, key.name])} {key.kind.rule}; it is missing",
                        key.about.text,
                    )
                )
        found += _together(kind, parts)
    return found


def _no_kind(parts: Sequence[Table]) -> Iterator[Finding]:
    part = next((part for part in parts if "kind" in part.data), parts[0])
    choices = f"must be one of: {', '.join(KINDS)}"
    if "kind" not in part.data:
        near = next((key for key in part.data if did_you_mean(key, ["kind"])), "")
        yield part.finding(
            "missing-key",
            (near,) if near else ("kind",),
            f"{render_key([part.name, 'kind'])} {choices}; it is missing",
            "did you mean 'kind'?" if near else 'write kind = "..." as the first key of the table',
        )
        return
    value = part.data["kind"]
    hint = did_you_mean(value, KINDS) if isinstance(value, str) else ""
    yield part.finding(
        "value", ("kind",), f"{render_key([part.name, 'kind'])} {choices}; {came(value)}", hint
    )


def _values(part: Table, kind: KindName) -> Iterator[Finding]:
    known = keys_of(kind)
    for name, value in part.data.items():
        key = known.get(name)
        shown = render_key([part.name, name])
        if key is None:
            yield _unknown(part, name, kind)
        elif not key.kind.passes(value):
            hint = did_you_mean(value, key.kind.choices) if isinstance(value, str) else ""
            yield part.finding("value", (name,), f"{shown} {key.kind.rule}; {_came(key, value)}", hint)


def _came(key: Key, value: Any) -> str:
    """Say what a value is; not where it may be a secret."""
    return "it is not one" if key.about.is_secret else came(value)


def _unknown(part: Table, name: str, kind: KindName) -> Finding:
    shown = render_key([part.name, name])
    meant = did_you_mean(name, keys_of(kind))
    if not meant and name in all_names():
        owners = [other for other in KINDS if name in keys_of(other)]
        return part.finding(
            "unknown-key",
            (name,),
            f"{shown} is not a key of kind {kind!r}",
            f"it belongs to: {', '.join(owners)}",
        )
    hint = meant or f"the keys are: {', '.join(keys_of(kind))}"
    return part.finding("unknown-key", (name,), f"{shown} is not a key of a cluster", hint)


def _secrets(part: Table) -> Iterator[Finding]:
    """Tell secrets in the project's file; in the user's own, that others can read them."""
    marked = {
        name for kind in KINDS for name, key in keys_of(kind).items() if key.about.is_secret
    } & part.data.keys()
    plain = sorted(
        name
        for name in marked
        if isinstance(part.data[name], str) and part.data[name] and not is_from_environment(part.data[name])
    )
    if not part.is_project:
        if plain and _others_can_read(part.path):
            yield part.finding(
                "readable-secret",
                (plain[0],),
                f"{render_key([part.name, plain[0]])} can be read by other users of this machine",
                "make the file yours alone: chmod 600",
                "warning",
            )
        return
    hint = (
        "write it into your own clusters.toml, in the folder agilab of Jupyter's config directory, "
        f'or name a variable of the environment: {plain[0] if plain else "password"} = "env:NAME"'
    )
    for name in plain:
        yield part.finding(
            "secret",
            (name,),
            f"{render_key([part.name, name])} must not stand in the project's file, because that is shared",
            hint,
        )
    for remark in secrets(Subject(dict(part.data), {}, None, "")):
        if remark.path[0] not in plain:
            what = remark.message.rpartition("; ")[2]
            yield part.finding(
                "secret",
                remark.path,
                f"{render_key((part.name, *remark.path))} must not hold a secret, because the project's file "
                f"is shared; {what}",
                hint,
            )


def _others_can_read(path: Path) -> bool:
    with suppress(OSError):
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    return False


def _together(kind: KindName, parts: Sequence[Table]) -> Iterator[Finding]:
    """Tell values that do not go together."""
    held: dict[str, Table] = {key: part for part in parts for key in part.data}

    def value(name: str) -> Any:
        return held[name].data[name] if name in held else None

    if kind == "address" and str(value("address")).startswith("tls:"):
        for name in ("tls_ca_file", "tls_cert", "tls_key"):
            if name not in held:
                yield held["address"].finding(
                    "missing-key",
                    (name,),
                    f"{render_key([parts[0].name, name])} is needed for an address that starts with tls:",
                    "it is a file that the scheduler's operator gives you",
                )
    jobs, most = value("jobs"), value("maximum_jobs")
    if isinstance(jobs, int) and isinstance(most, int) and most < jobs:
        shown = render_key([parts[0].name, "maximum_jobs"])
        yield held["maximum_jobs"].finding(
            "value", ("maximum_jobs",), f"{shown} must not be less than jobs = {jobs}; it is {most}"
        )
