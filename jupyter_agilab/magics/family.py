"""What our magics share: the session, the display, and the doings that more than one of them offers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, magics_class

from jupyter_agilab.magics.session import Session

if TYPE_CHECKING:
    from jupyter_agilab.run.submit import RunSettings
    from jupyter_agilab.workflow.running.settings import WorkflowSettings


@magics_class
class Family(Magics):  # type: ignore[misc]  # IPython's class has no types
    """Base of the magics; heavy imports wait until one is used."""

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        super().__init__(shell=shell)
        self.session = session

    def stage_contract(self, name: str | None) -> Path:
        """Give the contract that a magic's argument names; without one, the only contract of the folder.

        Raises
        ------
        UsageError
            There is none of that name, or none or more than one to choose from.
        """
        from jupyter_agilab.api import contract_path
        from jupyter_agilab.diagnostics import did_you_mean
        from jupyter_agilab.errors import UsageError
        from jupyter_agilab.magics.completion import stage_names

        names = stage_names(Path.cwd())
        if name is None:
            if len(names) == 1:
                return contract_path(names[0]).resolve()
            known = f"this folder has {', '.join(names)}" if names else "this folder has no stage yet"
            raise UsageError(
                f"name the stage: {known}", hint="" if names else "make one with %%parallel_stage NAME"
            )
        path = contract_path(name)
        if not path.is_file():
            known = f"this folder has {', '.join(names)}" if names else "make one with %%parallel_stage NAME"
            raise UsageError(
                f"there is no stage or contract {name!r} here", hint=did_you_mean(name, names) or known
            )
        return path.resolve()

    def try_partition(self, contract: Path, partition: int, *, sizes: bool = False) -> None:
        """Run one partition, or one of each size, show the report, and fail where it is not good.

        Raises
        ------
        RunFailedError
            The function raised, or its result cannot be stored or merged.
        """
        from jupyter_agilab import api
        from jupyter_agilab.errors import RunFailedError
        from jupyter_agilab.panel.figures import counted
        from jupyter_agilab.panel.trial_view import TrialView

        report = api.trial(contract, partition, sizes=sizes)
        self.session.display(TrialView(report))
        if report.ok:
            return
        if report.failure is not None:
            cause = f"{report.failure.error_type}: {report.failure.message}"
        else:
            cause = "; ".join(
                f"the reducer on {counted(case.count, 'result')}: {case.error}"
                for case in report.reducer
                if not case.ok
            )
        raise RunFailedError(f"the trial of {report.stage} on {report.described} did not go well: {cause}")

    def run_contract(self, contract: Path, settings: RunSettings | None = None) -> None:
        """Run a contract and wait for its result, which is left under the stage's name."""
        from jupyter_agilab import api
        from jupyter_agilab.magics.watching import watch_run

        note = self._careful_start(contract, settings)
        watch_run(self.session, api.submit(contract, settings), note)

    def workflow_file(self, name: str | None) -> Path:
        """Give the workflow that a magic's argument names; without one the notebook's, or the only one here.

        Raises
        ------
        UsageError
            There is none of that name, or none or more than one to choose from.
        """
        from jupyter_agilab.diagnostics import did_you_mean
        from jupyter_agilab.errors import UsageError
        from jupyter_agilab.magics.completion import workflow_names
        from jupyter_agilab.magics.session import notebook_path
        from jupyter_agilab.workflow.joining import name_of_notebook
        from jupyter_agilab.workflow.named import SUFFIX, workflow_path

        names = workflow_names(Path.cwd())
        known = f"this folder has {', '.join(names)}" if names else "this folder has no workflow yet"
        if name is None:
            notebook = notebook_path(self.shell)
            own = name_of_notebook(notebook) if notebook is not None else None
            name = own if own in names else names[0] if len(names) == 1 else None
            if name is None:
                hint = "" if names else "join cells with %%parallel_stage NAME --after OTHER or --input OTHER"
                raise UsageError(f"name the workflow: {known}", hint=hint)
        path = workflow_path(name)
        if not path.is_file():
            raise UsageError(
                f"there is no workflow {name.removesuffix(SUFFIX)!r} here",
                hint=did_you_mean(name, names) or known,
            )
        return path.resolve()

    def run_workflow(
        self, path: Path, settings: WorkflowSettings | None = None, *, waits: bool = True
    ) -> None:
        """Run a workflow; its stages' results are left under their names once it has ended."""
        from jupyter_agilab.magics.workflow_watching import watch_workflow
        from jupyter_agilab.workflows import submit_workflow

        watch_workflow(self.session, path, submit_workflow(path, settings), waits=waits)

    @staticmethod
    def _careful_start(contract: Path, settings: RunSettings | None) -> str:
        """Say what a stage that nobody has tried should have first; nothing for the other ones."""
        from jupyter_agilab import api
        from jupyter_agilab.contract.load import load_contract

        loaded = load_contract(contract)
        # one partition after another is itself a careful start
        if ((settings and settings.backend) or loaded.backend) == "local" or api.was_tried(contract):
            return ""
        return (
            f"Not tried on one partition yet: %parallel_trial {loaded.name} does that, mistakes show sooner."
        )
