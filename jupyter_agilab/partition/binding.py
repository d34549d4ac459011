"""What each parameter of a partition function receives; its signature alone decides."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jupyter_agilab.diagnostics import Finding, Severity, did_you_mean, errors_in
from jupyter_agilab.partition.annotations import Asked, asked_by

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Split

ParameterKind = Literal["positional-only", "positional", "var-positional", "keyword-only", "var-keyword"]

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
    "seed",
    "rng",
    "constant",
    "shared",
]
"""Where a value comes from.

The slice itself in one of its forms (``path-str`` to ``lines``), its description (``partition``), one value
of the sweep's set by the parameter's name (``sweep``) or all of them as a dict (``params``), the derived
``seed`` and ``rng``, a constant of ``[parameters]``, data of ``[shared]``.
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
_CAN_BE_ANYTHING = frozenset({"anything", "unknown"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function, as its source declares it.

    ``annotation`` is its text, as written; ``positional`` may also be passed by name.
    """

    name: str
    annotation: str | None
    has_default: bool
    kind: ParameterKind


@dataclass(frozen=True, slots=True)
class Bound:
    """A parameter that receives a value, and from where."""

    name: str
    source: Source
    is_positional_only: bool = False


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


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Parameter, ...]:
    """Give the parameters of a function from its syntax tree."""
    args = node.args
    before = [*args.posonlyargs, *args.args]
    first_default = len(before) - len(args.defaults)
    found = []
    for place, arg in enumerate(before):
        kind: ParameterKind = "positional-only" if place < len(args.posonlyargs) else "positional"
        found.append(Parameter(arg.arg, _text(arg), place >= first_default, kind))
    if args.vararg:
        found.append(Parameter(args.vararg.arg, _text(args.vararg), False, "var-positional"))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(Parameter(arg.arg, _text(arg), default is not None, "keyword-only"))
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, _text(args.kwarg), False, "var-keyword"))
    return tuple(found)


def parameters_of_signature(signature: inspect.Signature) -> tuple[Parameter, ...]:
    """Give the parameters of a function that is loaded; the same as `parameters_of` gives for its source."""
    kinds: dict[Any, ParameterKind] = {
        inspect.Parameter.POSITIONAL_ONLY: "positional-only",
        inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
        inspect.Parameter.VAR_POSITIONAL: "var-positional",
        inspect.Parameter.KEYWORD_ONLY: "keyword-only",
        inspect.Parameter.VAR_KEYWORD: "var-keyword",
    }
    return tuple(
        Parameter(
            parameter.name,
            _annotation_text(parameter.annotation),
            parameter.default is not inspect.Parameter.empty,
            kinds[parameter.kind],
        )
        for parameter in signature.parameters.values()
    )


def bind(
    parameters: Sequence[Parameter],
    *,
    split: Split,
    sweep_names: Collection[str] = (),
    constants: Collection[str] = (),
    shared: Collection[str] = (),
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
    """
    return _Binder(split, sweep_names, constants, shared).bind(parameters)


class _Binder:
    def __init__(
        self, split: Split, sweep_names: Collection[str], constants: Collection[str], shared: Collection[str]
    ) -> None:
        self.is_sweep = split == "parameter-sweep"
        self.natural: Source = "df-pandas" if split == "data-partitions" else "path-str"
        self.given: dict[str, Source] = {
            **dict.fromkeys(shared, "shared"),
            **dict.fromkeys(constants, "constant"),
            **dict.fromkeys(sweep_names if self.is_sweep else (), "sweep"),
        }
        self.findings: list[Finding] = []
        for name in sweep_names if self.is_sweep else ():
            if name in constants or name in shared:
                where = "parameters" if name in constants else "shared"
                message = f"{name!r} is in the sweep and in [{where}]; the sweep's value is used"
                self.tell("binding.given-twice", message, "warning", f"{where}.{name}")

    def bind(self, parameters: Sequence[Parameter]) -> Binding:
        filled: dict[str, Source] = {}
        for parameter in parameters:
            source = self.claim(parameter)
            if source:
                filled[parameter.name] = source
        self.fill_naturally(parameters, filled)
        bound = [
            Bound(parameter.name, filled[parameter.name], parameter.kind == "positional-only")
            for parameter in parameters
            if parameter.name in filled
        ]
        self.report_unfilled(parameters, filled)
        if any(parameter.kind == "var-keyword" for parameter in parameters):
            bound += [Bound(name, source) for name, source in self.given.items() if name not in filled]
        else:
            self.report_untaken(parameters, filled)
        self.report_idle(bound)
        return Binding(tuple(bound), tuple(self.findings))

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
            if len(left) == 1 and fits and not taken & {"sweep", "params"}:
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
            place = {"sweep": "the sweep", "constant": "[parameters]"}.get(source, "[shared]")
            key = {"sweep": "input", "constant": f"parameters.{name}"}.get(source, f"shared.{name}")
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


def _text(arg: ast.arg) -> str | None:
    return ast.unparse(arg.annotation) if arg.annotation is not None else None


def _annotation_text(annotation: Any) -> str | None:
    if annotation is inspect.Parameter.empty:
        return None
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        module = annotation.__module__
        return annotation.__qualname__ if module == "builtins" else f"{module}.{annotation.__qualname__}"
    return str(annotation)
