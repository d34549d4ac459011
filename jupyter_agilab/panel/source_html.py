"""Source text with light colouring."""

from __future__ import annotations

from typing import Literal

from jupyter_agilab.panel.markup import Markup, element, escaped, joined

_LARGEST_CHARACTERS = 200_000
"""Longer texts are shown without colours: a page should not grow by one element per word of a data set."""


def source_html(text: str, language: Literal["python", "toml"]) -> Markup:
    """Give source as a block of code; keywords, strings, numbers, comments and defined names are coloured."""
    text = text.rstrip("\n")
    if len(text) > _LARGEST_CHARACTERS:
        return element("pre", text, tabindex="0")
    from pygments import lex
    from pygments.lexers import PythonLexer, TOMLLexer
    from pygments.token import Comment, Keyword, Literal, Name, Operator

    lexer = PythonLexer() if language == "python" else TOMLLexer()
    kinds = (
        (Comment, "ag-c"),
        (Keyword, "ag-k"),
        (Operator.Word, "ag-k"),
        (Literal.String, "ag-s"),
        (Literal.Number, "ag-m"),
        (Name.Function, "ag-n"),
        (Name.Class, "ag-n"),
        (Name.Decorator, "ag-n"),
    )
    parts: list[Markup] = []
    for token, piece in lex(text, lexer):
        style = next((name for kind, name in kinds if token in kind), None)
        parts.append(element("span", piece, class_=style) if style else escaped(piece))
    # the lexer adds a newline at the end
    return element("pre", element("code", Markup(joined(parts).rstrip("\n"))), tabindex="0")
