"""The module is written only if it changed, and never over somebody's edits."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_agilab.errors import ExtractionError, ModuleChangedError, OutputError
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.from_cell import extract
from jupyter_agilab.extract.names import text_digest
from jupyter_agilab.extract.write import write_module


def extraction(cell: str = "len(path)") -> Extraction:
    return extract(cell, name="clean up", split="files", context=CellContext())


def test_writes_below_stages(tmp_path: Path) -> None:
    found = extraction()
    path = write_module(found, tmp_path)
    assert path == tmp_path / "stages" / "clean_up.py"
    assert path.read_text("utf-8") == found.text()
    assert found.function == "stages/clean_up.py:clean_up"


def test_unchanged_module_is_not_written_again(tmp_path: Path) -> None:
    path = write_module(extraction(), tmp_path)
    os.utime(path, ns=(1, 1))
    assert write_module(extraction(), tmp_path) == path
    assert path.stat().st_mtime_ns == 1


def test_module_as_we_wrote_it_is_replaced(tmp_path: Path) -> None:
    first = extraction()
    path = write_module(first, tmp_path)
    changed = extraction("len(path) + 1")
    write_module(changed, tmp_path, recorded_digest=text_digest(first.text()))
    assert path.read_text("utf-8") == changed.text()


@pytest.mark.parametrize("recorded", [True, False])
def test_module_edited_by_hand_is_kept(tmp_path: Path, recorded: bool) -> None:
    first = extraction()
    path = write_module(first, tmp_path)
    edited = first.text() + "\nEDITED = True\n"
    path.write_text(edited, "utf-8")
    digest = text_digest(first.text()) if recorded else None
    with pytest.raises(ModuleChangedError, match=r"clean_up\.py was (edited by hand|written by)") as caught:
        write_module(extraction("len(path) + 1"), tmp_path, recorded_digest=digest)
    assert path.read_text("utf-8") == edited
    assert "--overwrite" in caught.value.hint


def test_module_edited_by_hand_is_replaced_on_demand(tmp_path: Path) -> None:
    path = write_module(extraction(), tmp_path)
    path.write_bytes(b"\xff not utf-8")
    write_module(extraction(), tmp_path, overwrite=True)
    assert path.read_text("utf-8") == extraction().text()


def test_an_extraction_with_errors_is_not_written(tmp_path: Path) -> None:
    found = extraction("missing + path\n!ls")
    with pytest.raises(ExtractionError) as caught:
        write_module(found, tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["extract.no-such-name", "cell.refused"]
    assert "line 1" in str(caught.value)
    assert not (tmp_path / "stages").exists()


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="platform: a folder cannot be made read-only"
)
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match=r"stages/clean_up.py cannot be written"):
        write_module(extraction(), tmp_path)


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "stages").write_text("")
    with pytest.raises(OutputError, match=r"stages/clean_up.py cannot be written"):
        write_module(extraction(), tmp_path)
