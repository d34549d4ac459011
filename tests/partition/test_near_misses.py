from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_agilab.partition.near_misses import no_input


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in [
        "data/a.CSV",
        "data/b.CSV",
        "data/c.json",
        "hid/.x.csv",
        "only/d.csv/x.txt",
        "deep/er/x.csv",
        "notes.txt",
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("data/*.csv", "upper and lower case differ: a.CSV and 1 more"),
        ("data/*.parquet", "files in data: 2 with .CSV, 1 with .json"),
        ("dta/*.csv", "there is no folder 'dta' in the contract's folder; did you mean 'data'?"),
        ("Data/*.csv",
         "there is no folder 'Data' in the contract's folder; upper and lower case differ: data"),
        ("note.txt", "did you mean 'notes.txt'?"),
        ("hid/*.csv", "only hidden files match (.x.csv); they are left out"),
        ("only/*.csv", "only folders match: write only/*.csv/* for the files in them"),
        ("deep/*.csv", "deep/**/*.csv matches 1 in folders below deep"),
        ("data", "data is a folder: write data/* or name a suffix"),
        ("empty/*.csv", "empty is empty"),
        ("data/{a,b}.CSV",
         'braces are not part of a pattern: list the files in a manifest, `input = "@files.txt"`'),
        ("s3://bucket/*.csv",
         "nothing is there, its server does not answer, or it cannot list what it has: name the files"),
    ],
)  # fmt: skip
def test_hints(folder, pattern, hint) -> None:
    finding = no_input(pattern, folder)
    assert finding.hint == hint
    assert (finding.code, finding.severity, finding.key) == ("plan.no-input", "error", "input")
    assert finding.message == f"no file matches {pattern!r} in {folder}"
