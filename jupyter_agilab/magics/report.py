"""``%parallel_report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser

if TYPE_CHECKING:
    from jupyter_agilab.run.story.story import RunStory

REPORT = MagicParser(
    "%parallel_report",
    """Write a page that tells how a run went, and show a link to it. Runs nothing.

The page is written beside the stage's artifact, as STAGE.report.html, since Jupyter does not show files in
folders whose names start with a dot, as the run's is.

    %parallel_report clean""",
    names="runs",
)
REPORT.add_argument(
    "run",
    nargs="?",
    metavar="RUN",
    help="a run's id or the start of it, or a stage for its newest run; else the newest run here",
)
REPORT.add_argument("--output", metavar="FILE", help="another file to write")
REPORT.add_argument("--open", action="store_true", help="open it in the browser of the kernel's machine")


@magics_class
class ReportMagics(Family):
    """The magic that writes reports."""

    @declare.line(REPORT)
    def parallel_report(self, line: str) -> None:
        """Write a report."""
        arguments = REPORT.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.panel.report.page import write_page
        from jupyter_agilab.panel.report.summary import ReportView

        story = api.story(arguments.run or self._newest())
        path = Path(arguments.output) if arguments.output else visible_place(story)
        size_bytes = write_page(story, path)
        whole, here = path.resolve(), Path.cwd().resolve()
        place = whole.relative_to(here) if whole.is_relative_to(here) else whole
        self.session.display(ReportView(story, whole, size_bytes, place))
        if arguments.open:
            import webbrowser

            webbrowser.open(whole.as_uri())

    @staticmethod
    def _newest() -> str:
        from jupyter_agilab import api
        from jupyter_agilab.errors import RunNotFoundError

        found = api.runs(Path.cwd())
        if not found:
            raise RunNotFoundError(
                f"there are no runs yet in {Path.cwd()}", hint="%parallel_run STAGE starts one"
            )
        return found[0].run_dir


def visible_place(story: RunStory) -> Path:
    """Give where a browser in Jupyter can see the report: beside the artifact, else beside the contract."""
    folder = story.run.path.parents[3]
    target = Path(str(story.manifest.get("target", "")))
    submitted_in = str(story.manifest.get("folder", ""))
    if target.is_relative_to(submitted_in):
        # the folder may have been moved or copied since
        target = folder / target.relative_to(submitted_in)
    home = target.parent if target.parent.is_dir() and target.is_absolute() else folder
    return home / f"{story.run.stage}.report.html"
