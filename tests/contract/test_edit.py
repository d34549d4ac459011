"""Edits of single values: the parsed result is as asked, and every other byte is as it was."""

from __future__ import annotations

import copy
import tomllib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.edit import changed, put, remove, same
from jupyter_agilab.contract.layout import scan

DOCUMENT = """\
# top
a = 1  # about a
b = "x"

# about t
[t]
x = 1   # about x
  y = 2
# end of t

[t.sub]
z = {p = 1, q = 2}

# about next_steps
[next_steps]
n = "n"
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("a",), 2, "a = 1  # about a", "a = 2  # about a"),
        (("b",), ["y"], 'b = "x"', 'b = ["y"]'),
        (("t", "x"), "new", "x = 1   #", 'x = "new"   #'),
        (("t", "new"), True, "  y = 2\n", "  y = 2\n  new = true\n"),
        (("t", "sub", "new"), 1, "q = 2}\n", "q = 2}\nnew = 1\n"),
        (("t", "sub", "z", "q"), 3, "q = 2}", "q = 3}"),
        (("t", "sub", "z", "r"), 3, "q = 2}", "q = 2, r = 3}"),
        (("t", "sub", "z"), 3, "z = {p = 1, q = 2}", "z = 3"),
        (("u", "v"), 1, "# about next_steps", "[u]\nv = 1\n\n# about next_steps"),
    ],
)
def test_put(path, value, old, new):
    assert put(DOCUMENT, path, value, above="next_steps") == DOCUMENT.replace(old, new)


def test_put_a_top_level_key_behind_the_one_before_it():
    assert put(DOCUMENT, ("c",), 3, behind=["a", "z"]) == DOCUMENT.replace("about a\n", "about a\nc = 3\n")
    assert put(DOCUMENT, ("c",), 3) == DOCUMENT.replace("a = 1", "c = 3\na = 1")
    assert put("# top\n\n# about t\n[t]\nx = 1\n", ("c",), 3) == "# top\n\nc = 3\n# about t\n[t]\nx = 1\n"


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", ("a",), "a = 1\n"),
        ("# c", ("a",), "# c\na = 1\n"),
        ("b = 2", ("t", "a"), "b = 2\n\n[t]\na = 1\n"),
        ("t.b = 2 # c\nc = 3\n", ("t", "a"), "t.b = 2 # c\nt.a = 1\nc = 3\n"),
        ("[s]\nt.b = 2\n[u]\n", ("s", "t", "a"), "[s]\nt.b = 2\nt.a = 1\n[u]\n"),
        ("t = {}\n", ("t", "a"), "t = { a = 1 }\n"),
        ("[t]\n[u]\n", ("t", "a"), "[t]\na = 1\n[u]\n"),
        ("[t.u]\nb = 2\n", ("t", "a"), "[t.u]\nb = 2\n\n[t]\na = 1\n"),
        ("b = 2\r\n[t]\r\nc = 3", ("t", "a"), "b = 2\r\n[t]\r\nc = 3\r\na = 1\r\n"),
        ('b = """\nx\n"""\n', ("t", "a"), 'b = """\nx\n"""\n\n[t]\na = 1\n'),
    ],
)
def test_put_where_there_is_little(text, path, expected):
    assert put(text, path, 1) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a",), DOCUMENT.replace("a = 1  # about a\n", "")),
        (("t", "y"), DOCUMENT.replace("  y = 2\n", "")),
        (("t", "sub", "z", "p"), DOCUMENT.replace("p = 1, ", "")),
        (("t", "sub", "z", "q"), DOCUMENT.replace(", q = 2", "")),
        (("t", "sub"), DOCUMENT.replace("[t.sub]\nz = {p = 1, q = 2}\n", "")),
        (("nothing",), DOCUMENT),
        (("t", "nothing"), DOCUMENT),
    ],
)
def test_remove(path, expected):
    assert remove(DOCUMENT, path) == expected


def test_the_last_key_of_an_inline_table_leaves_an_empty_one():
    assert remove("a = { b = 1 }\n", ("a", "b")) == "a = {}\n"


def test_change_inside_a_table_touches_only_what_differs():
    text = "[p.grid]\nlr = [1, 2]  # rates\n\n# sizes\nbatch = 3\n"
    new = {"lr": [1, 2], "batch": 4, "seed": 0}
    assert changed(text, ("p", "grid"), {"lr": [1, 2], "batch": 3}, new) == (
        "[p.grid]\nlr = [1, 2]  # rates\n\n# sizes\nbatch = 4\nseed = 0\n"
    )


def test_a_long_array_keeps_the_line_ends_of_the_file():
    text = put("a = 1\r\n", ("b",), ["x" * 40, "y" * 40, "z" * 40], behind=["a"])
    assert "\n" not in text.replace("\r\n", "")
    assert tomllib.loads(text)["b"][2] == "z" * 40


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 1, True),
        (1, True, False),
        (1, 1.0, False),
        (0.0, -0.0, False),
        (float("nan"), float("nan"), True),
        ([1, 2], (1, 2), True),
        ({"a": [1]}, {"a": [True]}, False),
        ("a", "a", True),
    ],
)
def test_same(old, new, expected):
    assert same(old, new) is expected


def tables_of(data, path=()):
    """Give the places of all tables that are reached through tables only."""
    yield path
    for name, value in data.items():
        if isinstance(value, dict):
            yield from tables_of(value, (*path, name))


def table_at(data, path):
    for name in path:
        data = data[name]
    return data


def without_empty(data, path):
    """Leave out the tables along `path` that hold nothing, innermost first."""
    if not path or path[0] not in data:
        return data
    inner = without_empty(data[path[0]], path[1:])
    return {
        name: inner if name == path[0] else item for name, item in data.items() if name != path[0] or inner
    }


def outside(text, path):
    """Give the text of all ``key = value`` lines that do not hold or lie below `path`, and of all headers."""
    layout = scan(text)
    found = [text[header.start : header.stop] for header in layout.headers]
    for entry in layout.entries:
        related = entry.path[: len(path)] == path or path[: len(entry.path)] == entry.path
        if entry.inline is None and not related:
            found.append(text[entry.key_start : entry.stop])
    return found


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_edit_of_any_text_does_what_was_asked_and_no_more(data, toml_documents, toml_values):
    text = data.draw(toml_documents)
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    table = data.draw(st.sampled_from(list(tables_of(before))))
    held = table_at(before, table)
    name = data.draw(st.sampled_from([*held, "new", "odd name"]))
    path = (*table, name)
    expected = copy.deepcopy(before)
    if name in held and data.draw(st.booleans()):
        del table_at(expected, table)[name]
        after = remove(text, path)
        got = tomllib.loads(after)
        # a table that had no other key may be gone with it
        expected, got = without_empty(expected, table), without_empty(got, table)
    else:
        value = data.draw(toml_values)
        table_at(expected, table)[name] = value
        after = changed(text, path, held[name], value) if name in held else put(text, path, value)
        got = tomllib.loads(after)
        assert changed(after, path, table_at(got, table)[name], value) == after
    assert same(got, expected)
    kept = outside(after, path)
    for part in outside(text, path):
        gone = part.startswith("[") and part not in kept
        assert gone or part in kept
    entry = scan(text).entry(path)
    if entry is not None and entry.inline is None and len(after) >= len(text):
        untouched = len(text) - (entry.stop - entry.start)
        assert shared(text, after) >= untouched or isinstance(held[name], dict)
    if name not in held:
        empty_inline_table = scan(text).entry(table) is not None and held == {}
        assert shared(text, after) >= len(text) - (20 if empty_inline_table else 0)


def shared(old, new):
    """Give the length of the common start and the common end of two texts together, at most that of `old`."""
    start = common(old, new)
    end = common(old[start:][::-1], new[start:][::-1])
    return start + end


def common(old, new):
    """Give the length of the common start of two texts."""
    return next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
