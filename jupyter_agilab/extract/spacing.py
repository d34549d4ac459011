"""Regular spacing for a syntax tree: what a formatter does inside a line, and blank lines.

Comments keep their text and strings every byte. Lines are not joined, broken or reordered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

_NONE = (
    "whitespace_before_colon",
    "whitespace_after_func",
    "whitespace_before_args",
    "whitespace_after_arg",
    "whitespace_after_value",
    "whitespace_before_params",
    "whitespace_after_star",
    "whitespace_after_test",
    "whitespace_after_param",
    "whitespace_before_indicator",
)
"""Attributes that hold no space, in whatever kind of node has them."""

_ONE = (
    "whitespace_after_and",
    "whitespace_after_as",
    "whitespace_after_assert",
    "whitespace_after_case",
    "whitespace_after_class",
    "whitespace_after_colon",
    "whitespace_after_def",
    "whitespace_after_del",
    "whitespace_after_else",
    "whitespace_after_except",
    "whitespace_after_for",
    "whitespace_after_from",
    "whitespace_after_if",
    "whitespace_after_import",
    "whitespace_after_in",
    "whitespace_after_indicator",
    "whitespace_after_lambda",
    "whitespace_after_match",
    "whitespace_after_raise",
    "whitespace_after_return",
    "whitespace_after_while",
    "whitespace_after_with",
    "whitespace_after_yield",
    "whitespace_before_as",
    "whitespace_before_else",
    "whitespace_before_from",
    "whitespace_before_if",
    "whitespace_before_import",
    "whitespace_before_in",
    "whitespace_before_test",
)
"""Attributes that hold one space where there is any."""

_LISTS = (
    "args",
    "elements",
    "slice",
    "names",
    "bases",
    "keywords",
    "items",
    "params",
    "kwonly_params",
    "patterns",
)
"""Attributes that hold elements with commas."""

_SIMPLE = (cst.Name, cst.Integer, cst.Float, cst.Attribute)
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)


class Spacing(cst.CSTTransformer):
    """Makes spaces, one-line suites, semicolons and blank lines inside blocks regular."""

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        """Set what all kinds of nodes have under the same names, then what is special to a kind."""
        node = super().on_leave(original_node, updated_node)
        if not isinstance(node, cst.CSTNode):
            return node
        changes: dict[str, Any] = {}
        for name in _NONE:
            if _is_blank(getattr(node, name, None)):
                changes[name] = _space("")
        for name in _ONE:
            value: Any = getattr(node, name, None)
            if _is_blank(value) and value.value:
                changes[name] = _space(" ")
        for name in _LISTS:
            value = getattr(node, name, None)
            if isinstance(value, list | tuple) and value:
                changes[name] = _separated(value)
        if changes:
            node = node.with_changes(**changes)
        special = _SPECIAL.get(type(node))
        return special(node) if special is not None else node


def split(statement: Any) -> list[Any]:
    """Put statements that share a line (``a = 1; b = 2``) on lines of their own."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return [statement]
    last = len(statement.body) - 1
    return [
        cst.SimpleStatementLine(
            [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)],
            leading_lines=statement.leading_lines if index == 0 else (),
            trailing_whitespace=statement.trailing_whitespace if index == last else cst.TrailingWhitespace(),
        )
        for index, small in enumerate(statement.body)
    ]


def regular(body: Sequence[Any]) -> list[Any]:
    """Leave at most one blank line between statements, one around definitions, none before the first."""
    done: list[Any] = []
    for index, statement in enumerate(body):
        lines = list(statement.leading_lines)
        while index == 0 and lines and lines[0].comment is None:
            lines.pop(0)
        kept = [line for at, line in enumerate(lines) if line.comment or at == 0 or lines[at - 1].comment]
        beside = index > 0 and isinstance(body[index - 1], _DEFINITIONS)
        if index and (beside or isinstance(statement, _DEFINITIONS)) and (not kept or kept[0].comment):
            kept = [cst.EmptyLine(indent=False), *kept]
        done.append(statement.with_changes(leading_lines=kept))
    return done


def _is_blank(node: object) -> bool:
    return isinstance(node, cst.SimpleWhitespace) and "\n" not in node.value and "\\" not in node.value


def _space(text: str) -> cst.SimpleWhitespace:
    return cst.SimpleWhitespace(text)


def _around(operator: Any, text: str) -> Any:
    changes = {
        name: _space(text)
        for name in ("whitespace_before", "whitespace_after")
        if _is_blank(getattr(operator, name, None))
    }
    return operator.with_changes(**changes) if changes else operator


def _separated(elements: Sequence[Any]) -> list[Any]:
    """One space after each comma on a line, none before it and none after the last."""
    done: list[Any] = []
    for index, element in enumerate(elements):
        comma = getattr(element, "comma", None)
        if not isinstance(comma, cst.Comma):
            done.append(element)
            continue
        changes = {"whitespace_before": _space("")} if _is_blank(comma.whitespace_before) else {}
        if _is_blank(comma.whitespace_after) and index < len(elements) - 1:
            changes["whitespace_after"] = _space(" ")
        done.append(element.with_changes(comma=comma.with_changes(**changes)))
    return done


