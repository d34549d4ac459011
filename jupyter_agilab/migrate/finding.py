"""What migration says of a loop: whether it can become a stage, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from jupyter_agilab.contract.model import ReducerName, Split
from jupyter_agilab.diagnostics import Finding

Verdict = Literal["convert", "refuse"]

ReasonClass = Literal[
    "carried-dependency",
    "shared-mutation",
    "shared-plot",
    "order-dependent-io",
    "unpicklable",
    "interactive",
    "ipython-in-body",
    "early-exit",
    "too-small-to-matter",
    "unknown-iterable",
    "not-understood",
]
"""Why a loop is refused. ``too-small-to-matter``: independent, but a step costs less than handing it out."""

How = Literal[
    "append",
    "extend",
    "item",
    "column",
    "concat",
    "add",
    "count",
    "text",
    "min",
    "max",
    "best",
    "any",
    "all",
    "set",
    "update",
    "file",
    "print",
    "last",
    "value",
]
"""How an output grows by one iteration.

``item``: ``d[key] = value``; ``column``: a table's column or cell by key; ``best``: the value with the
largest or smallest score; ``text``: a string that is appended to; ``any``, ``all``: flags; ``file``: one
file per iteration; ``last``: the last iteration's value, read after the loop; ``value``: what an expression
form (a comprehension, a map) gives.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOutput:
    """Something that outlives an iteration.

    ``key`` and ``value`` are the texts of the expressions that say where and what, with the loop's names;
    ``score`` that of ``best``. ``start`` is the text of the value that the name has before the loop, where
    the notebook tells it. ``is_read_later``: a later statement or cell reads it.

    ``name[a][b] = value`` has the key ``a][b``, ``name.loc[k, "c"] = value`` the key ``.loc[(k, 'c')]``.
    ``add``, ``append``, ``extend``, ``update`` and ``text`` with a key gather into the entry of that key. An
    entry that is built up in several statements of one iteration (``d[k] = {}``, then ``d[k]["a"] = 1``) is
    one ``item`` whose value at the end of the iteration counts. ``min``, ``max`` and ``best`` have the key
    ``=`` where a later equal score wins, and none where the first one does; the score of ``best`` is
    ``max: text`` or ``min: text``.
    ``last`` is the value of the last iteration that set the name; where none did, it keeps its start.
    """

    name: str
    how: How
    key: str = ""
    value: str = ""
    score: str = ""
    start: str = ""
    line: int = 0
    is_read_later: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopCapture:
    """A name from outside the loop that its body reads.

    ``kind``: import, function, class, constant (a literal the notebook assigns), data, handle (an open file,
    a connection, a model on a device), parameter (of the enclosing function), unresolved.
    """

    name: str
    kind: Literal["import", "function", "class", "constant", "data", "handle", "parameter", "unresolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFinding:
    """One candidate of a notebook.

    Attributes
    ----------
    cell, cell_id
        Index over all cells, from 0; the id where the notebook has ids.
    line, end_line
        In the cell, from 1: of the loop, or of the expression that holds a comprehension or a call.
    form
        ``for``, ``while``, ``ListComp``, ``SetComp``, ``DictComp``, ``GeneratorExp``, ``map``, ``Pool.map``,
        ``executor.submit``, ``joblib``, ``dask.delayed``, ``dask.bag``, ``client.map``, ``ipyparallel``,
        ``groupby-apply``, ``apply``, ... Chunked reads and loops over papermill are ``for``.
    verdict
        ``convert``, or ``refuse``. With `change`, the verdict holds after that change.
    kind
        The split; of a refusal the one it would have.
    variables
        Names that stand for the item, in order.
    iterable
        Text of what the loop goes over, as written.
    items
        How many there are where it can be seen, else None.
    captures, outputs, reducer
        See their classes; the reducer is None for a refusal.
    rule
        Code of the rule that decided, ``migrate.NAME``.
    reason
        None for ``convert``.
    message
        A sentence that a scientist understands, with the names involved.
    names
        The names that the message is about.
    reason_line
        Where the reason is, in the cell; None where it is not a line.
    reason_cell
        The cell of `reason_line` where that is another one (a function of the notebook).
    assumptions
        What could not be known and is taken for granted, one sentence each.
    change
        A unified diff of the cell after which the loop can be converted; empty otherwise.
    rank
        From 1, by expected gain; refusals come after conversions.
    gain
        The expected gain in words.
    in_function
        The function that holds the loop; empty at the top level of the cell.
    """

    cell: int
    line: int
    end_line: int
    form: str
    verdict: Verdict
    rule: str
    message: str
    cell_id: str = ""
    kind: Split | None = None
    variables: tuple[str, ...] = ()
    iterable: str = ""
    items: int | None = None
    captures: tuple[LoopCapture, ...] = ()
    outputs: tuple[LoopOutput, ...] = ()
    reducer: ReducerName | None = None
    reason: ReasonClass | None = None
    names: tuple[str, ...] = ()
    reason_line: int | None = None
    reason_cell: int | None = None
    assumptions: tuple[str, ...] = ()
    change: str = ""
    rank: int = 0
    gain: str = ""
    in_function: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``migrate --json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookFindings:
    """What was found in one notebook.

    ``loops`` are in the order of cells and lines. ``problems`` say what could not be read or understood:
    not a notebook, another kernel's language, a cell that does not parse.
    """

    path: str
    loops: tuple[LoopFinding, ...] = ()
    problems: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``migrate --json``."""
        return {
            "path": self.path,
            "findings": [loop.to_json() for loop in self.loops],
            "problems": [problem.to_json() for problem in self.problems],
        }
