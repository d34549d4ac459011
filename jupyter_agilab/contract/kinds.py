"""Which values a key takes: what AGILAB lets pass, what is right, and both as JSON Schema."""

from __future__ import annotations

import ast
import codecs
import math
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from jupyter_agilab.contract.formats import FORMATS, FORMATS_GROUP
from jupyter_agilab.contract.model import SCHEMA_ID, About
from jupyter_agilab.contract.sizes import PATTERN as SIZE_PATTERN
from jupyter_agilab.contract.sizes import parse_size

FUNCTION_PATTERN = r"^[A-Za-z0-9_./:-]+:[A-Za-z_][A-Za-z0-9_]*$"
DIGEST_PATTERN = r"^blake2b:[0-9a-f]{32}$"
FORMAT_PATTERN = r"^[a-z][a-z0-9_-]*$"
READY_MADE_PATTERN = r"^[a-z][a-z0-9_-]*$"


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes
    ----------
    rule
        Completes "KEY ..." to a sentence, in AGILAB's words where AGILAB has the rule.
    schema
        The JSON Schema of right values.
    passes
        Whether AGILAB's checker lets a value pass; for keys that it does not know, whether the value is
        right.
    convert
        A value that passes as the model holds it.
    choices
        The values there are, for near misses; empty where they cannot be counted.
    """

    rule: str
    schema: Mapping[str, Any]
    passes: Callable[[Any], bool]
    convert: Callable[[Any], Any] = _as_it_is
    choices: tuple[str, ...] = ()


def kind_of(annotation: Any, about: About, *, agilab: bool) -> Kind:
    """Give the kind of a field from its resolved type and its metadata.

    `agilab` is true for the keys that AGILAB's checker knows: there booleans pass as integers.
    """
    options = [arg for arg in get_args(annotation) if arg is not NoneType]
    if get_origin(annotation) in {Union, UnionType}:
        if len(options) == 1:
            return kind_of(options[0], about, agilab=agilab)
        return _integer_or(get_args(options[1])[0], about, agilab=agilab)
    if get_origin(annotation) is Literal:
        return _one_of(get_args(annotation))
    if get_origin(annotation) is tuple:
        return _names() if options[0] is str else _groups_of_names()
    if annotation is bool:
        return Kind("must be true or false", {"type": "boolean"}, lambda value: isinstance(value, bool))
    if annotation is int:
        return _integer(about, agilab=agilab)
    if annotation is float:
        return _number(about)
    return _TEXTS[about.takes]


def _one_of(choices: tuple[str, ...]) -> Kind:
    return Kind(
        f"must be one of: {', '.join(choices)}",
        {"type": "string", "enum": list(choices)},
        lambda value: value in choices,
        choices=choices,
    )


def _integer(about: About, *, agilab: bool) -> Kind:
    least = about.minimum
    article = {None: "an", 0: "a non-negative", 1: "a positive"}[least]

    def passes(value: Any) -> bool:
        right_type = isinstance(value, int) and (agilab or not isinstance(value, bool))
        return right_type and (least is None or value >= least)

    bound = {} if least is None else {"minimum": least}
    return Kind(f"must be {article} integer", {"type": "integer", **bound}, passes, int)


def _integer_or(word: str, about: About, *, agilab: bool) -> Kind:
    number = _integer(about, agilab=agilab)
    return Kind(
        f"{number.rule} or {word!r}",
        {"anyOf": [number.schema, {"const": word}]},
        lambda value: value == word or number.passes(value),
        lambda value: value if value == word else int(value),
        choices=(word,),
    )


def _number(about: About) -> Kind:
    def passes(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        try:
            number = float(value)
        except OverflowError:
            return False
        return (
            math.isfinite(number)
            and (about.minimum is None or number >= about.minimum)
            and (about.above is None or number > about.above)
        )

    if about.above is not None:
        return Kind(
            f"must be a number above {about.above}",
            {"type": "number", "exclusiveMinimum": about.above},
            passes,
            float,
        )
    return Kind("must be a non-negative number", {"type": "number", "minimum": about.minimum}, passes, float)


def _names() -> Kind:
    def passes(value: Any) -> bool:
        return isinstance(value, list) and all(isinstance(item, str) and item for item in value)

    schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
    return Kind("must be an array of names", schema, passes, tuple)


def _groups_of_names() -> Kind:
    inner = _names()

    def passes(value: Any) -> bool:
        return isinstance(value, list) and all(inner.passes(group) and len(group) > 1 for group in value)

    return Kind(
        "must be an array of groups, each an array of two names or more",
        {"type": "array", "items": {**inner.schema, "minItems": 2}},
        passes,
        lambda value: tuple(tuple(group) for group in value),
    )


def _text(
    rule: str, schema: Mapping[str, Any], right: Callable[[str], Any], convert: Any = _as_it_is
) -> Kind:
    """Make a kind of string; `right` says no by something false or by an exception."""

    def passes(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            return bool(right(value))
        except (ValueError, LookupError, SyntaxError, RecursionError, MemoryError):
            return False

    return Kind(rule, {"type": "string", **schema}, passes, convert)


def _is_brought(name: str) -> bool:
    """Whether an installed package brings a format of that name; nothing of it is imported."""
    # takes some milliseconds, and few need it
    from importlib.metadata import entry_points

    return name in entry_points(group=FORMATS_GROUP).names


def _parses(expression: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape is the author's business
        ast.parse(expression, mode="eval")
    return True


_NON_EMPTY = _text("must be a non-empty string", {"pattern": r"\S"}, str.strip)

_TEXTS: Mapping[str, Kind] = {
    "text": _NON_EMPTY,
    "path": _NON_EMPTY,
    "note": _text("must be a string", {}, lambda value: True, lambda value: value or None),
    "schema": _text(f"must be {SCHEMA_ID!r}", {"const": SCHEMA_ID}, SCHEMA_ID.__eq__),
    "function": _text(
        "must use 'module_or_path:function_name' format",
        {"pattern": FUNCTION_PATTERN},
        # `$` also matches before a final newline, and so AGILAB lets one pass
        re.compile(FUNCTION_PATTERN).match,
        lambda value: value.removesuffix("\n"),
    ),
    "reduce-function": _text(
        "must be 'module_or_path:function_name' or the name of a ready-made reducer",
        {"anyOf": [{"pattern": FUNCTION_PATTERN}, {"pattern": READY_MADE_PATTERN}]},
        lambda value: (
            re.match(f"{FUNCTION_PATTERN}|{READY_MADE_PATTERN}", value) and not value.endswith("\n")
        ),
    ),
    "size": _text("must be a size such as '2 GiB' or '500 MB'", {"pattern": SIZE_PATTERN}, parse_size),
    "character": _text(
        "must be one character",
        {"pattern": r"^[^\r\n]$"},
        lambda value: len(value) == 1 and value not in "\r\n",
    ),
    "encoding": _text("must be a text encoding that Python knows", {"minLength": 1}, codecs.lookup),
    "format": Kind(
        f"must be one of: {', '.join(FORMATS)}",
        # packages may bring more
        {"anyOf": [{"enum": list(FORMATS)}, {"type": "string", "pattern": FORMAT_PATTERN}]},
        lambda value: value in FORMATS or (isinstance(value, str) and _is_brought(value)),
        choices=FORMATS,
    ),
    "digest": _text(
        "must be 'blake2b:' and 32 hexadecimal digits",
        {"pattern": DIGEST_PATTERN},
        re.compile(DIGEST_PATTERN.replace("$", r"\Z")).match,
    ),
    "expression": _text(
        "must be a Python comparison over the names of the sweep",
        {"pattern": r"\S"},
        lambda value: _parses(value.strip()),
    ),
}
