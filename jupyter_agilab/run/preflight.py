"""What a contract needs around it: module, function, input, shared files. Found by reading only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.fed import is_workflow_name
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import FindingsError
from jupyter_agilab.partition.binding import bind
from jupyter_agilab.planning.make import input_findings, make_plan
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.reduce.check import check_reduce
from jupyter_agilab.run.artifact import ARTIFACTS
from jupyter_agilab.run.code import FrozenCode, freeze
from jupyter_agilab.run.global_draws import draws_in
from jupyter_agilab.run.shared import digest_of_file


def preflight(contract: Contract, folder: Path, *, has_state: bool = False) -> list[Finding]:
    """Find everything that would keep a contract from running here; does not stop at the first.

    `has_state` says that, in a workflow, its group has a value for a parameter ``state``.
    """
    if is_workflow_name(contract.input):
        # its partitions, and what they hold, are the workflow's to say
        return surroundings(contract, folder)
    findings: list[Finding] = []
    code = _frozen(contract.function, folder, "function", findings)
    _check_reducer(contract, folder, findings)
    plan = _planned(contract, folder, findings)
    if code is not None and (plan is None or plan.partition_count):
        first = plan.partitions[0].parameters if plan is not None and plan.partition_count else None
        findings += signature_findings(contract, code, tuple(first or ()), has_state=has_state)
    findings += _around(contract, code, folder)
    return findings


def surroundings(contract: Contract, folder: Path) -> list[Finding]:
    """Find the same as `preflight`, but for the input: of a contract that a workflow feeds."""
    findings: list[Finding] = []
    code = _frozen(contract.function, folder, "function", findings)
    _check_reducer(contract, folder, findings)
    return [*findings, *_around(contract, code, folder)]


def _around(contract: Contract, code: FrozenCode | None, folder: Path) -> list[Finding]:
    generators = _shared_generators(contract, code) if code is not None else []
    return [*generators, *_shared(contract, folder), *_output(contract, folder)]


def signature_findings(
    contract: Contract,
    code: FrozenCode,
    sweep_names: Sequence[str],
    *,
    elements: Sequence[str] = (),
    has_state: bool = False,
) -> list[Finding]:
    """Say which parameters of the function nothing can fill, and which values it does not take.

    `elements` and `has_state` are as of `jupyter_agilab.partition.binding.bind`.
    """
    binding = bind(
        code.parameters,
        split=contract.split,
        sweep_names=sweep_names,
        constants=tuple(contract.parameters),
        shared=tuple(contract.shared),
        elements=elements,
        has_state=has_state,
    )
    return list(binding.findings)


def _shared_generators(contract: Contract, code: FrozenCode) -> list[Finding]:
    """Warn where threads would draw from one generator, each as it comes along."""
    named = draws_in(code.sources).named if code.sources else ()
    if contract.backend != "pool" or contract.execution.pool != "threads" or not named:
        return []
    of = " and ".join(f"`{name}`" for name in named)
    return [
        Finding(
            code="function.shared-generator",
            message=f"the code names {of}, and threads share global generators: results may differ by run",
            level="environment",
            severity="warning",
            key="execution.pool",
            hint='draw from `rng` or from a generator made with `seed`, or take pool = "processes"',
        )
    ]


def _frozen(reference: str, folder: Path, key: str, findings: list[Finding]) -> FrozenCode | None:
    try:
        return freeze(reference, folder, key=key)
    except FindingsError as error:
        findings += error.findings
        return None


def _check_reducer(contract: Contract, folder: Path, findings: list[Finding]) -> None:
    function = contract.reduce.function
    if contract.reducer == "custom" and function and ":" in function:
        _frozen(function, folder, "reduce.function", findings)
    findings += check_reduce(contract)


def _planned(contract: Contract, folder: Path, findings: list[Finding]) -> Plan | None:
    try:
        if contract.split == "data-partitions" and contract.partition.by in {"groups", "dates", "keys"}:
            # a plan would stage the table
            findings += errors_in(input_findings(contract, folder))
            return None
        plan = make_plan(contract, folder)
    except FindingsError as error:
        findings += error.findings
        return None
    findings += [finding for finding in plan.findings if finding.severity == "error"]
    return plan


def _shared(contract: Contract, folder: Path) -> list[Finding]:
    found = []
    for name, item in contract.shared.items():
        digest = digest_of_file(folder / item.path)
        if digest == item.digest:
            continue
        what = "is missing" if digest is None else "is not the one that the contract was written with"
        found.append(
            Finding(
                code="shared.missing" if digest is None else "shared.changed",
                message=f"the shared file {item.path} {what}",
                level="environment",
                key=f"shared.{name}",
                hint="run the stage's cell again, so that contract and file agree",
            )
        )
    return found


def _output(contract: Contract, folder: Path) -> list[Finding]:
    parent = (folder / artifact_path(contract)).parent
    message = ""
    if not parent.is_dir():
        if parent != folder / ARTIFACTS:
            message = f"the output folder {contract.output.rpartition('/')[0]} does not exist"
    elif not os.access(parent, os.W_OK):
        message = f"the output folder {parent.name} is read-only"
    if not message:
        return []
    return [
        Finding(
            code="output.folder",
            message=message,
            level="environment",
            key="output",
            hint="make it, or change `output`",
        )
    ]
