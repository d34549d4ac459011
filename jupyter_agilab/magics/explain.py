"""``%parallel_explain``: why each partition will run again, or will not."""

from __future__ import annotations

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser

EXPLAIN = MagicParser(
    "%parallel_explain",
    """Say why each partition would run now, or why its result can be taken over. Runs nothing.

    %parallel_explain clean --changed""",
    names="stages",
)
EXPLAIN.add_argument(
    "stage", nargs="?", metavar="STAGE", help="the stage or its contract; not needed where there is one only"
)
EXPLAIN.add_argument(
    "--changed", action="store_true", help="only partitions whose code, settings or input changed"
)


@magics_class
class ExplainMagics(Family):
    """The magic that says what a run would do, and why."""

    @declare.line(EXPLAIN)
    def parallel_explain(self, line: str) -> None:
        """Show the reasons in groups."""
        arguments = EXPLAIN.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.panel.explain_view import ExplainView
        from jupyter_agilab.run.reasons import CHANGED

        explanation = api.explain(self.stage_contract(arguments.stage))
        self.session.display(ExplainView(explanation, CHANGED if arguments.changed else None))
