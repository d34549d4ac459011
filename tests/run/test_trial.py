"""A trial really runs one partition, and tries the reducer."""

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import AgilabError, OutputError, PlanError


def test_a_good_trial(stage):
    stage.module("""
        def work(i):
            print("hello from", i)
            return {"i": i, "big": "x" * i}
    """).sweep(5)
    report = api.trial(stage.path, 3)
    assert report.ok
    assert (report.described, report.records, report.preview) == ("i=3", 1, '{"i":3,"big":"xxx"}')
    assert report.output == "hello from 3\n"
    assert report.peak_memory_bytes > 1e6
    assert [(case.count, case.ok) for case in report.reducer] == [(1, True), (2, True), (0, True)]
    assert not (stage.folder / "artifacts").exists()
    assert api.runs(stage.folder) == []
    assert set(report.to_json()) >= {"stage", "partition", "ok", "seconds", "failure", "reducer", "preview"}


def test_a_trial_that_raises_tells_the_traceback(stage):
    stage.module("def work(i):\n    return 1 // i\n").sweep(2)
    report = api.trial(stage.path)
    assert not report.ok
    assert report.failure.error_type == "ZeroDivisionError"
    assert "return 1 // i" in report.failure.traceback
    assert report.reducer == ()


def test_a_reducer_that_cannot_merge_two_makes_the_trial_fail(stage):
    stage.module("""
        def work(i):
            return i

        def merge(results):
            first, *others = results
            if others:
                raise RuntimeError("only one, please")
            return first
    """).sweep(2)
    stage.contract(
        '[reduce]\nfunction = "stages/work.py:merge"\n',
        reducer="custom",
        output="artifacts/work.json",
        notes="one",
    )
    report = api.trial(stage.path)
    assert not report.ok
    assert [(case.count, case.ok) for case in report.reducer] == [(1, True), (2, False), (0, False)]
    assert "only one, please" in report.reducer[1].error


def test_a_partition_that_is_not_there(stage):
    stage.module("def work(i): ...\n").sweep(2)
    with pytest.raises(PlanError, match="partitions 0 to 1; 2 was asked for"):
        api.trial(stage.path, 2)


def test_a_process_that_dies_is_told(stage):
    stage.module("import os\ndef work(i):\n    os._exit(9)\n").sweep(2)
    with pytest.raises(AgilabError, match="i=0 ended with code 9"):
        api.trial(stage.path)


def test_bytes_that_are_no_text_on_the_processs_output_do_no_harm(stage):
    """A program started by the function once made the trial end with a UnicodeDecodeError of ours."""
    stage.module(r"""
        import os

        def work(i):
            os.write(1, b"\xff\xfe")
            return i
    """).sweep(2)
    assert api.trial(stage.path).ok


def test_a_trial_that_cannot_write_says_so(stage):
    """On a full disk it once ended with a traceback through this package."""
    stage.module("def work(i):\n    return i\n").sweep(2)
    (stage.folder / ".agilab").write_text("in the way")
    with pytest.raises(OutputError, match="the trial of work cannot be written below"):
        api.trial(stage.path)
