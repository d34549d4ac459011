"""The stage's code, frozen: source text by content digest, so that an edited module can never run stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.errors import ContractError
from jupyter_agilab.modules import find_function, functions_in, local_modules, locate_module
from jupyter_agilab.partition.signatures import Parameter, parameters_of

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract


@dataclass(frozen=True, slots=True)
class FrozenCode:
    """A function with all local source that it needs.

    Attributes
    ----------
    function
        The function's name.
    entry
        What to import: a path inside ``sources``, or a dotted name.
    sources
        Relative path to text; empty where the module is installed.
    digest
        Of the text: the address of the code.
    meaning
        Digest of what the function uses, without comments, formatting and docstrings: what decides whether
        results are stale.
    whole
        The same of all of ``sources``, used or not.
    definitions
        What the function uses, ``MODULE:NAME`` to kind (``function``, ``class``, ``constant``, ``import``,
        ``statement``) and digest: for saying what changed.
    parameters
        The function's parameters, as its source declares them.
    """

    function: str
    entry: str
    sources: Mapping[str, str]
    digest: str
    meaning: str
    whole: str
    definitions: Mapping[str, tuple[str, str]]
    parameters: tuple[Parameter, ...]


def freeze(reference: str, folder: Path, *, key: str = "function") -> FrozenCode:
    """Read the function ``module_or_path:function_name`` and its local imports; nothing is imported.

    Raises
    ------
    ContractError
        There is no such module or function, or its text is not Python; the finding says where it was looked
        for.
    """
    module, _, function = reference.strip().rpartition(":")
    try:
        source = locate_module(module, folder)
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(
            "function.unreadable", f"the module {module!r} cannot be read: {error}", key
        ) from error
    if source is None:
        where = "is not a file in" if module.endswith(".py") else "is not found in"
        raise _refusal(
            "function.no-module",
            f"the module {module!r} {where} {folder.name or folder} or along Python's path",
            key,
            "write it, or correct the left part of `function`",
        )
    try:
        found = find_function(source.text, function)
    except SyntaxError as error:
        raise _refusal(
            "function.syntax",
            f"{module} line {error.lineno} is not Python: {error.msg}",
            key,
            "correct the module",
        ) from error
    if found is None:
        known = functions_in(source.text)
        near = did_you_mean(function, known)
        raise _refusal(
            "function.no-function",
            f"{module} has no function {function!r} at its top level",
            key,
            near or ("it has: " + ", ".join(known[:8]) if known else "it has no functions"),
        )
    # not needed where a run is only read back, as in workers
    from jupyter_agilab.run.reach.walk import reached_from

    modules = local_modules(source, folder)
    texts = {path: module.text for path, module in modules.modules.items()}
    reached = reached_from(function, modules)
    return FrozenCode(
        function,
        source.entry,
        texts if source.local else {},
        _digest(texts if source.local else {source.entry: source.text}),
        reached.meaning,
        reached.whole,
        reached.definitions,
        parameters_of(found.node),
    )


def freeze_reducer(contract: Contract, folder: Path) -> FrozenCode | None:
    """Read the function of a custom reducer; None for a reducer of ours.

    Raises
    ------
    ContractError
        It is not there.
    """
    function = contract.reduce.function
    if contract.reducer == "custom" and function and ":" in function:
        return freeze(function, folder, key="reduce.function")
    return None


def _digest(texts: Mapping[str, str]) -> str:
    return hashlib.blake2b(json.dumps(texts, sort_keys=True).encode(), digest_size=16).hexdigest()


def _refusal(code: str, message: str, key: str, hint: str = "") -> ContractError:
    finding = Finding(code=code, message=message, level="environment", key=key, hint=hint)
    return ContractError("the stage's function cannot be used", [finding])
