"""The parameters that are filled from a partition: their kinds, and what an example value tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.kinds import ancestors

InputKind = Literal[
    "path",
    "file",
    "frame",
    "table",
    "rows",
    "lines",
    "partition",
    "params",
    "value",
    "element",
    "seed",
    "rng",
    "results",
]

MEANINGS: Mapping[InputKind, str] = {
    "path": "The file; for a part of a file, one that holds exactly that part.",
    "file": "Open file that holds exactly the partition.",
    "frame": "Rows of the partition.",
    "table": "Rows of the partition.",
    "rows": "Records of the partition.",
    "lines": "Lines of the partition.",
    "partition": "Description of the partition.",
    "params": "All parameters of one set.",
    "value": "One value of the sweep.",
    "element": "The result of one partition of a stage that feeds this one.",
    "seed": "Seed of this partition, the same whatever worker it runs on.",
    "rng": "Random generator of this partition, the same whatever worker it runs on.",
    "results": "Results of the partitions, in the order of the partitions.",
}

MISSING = object()
"""Stands for the value of a name that has none, or none that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One parameter of the function that is filled from the partition.

    ``value`` is the notebook's example, or `MISSING`. ``restore`` is ``list`` where the cell needs the
    records as one.
    """

    name: str
    kind: InputKind
    value: Any = MISSING
    restore: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The choice of the inputs.

    ``left_out`` are the cell's statements (by index) that only set an example. ``undecided`` are names that
    may be meant where the choice failed; nothing else is said about them.
    """

    inputs: tuple[Input, ...]
    left_out: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    undecided: frozenset[str] = frozenset()


KINDS_BY_NAME: Mapping[str, tuple[InputKind, ...]] = {
    "path": ("path",),
    "file": ("file", "path"),
    "df": ("frame", "table"),
    "table": ("table", "frame"),
    "rows": ("rows", "lines"),
    "lines": ("lines", "file"),
}
"""The names of the calling convention, with what they may be; the first is meant where no value tells."""

_USUAL: tuple[tuple[str, tuple[InputKind, ...]], ...] = (
    (
        "filename file_name fname filepath file_path fpath fn infile in_file input_file input_path inpath "
        "csv_file csv_path image_path img_path image_file img_file json_file json_path log_file log_path "
        "txt_file text_file parquet_file parquet_path nc_file h5_file npy_file xlsx_file data_file data_path "
        "datafile source_file src_path p",
        ("path",),
    ),
    ("f fh fp handle stream", ("file", "path")),
    ("frame chunk batch part block group sub subset data data_frame dataframe piece", ("frame", "table")),
    ("df_part df_chunk", ("frame", "table")),
    ("records", ("rows", "lines")),
)
USUAL_NAMES: Mapping[str, tuple[InputKind, ...]] = {
    word: kinds for words, kinds in _USUAL for word in words.split()
}
"""Names that people use for the same."""


def kind_of(value: object) -> InputKind | None:
    """Tell what kind of partition argument an example value is; None for what cannot be one."""
    if type(value) is str or type(value) is bytes:
        return "path"
    line = list(ancestors(value))
    if any(module.startswith("pathlib") and name == "PurePath" for module, name in line):
        return "path"
    module, name = line[0]
    if any(name == "DataFrame" and module.partition(".")[0] in {"pandas", "polars"} for module, name in line):
        return "frame"
    if module.partition(".")[0] == "pyarrow" and name == "Table":
        return "table"
    if any(name == "_IOBase" for _, name in line):
        return "file"
    if type(value) is list or type(value) is tuple:
        first = value[0] if value else None
        return "lines" if type(first) is str else "rows" if type(first) is dict else None
    return "rows" if (module, name) in {("csv", "DictReader"), ("builtins", "generator")} else None
