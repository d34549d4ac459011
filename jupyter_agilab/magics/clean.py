"""``%parallel_clean``: free the disk of old runs."""

from __future__ import annotations

from pathlib import Path

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser, whole

CLEAN = MagicParser(
    "%parallel_clean",
    """Show which runs of this folder would go, and what killed processes left behind; remove them with --yes.

A run goes where all that is given holds for it. One that is under way never goes; the newest finished run
of a stage or workflow goes with --all only, and a run whose results no other run has with
--force-unreduced only.

    %parallel_clean --older-than 7d
    %parallel_clean clean --keep 3 --yes""",
    names="stages",
)
CLEAN.add_argument("stage", nargs="?", metavar="STAGE", help="only runs of this stage")
CLEAN.add_argument("--older-than", metavar="AGE", help="only runs so old: 12h, 7d, 2w")
CLEAN.add_argument(
    "--keep", type=whole, metavar="N", help="all but the newest N runs of each stage and workflow"
)
CLEAN.add_argument(
    "--failed", action="store_true", help="only runs without an artifact: failed, stopped, interrupted"
)
CLEAN.add_argument(
    "--all",
    action="store_true",
    help="also the newest finished run of each stage and workflow, and last trials",
)
CLEAN.add_argument(
    "--force-unreduced", action="store_true", help="also runs with results that no other run has"
)
CLEAN.add_argument("--yes", action="store_true", help="remove them; without it they are only shown")


@magics_class
class CleanMagics(Family):
    """The magic that frees disk."""

    @declare.line(CLEAN)
    def parallel_clean(self, line: str) -> None:
        """Show what would go, or remove it."""
        arguments = CLEAN.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.panel.clean_view import CleanView

        cleaning = api.clean(
            Path.cwd(),
            stage=arguments.stage,
            older_than=arguments.older_than,
            keep=arguments.keep,
            failed=arguments.failed,
            all_runs=arguments.all,
            force_unreduced=arguments.force_unreduced,
            dry_run=not arguments.yes,
        )
        has_more = not cleaning.done and (cleaning.runs or cleaning.leftovers)
        step = "Nothing was removed. The same line with --yes does it." if has_more else ""
        self.session.display(CleanView(cleaning, step))
