"""What AGILAB's own checker says about a contract: the same texts in the same order.

The rules are those of AGILAB's ``tools/parallel_stage.py``, as far as they can be seen from outside: it looks
only at the thirteen keys of the top level, lets booleans pass as integers, and never compares a strategy with
its split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.contract.keys import Key, top_level


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning of AGILAB's, with a code and a hint of ours."""

    code: str
    key: str
    text: str
    hint: str


def missing(data: Mapping[str, Any]) -> list[Key]:
    """Give the required keys that are not there, in AGILAB's order."""
    return [key for key in top_level() if key.required and key.name not in data]


def refused(data: Mapping[str, Any]) -> list[Key]:
    """Give the required keys whose value is missing or does not pass, in AGILAB's order."""
    return [key for key in top_level() if key.required and not key.kind.passes(data.get(key.name))]


def missing_text(key: Key) -> str:
    """Give AGILAB's sentence for a missing key."""
    return f"missing required key: {key.name}"


def refused_text(key: Key) -> str:
    """Give AGILAB's sentence for a value that does not pass."""
    return f"{key.name} {key.kind.rule}"


def issues(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give AGILAB's issues: all missing keys first, then the values; a missing key gives both."""
    return (*map(missing_text, missing(data)), *map(refused_text, refused(data)))


def warnings(data: Mapping[str, Any]) -> Iterator[Warned]:
    """Give AGILAB's warnings in its order; they are given also where there are issues."""
    refused_names = {key.name for key in refused(data)}
    workers = data.get("workers")
    strategy = data.get("partition_strategy")
    if workers == 1 and "workers" not in refused_names:
        yield Warned(
            "contract.one-worker",
            "workers",
            "workers=1 is valid for preview but does not parallelize execution",
            'write workers = "auto", or the number of cores to use',
        )
    if data.get("split") == "files" and isinstance(workers, int):
        if strategy == "one-file-per-partition":
            yield Warned(
                "contract.files-cap-workers",
                "partition_strategy",
                "if file count is lower than workers, "
                "one-file-per-partition caps useful parallelism at file count",
                'with few large files, write partition_strategy = "file-chunks"',
            )
        elif strategy == "file-chunks" and data.get("target_partitions") == 0:
            yield Warned(
                "contract.target-unset",
                "target_partitions",
                "file-chunks should set target_partitions to over-partition large files",
                "two to four partitions per worker balance well",
            )
    if data.get("reducer") == "custom" and "notes" not in data:
        yield Warned(
            "contract.notes-missing",
            "notes",
            "custom reducer should describe the merge contract in notes",
            "say in one sentence what the reducer takes and what it writes",
        )
    if data.get("backend") == "dask" and workers == 1:
        yield Warned(
            "contract.dask-one-worker",
            "workers",
            "dask backend normally needs more than one worker to be useful",
            'write workers = "auto", or backend = "local"',
        )
