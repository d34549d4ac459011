"""The contract as frozen dataclasses: what an author declares about one stage.

The thirteen top-level keys are AGILAB's ``parallel_stage.v1``, with AGILAB's names and meanings. Everything
that AGILAB does not know lives in tables of its own.

Each field's type says which values its key takes and its metadata (`About`) says the rest. Reading, checking,
the JSON Schema and the reference page all take it from here (see `jupyter_agilab.contract.keys`), so a new
key is one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

SCHEMA_ID = "agilab.parallel_stage.v1"

Split = Literal["files", "data-partitions", "parameter-sweep"]
Strategy = Literal["one-file-per-partition", "file-chunks", "row-chunks", "parameter-items"]
ReducerName = Literal["collect-json", "concat-jsonl", "concat-csv", "custom"]
Backend = Literal["local", "pool", "dask"]

SPLITS: tuple[Split, ...] = get_args(Split)
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
REDUCERS: tuple[ReducerName, ...] = get_args(ReducerName)
BACKENDS: tuple[Backend, ...] = get_args(Backend)

STRATEGIES_OF_SPLIT: Mapping[Split, tuple[Strategy, ...]] = {
    "files": ("one-file-per-partition", "file-chunks", "row-chunks"),
    "data-partitions": ("row-chunks", "one-file-per-partition", "file-chunks"),
    "parameter-sweep": ("parameter-items",),
}
"""The strategies that fit each split, the default first. AGILAB's checker lets any pair pass."""


def fitting_strategy(split: Split, strategy: Strategy) -> Strategy:
    """Give the strategy, or the split's first one where it does not fit."""
    fitting = STRATEGIES_OF_SPLIT[split]
    return strategy if strategy in fitting else fitting[0]


Takes = Literal[
    "text",
    "note",
    "schema",
    "function",
    "reduce-function",
    "path",
    "size",
    "character",
    "encoding",
    "format",
    "digest",
    "expression",
]
"""What a string in the contract means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a field's type cannot say about its key.

    Attributes
    ----------
    text
        What the key is for; one or two sentences, the same for the JSON Schema and the reference page.
    takes
        What a string means.
    minimum, above
        Inclusive and exclusive lower bound of a number.
    splits, by
        The splits, and the values of ``partition.by``, that read the key; empty where all do.
    """

    text: str
    takes: Takes = "text"
    minimum: int | None = None
    above: int | None = None
    splits: tuple[Split, ...] = ()
    by: tuple[str, ...] = ()


