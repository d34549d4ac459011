"""IPython syntax as plain Python, line for line."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.cells import python_source


def actions(text: str) -> list[tuple[int, int, str]]:
    return [(t.line, t.column, t.action) for t in python_source(text).translations]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n",
        "x % y\n",
        "s = '''\n%time\n!ls\n%%bash\n'''\n",
        "x = (\n  1\n  % 2\n)\n",
        "# %time x\n",
        "a = b if c else d  # why?\n",
        "y: int\n",
        "not python at all (\n",
    ],
)
def test_python_stays_as_it_is(text: str) -> None:
    source = python_source(text)
    assert (source.text, source.translations) == (text, ())


@pytest.mark.parametrize(
    ("typed", "python"),
    [
        ("%time x = f(1)", "x = f(1)"),
        ("%timeit -n 10 -r3 f(1)", "f(1)"),
        ("%timeit -o -q f(-1)", "f(-1)"),
        ("%time --no-raise-error f()", "f()"),
        ("%prun -l 10 -s cumulative f(x)", "f(x)"),
        ("%lprun -f f f(x)", "f(x)"),
        ("x = %time f(2)", "x = f(2)"),
        ("if a:\n    %time b = 1\n    c", "if a:\n    b = 1\n    c"),
        ("%time x = f(1, \\\n    2)", "x = f(1,      2)\n"),
        ("%env A=1", 'import os; os.environ["A"] = "1"'),
        ("%set_env A b c", 'import os; os.environ["A"] = "b c"'),
        ('%env A=say "x"', 'import os; os.environ["A"] = \'say "x"\''),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%time\n%%capture out\nx = 1", "\n\n\nx = 1"),
        (">>> x = 1\n>>> if x:\n...     y = 2", "x = 1\nif x:\n    y = 2"),
        ("In [3]: x = 1\n   ...: y = 2", "x = 1\ny = 2"),
        ("    x = 1\n    y = 2", "x = 1\ny = 2"),
        ("x = 1\r\n%time y = 2\r\n", "x = 1\ny = 2\n"),
    ],
)
def test_what_has_a_plain_equivalent(typed: str, python: str) -> None:
    source = python_source(typed)
    assert source.text == python
    assert all(translation.action != "refused" for translation in source.translations)
    ast.parse(source.text)


@pytest.mark.parametrize(
    "magic",
    [
        "%matplotlib inline",
        "%load_ext autoreload",
        "%autoreload 2",
        "%config A.b = 1",
        "%who",
        "%pwd",
        "%time",
        "%env",
        "%pip install x",
        "!pip install x",
        "!python -m pip install x",
    ],
)
def test_what_a_partition_does_not_need(magic: str) -> None:
    source = python_source(f"{magic}\nx = 1")
    assert source.text == "\nx = 1"
    assert [t.action for t in source.translations] == ["dropped"]
    assert source.translations[0].important == ("pip" in magic)


def test_a_dropped_magic_leaves_its_block_a_statement() -> None:
    assert python_source("if a:\n    %matplotlib inline\nx").text == "if a:\n    pass\nx"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("!ls -l", (1, 1)),
        ("x = 1\nfiles = !ls", (2, 9)),
        ("%cd data", (1, 1)),
        ("%run a.py", (1, 1)),
        ("%unknown_magic 3", (1, 1)),
        ("x = %who_ls", (1, 5)),
        ("x = %timeit -o f()", (1, 5)),
        ("%env A={b}", (1, 1)),
        ("x?", (1, 1)),
        ("?x", (1, 1)),
        ("x.y??", (1, 1)),
        ("/f 1 2", (1, 1)),
        (",f a b", (1, 1)),
        ("x = 1\n%%bash\nls", (2, 1)),
        ("if a:\n    !ls\n", (2, 5)),
        ("!!ls", (1, 1)),
    ],
)
def test_what_is_refused_with_its_place(typed: str, place: tuple[int, int]) -> None:
    assert actions(typed) == [(*place, "refused")]
    assert python_source(typed).translations[0].hint
    ast.parse(python_source(typed).text)


@pytest.mark.parametrize("name", ["bash", "html", "writefile a.py", "sql", "cython", "px", "javascript"])
def test_cells_that_are_not_python(name: str) -> None:
    source = python_source(f"%%{name}\nx = 1\ny")
    assert source.text == "\n\n"
    assert source.cell_magic == name.split(maxsplit=1)[0]
    assert actions(f"%%{name}\nx = 1") == [(1, 1, "refused")]


@pytest.mark.parametrize("name", ["parallel_stage clean --split files", "parallel_reduce clean"])
def test_our_own_cell_magic_is_not_part_of_the_cell(name: str) -> None:
    source = python_source(f"%%time\n%%{name}\nx = 1")
    assert source.text == "\n\nx = 1"
    assert source.cell_magic == name.split(maxsplit=1)[0]


def test_columns_lead_back_to_what_was_typed() -> None:
    source = python_source("%time value = missing\nx")
    assert source.text.split("\n")[0] == "value = missing"
    assert source.typed_column(1, 1 + source.text.index("missing")) == 1 + "%time value = missing".index(
        "missing"
    )
    assert source.typed_column(2, 1) == 1


PIECES = (
    "x = 1",
    "if x:",
    "    y",
    "%time y",
    "!ls",
    "a = !ls",
    "b = %time 1",
    "x?",
    "'''",
    '"',
    "(",
    ")",
    "%%bash",
    "\\",
    ">>> x",
    "%env A=1",
    "",
)


@given(st.lists(st.sampled_from(PIECES) | st.text(alphabet="ab%!?=()'\"\\ \n#:", max_size=8), max_size=8))
def test_whatever_is_typed_keeps_its_lines_and_raises_nothing(lines: list[str]) -> None:
    typed = "\n".join(lines)
    source = python_source(typed)
    assert source.text.count("\n") == typed.count("\n")
    numbers = [translation.line for translation in source.translations]
    assert numbers == sorted(numbers)
    assert all(1 <= number <= typed.count("\n") + 1 for number in numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(typed)
        except SyntaxError:
            return
    assert source.text == typed
    assert not source.translations


def test_agrees_with_ipython_on_what_is_python(tmp_path: Path) -> None:
    """A cell without magics is what IPython's own transformer leaves alone."""
    from IPython.core.inputtransformer2 import TransformerManager

    transform = TransformerManager().transform_cell
    for text in ("x = 1\n", "a % b\n", "def f():\n    '''\n    %time\n    '''\n", "x = f(\n    a\n)\n"):
        assert transform(text) == python_source(text).text
    for text in ("%time x\n", "!ls\n", "x = !ls\n", "x?\n", "y = %time f()\n", "if a:\n    %who\n"):
        assert transform(text) != text
        assert python_source(text).translations
