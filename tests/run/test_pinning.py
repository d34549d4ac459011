"""Pinned partitions: who does what is as the file says, and the results are the same bytes."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab import api
from jupyter_agilab.errors import ClusterError, PlanError
from jupyter_agilab.planning.distribution import distribution_of
from jupyter_agilab.planning.pins import NOT_PINNED, Pins, Target, slots_on
from jupyter_agilab.planning.work_plan import work_plan_of
from jupyter_agilab.run.batching import Batcher
from jupyter_agilab.run.crew import Crew
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.pinned_batching import PinnedBatcher
from jupyter_agilab.run.pinning import Pinning, RunPins, resolve

HERE = os.uname().nodename


def work_plan(stage, wanted):
    """Write a work plan; `wanted` has a name, or None, for each partition."""
    plan = api.plan(stage.path)
    value = work_plan_of(plan)
    value["pins"] = {
        each.id: name for each, name in zip(plan.partitions, wanted, strict=True) if name is not None
    }
    path = stage.folder / "who.json"
    path.write_text(json.dumps(value))
    return str(path)


def journal(run_dir):
    return list(read_events(Path(run_dir) / "events.jsonl"))


def done_by(run_dir):
    """Give who did each partition."""
    return {
        index: event["worker"]
        for event in journal(run_dir)
        if event["type"] == "task.finished"
        for index in indexes_in(event["indexes"])
    }


class TestBatches:
    @given(
        pins=st.lists(st.integers(-1, 3), min_size=1, max_size=200),
        fixed=st.none() | st.integers(1, 20),
        data=st.data(),
    )
    def test_each_partition_is_handed_out_once_and_no_batch_mixes_pins(self, pins, fixed, data):
        weights = data.draw(st.lists(st.floats(0, 1e6), min_size=len(pins), max_size=len(pins)))
        batcher = PinnedBatcher(weights, range(len(pins)), 4, fixed, pins=pins, room=[1] * 4)
        seen, busy = [], {}
        while batcher:
            batch = batcher.next(busy, [1] * 4)
            if not batch:
                # all who have something left are busy
                busy = {}
                continue
            (place,) = {pins[index] for index in batch}
            if place != NOT_PINNED:
                assert not busy.get(place)
                busy[place] = 1
            seen += batch
            batcher.learn(batch, data.draw(st.floats(0, 10)))
        assert sorted(seen) == list(range(len(pins)))
        assert batcher.next({}, [1] * 4) == []

    def test_without_room_nothing_pinned_is_handed_out_and_the_rest_is(self):
        batcher = PinnedBatcher([1.0] * 4, range(4), 2, 1, pins=[0, 0, -1, -1], room=[1])
        assert [batcher.next({}, [0]) for _ in range(3)] == [[2], [3], []]
        assert batcher
        assert batcher.waiting() == [0]
        assert batcher.next({}, [1]) == [0]
        assert batcher.next({0: 1}, [1]) == []

    def test_what_is_put_back_stays_pinned(self):
        batcher = PinnedBatcher([1.0] * 4, range(4), 2, 2, pins=[0, 0, 1, 1], room=[1, 1])
        batch = batcher.next({}, [1, 1])
        batcher.put_back(batch, parts=2)
        again = [batcher.next({1 - batch[0] // 2: 1}, [1, 1]) for _ in range(2)]
        assert again == [[batch[0]], [batch[1]]]

    def test_one_that_has_been_quick_makes_the_batches_of_all_larger(self):
        pins = [0] * 1000 + [1] * 1000
        batcher = PinnedBatcher([1.0] * 2000, range(2000), 2, None, pins=pins, room=[1, 1])
        first = batcher.next({}, [1, 1])
        batcher.learn(first, 0.001)
        assert len(batcher.next({pins[first[0]]: 1}, [1, 1])) > 50

    def test_as_many_segments_at_most_as_without_pins(self):
        pins = [index % 64 for index in range(100_000)]
        batcher = PinnedBatcher([1.0] * 100_000, range(100_000), 64, None, pins=pins, room=[1] * 64)
        plain = Batcher([1.0] * 100_000, range(100_000), 64)
        counts = []
        for each, given_room in ((batcher, ({}, [1] * 64)), (plain, ())):
            tasks = 0
            while batch := each.next(*given_room):
                each.learn(batch, 1e-2 * len(batch))
                tasks += 1
            counts.append(tasks)
        assert counts[0] < counts[1] + 64 * 40


class TestWhoIsMeant:
    CREW = {"alpha": "10.0.0.1", "10": "10.0.0.2", "2": "10.0.0.1"}  # noqa: RUF012

    def meant(self, *targets, crew=None):
        pins = Pins("who.json", targets, list(range(len(targets))))
        return list(resolve(pins, crew or self.CREW).workers)

    def test_names_hosts_and_numbers(self):
        assert self.meant(Target("alpha"), Target("10.0.0.2"), Target("2")) == ["alpha", "10.0.0.2", "2"]
        # sorted as people do: 2, 10, alpha
        crew = {"10": "h", "2": "h", "0": "h"}
        assert self.meant(Target("worker-0"), Target("worker-2"), crew=crew) == ["0", "10"]

    def test_slots_of_a_host_in_their_order(self):
        slots = slots_on(["10.0.0.1", "10.0.0.2", "10.0.0.1"])
        assert self.meant(*slots) == ["2", "10", "alpha"]

    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1", HERE])
    def test_this_machine_has_several_names(self, name):
        assert self.meant(Target(name), crew={"worker-0": HERE}) == [HERE]
        assert self.meant(Target(host=name), crew={"worker-0": "127.0.0.1"}) == ["worker-0"]

    def test_all_that_are_not_there_are_told_at_once(self):
        targets = (Target("beta"), Target("worker-7"), Target("10.0.0.9"), Target(host="10.0.0.2", number=1))
        pins = Pins("who.json", (*targets, Target("alpha")), [0, 0, 1, 2, 3, 4])
        with pytest.raises(PlanError) as caught:
            resolve(pins, self.CREW)
        assert [each.code for each in caught.value.findings] == ["plan.unknown-worker"] * 4
        told = str(caught.value)
        for part in (
            "2 partitions are pinned to beta",
            "worker-7",
            "10.0.0.9",
            "worker number 1 of 10.0.0.2",
        ):
            assert part in told

    def test_a_target_of_no_partition_may_be_missing(self):
        pins = Pins("who.json", (Target("alpha"), Target("gone")), [0, NOT_PINNED])
        assert resolve(pins, self.CREW).workers[0] == "alpha"


class TestWorkersThatGo:
    def pinning(self, patience_s=0.0):
        crew = Crew(lambda kind, **fields: None)
        crew("worker.joined", worker="a", host="h", pid=1)
        crew("worker.joined", worker="b", host="h", pid=2)
        return crew, Pinning(RunPins([0, 1, NOT_PINNED], ("a", "h")), crew, 2, patience_s=patience_s)

    def test_room_follows_who_is_there(self):
        crew, pinning = self.pinning()
        assert pinning.room() == [1, 2]
        assert pinning.begin(0) == ("a",)
        assert (pinning.has_room(0), pinning.has_room(1), pinning.has_room(2)) == (False, True, True)
        pinning.end(0)
        crew("worker.lost", worker="a", cause="killed")
        assert pinning.room() == [0, 1]
        crew("worker.joined", worker="a", host="h", pid=3)
        assert pinning.room() == [1, 2]

    def test_one_that_does_not_come_back_is_told(self):
        crew, pinning = self.pinning()
        pinning.check([0, 1])
        crew("worker.lost", worker="a", cause="it was preempted")
        pinning.check([1])
        pinning.check([0])
        time.sleep(0.01)
        with pytest.raises(ClusterError, match=r"pinned to a, which is gone \(it was preempted\)"):
            pinning.check([0])

    def test_one_that_comes_back_in_time_is_not(self):
        crew, pinning = self.pinning()
        crew("worker.lost", worker="a", cause="x")
        pinning.check([0])
        crew("worker.joined", worker="a", host="h", pid=3)
        time.sleep(0.01)
        pinning.check([0])
        crew("worker.lost", worker="a", cause="x")
        # the patience begins anew
        pinning.check([0])

    def test_what_is_under_way_there_counts_too(self):
        crew, pinning = self.pinning()
        pinning.begin(0)
        crew("worker.lost", worker="a", cause="x")
        pinning.check([])
        time.sleep(0.01)
        with pytest.raises(ClusterError):
            pinning.check([])


class TestRuns:
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(wanted=st.lists(st.sampled_from([None, 0, 1, 2]), min_size=9, max_size=9))
    def test_any_pins_are_kept_and_give_the_same_bytes(self, stage, wanted):
        stage.module("def work(i):\n    return {'i': i, 'y': [i] * i}\n").sweep(9)
        stage.contract('[execution]\npool = "threads"\n', backend="pool", workers=3)
        plain = stage.run(force=True)
        expected = plain.path.read_bytes()
        names = [None if number is None else f"thread-{number}" for number in wanted]
        result = stage.run(force=True, distribution=work_plan(stage, names))
        assert result.path.read_bytes() == expected
        did = done_by(result.run_dir)
        assert sorted(did) == list(range(9))
        for index, name in enumerate(names):
            assert name in {None, did[index]}

    @pytest.mark.parametrize("backend", ["local", "pool", "dask"])
    def test_each_back_end_keeps_to_them(self, stage, backend):
        stage.module("def work(i):\n    return i\n").sweep(8)
        number = (0, 0) if backend == "local" else (0, 1)
        names = [f"worker-{number[index in {0, 1, 2, 6}]}" for index in range(8)]
        result = stage.run(distribution=work_plan(stage, names), backend=backend)
        assert list(result.records()) == list(range(8))
        expected = {"dask": "{}"}.get(backend, "worker-{}")
        did = done_by(result.run_dir)
        assert did == {index: expected.format(name.rpartition("-")[2]) for index, name in enumerate(names)}

    def test_to_this_host_any_worker_may(self, stage):
        stage.module("import time\ndef work(i):\n    time.sleep(0.1)\n    return i\n").sweep(8)
        names = ["localhost"] * 8
        result = stage.run(distribution=work_plan(stage, names), backend="pool", batch_size=1)
        assert set(done_by(result.run_dir).values()) == {"worker-0", "worker-1"}

    def test_agilabs_tree(self, stage):
        stage.module("def work(i):\n    return i\n").sweep(8)
        tree = distribution_of(api.plan(stage.path))
        for key in ("work_plan", "work_plan_metadata"):
            first, second = tree[key]
            tree[key] = [second, first]
        path = stage.folder / "distribution.json"
        path.write_text(json.dumps(tree))
        result = stage.run(distribution=str(path), backend="pool")
        assert done_by(result.run_dir) == {index: f"worker-{1 - index % 2}" for index in range(8)}

    def test_a_pinned_worker_that_is_killed_comes_back_under_its_name(self, stage):
        stage.module("""
            import os, signal, time
            from pathlib import Path
            def work(i):
                time.sleep(0.02)
                if i == 3 and not Path("killed").exists():
                    Path("killed").touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                return i
        """).sweep(10)
        names = [f"worker-{index % 2}" for index in range(10)]
        result = stage.run(distribution=work_plan(stage, names), backend="pool")
        assert list(result.records()) == list(range(10))
        assert done_by(result.run_dir) == dict(enumerate(names))
        told = [event for event in journal(result.run_dir) if event["type"].startswith("worker.")]
        assert [event["type"] for event in told if event["worker"] == "worker-1"] == [
            "worker.joined", "worker.lost", "worker.joined"
        ]  # fmt: skip
        (lost,) = [event for event in told if event["type"] == "worker.lost"]
        assert (lost["host"], lost["cause"]) == (
            HERE,
            "the worker process was killed by SIGKILL, often because memory ran out",
        )
        assert lost["pid"] == next(event["pid"] for event in told if event["worker"] == "worker-1")

    def test_a_partition_that_fails_is_tried_again_where_it_is_pinned(self, stage):
        stage.module("""
            from pathlib import Path
            def work(i):
                if i == 2 and not Path("tried").exists():
                    Path("tried").touch()
                    raise OSError("not yet")
                return i
        """).sweep(6)
        stage.contract("[execution]\nretries = 1\nretry_wait_s = 0.1\n", backend="pool")
        result = stage.run(distribution=work_plan(stage, ["worker-1"] * 6))
        assert set(done_by(result.run_dir).values()) == {"worker-1"}

    def test_what_was_finished_before_is_taken_over_whoever_did_it(self, stage):
        stage.module("def work(i):\n    return i\n").sweep(6)
        stage.run()
        again = stage.run(distribution=work_plan(stage, ["worker-1"] * 6), backend="pool")
        assert again.reused == 6


class TestRefusals:
    def ready(self, stage, count=4):
        return stage.module("def work(i):\n    return i\n").sweep(count)

    def refused(self, stage, told, **keys):
        with pytest.raises(PlanError, match=told) as caught:
            stage.run(**keys)
        assert not (stage.folder / ".agilab").exists()
        return caught.value

    def test_an_unknown_worker_before_anything_starts(self, stage):
        who = work_plan(self.ready(stage), ["worker-0", "worker-5", "elsewhere", None])
        error = self.refused(stage, "does not have", distribution=who, backend="pool")
        assert len(error.findings) == 2

    def test_two_workers_where_there_is_one(self, stage):
        who = work_plan(self.ready(stage), ["worker-0", "worker-1"] * 2)
        self.refused(stage, "pinned to worker-1; this run has worker-0", distribution=who)

    def test_another_input(self, stage):
        who = work_plan(self.ready(stage), ["worker-0"] * 4)
        stage.sweep(5)
        self.refused(stage, "made for another plan", distribution=who)

    def test_no_such_file(self, stage):
        self.ready(stage)
        self.refused(stage, "cannot be read", distribution=str(stage.folder / "no.json"))

    def test_an_unknown_worker_of_a_cluster_is_told_when_it_is_there(self, stage):
        who = work_plan(self.ready(stage), ["worker-0", "worker-1", "nobody", None])
        status = stage.status(distribution=who, backend="dask")
        assert status.state == "failed"
        assert "pinned to nobody" in status.message
        assert not any(event["type"] == "task.started" for event in journal(status.run_dir))


def test_the_command_line(stage, tmp_path):
    from jupyter_agilab.cli import main

    stage.module("import time\ndef work(i):\n    time.sleep(0.01)\n    return i\n").sweep(6)
    who = tmp_path / "mine.json"
    assert main(["plan", str(stage.path), "--export-work-plan", str(who)]) == 0
    value = json.loads(who.read_text())
    value["pins"] = dict.fromkeys(value["pins"], "worker-1")
    who.write_text(json.dumps(value))
    assert main(["run", str(stage.path), "--distribution", str(who), "--backend", "pool", "--quiet"]) == 0
    (run,) = (stage.folder / ".agilab/runs/work").glob("*/")
    assert set(done_by(run).values()) == {"worker-1"}
    stored = json.loads((run / "plan.json").read_text())
    assert stored["pins"]["targets"] == [{"name": "worker-1"}]
