"""What workers of a place have, read from its table: nothing is started for it."""

from __future__ import annotations

import pytest

from jupyter_agilab.errors import ClusterError, WorkflowError
from jupyter_agilab.workflow.planning.room import room_here, room_on
from jupyter_agilab.workflows import check_workflow, plan_workflow

CLUSTERS = """
[hosts]
kind = "ssh"
hosts = { "10.0.0.1" = 2 }
memory = "4 GB"
gpus = 1

[queue]
kind = "slurm"
cores = 8
memory = "32 GB"
workers_per_job = 4
walltime = "02:00:00"
gpus = 2

[there]
kind = "address"
address = "tcp://10.0.0.1:8786"

[here]
kind = "local"
memory = "1 GB"
"""


@pytest.fixture
def clusters(folder, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(folder.path / "none"))
    (folder.path / "clusters.toml").write_text(CLUSTERS)
    return folder.path


def facts(room):
    return (room.cpus, room.gpus, room.memory_bytes, room.walltime_s, room.named_are_all)


def test_each_kind_says_what_it_knows(clusters):
    assert facts(room_on(clusters, "hosts")) == (None, 1.0, 4 * 10**9, None, False)
    assert facts(room_on(clusters, "queue")) == (2.0, 2.0, 8 * 10**9, 7200, False)
    assert facts(room_on(clusters, "there")) == (None, None, None, None, False)
    assert facts(room_on(clusters, "here")) == (room_here().cpus, 0.0, 10**9, None, True)
    with pytest.raises(ClusterError, match="no cluster named 'nope'"):
        room_on(clusters, "nope")


def test_a_cluster_that_is_not_there_is_found_by_a_check(folder, clusters, told):
    folder.contract("build", folder.sweep("t", target=[1]))
    text = '[stages.build]\ncontract = "build.toml"\n[execution]\ncluster = '
    assert check_workflow(folder.write(f'{text}"queue"').workflow).ok
    report = check_workflow(folder.write(f'{text}"queu"').workflow)
    assert told(report.findings) == ["w.workflow.toml:6 workflow.cluster"]
    assert "no cluster named 'queu'" in report.findings[0].message
    with pytest.raises(ClusterError, match="no cluster named 'queu'"):
        plan_workflow(folder.workflow)
    (clusters / "clusters.toml").write_text(CLUSTERS.replace("cores = 8", "cores = 0"))
    assert told(check_workflow(folder.write(f'{text}"queue"').workflow).findings) == [
        "w.workflow.toml:6 workflow.cluster"
    ]
    # what is wrong with the file itself comes first
    with pytest.raises(WorkflowError) as error:
        plan_workflow(folder.write(f'{text}"queu"\nworkers = 0').workflow)
    assert told(error.value.findings) == ["w.workflow.toml:7 workflow.value"]


@pytest.mark.parametrize(
    ("visible", "gpus"), [("", 0), ("-1", 0), ("0", 1), ("0,1", 2), ("GPU-a,GPU-b,GPU-c", 3)]
)
def test_gpus_of_this_machine_are_those_that_cuda_may_see(monkeypatch, visible, gpus):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert room_here().gpus == gpus


@pytest.mark.parametrize(
    ("cluster", "claim", "ok"),
    [
        ("queue", 'walltime = "02:00:00"', True),
        ("queue", 'walltime = "02:00:01"', False),
        ("queue", "gpus = 2.5", False),
        ("hosts", "gpus = 0.5", True),
        ("hosts", 'memory = "5G"', False),
        ("there", "gpus = 99\nlicence = 9", True),
        ("here", "licence = 1", False),
    ],
)
def test_a_claim_is_judged_by_the_place_that_is_planned_for(folder, clusters, cluster, claim, ok):
    folder.contract("build", folder.sweep("t", target=[1]))
    stage = f'[stages.build]\ncontract = "build.toml"\n[stages.build.resources]\n{claim}\n'
    folder.write(stage)
    plan = plan_workflow(folder.workflow, cluster=cluster)
    assert plan.ok == ok
    folder.write(f'{stage}[execution]\ncluster = "{cluster}"')
    assert plan_workflow(folder.workflow).ok == ok
