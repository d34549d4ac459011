"""The original comes back byte for byte, or not at all."""

import json

import pytest

from jupyter_agilab.errors import OutputError, UsageError
from jupyter_agilab.migrate.notebooks.undo import HOME, keep_original, undo

BEFORE, AFTER = b'{"a": 1}\r\n\xc3\xa9', b'{"a": 2}'


@pytest.fixture
def notebook(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_bytes(BEFORE)
    return path


def migrated(path, **files):
    written = {name.replace("__", "/"): data for name, data in files.items()}
    for name, data in written.items():
        place = path.parent / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
    keep_original(path, path.read_bytes(), AFTER, written)
    path.write_bytes(AFTER)


def test_back_byte_for_byte(notebook):
    migrated(notebook)
    assert (notebook.parent / ".agilab" / ".gitignore").read_text() == "*\n"
    undo(notebook)
    assert notebook.read_bytes() == BEFORE
    assert not list((notebook.parent / HOME).iterdir())
    with pytest.raises(UsageError, match="no migration"):
        undo(notebook)


def test_an_edited_notebook_is_asked_about(notebook):
    migrated(notebook)
    notebook.write_bytes(b"mine")
    with pytest.raises(UsageError, match="edited since"):
        undo(notebook)
    assert notebook.read_bytes() == b"mine"
    undo(notebook, even_edited=True)
    assert notebook.read_bytes() == BEFORE


def test_a_notebook_that_is_gone_comes_back(notebook):
    migrated(notebook)
    notebook.unlink()
    undo(notebook)
    assert notebook.read_bytes() == BEFORE


def test_its_files_go_unless_they_were_changed(notebook):
    migrated(notebook, stages__a=b"a", stages__b=b"b", c=b"c")
    (notebook.parent / "stages" / "b").write_bytes(b"mine")
    done = undo(notebook)
    assert (set(done.removed), done.kept) == ({"stages/a", "c"}, ("stages/b",))
    assert (notebook.parent / "stages" / "b").read_bytes() == b"mine"


def test_a_contract_whose_digests_were_renewed_goes(notebook):
    text = b'x = 1\ndigest = "blake2b:' + b"0" * 32 + b'"\n'
    keep_original(notebook, BEFORE, AFTER, {"s.toml": text})
    notebook.write_bytes(AFTER)
    (notebook.parent / "s.toml").write_bytes(text.replace(b"0" * 32, b"ab" * 16))
    assert undo(notebook).removed == ("s.toml",)


def test_two_migrations_are_undone_one_by_one(notebook):
    migrated(notebook)
    keep_original(notebook, AFTER, b"third", {})
    notebook.write_bytes(b"third")
    undo(notebook)
    assert notebook.read_bytes() == AFTER
    undo(notebook)
    assert notebook.read_bytes() == BEFORE


def test_another_notebooks_original_is_not_taken(notebook):
    migrated(notebook)
    other = notebook.with_name("m.ipynb")
    other.write_bytes(b"other")
    with pytest.raises(UsageError, match=r"m\.ipynb has no migration"):
        undo(other)


def test_a_damaged_original_is_not_given_back(notebook):
    migrated(notebook)
    (original,) = (notebook.parent / HOME).glob("*/original")
    original.write_bytes(b"x")
    with pytest.raises(OutputError, match="damaged"):
        undo(notebook)
    assert notebook.read_bytes() == AFTER


def test_a_record_that_cannot_be_read_does_not_count(notebook):
    migrated(notebook)
    (record,) = (notebook.parent / HOME).glob("*/record.json")
    record.write_text(json.dumps({"notebook": "n.ipynb"}))
    with pytest.raises(UsageError, match="no migration"):
        undo(notebook)
