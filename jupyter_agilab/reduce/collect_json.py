"""collect-json: one JSON array, one element per partition."""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedWriter

from jupyter_agilab.reduce.stored import SegmentFiles, spans
from jupyter_agilab.reduce.types import RecordFormat, Reduction, Results


class CollectJson:
    r"""Writes ``[``, one element per line, ``]``: valid JSON that a diff can show.

    Every stored result is one line, and JSON text has no other newline. So turning ``\n`` into ``,\n`` puts
    the commas in, however small or large the results are; the last newline of a block waits until it is
    known what follows.
    """

    name: str = "collect-json"
    record_format: RecordFormat = "json"
    meaning: str = "one JSON list that holds the result of every partition"
    extension: str = ".json"

    def reduce(
        self, results: Results, out: BufferedWriter, progress: Callable[[int], None] = lambda done: None
    ) -> Reduction:
        """Write the array to `out`; without results it is ``[]``."""
        done = 0
        before_next = b"[\n"
        with SegmentFiles() as files:
            for span in spans(results):
                for block in files.blocks(span):
                    out.write(before_next)
                    ends_element = block.endswith(b"\n")
                    out.write((block[:-1] if ends_element else block).replace(b"\n", b",\n"))
                    before_next = b",\n" if ends_element else b""
                done += span.count
                progress(done)
        out.write(b"\n]\n" if done else b"[]\n")
        return Reduction(records=done)
