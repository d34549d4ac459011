"""Everything else: a file is one partition."""

from __future__ import annotations

from typing import ClassVar, Final

from jupyter_agilab.partition.formats.base import Format


class Binary(Format):
    """``binary``: nothing is known of what is inside."""

    name: ClassVar[str] = "binary"


FORMATS: Final[dict[str, Format]] = {"binary": Binary()}
