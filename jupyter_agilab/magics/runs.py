"""``%parallel_run``, ``%parallel_runs``, ``%parallel_attach``, ``%parallel_stop``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

from IPython.core.magic import magics_class

from jupyter_agilab.contract.model import BACKENDS
from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser, positive, whole
from jupyter_agilab.run.types import RunState

if TYPE_CHECKING:
    from jupyter_agilab.run.watch import RunWatch

RUN = MagicParser(
    "%parallel_run",
    """Run a stage and wait for its result, which the stage's name then holds.

Partitions that an earlier run finished are taken over where code, parameters and input are the same.
Interrupting the cell leaves the run going.

    %parallel_run clean --workers 4""",
    names="stages",
)
RUN.add_argument(
    "stage", nargs="?", metavar="STAGE", help="the stage or its contract; not needed where there is one only"
)
RUN.add_argument("--workers", type=positive, metavar="N", help="so many workers for this run")
RUN.add_argument("--backend", choices=BACKENDS, help="where this run works")
RUN.add_argument(
    "--batch-size",
    type=positive,
    metavar="N",
    help="partitions per task; by itself it follows the times seen",
)
RUN.add_argument(
    "--scheduler", metavar="ADDRESS", help="a Dask scheduler that is there already, as tcp://host:8786"
)
RUN.add_argument("--cluster", metavar="NAME", help="a cluster of clusters.toml")
RUN.add_argument(
    "--distribution",
    metavar="FILE",
    help="keep to a work plan, or to AGILAB's distribution.json, that says which worker does what",
)
RUN.add_argument(
    "--overwrite", action="store_true", help="replace an output file that no run of this stage wrote"
)
RUN.add_argument(
    "--only",
    metavar="WHICH",
    help="failed, changed, or partitions: 4, 3-7, an id, several with commas; of the others, results that "
    "are there are taken over",
)
RUN.add_argument("--force", action="store_true", help="run also what has a result")
RUN.add_argument("--detach", action="store_true", help="start the run and do not wait for it")

RUNS = MagicParser(
    "%parallel_runs",
    """List the runs of this folder, newest first, with what they take on disk.

    %parallel_runs clean --state failed""",
    names="stages",
)
RUNS.add_argument("stage", nargs="?", metavar="STAGE", help="only the runs of this stage")
RUNS.add_argument("--state", choices=get_args(RunState), metavar="STATE", help="only runs in this state")
RUNS.add_argument(
    "--last",
    type=whole,
    default=20,
    metavar="N",
    help="how many to list; 20 unless said otherwise, 0 for all",
)

ATTACH = MagicParser(
    "%parallel_attach",
    """Watch a run until it ends, whoever started it; the stage's name then holds its result.

    %parallel_attach clean""",
    names="runs",
)
ATTACH.add_argument(
    "run",
    nargs="?",
    metavar="RUN",
    help="a run's id or the start of it, or a stage for its newest run; else the newest run here",
)
ATTACH.add_argument("--detach", action="store_true", help="show the run and do not wait for its end")

STOP = MagicParser(
    "%parallel_stop",
    """Stop a run. What is finished is kept: running the stage again goes on from there.

    %parallel_stop clean""",
    names="runs",
)
STOP.add_argument(
    "run",
    nargs="?",
    metavar="RUN",
    help="a run's id or the start of it, or a stage for its newest run; else the one that is under way",
)


@magics_class
class RunMagics(Family):
    """The magics that run stages and look after their runs."""

    @declare.line(RUN)
    def parallel_run(self, line: str) -> None:
        """Run a stage."""
        arguments = RUN.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.run.submit import RunSettings

        settings = RunSettings(
            workers=arguments.workers,
            backend=arguments.backend,
            batch_size=arguments.batch_size,
            scheduler=arguments.scheduler,
            cluster=arguments.cluster,
            distribution=arguments.distribution,
            overwrite=arguments.overwrite,
            only=arguments.only,
            force=arguments.force,
        )
        path = self.stage_contract(arguments.stage)
        if arguments.detach:
            self._show(api.submit(path, settings))
        else:
            self.run_contract(path, settings)

    @declare.line(RUNS)
    def parallel_runs(self, line: str) -> None:
        """List runs."""
        arguments = RUNS.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.panel.runs_view import RunsView

        found = api.runs(Path.cwd(), arguments.stage, states=[arguments.state] if arguments.state else ())
        shown = found[: arguments.last or None]
        self.session.display(RunsView(tuple(shown), len(found) - len(shown)))

    @declare.line(ATTACH)
    def parallel_attach(self, line: str) -> None:
        """Watch a run."""
        arguments = ATTACH.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.magics.watching import watch_run

        watch = api.attach(arguments.run or self._newest(under_way=False))
        if arguments.detach:
            self._show(watch)
        else:
            watch_run(self.session, watch)

    @declare.line(STOP)
    def parallel_stop(self, line: str) -> None:
        """Stop a run."""
        arguments = STOP.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.magics.run_words import after, shown_path
        from jupyter_agilab.panel.run_view import RunView

        status = api.stop(arguments.run or self._newest(under_way=True))
        self.session.display(RunView(status, shown_path(status.run_dir), after(status)))

    def _show(self, watch: RunWatch) -> None:
        """Show a run without waiting for it: in the panel where there is a front end, else as it is now."""
        from jupyter_agilab.magics.panels import show_run
        from jupyter_agilab.magics.run_words import going_on, shown_path
        from jupyter_agilab.panel.run_view import RunView

        status = watch.refresh()
        said = "" if status.ended else going_on(status)
        view = RunView(status, shown_path(status.run_dir), said)
        if show_run(self.session, watch, view, waits=False) is not None:
            return
        if status.ended:
            self.session.display(view)
        else:
            self.session.say(said)

    def _newest(self, *, under_way: bool) -> str:
        from jupyter_agilab import api
        from jupyter_agilab.errors import RunNotFoundError

        found = api.runs(Path.cwd())
        if under_way:
            found = [run for run in found if run.state in {"submitted", "running", "reducing"}]
        if not found:
            what = "no run is under way" if under_way else "there are no runs yet"
            raise RunNotFoundError(
                f"{what} in {Path.cwd()}", hint="%parallel_runs lists the runs of this folder"
            )
        return found[0].run_dir
