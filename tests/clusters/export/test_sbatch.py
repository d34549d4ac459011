"""The array job on a real SLURM, whose arrays may have 10 tasks."""

import subprocess
import sys

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import UsageError
from jupyter_agilab.export.sbatch import packing, site_limit

QUEUE = """
[queue]
kind = "slurm"
queue = "debug"
walltime = "00:10:00"
cores = 1
memory = "200 MB"
prologue = ["export FROM_PROLOGUE=yes"]
directives = ["--nice=0"]
"""


@pytest.mark.parametrize(
    ("partitions", "limits", "expected"),
    [
        (95, {"array_limit": 10}, (10, 10, (10,))),
        (95, {"array_limit": 10, "per_task": 3}, (3, 32, (10, 10, 10, 2))),
        (95, {"array_limit": 1001, "job_limit": 4}, (24, 4, (4,))),
        (3, {"array_limit": 10}, (1, 3, (3,))),
        (10, {"array_limit": 10}, (1, 10, (10,))),
        (11, {"array_limit": 10}, (2, 6, (6,))),
        (1, {"array_limit": 1}, (1, 1, (1,))),
    ],
)
def test_partitions_are_packed_into_what_the_site_allows(partitions, limits, expected):
    made = packing(partitions, **{"job_limit": None, "per_task": None, **limits})
    assert (made.per_task, made.tasks, made.arrays) == expected
    assert sum(made.arrays) == made.tasks
    assert made.per_task * made.tasks >= partitions > made.per_task * (made.tasks - 1)


def test_limits_below_one_are_refused():
    with pytest.raises(UsageError, match="array limit"):
        packing(3, array_limit=0, job_limit=None, per_task=None)


def test_95_partitions_on_a_site_with_arrays_of_10(stage, slurm, monkeypatch):
    stage.module(
        "import os\n\ndef work(i, rng):\n    assert os.environ.get('SLURM_JOB_ID') is None or "
        "os.environ['FROM_PROLOGUE'] == 'yes'\n    return {'i': i, 'drawn': rng.random()}\n"
    ).sweep(95)
    (stage.folder / "clusters.toml").write_text(QUEUE)
    expected = stage.artifact_of_a_run()
    stage.artifact.unlink()
    assert site_limit() == 10
    exported = api.export(stage.path, "sbatch", cluster="queue", python=sys.executable)
    text = (exported.folder / "task.sbatch").read_text()
    assert "#SBATCH --partition=debug\n" in text
    assert "#SBATCH --time=00:10:00\n" in text
    assert "jupyter_agilab" not in text
    monkeypatch.setenv("PYTHON", sys.executable)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    done = subprocess.run(
        ["bash", str(exported.folder / "submit.sh")], capture_output=True, text=True, timeout=200, check=False
    )
    logs = "".join(path.read_text() for path in (exported.folder / "logs").iterdir())
    assert done.returncode == 0, f"{done.stdout}{done.stderr}{logs}"
    assert done.stdout.count("Submitted batch job") == 1
    assert stage.artifact.read_bytes() == expected
    assert len(list((exported.folder / "results").iterdir())) == 10
