"""Write a contract: a new file in AGILAB's shape, or an existing one with only the changed values changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.assemble import rest_of, shared_items
from jupyter_agilab.contract.check import COMPLETED_LATER
from jupyter_agilab.contract.edit import changed, put, remove, same
from jupyter_agilab.contract.keys import Key, tables, top_level
from jupyter_agilab.contract.load import ContractFile, check_text, read_contract
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.render import NotToml, render_key, render_value
from jupyter_agilab.contract.subject import Subject, subject_of
from jupyter_agilab.contract.toml_file import place_to_write, write_file
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import ContractError

OPENING = (
    "# Parallel stage: function + split rule + reducer. Paths are relative to this file's folder.",
    "# Run nothing yet: jupyter agilab check FILE, jupyter agilab plan FILE. Then: jupyter agilab run FILE.",
)
"""The two comment lines that a new file starts with."""

_NEVER_WRITTEN = frozenset({"contract.secret", "contract.home-path"})


def contract_text(contract: Contract, existing: str | None = None, *, path: Path | None = None) -> str:
    """Give the text of a contract file.

    Parameters
    ----------
    contract
        What to write.
    existing
        The text to change. Values that are the same already, comments, order, line ends, unknown keys and
        tables keep every byte; ``[next_steps]`` is only added to.
    path
        Where it is going to be written; findings name it.

    Returns
    -------
    str
        Without `existing`: two comment lines, the keys in AGILAB's order, our tables with what is not
        default, ``[next_steps]`` last. The same arguments give the same bytes, and so does writing twice.

    Raises
    ------
    jupyter_agilab.errors.ContractError
        `existing` cannot be read, a value is not what its key takes or not TOML, or the new text would hold
        an error, a secret or a path in a home folder that `existing` does not hold. A custom reducer may
        still lack its function.
    """
    before = None if existing is None else check_text(existing, path)
    try:
        text = _new_text(contract) if before is None else _changed_text(contract, before)
    except NotToml as error:
        raise _not_toml(contract, error) from None
    _refuse_new_errors(check_text(text, path), before)
    return text


def write_contract(path: Path, contract: Contract) -> bool:
    """Write a contract file whole or not at all, changing an existing one as `contract_text` does.

    The permission bits of an existing file stay; a symbolic link is followed, and its file replaced.

    Returns
    -------
    bool
        Whether the file changed; one that says the same already is not touched.

    Raises
    ------
    jupyter_agilab.errors.ContractError
        See `contract_text`; also if the existing file cannot be read as TOML. It stays as it is.
    jupyter_agilab.errors.OutputError
        The folder is missing or read-only, or `path` is a folder.
    """
    path = place_to_write(path, "the contract")
    existing = None
    if path.exists():
        file = read_contract(path)
        file.require_readable(ContractError)
        existing = file.text
    text = contract_text(contract, existing, path=path)
    if text == existing:
        return False
    write_file(path, text, "the contract")
    return True


def _new_text(contract: Contract) -> str:
    lines = list(OPENING)
    for key in top_level():
        value = getattr(contract, key.name)
        if value or key.required:
            lines.append(_line(key.name, value))
    for table in tables():
        pairs = dict(_pairs(contract, table))
        if pairs:
            lines += ["", f"[{table}]", *(_line(name, value) for name, value in pairs.items())]
    return "\n".join(lines) + "\n"


def _line(name: str, value: Any) -> str:
    key = render_key([name])
    return f"{key} = {render_value(value, indent_at=len(key) + 3)}"


def _pairs(contract: Contract, name: str) -> Iterator[tuple[str, Any]]:
    """Give what a new file holds in a table: its keys that are not default, then the free names."""
    table = tables()[name]
    part = getattr(contract, name)
    if table.cls is None:
        yield from _free_part(contract, name).items()
        return
    for key in table.keys:
        value = getattr(part, key.name)
        if not same(value, key.default):
            yield key.name, value
    if table.rest is not None:
        yield from _free_part(contract, name).items()


def _free_part(contract: Contract, name: str) -> Mapping[str, Any]:
    """Give the part of a table whose names are free, as it stands in a file."""
    table = tables()[name]
    part = getattr(contract, name)
    if table.item:
        return {key: asdict(item) for key, item in part.items()}
    free: Mapping[str, Any] = part if table.rest is None else getattr(part, table.rest)
    return free


def _changed_text(contract: Contract, before: ContractFile) -> str:
    before.require_readable(ContractError)
    subject = subject_of(before.data)
    text = before.text
    behind = [key.name for key in top_level()]
    for key in top_level():
        text = _with_key(text, subject, key, getattr(contract, key.name), behind[: behind.index(key.name)])
    for table in tables().values():
        if table.name in before.data and not isinstance(before.data[table.name], dict):
            if dict(_pairs(contract, table.name)):
                said = [found for found in before.findings if found.key == table.name]
                raise ContractError(f"[{table.name}] cannot be written", said)
            continue
        for key in table.keys:
            text = _with_key(text, subject, key, getattr(getattr(contract, table.name), key.name), ())
        if table.cls is None or table.rest is not None:
            text = _with_free_names(text, before.data, contract, table.name)
    return text


def _with_key(text: str, subject: Subject, key: Key, wanted: Any, behind: list[str] | tuple[str, ...]) -> str:
    held = subject.table(key.table) if key.table else subject.data
    if key.name not in held:
        absent = not key.required and (wanted is None or same(wanted, key.default))
        return text if absent else put(text, key.path, wanted, behind=behind, above="next_steps")
    passes = key.kind.passes(held[key.name])
    read = key.kind.convert(held[key.name]) if passes else key.default
    if same(read, wanted) and (passes or not key.required):
        return text
    if wanted is None:
        return remove(text, key.path)
    return put(text, key.path, wanted)


def _with_free_names(text: str, data: Mapping[str, Any], contract: Contract, name: str) -> str:
    """Change the names of a free table; those that nobody could read stay."""
    held = data.get(name, {})
    wanted = _free_part(contract, name)
    readable: Mapping[str, Any] = held
    if tables()[name].item:
        readable = {key: held[key] for key in shared_items(held)}
    elif tables()[name].rest is not None:
        readable = rest_of(data, name)
    for key, value in wanted.items():
        path = (name, key)
        if key not in held:
            text = put(text, path, value, above="" if name == "next_steps" else "next_steps")
        elif key not in readable:
            text = put(text, path, value)
        elif tables()[name].item:
            kept = {other: inner for other, inner in held[key].items() if other not in value}
            text = changed(text, path, held[key], {**value, **kept})
        elif not same(readable[key], value):
            text = changed(text, path, held[key], value)
    if name != "next_steps":
        for key in readable:
            if key not in wanted:
                text = remove(text, (name, key))
    return text


def _refuse_new_errors(after: ContractFile, before: ContractFile | None) -> None:
    """Refuse a text with errors that were not there before: it would be written and then refused by a run."""
    known = {(found.code, found.key) for found in before.findings} if before is not None else set()
    said = [
        found
        for found in after.findings
        if (found.severity == "error" or found.code in _NEVER_WRITTEN)
        and found.code not in COMPLETED_LATER
        and ((found.code, found.key) not in known or found.level == "syntax")
    ]
    if said:
        raise ContractError(
            "the contract cannot be written", [replace(found, severity="error") for found in said]
        )


def _not_toml(contract: Contract, error: NotToml) -> ContractError:
    """Name the key whose value cannot be written."""
    pairs: list[tuple[tuple[str, ...], Any]] = [
        ((key.name,), getattr(contract, key.name)) for key in top_level() if key.required
    ]
    pairs += [((table, name), value) for table in tables() for name, value in _pairs(contract, table)]
    path = next((path for path, value in pairs if not _is_toml(value)), ())
    found = Finding(
        code="contract.not-toml",
        key=render_key(path),
        message=f"{render_key(path)} must hold what TOML can write; it holds {error}",
        hint="pass such a value as a shared file, or make it in the function",
    )
    return ContractError("the contract cannot be written", [found])


def _is_toml(value: Any) -> bool:
    try:
        render_value(value)
    except NotToml:
        return False
    return True
