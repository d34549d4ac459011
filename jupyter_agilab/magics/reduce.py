"""``%%parallel_reduce``: the cell becomes a stage's own reducer."""

from __future__ import annotations

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser

REDUCE = MagicParser(
    "%%parallel_reduce",
    """Make this cell the reducer of a stage: it merges the partitions' results into the artifact.

The cell reads the name `results`, an iterator over the results in partition order; its last expression is the
artifact. Its function goes to stages/STAGE_reduce.py, and the stage's contract names it. Nothing runs.

    %%parallel_reduce clean
    total = 0
    for result in results:
        total += result["late"]
    {"late": total}""",
    names="stages",
)
REDUCE.add_argument("stage", metavar="STAGE", help="the stage whose results are merged")
REDUCE.add_argument(
    "--returns",
    metavar="VARIABLE",
    help="the name in the cell that is the artifact; else the last expression",
)
REDUCE.add_argument(
    "--output", metavar="FILE", help="the artifact; its ending says its form, as in .json, .csv, .parquet"
)
REDUCE.add_argument("--notes", metavar="TEXT", help="what it merges and how, for readers of the contract")
REDUCE.add_argument("--overwrite", action="store_true", help="replace a module that was edited by hand")


@magics_class
class ReduceMagics(Family):
    """The magic that makes reducers."""

    @declare.cell(REDUCE)
    def parallel_reduce(self, line: str, cell: str) -> None:
        """Make the cell a reducer."""
        arguments = REDUCE.read(line)
        from jupyter_agilab.errors import ExtractionError
        from jupyter_agilab.panel.reducer_view import ReducerView
        from jupyter_agilab.panel.stage_view import short_findings
        from jupyter_agilab.stages import reducer_from_cell, write_reducer

        draft = reducer_from_cell(
            cell,
            arguments.stage,
            self.session.context(cell),
            returns=arguments.returns,
            output=arguments.output,
            notes=arguments.notes,
        )
        if not draft.extraction.ok:
            self.session.display(ReducerView(draft))
            raise ExtractionError(f"the reducer was not written\n{short_findings(draft.findings)}", ())
        self.session.display(ReducerView(draft, write_reducer(draft, overwrite=arguments.overwrite)))
