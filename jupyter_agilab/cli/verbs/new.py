"""``jupyter agilab new``: a contract from AGILAB's generator flags."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb
from jupyter_agilab.contract.model import BACKENDS, REDUCERS, SPLITS, STRATEGIES
from jupyter_agilab.errors import ContractError, OutputError, UsageError

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.diagnostics import Finding


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="the stage's name")
    parser.add_argument("--function", help="the partition function, as module_or_path:function_name")
    parser.add_argument("--split", choices=SPLITS, help="what a partition is")
    parser.add_argument("--input", help="a glob, a table, a manifest of files, or a parameter grid")
    parser.add_argument("--workers", metavar="N", type=int, default=2, help="workers to ask for (2)")
    parser.add_argument("--workers-auto", action="store_true", help='write workers = "auto"')
    parser.add_argument(
        "--partition-strategy",
        choices=STRATEGIES,
        help="how the input is cut (the first that fits the split)",
    )
    parser.add_argument(
        "--target-partitions",
        metavar="N",
        type=int,
        default=0,
        help="partitions to aim at; 0 leaves it to the plan",
    )
    parser.add_argument(
        "--min-partitions-per-worker",
        metavar="N",
        type=int,
        default=2,
        help="partitions per worker at least (2)",
    )
    parser.add_argument("--reducer", choices=REDUCERS, default="collect-json", help="how results are merged")
    parser.add_argument("--backend", choices=BACKENDS, default="local", help="where partitions run")
    parser.add_argument(
        "--output",
        metavar="FILE",
        default="parallel_stage.toml",
        help="the contract to write (parallel_stage.toml)",
    )
    parser.add_argument("--notes", default="", help="free text for readers")
    parser.add_argument(
        "--force", action="store_true", help="change a contract that is there; its comments and tables stay"
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab.contract.load import read_contract
    from jupyter_agilab.contract.new import new_contract

    needed = ("name", "function", "split", "input")
    missing = [f"--{flag}" for flag in needed if not getattr(args, flag)]
    if missing:
        raise UsageError(
            f"missing required generation arguments: {', '.join(missing)}",
            hint="see: jupyter agilab new --help",
        )
    flags = {name: getattr(args, name) for name in _names() if name != "schema"}
    try:
        contract = new_contract(**flags, workers_auto=args.workers_auto)
    except ContractError as error:
        return _tell_invalid(error, args, terminal)
    path = Path(args.output)
    changed = _write(path, contract, force=args.force)
    file = read_contract(path)
    terminal.answer(
        {
            "path": str(path),
            "ok": file.ok,
            "issues": list(file.issues),
            "warnings": list(file.warnings),
            "findings": [finding.to_json() for finding in file.findings],
            "contract": {
                **{name: getattr(contract, name) for name in _names()},
                "notes": contract.notes or "",
            },
            "changed": changed,
        }
    )
    terminal.show(_summary(args.output, file.findings, terminal.width, ok=file.ok))
    if not terminal.as_json:
        terminal.say(
            f"{'written' if changed else 'it was like this already'}; next: jupyter agilab check {path}"
        )
    return GOOD


def _names() -> list[str]:
    """Give the thirteen keys of the top level, in AGILAB's order."""
    from jupyter_agilab.contract.keys import top_level

    return [key.name for key in top_level()]


def _write(path: Path, contract: Contract, *, force: bool) -> bool:
    """Write the contract; say whether the file changed.

    A contract that is there keeps its comments and tables, and is changed only with `force`.

    Raises
    ------
    OutputError, ContractError
        Something else is there, or the file cannot be written; it stays as it is.
    """
    from jupyter_agilab.contract.dump import contract_text, write_contract
    from jupyter_agilab.contract.load import read_contract

    if path.is_file():
        there = read_contract(path)
        if there.data and "schema" not in there.data:
            raise OutputError(
                f"{path} is there already and is not a contract", hint="choose another --output"
            )
        if there.contract is not None:
            named = {name: getattr(contract, name) for name in _names()}
            contract = dataclasses.replace(there.contract, **named)
        if not force and there.data and contract_text(contract, there.text) != there.text:
            differing = ", ".join(_differing(contract, there.data)) or "its text"
            raise OutputError(
                f"{path} is there already and differs in: {differing}",
                hint="choose another --output, or change it with --force: its comments and tables stay",
            )
    else:
        _make_folder(path.parent)
    return write_contract(path, contract)


def _make_folder(folder: Path) -> None:
    """Make the contract's folder where it is missing, as AGILAB's generator does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder {folder} cannot be made: {(error.strerror or str(error)).lower()}",
            hint="choose another --output",
        ) from error


def _differing(contract: Contract, data: Mapping[str, Any]) -> list[str]:
    return [name for name in _names() if (getattr(contract, name) or None) != (data.get(name) or None)]


def _tell_invalid(error: ContractError, args: argparse.Namespace, terminal: Terminal) -> int:
    """Tell what is wrong with the values, in the shape of a check; nothing was written."""
    from jupyter_agilab.contract import agilab
    from jupyter_agilab.contract.model import SCHEMA_ID, STRATEGIES_OF_SPLIT

    data: dict[str, Any] = {name: getattr(args, name, None) for name in _names()}
    data["schema"] = SCHEMA_ID
    data["workers"] = "auto" if args.workers_auto else args.workers
    data["partition_strategy"] = args.partition_strategy or STRATEGIES_OF_SPLIT[args.split][0]
    terminal.answer(
        {
            "path": args.output,
            "ok": False,
            "issues": list(agilab.issues(data)),
            "warnings": [warning.text for warning in agilab.warnings(data)],
            "findings": [finding.to_json() for finding in error.findings],
            "contract": None,
            "changed": False,
        }
    )
    if not terminal.as_json:
        terminal.say(_summary(args.output, error.findings, terminal.message_width, ok=False))
        terminal.say("nothing was written")
    return FOUND


def _summary(path: str, findings: Sequence[Finding], width: int, *, ok: bool) -> str:
    from jupyter_agilab.panel.columns import printable
    from jupyter_agilab.panel.text import findings_text

    lines = [f"parallel stage contract: {printable(path)}", f"status: {'ok' if ok else 'invalid'}"]
    return "\n".join([*lines, findings_text(findings, width)] if findings else lines)


VERB = Verb(
    name="new",
    summary="write a contract from flags",
    description=(
        "Write a contract: function + split rule + reducer. Paths in it are relative to its folder. Nothing "
        "is imported or run. The flags and their defaults are those of AGILAB's generator."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
