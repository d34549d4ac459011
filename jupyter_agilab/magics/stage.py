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
    from jupyter_agilab.workflow.joining import JoinedStage, Joins

STAGE = MagicParser(
    "%%parallel_stage",
    """Make this cell a parallel stage: a function, a split rule, a reducer.

Writes the cell's function to stages/NAME.py and its contract to NAME.parallel_stage.toml, and shows what each
outside name became and how the work would be split. Nothing runs without --run or --trial. What the line does
not say stays as the contract has it.

    %%parallel_stage clean --input "data/*.csv" --reducer concat-csv --run

Afterwards NAME holds the stage and, once it has run, its result: .path, .records(), .to_pandas().

--after, and --input with another stage's name, join cells to a workflow, NAME.workflow.toml:

    %%parallel_stage fit --input clean
    {"slope": slope_of(clean)}

Here `clean` is the result of one partition of that stage. %parallel_workflow shows and runs the workflow.""",
    names="stages",
)
STAGE.add_argument("name", metavar="NAME", help="the stage's name, which is also the name of its result")
STAGE.add_argument(
    "--split", choices=SPLITS, help="what a partition is: a file, rows of a table, a set of parameters"
)
STAGE.add_argument(
    "--input",
    action="append",
    default=[],
    metavar="PATH|STAGE",
    help="a pattern (data/*.csv), a file, a list of files, a parameter grid; or a stage, whose results the "
    "cell reads one by one under the stage's name (STAGE), or as a whole (STAGE.artifact); may be repeated",
)
STAGE.add_argument(
    "--after",
    action="append",
    type=name_list,
    default=[],
    metavar="STAGE",
    help="wait until this stage has ended; may be repeated",
)
STAGE.add_argument(
    "--combine",
    choices=("zip", "product"),
    help="how the results of several stages are joined: by place, or each with each",
)
STAGE.add_argument("--when", metavar="FLAG", help="run in a workflow only with this flag")
STAGE.add_argument("--group", metavar="GROUP", help="stages of a group run one by one in the same process")
STAGE.add_argument(
    "--replicas", type=whole, metavar="N", help="so many of its partitions, or of its group, at once"
)
STAGE.add_argument(
    "--workflow", metavar="NAME", help="the workflow that it belongs to; named like the notebook unless said"
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

        options, joins, context = _options(arguments), _joins(arguments), self.session.context(cell)
        draft = stage_from_cell(cell, options, context, joins)
        if not draft.ok:
            self.session.display(StageView(draft))
            raise ExtractionError(f"{draft.name} was not written\n{short_findings(draft.findings)}", ())
        written = write_stage(draft, overwrite=arguments.overwrite)
        workflow = draft.joined.workflow.name if draft.joined is not None else ""
        handle = StageHandle(written.name, written.contract_path, written.module_path, written.plan, workflow)
        lost = self.session.leave(written.name, handle)

        def again(shared: frozenset[str]) -> StageDraft:
            """Make the stage anew with these names as shared files."""
            other = stage_from_cell(cell, replace(options, share=tuple(sorted(shared))), context, joins)
            if other.ok:
                write_stage(other, overwrite=arguments.overwrite)
            return other

        view = StageView(draft, written, note=lost, goes_on=arguments.trial or arguments.run)
        show_stage(self.session, view, draft, written, again)
        if draft.joined is not None and draft.joined.stage.inputs:
            if arguments.run or arguments.trial:
                self._run_workflow(draft.joined, trial=arguments.trial)
            return
        if arguments.trial:
            self.try_partition(written.contract_path, 0)
        if arguments.run:
            from jupyter_agilab.run.submit import RunSettings

            self.run_contract(written.contract_path, RunSettings(overwrite=arguments.overwrite))

    def _run_workflow(self, joined: JoinedStage, *, trial: bool) -> None:
        """Run the workflow of a stage that has nothing to work on by itself."""
        from jupyter_agilab.errors import UsageError

        if trial:
            fed_by = joined.stage.inputs[0].stage
            raise UsageError(
                f"{joined.stage.name} cannot be tried by itself: {fed_by} gives it what it works on",
                hint=f"%parallel_workflow {joined.workflow.name} --run runs both",
            )
        self.run_workflow(joined.path)


def _joins(arguments: Namespace) -> Joins:
    from jupyter_agilab.workflow.joining import Joins

    after = tuple(name for names in arguments.after for name in names)
    return Joins(
        workflow=arguments.workflow,
        inputs=tuple(arguments.input) or None,
        combine=arguments.combine,
        # an empty text takes back what the workflow has
        after=after if arguments.after else None,
        when=arguments.when,
        group=arguments.group,
        replicas=arguments.replicas,
    )


def _options(arguments: Namespace) -> StageOptions:
    from jupyter_agilab.stage_options import StageOptions

    return StageOptions(
        name=arguments.name,
        split=arguments.split,
        input=arguments.input[-1] if arguments.input else None,
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
