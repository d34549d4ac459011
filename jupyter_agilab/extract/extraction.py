"""What extraction gives back: the module's text and what became of each name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import ExtractionError

Becomes = Literal[
    "partition",
    "sweep",
    "element",
    "seed",
    "rng",
    "import",
    "function",
    "class",
    "parameter",
    "constant",
    "shared",
    "refused",
]
"""What a name from outside the cell becomes.

``parameter``: a value in the contract's ``[parameters]``. ``constant``: a line of the module, where TOML
cannot hold the value or a copied function reads it. The others are what they say.
"""

SharedFormat = Literal["parquet", "npy", "json", "pickle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One name from outside the cell.

    ``line`` and ``column`` (1-based, in the cell as typed) are where the cell first reads it; they are None
    for what only a copied function or class needs, which ``via`` then names.
    """

    name: str
    becomes: Becomes
    explanation: str
    line: int | None = None
    column: int | None = None
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedValue:
    """A captured value that is to be written as a file, see `write_shared`."""

    name: str
    format: SharedFormat
    described: str
    value: Any = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One parameter of the stage's function, as its signature has it; ``default`` is Python text."""

    name: str
    annotation: str = ""
    keyword_only: bool = False
    default: str | None = None
    meaning: str = ""

    def __str__(self) -> str:
        text = f"{self.name}: {self.annotation}" if self.annotation else self.name
        if self.default is None:
            return text
        return f"{text} = {self.default}" if self.annotation else f"{text}={self.default}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """A cell as a module, or the reasons why it cannot be one.

    Attributes
    ----------
    name, function_name
        The stage and the module's function, which is a valid identifier.
    module_text
        None where a finding is an error.
    parameters
        Constants for the contract's ``[parameters]`` (a reducer's: ``[reduce]``), in the order in which the
        cell reads them; only what TOML can hold.
    shared
        Values to be written as files.
    captures
        One for each name from outside, in the order of reading; builtins are left out.
    signature
        The function's parameters in order.
    returns
        What the function returns, in words.
    findings
        In the order of the cell's lines; lines and columns are those of the cell as typed.
    line_map
        Runs of lines: first module line, first cell line, count. The module's last line says the same.
    source_digest
        ``blake2b:`` and 32 hexadecimal digits of the cell's source.
    elements
        Stage that feeds this one to the parameter that gets its elements.
    """

    name: str
    function_name: str
    module_text: str | None
    source_digest: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    shared: Mapping[str, SharedValue] = field(default_factory=dict)
    captures: tuple[Capture, ...] = ()
    signature: tuple[Argument, ...] = ()
    returns: str = ""
    findings: tuple[Finding, ...] = ()
    line_map: tuple[tuple[int, int, int], ...] = ()
    elements: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is a module."""
        return self.module_text is not None

    @property
    def function(self) -> str:
        """The contract's ``function``: ``stages/NAME.py:FUNCTION``."""
        return f"{self.module_path}:{self.function_name}"

    @property
    def module_path(self) -> str:
        """Where the module belongs, relative to the contract's folder."""
        from jupyter_agilab.extract.names import identifier

        return f"stages/{identifier(self.name)}.py"

    def text(self) -> str:
        """Give the module's text.

        Raises
        ------
        jupyter_agilab.errors.ExtractionError
            The cell cannot become a module; all reasons are told.
        """
        if self.module_text is None:
            raise ExtractionError(
                f"the cell cannot become the stage {self.name!r}: {len(errors_in(self.findings))} problem(s)",
                self.findings,
            )
        return self.module_text
