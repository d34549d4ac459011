"""What each parameter of a partition function receives; its signature alone decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_agilab.diagnostics import Finding, Severity, did_you_mean, errors_in
from jupyter_agilab.partition.annotations import Asked, asked_by
from jupyter_agilab.partition.signatures import Parameter

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Split

Source = Literal[
    "path-str",
    "path-Path",
    "file-binary",
    "file-text",
    "df-pandas",
    "df-polars",
    "table-arrow",
    "array",
    "dataset",
    "rows",
    "lines",
    "partition",
    "sweep",
    "params",
    "element",
    "state",
    "seed",
    "rng",
    "constant",
    "shared",
]
"""Where a value comes from.

The slice itself in one of its forms (``path-str`` to ``lines``), its description (``partition``), one value
of the sweep's set by the parameter's name (``sweep``) or all of them as a dict (``params``), the derived
``seed`` and ``rng``, a constant of ``[parameters]``, data of ``[shared]``. In a workflow also the result of
another stage's partition (``element``), and what the ``setup`` of the stage's group gave (``state``).
"""

_PATH_NAMES = frozenset(
    {"path", "filename", "file_name", "filepath", "file_path", "fname", "file", "infile", "source"}
)
_FROM_ANNOTATION: Mapping[Asked, Source] = {
    "path": "path-Path",
    "file-binary": "file-binary",
    "file-text": "file-text",
    "df-pandas": "df-pandas",
    "df-polars": "df-polars",
    "table-arrow": "table-arrow",
    "array": "array",
    "dataset": "dataset",
    "rows": "rows",
    "lines": "lines",
}
_FROM_NAME: Mapping[str, Source] = {
    **dict.fromkeys(_PATH_NAMES, "path-str"),
    "df": "df-pandas",
    "table": "table-arrow",
    "rows": "rows",
    "lines": "lines",
}
_SLICE_FORMS = frozenset(_FROM_NAME.values()) | frozenset(_FROM_ANNOTATION.values())
_PLACES: Mapping[str, str] = {
    "sweep": "the sweep",
    "constant": "[parameters]",
    "element": "the workflow",
}
_CAN_BE_ANYTHING = frozenset({"anything", "unknown"})


@dataclass(frozen=True, slots=True)
class Bound:
    """A parameter that receives a value, and from where; ``element`` is what an element is known as."""

    name: str
    source: Source
    is_positional_only: bool = False
    element: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a function is called with.

    Attributes
    ----------
    bound
        In the order of the signature; then what goes through ``**kwargs``. Parameters that keep their default
        are not among them.
    findings
        Errors for parameters that nothing can fill, warnings for values that nothing takes.
    """

    bound: tuple[Bound, ...]
    findings: tuple[Finding, ...]

    def arguments(self, value_of: Callable[[Bound], Any]) -> tuple[list[Any], dict[str, Any]]:
        """Give positional and named arguments, asking `value_of` once for each parameter, in order."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for bound in self.bound:
            if bound.is_positional_only:
                positional.append(value_of(bound))
            else:
                named[bound.name] = value_of(bound)
        return positional, named


def bind(
    parameters: Sequence[Parameter],
    *,
    split: Split,
    sweep_names: Collection[str] = (),
    constants: Collection[str] = (),
    shared: Collection[str] = (),
    elements: Collection[str] = (),
    has_state: bool = False,
) -> Binding:
    """Decide what each parameter receives.

    Names that the sweep, ``[parameters]`` or ``[shared]`` give come first, then what an annotation asks for,
    then names with a meaning (``path``, ``df``, ``rows``, ``seed``, …). If nothing took the slice so far, the
    first required positional parameter that is left gets it in the split's natural form: the path as text for
    files, a pandas DataFrame for data partitions, all values of the set as a dict for a sweep. Parameters
    with a default keep it unless a given name, an annotation of ours, or ``seed``, ``rng`` or ``partition``
    asks for more.

    Parameters
    ----------
    parameters
        The function's, in order.
    split
        The contract's.
    sweep_names, constants, shared
        The names that there are values for.
    elements
        The names of the elements that feed the partition, where other stages do. One that no parameter is
        called by goes to the only parameter that nothing else fills.
    has_state
        Whether the stage's group has a value for a parameter ``state``.
    """
    return _Binder(split, sweep_names, constants, shared, elements, has_state).bind(parameters)


class _Binder:
    def __init__(
        self,
        split: Split,
        sweep_names: Collection[str],
        constants: Collection[str],
        shared: Collection[str],
        elements: Collection[str],
        has_state: bool,
    ) -> None:
        self.is_sweep = split == "parameter-sweep"
        self.natural: Source = "df-pandas" if split == "data-partitions" else "path-str"
        self.given: dict[str, Source] = {
            **dict.fromkeys(shared, "shared"),
            **dict.fromkeys(constants, "constant"),
            **dict.fromkeys(sweep_names if self.is_sweep else (), "sweep"),
            **dict.fromkeys(elements, "element"),
        }
        self.elements = tuple(elements)
        self.has_state = has_state
        self.findings: list[Finding] = []
        for name in sweep_names if self.is_sweep else ():
            if name in constants or name in shared:
                where = "parameters" if name in constants else "shared"
                message = f"{name!r} is in the sweep and in [{where}]; the sweep's value is used"
                self.tell("binding.given-twice", message, "warning", f"{where}.{name}")
        for name in elements:
            given = {"the sweep": sweep_names, "[parameters]": constants, "[shared]": shared}
            for where, names in given.items():
                if name in names:
                    message = f"{name!r} is an input of the workflow and in {where}; the input is used"
                    self.tell("binding.given-twice", message, "warning", "input")

    def bind(self, parameters: Sequence[Parameter]) -> Binding:
        filled: dict[str, Source] = {}
        for parameter in parameters:
            source = self.claim(parameter)
            if source:
                filled[parameter.name] = source
        renamed = self.fill_with_element(parameters, filled)
        self.fill_naturally(parameters, filled)
        bound = [
            Bound(
                name := parameter.name,
                filled[name],
                parameter.kind == "positional-only",
                renamed.get(name, name) if filled[name] == "element" else "",
            )
            for parameter in parameters
            if parameter.name in filled
        ]
        self.report_unfilled(parameters, filled)
        if any(parameter.kind == "var-keyword" for parameter in parameters):
            bound += [
                Bound(name, source, element=name if source == "element" else "")
                for name, source in self.given.items()
                if name not in filled
            ]
        else:
            self.report_untaken(parameters, filled)
        self.report_idle(bound)
        return Binding(tuple(bound), tuple(self.findings))

    def fill_with_element(
        self, parameters: Sequence[Parameter], filled: dict[str, Source]
    ) -> Mapping[str, str]:
        """Give an element that no parameter is called by to the only one that is left; say which."""
        without = [name for name in self.elements if name not in filled]
        left = [
            parameter
            for parameter in parameters
            if (parameter.name not in filled or filled[parameter.name] == "params")
            and not parameter.has_default
            and parameter.kind not in {"var-positional", "var-keyword"}
        ]
        takes_any = any(parameter.kind == "var-keyword" for parameter in parameters)
        if len(without) != 1 or len(left) != 1 or takes_any:
            return {}
        del self.given[without[0]]
        filled[left[0].name] = "element"
        return {left[0].name: without[0]}

    def claim(self, parameter: Parameter) -> Source | None:
        if parameter.kind in {"var-positional", "var-keyword"}:
            return None
        if parameter.name in self.given:
            return self.given[parameter.name]
        asked = asked_by(parameter.annotation)
        return self.by_annotation(parameter, asked) or self.by_name(parameter, asked)

    def by_annotation(self, parameter: Parameter, asked: tuple[Asked, ...]) -> Source | None:
        for one in asked:
            if one == "partition":
                return "partition"
            if one == "generator":
                return "rng"
            if self.is_sweep:
                if one == "mapping":
                    return "params"
            elif one in _FROM_ANNOTATION:
                if one == "path" and "text" in asked:
                    return "path-str"
                return _FROM_ANNOTATION[one]
            elif one == "text" and parameter.name in _PATH_NAMES:
                return (
                    "path-Path"
                    if "path" in asked and asked.index("path") < asked.index("text")
                    else "path-str"
                )
        return None

    def by_name(self, parameter: Parameter, asked: tuple[Asked, ...]) -> Source | None:
        name = parameter.name
        is_open = not asked or bool(_CAN_BE_ANYTHING & set(asked))
        if name == "state" and self.has_state:
            return "state"
        if name == "seed" and (is_open or "integer" in asked):
            return "seed"
        if not is_open:
            return None
        if name == "rng":
            return "rng"
        if name == "partition":
            return "partition"
        if parameter.has_default:
            return None
        if self.is_sweep:
            return "params" if name in {"params", "parameters"} else None
        return _FROM_NAME.get(name)

    def fill_naturally(self, parameters: Sequence[Parameter], filled: dict[str, Source]) -> None:
        left = [
            parameter
            for parameter in parameters
            if parameter.name not in filled
            and not parameter.has_default
            and parameter.kind in {"positional-only", "positional"}
        ]
        if not left:
            return
        first = left[0]
        asked = set(asked_by(first.annotation))
        taken = set(filled.values())
        fits = not asked or bool(asked & _CAN_BE_ANYTHING)
        if self.is_sweep:
            has_set = not self.elements or "sweep" in self.given.values()
            if has_set and len(left) == 1 and fits and not taken & {"sweep", "params"}:
                filled[first.name] = "params"
        elif not taken & _SLICE_FORMS and (fits or "text" in asked):
            filled[first.name] = "path-str" if "text" in asked else self.natural

    def report_unfilled(self, parameters: Sequence[Parameter], filled: Mapping[str, Source]) -> None:
        gap = ""
        for parameter in parameters:
            if parameter.kind in {"var-positional", "var-keyword"}:
                continue
            if parameter.name in filled:
                if gap and parameter.kind == "positional-only":
                    message = f"{parameter.name!r} cannot be passed without {gap!r}, which comes before it"
                    self.tell(
                        "binding.unfilled", message, "error", "function", "remove the `/` from the signature"
                    )
            elif parameter.has_default:
                gap = gap or (parameter.name if parameter.kind == "positional-only" else "")
            else:
                self.tell(
                    "binding.unfilled", self.unfilled(parameter), "error", "function", self.remedy(parameter)
                )

    def unfilled(self, parameter: Parameter) -> str:
        shown = f"{parameter.name}: {parameter.annotation}" if parameter.annotation else parameter.name
        asked = set(asked_by(parameter.annotation))
        if self.is_sweep and asked & set(_FROM_ANNOTATION):
            return f"the parameter `{shown}` asks for a file or table, and a sweep has none"
        return f"nothing fills the parameter `{shown}`"

    def remedy(self, parameter: Parameter) -> str:
        free = sorted(self.given)
        near = did_you_mean(parameter.name, free)
        if near:
            return near
        known = ", ".join(free) if free else "none"
        form = "params: dict" if self.is_sweep else "path: str, df: pandas.DataFrame, rows: Iterator[dict], …"
        return f"names with values: {known}; forms of the input: {form}. Or give it a value in [parameters]"

    def report_untaken(self, parameters: Sequence[Parameter], filled: Mapping[str, Source]) -> None:
        names = [parameter.name for parameter in parameters if parameter.name not in filled]
        for name, source in self.given.items():
            if name in filled or (source == "sweep" and "params" in filled.values()):
                continue
            place = _PLACES.get(source, "[shared]")
            is_input = source in {"sweep", "element"}
            key = "input" if is_input else f"{'parameters' if source == 'constant' else 'shared'}.{name}"
            message = f"the function has no parameter {name!r}, which {place} gives"
            self.tell("binding.untaken", message, "warning", key, did_you_mean(name, names))

    def report_idle(self, bound: Sequence[Bound]) -> None:
        if errors_in(self.findings) or any(one.source not in {"constant", "shared"} for one in bound):
            return
        self.tell(
            "binding.idle",
            "the function takes nothing of its partition, so every partition does the same",
            "warning",
            "function",
            "give it a parameter for the input, as in `def process(path: str)`",
        )

    def tell(self, code: str, message: str, severity: Severity, key: str, hint: str = "") -> None:
        self.findings.append(
            Finding(code=code, message=message, level="environment", severity=severity, key=key, hint=hint)
        )
