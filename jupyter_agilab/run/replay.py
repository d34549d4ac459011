"""Replay: run one partition of a run again, with the code and the arguments that it had in the run.

A `Replay` runs in the process that makes it, and writes nothing into the run.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import random
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ContractError, RunNotFoundError, UsageError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.reduce.records import encode
from jupyter_agilab.reduce.types import Encoded
from jupyter_agilab.run.arguments import Arguments
from jupyter_agilab.run.events import EventReader
from jupyter_agilab.run.failures import failure_of
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import load_function, put_back_modules
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.randomness import GlobalSeeding
from jupyter_agilab.run.replicas import has_setup, state_of
from jupyter_agilab.run.spec import load_spec, stage_spec, write_spec
from jupyter_agilab.run.typed_places import TypedPlaces
from jupyter_agilab.run.types import Failure, StageSpec

_ID_DIGITS = 16
_PREVIEW_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Replay:
    """What is replayed.

    Attributes
    ----------
    run
        The run; nothing is written there.
    spec
        What the run's workers were told; with the present code, what they would be told now. Its ``run_dir``
        is where the code lies: the run, or the folder that the present code was copied to.
    partition
        The partition.
    failure
        How it failed in the run, as the fields of `jupyter_agilab.run.types.Failure`; None where it did not.
    places
        Leads from the code to the notebook.
    """

    run: RunDirectory
    spec: StageSpec
    partition: Partition
    failure: Mapping[str, Any] | None
    places: TypedPlaces

    @property
    def code(self) -> Path:
        """The folder that the author's modules are loaded from."""
        return RunDirectory(Path(self.spec.run_dir)).code

    def describe(self, error: BaseException) -> Failure:
        """Give a failure with its traceback mapped to the notebook."""
        failure = failure_of(error, self.partition, "replay", 1, self.spec)
        return replace(failure, traceback=self.places.mapped(failure.traceback))


@dataclass(slots=True)
class Outcome:
    """What came of a replay: the stored form of the result, or the error."""

    encoded: Encoded | None = None
    error: BaseException | None = None
    load_seconds: float = 0.0
    seconds: float = 0.0
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def preview(self) -> str:
        """The beginning of the result as text."""
        if self.encoded is None:
            return ""
        if self.encoded.encoding.startswith("arrow"):
            return f"a table of {self.encoded.records:,} rows"
        text = bytes(self.encoded.data[: 4 * _PREVIEW_CHARACTERS]).decode("utf-8", "replace")
        head = ",".join(self.encoded.columns) + "\n" if self.encoded.columns else ""
        return (head + text)[:_PREVIEW_CHARACTERS].rstrip("\n")


