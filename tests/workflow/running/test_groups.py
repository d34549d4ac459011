"""Groups: one process for each replica, its stages one by one, its state set up once."""

import json
import os
import signal
import time
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from jupyter_agilab import api, workflows
from jupyter_agilab.run.manifest import read_manifest

SPAN = """
    import os, threading, time
    def {name}({parameters}):
        started = time.time()
        time.sleep({seconds})
        return {{"span": [started, time.time()], "who": [os.getpid(), threading.get_ident()], "job": {job}}}
"""
BACKENDS = ("pool", "threads", "dask")


def module(flow, name, feeds=(), group="g1", seconds=0.1, jobs=3, lines=""):
    """Add a stage whose partitions say when they ran and where; without feeds it has one for each job."""
    parameters = ", ".join(feeds) or "job"
    job = f"{feeds[0]}['job']" if feeds else "job"
    code = SPAN.format(name=name, parameters=parameters, seconds=seconds, job=job)
    told = f"input = {json.dumps(list(feeds))}\n" if feeds else ""
    told += f'group = "{group}"\n' if group else ""
    grid = None if feeds else {"job": list(range(jobs))}
    return flow.stage(name, code, told + lines, grid=grid)


def spans(flow, *names):
    return {
        (name, value["job"]): (*value["span"], tuple(value["who"]))
        for name in names
        for value in flow.values(name)
    }


def simple(flow, seconds=0.1, jobs=3):
    module(flow, "A", seconds=seconds, jobs=jobs)
    module(flow, "B", ["A"], seconds=seconds)
    module(flow, "C", group="g2", seconds=seconds, jobs=jobs)
    module(flow, "D", ["B", "C"], group="g3", seconds=seconds)
    module(flow, "E", ["D"], group="g3", seconds=seconds)
    return flow


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_group_is_one_process_and_does_one_thing_at_a_time(flow, backend):
    status = simple(flow).run(backend=backend, workers=3)
    assert status.state == "finished", [stage.message for stage in status.stages]
    found = spans(flow, *"ABCDE")
    assert len(found) == 15
    for group in ("AB", "C", "DE"):
        of = sorted(span for (name, _), span in found.items() if name in group)
        # on the same worker all the time, and never two at once
        assert len({who for *_, who in of}) == 1
        assert all(before[1] <= after[0] for before, after in pairwise(of))
    for job in range(3):
        assert found["B", job][0] >= found["A", job][1]
        assert found["D", job][0] >= max(found["B", job][1], found["C", job][1])


def test_replicas_work_at_the_same_time_each_job_on_one_of_them(flow):
    simple(flow, seconds=0.3, jobs=6).write(tail="[groups.g1]\nreplicas = 3\n")
    status = flow.run(backend="threads", workers=5)
    assert status.state == "finished"
    found = spans(flow, "A", "B")
    assert len({who for *_, who in found.values()}) == 3
    for job in range(6):
        assert found["A", job][2] == found["B", job][2]
    by_who = defaultdict(list)
    for span in found.values():
        by_who[span[2]].append(span[:2])
    for of in by_who.values():
        of.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(of))


def test_a_stage_starts_when_its_own_inputs_are_there(flow):
    # D needs A and C; B goes on beside it
    module(flow, "A", seconds=0.5, jobs=1)
    module(flow, "B", ["A"], seconds=3)
    module(flow, "C", group="g2", seconds=0.5, jobs=1)
    module(flow, "D", ["A", "C"], group="g3", seconds=0.5)
    assert flow.run(backend="threads", workers=3).state == "finished"
    found = spans(flow, *"ABCD")
    assert found["D", 0][1] < found["B", 0][1]
    assert found["D", 0][0] < found["B", 0][0] + 2.5


