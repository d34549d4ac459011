"""What migration found and would do, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_agilab.migrate.finding import LoopFinding
from jupyter_agilab.migration.model import Converted, NotebookMigration
from jupyter_agilab.panel.columns import WIDTH, printable, wrapped
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.text import findings_text


def migration_text(migration: NotebookMigration, width: int | None = None, *, diffs: bool = False) -> str:
    """Give one notebook's loops, each with its place, verdict, reason and stage; and with `diffs` the cells.

    Loops that are too small to matter are only counted.
    """
    width = width or WIDTH
    lines = [f"{printable(str(migration.path))}: {summary(migration)}"]
    if migration.problems:
        lines.append(findings_text(migration.problems, width))
    stages = {(each.finding.cell, each.finding.line): each for each in migration.converted}
    left = {(each.finding.cell, each.finding.line): each.reason for each in migration.left}
    for loop in shown(migration):
        place = (loop.cell, loop.line)
        lines += ["", *wrapped(f"  {head(loop)}", width, hanging="      ")]
        lines += wrapped(printable(loop.message), width, indent="      ", hanging="      ")
        if place in stages:
            lines += wrapped(becomes(stages[place]), width, indent="      ", hanging="      ")
        elif place in left:
            lines += wrapped(f"left as it is: {left[place]}", width, indent="      ", hanging="      ")
        for assumption in loop.assumptions:
            lines += wrapped(
                f"taken for granted: {printable(bare(assumption))}",
                width,
                indent="      ",
                hanging="        ",
            )
    small = too_small(migration)
    if small:
        lines += ["", f"  {counted(small, 'loop')} too small to matter"]
    if diffs:
        for index in migration.cells:
            lines += ["", printable(migration.diff_of(index), keep="\n")]
    return "\n".join(lines)


def shown(migration: NotebookMigration) -> list[LoopFinding]:
    """Give the loops worth telling about, the best first, then the refused ones in the notebook's order."""
    loops = [loop for loop in migration.findings.loops if loop.reason != "too-small-to-matter"]
    return sorted(loops, key=lambda loop: (loop.verdict != "convert", loop.rank, loop.cell, loop.line))


def too_small(migration: NotebookMigration) -> int:
    """Count the loops that are independent and too small."""
    return sum(loop.reason == "too-small-to-matter" for loop in migration.findings.loops)


def summary(migration: NotebookMigration) -> str:
    """Say how many loops there are and what becomes of them."""
    loops = shown(migration)
    if not loops:
        return (
            "cannot be read"
            if any(p.severity == "error" for p in migration.problems)
            else "no loop to convert"
        )
    able = sum(loop.verdict == "convert" for loop in loops)
    told = f"{counted(len(loops), 'loop')}, {able} can run in parallel"
    if migration.converted:
        told += f", {counted(len(migration.converted), 'stage')} to write"
    return told


def summary_text(migrations: Sequence[NotebookMigration]) -> str:
    """Count over several notebooks."""
    loops = [loop for each in migrations for loop in shown(each)]
    able = sum(loop.verdict == "convert" for loop in loops)
    unread = sum(any(p.severity == "error" for p in each.problems) for each in migrations)
    told = (
        f"{counted(len(migrations), 'notebook')}: {counted(len(loops), 'loop')}, {able} can run in parallel"
    )
    return told + (f"; {counted(unread, 'notebook')} cannot be read" if unread else "")


def head(loop: LoopFinding) -> str:
    """Say where a loop is, what it goes over, and the verdict."""
    over = " ".join(loop.iterable.split())
    over = over if len(over) <= 60 else over[:57] + "..."
    what = f"{loop.form} over {printable(over)}" if over else loop.form
    verdict = (
        "can run in parallel"
        if loop.verdict == "convert"
        else f"stays: {(loop.reason or '').replace('-', ' ')}"
    )
    more = f" ({loop.gain})" if loop.gain and loop.verdict == "convert" else ""
    return f"cell {loop.cell + 1}, line {loop.line}: {what}: {verdict}{more}"


def bare(assumption: str) -> str:
    """Give an assumption without the words that say that it is one."""
    return assumption.removeprefix("assumes that ").removeprefix("assumes ")


def becomes(converted: Converted) -> str:
    """Say what stage a loop becomes."""
    contract = converted.draft.contract
    return f"becomes the stage {converted.name}: {contract.split} from {printable(contract.input)}"


def folder_lines(migrations: Sequence[NotebookMigration], width: int | None = None) -> Iterator[str]:
    """Give the texts of several notebooks; of those without any loop only the name is told."""
    for migration in migrations:
        if shown(migration) or migration.problems:
            yield migration_text(migration, width) + "\n"
    yield summary_text(migrations)
