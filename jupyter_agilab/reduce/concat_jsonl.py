"""concat-jsonl: the JSON lines of all partitions in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedWriter

from jupyter_agilab.reduce.stored import SegmentFiles, spans
from jupyter_agilab.reduce.types import RecordFormat, Reduction, Results, StoredResult


class ConcatJsonl:
    """Copies bytes and parses nothing: every stored line already ends in exactly one newline."""

    name: str = "concat-jsonl"
    record_format: RecordFormat = "jsonl"
    meaning: str = "one JSON line for every record that a partition returns"
    extension: str = ".jsonl"

    def reduce(
        self, results: Results, out: BufferedWriter, progress: Callable[[int], None] = lambda done: None
    ) -> Reduction:
        """Copy the lines to `out`; without results it stays empty."""
        done = records = 0

        def counted() -> Iterator[StoredResult]:
            nonlocal records
            for result in results:
                records += result.records
                yield result

        with SegmentFiles() as files:
            for span in spans(counted()):
                files.copy(span, out)
                done += span.count
                progress(done)
        return Reduction(records=records)