def _binary_operation(node: Any) -> Any:
    simple = all(isinstance(part, _SIMPLE) for part in (node.left, node.right))
    tight = simple and isinstance(node.operator, cst.Power)
    return node.with_changes(operator=_around(node.operator, "" if tight else " "))


def _spaced_operator(node: Any) -> Any:
    return node.with_changes(operator=_around(node.operator, " "))


def _unary_operation(node: Any) -> Any:
    if isinstance(node.operator, cst.Not) or not _is_blank(node.operator.whitespace_after):
        return node
    return node.with_changes(operator=node.operator.with_changes(whitespace_after=_space("")))


def _assign_target(node: Any) -> Any:
    return node.with_changes(whitespace_before_equal=_space(" "), whitespace_after_equal=_space(" "))


def _equal(spaced: Callable[[Any], bool]) -> Callable[[Any], Any]:
    def change(node: Any) -> Any:
        if not isinstance(node.equal, cst.AssignEqual):
            return node
        return node.with_changes(equal=_around(node.equal, " " if spaced(node) else ""))

    return change


def _named_expression(node: Any) -> Any:
    return node.with_changes(whitespace_before_walrus=_space(" "), whitespace_after_walrus=_space(" "))


def _mapping_element(node: Any) -> Any:
    if not _is_blank(node.whitespace_after_colon):
        return node
    return node.with_changes(whitespace_before_colon=_space(""), whitespace_after_colon=_space(" "))


def _lambda(node: Any) -> Any:
    return node.with_changes(colon=cst.Colon(_space(""), _space(" ")))


def _annotation(node: Any) -> Any:
    blank = _is_blank(node.whitespace_after_indicator)
    return node.with_changes(whitespace_after_indicator=_space(" ")) if blank else node


def _function(node: Any) -> Any:
    if node.returns is None:
        return node
    return node.with_changes(returns=node.returns.with_changes(whitespace_before_indicator=_space(" ")))


def _assert(node: Any) -> Any:
    return (
        node.with_changes(comma=cst.Comma(_space(""), _space(" ")))
        if isinstance(node.comma, cst.Comma)
        else node
    )


def _opening(node: Any) -> Any:
    return node.with_changes(whitespace_after=_space("")) if _is_blank(node.whitespace_after) else node


def _closing(node: Any) -> Any:
    return node.with_changes(whitespace_before=_space("")) if _is_blank(node.whitespace_before) else node


def _trailing(node: Any) -> Any:
    if "\\" in node.whitespace.value:
        return node
    return node.with_changes(whitespace=_space("  " if node.comment else ""))


def _empty_line(node: Any) -> Any:
    changes: dict[str, Any] = {} if node.comment else {"indent": False}
    return node.with_changes(whitespace=_space(""), **changes)


def _one_line_suite(node: Any) -> Any:
    first = node.body[0]
    if len(node.body) == 1 and isinstance(first, cst.Expr) and isinstance(first.value, cst.Ellipsis):
        return node
    line = cst.SimpleStatementLine(node.body, trailing_whitespace=node.trailing_whitespace)
    return cst.IndentedBlock(body=regular(split(line)))


def _block(node: Any) -> Any:
    body = [piece for statement in node.body for piece in split(statement)]
    return node.with_changes(body=regular(body), indent=None)


_SPECIAL: dict[type, Callable[[Any], Any]] = {
    cst.BinaryOperation: _binary_operation,
    cst.BooleanOperation: _spaced_operator,
    cst.ComparisonTarget: _spaced_operator,
    cst.AugAssign: _spaced_operator,
    cst.UnaryOperation: _unary_operation,
    cst.AssignTarget: _assign_target,
    cst.AnnAssign: _equal(lambda node: True),
    cst.Arg: _equal(lambda node: False),
    cst.Param: _equal(lambda node: node.annotation is not None),
    cst.NamedExpr: _named_expression,
    cst.DictElement: _mapping_element,
    cst.MatchMappingElement: _mapping_element,
    cst.Lambda: _lambda,
    cst.Annotation: _annotation,
    cst.FunctionDef: _function,
    cst.Assert: _assert,
    cst.LeftParen: _opening,
    cst.LeftSquareBracket: _opening,
    cst.LeftCurlyBrace: _opening,
    cst.RightParen: _closing,
    cst.RightSquareBracket: _closing,
    cst.RightCurlyBrace: _closing,
    cst.TrailingWhitespace: _trailing,
    cst.EmptyLine: _empty_line,
    cst.SimpleStatementSuite: _one_line_suite,
    cst.IndentedBlock: _block,
}
