"""Which way a file can be cut, if any."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition.find_frames import frames_of, is_damage
from jupyter_agilab.partition.formats.base import Cutter, Look
from jupyter_agilab.partition.formats.known import (
    COMPRESSED_SUFFIXES,
    NEVER_CUT,
    format_of,
    known_format,
    suffix_of,
)
from jupyter_agilab.partition.formats.load import brought_for, load_format
from jupyter_agilab.partition.framed import FramedFile
from jupyter_agilab.partition.heads import SNIFFED_BYTES, compression_of, signature_of
from jupyter_agilab.partition.source import ByteFile, InputFile, unreadable
from jupyter_agilab.partition.stores import RemoteRaw, is_url


class Cutters:
    """The cutters of some files, made and kept when they are asked for."""

    def __init__(self, table: PartitionTable, folder: Path) -> None:
        self._table = table
        self._folder = folder
        self._known: dict[str, Cutter | str] = {}
        self._formats: dict[str, str] = {}
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
        """Give a file's format: what was found in it, else what its name says.

        Raises
        ------
        PlanError
            Its format cannot be imported.
        """
        return self._formats.get(file.source) or self._named(file)

    def is_archive(self, file: InputFile) -> bool:
        """Whether a file holds files, each of which will be a partition."""
        known = known_format(self._named(file))
        return known is not None and known.is_archive and not isinstance(self.of(file), str)

    @staticmethod
    def is_costly(file: InputFile) -> bool:
        """Whether much of a file may have to be read to say if it can be cut."""
        return file.source.lower().endswith(tuple(COMPRESSED_SUFFIXES))

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

    def _named(self, file: InputFile) -> str:
        named = format_of(file.source, self._table.format)
        if named == "binary" and self._table.format is None:
            suffix = suffix_of(file.source)
            if suffix and suffix not in NEVER_CUT:
                with _told(file):
                    return brought_for(suffix) or named
        return named

    def _look(self, file: InputFile) -> Cutter | str:
        if self._table.format == "binary":
            return "its format is binary"
        if is_url(file.source) and not self._has_parts(file):
            return "its server gives only whole files"
        suffix = suffix_of(file.source)
        if self._table.format is None and suffix in NEVER_CUT:
            return f"{NEVER_CUT[suffix]} ({suffix})"
        named = self._named(file)
        known = known_format(named)
        if known is not None and not (known.is_text or known.is_archive or named == "binary"):
            packed = COMPRESSED_SUFFIXES.get(f".{file.source.lower().rpartition('.')[2]}")
            return f"it is compressed ({packed})" if packed else self._cutter(named, file, b"")
        with ByteFile(file, self._folder) as opened:
            head = opened.read(0, SNIFFED_BYTES)
        compression = compression_of(head)
        if compression and not (known is not None and known.is_archive):
            return self._compressed(named, file, compression)
        found = signature_of(head)
        if found is not None and found[0] != named:
            return self._other(named, file, head, *found)
        if named == "binary":
            return f"{suffix or 'no suffix'} does not say what its records are (`format` in [partition] does)"
        return self._cutter(named, file, head)

    def _has_parts(self, file: InputFile) -> bool:
        with RemoteRaw(file.source) as raw:
            try:
                raw.read(1)
            except OSError as error:
                raise unreadable(file.source, error) from error
            return raw.has_parts

    def _other(self, named: str, file: InputFile, head: bytes, found: str, told: str) -> Cutter | str:
        """Cut a file by what it is, where its name says something else or nothing."""
        known = known_format(found)
        if known is None:
            return f"it is {told}"
        if self._table.format is not None:
            return f"it is {told}, and `format` in [partition] says {named}"
        if known.is_archive:
            return f'it is {told} (`format = "{found}"` in [partition] makes partitions of its files)'
        try:
            cutter = self._cutter(found, file, head)
            if not isinstance(cutter, str):
                cutter.row_count()
        except PlanError:
            return f"it begins like {told}, and is none"
        self._formats[file.source] = found
        if named != "binary":
            self._tell(
                Finding(
                    code="partition.content",
                    message=f"{file.source} is {told} by its content, and is read as one",
                    level="environment",
                    severity="warning",
                    key="input",
                    path=file.source,
                    hint="rename it, or set `format` in [partition]",
                )
            )
        return cutter

    def _compressed(self, named: str, file: InputFile, compression: str) -> Cutter | str:
        known = known_format(named)
        if compression == "zip" or (known is not None and not known.is_text):
            return f"it is compressed ({compression})"
        try:
            with ByteFile(file, self._folder) as opened:
                frames = frames_of(opened, compression)
            if frames is None:
                return f"it is compressed ({compression}) as one stream, which is read from its beginning"
            with FramedFile(file, self._folder, frames) as opened:
                head = opened.read(0, SNIFFED_BYTES)
        except Exception as error:
            if is_damage(error):
                return f"it is compressed ({compression}) and damaged: {error}"
            raise
        return self._cutter(named, file, head, lambda: FramedFile(file, self._folder, frames))

    def _cutter(
        self, name: str, file: InputFile, head: bytes, opener: Callable[[], ByteFile] | None = None
    ) -> Cutter | str:
        look = Look(
            file=file,
            folder=self._folder,
            table=self._table,
            head=head,
            open=opener or (lambda: ByteFile(file, self._folder)),
            tell=self._tell,
            instead=lambda other: self._instead(other, file, head, opener),
        )
        with _told(file):
            return load_format(name).cutter(look)

    def _instead(
        self, name: str, file: InputFile, head: bytes, opener: Callable[[], ByteFile] | None = None
    ) -> Cutter | str:
        cutter = self._cutter(name, file, head, opener)
        self._formats[file.source] = name
        return cutter

    def _tell(self, finding: Finding) -> None:
        self._findings.setdefault(finding.code, finding)


@contextmanager
def _told(file: InputFile) -> Iterator[None]:
    """Make an error about a format one of the plan."""
    try:
        yield
    except PlanError:
        raise
    except AgilabError as error:
        finding = Finding(
            code="partition.format",
            message=error.message,
            level="environment",
            key="partition.format",
            path=file.source,
            hint=error.hint,
        )
        raise PlanError("the input cannot be planned", [finding]) from error
