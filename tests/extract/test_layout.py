"""Formatting changes spaces and blank lines, and nothing else."""

from __future__ import annotations

import ast
import io
import random
import sysconfig
import tokenize
import warnings
from pathlib import Path

import pytest

from jupyter_agilab.extract.layout import Layout, text_at_top, text_in_function


def formatted(text: str) -> str:
    return "\n".join(text_at_top(piece) for piece in Layout(text).pieces) + "\n"


def tree(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.dump(ast.parse(text))


def kept_tokens(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type in (tokenize.STRING, tokenize.COMMENT)]


@pytest.fixture(scope="module")
def sources() -> list[tuple[str, str]]:
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    random.Random(5).shuffle(files)
    small = [(file.name, file.read_text("utf-8")) for file in files if file.stat().st_size < 12_000]
    return small[:30]


def test_meaning_strings_and_comments_of_library_code_stay(sources: list[tuple[str, str]]) -> None:
    for name, text in sources:
        layout = Layout(text)
        new = formatted(text)
        assert tree(new) == tree(text), name
        below = "".join(f"{line.comment.value}\n" for line in layout.footer)
        assert kept_tokens(new + below) == kept_tokens(text), name


def test_formatting_twice_changes_nothing_more(sources: list[tuple[str, str]]) -> None:
    for name, text in sources[:10]:
        once = formatted(text)
        assert formatted(once) == once, name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x=1", "x = 1"),
        ("f ( a,b = 1 )", "f(a, b=1)"),
        ("x = a+b*c ** 2 - -d", "x = a + b * c**2 - -d"),
        ("if a:b;c", "if a:\n    b\n    c"),
        ("class A: ...", "class A: ..."),
        ("def f(a:int=1)->int : return a", "def f(a: int = 1) -> int:\n    return a"),
        ("{'a':1}", "{'a': 1}"),
        ("lambda x :x", "lambda x: x"),
        ("x = 1 # why", "x = 1  # why"),
        ("for i in a:\n  x\n  y", "for i in a:\n    x\n    y"),
        ("assert a ,'b'", "assert a, 'b'"),
        ("a [1:2,::3]", "a[1:2, ::3]"),
    ],
)
def test_spacing_is_made_regular(before: str, after: str) -> None:
    assert formatted(before) == f"{after}\n"


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # comment\n",
        "f(\n    a,\n    b=1,  # why\n)\n",
        's = """a\n  b\n"""\n',
        "x = a if b else c\n",
        "with open(a) as f, open(b) as g:\n    pass\n",
        "x = ham[lower + offset : upper + offset]\n",
        "x = (1,)\n",
        "x = a \\\n    + b\n",
        "print(*a, **b)\n",
        "@decorator(a=1)\ndef f(a, /, b, *, c): ...\n",
    ],
)
def test_regular_code_stays_as_it_is(text: str) -> None:
    assert formatted(text) == text


def test_strings_are_not_indented_with_the_function() -> None:
    text = text_in_function(Layout('s = """a\n b\n"""\nreturn_ = s\n').pieces)
    assert text == '    s = """a\n b\n"""\n    return_ = s'
