"""``%parallel_migrate``."""

from __future__ import annotations

from pathlib import Path

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser

MIGRATE = MagicParser(
    "%parallel_migrate",
    """Find the loops of a notebook that can run in parallel, and say why the others cannot.

Runs and writes nothing. With --to the notebook with stages in the place of its loops is written to another
file; the one that is open stays as it is. On the command line, jupyter agilab migrate does it in place.

    %parallel_migrate
    %parallel_migrate other.ipynb --to other_parallel.ipynb""",
)
MIGRATE.add_argument("notebook", nargs="?", metavar="NOTEBOOK", help="a notebook; this one where it is known")
MIGRATE.add_argument(
    "--form", choices=("python", "magic", "functions"), default="magic", help="how it calls its stages"
)
MIGRATE.add_argument(
    "--only", action="append", default=[], metavar="CELL:LINE", help="only this loop; may be repeated"
)
MIGRATE.add_argument(
    "--to", metavar="FILE", help="write the stages, and the rewritten notebook to this new file"
)


@magics_class
class MigrateMagics(Family):
    """The magic that looks for loops."""

    @declare.line(MIGRATE)
    def parallel_migrate(self, line: str) -> None:
        """Find the loops of a notebook."""
        arguments = MIGRATE.read(line)
        from jupyter_agilab.migration import apply, migrate, parse_place
        from jupyter_agilab.panel.migrate_view import MigrationView

        path = self._notebook(arguments.notebook)
        migration = migrate(path, form=arguments.form, only=[parse_place(text) for text in arguments.only])
        note = ""
        if arguments.to is not None:
            applied = apply(migration, to=Path(arguments.to))
            if applied is not None:
                note = f"written: {', '.join(applied.files)}, {applied.notebook}"
            else:
                note = "nothing was written: there is no loop to convert"
        elif migration.converted:
            note = f"Nothing was written. In a terminal: jupyter agilab migrate {path.name} --apply"
        self.session.display(MigrationView(migration, note))

    def _notebook(self, named: str | None) -> Path:
        from jupyter_agilab.errors import UsageError
        from jupyter_agilab.magics.session import notebook_path

        if named is not None:
            path = Path(named)
            if not path.is_file():
                raise UsageError(f"there is no notebook {named}")
            return path
        found = notebook_path(self.shell)
        if found is None:
            raise UsageError(
                "this notebook's file is not known here", hint="name it: %parallel_migrate NAME.ipynb"
            )
        return found
