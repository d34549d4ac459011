"""Room on the disk for how a run ended, kept from the beginning: a disk that is full takes nothing more."""

from __future__ import annotations

from contextlib import suppress

from jupyter_agilab.run.layout import RunDirectory

NAME = "room-for-the-end"
_BYTES = 1 << 16


def keep_room(run: RunDirectory) -> None:
    """Take the room.

    Raises
    ------
    OSError
        There is none.
    """
    # the manifest is written anew beside the old one; a journal's last line is small beside it
    size = _BYTES + 2 * run.manifest.stat().st_size
    with (run.path / NAME).open("wb") as file:
        # zeros would be left out by file systems that know holes or compress
        file.write(bytes(range(1, 256)) * (size // 255 + 1))


def give_room(run: RunDirectory) -> None:
    """Give it back; nothing where it was not taken."""
    with suppress(OSError):
        (run.path / NAME).unlink()
