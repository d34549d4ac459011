"""Content that is not what the contract takes it for is told in one sentence, with the file's name."""

from __future__ import annotations

import gzip

import pytest

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition import read

FORMS = {
    "rows": lambda *args: list(read.iter_rows(*args)),
    "lines": lambda *args: list(read.iter_lines(*args)),
    "pandas": read.pandas_frame,
    "polars": read.polars_frame,
    "arrow": read.arrow_table,
}


@pytest.fixture
def whole(plan_of, tmp_path):
    """Write a file and give its only partition with the folder."""

    def whole(data: bytes, name: str):
        (tmp_path / name).write_bytes(data)
        (partition,) = plan_of(tmp_path, input=name, partition_strategy="one-file-per-partition").partitions
        return partition, tmp_path

    return whole


@pytest.mark.parametrize("form", ["rows", "lines", "pandas"])
def test_latin_1_taken_for_utf_8_once_gave_a_traceback_through_our_reader(whole, form) -> None:
    with pytest.raises(AgilabError) as caught:
        FORMS[form](*whole("a,b\ncafé,2\n".encode("latin-1"), "a.csv"))
    assert caught.value.message == "a.csv is not utf-8 text: it holds byte 0xe9"
    assert "encoding" in caught.value.hint


@pytest.mark.parametrize(
    ("form", "name", "data"),
    [
        pytest.param("pandas", "a.csv", b'a,b\n"x,1\n', id="open quote, pandas"),
        pytest.param("polars", "a.csv", b'a,b\n"x,1\n', id="open quote, polars"),
        pytest.param("arrow", "a.csv", b"a,b\n1,2,3\n", id="ragged, arrow"),
        pytest.param("polars", "a.jsonl", b'{"a":\n', id="half an object"),
        pytest.param("rows", "a.csv", b'a,b\n"' + b"x" * 200_000 + b'",1\n', id="field limit"),
        pytest.param(
            "rows", "a.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 1000)[:40], id="half a download"
        ),
    ],
)
def test_malformed_content_names_the_file(whole, form, name, data) -> None:
    with pytest.raises(AgilabError) as caught:
        FORMS[form](*whole(data, name))
    assert caught.value.message.startswith(f"{name} cannot be read as ")
    assert "\n" not in caught.value.message
    assert caught.value.hint
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_vanished_stays_an_os_error(whole, form) -> None:
    partition, folder = whole(b"a,b\n1,2\n", "a.csv")
    (folder / "a.csv").unlink()
    with pytest.raises(FileNotFoundError):
        FORMS[form](partition, folder)


def test_an_error_of_the_function_that_reads_is_not_taken_for_one_of_the_file(whole) -> None:
    def refuse(rows):
        for _row in rows:
            raise ValueError("mine")

    partition, folder = whole(b"a,b\n1,2\n", "a.csv")
    with pytest.raises(ValueError, match="mine"):
        refuse(read.iter_rows(partition, folder))
