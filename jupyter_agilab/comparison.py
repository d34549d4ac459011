"""Two contracts or two runs, compared in words. Part of `jupyter_agilab.api`; nothing is run or imported."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.load import ContractFile, check_text, read_contract
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.errors import AgilabError, ContractError, RunNotFoundError, UsageError
from jupyter_agilab.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs between two contracts or runs, in words.

    Attributes
    ----------
    before, now
        What was compared: the path of a contract, or a run's id.
    contract, code, plan
        Changes of each; none where they are alike.
    unknown
        What could not be compared, and why.
    """

    before: str
    now: str
    contract: tuple[str, ...]
    code: tuple[str, ...]
    plan: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing differs, as far as it could be compared."""
        return not (self.contract or self.code or self.plan)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``diff --json``."""
        return dataclasses.asdict(self) | {"same": self.is_same}


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    contract: Contract
    plan: Plan | None
    record: Mapping[str, Any] | None
    unknown: tuple[str, ...]


def diff(before: str | Path, now: str | Path, folder: Path | None = None) -> Difference:
    """Compare two contracts, two runs, or one of each; a contract is planned for it, a run has its plan.

    Parameters
    ----------
    before, now
        A contract's path or its stage's name; else a run's id, the start of one, or its directory.
    folder
        Where runs are looked for; the current one by default.

    Raises
    ------
    ContractError
        One of them has a contract that cannot be used.
    UsageError
        One of them is neither.
    """
    from jupyter_agilab.planning.compared import contract_changes, plan_changes
    from jupyter_agilab.run.changes import code_changes

    one, other = (_side(name, folder or Path()) for name in (before, now))
    code: list[str] = []
    if one.record is not None and other.record is not None:
        code = list(code_changes(one.record, other.record))
    plans: list[str] = []
    if one.plan is not None and other.plan is not None:
        plans = plan_changes(one.plan, other.plan)
    return Difference(
        before=one.name,
        now=other.name,
        contract=tuple(contract_changes(one.contract, other.contract)),
        code=tuple(code),
        plan=tuple(plans),
        unknown=(*one.unknown, *other.unknown),
    )


def _side(name: str | Path, folder: Path) -> _Side:

    path = contract_path(name, folder)
    if path.is_file():
        return _of_contract(path)
    from jupyter_agilab.run.layout import find_run

    try:
        found = find_run(folder, str(name))
    except RunNotFoundError as error:
        raise UsageError(
            f"{name} is neither a contract nor a run",
            hint="give a contract's path, or a run's id (see `runs`)",
        ) from error
    from jupyter_agilab.planning.store import read_plan
    from jupyter_agilab.run.manifest import read_manifest

    manifest = read_manifest(found) or {}
    told = manifest.get("contract") or {}
    file = check_text(str(told.get("text", "")), Path(str(told.get("path", ""))))
    unknown: list[str] = []
    plan = None
    try:
        plan = read_plan(found.path)
    except AgilabError as error:
        unknown.append(f"the plan of {found.run_id}: {error.message}")
    if not manifest.get("resume"):
        unknown.append(f"the code of {found.run_id}: it was not kept")
    return _Side(found.run_id, _contract_of(file), plan, manifest.get("resume"), tuple(unknown))


def _of_contract(path: Path) -> _Side:
    from jupyter_agilab.planning.make import make_plan
    from jupyter_agilab.reduce.registry import record_format_for
    from jupyter_agilab.run.code import freeze
    from jupyter_agilab.run.resume_key import resume_record

    contract = _contract_of(read_contract(path))
    folder = path.parent.resolve()
    unknown: list[str] = []
    plan, record = None, None
    try:
        plan = make_plan(contract, folder)
    except AgilabError as error:
        unknown.append(f"the plan of {path}: {error.message}")
    try:
        record = resume_record(freeze(contract.function, folder), contract, record_format_for(contract))
    except AgilabError as error:
        unknown.append(f"the code of {path}: {error.message}")
    return _Side(str(path), contract, plan, record, tuple(unknown))


def _contract_of(file: ContractFile) -> Contract:
    if file.contract is None:
        raise ContractError(f"{file.path} cannot be used", file.findings)
    return file.contract
