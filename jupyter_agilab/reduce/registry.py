"""The reducers that there are, and the one that a contract names.

A new reducer is a module with a class, or with a function for a ready-made one, and a line in `REDUCERS` or
`READY_MADE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, signature
from pathlib import PurePath
from typing import Any

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import UsageError
from jupyter_agilab.reduce.collect_json import CollectJson
from jupyter_agilab.reduce.concat_csv import ConcatCsv
from jupyter_agilab.reduce.concat_jsonl import ConcatJsonl
from jupyter_agilab.reduce.concat_parquet import ConcatParquet
from jupyter_agilab.reduce.custom import CustomReducer
from jupyter_agilab.reduce.extremes import largest, smallest
from jupyter_agilab.reduce.select_best import select_best
from jupyter_agilab.reduce.totals import mean, total
from jupyter_agilab.reduce.types import CustomFunction, RecordFormat, Reducer


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """A custom reducer that is there already: a function of the results, or a reducer's class.

    Its keyword-only parameters are the options that ``[reduce]`` may give.
    """

    name: str
    make: Callable[..., Any]
    meaning: str
    extension: str = ".json"

    @property
    def options(self) -> dict[str, Parameter]:
        """Name to parameter; one without a default must be given."""
        parameters = signature(self.make, eval_str=True).parameters.values()
        return {each.name: each for each in parameters if each.kind is Parameter.KEYWORD_ONLY}


REDUCERS: tuple[Reducer, ...] = (CollectJson(), ConcatJsonl(), ConcatCsv())
"""Those that a contract names in ``reducer``, besides ``custom``."""

READY_MADE: tuple[ReadyMade, ...] = (
    ReadyMade("concat-parquet", ConcatParquet, ConcatParquet.meaning, ".parquet"),
    ReadyMade("sum", total, "the sum of all numbers, or of each key"),
    ReadyMade("mean", mean, "the mean of all numbers, or of each key, weighted if you name a weight"),
    ReadyMade("min", smallest, "the smallest number, or that of each key"),
    ReadyMade("max", largest, "the largest number, or that of each key"),
    ReadyMade("select-best", select_best, "the one result whose key is largest (or smallest)"),
)
"""Those that ``[reduce] function`` may name when ``reducer = "custom"``."""


def meanings() -> dict[str, str]:
    """Give one line for each reducer that an author may choose, the simplest first."""
    custom = {"custom": "your own function merges the results"}
    return (
        {each.name: each.meaning for each in REDUCERS}
        | custom
        | {each.name: each.meaning for each in READY_MADE}
    )


def ready_made(name: str | None) -> ReadyMade | None:
    """Give the ready-made reducer of that name."""
    return next((each for each in READY_MADE if each.name == name), None)


def reducer_for(contract: Contract, custom_function: CustomFunction | None = None) -> Reducer:
    """Give the reducer that a contract names.

    Parameters
    ----------
    contract
        A contract without errors in ``reducer`` and ``[reduce]``: see `jupyter_agilab.reduce.check`.
    custom_function
        What ``[reduce] function`` refers to, loaded; not needed for the ready-made ones.

    Raises
    ------
    UsageError
        A custom reducer without a function, or a ready-made one with options that it does not take.
    """
    for reducer in REDUCERS:
        if reducer.name == contract.reducer:
            return reducer
    options = dict(contract.reduce.options)
    if custom_function is not None:
        return CustomReducer(custom_function, options, suffix=_suffix(contract))
    found = ready_made(contract.reduce.function)
    if found is None:
        raise UsageError(
            f"[reduce] function is {contract.reduce.function!r}, which is no ready-made reducer",
            hint=f"Ready-made are {', '.join(each.name for each in READY_MADE)}; "
            "your own is written as stages/merge.py:merge.",
        )
    required = {name for name, parameter in found.options.items() if parameter.default is Parameter.empty}
    if not required <= options.keys() <= found.options.keys():
        raise UsageError(
            f"{found.name} takes the options {', '.join(found.options)}; "
            f"[reduce] gives {', '.join(options) or 'none'}"
        )
    if isinstance(found.make, type):
        made: Reducer = found.make(**options)
        return made
    return CustomReducer(
        found.make,
        options,
        suffix=_suffix(contract),
        name=found.name,
        meaning=found.meaning,
        extension=found.extension,
    )


def record_format_for(contract: Contract) -> RecordFormat:
    """Give how results are stored for a contract's reducer; no function of the user's is needed to know."""
    for reducer in REDUCERS:
        if reducer.name == contract.reducer:
            return reducer.record_format
    return "value"


def extension_for(contract: Contract) -> str:
    """Give the suffix of the artifact, with the dot, where the contract's ``output`` does not name one."""
    for reducer in REDUCERS:
        if reducer.name == contract.reducer:
            return reducer.extension
    found = ready_made(contract.reduce.function)
    return found.extension if found else ".json"


def _suffix(contract: Contract) -> str:
    return PurePath(artifact_path(contract)).suffix.lower() or extension_for(contract)
