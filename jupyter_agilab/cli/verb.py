"""What a verb of the command line is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_agilab.cli.terminal import Terminal

GOOD, FOUND, MISUSE = 0, 1, 2
"""Exit codes: all good; findings or failed partitions; a command that cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb; its module imports what it needs when it is executed, so that ``--help`` stays quick.

    Attributes
    ----------
    name, summary
        As ``--help`` lists them.
    description
        A few sentences for the verb's own ``--help``.
    add_arguments
        Adds the verb's arguments to its parser.
    execute
        Does it and gives the exit code. What it raises is told by the caller.
    """

    name: str
    summary: str
    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace, Terminal], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideVerb:
    """A verb whose module reads its own arguments and prints its own output."""

    name: str
    summary: str
    execute: Callable[[Sequence[str]], int]


def positive(text: str) -> int:
    """Read a positive integer; the type of an argument."""
    number = _integer(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text!r}")
    return number


def natural(text: str) -> int:
    """Read an integer of at least 0; the type of an argument."""
    number = _integer(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or a positive integer, got {text!r}")
    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected an integer, got {text!r}") from None
