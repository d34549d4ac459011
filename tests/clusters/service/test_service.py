"""Workers that stay between runs and kernels, and that end when nobody needs them."""

import json
import os
import signal
import stat
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.cli import main
from jupyter_agilab.errors import ClusterError, UsageError
from jupyter_agilab.run.clusters.service import status

PIDS = "import os\n\ndef work(i):\n    return {'i': i, 'pid': os.getpid()}\n"
TWO = '[two]\nkind = "local"\nworkers = 2\n'


@pytest.fixture
def kept(stage, monkeypatch):
    """Give a stage whose folder has a cluster of two workers, as the current folder."""
    stage.module(PIDS).sweep(8)
    (stage.folder / "clusters.toml").write_text(TWO)
    monkeypatch.chdir(stage.folder)
    return stage


def run(stage, **settings) -> set[int]:
    """Run on the cluster; give the processes that did it."""
    api.run(stage.path, api.RunSettings(cluster="two", force=True, **settings))
    return {json.loads(line)["pid"] for line in stage.artifact().splitlines()}


def test_two_runs_have_the_same_worker_processes(kept, in_process):
    started = api.start_cluster("two")
    assert (started.state, started.kind) == ("running", "local")
    first = run(kept)
    second = run(kept)
    assert first == second
    assert len(first) == 2
    # another terminal finds it, and its run has them too
    other = in_process(
        "from jupyter_agilab import api; import json;"
        "r = api.run('work', api.RunSettings(cluster='two', force=True));"
        "print(json.dumps(sorted({json.loads(l)['pid'] for l in open(r.path)})))",
        kept.folder,
    )
    assert set(json.loads(other.told.splitlines()[-1])) == first
    (listed,) = api.clusters_started()
    assert (listed.name, listed.state) == ("two", "running")
    assert api.stop_cluster("two")
    assert not any(psutil.pid_exists(pid) for pid in first)
    assert api.clusters_started() == []
    assert not api.stop_cluster("two")


def test_without_a_service_a_run_has_workers_of_its_own(kept):
    assert not run(kept) & run(kept)


def test_a_changed_function_runs_as_it_is_now_on_the_same_workers(kept):
    api.start_cluster("two")
    before = run(kept)
    kept.module(PIDS.replace("'i': i", "'i': i * 100")).sweep(11)
    after = run(kept)
    assert after == before
    values = [json.loads(line)["i"] for line in kept.artifact().splitlines()]
    assert values == [100 * i for i in range(11)]


def test_a_changed_cluster_is_refused(kept):
    api.start_cluster("two")
    before = run(kept)
    artifact = kept.artifact()
    (kept.folder / "clusters.toml").write_text(TWO.replace("2", "1"))
    ended = api.submit(kept.path, api.RunSettings(cluster="two", force=True)).wait(timeout_s=100)
    assert ended.state == "failed"
    assert "other settings" in ended.message
    assert "cluster stop two" in ended.message
    assert kept.artifact() == artifact
    (kept.folder / "clusters.toml").write_text(TWO)
    assert run(kept) == before


def test_a_contract_that_needs_more_memory_than_the_workers_have_is_refused(kept):
    api.start_cluster("two")
    kept.sweep(8, '[execution]\nmemory = "900 GB"\n')
    ended = api.submit(kept.path, api.RunSettings(cluster="two", force=True)).wait(timeout_s=100)
    assert ended.state == "failed"
    assert "900 GB" in ended.message
    assert "not fit" in ended.message


def test_gpus_that_no_worker_has_are_refused_at_once(kept):
    kept.sweep(8, "[resources]\ngpus = 1\n")
    ended = api.submit(kept.path, api.RunSettings(cluster="two", force=True)).wait(timeout_s=100)
    assert ended.state == "failed"
    assert "GPUs needed, and it has none" in ended.message


def test_a_stage_that_needs_a_package_that_workers_lack_is_refused(kept, tmp_path, monkeypatch):
    api.start_cluster("two")
    site = tmp_path / "site"
    (site / "late_lib").mkdir(parents=True)
    (site / "late_lib/__init__.py").write_text("__version__ = '1.5'\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", f"{site}:{os.environ.get('PYTHONPATH', '')}")
    kept.module("import late_lib\n" + PIDS).sweep(4)
    ended = api.submit(kept.path, api.RunSettings(cluster="two")).wait(timeout_s=100)
    assert ended.state == "failed"
    assert "lacks late_lib 1.5" in ended.message


def test_start_twice_is_refused_and_other_folders_have_their_own(kept, tmp_path):
    api.start_cluster("two")
    with pytest.raises(ClusterError, match="started already"):
        api.start_cluster("two")
    other = tmp_path / "other"
    other.mkdir()
    (other / "clusters.toml").write_text(TWO.replace("2", "1"))
    api.start_cluster("two", folder=other)
    assert [each.health["workers_running_count"] for each in api.clusters_started()] in ([2, 1], [1, 2])
    assert sorted(api.stop_all_clusters()) == ["two", "two"]


