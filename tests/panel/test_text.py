"""Displays as plain text."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.contract.model import (
    Contract,
    ExecutionTable,
    PartitionTable,
    ReduceTable,
    ResourcesTable,
    SharedItem,
)
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.extraction import Becomes, Capture
from jupyter_agilab.panel.columns import columns_of
from jupyter_agilab.panel.failures_text import failures_text
from jupyter_agilab.panel.plan_text import partition_lines
from jupyter_agilab.panel.run_text import status_line, status_text
from jupyter_agilab.panel.runs_text import runs_text
from jupyter_agilab.panel.text import (
    BECOMES,
    STATES,
    captures_text,
    contract_text_view,
    findings_count,
    findings_text,
    plan_text,
    result_text,
    trial_text,
)
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.reduce.trial import ReducerTrial
from jupyter_agilab.result import StageResult
from jupyter_agilab.run.causes import Causes
from jupyter_agilab.run.history import RunSummary
from jupyter_agilab.run.tried import TrialReport
from jupyter_agilab.run.types import Failure, RunState
from jupyter_agilab.run.watch import RunStatus
from jupyter_agilab.run.worker_status import WorkerStatus

TRACEBACK = """\
Traceback (most recent call last):
  File "stages/clean.py", line 3, in clean
    return 1 / 0
