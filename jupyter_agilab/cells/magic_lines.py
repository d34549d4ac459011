"""What each magic, shell line and help request becomes in plain Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Action = Literal["translated", "dropped", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """One piece of IPython syntax and what was done with it.

    Attributes
    ----------
    line, column
        1-based, in the cell as it was typed.
    text
        As typed, without the line's end.
    action
        ``translated`` to Python, ``dropped`` (it changes nothing that a partition needs) or ``refused``.
    python
        The statement that takes its place; empty where it was dropped, a placeholder where it was refused.
    message, hint
        For the author.
    important
        Whether leaving it out may matter: a package that the workers need too, say.
    """

    line: int
    column: int
    text: str
    action: Action
    python: str
    message: str
    hint: str = ""
    important: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one magic, before its place is known."""

    action: Action
    python: str
    message: str
    hint: str = ""
    important: bool = False


_TIMING_OPTIONS = {
    "time": "",
    "timeit": "n:r:tcp:qov:",
    "prun": "D:l:rs:T:q",
    "memit": "r:t:i:co",
    "lprun": "rsf:m:D:T:zu:",
    "mprun": "rf:T:c",
}
"""Magics that run the rest of the line and tell about it, with their options in getopt's notation."""

_SHOWING_WORDS = """
    alias_magic autocall automagic autoreload aimport colors config dhist dirs doctest_mode gui hist
    history load_ext logoff logon logstart logstate logstop ls ll lsmagic matplotlib notebook page pdb
    pdef pdoc pfile pinfo pinfo2 pprint precision psearch psource pwd quickref reload_ext reset_selective
    subshell tb unload_ext who who_ls whos xmode
"""
_SHOWING = frozenset(_SHOWING_WORDS.split())
"""Magics that set up or show something in the notebook; a partition needs none of it."""

_INSTALLING = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})

_REMEDIES = {
    "run": "import the function you need from that file instead",
    "load": "run the cell once, so that the loaded code takes the magic's place",
    "cd": "write the paths relative to the notebook's folder",
    "pushd": "write the paths relative to the notebook's folder",
    "popd": "write the paths relative to the notebook's folder",
    "pylab": "write `import numpy as np` and `import matplotlib.pyplot as plt`",
    "store": "assign the value in a cell, or share it with --share NAME",
    "sql": "run the query with a library, inside the cell",
}

_WHOLE_CELL_TIMING = frozenset(
    {"time", "timeit", "prun", "memit", "capture", "mprun", "lprun", "filprofile", "scalene"}
)
OUR_CELL_MAGICS = frozenset({"parallel_stage", "parallel_reduce"})


def line_magic(content: str, *, assigned: bool) -> Outcome:
    """Decide what ``%name arguments`` becomes; `content` is without the percent sign.

    With `assigned`, the magic stands to the right of ``NAME =`` and the outcome's Python is an expression.
    """
    name, _, arguments = content.strip().partition(" ")
    if name.startswith("%"):
        return _refused(
            f"%{name} is a cell magic and works only on the cell's first line", "move it there", assigned
        )
    if name in _TIMING_OPTIONS:
        return _timed(name, arguments, assigned)
    if name in {"env", "set_env"} and not assigned:
        return _environment(name, arguments)
    if assigned:
        return _refused(
            f"what %{name} gives is known to IPython only", _REMEDIES.get(name, "use a Python function"), True
        )
    if name in _INSTALLING:
        return _installing(f"%{name}")
    if name in _SHOWING:
        return Outcome("dropped", "", f"%{name} is left out: a partition does not need it")
    hint = _REMEDIES.get(name, "write what it does in Python, or move it to a cell of its own")
    return _refused(f"%{name} has no plain Python equivalent", hint, False)


def cell_magic(name: str) -> Outcome | None:
    """Decide what ``%%name`` on the first line becomes; None for our own, which are not part of the stage."""
    if name in OUR_CELL_MAGICS:
        return None
    if name in _WHOLE_CELL_TIMING:
        return Outcome("dropped", "", f"%%{name} is left out: the stage's function does not need it")
    return _refused(
        f"%%{name} makes the cell something else than Python", "take it away, or write a Python cell", False
    )


def shell_line(command: str, *, assigned: bool) -> Outcome:
    """Decide what ``!command`` becomes."""
    words = command.split()
    if (
        words
        and not assigned
        and "install" in words[1:4]
        and words[0] in _INSTALLING | {"pip3", "python", "python3"}
    ):
        return _installing(f"!{words[0]}")
    lists_files = bool(words) and words[0] in {"ls", "find", "dir"}
    if assigned and lists_files:
        hint = "list files with `sorted(Path('data').glob('*.csv'))`"
    else:
        hint = "call it with `subprocess.run([...], check=True)`, or do it in Python"
    shown = command.strip() if len(command.strip()) <= 40 else command.strip()[:37] + "..."
    return _refused(f"the shell command `{shown}` cannot run in a partition function", hint, assigned)


def help_request() -> Outcome:
    """Decide what ``name?`` becomes."""
    return _refused("a help request (`?`) is for people at the keyboard", "take the line away", False)


def auto_call(escape: str) -> Outcome:
    """Decide what ``/f x``, ``,f x`` and ``;f x`` become."""
    return _refused(
        f"IPython's quick call (a line that starts with `{escape}`) is not Python", "write it as f(x)", False
    )


def _timed(name: str, arguments: str, assigned: bool) -> Outcome:
    statement = _without_options(arguments, _TIMING_OPTIONS[name])
    if not statement:
        return Outcome("dropped", "", f"%{name} alone is left out")
    if assigned and name != "time":
        return _refused(
            f"%{name} gives its measurements, which a partition does not have", "take it away", True
        )
    return Outcome("translated", statement, f"%{name} is taken away, its statement runs once as it is")


def _without_options(arguments: str, specification: str) -> str:
    rest = arguments.strip()
    takes_value = {specification[i] for i in range(len(specification) - 1) if specification[i + 1] == ":"}
    letters = set(specification) - {":"}
    while True:
        long = re.match(r"--[a-z-]+\s*", rest)
        if long:
            rest = rest[long.end() :]
            continue
        found = re.match(r"-([A-Za-z])(\S*)\s*", rest)
        if not found or found[1] not in letters:
            return rest
        rest = rest[found.end() :]
        if found[1] in takes_value and not found[2]:
            rest = re.sub(r"^\S+\s*", "", rest)


def _environment(name: str, arguments: str) -> Outcome:
    key, separator, value = arguments.strip().partition("=" if "=" in arguments else " ")
    key, value = key.strip(), value.strip()
    if not separator or not key:
        return Outcome("dropped", "", f"%{name} only shows variables, it is left out")
    if "$" in value or "{" in value:
        return _refused(
            f"%{name} with a value from another variable", "set `os.environ[...]` in Python", False
        )
    return Outcome(
        "translated",
        f"import os; os.environ[{_quoted(key)}] = {_quoted(value)}",
        f"%{name} becomes an entry of `os.environ`",
    )


def _quoted(text: str) -> str:
    return repr(text) if '"' in text or "\\" in text else f'"{text}"'


def _installing(command: str) -> Outcome:
    return Outcome(
        "dropped",
        "",
        f"{command} is left out: a partition function installs nothing",
        "the environment that runs the stage must have the package",
        important=True,
    )


def _refused(message: str, hint: str, assigned: bool) -> Outcome:
    return Outcome("refused", "None" if assigned else "pass", message, hint)