class TestState:
    CODE = """
        import os, threading
        def setup():
            with open("calls.log", "a") as file:
                file.write("setup\\n")
            return {"seen": [], "who": [os.getpid(), threading.get_ident()]}
        def teardown(state):
            with open("calls.log", "a") as file:
                file.write(f"teardown {len(state['seen'])}\\n")
    """
    TABLE = """
        [groups.g1]
        replicas = {replicas}
        setup = "stages/g1.py:setup"
        teardown = "stages/g1.py:teardown"
    """

    def counted(self, flow, replicas=1):
        flow.code("g1", self.CODE)
        code = (
            "import time\n"
            "def {0}({1}, state):\n"
            "    time.sleep(0.05)\n"
            "    state['seen'].append('{0}')\n"
            "    return [state['who'], len(state['seen'])]\n"
        )
        flow.stage(
            "A",
            code.format("A", "job"),
            'group = "g1"',
            grid={"job": list(range(6))},
            reducer="collect-json",
            output="artifacts/A.json",
        )
        flow.stage(
            "B",
            code.format("B", "A"),
            'group = "g1"\ninput = "A"',
            reducer="collect-json",
            output="artifacts/B.json",
        )
        return flow.write(tail=self.TABLE.format(replicas=replicas))

    @pytest.mark.parametrize("backend", BACKENDS)
    @pytest.mark.parametrize("replicas", [1, 2])
    def test_it_is_made_once_for_each_replica_and_taken_down_at_the_end(self, flow, backend, replicas):
        status = self.counted(flow, replicas).run(backend=backend, workers=3)
        assert status.state == "finished", [(stage.message, stage.failures) for stage in status.stages]
        calls = (flow.folder / "calls.log").read_text().split("\n")[:-1]
        counts = Counter(call.partition(" ")[0] for call in calls)
        assert counts == {"setup": replicas, "teardown": replicas}
        assert sum(int(call.split()[1]) for call in calls if call.startswith("teardown")) == 12
        ended = flow.events(status, "replica.ended")
        assert sorted(event["replica"] for event in ended) == [f"g1-{number}" for number in range(replicas)]
        assert not any(event["message"] for event in ended)

    def endless(self, flow, replicas=1, seconds=0.1):
        """Lay a workflow whose run goes on until it is stopped."""
        self.counted(flow, replicas)
        code = f"import time\ndef A(job, state):\n    time.sleep({seconds})\n    return job\n"
        flow.stage("A", code, 'group = "g1"', grid={"job": list(range(2000))})
        return flow

    def calls(self, flow):
        path = flow.folder / "calls.log"
        return (
            Counter(line.partition(" ")[0] for line in path.read_text().splitlines()) if path.exists() else {}
        )

    @pytest.mark.parametrize(
        ("how", "backend"),
        [
            ("interrupt", "pool"),
            ("stage", "pool"),
            ("request", "pool"),
            *(("stop", each) for each in BACKENDS),
        ],
    )
    def test_it_is_taken_down_once_for_each_replica_when_the_run_is_stopped(self, flow, how, backend):
        """A stop once ended the workers with all that they held."""
        watch = self.endless(flow, 2).submit(backend=backend, workers=3)
        while self.calls(flow).get("setup", 0) < 2 or watch.refresh().stage("A").finished < 5:
            assert not watch.status.has_ended, watch.status.message
            time.sleep(0.02)
        asked = time.monotonic()
        if how == "stop":
            workflows.stop_workflow(flow.path)
        elif how == "interrupt":
            os.kill(read_manifest(watch.directory)["pid"], signal.SIGINT)
        elif how == "stage":
            api.stop(watch.status.stage("A").run_dir)
        else:
            watch.directory.stop_request.touch()
        status = watch.wait(timeout_s=30)
        assert (status.state, status.stage("A").state) == ("stopped", "stopped")
        assert time.monotonic() - asked < 8
        assert self.calls(flow) == {"setup": 2, "teardown": 2}
        ended = flow.events(status, "replica.ended")
        assert sorted((event["replica"], event["message"]) for event in ended) == [("g1-0", ""), ("g1-1", "")]
        done = status.stage("A").finished
        again = flow.submit(backend=backend, workers=3)
        while not again.refresh().stage("A").started:
            time.sleep(0.02)
        assert again.refresh().stage("A").reused >= done
        workflows.stop_workflow(flow.path)

    def test_a_stop_does_not_wait_for_ever_for_a_replica_that_is_busy(self, flow):
        watch = self.endless(flow, 2, seconds="(0, 100)[job == 7]").submit(backend="pool", workers=2)
        while watch.refresh().stage("A").finished < 30 or self.calls(flow).get("setup") != 2:
            time.sleep(0.02)
        asked = time.monotonic()
        status = workflows.stop_workflow(flow.path)
        assert status.state == "stopped"
        assert 8 < time.monotonic() - asked < 14
        assert self.calls(flow) == {"setup": 2, "teardown": 1}
        told = [event["message"] for event in flow.events(status, "replica.ended")]
        assert sorted(told)[0] == ""
        assert "had not ended after 10 s" in sorted(told)[1]

    def test_a_stop_that_comes_when_all_stages_have_ended_changes_nothing(self, flow):
        """Such a run was once told as stopped, with all of its artifacts there."""
        self.counted(flow)
        flow.code(
            "g1",
            self.CODE.replace(
                "def teardown(state):", "def teardown(state):\n            import time; time.sleep(2)"
            ),
        )
        watch = flow.submit(backend="pool", workers=2)
        while {stage.state for stage in watch.refresh().stages} != {"finished"}:
            time.sleep(0.02)
        assert not watch.status.has_ended
        status = workflows.stop_workflow(flow.path)
        assert status.state == "finished"
        assert self.calls(flow) == {"setup": 1, "teardown": 1}

    def test_a_teardown_alone_is_called_without_an_argument(self, flow):
        """It was once called only where a setup had been."""
        flow.code("g1", "def end():\n    open('ended.log', 'a').write('x')\n")
        flow.stage("A", "def A(job):\n    return job\n", 'group = "g1"', grid={"job": [1, 2, 3]})
        status = flow.write(tail='[groups.g1]\nteardown = "stages/g1.py:end"\n').run(backend="pool")
        assert status.state == "finished"
        assert not any(event["message"] for event in flow.events(status, "replica.ended"))
        assert (flow.folder / "ended.log").read_text() == "x"

    def test_a_setup_that_raises_is_told_as_it_is(self, flow):
        self.counted(flow)
        flow.code("g1", "def setup():\n    raise LookupError('no licence')\ndef teardown(state):\n    pass\n")
        status = flow.run()
        assert status.state == "failed"
        assert "no licence" in status.stage("A").failures[0]["message"]
        assert "setup" in status.stage("A").failures[0]["traceback"]

    def test_a_teardown_that_raises_is_told_and_spoils_nothing(self, flow):
        self.counted(flow)
        flow.code(
            "g1",
            self.CODE.replace(
                "def teardown(state):", "def teardown(state):\n            raise OSError('busy')"
            ),
        )
        status = flow.run()
        assert status.state == "finished"
        [ended] = flow.events(status, "replica.ended")
        assert "busy" in ended["message"]

    def test_what_it_is_made_with_is_part_of_what_results_depend_on(self, flow):
        self.counted(flow).run()
        flow.code("g1", self.CODE.replace("[]", "['x']"))
        status = flow.run()
        assert [stage.reused for stage in status.stages] == [0, 0]

    def test_a_worker_that_is_lost_is_replaced_with_a_state_of_its_own(self, flow):
        self.counted(flow)
        code = """
            import os
            def A(job, state):
                if job == 2 and not os.path.exists("died"):
                    open("died", "w").close()
                    os._exit(1)
                return [state["who"], 0]
        """
        flow.code("A", code)
        flow.stage(
            "A",
            code,
            'group = "g1"',
            grid={"job": list(range(6))},
            reducer="collect-json",
            output="artifacts/A.json",
            tables="[execution]\nretries = 1\n",
        )
        status = flow.run()
        assert status.state == "finished", [stage.failures for stage in status.stages]
        pids = {who[0] for who, _ in json.loads((flow.folder / "artifacts/A.json").read_text())}
        assert len(pids) == 2


