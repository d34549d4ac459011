"""A TOML file of ours, a contract or a workflow: as it was read, and written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.contract.layout import scan
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import FindingsError, OutputError


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """A file as it was read.

    Attributes
    ----------
    path
        The file; a usual name where a text without a file was checked.
    text
        Its text with line ends as they are; empty where it could not be read.
    data
        Its values as ``tomllib`` gives them; empty where it could not be parsed.
    findings
        All of them, in the order of the lines.
    """

    path: Path
    text: str
    data: Mapping[str, Any] = field(repr=False)
    findings: tuple[Finding, ...]

    @property
    def folder(self) -> Path:
        """The absolute folder that the file's paths are relative to."""
        return self.path.absolute().parent

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not errors_in(self.findings)

    def located(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Give findings about this file with its path, and with line and column of the keys that they name.

        A finding that has a place already, or names no key, stays as it is.
        """
        layout = scan(self.text)
        placed = []
        for finding in findings:
            has_place = finding.path or finding.cell or finding.line is not None
            if finding.key is not None and not has_place:
                line, column = layout.place_of(tuple(finding.key.split(".")))
                finding = replace(finding, path=str(self.path), line=line, column=column)  # noqa: PLW2901
            placed.append(finding)
        return tuple(placed)

    def require_readable(self, error: type[FindingsError], *codes: str) -> None:
        """Raise `error` where nothing can be written into the file as it is.

        ``codes`` are those of findings that say so, besides what cannot be read or parsed.
        """
        broken = [
            found
            for found in self.findings
            if found.code in codes or found.code.endswith((".unreadable", ".malformed"))
        ]
        if broken:
            raise error(
                f"{self.path} is there and cannot be read, so it is left as it is",
                broken,
                hint="repair it, or move it away",
            )


def place_to_write(path: Path, what: str) -> Path:
    """Give the file that is written for `path`, links followed; `what` says for errors what it is.

    Raises
    ------
    OutputError
        The folder is missing, or `path` is a folder or no name that a system has.
    """
    try:
        path = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself, or a name that no system has
        raise OutputError(
            f"{what} cannot be written to {path}: {error}", hint="choose another path"
        ) from error
    if path.is_dir():
        raise OutputError(f"{what} cannot be written to {path}: it is a folder", hint="add a file name")
    if not path.parent.is_dir():
        raise OutputError(
            f"{what} cannot be written to {path}: there is no folder {path.parent}",
            hint="make the folder first",
        )
    return path


def write_file(path: Path, text: str, what: str) -> None:
    """Write a text whole or not at all; the permission bits of a file that is there stay.

    Raises
    ------
    OutputError
        The folder is full or read-only.
    """
    try:
        write_bytes(path, text.encode())
    except OSError as error:
        raise OutputError(
            f"{what} cannot be written to {path}: {(error.strerror or str(error)).lower()}",
            hint="free space, or write it to a folder where you may write",
        ) from error
