"""JSON files that tell whether they are as they were written."""

import datetime
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.dated_json import untagged
from jupyter_agilab.sealed_json import read_sealed, write_sealed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.text().filter(lambda key: key != "digest")


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("sealed") / "a.json"
    write_sealed(path, value)
    assert read_sealed(path) == value
    assert set(json.loads(path.read_bytes())) == {*value, "digest"}


def test_dates_and_half_surrogates_come_back(tmp_path):
    value = {"day": datetime.date(2013, 1, 2), "name": "a\udce9b"}
    write_sealed(tmp_path / "a.json", value)
    assert read_sealed(tmp_path / "a.json", untagged) == value


def test_every_flipped_bit_and_every_cut_is_noticed_or_changes_nothing(tmp_path):
    path = tmp_path / "a.json"
    value = {"text": "é", "list": [1, 2.5, None, True], "inner": {"digest": "x"}}
    write_sealed(path, value)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
            try:
                found = read_sealed(path)
            except ValueError:
                continue
            # only the seal itself can have been hit
            assert {name: found[name] for name in value} == value
        if at == len(whole) - 1:
            # without its last line end it says the same
            continue
        path.write_bytes(whole[:at])
        with pytest.raises(ValueError):  # noqa: PT011  # which of them is told by the parser
            read_sealed(path)


def test_a_file_without_a_seal_is_read_as_it_is(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}')
    assert read_sealed(path) == {"a": 1}


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '{"a": 1', "[" * 100_000])
def test_what_is_no_object_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011  # which of them is told by the parser
        read_sealed(path)
