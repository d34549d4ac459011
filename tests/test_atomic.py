"""Files are written whole or not at all."""

import fcntl
import os

import pytest

from jupyter_agilab.atomic import remove_parts, replacing, stale_parts, write_text


def test_the_old_content_stays_when_the_block_fails(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as out:
        out.write(b"half" * out.write(b"half") * (1 // 0))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_permissions_of_a_replaced_file_are_kept(tmp_path):
    path = tmp_path / "a.sh"
    write_text(path, "old")
    path.chmod(0o750)
    write_text(path, "new")
    assert path.stat().st_mode & 0o777 == 0o750
    assert path.read_text() == "new"


def test_ready_sees_the_complete_file_under_its_temporary_name(tmp_path):
    path = tmp_path / "a.txt"
    seen = []
    with replacing(path, lambda temporary: seen.append((temporary.read_bytes(), path.exists()))) as out:
        out.write(b"all")
    assert seen == [(b"all", False)]
    assert path.read_bytes() == b"all"


def test_only_what_nobody_writes_any_more_is_a_stale_part(tmp_path):
    path = tmp_path / "a.txt"
    left = tmp_path / ".a.txt.0123abcd.part"
    left.touch()
    (tmp_path / "a.txt.part").touch()
    (tmp_path / ".b.txt.0123abcd.part").touch()
    with replacing(path) as out:
        out.write(b"x")
        assert stale_parts(path) == [left]
        remove_parts(path)
    assert path.read_bytes() == b"x"
    assert sorted(os.listdir(tmp_path)) == [".b.txt.0123abcd.part", "a.txt", "a.txt.part"]


def test_a_temporary_file_that_is_removed_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    """Somebody who tidies up may come between its making and its lock."""
    real, removed = fcntl.flock, []

    def flock(descriptor, operation):
        if not removed:
            (part,) = tmp_path.glob(".*.part")
            part.unlink()
            removed.append(part)
        return real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    write_text(tmp_path / "a.txt", "whole")
    assert removed
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_file_system_without_locks_is_written_all_the_same(tmp_path, monkeypatch):
    def flock(descriptor, operation):
        raise OSError(95, "Operation not supported")

    (tmp_path / ".a.txt.0123abcd.part").touch()
    monkeypatch.setattr(fcntl, "flock", flock)
    write_text(tmp_path / "a.txt", "whole")
    assert (tmp_path / "a.txt").read_text() == "whole"
    # nothing tells whether somebody writes it
    assert stale_parts(tmp_path / "a.txt") == []
