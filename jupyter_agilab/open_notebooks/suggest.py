"""What to put into the fields of a stage that is not one yet: a name, and inputs that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.cells import Notebook, NotebookCell, python_source
from jupyter_agilab.errors import UsageError
from jupyter_agilab.extract.names import identifier
from jupyter_agilab.stage_options import check_name
from jupyter_agilab.stages import contract_file_name

_MOST_INPUTS = 8
_MOST_LOOKED_AT = 2_000
_PATTERN = re.compile(r"[^\n]{0,300}[*?][^\n]{0,300}")
_DATA = frozenset(
    (
        *(".csv", ".tsv", ".parquet", ".json", ".jsonl", ".ndjson", ".txt", ".log", ".gz", ".h5", ".nc"),
        *(".npy", ".feather", ".arrow", ".xlsx", ".fasta", ".fastq", ".png", ".jpg", ".tif", ".xml"),
    )
)
_TABLES = frozenset({".csv", ".tsv", ".parquet", ".feather", ".arrow", ".jsonl", ".ndjson"})
_SWEEPS = (".grid.json", ".items.json", ".sweep.toml", ".sweep.yaml", ".sweep.yml", ".sweep.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedInput:
    """An input that would do; ``split`` is None where the input itself tells it, ``why`` is one sentence."""

    input: str
    split: str | None
    why: str


def suggested_inputs(notebook: Notebook, index: int, folder: Path) -> tuple[SuggestedInput, ...]:
    """Give inputs that this cell or another one mentions, or that lie in the folder; nearest first."""
    found: dict[str, SuggestedInput] = {}
    for cell in _nearest_first(notebook, index):
        for each in _in_cell(cell, folder):
            found.setdefault(each.input, each)
        if len(found) >= _MOST_INPUTS:
            break
    for name in _sweep_files(folder):
        found.setdefault(
            name, SuggestedInput(input=name, split="parameter-sweep", why="a file of settings in this folder")
        )
    return tuple(found.values())[:_MOST_INPUTS]


def suggested_name(cell: NotebookCell, folder: Path) -> str:
    """Give a name for the stage that no other contract in the folder has: after what the cell makes."""
    for wanted in (*_made(cell), "stage"):
        name = identifier(wanted)
        try:
            check_name(name)
        except UsageError:
            continue
        number = 1
        free = name
        while (folder / contract_file_name(free)).exists() and number < 1000:
            number += 1
            free = f"{name}_{number}"
        return free
    return "stage"


def _nearest_first(notebook: Notebook, index: int) -> Iterator[NotebookCell]:
    yield from reversed([cell for cell in notebook.code_cells if cell.index <= index])
    yield from (cell for cell in notebook.code_cells if cell.index > index)


def _in_cell(cell: NotebookCell, folder: Path) -> Iterator[SuggestedInput]:
    tree = _parsed(cell)
    if tree is None:
        return
    inner: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        pattern = _globbed(node)
        if pattern is not None:
            inner |= {id(each) for each in ast.walk(node)}
            yield SuggestedInput(
                input=pattern, split="files", why=f"cell {cell.index + 1} goes over these files"
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _of_text(node.value, cell, folder)


def _globbed(node: ast.AST) -> str | None:
    """Give the pattern of ``Path("data").glob("*.csv")``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    if node.func.attr not in {"glob", "rglob"}:
        return None
    pattern, place = node.args[0], node.func.value
    if not (isinstance(pattern, ast.Constant) and isinstance(pattern.value, str)):
        return None
    if not (
        isinstance(place, ast.Call) and len(place.args) <= 1 and ast.unparse(place.func).endswith("Path")
    ):
        return None
    start = ""
    if place.args:
        first = place.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            return None
        start = first.value.rstrip("/") + "/"
    middle = "**/" if node.func.attr == "rglob" else ""
    return f"{'' if start == './' else start}{middle}{pattern.value}"


def _of_text(text: str, cell: NotebookCell, folder: Path) -> Iterator[SuggestedInput]:
    if len(text) > 300 or "\n" in text or "://" in text:
        return
    if _PATTERN.fullmatch(text) and re.search(r"\.\w+$|/", text) and " " not in text:
        yield SuggestedInput(input=text, split="files", why=f"cell {cell.index + 1} names these files")
        return
    suffix = Path(text).suffix.lower()
    if suffix not in _DATA:
        return
    path = folder / text
    try:
        if Path(text).is_absolute() or ".." in Path(text).parts or not path.is_file():
            return
        others = _alike(path)
    except (OSError, ValueError):
        return
    parent = Path(text).parent.as_posix()
    if others > 1:
        yield SuggestedInput(
            input=f"*{suffix}" if parent == "." else f"{parent}/*{suffix}",
            split="files",
            why=f"cell {cell.index + 1} reads {text}, and there are {others} files like it",
        )
    if suffix in _TABLES:
        yield SuggestedInput(
            input=text, split="data-partitions", why=f"cell {cell.index + 1} reads this table: some rows each"
        )


def _alike(path: Path) -> int:
    """Count the files in the same folder with the same ending, as far as a glance goes."""
    count = 0
    for number, each in enumerate(path.parent.iterdir()):
        if number >= _MOST_LOOKED_AT:
            break
        count += each.suffix.lower() == path.suffix.lower() and not each.name.startswith(".")
    return count


def _sweep_files(folder: Path) -> Sequence[str]:
    found = []
    try:
        for number, each in enumerate(folder.iterdir()):
            if number >= _MOST_LOOKED_AT:
                break
            if each.name.endswith(_SWEEPS) and not each.name.startswith("."):
                found.append(each.name)
    except OSError:
        return ()
    return sorted(found)


def _made(cell: NotebookCell) -> Iterator[str]:
    """Name what the cell makes: its only function, or what its last line gives or assigns."""
    tree = _parsed(cell)
    if tree is None:
        return
    functions = [each.name for each in tree.body if isinstance(each, ast.FunctionDef)]
    if len(functions) == 1:
        yield functions[0]
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Name):
        yield last.value.id
    if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
        yield last.targets[0].id


def _parsed(cell: NotebookCell) -> ast.Module | None:
    try:
        return ast.parse(python_source(cell.source).text)
    except (SyntaxError, ValueError, RecursionError):
        return None
