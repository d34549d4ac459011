"""Where the files of a run lie: ``.agilab/runs/STAGE/RUN_ID/`` beside the contract.

Runs of workflows lie in the same way in ``.agilab/workflows/NAME/RUN_ID/`` beside the workflow's file. Their
results are not there: each stage has a run of its own, where its runs always are.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.errors import OutputError, RunNotFoundError

HOME = ".agilab"


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The paths inside one run's directory."""

    path: Path

    @property
    def run_id(self) -> str:
        """The directory's name."""
        return self.path.name

    @property
    def stage(self) -> str:
        """The name of the stage, or of the workflow, that was run."""
        return self.path.parent.name

    @property
    def is_of_workflow(self) -> bool:
        """Whether it is the run of a workflow, as the place says where it lies."""
        return self.path.parent.parent.name == "workflows"

    @property
    def manifest(self) -> Path:
        """What happened: frozen inputs, environment, totals, exit state."""
        return self.path / "manifest.json"

    @property
    def spec(self) -> Path:
        """What workers are told."""
        return self.path / "spec.json"

    @property
    def events(self) -> Path:
        """The append-only journal."""
        return self.path / "events.jsonl"

    @property
    def segments(self) -> Path:
        """Results, one data file and one index per finished task."""
        return self.path / "segments"

    @property
    def notes(self) -> Path:
        """What each worker is doing now; gone when the run has ended."""
        return self.path / "workers"

    @property
    def logs(self) -> Path:
        """What partitions printed; see `jupyter_agilab.run.log_files`."""
        return self.path / "logs"

    @property
    def code(self) -> Path:
        """The stage's modules as they were frozen at submit."""
        return self.path / "code"

    @property
    def driver_log(self) -> Path:
        """What the driver process itself wrote."""
        return self.path / "driver.log"

    @property
    def stop_request(self) -> Path:
        """A file whose presence asks the driver to stop; works from any process and host."""
        return self.path / "stop.request"

    @property
    def report(self) -> Path:
        """The page that tells how the run went, where somebody asked for one."""
        return self.path / "report.html"

    @property
    def lock(self) -> Path:
        """The lock that a driver holds while it runs this stage."""
        return self.path.parent / "lock"


def stage_home(folder: Path, stage: str) -> Path:
    """Give the directory of a stage's runs; it may not exist."""
    return folder / HOME / "runs" / stage


def workflow_home(folder: Path, name: str) -> Path:
    """Give the directory of a workflow's runs; it may not exist."""
    return folder / HOME / "workflows" / name


def make_home(home: Path) -> Path:
    """Make a `stage_home` or a `workflow_home`, which git ignores.

    Raises
    ------
    OutputError
        The folder of the contract, or of the workflow, is read-only or full.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        ignore = home.parents[1] / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
    except OSError as error:
        raise _cannot_be_made(home, error) from error
    return home


def _cannot_be_made(home: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the run directory {home} cannot be made: {error.strerror or error}",
        hint=f"make the folder {home.parents[2]} writable; a run keeps its results and its journal there",
    )


def new_run_directory(home: Path, run_id: str = "") -> RunDirectory:
    """Make a fresh run directory that git ignores.

    Parameters
    ----------
    home
        A `stage_home`, or a `workflow_home`.
    run_id
        Its name; by default, and where it is taken, a new one.

    Raises
    ------
    OutputError
        As `make_home`.
    """
    make_home(home)
    directory = RunDirectory(home / (run_id or new_run_id()))
    try:
        while True:
            try:
                directory.path.mkdir()
                break
            except FileExistsError:
                # somebody else started a run in the same millisecond
                directory = RunDirectory(home / new_run_id())
        if not directory.is_of_workflow:
            directory.segments.mkdir()
    except OSError as error:
        raise _cannot_be_made(home, error) from error
    return directory


def new_run_id() -> str:
    """Give an id for a run: the time, so that they sort as the runs came.

    It is UTC with milliseconds, and three digits of chance.
    """
    now = time.time()
    milliseconds = int(now % 1 * 1000)
    return time.strftime("%Y%m%d-%H%M%S-", time.gmtime(now)) + f"{milliseconds:03x}{os.urandom(2).hex()[1:]}"


def run_directories(folder: Path, stage: str | None = None) -> list[RunDirectory]:
    """List the runs below a contract's folder, newest first, of one stage or of all."""
    return _directories([stage_home(folder, stage)] if stage else _subfolders(folder / HOME / "runs"))


def workflow_directories(folder: Path, name: str | None = None) -> list[RunDirectory]:
    """List the runs of workflows of a folder, newest first, of one or of all."""
    return _directories([workflow_home(folder, name)] if name else _subfolders(folder / HOME / "workflows"))


def _directories(homes: list[Path]) -> list[RunDirectory]:
    found = [
        RunDirectory(path)
        for home in homes
        for path in _subfolders(home)
        if (path / "manifest.json").is_file()
    ]
    return sorted(found, key=lambda run: run.run_id, reverse=True)


def find_run(folder: Path, name: str) -> RunDirectory:
    """Find a run by its id, the start of its id, its directory, or a stage's name (its newest run).

    Raises
    ------
    RunNotFoundError
        Nothing or more than one thing goes by that name.
    """
    path = Path(name)
    if (path / "manifest.json").is_file():
        return RunDirectory(path.resolve())
    runs = run_directories(folder)
    of_stage = [run for run in runs if run.stage == name]
    if of_stage:
        return of_stage[0]
    matching = [run for run in runs if run.run_id.startswith(name)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise RunNotFoundError(
            f"{name!r} is the start of {len(matching)} runs: "
            + ", ".join(run.run_id for run in matching[:5]),
            hint="give more of the id",
        )
    known = ", ".join(f"{run.stage}/{run.run_id}" for run in runs[:5]) or "there are no runs yet"
    raise RunNotFoundError(f"no run or stage named {name!r} below {folder}", hint=f"newest runs: {known}")


def _subfolders(path: Path) -> list[Path]:
    try:
        with os.scandir(path) as entries:
            # what is hidden is no run any more: it is being removed
            return [Path(entry.path) for entry in entries if entry.name[0] != "." and _is_folder(entry)]
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # a link that leads to itself
        return False
