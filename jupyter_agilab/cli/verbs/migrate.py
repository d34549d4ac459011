"""``jupyter agilab migrate NOTEBOOK|FOLDER...``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb, positive
from jupyter_agilab.errors import OutputError, UsageError

if TYPE_CHECKING:
    from jupyter_agilab.migration.model import NotebookMigration
    from jupyter_agilab.migration.verify import Verified

_FORMS = ("python", "magic", "functions")
_FAILS = ("problems", "convert", "left", "new-findings", "never")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a notebook, or a folder of notebooks")
    out = parser.add_argument_group("what is shown")
    out.add_argument("--diff", action="store_true", help="also show what would change in each cell")
    out.add_argument("--sarif", action="store_true", help="print the findings as SARIF to stdout")
    out.add_argument(
        "--html", metavar="FILE", help="write a page with the cells, the findings and the changes"
    )
    change = parser.add_argument_group("what is done")
    change.add_argument("--apply", action="store_true", help="write the stages and the rewritten notebook")
    change.add_argument(
        "--form", choices=_FORMS, default="python", help="how the notebook calls its stages (python)"
    )
    change.add_argument(
        "--only", metavar="CELL:LINE", action="append", default=[], help="only this loop; may be repeated"
    )
    change.add_argument("--undo", action="store_true", help="restore the notebook as it was, byte for byte")
    change.add_argument("--force", action="store_true", help="with --undo: also if it was edited since")
    proof = parser.add_argument_group("proof (this runs the notebook's code, in a copy of its folder)")
    proof.add_argument("--verify", action="store_true", help="run loops and stages and compare their results")
    proof.add_argument("--yes", action="store_true", help="do not ask before --verify")
    proof.add_argument("--sample", metavar="N", type=positive, default=3, help="items of each loop (3)")
    proof.add_argument("--all", action="store_true", help="all items of each loop")
    proof.add_argument(
        "--tolerance", metavar="X", type=float, default=0.0, help="how far numbers may differ (0)"
    )
    budget = parser.add_argument_group("for a repository")
    budget.add_argument(
        "--fail-on",
        choices=_FAILS,
        default="problems",
        help="what gives exit code 1: unreadable notebooks, any loop that can be converted or was left, "
        "findings that the baseline does not have, or nothing (problems)",
    )
    budget.add_argument("--baseline", metavar="FILE", help="the known findings (migration-baseline.json)")
    budget.add_argument("--write-baseline", action="store_true", help="write the findings of now as known")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    paths = [Path(path) for path in args.paths]
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no notebook or folder {path}")
    if args.undo:
        return _undo(paths, args, terminal)
    _refuse_unclear(args, paths, terminal)
    from jupyter_agilab.migration import parse_place

    only = [parse_place(text) for text in args.only]
    migrations = _looked_at(paths, args.form, only)
    _write_page(args, migrations)
    code = _code(args, migrations, paths)
    if args.sarif:
        from jupyter_agilab.migrate.sarif import to_sarif

        document = to_sarif([each.findings for each in migrations], root=Path.cwd())
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return code
    if not (args.apply or args.verify):
        _show(args, migrations, terminal)
        return code
    if args.verify:
        return _verify(args, migrations, terminal)
    return max(code, _apply(args, migrations, terminal))


def _refuse_unclear(args: argparse.Namespace, paths: Sequence[Path], terminal: Terminal) -> None:
    if args.sarif and (terminal.as_json or args.apply or args.verify):
        raise UsageError("--sarif is a report of its own: use it without --json, --apply and --verify")
    if args.only and (len(paths) > 1 or paths[0].is_dir()):
        raise UsageError("--only means a loop of one notebook", hint="name that notebook")
    if args.apply and args.verify:
        raise UsageError("--verify and --apply are two commands", hint="verify first, then apply")
    if args.force:
        raise UsageError("--force belongs to --undo")


def _looked_at(paths: Sequence[Path], form: str, only: Sequence[tuple[int, int]]) -> list[NotebookMigration]:
    from jupyter_agilab.migration import migrate, migrate_folder

    found: list[NotebookMigration] = []
    for path in paths:
        if path.is_dir():
            found += migrate_folder(path, form=form)  # type: ignore[arg-type]  # one of the choices
        else:
            found.append(migrate(path, form=form, only=only))  # type: ignore[arg-type]  # one of the choices
    if not found:
        raise UsageError(f"there is no notebook in {paths[0]}")
    return found


def _show(args: argparse.Namespace, migrations: Sequence[NotebookMigration], terminal: Terminal) -> None:
    from jupyter_agilab.panel.migrate_text import folder_lines, migration_text

    if len(migrations) == 1:
        terminal.answer(migrations[0].to_json())
        terminal.show(migration_text(migrations[0], terminal.width, diffs=args.diff))
        if migrations[0].converted and not terminal.as_json:
            terminal.say(f"\nnothing was written; next: jupyter agilab migrate {args.paths[0]} --apply")
        return
    terminal.answer({"notebooks": [each.to_json() for each in migrations]})
    for text in folder_lines(migrations, terminal.width):
        terminal.show(text)


def _write_page(args: argparse.Namespace, migrations: Sequence[NotebookMigration]) -> None:
    if not args.html:
        return
    from jupyter_agilab.atomic import write_bytes
    from jupyter_agilab.panel.migrate_view import page_text

    path = Path(args.html)
    try:
        if path.exists() and b'content="jupyter-agilab migrate"' not in path.read_bytes()[:1000]:
            raise OutputError(f"{path} is there and is not a page of migrate", hint="name another file")
        write_bytes(path, page_text(migrations).encode("utf-8", "replace"))
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def _code(args: argparse.Namespace, migrations: Sequence[NotebookMigration], paths: Sequence[Path]) -> int:
    from jupyter_agilab.diagnostics import errors_in
    from jupyter_agilab.migrate.in_step.baseline import FILE, new_findings, write_baseline

    root = paths[0] if paths[0].is_dir() else paths[0].parent
    baseline = Path(args.baseline) if args.baseline else root / FILE
    # whichever notebooks are named, they are known by their paths from where the file is
    root = baseline.parent
    findings = [each.findings for each in migrations]
    if args.write_baseline:
        write_baseline(baseline, findings, root)
    if args.fail_on == "never":
        return GOOD
    if any(errors_in(each.problems) for each in migrations):
        return FOUND
    bad = {
        "problems": False,
        "convert": any(loop.verdict == "convert" for each in findings for loop in each.loops),
        "left": any(each.left for each in migrations),
    }
    if args.fail_on == "new-findings":
        return FOUND if new_findings(findings, baseline, root) else GOOD
    return FOUND if bad[args.fail_on] else GOOD


def _apply(args: argparse.Namespace, migrations: Sequence[NotebookMigration], terminal: Terminal) -> int:
    from jupyter_agilab.migration import apply
    from jupyter_agilab.panel.migrate_text import migration_text

    documents = []
    for migration in migrations:
        applied = apply(migration)
        files = list(applied.files) if applied else []
        documents.append({**migration.to_json(), "written": files})
        terminal.show(migration_text(migration, terminal.width, diffs=args.diff))
        if applied and not terminal.as_json:
            terminal.say(
                f"\nwritten: {', '.join(files)}, {migration.path.name}\n"
                f"back again: jupyter agilab migrate {migration.path} --undo"
            )
    terminal.answer(documents[0] if len(documents) == 1 else {"notebooks": documents})
    return GOOD


def _undo(paths: Sequence[Path], args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab.migration import undo

    if any(path.is_dir() for path in paths):
        raise UsageError("--undo restores one notebook at a time: name it")
    done = [undo(path, force=args.force) for path in paths]
    terminal.answer(
        {
            "restored": [
                {"path": str(each.notebook), "removed": list(each.removed), "kept": list(each.kept)}
                for each in done
            ]
        }
    )
    for each in done:
        terminal.show(f"{each.notebook.name} is as it was before its migration")
        if each.removed:
            terminal.show(f"    removed: {', '.join(each.removed)}")
        if each.kept:
            terminal.show(f"    changed since, so they stay: {', '.join(each.kept)}")
    return GOOD


def _verify(args: argparse.Namespace, migrations: Sequence[NotebookMigration], terminal: Terminal) -> int:
    from jupyter_agilab.migration.verify import verify
    from jupyter_agilab.panel.verify_text import verified_text

    if not args.yes:
        _ask(migrations)
    results: list[Verified] = [
        verify(each, sample=None if args.all else args.sample, tolerance=args.tolerance)
        for each in migrations
        if each.converted
    ]
    if not results:
        terminal.say("there is no loop to verify")
    terminal.answer({"verified": [each.to_json() for each in results]})
    for result in results:
        terminal.show(verified_text(result, terminal.width))
    return GOOD if all(result.is_equal for result in results) else FOUND


def _ask(migrations: Sequence[NotebookMigration]) -> None:
    names = ", ".join(each.path.name for each in migrations if each.converted)
    if not sys.stdin.isatty():
        raise UsageError(
            "--verify runs the notebook's code, and nobody is here to be asked", hint="say so with --yes"
        )
    sys.stderr.write(
        f"This runs the code of {names}: each loop and all cells above it, in a copy of its folder.\n"
        "What it does outside of that folder (network, other paths) is not held back. Go on? [y/N] "
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing was run")


VERB = Verb(
    name="migrate",
    summary="find a notebook's loops that can run in parallel, and make stages of them",
    description=(
        "Find the loops of notebooks that can run in parallel, say why the others cannot, and rewrite "
        "notebooks so that stages do the loops' work. Without --apply nothing is written; nothing but "
        "--verify runs code."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