ZeroDivisionError: division by zero"""

CONTRACT = Contract(
    name="clean",
    function="stages/clean.py:clean",
    split="files",
    input="data/*.csv",
    workers="auto",
    partition_strategy="file-chunks",
    target_partitions=64,
    min_partitions_per_worker=2,
    reducer="concat-csv",
    backend="pool",
    output="artifacts/clean.csv",
)


def fits(text, width=100):
    return [line for line in text.split("\n") if columns_of(line) > width] == []


def chunk(index, start, stop, source="data/flights.csv"):
    return Partition(index, f"{index:016x}", "bytes", source, start, stop, 50, "csv", None, stop - start, "f")


def params(index, **values):
    return Partition(index, f"{index:016x}", "parameters", "", 0, 0, 0, "", values, 1.0, "f")


def plan_of(partitions, workers=2, **changes):
    owners = [index % workers for index in range(len(partitions))]
    loads = [0.0] * workers
    for partition, owner in zip(partitions, owners, strict=True):
        loads[owner] += partition.weight
    made = Plan(
        stage="clean",
        partitions=partitions,
        workers=owners,
        requested_workers=8,
        effective_workers=8,
        planned_partitions=64,
        useful_workers=workers,
        threads_per_worker=1,
        cores=8,
        input_files=1,
        rule="1 file is cut into byte ranges.",
        loads=tuple(loads),
    )
    return replace(made, **changes)


def status_of(state: RunState = "running", **changes):
    values = {
        "partitions": 5000,
        "runner": "pool",
        "finished": 1200,
        "reused": 34,
        "elapsed_s": 4.0,
        "rate": 300.0,
        "remaining_s": 12.4,
        "workers": {"pool-0": WorkerStatus(finished=700), "pool-1": WorkerStatus(finished=500)},
    }
    return RunStatus(
        run_id="20260801-120000-ab12", stage="clean", run_dir="/r", state=state, **values | changes
    )


def causes_of(*failures, where=""):
    causes = Causes()
    for at, event in enumerate(failures):
        cause = causes.add({**event, "t": 1_800_000_000.0 + at, "final": True})
        if cause is not None:
            cause.where = where
    return list(causes)


def failure(index=3, **changes):
    made = Failure(
        index=index,
        partition=f"{index:016x}",
        described="data/b.csv",
        error_type="ZeroDivisionError",
        message="division by zero",
        traceback=TRACEBACK,
    )
    return replace(made, **changes)


def failure_event(index=3, **changes):
    kept = failure(index, **changes)
    return {name: getattr(kept, name) for name in kept.__slots__}


class TestFindings:
    def test_place_message_and_hint(self):
        finding = Finding(
            code="contract.value",
            message="split must be one",
            path="a.toml",
            line=3,
            column=1,
            hint="try files",
        )
        assert findings_text([finding]) == "a.toml:3:1: error: split must be one\n    hint: try files"

    def test_order_is_kept_and_severities_are_counted(self):
        made = [
            Finding(code="c", message=str(at), severity=kind)
            for at, kind in enumerate(["info", "error", "info"])
        ]
        assert findings_text(made) == "note: 0\nerror: 1\nnote: 2"
        assert findings_count(made) == "1 error, 2 notes"
        assert findings_count([]) == "nothing found"
        assert findings_text([]) == ""

    def test_control_characters_of_a_message_do_not_reach_the_terminal(self):
        assert "\x1b" not in findings_text([Finding(code="c", message="name is '\x1b[2J'")])


class TestContract:
    def test_what_is_not_declared_is_not_shown(self):
        assert contract_text_view(CONTRACT) == "\n".join(
            [
                "contract of clean",
                "  function    stages/clean.py:clean",
                "  split       files, file-chunks",
                "  input       data/*.csv",
                "  partitions  about 64",
                "  workers     auto, at least 2 partitions each where possible",
                "  reducer     concat-csv",
                "  backend     pool",
                "  output      artifacts/clean.csv",
            ]
        )

    def test_every_table_is_shown(self):
        full = replace(
            CONTRACT,
            split="data-partitions",
            partition_strategy="row-chunks",
            reducer="custom",
            notes="sums by carrier",
            partition=PartitionTable(by="dates", columns=("time",), period="month", where="a < 3", rows=10),
            parameters={"limit": 3, "name": "x"},
            reduce=ReduceTable(function="sum", options={"by": "carrier"}),
            execution=ExecutionTable(
                pool="threads", retries=2, timeout_s=90, memory="2 GiB", on_failure="finish", seed=7
            ),
            resources=ResourcesTable(cpus=2, memory="1 GB", gpus=1, named={"licence": 3}),
            shared={"stops": SharedItem(path="shared/stops.parquet", format="parquet", digest="blake2b:0")},
        )
        text = contract_text_view(full)
        for part in (
            "dates of time by month (10 each)",
            "limit=3, name='x'",
            "custom: sum (by='carrier')",
            "those with a < 3",
            "pool (threads)",
            "2 GiB a worker",
            "1 min 30 s a partition",
            "2 cores, 1 GB, 1 GPUs, 3 licence",
            "stops (shared/stops.parquet)",
            "finish the other partitions",
            "sums by carrier",
        ):
            assert part in text
        assert fits(text)


class TestCaptures:
    def test_one_line_each_with_what_it_became(self):
        made = [
            Capture(name="path", becomes="partition", explanation="the file", line=1, column=4),
            Capture(name="tidy", becomes="function", explanation="copied from cell 3", via="clean"),
            Capture(
                name="model", becomes="refused", explanation="a model of 20 MB; read it in the cell", line=12
            ),
        ]
        assert captures_text(made) == "\n".join(
            [
                "  path   the partition    line 1     the file",
                "  tidy   copied function  for clean  copied from cell 3",
                "  model  REFUSED          line 12    a model of 20 MB; read it in the cell",
            ]
        )

    def test_a_generator_is_fine_and_none_is_said(self):
        assert captures_text(iter([])) == "the cell reads no names from outside"
        one = Capture(name="np", becomes="import", explanation="import numpy as np")
        assert "import numpy as np" in captures_text(item for item in [one])

    def test_every_outcome_has_a_word(self):
        assert set(BECOMES) == set(Becomes.__args__)

    @given(st.text(max_size=80), st.text(max_size=300), st.integers(40, 120))
    def test_long_names_and_explanations_fit(self, name, explanation, width):
        made = [Capture(name=name, becomes="shared", explanation=explanation, line=1)]
        assert fits(captures_text(made, width), width)


class TestPlan:
    def test_whole(self):
        plan = plan_of([chunk(at, at * 1000, at * 1000 + 1000) for at in range(4)])
        assert plan_text(plan, backend="pool", contract="OK") == "\n".join(
            [
                "plan of clean: 4 partitions, 2 useful workers",
                "  contract  OK",
                "  run-time  pool, 2 workers x 1 thread, of 8 cores",
                "  input     1 file",
                "  rule      1 file is cut into byte ranges.",
                "  planned   64 partitions for 8 workers",
                "  actual    4 partitions for 2 workers",
                "",
                "work by worker",
                "  0  ████████████████████████  50%  2.0 kB  2 partitions",
                "  1  ████████████████████████  50%  2.0 kB  2 partitions",
                "",
                "  #  partition                     range    size  worker",
                "  0  data/flights.csv      bytes 0-1,000  1.0 kB       0",
                "  1  data/flights.csv  bytes 1,000-2,000  1.0 kB       1",
                "  2  data/flights.csv  bytes 2,000-3,000  1.0 kB       0",
                "  3  data/flights.csv  bytes 3,000-4,000  1.0 kB       1",
            ]
        )

    def test_the_middle_of_many_partitions_is_counted(self):
        lines = plan_text(plan_of([params(at, lr=0.1 * at, seed=at) for at in range(2000)])).split("\n")
        listed = lines[lines.index("") + 1 :]
        assert "      ... 1,990 more partitions" not in listed
        assert "  ... 1,990 more partitions" in listed
        shown = [line.split()[0] for line in listed if "seed=" in line]
        assert shown == ["0", "1", "2", "3", "4", "5", "6", "1,997", "1,998", "1,999"]

    @pytest.mark.parametrize(("rows", "expected"), [(0, 0), (1, 1), (3, 3), (5, 5), (12, 12), (500, 50)])
    def test_as_many_rows_as_asked(self, rows, expected):
        text = plan_text(plan_of([params(at, seed=at) for at in range(50)]), rows=rows)
        assert sum("seed=" in line for line in text.split("\n")) == expected

    def test_many_workers_are_counted(self):
        text = plan_text(plan_of([params(at, seed=at) for at in range(100)], workers=40))
        assert "  ... 24 more workers" in text

    def test_no_input(self):
        finding = Finding(code="plan.no-input", message="no file matches 'data/*.csv'", hint="look in data/")
        text = plan_text(plan_of([], workers=1, findings=(finding,)))
        assert "error: no file matches 'data/*.csv'\n    hint: look in data/" in text
        assert "plan of clean: 0 partitions" in text
        assert "work by worker" not in text

    def test_weights_of_a_sweep_are_not_sizes(self):
        assert "byte" not in plan_text(plan_of([params(0, seed=1)], input_files=0, rule="one set"))

    def test_all_partitions_one_per_line(self):
        plan = plan_of([chunk(at, at * 1000, at * 1000 + 1000) for at in range(12)])
        lines = list(partition_lines(plan))
        assert len(lines) == 12
        assert lines[3] == " 3  0000000000000003  worker 1     1.0 kB  data/flights.csv bytes 3,000-4,000"
        assert list(partition_lines(plan_of([params(0, seed=1)]))) == [
            "0  0000000000000000  worker 0  seed=1"
        ]

    @given(st.text(max_size=200), st.integers(60, 140))
    def test_nothing_is_wider_than_the_terminal(self, source, width):
        plan = plan_of([chunk(at, at * 10**9, (at + 1) * 10**9, source) for at in range(3)])
        assert fits(plan_text(plan, width, backend="dask", contract="OK"), width)


class TestTrial:
    def report(self, **changes):
        made = TrialReport(
            stage="clean",
            partition="0" * 16,
            described="data/a.csv",
            ok=True,
            seconds=0.123,
            load_seconds=1.5,
            peak_memory_bytes=80_000_000,
            records=12,
            size_bytes=1234,
            preview='{"a": 1}\n{"a": 2}',
            output="",
            failure=None,
            reducer=(
                ReducerTrial(count=1, ok=True, records=12),
                ReducerTrial(count=2, ok=True, records=24),
                ReducerTrial(count=0, ok=False, error="nothing to merge"),
            ),
        )
        return replace(made, **changes)

    def test_good(self):
        assert trial_text(self.report()) == "\n".join(
            [
                "trial of clean, data/a.csv: good",
                "  function                123 ms, peak memory 80 MB",
                "  loading                 1.5 s",
                "  result                  12 records, 1.2 kB",
                "  reducer on one result   good, 12 records",
                "  reducer on two results  good, 24 records",
                "  reducer on no results   not good: nothing to merge",
                "",
                "result:",
                '  {"a": 1}',
                '  {"a": 2}',
            ]
        )

    def test_a_failure_ends_with_the_users_own_traceback(self):
        text = trial_text(self.report(ok=False, failure=failure(), records=0, preview="", reducer=()))
        assert text.startswith("trial of clean, data/a.csv: not good\n")
        assert text.endswith("\n\n" + TRACEBACK)
        assert "records" not in text

    def test_a_failing_reducer_is_shown_once(self):
        bad = [ReducerTrial(count=at, ok=False, error="it raised", traceback=TRACEBACK) for at in (1, 2, 0)]
        text = trial_text(self.report(ok=False, reducer=tuple(bad)))
        assert text.count("ZeroDivisionError") == 1

    def test_long_output_is_cut(self):
        text = trial_text(self.report(output="\n".join("x" * 500 for _ in range(40))))
        assert fits(text)
        assert "  ... 32 more lines" in text


class TestStatus:
    def test_line_while_running(self):
        assert status_line(status_of()) == (
            "clean  █████░░░░░░░░░░░░░░░  1,234 of 5,000 partitions, 12 s left, 300/s, 2 workers, 34 reused"
        )

    def test_failures_come_first(self):
        assert "partitions, 3 failed, 12 s left" in status_line(status_of(failed=3), 120)

    def test_line_in_other_states(self):
        assert status_line(status_of("submitted")).endswith("  starting")
        assert "merging 20 of 5,000 partitions" in status_line(status_of("reducing", merged=20))
        assert status_line(status_of("finished", finished=4966, remaining_s=None)).endswith(
            "finished after 4.0 s: 5,000 of 5,000 partitions"
        )
        assert "stopped after 4.0 s: 1,234 of 5,000" in status_line(status_of("stopped"))
        assert "workers are starting" in status_line(
            status_of(workers={}, finished=0, rate=0.0, remaining_s=None)
        )

    def test_figures_that_do_not_fit_are_left_out_whole(self):
        assert status_line(status_of(), 45) == "clean  1,234 of 5,000 partitions, 12 s left"

    @given(st.text(max_size=40), st.sampled_from(list(STATES)), st.integers(0, 10**7), st.integers(30, 140))
    def test_one_line_that_fits(self, stage, state, partitions, width):
        status = status_of(state, partitions=partitions, failed=5)
        status.stage = stage
        line = status_line(status, width)
        assert "\n" not in line
        assert columns_of(line) <= width

    def test_lost_workers_are_not_counted(self):
        workers = {"a": WorkerStatus(finished=1), "b": WorkerStatus(lost="killed by signal 9")}
        assert "1 worker," in status_line(status_of(workers=workers)) + ","
        assert "lost: killed by signal 9" in status_text(status_of(workers=workers))

    def test_text(self):
        failed = [failure_event(index) for index in range(3, 8)]
        status = status_of(failed=5, causes=causes_of(*failed), records=12_000, size_bytes=1_000_000)
        text = status_text(status)
        assert text.startswith("clean: run 20260801-120000-ab12 is running\n")
        for part in (
            "1,234 of 5,000 have a result, 34 of them from earlier runs, 5 failed",
            "4.0 s, 300/s, 12 s left",
            "12,000 records, 1.0 MB",
            "pool-0",
            "700 partitions",
            "5 partitions: partition 3 (data/b.csv), partition 4 (data/b.csv), "
            "partition 5 (data/b.csv) and 2\n"
            "    more:\n",
            "this is partition 3\n" + TRACEBACK,
        ):
            assert part in text
        assert fits(text)

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("submitted", "is starting"),
            ("running", "is running"),
            ("reducing", "is merging"),
            ("finished", "has finished"),
            ("failed", "has failed"),
            ("partial", "has finished without 0 partitions"),
            ("stopped", "was stopped"),
            ("interrupted", "was interrupted"),
        ],
    )
    def test_every_state_has_words(self, state, words):
        assert status_text(status_of(state)).split("\n")[0].endswith(words)
        assert set(STATES) == set(RunState.__args__)

    def test_a_traceback_is_never_cut_but_cannot_steer_the_terminal(self):
        long = TRACEBACK + " " + "x" * 300 + "\x1b[2J"
        text = failures_text(status_of(failed=1, causes=causes_of(failure_event(traceback=long, attempt=2))))
        assert "x" * 300 + "\\x1b[2J" in text
        assert text.startswith("partition 3 (data/b.csv), attempt 2:\n")

    def test_a_failure_of_a_cell_names_its_line(self):
        causes = causes_of(failure_event(), where="cell 3 of flights.ipynb, line 5")
        text = failures_text(status_of(failed=1, causes=causes))
        assert text.startswith("partition 3 (data/b.csv), cell 3 of flights.ipynb, line 5:\n")

    def test_three_causes_are_shown_and_the_others_counted(self):
        failed = [failure_event(at, error_type=f"Error{at % 5}", message="no") for at in range(12)]
        text = failures_text(status_of(failed=12, causes=causes_of(*failed)))
        assert text.count(TRACEBACK) == 3
        assert text.endswith("... and 2 more causes with 4 failed partitions")

    def test_the_partition_is_not_named_twice(self):
        message = f"partition {3:016x} (data/b.csv): a set cannot be stored"
        event = failure_event(traceback="", error_type="ResultTypeError", message=message)
        text = failures_text(status_of(failed=1, causes=causes_of(event)))
        assert text == "partition 3 (data/b.csv):\nResultTypeError: a set cannot be stored"

    def test_a_failure_without_a_traceback_has_its_type(self):
        event = failure_event(traceback="", error_type="WorkerDied", message="killed by signal 9")
        text = failures_text(status_of(failed=1, causes=causes_of(event)))
        assert text.endswith("WorkerDied: killed by signal 9")


class TestProgress:
    """What a run does now: workers, memory, the longest partition, retries."""

    STARTED = 1000.0

    def status(self, **changes):
        workers = {
            "pool-0": WorkerStatus(finished=700, pid=1, host="h", rss_bytes=10**8),
            "pool-1": WorkerStatus(finished=500, pid=2, host="h", rss_bytes=2 * 10**8),
        }
        for at, worker in enumerate(workers.values()):
            for seen, cpu_s in ((1100.0, 5.0), (1200.0, 5.0 + at * 90)):
                beat = {"partition": 40 + at, "since": 1010.0 + at * 60, "cpu_s": cpu_s}
                worker.look({**beat, "rss_bytes": worker.rss_bytes}, seen)
        values = {"started": self.STARTED, "elapsed_s": 200.0, "slots": 2, "workers": workers}
        return status_of(**values | changes)

    def test_workers_memory_and_the_longest_partition(self):
        text = status_text(self.status())
        assert "workers     2 of 2 alive, 300 MB in memory" in text
        assert (
            "longest     partition 40 for 3 min 10 s, no CPU used for 1 min 40 s: it waits for something, or "
            "is"
        ) in text
        assert "partition 41 for 2 min 10 s, computing" in text

    def test_retries_that_wait(self):
        status = self.status(retries_waiting=2, retry_at=1205.0)
        assert "2 failed partitions to try again, the next in 5.0 s" in status_text(status)
        assert "2 to try again" in status_line(status, 200)

    def test_a_worker_that_may_be_stuck_is_on_the_line_too(self):
        assert "1 without CPU use" in status_line(self.status(), 200)
        assert "300 MB memory" in status_line(self.status(), 200)

    def test_a_run_that_has_ended_tells_nothing_of_now(self):
        status = self.status(state="failed")
        for worker in status.workers.values():
            worker.rest()
        text = status_text(status)
        assert "alive" not in text
        assert "longest" not in text


class TestRuns:
    def summary(self, **changes):
        made = RunSummary(
            run_id="20260801-120000-ab12",
            stage="clean",
            run_dir="/r",
            state="finished",
            submitted=1.0,
            seconds=12.5,
            partitions=64,
            finished=60,
            reused=4,
            failed=0,
            artifact="/a",
            size_bytes=2_000_000,
            message="",
            age_s=7200.0,
        )
        return replace(made, **changes)

    def test_none(self):
        assert runs_text([]) == "there are no runs yet"

    def test_table(self):
        failed = self.summary(state="failed", failed=3, finished=20, artifact=None)
        *lines, total = runs_text([self.summary(), failed]).split("\n")
        assert lines[0].split() == [
            *("stage", "run", "state", "age", "took", "partitions", "failed", "on", "disk", "artifact")
        ]
        assert "2 h 00 min" in lines[1]
        assert "64 of 64" in lines[1]
        assert lines[1].endswith("  a")
        assert lines[2].split()[-4:] == ["64", "3", "2.0", "MB"]
        assert total == "2 runs, 4.0 MB on disk"

    def test_shared_results_are_told(self):
        told = runs_text([self.summary(), self.summary(shared_bytes=5, size_bytes=0)])
        assert told.endswith("2 runs, 2.0 MB on disk; 1 of them shares results, which are counted once")

    def test_an_artifact_is_named_as_in_the_contract(self):
        made = self.summary(artifact="/c/artifacts/a.csv", run_dir="/c/.agilab/runs/clean/1")
        assert runs_text([made]).split("\n")[1].endswith("  artifacts/a.csv")

    def test_a_column_without_anything_is_left_out(self):
        assert "failed" not in runs_text([self.summary()])


class TestResult:
    def result(self, path: Path, records, columns=()):
        return StageResult(
            stage="clean",
            run_id="20260801-120000-ab12",
            run_dir=path.parent,
            path=path,
            records_count=records,
            columns=columns,
            size_bytes=path.stat().st_size if path.exists() else 10,
            partitions=64,
            reused=3,
            seconds=2.5,
        )

    def test_a_table(self, tmp_path):
        path = tmp_path / "clean.csv"
        path.write_text("carrier,delay\n" + "".join(f"U{at},{at}.5\n" for at in range(20)))
        text = result_text(self.result(path, 20, ("carrier", "delay")), width=400)
        assert text == "\n".join(
            [
                f"clean: 20 records, {path.stat().st_size} bytes",
                f"  artifact  {path}",
                "  run       20260801-120000-ab12: 64 partitions, 3 of them from earlier runs, 2.5 s",
                "  columns   carrier (str), delay (float)",
                "",
                "  carrier  delay",
                "  U0       0.5",
                "  U1       1.5",
                "  U2       2.5",
                "  U3       3.5",
                "  U4       4.5",
                "  ... 15 more records",
            ]
        )

    def test_columns_that_do_not_fit_are_marked(self, tmp_path):
        path = tmp_path / "wide.jsonl"
        path.write_text(json.dumps({f"column {at}": at * 1000 for at in range(30)}) + "\n")
        text = result_text(self.result(path, 1), width=80)
        assert fits(text, 80)
        assert text.split("\n")[-1].split()[-1] == "..."
        assert "0" in text.split("\n")[-1].split()

    def test_values_that_are_no_mappings(self, tmp_path):
        path = tmp_path / "list.json"
        path.write_text(json.dumps([[1, 2], "x" * 300, None]))
        text = result_text(self.result(path, 3))
        assert fits(text)
        assert "  [1, 2]\n" in text
        assert text.endswith("\n  null")

    def test_an_artifact_that_is_gone_or_damaged(self, tmp_path):
        path = tmp_path / "gone.csv"
        assert "carrier, delay" in result_text(self.result(path, 20, ("carrier", "delay")))
        broken = tmp_path / "broken.jsonl"
        broken.write_text("{not json\n")
        assert "clean: 20 records" in result_text(self.result(broken, 20))

    def test_wide_and_control_characters(self, tmp_path):
        path = tmp_path / "wide.jsonl"
        path.write_text(json.dumps({"名前": "\x1b[2J\n", "b": None}, ensure_ascii=False) + "\n")
        text = result_text(self.result(path, 1))
        assert "\x1b" not in text
        assert "\\x1b[2J\\n" in text
