"""Which way a file can be cut, if any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.csv_records import CsvRecords
from jupyter_agilab.partition.dialect import Dialect, dialect_of, why_not_bytewise
from jupyter_agilab.partition.formats import BOM, COMPRESSED_SUFFIXES, SNIFFED_BYTES, format_of, why_not_text
from jupyter_agilab.partition.line_records import LineRecords
from jupyter_agilab.partition.parquet_rows import ParquetCutter
from jupyter_agilab.partition.record_cuts import RecordCutter
from jupyter_agilab.partition.slices import Pieces
from jupyter_agilab.partition.source import ByteFile, InputFile

_QUOTED = re.compile(rb'"[^"]*"')
_OTHER_DELIMITERS = b";\t|,"
# a quote after a backslash that neither ends the field nor is doubled
_ESCAPED_QUOTE = re.compile(rb'\\"[^",;|\t\r\n]')


class Cutter(Protocol):
    """Cuts one file."""

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal size; fewer where there are fewer records."""
        ...

    def row_count(self) -> int:
        """Give the number of rows or records."""
        ...

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut at row numbers, which begin with 0 and end with the number of rows."""
        ...


class Cutters:
    """The cutters of some files, made and kept when they are asked for."""

    def __init__(self, table: PartitionTable, folder: Path) -> None:
        self._table = table
        self._folder = folder
        self._known: dict[str, Cutter | str] = {}
        self._findings: dict[str, Finding] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was seen in the files that were looked at so far."""
        return tuple(self._findings.values())

    def refused(self, files: Sequence[InputFile]) -> dict[int, str]:
        """Give why files cannot be cut, by place, as far as they were looked at."""
        looked = ((place, self._known.get(file.source)) for place, file in enumerate(files))
        return {place: cutter for place, cutter in looked if isinstance(cutter, str)}

    def format_of(self, file: InputFile) -> str:
        """Give a file's format."""
        return format_of(file.source, self._table.format)

    def of(self, file: InputFile) -> Cutter | str:
        """Give the cutter of a file, or why it cannot be cut (completing "it cannot be cut: ...").

        Raises
        ------
        PlanError
            The file cannot be read.
        """
        if file.source not in self._known:
            self._known[file.source] = self._look(file)
        return self._known[file.source]

    def _look(self, file: InputFile) -> Cutter | str:
        suffix = PurePosixPath(file.source.lower()).suffix
        if suffix in COMPRESSED_SUFFIXES:
            return f"it is compressed ({suffix})"
        file_format = self.format_of(file)
        if self._table.format == "binary":
            return "its format is binary"
        if file_format == "binary":
            return f"{suffix or 'no suffix'} does not say what its records are (`format` in [partition] does)"
        if file_format == "parquet":
            return ParquetCutter(file, self._folder)
        with ByteFile(file, self._folder) as opened:
            head = opened.read(0, SNIFFED_BYTES)
        problem = why_not_text(head)
        if problem:
            return problem
        if file_format in {"jsonl", "text"}:
            problem = why_not_bytewise(self._table.encoding)
            return problem or RecordCutter(
                file, self._folder, LineRecords(blank_counts=file_format == "text")
            )
        dialect = dialect_of(self._table, file_format)
        if isinstance(dialect, str):
            return dialect
        problem = self._doubt(file, head, dialect)
        return problem or RecordCutter(file, self._folder, CsvRecords(dialect))

    def _doubt(self, file: InputFile, head: bytes, dialect: Dialect) -> str:
        """Say why a CSV file is probably not written with this dialect; cutting it would tear its records."""
        first = _QUOTED.sub(b"", head.removeprefix(BOM).lstrip(b"\r\n").partition(b"\n")[0])
        expected = bytes([dialect.delimiter])
        if self._table.delimiter is None and expected not in first:
            other = next((bytes([byte]) for byte in _OTHER_DELIMITERS if bytes([byte]) in first), b"")
            if other:
                return (
                    f"its first line has {other.decode()!r} where {expected.decode()!r} was expected "
                    f"(set `delimiter` in [partition])"
                )
        if dialect.quote == ord('"') and _ESCAPED_QUOTE.search(head) and "escaped" not in self._findings:
            self._findings["escaped"] = Finding(
                code="partition.backslash-quote",
                message=f'{file.source} seems to write quotes as \\" where CSV doubles them',
                level="environment",
                severity="warning",
                key="input",
                path=file.source,
                hint="such records may be torn: use one-file-per-partition, or convert the file first",
            )
        return ""
