"""Snippets for AGILAB: their form, their modes, and that old ones are told."""

import ast
import difflib
import importlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import ClusterError, OutputError, UsageError

CLUSTERS = """
[lab]
kind = "ssh"
hosts = { "192.168.1.21" = 1, "192.168.1.22" = 1 }
scheduler = "192.168.1.10"

[queue]
kind = "slurm"
queue = "short"
"""
SECRET = "hunter2-planted"
STAND_IN = '''
"""Stand in for AGILAB's distributor: note what it is called with."""
import dataclasses, json, sys
from typing import Any

@dataclasses.dataclass
class RunRequest:
    params: Any = None
    data_in: Any = None
    data_out: Any = None
    scheduler: Any = None
    workers: Any = None
    mode: Any = None

class AGI:
    @staticmethod
    async def run(env, *, request):
        return json.dumps(["run", dataclasses.asdict(request)])

    @staticmethod
    async def install(env, *, modes_enabled, scheduler, workers):
        return json.dumps(["install", modes_enabled, scheduler, workers])

    @staticmethod
    async def get_distrib(env, *, scheduler, workers, **params):
        return json.dumps(["get_distrib", scheduler, workers, params])
'''


@pytest.fixture
def project(stage):
    (stage.folder / "clusters.toml").write_text(CLUSTERS)
    stage.module("def work(i, scale):\n    return {'i': i * scale}\n").sweep(4)
    return stage.contract("[parameters]\nscale = 3\n")


def stale(path):
    return [each for each in api.check(path).findings if each.code == "export.stale"]


def test_three_snippets_in_their_order_and_a_row(project):
    exported = api.export(project.path, "agilab", app="Flights")
    names = [path.name for path in exported.files]
    assert names == ["AGI_install_work.py", "AGI_get_distrib_work.py", "AGI_run_work.py", "lab_stages.toml"]
    for path in exported.files[:3]:
        tree = ast.parse(path.read_text())
        guard = [
            node
            for node in tree.body
            if isinstance(node, ast.Assign) and node.targets[0].id == "AGILAB_SNIPPET_API"
        ]
        assert ast.literal_eval(guard[0].value) == "agi.snippet.v1"
    calls = {path.name.split("_")[1]: path.read_text() for path in exported.files[:3]}
    assert "AGI.install(" in calls["install"]
    assert "AGI.get_distrib(" in calls["get"]
    assert "AGI.run(app_env, request=request)" in calls["run"]
    data = tomllib.loads(exported.files[-1].read_text())
    assert data["__meta__"] == {"schema": "agilab.lab_stages.v1", "version": 1}
    (row,) = data["flights"]
    assert row["C"] == exported.files[2].read_text()
    assert (row["R"], row["id"], row["parallel_stage"]) == ("agi.run", "work", project.path.name)
    assert row["settings_digest"].startswith("blake2b:")
    assert not stale(project.path)


def test_local_and_cluster_differ_in_the_cluster_fields_only(project):
    local = api.export(project.path, "agilab", out=project.folder / "a")
    cluster = api.export(project.path, "agilab", out=project.folder / "b", cluster="lab")
    for one, other in zip(local.files[:3], cluster.files[:3], strict=True):
        changed = {
            line[1:].split(" = ")[0].split(":")[0]
            for line in difflib.unified_diff(
                one.read_text().splitlines(), other.read_text().splitlines(), n=0
            )
            if line[0] in "+-" and line[:3] not in {"+++", "---"}
        }
        assert changed == {
            "CLUSTER",
            "MODE",
            "MODES_ENABLED",
            "# settings",
            "# cluster",
            "# mode",
            "# modes enabled",
        }
    assert "\nMODE = 0\n" in local.files[2].read_text()
    assert "\nMODE = 4\n" in cluster.files[2].read_text()
    assert "# mode: 4 (cluster only)" in cluster.files[2].read_text()


