"""Merge the stored results of an exported stage, in the order of its partitions, into the artifact.

Written by `jupyter agilab export`. It is yours: change it as you like.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

import partition_work as work


def merge(results: Iterable[dict[str, Any]], output: str | None = None) -> pathlib.Path:
    """Write the artifact from results in the order of the partitions; give its path."""
    target: pathlib.Path = work.DATA / (output or work.SETTINGS["output"])
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as out:
        reducer = work.SETTINGS["reducer"]
        if reducer == "concat-jsonl":
            out.writelines(result["text"] for result in results)
        elif reducer == "collect-json":
            _as_list((result["text"].rstrip("\n") for result in results), out)
        elif reducer == "concat-csv":
            _as_table(results, out)
        else:
            _custom(results, target.suffix.lower(), out)
    temporary.replace(target)
    return target


def _as_list(texts: Iterable[str], out: TextIO) -> None:
    count = 0
    for count, text in enumerate(texts, 1):
        out.write(("[\n" if count == 1 else ",\n") + text)
    out.write("\n]\n" if count else "[]\n")


def _as_table(results: Iterable[dict[str, Any]], out: TextIO) -> None:
    columns: list[str] = []
    for result in results:
        if not result["records"]:
            continue
        if not columns:
            columns = result["columns"]
            csv.writer(out, lineterminator="\n").writerow(columns)
        if set(result["columns"]) != set(columns):
            sys.exit(f"partition {result['index']} has the columns {result['columns']}, not {columns}")
        if result["columns"] == columns:
            out.write(result["text"])
            continue
        order = [result["columns"].index(name) for name in columns]
        rows = csv.reader(io.StringIO(result["text"], newline=""))
        csv.writer(out, lineterminator="\n").writerows([row[at] for at in order] for row in rows)


def _custom(results: Iterable[dict[str, Any]], suffix: str, out: TextIO) -> None:
    os.chdir(work.DATA)
    function = work.load(work.SETTINGS["reduce"]["function"])
    made = function((json.loads(result["text"]) for result in results), **work.SETTINGS["reduce"]["options"])
    pieces = made if isinstance(made, Iterator) else iter((made,))
    if suffix in {".jsonl", ".ndjson", ".csv"}:
        rows = [row for piece in pieces for row in (piece if isinstance(piece, list) else [piece])]
        if suffix == ".csv":
            writer = csv.DictWriter(out, list(work.plain(rows[0])) if rows else [], lineterminator="\n")
            writer.writeheader()
            writer.writerows(work.plain(rows))
        else:
            out.writelines(map(work.json_line, rows))
    elif isinstance(made, (Iterator, list)):
        _as_list((work.json_line(each).rstrip("\n") for each in made), out)
    elif isinstance(made, str) and suffix != ".json":
        out.write(made)
    else:
        out.write(json.dumps(work.plain(made), ensure_ascii=False, indent=2) + "\n")


def stored(folder: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Give the results in a folder of result files, in order; ends the program where some are missing."""
    count = work.SETTINGS["partitions"]
    last = -1
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                result = json.loads(line)
                if result["index"] != last + 1:
                    sys.exit(f"the result of partition {last + 1} is missing: run its task again")
                last += 1
                yield result
    if last + 1 < count:
        sys.exit(f"the result of partition {last + 1} is missing: run its task again")


if __name__ == "__main__":
    print(merge(stored(work.HERE / "results"), *sys.argv[1:2]))
