"""A magic declared: its arguments are its help, and it fails plainly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from IPython.core.magic import cell_magic, line_magic

from jupyter_agilab.magics.parser import MagicParser
from jupyter_agilab.magics.plainly import told_plainly

Magic = TypeVar("Magic", bound=Callable[..., None])


def line(parser: MagicParser) -> Callable[[Magic], Magic]:
    """Make a method the line magic of its own name."""
    return _declared(parser, line_magic)


def cell(parser: MagicParser) -> Callable[[Magic], Magic]:
    """Make a method the cell magic of its own name."""
    return _declared(parser, cell_magic)


def _declared(parser: MagicParser, kind: Callable[[Any], Any]) -> Callable[[Magic], Magic]:
    def decorate(function: Magic) -> Magic:
        function.__doc__ = parser.explained()
        made: Magic = kind(told_plainly(function))
        return made

    return decorate
