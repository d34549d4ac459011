"""A check of a real gateway, a real SLURM, a scheduler with TLS, and this machine."""

import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.cli import main

MODULE = "import json\n\ndef work(i):\n    return i\n"


@pytest.fixture
def at(stage, monkeypatch):
    """Give ``at(place, more)``: the folder of a stage with that cluster."""
    stage.module(MODULE).sweep(3)
    monkeypatch.chdir(stage.folder)

    def at(place, more=""):
        stage.at(place, more)
        return stage

    return at


def only(report, aspect):
    """Give the one cell that failed."""
    failed = [
        (name, cell) for row in report.rows for name, cell in row.cells.items() if cell.state == "failed"
    ]
    assert [name for name, _ in failed] == [aspect], failed
    assert failed[0][1].remedy
    return failed[0][1]


def test_this_machine(at, local):
    report = api.check_cluster("place", at(local).path)
    assert report.ok
    assert [row.host for row in report.rows] == ["this machine"]


def test_this_machine_without_the_memory(at, local):
    found = only(api.check_cluster("place", at(local, 'memory = "900 GB"\n').path), "memory")
    assert "2 workers of 900 GB do not fit" in found.told


def test_a_scheduler_with_tls(at, tls_scheduler):
    report = api.check_cluster("place", at(tls_scheduler).path)
    assert report.ok, report.sentences()
    assert {"reached", "python", "packages", "share", "cores", "memory"} <= set(report.rows[0].cells)


def test_a_scheduler_that_is_not_there(at, tls_scheduler):
    stage = at(tls_scheduler)
    text = (stage.folder / "clusters.toml").read_text()
    (stage.folder / "clusters.toml").write_text(re.sub(r"127.0.0.1:\d+", "127.0.0.1:28999", text))
    found = only(api.check_cluster("place", stage.path), "reached")
    assert "nothing listens at tls://127.0.0.1:28999" in found.told


def test_a_package_that_workers_of_a_scheduler_lack(at, tls_scheduler, tmp_path, monkeypatch):
    site = tmp_path / "site"
    (site / "only_here").mkdir(parents=True)
    (site / "only_here/__init__.py").write_text("__version__ = '3.1'\n")
    monkeypatch.syspath_prepend(str(site))
    stage = at(tls_scheduler)
    stage.module("import only_here\n" + MODULE)
    found = only(api.check_cluster("place", stage.path), "packages")
    assert found.told == "it lacks only_here 3.1"


def test_a_gateway(at, gateway):
    report = api.check_cluster("place", at(gateway).path)
    assert report.ok, report.sentences()
    assert report.kind == "gateway"


def test_a_wrong_gateway_password(at, gateway):
    stage = at(gateway)
    own = stage.folder.parent / "jupyter-config/agilab/clusters.toml"
    own.write_text('[place]\npassword = "not-the-password"\n')
    found = only(api.check_cluster("place", stage.path), "signed-in")
    assert "does not accept the user and password" in found.told
    assert "password" in found.remedy
    assert "not-the-password" not in json.dumps(api.check_cluster("place", stage.path).to_json())


def test_slurm(at, slurm, capsys):
    root = Path(api.__file__).parents[1]
    stage = at(slurm, f'environment = {{ PYTHONPATH = "{root}" }}\n')
    report = api.check_cluster("place", stage.path)
    assert report.ok, report.sentences()
    assert report.rows[0].host.endswith("(job)")
    assert {"reached", "queue", "python", "packages", "share", "memory"} <= set(report.rows[0].cells)
    assert main(["cluster", "check", "place"]) == 0
    assert "accepted" in capsys.readouterr().out
    deadline = time.monotonic() + 60
    while subprocess.run(["squeue", "-h"], capture_output=True, text=True, check=True).stdout.strip():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("more", "aspect", "told", "remedy"),
    [
        ('queue = "nowhere"', "queue", "no partition 'nowhere'", "debug, short"),
        ('queue = "short"\nwalltime = "01:00:00"', "queue", "over the limit of 1:00", "1:00 at most"),
        ('memory = "900 GB"', "queue", "900 GB", "less"),
        (
            'prologue = ["echo a", "source /nowhere/bin || exit 4"]',
            "python",
            "/nowhere/bin",
            "prologue",
        ),
        ('python = "/nowhere/python"', "python", "/nowhere/python", "cluster install place"),
    ],
    ids=["partition", "walltime", "memory", "prologue", "python"],
)
def test_what_slurm_refuses(at, slurm, more, aspect, told, remedy):
    keys = {line.split(" = ")[0]: line for line in more.splitlines()}
    stage = at(slurm)
    lines = (stage.folder / "clusters.toml").read_text().splitlines()
    kept = [line for line in lines if line.split(" = ")[0].strip() not in keys]
    (stage.folder / "clusters.toml").write_text("\n".join([*kept, more]) + "\n")
    found = only(api.check_cluster("place", stage.path), aspect)
    assert told in found.told
    assert remedy in found.remedy


def test_a_queue_that_is_full_says_why_nothing_comes(at, slurm):
    stage = at(slurm, "wait_s = 3\n")
    text = (stage.folder / "clusters.toml").read_text()
    (stage.folder / "clusters.toml").write_text(text.replace("cores = 1", "cores = 2"))
    jobs = [
        subprocess.run(
            ["sbatch", "--parsable", "--output=/dev/null", "-c", "2", "--wrap", "sleep 120"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    try:
        found = only(api.check_cluster("place", stage.path), "queue")
    finally:
        subprocess.run(["scancel", *jobs], check=True)
    assert "free" in found.told
