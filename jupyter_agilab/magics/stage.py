"""``%%parallel_stage``: the cell becomes a stage."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from IPython.core.magic import magics_class

from jupyter_agilab.contract.model import BACKENDS, REDUCERS, SPLITS, STRATEGIES
from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.panels import show_stage
from jupyter_agilab.magics.parser import MagicParser, name_list, positive, whole, workers

if TYPE_CHECKING:
    from jupyter_agilab.stage_options import StageOptions
    from jupyter_agilab.stages import StageDraft

STAGE = MagicParser(
    "%%parallel_stage",
    """Make this cell a parallel stage: a function, a split rule, a reducer.

Writes the cell's function to stages/NAME.py and its contract to NAME.parallel_stage.toml, and shows what each
outside name became and how the work would be split. Nothing runs without --run or --trial. What the line does
not say stays as the contract has it.

    %%parallel_stage clean --input "data/*.csv" --reducer concat-csv --run

Afterwards NAME holds the stage and, once it has run, its result: .path, .records(), .to_pandas().""",
    names="stages",
)
STAGE.add_argument("name", metavar="NAME", help="the stage's name, which is also the name of its result")
STAGE.add_argument(
    "--split", choices=SPLITS, help="what a partition is: a file, rows of a table, a set of parameters"
)
STAGE.add_argument(
    "--input", metavar="PATH", help="a pattern (data/*.csv), a file, a list of files, a parameter grid"
)
STAGE.add_argument(
    "--workers", type=workers, metavar="N|auto", help="how many workers; auto unless said otherwise"
)
STAGE.add_argument("--workers-auto", action="store_true", help="the same as --workers auto")
STAGE.add_argument("--partition-strategy", choices=STRATEGIES, help="how the input is cut into partitions")
STAGE.add_argument(
    "--target-partitions",
    type=whole,
    metavar="N",
    help="how many partitions to aim at; 0: as the plan sees fit",
)
STAGE.add_argument(
    "--min-partitions-per-worker",
    type=positive,
    metavar="N",
    help="at least so many for each worker, where possible",
)
STAGE.add_argument(
    "--reducer",
    metavar="NAME",
    help=f"how results are merged: {', '.join(REDUCERS)}, or a ready-made one (sum, select-best)",
)
STAGE.add_argument(
    "--backend",
    choices=BACKENDS,
    help="one after another, on all cores (pool), or on Dask; pool unless said otherwise",
)
STAGE.add_argument("--output", metavar="FILE", help="the artifact; artifacts/NAME.EXT unless said otherwise")
STAGE.add_argument("--notes", metavar="TEXT", help="free text for readers of the contract")
STAGE.add_argument("--item", metavar="VARIABLE", help="the name in the cell that receives the partition")
STAGE.add_argument(
    "--returns", metavar="VARIABLE", help="the name in the cell that is the result; else the last expression"
)
STAGE.add_argument(
    "--share",
    action="append",
    type=name_list,
    default=[],
    metavar="VARIABLE",
    help="write this value to a file that the workers load; may be repeated",
)
STAGE.add_argument(
    "--allow-pickle", action="store_true", help="let --share use a pickle where no better format fits"
)
STAGE.add_argument(
    "--by", choices=("rows", "groups", "dates", "keys"), help="what a part of a table is made of"
)
STAGE.add_argument(
    "--columns",
    type=name_list,
    metavar="A,B",
    help="the columns that --by looks at, or the only ones to read",
)
STAGE.add_argument(
    "--period",
    choices=("day", "week", "month", "quarter", "year"),
    help="the calendar bins of --by dates",
)
STAGE.add_argument("--rows", type=positive, metavar="N", help="rows per partition")
STAGE.add_argument(
    "--overwrite",
    action="store_true",
    help="replace a module that was edited by hand and, with --run, an output file that is not this stage's",
)
STAGE.add_argument("--trial", action="store_true", help="run one partition and try the reducer")
STAGE.add_argument("--run", action="store_true", help="run the stage and wait for its result")


@magics_class
class StageMagics(Family):
    """The magic that makes stages."""

    @declare.cell(STAGE)
    def parallel_stage(self, line: str, cell: str) -> None:
        """Make the cell a stage."""
        arguments = STAGE.read(line)
        from jupyter_agilab.errors import ExtractionError
        from jupyter_agilab.magics.handle import StageHandle
        from jupyter_agilab.panel.stage_view import StageView, short_findings
        from jupyter_agilab.stages import stage_from_cell, write_stage

        options, context = _options(arguments), self.session.context(cell)
        draft = stage_from_cell(cell, options, context)
        if not draft.ok:
            self.session.display(StageView(draft))
            raise ExtractionError(f"{draft.name} was not written\n{short_findings(draft.findings)}", ())
        written = write_stage(draft, overwrite=arguments.overwrite)
        handle = StageHandle(written.name, written.contract_path, written.module_path, written.plan)
        lost = self.session.leave(written.name, handle)

        def again(shared: frozenset[str]) -> StageDraft:
            """Make the stage anew with these names as shared files."""
            other = stage_from_cell(cell, replace(options, share=tuple(sorted(shared))), context)
            if other.ok:
                write_stage(other, overwrite=arguments.overwrite)
            return other

        view = StageView(draft, written, note=lost, goes_on=arguments.trial or arguments.run)
        show_stage(self.session, view, draft, written, again)
        if arguments.trial:
            self.try_partition(written.contract_path, 0)
        if arguments.run:
            from jupyter_agilab.run.submit import RunSettings

            self.run_contract(written.contract_path, RunSettings(overwrite=arguments.overwrite))


def _options(arguments: Namespace) -> StageOptions:
    from jupyter_agilab.stage_options import StageOptions

    return StageOptions(
        name=arguments.name,
        split=arguments.split,
        input=arguments.input,
        workers="auto" if arguments.workers_auto else arguments.workers,
        partition_strategy=arguments.partition_strategy,
        target_partitions=arguments.target_partitions,
        min_partitions_per_worker=arguments.min_partitions_per_worker,
        reducer=arguments.reducer,
        backend=arguments.backend,
        output=arguments.output,
        notes=arguments.notes,
        item=arguments.item,
        returns=arguments.returns,
        share=tuple(name for names in arguments.share for name in names),
        allow_pickle=arguments.allow_pickle,
        by=arguments.by,
        columns=arguments.columns,
        rows=arguments.rows,
        period=arguments.period,
    )
