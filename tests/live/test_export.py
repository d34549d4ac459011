"""Programs of tasks written as workflows: the files run by themselves and give what the program gave."""

import json
import threading

import pytest

from jupyter_agilab import task, use_threads, workflows
from jupyter_agilab.errors import OutputError, UsageError, WorkflowError
from jupyter_agilab.live.export import export_program
from jupyter_agilab.workflow.running.settings import WorkflowSettings

SCALE = 10
LOCK = threading.Lock()


def artifact(written, stage):
    path = written.path.parent / f"artifacts/{stage}.json"
    if path.exists():
        return json.loads(path.read_text())
    return [json.loads(line) for line in path.with_suffix(".jsonl").read_text().splitlines()]


def ran(written):
    """Run the files, as anybody could who has only them."""
    report = workflows.check_workflow(written.path)
    assert report.ok, [str(finding) for finding in report.findings]
    status = workflows.submit_workflow(written.path, WorkflowSettings(workers=2)).wait(timeout_s=200)
    assert status.state == "finished", status.message
    return lambda stage: artifact(written, stage)


@pytest.fixture
def in_threads():
    with use_threads(2) as place:
        yield place


def test_fan_out_and_fan_in(in_threads, patterns, tmp_path):
    def program():
        split = patterns.split_dataset("large_dataset.csv", num_chunks=5)
        processed = patterns.process_chunk.after(split).map(split.get_result())
        return patterns.merge_results.after(processed)(processed.get_results()).get_result()

    written = export_program(program, tmp_path, "fan")
    assert written.stages == ("split_dataset", "process_chunk", "merge_results")
    text = written.path.read_text()
    assert 'input = "split_dataset.artifact"' in text
    assert 'input = "process_chunk.artifact"' in text
    assert 'walltime = "00:03:00"' in text
    of = ran(written)
    (merged,) = of("merge_results")
    assert (merged["total_chunks"], merged["total_items"], merged["total_sum"]) == (5, 500, 124750)
    assert [each["sum"] for each in of("process_chunk")] == [4950, 14950, 24950, 34950, 44950]
    assert merged["total_sum"] == written.result["total_sum"]


def test_pipeline(in_threads, patterns, tmp_path):
    def program():
        first = patterns.preprocess.map(["data_1", "data_2", "data_3"])
        second = patterns.transform.map(
            [{"data": job, "transform_type": f"transform_{i}"} for i, job in enumerate(first)]
        )
        return patterns.finalize.map(second).get_results()

    written = export_program(program, tmp_path, "pipeline")
    assert written.stages == ("preprocess", "transform_items", "transform", "finalize")
    assert ran(written)("finalize") == written.result
    assert written.result[1] == "final_transform_1(preprocessed_data_2)"


def test_sweep(in_threads, patterns, tmp_path):
    sets = [
        {"lr": lr, "batch_size": 32, "epochs": 10, "seed": seed} for lr in (0.001, 0.1) for seed in (0, 1)
    ]

    def program():
        trained = patterns.train_model.map(sets, max_concurrent=1)
        return patterns.select_best.after(trained)(trained).get_result()

    written = export_program(program, tmp_path, "sweep")
    assert "replicas = 1" in written.path.read_text()
    (best,) = ran(written)("select_best")
    assert best == written.result
    assert f"acc={best['accuracy']:.3f}" == "acc=1.344"


@task
def scaled(x, factor=2):
    return helper(x) * factor * SCALE


def helper(x):
    return x + 1


@task
def total(parts, offset):
    return sum(parts) + offset


@task
def uses_another(x):
    return scaled.unwrapped(x)


@task(seed=3)
def noisy(x, rng):
    return x + float(rng.random() < 2)


def test_helpers_constants_and_other_tasks_go_along(in_threads, tmp_path):
    def program():
        one = scaled(4)
        many = uses_another.map([1, 2, 3])
        added = scaled.map([{"x": one, "factor": factor} for factor in (1, 5)])
        noise = noisy.map([1, 2])
        return one.get_result(), total(many, offset=7).get_result(), added.get_results(), noise.get_results()

    written = export_program(program, tmp_path)
    assert written.stages == ("scaled", "uses_another", "scaled_2", "noisy", "total")
    of = ran(written)
    one, summed, added, noise = written.result
    assert (of("scaled"), of("total"), of("scaled_2"), of("noisy")) == ([one], [summed], added, noise)
    assert (one, summed) == (100, 187)
    module = (tmp_path / "stages/uses_another.py").read_text()
    assert "SCALE = 10" in module
    assert "def helper(x):" in module
    assert "scaled = task(scaled)" in module


def test_what_cannot_be_expressed_is_told_and_nothing_is_written(in_threads, tmp_path):
    @task
    def locked(x):
        with LOCK:
            return x

    class Point:
        pass

    @task
    def pointed(x):
        return isinstance(x, Point)

    @task
    def plain(x):
        return x

    def program():
        a = locked.map([1, 2])
        b = task(lambda x: x, name="anonymous")(1)
        c = pointed(1)
        d = plain([a[0], {"b": b}])
        e = plain.map([a[1], a[0]])
        f = plain({1, 2})
        for each in (a, b, c, d, e, f):
            each.wait()

    folder = tmp_path / "out"
    with pytest.raises(WorkflowError) as raised:
        export_program(program, folder)
    told = str(raised.value)
    assert "locked: it uses LOCK, a lock, which a module cannot hold" in told
    assert "anonymous: it is a lambda, which has no text of its own" in told
    assert "pointed: it uses Point, a type, which a module cannot hold" in told
    assert "plain: its parameter x holds jobs inside other values" in told
    assert "plain_2: the jobs of its parameter x are not the elements of one map in their order" in told
    assert "plain_3: its parameter x has a value that JSON cannot hold" in told
    assert not folder.exists()


def test_files_that_are_there_are_not_replaced_unasked(in_threads, tmp_path):
    def program():
        return noisy(1).get_result()

    written = export_program(program, tmp_path, "once")
    before = {path: (tmp_path / path).read_bytes() for path in written.files}
    with pytest.raises(OutputError, match="would be overwritten"):
        export_program(program, tmp_path, "once")
    again = export_program(program, tmp_path, "once", overwrite=True)
    assert {path: (tmp_path / path).read_bytes() for path in again.files} == before


def test_programs_without_tasks_and_bad_names_are_refused(in_threads, tmp_path):
    with pytest.raises(UsageError, match="called no task"):
        export_program(lambda: 1, tmp_path)
    with pytest.raises(UsageError, match="cannot be named"):
        export_program(lambda: 1, tmp_path, "a b")


def test_what_a_program_raises_comes_through(in_threads, tmp_path):
    def program():
        noisy(1).wait()
        raise ValueError("Whoops")

    with pytest.raises(ValueError, match="Whoops"):
        export_program(program, tmp_path / "out")
    assert not (tmp_path / "out").exists()