def test_what_cannot_be_started_is_told(kept):
    with pytest.raises(ClusterError, match="twoo"):
        api.start_cluster("twoo")
    (kept.folder / "clusters.toml").write_text(
        '[there]\nkind = "address"\naddress = "tcp://127.0.0.1:9"\n' + TWO
    )
    with pytest.raises(UsageError, match="nothing to start"):
        api.start_cluster("there")
    with pytest.raises(UsageError, match="lease"):
        api.start_cluster("two", lease_s=0)
    assert api.clusters_started() == []


def test_a_lease_ends_what_nobody_uses(kept, nothing_left):
    api.start_cluster("two", lease_s=2)
    nothing_left()
    now = api.cluster_status("two")
    assert now.state == "ended"
    assert "lease" in now.cause
    assert now.health["status"] == "stopped"
    # and it can be started again
    assert api.start_cluster("two").state == "running"


def test_a_long_run_holds_the_lease(kept):
    kept.module("import time\n\ndef work(i):\n    time.sleep(2)\n    return i\n").sweep(6)
    api.start_cluster("two", lease_s=3)
    assert api.run(kept.path, api.RunSettings(cluster="two")).records_count == 6


def test_after_kernel_and_driver_are_killed_the_lease_ends_everything(
    kept, in_process, wait_for, nothing_left
):
    kept.module(
        "import time, pathlib\n\ndef work(i):\n"
        "    pathlib.Path(f'seen-{i}').touch()\n    time.sleep(1)\n    return i\n"
    ).sweep(200)
    kernel = in_process(
        "from jupyter_agilab import api; api.start_cluster('two', lease_s=4);"
        "print(api.run('work', api.RunSettings(cluster='two')))",
        kept.folder,
        wait=False,
    )
    wait_for((kept.folder / "seen-1").exists)
    manifest = next((kept.folder / ".agilab/runs/work").glob("*/manifest.json"))
    driver = json.loads(manifest.read_bytes())["pid"]
    os.kill(kernel.pid, signal.SIGKILL)
    os.kill(driver, signal.SIGKILL)
    nothing_left(120)
    assert api.cluster_status("two").state == "ended"


def test_a_killed_keeper_leaves_nothing(kept, nothing_left):
    pid = api.start_cluster("two").pid
    os.kill(pid, signal.SIGKILL)
    nothing_left()
    now = api.cluster_status("two")
    assert (now.state, now.cause) == ("ended", "its keeper was killed")
    assert main(["cluster", "health", "two"]) == 3
    assert not run(kept) & run(kept)


def test_only_this_user_can_read_what_is_noted(kept, runtime):
    api.start_cluster("two")
    run(kept)
    for path in [*runtime.rglob("*")]:
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) or path.name in {
            "lock",
            "keeper.log",
        }, path
    assert not (next(runtime.glob("*/*")).stat().st_mode & 0o077)


def test_the_gate_judges_a_real_service(kept, capsys, wait_for, monkeypatch):
    assert main(["cluster", "health", "two"]) == 3
    assert "service status is stopped" in capsys.readouterr().err
    pid = api.start_cluster("two", lease_s=600).pid
    assert main(["cluster", "health", "two", "--json"]) == 0
    health = json.loads(capsys.readouterr().out)
    assert health["schema"] == "agi.service.health.v1"
    assert (health["app"], health["target"], health["status"]) == ("two", "local", "running")
    for kind in ("running", "pending", "restarted", "healthy", "unhealthy"):
        assert health[f"workers_{kind}_count"] == len(health[f"workers_{kind}"])
    assert set(health["queue"]) == {"pending", "running", "done", "failed"}
    assert health["workers_running_count"] == 2
    workers = {int(pid) for pid in run(kept)}
    wait_for(lambda: api.cluster_health("two")["queue"]["done"] >= 1)
    victim = workers.pop()
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: api.cluster_health("two")["workers_restarted_count"] == 1)
    assert main(["cluster", "health", "two"]) == 5
    assert "restart rate 0.500 exceeds limit 0.250" in capsys.readouterr().err
    assert main(["cluster", "health", "two", "--max-restart-rate", "0.5"]) == 0
    monkeypatch.setattr(status, "_OLD_S", 3.0)
    keeper = psutil.Process(pid)
    keeper.suspend()
    try:
        wait_for(lambda: api.cluster_status("two").health["status"] == "error", 90)
        assert main(["cluster", "health", "two", "--max-restart-rate", "9"]) == 3
    finally:
        keeper.resume()


def test_the_command_line_starts_shows_and_stops(kept, capsys, nothing_left):
    assert main(["cluster", "start", "two", "--lease", "10m", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["lease_s"]) == ("running", 600)
    assert main(["cluster", "status"]) == 0
    assert "2 of 2" in capsys.readouterr().out
    assert main(["cluster", "stop"]) == 2
    assert main(["cluster", "stop", "two", "--all"]) == 2
    assert main(["cluster", "start", "two", "--lease", "soon"]) == 2
    assert main(["cluster", "start", "two"]) == 1
    capsys.readouterr()
    assert main(["cluster", "stop", "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": ["two"]}
    nothing_left(10)
    assert main(["cluster", "status"]) == 0
    assert "no cluster is started" in capsys.readouterr().out
    assert Path.cwd() == kept.folder