def about(text: str, **facts: Any) -> dict[str, Any]:
    """Make the metadata of a field: its `About` under the key ``about``."""
    return {"about": About(text=text, **facts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionTable:
    """How the input is cut, where the top-level keys do not say it."""

    by: Literal["rows", "groups", "dates", "keys"] | None = field(
        default=None,
        metadata=about(
            "What a data partition is made of; rows unless said otherwise.", splits=("data-partitions",)
        ),
    )
    columns: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "The columns that `by` looks at (groups, dates, keys), or the only ones to read (rows).",
            splits=("files", "data-partitions"),
        ),
    )
    period: Literal["day", "week", "month", "quarter", "year"] | None = field(
        default=None,
        metadata=about('The calendar bin of `by = "dates"`.', splits=("data-partitions",), by=("dates",)),
    )
    rows: int | None = field(
        default=None,
        metadata=about(
            "Rows per partition; overrides `target_partitions`.",
            minimum=1,
            splits=("files", "data-partitions"),
            by=("rows",),
        ),
    )
    format: str | None = field(
        default=None,
        metadata=about(
            "What the files hold, where their names do not tell.",
            takes="format",
            splits=("files", "data-partitions"),
        ),
    )
    delimiter: str | None = field(
        default=None,
        metadata=about(
            "The character between two fields of a CSV file.",
            takes="character",
            splits=("files", "data-partitions"),
        ),
    )
    quotechar: str | None = field(
        default=None,
        metadata=about(
            "The character around a field of a CSV file that holds delimiters or newlines.",
            takes="character",
            splits=("files", "data-partitions"),
        ),
    )
    encoding: str | None = field(
        default=None,
        metadata=about(
            "Python's name of the files' text encoding; UTF-8 unless said otherwise.",
            takes="encoding",
            splits=("files", "data-partitions"),
        ),
    )
    header: bool | None = field(
        default=None,
        metadata=about("False means that a CSV file starts with data.", splits=("files", "data-partitions")),
    )
    table: str | None = field(
        default=None,
        metadata=about(
            "The table of an SQLite database; needed where it has several.",
            splits=("files", "data-partitions"),
        ),
    )
    query: str | None = field(
        default=None,
        metadata=about(
            "A SELECT whose rows are read of an SQLite database, in place of a table.",
            splits=("files", "data-partitions"),
        ),
    )
    key: str | None = field(
        default=None,
        metadata=about(
            "The column by whose ranges an SQLite query, or a table without row ids, is cut.",
            splits=("files", "data-partitions"),
        ),
    )
    dataset: str | None = field(
        default=None,
        metadata=about(
            "The array of an HDF5, NetCDF or Zarr file; needed where it has several.",
            splits=("files", "data-partitions"),
        ),
    )
    fingerprint: Literal["stat", "content"] = field(
        default="stat",
        metadata=about(
            "How a changed input is told: by its size and time, or by reading all of it.",
            splits=("files", "data-partitions"),
        ),
    )
    zip: tuple[tuple[str, ...], ...] = field(
        default=(),
        metadata=about(
            "Groups of names whose lists advance together instead of multiplying.",
            splits=("parameter-sweep",),
        ),
    )
    where: str | None = field(
        default=None,
        metadata=about(
            'A comparison over the names (`"lr * batch < 10"`); sets that fail it are left out.',
            takes="expression",
            splits=("parameter-sweep",),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReduceTable:
    """The function of a custom reducer, and its options."""

    function: str | None = field(
        default=None,
        metadata=about(
            "`module_or_path:function_name`, or the name of a ready-made reducer (`sum`, `concat-parquet`).",
            takes="reduce-function",
        ),
    )
    options: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=about(
            "Every other key of the table is an option, passed to the function as a keyword argument."
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionTable:
    """How the partitions are run."""

    pool: Literal["processes", "threads"] = field(
        default="processes",
        metadata=about('Worker processes, or threads of one process; read by `backend = "pool"`.'),
    )
    retries: int = field(
        default=0,
        metadata=about("Further attempts of a partition that failed; on another worker if any.", minimum=0),
    )
    retry_wait_s: float = field(
        default=1.0,
        metadata=about(
            "Seconds before the first further attempt; twice as long before each later one.", minimum=0
        ),
    )
    timeout_s: float | None = field(
        default=None, metadata=about("Seconds that one partition may take; no limit by default.", above=0)
    )
    memory: str | None = field(
        default=None, metadata=about('Memory of one worker, as `"2 GiB"`; no limit by default.', takes="size")
    )
    on_failure: Literal["stop", "finish"] = field(
        default="stop",
        metadata=about("`stop`: no new work after the first failed partition. `finish`: run all the others."),
    )
    threads_per_worker: int | None = field(
        default=None,
        metadata=about(
            "BLAS and OpenMP threads inside a worker; by default the cores are shared out.", minimum=1
        ),
    )
    seed: int = field(
        default=0,
        metadata=about(
            "The stage's seed, from which each partition's `seed` and `rng` are derived.", minimum=0
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcesTable:
    """What one partition claims."""

    cpus: float | None = field(default=None, metadata=about("Cores that one partition claims.", above=0))
    memory: str | None = field(
        default=None, metadata=about('Memory that one partition claims, as `"500 MB"`.', takes="size")
    )
    gpus: float | None = field(default=None, metadata=about("GPUs that one partition claims.", minimum=0))
    named: Mapping[str, float] = field(
        default_factory=dict,
        metadata=about(
            "Every other key is a named resource of the cluster, with the amount claimed.", minimum=0
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedItem:
    """Captured data that travels as a file and is loaded once per worker."""

    path: str = field(metadata=about("The file, relative to the contract's folder.", takes="path"))
    format: Literal["parquet", "npy", "json", "pickle"] = field(
        metadata=about("How the file is read; a pickle only where the author asked for it.")
    )
    digest: str = field(
        metadata=about("`blake2b:` and 32 hexadecimal digits of the file's content.", takes="digest")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """Where the function came from; `check` compares it to find drift."""

    notebook: str | None = field(
        default=None, metadata=about("The notebook, relative to the contract's folder.", takes="path")
    )
    cell: str | None = field(default=None, metadata=about("The id of the cell."))
    digest: str | None = field(default=None, metadata=about("Digest of the module's text as we wrote it."))
    cell_digest: str | None = field(default=None, metadata=about("Digest of the cell's source."))
    reduce_digest: str | None = field(
        default=None, metadata=about("Digest of the reducer's module as we wrote it.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One parallel stage: function + split rule + reducer.

    Every path is relative to the contract's folder; absolute paths and URLs are as the author wrote them.
    """

    schema: str = field(default=SCHEMA_ID, metadata=about("The version of this format.", takes="schema"))
    name: str = field(
        metadata=about("The stage's name; the artifact and the run directory are named after it too.")
    )
    function: str = field(
        metadata=about(
            "The partition function: `stages/clean.py:clean` or `package.module:clean`.", takes="function"
        )
    )
    split: Split = field(
        metadata=about(
            "What a partition is: a file or part of one, rows of a table, or one set of parameters.",
        )
    )
    input: str = field(
        metadata=about(
            "A path, a glob (`data/*.csv`), a manifest that lists files, or the parameter grid.", takes="path"
        )
    )
    workers: int | Literal["auto"] = field(
        metadata=about(
            "How many workers to ask for; `auto` takes what the cluster or the machine has.", minimum=1
        )
    )
    partition_strategy: Strategy = field(metadata=about("How the input is cut into partitions."))
    target_partitions: int = field(
        metadata=about("How many partitions to aim at; 0 leaves it to the plan.", minimum=0)
    )
    min_partitions_per_worker: int = field(
        metadata=about("The plan makes at least this many partitions per worker where it can.", minimum=1)
    )
    reducer: ReducerName = field(metadata=about("How the results of the partitions become one artifact."))
    backend: Backend = field(
        metadata=about("Where partitions run: one after another, on local workers, or on a Dask cluster.")
    )
    output: str = field(
        metadata=about(
            "The artifact. One that names a contract goes to `artifacts/NAME.EXT` instead.", takes="path"
        )
    )
    notes: str | None = field(
        default=None,
        metadata=about("Free text for readers; says what a custom reducer merges.", takes="note"),
    )
    partition: PartitionTable = field(default_factory=PartitionTable)
    parameters: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=about("Constants that the cell captured, passed to the function as keyword arguments."),
    )
    reduce: ReduceTable = field(default_factory=ReduceTable)
    execution: ExecutionTable = field(default_factory=ExecutionTable)
    resources: ResourcesTable = field(default_factory=ResourcesTable)
    shared: Mapping[str, SharedItem] = field(
        default_factory=dict,
        metadata=about(
            "Captured data that travels as a file and is loaded once per worker, by its name in the cell."
        ),
    )
    source: SourceTable = field(default_factory=SourceTable)
    next_steps: Mapping[str, Any] = field(
        default_factory=dict, metadata=about("AGILAB's free text for the reader; kept, never read.")
    )

    @property
    def module(self) -> str:
        """The left part of ``function``: a module's dotted name or a path."""
        return self.function.rpartition(":")[0]

    @property
    def function_name(self) -> str:
        """The right part of ``function``."""
        return self.function.rpartition(":")[2].strip()

    @property
    def strategy_in_use(self) -> Strategy:
        """The strategy that the plan follows: it fits the split, and counts rows where rows are asked for."""
        strategy = fitting_strategy(self.split, self.partition_strategy)
        return "row-chunks" if strategy == "file-chunks" and self.partition.rows else strategy