@pytest.mark.parametrize("cluster", [None, "lab"])
def test_snippets_call_agilab_with_what_the_settings_say(project, tmp_path, cluster):
    exported = api.export(project.path, "agilab", cluster=cluster, enable=("pool", "rapids"))
    site, home = tmp_path / "site", tmp_path / "home"
    for name, text in {
        "agi_cluster/__init__.py": "",
        "agi_cluster/agi_distributor.py": STAND_IN,
        "agi_env/__init__.py": "class AgiEnv:\n    def __init__(self, **told): pass\n",
        "agi_env/snippet_contract.py": "def require_supported_snippet_api(api):\n"
        "    assert api == 'agi.snippet.v1'\n",
    }.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    (home / ".local/share/agilab").mkdir(parents=True)
    (home / ".local/share/agilab/.agilab-path").write_text(str(tmp_path))

    def run(path):
        done = subprocess.run(
            [sys.executable, str(path)],
            check=False,
            capture_output=True,
            text=True,
            cwd=project.folder,
            env={"PYTHONPATH": str(site), "HOME": str(home)},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    hosts = {"192.168.1.21": 1, "192.168.1.22": 1} if cluster else None
    scheduler = "192.168.1.10" if cluster else None
    mode = 4 if cluster else 0
    params = {"parallel_stage": project.path.name, "scale": 3}
    installed, planned, ran = (json.loads(run(path)[-1]) for path in exported.files[:3])
    assert installed == ["install", mode | 1 | 8, scheduler, hosts]
    assert planned == ["get_distrib", scheduler, hosts, params]
    assert ran[1]["mode"] == mode
    assert (ran[1]["scheduler"], ran[1]["workers"], ran[1]["params"]) == (scheduler, hosts, params)
    assert (ran[1]["data_in"], ran[1]["data_out"]) == ("grid.json", "artifacts/work.jsonl")
    project.contract(workers=3)
    assert "stale" in run(exported.files[2])[0]


@pytest.mark.parametrize("what", ["contract", "hosts", "cluster gone"])
def test_a_change_makes_snippets_and_row_stale(project, what):
    exported = api.export(project.path, "agilab", cluster="lab")
    assert not stale(project.path)
    if what == "contract":
        project.contract("[parameters]\nscale = 4\n")
    elif what == "hosts":
        (project.folder / "clusters.toml").write_text(CLUSTERS.replace("1.22", "1.23"))
    else:
        (project.folder / "clusters.toml").unlink()
    found = stale(project.path)
    assert len(found) == 4
    assert [Path(each.path).name for each in found] == [path.name for path in exported.files]
    assert all("--to agilab --cluster lab" in each.hint for each in found)
    assert all(each.severity == "warning" for each in found)
    if what != "cluster gone":
        api.export(project.path, "agilab", cluster="lab")
        assert not stale(project.path)


def test_notes_and_other_clusters_do_not_make_stale(project):
    api.export(project.path, "agilab", cluster="lab")
    project.contract(notes="for readers")
    (project.folder / "clusters.toml").write_text(CLUSTERS.replace('"short"', '"long"'))
    assert not stale(project.path)


def test_no_host_secret_or_home_path_is_written(project, tmp_path, monkeypatch):
    own = tmp_path / "config/agilab/clusters.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f'[lab]\npassword = "{SECRET}"\nuser = "somebody-planted"\n')
    own.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path / "home-planted"))
    for to, cluster in (("agilab", "lab"), ("sbatch", "queue"), ("script", None)):
        for path in api.export(project.path, to, cluster=cluster).files:
            text = path.read_text()
            for planted in (SECRET, "somebody-planted", "192.168.", "home-planted", str(project.folder)):
                assert planted not in text, (path, planted)


def test_other_rows_and_comments_stay(project):
    path = project.folder / "lab_stages.toml"
    before = '# ours\n[__meta__]\nschema = "agilab.lab_stages.v1"\nversion = 1\n'
    before += '\n[[demo]]\nid = "load"\nQ = "Load"  # keep\n'
    path.write_text(before)
    api.export(project.path, "agilab", app="demo")
    api.export(project.path, "agilab", app="demo", cluster="lab")
    text = path.read_text()
    assert text.startswith(before)
    assert [row["id"] for row in tomllib.loads(text)["demo"]] == ["load", "work"]
    assert tomllib.loads(text)["demo"][1]["mode"] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not toml", "cannot be read"),
        ('[__meta__]\nschema = "other.v1"\n', "other.v1"),
        ('[[demo]]\nid = "work"\nQ = "theirs"\n', "not this stage's"),
    ],
)
def test_a_file_that_is_not_understood_is_left_alone(project, text, message):
    path = project.folder / "lab_stages.toml"
    path.write_text(text)
    with pytest.raises(OutputError, match=message):
        api.export(project.path, "agilab", app="demo")
    assert path.read_text() == text


def test_what_agilab_cannot_reach_is_refused(project):
    with pytest.raises(UsageError, match="SSH hosts"):
        api.export(project.path, "agilab", cluster="queue")
    with pytest.raises(ClusterError, match="nowhere"):
        api.export(project.path, "agilab", cluster="nowhere")
    with pytest.raises(UsageError, match="gpu"):
        api.export(project.path, "agilab", enable=("gpu",))
    with pytest.raises(UsageError, match="kind ssh"):
        api.export(project.path, "sbatch", cluster="lab")


def test_secrets_are_known_by_the_model():
    from dataclasses import fields

    from jupyter_agilab.contract.modes import mode_of
    from jupyter_agilab.export.settings import ExportSettings
    from jupyter_agilab.run.clusters.model import SshPlace

    assert "password" in {spec.name for spec in fields(SshPlace)}
    keys = {
        "name": "c",
        "function": "a.py:b",
        "split": "files",
        "input": "x",
        "workers": 1,
        "target_partitions": 0,
    }
    contract = Contract(
        **keys,
        partition_strategy="file-chunks",
        min_partitions_per_worker=1,
        reducer="concat-jsonl",
        backend="local",
        output="o",
    )
    digests = {
        ExportSettings(
            contract, SshPlace(name="a", kind="ssh", hosts={"h": 1}, password=secret), mode_of(), mode_of()
        ).digest()
        for secret in ("a", "b", None)
    }
    assert len(digests) == 1


def test_the_command_line_tells_all_of_it(project, capsys):
    main = importlib.import_module("jupyter_agilab.cli").main
    assert main(["export", str(project.path), "--to", "agilab", "--enable", "pool,cython", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["target"] == "agilab"
    assert [Path(path).exists() for path in told["files"]] == [True] * 4
    assert "enabled 3 = 1 + 2 (pool, cython)" in told["told"][0]
    assert main(["export", str(project.path), "--to", "nothing"]) == 2
