"""Places of keys; ``tomllib`` is the judge: on examples, on generated texts and on what tomlkit writes."""

from __future__ import annotations

import tomllib

import pytest
import tomlkit
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.layout import Entry, Header, scan

TEXTS = {
    "bare, quoted and dotted keys": 'a = 1\n"b c" = 2\n\'d.e\' . f = 3\ng."h\\u0069"."" = 4\n',
    "tables": "[a]\nx = 1\n  [ a . b ]  # c\ny = 2\n[\"c.d\".'e']\n",
    "arrays of tables": "[[a]]\nx = 1\n[[a.b]]\ny = 2\n[a.c]\nz = 3\n[[a]]\nx = 4\n[[a.b]]\ny = 5\n[[a.b]]\n",
    "inline tables": "a = { x = 1, y.z = [1, { w = 2 }], 'v' = {} } # c\nb = 2\n",
    "strings with everything": (
        'a = "x = 1 # \\" ]"\nb = \'[c]\'\n'
        'c = """\n[d] = "x" \\\n  ""\\""""""\nd = \'\'\'\n# \'\' e = 1\'\'\'\'\n'
        'e = """"""\nf = \'\'\'\'\'\'\ng = ""\nh = 1\n'
    ),
    "arrays over lines": "a = [ # c ]\n  1, # d\n\n  'e = 2', [\n  ], {f = ']'},\n]\nb = 2\n",
    "dates and numbers": (
        "a = 1979-05-27 07:32:00.5-07:00 # c\nb = 1979-05-27T07:32:00Z\nc = 07:32:00\nd = 1979-05-27\n"
        "e = [1979-05-27 07:32:00, -inf, nan, 0xff, 1_000, 1e-5, true]\nf = {g = 1979-05-27 07:32:00}\n"
    ),
    "crlf": '# c\r\na = 1\r\n[b]\r\nc = """x\r\ny"""\r\nd = [\r\n1,\r\n2]\r\n',
    "no newline at the end": "a = 1\n[b]\nc = 2",
    "nothing": "",
    "only comments": "# a = 1\n\n  # b",
}


def at(data, path):
    for part in path:
        data = data[part]
    return data


def leaves(value, path=()):
    """Give the places of all ``key = value`` whose value is not a table with keys."""
    if isinstance(value, dict):
        for name, item in value.items():
            below = (*path, name)
            if not isinstance(item, dict) or not item:
                yield below
            yield from leaves(item, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))


def assert_places(text):
    data = tomllib.loads(text)
    layout = scan(text)
    for entry in layout.entries:
        value = tomllib.loads(f"x = {text[entry.start : entry.stop]}")["x"]
        assert repr(value) == repr(at(data, entry.path))
        key = tomllib.loads(f"{text[entry.key_start : entry.key_end]} = 0")
        names = []
        while key:
            ((name, key),) = key.items()
            names.append(name)
        assert entry.path[-len(names) :] == tuple(names)
    for header in layout.headers:
        assert isinstance(at(data, header.path), dict)
        assert text[header.start] == "["
        assert text[header.stop - 1] == "]"
    placed = {part.path for part in (*layout.entries, *layout.headers)}
    arrays_of_tables = {header.path[:-1] for header in layout.headers if header.array}
    assert set(leaves(data)) - arrays_of_tables <= placed
    assert len({entry.path for entry in layout.entries}) == len(layout.entries)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_examples(text):
    assert_places(text)


def test_line_and_column():
    layout = scan('# c\na = 1\n  [t]\nx = """\n\n"""\n  y.z = 2\n[[u]]\nv = {w = 1}\n')
    assert layout.place_of(("a",)) == (2, 1)
    assert layout.place_of(("t",)) == (3, 3)
    assert layout.place_of(("t", "x")) == (4, 1)
    assert layout.place_of(("t", "y", "z")) == (7, 3)
    assert layout.place_of(("u", 0, "v", "w")) == (9, 6)


def test_a_missing_key_has_the_place_of_its_table():
    layout = scan("a = 1\n[t]\nx = 1\n[u.v]\ny = 1\n")
    assert layout.place_of(("t", "nothing")) == (2, 1)
    assert layout.place_of(("u", "nothing")) == (4, 1)
    assert layout.place_of(("nothing", "x")) == (1, 1)


def test_a_table_comes_before_what_is_in_it():
    layout = scan("a = { b = 1 }\n[t]\nx = 1\n")
    assert [entry.path for entry in layout.entries] == [("a",), ("a", "b"), ("t", "x")]
    assert [type(part) for part in layout.below(("t",))] == [Entry, Header]


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_generated_texts(data, toml_documents):
    text = data.draw(toml_documents)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    assert_places(text)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_what_tomlkit_writes(data, toml_tables):
    text = tomlkit.dumps(data.draw(toml_tables))
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    assert_places(text)


def test_a_key_of_many_dots_is_cheap():
    layout = scan(".".join(["a"] * 5000) + " = 1\n")
    assert layout.place_of(("a", "a", "b")) == (1, 1)
