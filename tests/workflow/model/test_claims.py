"""What is claimed: amounts as batch systems write them, other tools' names, and places that have it."""

from __future__ import annotations

import pytest

from jupyter_agilab.contract.model import ResourcesTable
from jupyter_agilab.errors import UsageError
from jupyter_agilab.workflow.aliases import claims_from
from jupyter_agilab.workflow.amounts import parse_memory, parse_walltime, walltime_text
from jupyter_agilab.workflow.model import Claims, Group, Workflow, WorkflowStage
from jupyter_agilab.workflow.planning.claims import Room, claims_of, unsatisfied


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("256M", 256 * 1024**2),
        ("256 m", 256 * 1024**2),
        ("1.5G", 3 * 1024**3 // 2),
        ("8K", 8192),
        ("2 GiB", 2 * 1024**3),
        ("500 MB", 500_000_000),
        ("12 B", 12),
    ],
)
def test_memory(text, size):
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "256", "M", "-1M", "0M", "1 X", "1e3M", "256MM", "256M\n1"])
def test_what_is_no_memory(text):
    with pytest.raises(ValueError, match="expected a size"):
        parse_memory(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:03:00", 180), ("01:00:00", 3600), ("100:00:01", 360_001), ("2-01:00:00", 176_400), ("0:00:01", 1)],
)
def test_walltime(text, seconds):
    assert parse_walltime(text) == seconds
    assert parse_walltime(walltime_text(seconds)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "01:30",
        "00:60:00",
        "00:00:60",
        "1:2:3",
        "-00:03:00",
        "00:00:00",
        "\u0660\u0660:\u0660\u0663:\u0660\u0660",
        "00:03:00\n",
    ],
)
def test_what_is_no_walltime(text):
    with pytest.raises(ValueError, match="expected a time"):
        parse_walltime(text)


def test_other_tools_names_are_taken_from_code():
    slurm = claims_from({"time": "00:03:00", "mem": "256M", "cpus_per_task": 1})
    assert slurm == Claims(walltime="00:03:00", memory="256M", cpus=1.0)
    assert claims_from({"num_cpus": 4, "num_gpus": 0.5}) == Claims(cpus=4.0, gpus=0.5)
    assert claims_from({"lic": 2}) == Claims(named={"lic": 2.0})
    assert claims_from({"gpus": None}) == claims_from(None) == Claims()
    assert claims_from(slurm) is slurm


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"time": "3 minutes"}, "time must be a time as HH:MM:SS"),
        ({"mem": 256}, "mem must be a size"),
        ({"cpus": 0}, "cpus must be a number above 0"),
        ({"num_gpus": -1}, "num_gpus must be a non-negative number"),
        ({"gpus": True}, "gpus must be a non-negative number"),
        ({"lic": "one"}, "lic must be a non-negative number"),
        ({"mem": "1G", "memory": "2G"}, "memory is given twice"),
    ],
)
def test_what_is_no_claim(values, told):
    with pytest.raises(UsageError, match=told):
        claims_from(values)


def test_a_stage_says_it_else_its_group_else_its_contract():
    table = ResourcesTable(cpus=1.0, memory="1 GB", gpus=3.0, named={"lic": 1.0, "net": 1.0, "disk": 1.0})

    class Contract:
        resources = table

    stage = WorkflowStage(name="a", group="g", claims=Claims(cpus=8.0, named={"lic": 9.0}))
    group = Group(name="g", claims=Claims(cpus=4.0, memory="2 GB", named={"lic": 5.0, "disk": 5.0}))
    workflow = Workflow(name="w", stages={"a": stage}, groups={"g": group})
    assert claims_of(workflow, stage, Contract()) == Claims(
        cpus=8.0, memory="2 GB", gpus=3.0, named={"lic": 9.0, "net": 1.0, "disk": 5.0}
    )


ROOM = Room(
    described="this machine",
    cpus=2.0,
    gpus=0.0,
    memory_bytes=10**9,
    walltime_s=3600,
    named={"lic": 1.0},
    named_are_all=True,
)


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (Claims(), []),
        (Claims(cpus=2.0, gpus=0.0, memory="1 GB", walltime="01:00:00", named={"lic": 1.0}), []),
        (Claims(cpus=2.5), ["claims 2.5 of cpus, and this machine has 2"]),
        (Claims(gpus=0.5), ["claims 0.5 of gpus, and this machine has none"]),
        (Claims(memory="1 GiB"), ["claims 1 GiB of memory, and this machine has 1 GB"]),
        (Claims(walltime="01:00:01"), ["claims 01:00:01 of walltime, and this machine has 01:00:00"]),
        (Claims(named={"lic": 2.0}), ["claims 2 of lic, and this machine has 1"]),
        (Claims(named={"net": 1.0}), ["claims 1 of net, and this machine has none"]),
        (Claims(cpus=3.0, gpus=1.0), ["of cpus", "of gpus"]),
    ],
)
def test_claims_that_nothing_can_meet(claims, told):
    findings = list(unsatisfied("a partition of a", claims, ROOM, "stages.a.resources"))
    assert len(findings) == len(told)
    for finding, text in zip(findings, told, strict=True):
        assert text in finding.message
        assert (finding.code, finding.severity) == ("workflow.unsatisfiable", "error")
        assert finding.key.startswith("stages.a.resources.")


def test_what_is_not_known_of_a_place_is_not_refused():
    claims = Claims(cpus=1e6, gpus=1e6, memory="9999 TB", walltime="99-00:00:00", named={"x": 1e6})
    assert list(unsatisfied("it", claims, Room(described="it"), "k")) == []
