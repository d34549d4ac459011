"""What SLURM says, in words: from texts that it prints."""

import pytest

from jupyter_agilab.run.clusters.kinds import batch_systems
from jupyter_agilab.run.clusters.kinds.batch_systems import SYSTEMS
from jupyter_agilab.run.clusters.kinds.queues import arguments, jobs_of, last_lines
from jupyter_agilab.run.clusters.kinds.types import Wish
from jupyter_agilab.run.clusters.model import SlurmPlace


@pytest.fixture
def answers(monkeypatch):
    """Let commands of SLURM print what a test says, by the command's name."""
    said: dict[str, tuple[int, str]] = {}

    def ask(command):
        return said.get(command[0], (-1, f"the command {command[0]} is not on this machine"))

    monkeypatch.setattr(batch_systems, "ask", ask)
    return said


@pytest.mark.parametrize(
    ("line", "sentence", "is_hopeless"),
    [
        ("7|PENDING|(Resources)", "job 7 waits: it waits until enough nodes are free (Resources)", False),
        ("7|PENDING|Priority", "job 7 waits: jobs with a higher priority come first (Priority)", False),
        ("7|PENDING|PartitionTimeLimit", "its walltime is longer than the partition allows", True),
        ("7|PENDING|InvalidAccount", "the account is not valid", True),
        ("7|PENDING|QOSMaxJobsPerUserLimit", "a limit of the account", False),
        ("7|PENDING|SomethingNew", "job 7 waits: SomethingNew", False),
        ("7|RUNNING|None", "job 7 is running", False),
    ],
)
def test_the_state_of_a_job_is_a_sentence(answers, line, sentence, is_hopeless):
    answers["squeue"] = 0, f"{line}\n8|PENDING|Priority\n"
    state = SYSTEMS["slurm"].states(["7"])
    assert list(state) == ["7"]
    assert sentence in state["7"].sentence
    assert state["7"].is_hopeless == is_hopeless


@pytest.mark.parametrize(
    ("shown", "sentence", "is_innocent"),
    [
        ("JobState=TIMEOUT Reason=TimeLimit TimeLimit=00:01:00", "reached its walltime of 00:01:00", True),
        ("JobState=CANCELLED Reason=None", "was cancelled (scancel)", True),
        ("JobState=PREEMPTED", "had to make room", True),
        ("JobState=NODE_FAIL", "the node of its job 7 failed", True),
        ("JobState=OUT_OF_MEMORY", "took more memory than it asked for", False),
        ("JobState=FAILED ExitCode=3:0", "failed with exit code 3", False),
    ],
)
def test_why_a_job_ended_is_a_sentence(answers, shown, sentence, is_innocent):
    answers["scontrol"] = 0, f"JobId=7 {shown}"
    loss = SYSTEMS["slurm"].why_ended("7")
    assert sentence in loss.cause
    assert loss.is_innocent == is_innocent


def test_the_accounting_tells_who_cancelled(answers):
    answers["scontrol"] = 1, "slurm_load_jobs error: Invalid job id specified"
    answers["sacct"] = 0, "CANCELLED by 0\n"
    assert SYSTEMS["slurm"].why_ended("7").cause == "its job 7 was cancelled by root"


def test_a_job_that_runs_did_not_end(answers):
    answers["scontrol"] = 0, "JobId=7 JobState=RUNNING Reason=None"
    assert SYSTEMS["slurm"].why_ended("7") is None
    answers.clear()
    assert SYSTEMS["slurm"].why_ended("7") is None


@pytest.mark.parametrize("kind", ["slurm", "pbs", "lsf", "sge"])
def test_dask_jobqueue_takes_what_we_tell_it(kind, tmp_path):
    dask_jobqueue = pytest.importorskip("dask_jobqueue")
    place = SlurmPlace(
        name="q",
        kind=kind,
        queue="fast",
        account="me",
        walltime="00:10:00",
        cores=2,
        memory="3 GB",
        gpus=1,
        prologue=("module load x", "source $HOME/y"),
        directives=("--own=1",),
    )
    told = arguments(place, Wish(workers=2, threads=3, label="stage", logs=tmp_path), tmp_path)
    for mine in ("death_timeout", "scheduler_options", "silence_logs", "name"):
        told.pop(mine)
    job = getattr(dask_jobqueue, SYSTEMS[kind].cluster_class).job_cls
    script = job("tcp://127.0.0.1:1", name="w", **told).job_script()
    assert "module load x\nsource $HOME/y\n" in script
    assert "export OMP_NUM_THREADS=3" in script
    assert "--own=1" in script
    assert "--resources GPU=1" in script
    assert "fast" in script


def test_jobs_follow_the_work_unless_they_are_told():
    def place(**keys):
        return SlurmPlace(name="q", kind="slurm", **keys)

    assert jobs_of(place(), 40) == 4
    assert jobs_of(place(), 2) == 2
    assert jobs_of(place(workers_per_job=4), 6) == 2
    assert jobs_of(place(jobs=9), 2) == 9
    assert jobs_of(place(maximum_jobs=9), 2) == 1


def test_the_last_lines_of_a_job_are_found(tmp_path):
    (tmp_path / "stage-12.err").write_text("one\n\ntwo\nthree\nfour\n")
    assert last_lines(tmp_path, "12") == "two / three / four"
    assert last_lines(tmp_path, "13") == ""
