"""Jobs that end in the middle of a run, or never start: the run goes on, and says what SLURM says."""

import dataclasses
import json
import subprocess
import time

import pytest

from jupyter_agilab.panel.report.page import report

WORK = """
    import time

    def work(i):
        time.sleep({seconds})
        return {{"i": i, "square": i * i}}
"""
begun: dict[str, object] = {}


def squares(stage):
    return [json.loads(line) for line in stage.artifact().splitlines()]


def jobs_in(partition: str) -> list[str]:
    command = ["squeue", "--noheader", "--states=RUNNING", "--format=%i", f"--partition={partition}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_a_run_begins_on_jobs_with_a_short_walltime(stage, slurm):
    table = slurm.table.replace("00:10:00", "00:01:00").replace("debug", "short")
    stage.module(WORK.format(seconds=0.8)).sweep(250).at(dataclasses.replace(slurm, table=table))
    begun.update(stage=stage, watch=stage.submit(batch_size=2))


def test_a_cancelled_job_is_replaced_and_named(stage, slurm):
    stage.module(WORK.format(seconds=0.5)).sweep(48).at(slurm)
    watch = stage.submit(batch_size=1)
    deadline = time.monotonic() + 90
    while len(stage.events(watch.status, "worker.joined")) < 2 or not stage.events(
        watch.status, "task.finished"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    victim = jobs_in("debug")[0]
    subprocess.run(["scancel", victim], check=True)
    status = watch.wait(timeout_s=200)
    assert status.state == "finished", status.message
    assert squares(stage) == [{"i": i, "square": i * i} for i in range(48)]
    lost = stage.events(status, "worker.lost")
    assert len(lost) == 1
    assert f"job {victim} was cancelled" in lost[0]["cause"]
    assert not stage.events(status, "partition.failed")
    assert len(stage.events(status, "worker.joined")) == 3
    page = report(status.run_dir).read_text("utf-8")
    assert f"job {victim} was cancelled" in page
    assert not jobs_in("debug")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("debug", "nowhere"), "there is no partition named 'nowhere'"),
        (("00:10:00", "10:00:00"), "its walltime is longer than the partition allows"),
        (("1 GB", "900 GB"), "SLURM refuses the jobs"),
        (("cores = 1", "cores = 3"), "no node has so many cores"),
    ],
)
def test_jobs_that_never_start_are_told_in_words(stage, slurm, change, sentence):
    place = dataclasses.replace(slurm, table=slurm.table.replace(*change))
    stage.module(WORK.format(seconds=0)).sweep(2).at(place)
    status = stage.status()
    assert status.state == "failed"
    assert sentence in status.message


def test_a_prologue_that_fails_is_told_with_its_last_lines(stage, slurm):
    more = 'prologue = ["echo module load: no such module >&2", "exit 3"]\n'
    stage.module(WORK.format(seconds=0)).sweep(2).at(slurm, more)
    status = stage.status()
    assert status.state == "failed"
    assert "module load: no such module" in status.message
    assert "exit code 3" in status.message


def test_jobs_that_reach_their_walltime(slurm):
    stage, watch = begun["stage"], begun["watch"]
    status = watch.wait(timeout_s=250)
    assert status.state == "finished", status.message
    assert squares(stage) == [{"i": i, "square": i * i} for i in range(250)]
    causes = {event["cause"] for event in stage.events(status, "worker.lost")}
    assert causes
    assert all("reached its walltime of 00:01:00" in cause for cause in causes), causes
    assert not stage.events(status, "partition.failed")
    assert "reached its walltime of 00:01:00" in report(status.run_dir).read_text("utf-8")
