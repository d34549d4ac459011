"""Ctrl-C, as a terminal sends it: to the whole process group."""

import pytest

from jupyter_agilab import api


@pytest.fixture
def running(stage, start, wait_for, events):
    """Give ``running(*arguments)``: a command on a slow stage, once a partition is done."""

    def running(*arguments):
        process = start(*arguments)
        wait_for(lambda: events("task.finished"), "a finished task")
        return process

    stage.slow()
    return running


def test_ctrl_c_stops_a_run_and_keeps_what_is_done(stage, running, agilab):
    process = running("run", "work")
    process.interrupt()
    answer = process.answer()
    assert (answer.code, answer.out) == (1, "")
    assert "stopping: partitions that are done are kept" in answer.err
    assert "stopped after" in answer.err
    assert "go on with: jupyter agilab run work.parallel_stage.toml" in answer.err
    assert "Traceback" not in answer.err
    (told,) = agilab("runs", "--json").json["runs"]
    assert told["state"] == "stopped"
    assert 1 <= told["finished"] < 200


def test_ctrl_c_with_json_still_gives_one_document(running, conforms):
    process = running("run", "work", "--json")
    process.interrupt()
    answer = process.answer()
    conforms(answer.json, "run")
    assert (answer.code, answer.json["state"]) == (1, "stopped")


def test_a_second_ctrl_c_does_not_wait(stage, running, agilab, monkeypatch, capsys):
    # in this process, so that the second one comes at a known moment
    from jupyter_agilab.cli import main
    from jupyter_agilab.run.watch import RunWatch

    running("run", "work", "--detach").answer()
    watch = api.attach("work")
    monkeypatch.setattr(api, "submit", lambda *_, **__: watch)

    def press(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(RunWatch, "wait", press)
    monkeypatch.setattr(api, "stop", press)
    assert main(["run", "work"]) == 1
    told = capsys.readouterr().err
    assert "the run is still stopping; see: jupyter agilab attach" in told
    monkeypatch.undo()
    monkeypatch.chdir(stage.folder)
    assert agilab("stop", "work").code == 0


def test_ctrl_c_ends_an_attach_and_not_the_run(stage, running, start, agilab):
    run_id = running("run", "work", "--detach").answer().out.strip()
    follower = start("attach", run_id)
    # from here on it follows
    assert follower.process.stderr.readline().startswith(f"following run {run_id}")
    follower.interrupt()
    answer = follower.answer()
    assert answer.code == 1
    assert f"the run goes on; end it with: jupyter agilab stop {run_id}" in answer.err
    assert "Traceback" not in answer.err
    stopped = agilab("stop", run_id, "--json").json
    assert stopped["state"] == "stopped"


def test_a_closed_terminal_does_not_end_the_run(stage, running, agilab, wait_for, events):
    process = running("run", "work")
    process.process.kill()
    process.process.wait()
    before = len(events("task.finished"))
    wait_for(lambda: len(events("task.finished")) > before + 1, "more tasks")
    assert agilab("stop", "work", "--json").json["state"] == "stopped"
