"""concat-csv: the CSV rows of all partitions under one header."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from io import BufferedWriter
from itertools import groupby

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce.csv_rows import reordered, row_bytes
from jupyter_agilab.reduce.stored import SegmentFiles, Span, place_of, spans
from jupyter_agilab.reduce.tables import difference
from jupyter_agilab.reduce.types import RecordFormat, Reduction, Results, StoredResult


class ConcatCsv:
    """Copies rows as they are; rewrites those of partitions that have the columns in another order.

    Partitions without rows are passed over. Where none has rows, the header of the first table is all there
    is.
    """

    name: str = "concat-csv"
    record_format: RecordFormat = "csv"
    meaning: str = "one CSV table with one header from tables that have the same columns"
    extension: str = ".csv"

    def reduce(
        self, results: Results, out: BufferedWriter, progress: Callable[[int], None] = lambda done: None
    ) -> Reduction:
        """Write header and rows to `out`; without results it stays empty.

        Raises
        ------
        ReduceError
            A partition has other columns than the first one with rows; nothing has been written then.
        """
        columns, records = _common_columns(results)
        if columns:
            out.write(row_bytes([columns]))
        done = 0
        with SegmentFiles() as files:
            # groupby and spans read ahead by one result only, so that nothing piles up
            for order, group in groupby(results, lambda each: each.columns if each.records else columns):
                for span in spans(group):
                    if order == columns:
                        files.copy(span, out)
                    else:
                        _rewrite(files, span, order, columns, out)
                    done += span.count
                    progress(done)
        return Reduction(records=records, columns=columns)


def _common_columns(results: Results) -> tuple[tuple[str, ...], int]:
    first: StoredResult | None = None
    empty_table: StoredResult | None = None
    wanted: frozenset[str] = frozenset()
    misfits: list[StoredResult] = []
    others = records = 0
    for result in results:
        if result.records == 0:
            empty_table = empty_table or (result if result.columns else None)
            continue
        records += result.records
        if first is None:
            first, wanted = result, frozenset(result.columns)
        elif result.columns != first.columns and frozenset(result.columns) != wanted:
            others += 1
            if len(misfits) < 3:
                misfits.append(result)
    if misfits and first is not None:
        raise _mismatch(first, misfits, others)
    table = first or empty_table
    return (table.columns if table else ()), records


def _mismatch(first: StoredResult, misfits: Sequence[StoredResult], count: int) -> ReduceError:
    told = [f"{place_of(other)} {difference(first.columns, other.columns)}" for other in misfits]
    more = f"; and {count - len(misfits)} more partitions differ" if count > len(misfits) else ""
    return ReduceError(
        f"concat-csv needs the same columns everywhere. Compared with {place_of(first)}, "
        f"{'; '.join(told)}{more}",
        hint="Return the same columns from every partition (in any order), or use concat-jsonl.",
    )


def _rewrite(
    files: SegmentFiles, span: Span, given: tuple[str, ...], wanted: tuple[str, ...], out: BufferedWriter
) -> None:
    with io.TextIOWrapper(files.open(span), encoding="utf-8", newline="") as text:
        for rows in reordered(text, given, wanted):
            out.write(rows)
