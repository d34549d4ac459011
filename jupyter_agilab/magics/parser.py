"""Arguments of a magic: read, explained and completed from one declaration."""

from __future__ import annotations

import argparse
import shlex
from typing import Any, Literal, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from jupyter_agilab.diagnostics import did_you_mean

Names = Literal["stages", "runs", "workflows"]
"""What a positional argument names, for completion."""


class MagicParser(MagicArgumentParser):  # type: ignore[misc]  # IPython's class has no types
    """The parser of one magic; misuse becomes IPython's `UsageError` in one sentence.

    Parameters
    ----------
    name
        The magic with its percent signs.
    summary
        What it does, for ``?``.
    names
        What its positional argument names.
    """

    def __init__(self, name: str, summary: str, *, names: Names | None = None) -> None:
        super().__init__(prog=name, description=summary)
        # an abbreviation would change its meaning with the next flag that starts like it
        self.allow_abbrev = False
        self.names = names
        self.declared: list[argparse.Action] = []

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Declare an argument as argparse does, and remember it."""
        action: argparse.Action = super().add_argument(*args, **kwargs)
        self.declared.append(action)
        return action

    @property
    def flags(self) -> dict[str, argparse.Action]:
        """Each flag with its declaration, in the order of declaration."""
        return {flag: action for action in self.declared for flag in action.option_strings}

    def read(self, line: str) -> argparse.Namespace:
        """Read the rest of the magic's line.

        Raises
        ------
        UsageError
            It is not what the magic takes.
        """
        try:
            words = split_line(line)
        except ValueError:
            self.error("a quotation mark is not closed")
        found: argparse.Namespace = self.parse_args(words)
        return found

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with the nearest flag where one was misspelt."""
        prefix = "unrecognized arguments: "
        if message.startswith(prefix):
            unknown = message.removeprefix(prefix).split()
            near = next(filter(None, (did_you_mean(word, self.flags) for word in unknown)), "")
            what = " ".join(unknown)
            message = f"{what} is not known here" + (f": {near}" if near else f" (see {self.prog}?)")
        raise UsageError(f"{self.prog}: {message}")

    def explained(self) -> str:
        """Give the help that ``?`` shows."""
        lines = [str(self.description).strip(), "", "Arguments", "---------"]
        for action in self.declared:
            lines += [_named(action), f"    {str(action.help).strip()}"]
        return "\n".join(lines)


def _named(action: argparse.Action) -> str:
    if not action.option_strings:
        return _values(action, action.dest.upper())
    value = "" if action.nargs == 0 else " " + _values(action, action.dest.upper())
    return ", ".join(f"{flag}{value}" for flag in action.option_strings)


def _values(action: argparse.Action, default: str) -> str:
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return str(action.metavar or default)


def split_line(line: str) -> list[str]:
    r"""Split a magic's line at blanks, as a shell does with quotes; a backslash stays, as in ``data\x``.

    Raises
    ------
    ValueError
        A quotation mark is not closed.
    """
    words = shlex.shlex(line, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    words.escape = ""
    return list(words)


def positive(text: str) -> int:
    """Read a positive whole number."""
    try:
        value = int(text.replace("_", ""))
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return value


def whole(text: str) -> int:
    """Read a whole number that is not negative."""
    return 0 if text == "0" else positive(text)


def workers(text: str) -> int | Literal["auto"]:
    """Read a number of workers, or ``auto``."""
    if text == "auto":
        return "auto"
    try:
        return positive(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0 or auto, got {text!r}") from None


def name_list(text: str) -> tuple[str, ...]:
    """Read names with commas between them."""
    return tuple(filter(None, (name.strip() for name in text.split(","))))