def test_replicas_of_a_stage_limit_how_many_run_at_once(flow):
    module(flow, "A", group="", seconds=0.1, jobs=8, lines="replicas = 2\n")
    assert flow.run(backend="threads", workers=6).state == "finished"
    points = sorted(
        (moment, change)
        for begin, end, _ in spans(flow, "A").values()
        for moment, change in ((begin, 1), (end, -1))
    )
    at_once = most = 0
    for _, change in points:
        at_once += change
        most = max(most, at_once)
    assert most == 2


class TestClaims:
    def test_on_this_machine_cores_are_an_account(self, flow):
        from jupyter_agilab.planning.arithmetic import available_cores

        module(
            flow,
            "A",
            group="",
            seconds=0.1,
            jobs=6,
            lines=f"[stages.A.resources]\ncpus = {available_cores()}\n",
        )
        assert flow.run(backend="threads", workers=4).state == "finished"
        of = sorted(span[:2] for span in spans(flow, "A").values())
        assert all(before[1] <= after[0] for before, after in pairwise(of))

    def test_what_dask_workers_declare_is_shared_out_in_fractions(self, flow):
        from distributed import LocalCluster

        module(flow, "A", group="", seconds=0.2, jobs=6, lines="[stages.A.resources]\ngpus = 0.5\n")
        with LocalCluster(
            n_workers=2,
            threads_per_worker=4,
            resources={"GPU": 0.5},
            dashboard_address="127.0.0.1:0",
        ) as cluster:
            status = flow.run(scheduler=cluster.scheduler_address)
        assert status.state == "finished", status.message
        points = sorted(
            (moment, change)
            for begin, end, _ in spans(flow, "A").values()
            for moment, change in ((begin, 1), (end, -1))
        )
        at_once = most = 0
        for _, change in points:
            at_once += change
            most = max(most, at_once)
        assert most == 2

    def test_what_no_dask_worker_declares_is_refused_before_anything_starts(self, flow):
        from distributed import LocalCluster

        module(flow, "A", group="", jobs=2, lines="[stages.A.resources]\ngpus = 1.5\n")
        with LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            resources={"GPU": 1},
            dashboard_address="127.0.0.1:0",
        ) as cluster:
            status = flow.run(scheduler=cluster.scheduler_address)
        assert status.state == "failed"
        assert "claims 1.5 of gpus" in status.message
        assert status.stage("A").finished == 0
