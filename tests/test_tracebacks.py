"""What is shown of an exception that the author's code raised, or that we raised below it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from jupyter_agilab.atomic import write_text
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.json_lines import json_objects
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.loading import load_function
from jupyter_agilab.tracebacks import authors_traceback, text_of

SOURCE = """\
class BadData(Exception):
    pass

def work(rows):
    try:
        return list(rows)
    except ValueError as error:
        raise BadData("no good") from error
"""


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Callable[..., object]]:
    """Give the function of a stage's module, loaded as in a worker."""
    before: dict[str, ModuleType] = dict(sys.modules)
    path = list(sys.path)
    yield load_function({"stages/work.py": SOURCE}, "d" * 32, "stages/work.py", "work", str(tmp_path))
    sys.path[:] = path
    for name in set(sys.modules) - set(before):
        del sys.modules[name]


def shown(call: Callable[..., object], rows: Iterator[object]) -> str:
    try:
        call(rows)
    except Exception as error:
        traceback = authors_traceback(error)
        assert traceback is not None
        return text_of(traceback)
    pytest.fail("it went well")


def test_the_authors_exception_goes_by_its_own_name(work) -> None:
    """It once had the made-up name of the worker's module before it."""
    text = shown(work, map(int, ["1", "x"]))
    assert text.splitlines()[-1] == "BadData: no good"
    assert "ValueError: invalid literal" in text
    assert "agilab_stage" not in text


def test_an_error_of_ours_ends_with_the_authors_last_call(work) -> None:
    text = shown(work, json_objects(["[1]"], "a.jsonl"))
    assert "return list(rows)" in text
    assert "json_lines.py" not in text
    assert text.splitlines()[-1].startswith("AgilabError: line 1 of a.jsonl is a JSON list")


def test_an_error_that_never_reached_the_authors_code_has_no_traceback() -> None:
    partition = Partition(0, "i", "file", "a.jsonl", 0, 1, 0, "jsonl", None, 1.0, "f")
    with pytest.raises(AgilabError) as caught:
        next(json_objects(["[1]"], partition))
    error = caught.value
    assert error.__traceback__ is not None
    assert authors_traceback(error.with_traceback(error.__traceback__.tb_next)) is None


def test_what_pythons_library_raises_for_us_is_not_the_authors(tmp_path: Path) -> None:
    """An artifact that could not be written once was told as an error of the reducer's function."""
    with pytest.raises(OSError, match="No such file") as caught:
        write_text(tmp_path / "nowhere" / "file", "text")
    error = caught.value
    assert error.__traceback__ is not None
    assert authors_traceback(error.with_traceback(error.__traceback__.tb_next)) is None