def find_replay(run: RunDirectory, name: str = "", *, current: Path | None = None) -> Replay:
    """Find what is to be replayed; runs nothing.

    Parameters
    ----------
    name
        The partition's index, its id or the start of it; empty for the first one that failed.
    current
        An empty folder for a copy of the present code, which then is replayed with the present parameters;
        without it, what was frozen in the run.

    Raises
    ------
    RunNotFoundError
        The run's directory is not complete.
    UsageError
        No partition goes by that name, or none has failed.
    ContractError
        The present contract or its function cannot be used.
    """
    try:
        frozen = load_spec(run)
        partitions = stored_partitions(run.path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunNotFoundError(
            f"run {run.run_id} of {run.stage!r} is not complete: {error}", hint="run the contract again"
        ) from error
    # where the contract's folder was moved or copied, the run went along
    folder = Path(frozen.stage.folder)
    if not folder.is_dir():
        folder = run.path.parents[3]
    index = _index_of(name, partitions, run) if name else _first_failed(run)
    spec = replace(frozen.stage, folder=str(folder), run_dir=str(run.path))
    places = TypedPlaces(run)
    if current is not None:
        spec = _present(run, folder, RunDirectory(current))
        places = TypedPlaces(RunDirectory(current), folder)
    return Replay(run, spec, partitions[index], failure_in(run, index), places)


def failure_in(run: RunDirectory, index: int) -> dict[str, Any] | None:
    """Give the last failure of a partition in a run, as its event; None where it never failed."""
    found = None
    for event in EventReader(run.events).read():
        if event["type"] == "partition.failed" and event["index"] == index:
            found = event
    return found


def _first_failed(run: RunDirectory) -> int:
    for event in EventReader(run.events).read():
        if event["type"] == "partition.failed" and event["final"]:
            return int(event["index"])
    raise UsageError(
        f"no partition of run {run.run_id} of {run.stage!r} failed",
        hint="name the one to run again by its index or its id",
    )


def _index_of(name: str, partitions: Any, run: RunDirectory) -> int:
    count = len(partitions)
    if name.isdigit() and len(name) < _ID_DIGITS:
        if int(name) < count:
            return int(name)
    else:
        found = [partition.index for partition in partitions if partition.id.startswith(name)]
        if len(found) == 1:
            return int(found[0])
    raise UsageError(
        f"run {run.run_id} of {run.stage!r} has no partition {name!r}",
        hint=f"its partitions are 0 to {count - 1:,}; an id has {_ID_DIGITS} hexadecimal digits",
    )


def _present(run: RunDirectory, folder: Path, copy: RunDirectory) -> StageSpec:
    """Make what workers would be told now, with the code in a folder of its own."""
    from jupyter_agilab.contract.load import read_contract
    from jupyter_agilab.reduce.registry import record_format_for
    from jupyter_agilab.run.code import freeze
    from jupyter_agilab.run.submit import freeze_code

    manifest = read_manifest(run) or {}
    told = Path(str((manifest.get("contract") or {}).get("path") or f"{run.stage}.parallel_stage.toml"))
    path = told if told.is_file() else folder / told.name
    file = read_contract(path)
    if file.contract is None:
        raise ContractError(f"the present contract {path.name} cannot be used", file.findings)
    code = freeze(file.contract.function, folder)
    reduce_code = freeze_code(copy, file.contract, folder, code)
    workflow = load_spec(run).stage.workflow
    spec = stage_spec(file.contract, code, record_format_for(file.contract), folder, copy, workflow=workflow)
    write_spec(copy, spec, reduce_code, file.contract)
    return spec


def replay_here(replay: Replay, stack: ExitStack) -> Outcome:
    """Run the partition in this process; whatever the author's code raises is in the outcome.

    Files that are opened for it, and temporary ones, are there until `stack` is closed. Call it inside
    `borrowed_process` where the process goes on.
    """
    outcome = Outcome()
    spec = replay.spec
    clock = time.perf_counter()
    try:
        os.chdir(spec.folder)
        GlobalSeeding(spec.sources, spec.seed).before_import()
        state = state_of(spec, "replay") if has_setup(spec) else None
        function = load_function(
            spec.sources, spec.digest, spec.entry, spec.function, spec.folder, replay.code
        )
        arguments = Arguments(spec, function)
        outcome.load_seconds = time.perf_counter() - clock
        os.chdir(spec.folder)
        clock = time.perf_counter()
        positional, named = arguments.of(replay.partition, stack, state=state)
        with suppress(TypeError):
            outcome.arguments = dict(inspect.signature(function).bind(*positional, **named).arguments)
        value = function(*positional, **named)
        outcome.encoded = encode(
            value,
            spec.record_format,
            partition=replay.partition.id,
            described=replay.partition.describe,
        )
    except BaseException as error:  # noqa: BLE001  # the author's, whatever it is
        outcome.error = error
    outcome.seconds = time.perf_counter() - clock
    return outcome


@contextmanager
def borrowed_process() -> Iterator[None]:
    """Leave the process as it was before: folder, modules, ``sys.path``, random numbers, warnings."""
    folder, writes_nothing, state = Path.cwd(), sys.dont_write_bytecode, random.getstate()
    numpy_random = sys.modules.get("numpy.random")
    numpy_state = numpy_random.get_state() if numpy_random is not None else None
    sys.dont_write_bytecode = True
    try:
        with warnings.catch_warnings(), put_back_modules():
            yield
    finally:
        sys.dont_write_bytecode = writes_nothing
        os.chdir(folder)
        random.setstate(state)
        if numpy_random is not None:
            numpy_random.set_state(numpy_state)


def fields_of(failure: Failure | None) -> dict[str, Any] | None:
    """Give a failure as plain data."""
    return dataclasses.asdict(failure) if failure is not None else None
