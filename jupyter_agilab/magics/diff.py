"""``%parallel_diff``: what differs between two contracts or runs."""

from __future__ import annotations

from pathlib import Path

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser

DIFF = MagicParser(
    "%parallel_diff",
    """Say in words what differs between two contracts or runs: settings, code, plan. Runs nothing.

    %parallel_diff clean                   the newest run of the stage, and the stage as it is now
    %parallel_diff clean clean_by_month    two stages""",
    names="stages",
)
DIFF.add_argument("before", metavar="A", help="a stage, a contract, or a run's id")
DIFF.add_argument(
    "now", nargs="?", metavar="B", help="another; without it, A as it is now is compared to its newest run"
)


@magics_class
class DiffMagics(Family):
    """The magic that compares."""

    @declare.line(DIFF)
    def parallel_diff(self, line: str) -> None:
        """Show the changes."""
        arguments = DIFF.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.panel.diff_view import DiffView

        before, now = arguments.before, arguments.now
        if now is None:
            contract = self.stage_contract(before)
            before, now = self._newest_run(contract), str(contract)
        self.session.display(DiffView(api.diff(before, now)))

    @staticmethod
    def _newest_run(contract: Path) -> str:
        from jupyter_agilab.contract.load import load_contract
        from jupyter_agilab.errors import UsageError
        from jupyter_agilab.run.layout import run_directories

        stage = load_contract(contract).name
        newest = next(iter(run_directories(contract.parent, stage)), None)
        if newest is None:
            raise UsageError(
                f"{stage} has no run yet that it could be compared to",
                hint=f"name what to compare it to: %parallel_diff {stage} OTHER",
            )
        return str(newest.path)
