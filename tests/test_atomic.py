"""Files are written whole or not at all."""

import os

import pytest

from jupyter_agilab.atomic import replacing, write_text


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
