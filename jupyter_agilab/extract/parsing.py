"""Python text parsed and checked, without telling about invalid escapes: the author's own run does that."""

from __future__ import annotations

import ast
import warnings


def parse(text: str) -> ast.Module:
    """Parse a text.

    Raises
    ------
    SyntaxError, ValueError
        It is not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def check_compiles(text: str, path: str) -> None:
    """Compile a module's text, which runs nothing of it.

    Raises
    ------
    SyntaxError, ValueError
        Python would refuse to import it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(text, path, "exec", dont_inherit=True)
