"""What is told of an exception of the author's, whatever it is like."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.failures import failure_of
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import load_function, put_back_modules
from jupyter_agilab.run.types import Failure, StageSpec

PARTITION = Partition(3, "0" * 15 + "3", "parameters", "", 0, 0, 0, "", {"i": 3}, 1.0, "f")


@pytest.fixture
def fail(tmp_path: Path, stage_spec: Callable[..., StageSpec]) -> Callable[..., Failure]:
    """Give ``fail(source)``: calls ``work(3)`` of the source as a worker does, describes what it raises."""

    def run(source: str, **changes: object) -> Failure:
        text = textwrap.dedent(source)
        spec = stage_spec({"stages/work.py": text, "helper.py": "def broken(:\n"}, **changes)
        code = RunDirectory(tmp_path / "run").code
        for name, source_text in spec.sources.items():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            (code / name).write_text(source_text)
        with put_back_modules():
            try:
                load_function(spec.sources, spec.digest, spec.entry, "work", str(tmp_path), code)(3)
            except BaseException as error:
                # without this frame, which is no code of ours either
                frames = error.__traceback__.tb_next if error.__traceback__ else None
                found = failure_of(error.with_traceback(frames), PARTITION, "pool-0", 1, spec)
                # it goes through the journal
                assert json.loads(json.dumps(found.traceback)) == found.traceback
                return found
        pytest.fail("it went well")

    return run


def test_the_module_goes_by_the_authors_name_and_lines_are_kept(fail):
    failure = fail("""
        def helper(i):
            return 1 // (i - 3)

        def work(i):
            return helper(i)


        # Lines here = in the cell: 5-6=2
    """)
    assert failure.module_lines == (6, 3)
    assert failure.cell_line == 3
    assert failure.source_line == "return 1 // (i - 3)"
    assert failure.traceback.startswith('Traceback (most recent call last):\n  File "stages/work.py", line 6')
    assert failure.kind == "raised"


def test_the_cell_is_not_told_of_a_module_that_was_edited(fail):
    source = "def work(i):\n    1 / 0\n\n\n# Lines here = in the cell: 1-2=2\n"
    assert fail(source).cell_line == 3
    assert fail(source, has_typed_lines=False).cell_line is None


def test_causes_and_notes_are_told(fail):
    failure = fail("""
        def work(i):
            try:
                {}["carrier"]
            except KeyError as error:
                wrong = ValueError("no carrier")
                wrong.add_note("while reading row 7")
                raise wrong from error
    """)
    assert "KeyError: 'carrier'" in failure.traceback
    assert "direct cause of the following exception" in failure.traceback
    assert failure.traceback.endswith("ValueError: no carrier\nwhile reading row 7\n")


def test_a_group_of_exceptions_is_told_with_all_of_them(fail):
    failure = fail("""
        def work(i):
            raise ExceptionGroup("two things", [ValueError("one"), TypeError("two")])
    """)
    assert failure.error_type == "ExceptionGroup"
    assert "ValueError: one" in failure.traceback
    assert "TypeError: two" in failure.traceback
    assert failure.module_lines == (3,)


@pytest.mark.parametrize(
    "method",
    [
        "def __str__(self): raise RuntimeError('no text')",
        "def __str__(self): raise SystemExit(3)",
        "def __str__(self): return 7",
        "__notes__ = property(lambda self: 1 / 0)",
        "__notes__ = 7",
    ],
)
def test_an_exception_that_cannot_be_shown_is_told_anyway(fail, method):
    failure = fail(f"""
        class Odd(Exception):
            {method}

        def work(i):
            raise Odd("x")
    """)
    assert failure.error_type == "Odd"
    assert "raise Odd" in failure.traceback
    assert failure.module_lines == (6,)


def test_a_syntax_error_in_a_helper_says_where_it_is(fail):
    failure = fail("import helper\ndef work(i): ...\n")
    assert failure.error_type == "SyntaxError"
    assert 'File "helper.py", line 1' in failure.traceback
    assert failure.module_lines == (1,)


def test_a_syntax_error_of_the_module_itself_says_where_it_is(fail):
    failure = fail("def work(i):\n    return (\n")
    assert 'File "stages/work.py", line 2' in failure.traceback
    assert "'(' was never closed" in failure.traceback


def test_code_that_is_made_up_has_its_own_place(fail):
    failure = fail('def work(i):\n    exec("1 +")\n')
    assert 'File "<string>", line 1' in failure.traceback
    assert failure.module_lines == (2,)


def test_a_recursion_is_collapsed(fail):
    failure = fail("""
        def again(i):
            return again(i + 1)

        def work(i):
            return again(i)
    """)
    assert failure.error_type == "RecursionError"
    assert "[Previous line repeated" in failure.traceback
    assert len(failure.traceback) < 2000
    assert failure.module_lines == (6, 3)


def test_a_recursion_through_two_functions_stays_small(fail):
    failure = fail("""
        def ping(i):
            return pong(i)

        def pong(i):
            return ping(i)

        def work(i):
            return ping(i)
    """)
    assert len(failure.module_lines) <= 100
    assert failure.module_lines[0] == 9
    assert len(failure.traceback) < 250_000


def test_ten_megabytes_of_message_are_cut_in_the_middle(fail):
    failure = fail("def work(i):\n    raise ValueError('begin' + 'x' * 10_000_000 + 'end')\n")
    assert failure.message.startswith("begin")
    assert failure.message.endswith("end")
    assert "characters left out" in failure.message
    assert len(failure.message) + len(failure.traceback) < 250_000


@pytest.mark.parametrize("raised", ["SystemExit(3)", "KeyboardInterrupt()", "GeneratorExit()"])
def test_what_ends_a_process_is_a_failure_like_any_other(fail, raised):
    failure = fail(f"def work(i):\n    raise {raised}\n")
    assert failure.error_type == raised.partition("(")[0]
    assert failure.module_lines == (2,)
