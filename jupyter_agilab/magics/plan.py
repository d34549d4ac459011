"""``%parallel_plan`` and ``%parallel_trial``: look first."""

from __future__ import annotations

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.panels import show_plan
from jupyter_agilab.magics.parser import MagicParser, positive, whole

PLAN = MagicParser(
    "%parallel_plan",
    """Show how a stage's work would be split: partitions, workers, load, findings. Runs nothing.

    %parallel_plan clean --workers 16 --cores 16""",
    names="stages",
)
PLAN.add_argument(
    "stage", nargs="?", metavar="STAGE", help="the stage or its contract; not needed where there is one only"
)
PLAN.add_argument(
    "--workers", type=positive, metavar="N", help="plan for so many workers instead of the contract's"
)
PLAN.add_argument("--cores", type=positive, metavar="N", help="plan for a machine with so many cores")
PLAN.add_argument(
    "--partitions",
    type=whole,
    default=10,
    metavar="N",
    help="how many partitions to list; 10 unless said otherwise",
)
PLAN.add_argument(
    "--preview", type=whole, metavar="N", help="show what the function will receive for partition N"
)
PLAN.add_argument("--distribution", metavar="FILE", help="take the workers from AGILAB's distribution.json")

TRIAL = MagicParser(
    "%parallel_trial",
    """Run one partition of a stage in a process of its own, and try the reducer on no, one and two results.

    %parallel_trial clean --partition 3""",
    names="stages",
)
TRIAL.add_argument(
    "stage", nargs="?", metavar="STAGE", help="the stage or its contract; not needed where there is one only"
)
TRIAL.add_argument(
    "--partition",
    type=whole,
    default=0,
    metavar="N",
    help="which one, counted from 0; the first unless said otherwise",
)
TRIAL.add_argument(
    "--sizes",
    action="store_true",
    help="run a small, a median and a large one instead, so that %%parallel_plan can tell what a run takes",
)


@magics_class
class PlanMagics(Family):
    """The magics that look before anything is run at full size."""

    @declare.line(PLAN)
    def parallel_plan(self, line: str) -> None:
        """Show a plan."""
        arguments = PLAN.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.contract.load import read_contract
        from jupyter_agilab.diagnostics import errors_in
        from jupyter_agilab.errors import PlanError
        from jupyter_agilab.panel.plan_view import PlanView

        path = self.stage_contract(arguments.stage)
        if arguments.preview is not None:
            from jupyter_agilab.panel.preview_view import PreviewView

            self.session.display(PreviewView(api.preview(path, arguments.preview)))
            return
        plan = api.plan(
            path, cores=arguments.cores, workers=arguments.workers, distribution=arguments.distribution
        )
        contract = read_contract(path).contract
        view = PlanView(plan, contract.backend if contract else "", arguments.partitions)
        if arguments.workers or arguments.cores or arguments.distribution:
            # the panel plans what the contract says
            self.session.display(view)
        else:
            show_plan(self.session, path, view)
        if errors_in(plan.findings):
            raise PlanError(f"{plan.stage} cannot run as planned", plan.findings)

    @declare.line(TRIAL)
    def parallel_trial(self, line: str) -> None:
        """Run one partition."""
        arguments = TRIAL.read(line)
        self.try_partition(self.stage_contract(arguments.stage), arguments.partition, sizes=arguments.sizes)
