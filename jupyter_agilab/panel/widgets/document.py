"""A contract's file with two authors: the panel's controls, and whoever edits it on disk."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_agilab.atomic import write_text
from jupyter_agilab.contract.dump import contract_text
from jupyter_agilab.contract.load import ContractFile, read_contract
from jupyter_agilab.contract.model import Contract

Change = Callable[[Contract], Contract]
Seen = Literal["same", "changed", "conflict"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The file as the panel would have it, and as it is on disk."""

    mine: str
    theirs: str

    def diff(self) -> str:
        """Give the difference, from the file's to the panel's."""
        return "\n".join(
            difflib.unified_diff(
                self.theirs.splitlines(), self.mine.splitlines(), "on disk", "in the panel", lineterm=""
            )
        )


class ContractDocument:
    """Writes changes of single values to a contract's file, and notices when somebody else changed it.

    Comments and everything else in the file stay. Where the file was changed since it was last read, nothing
    is written: there is a `conflict`, which `keep_mine` or `take_theirs` ends. All methods may be called by
    any thread.

    Attributes
    ----------
    path
        The file, absolute.
    file
        The file as it was last read or written.
    first
        The text with which the panel began, for the diff.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock = threading.RLock()
        self._stamp = self._look()
        self.file: ContractFile = read_contract(self.path)
        self.first = self.file.text
        self._waiting: list[Change] = []
        self.conflict: Conflict | None = None

    @property
    def contract(self) -> Contract | None:
        """The contract with the changes that are not written yet; None where the file cannot be used."""
        with self._lock:
            contract = self.file.contract if self.file.ok else None
            if contract is not None:
                for change in self._waiting:
                    contract = change(contract)
            return contract

    @property
    def text(self) -> str:
        """The file's text as it was last seen."""
        return self.file.text

    @property
    def has_unwritten(self) -> bool:
        """Whether there are changes that are not in the file yet."""
        return bool(self._waiting)

    def change(self, change: Change) -> None:
        """Take a change up, which `write` writes."""
        with self._lock:
            self._waiting.append(change)

    def forget(self) -> None:
        """Drop the changes that are not written."""
        with self._lock:
            self._waiting.clear()
            self.conflict = None

    def write(self) -> bool:
        """Write the changes that wait; gives whether they are in the file now.

        Raises
        ------
        ContractError
            The file would have errors that it does not have now; the changes are dropped.
        OSError
            The file cannot be written; the changes are kept.
        """
        with self._lock:
            if not self._waiting:
                return self.conflict is None
            if self._has_moved():
                self._clash()
                return False
            mine = self.contract
            if mine is None:
                return False
            try:
                text = contract_text(mine, self.file.text, path=self.path)
            except Exception:
                self._waiting.clear()
                raise
            self._put(text)
            return True

    def poll(self) -> Seen:
        """Look whether somebody else changed the file; ``changed``: it was read anew."""
        with self._lock:
            if self.conflict is not None:
                if self._look() != self._stamp and read_contract(self.path).text != self.conflict.theirs:
                    self._clash()
                return "conflict"
            if self._look() == self._stamp:
                return "same"
            if self._has_moved():
                if self._waiting:
                    self._clash()
                    return "conflict"
                self._read()
                return "changed"
            return "same"

    def keep_mine(self) -> None:
        """Write the panel's values into the file as it is now; its comments and unknown keys stay."""
        with self._lock:
            mine, self.conflict = self.contract, None
            theirs = read_contract(self.path)
            if mine is not None:
                self._put(contract_text(mine, theirs.text if theirs.ok else None, path=self.path))

    def take_theirs(self) -> None:
        """Drop the panel's changes and read the file."""
        with self._lock:
            self.forget()
            self._read()

    def diff(self) -> str:
        """Give what changed in the file since the panel was opened, by whomever."""
        lines = difflib.unified_diff(
            self.first.splitlines(), self.text.splitlines(), "when opened", "now", lineterm=""
        )
        return "\n".join(lines)

    def _put(self, text: str) -> None:
        if text != read_contract(self.path).text:
            write_text(self.path, text)
        self._waiting.clear()
        self._read()

    def _clash(self) -> None:
        self._stamp = self._look()
        theirs, mine = read_contract(self.path), self.contract
        told = contract_text(mine, self.file.text, path=self.path) if mine is not None else self.file.text
        self.conflict = Conflict(told, theirs.text)

    def _read(self) -> None:
        # looked at before it is read: who writes meanwhile is then noticed at the next look
        self._stamp = self._look()
        self.file = read_contract(self.path)

    def _has_moved(self) -> bool:
        stamp = self._look()
        if stamp == self._stamp:
            return False
        if read_contract(self.path).text != self.file.text:
            return True
        self._stamp = stamp
        return False

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
