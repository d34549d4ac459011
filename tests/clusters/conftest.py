"""Real clusters, each started once from nothing by the scripts in `components`, and stages to run on them."""

import faulthandler
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import jupyter_agilab
from jupyter_agilab import api

COMPONENTS = Path(__file__).with_name("components")
ROOT = Path(jupyter_agilab.__file__).parents[1]
# others on this machine may run these tests at the same time, with another first port
_FIRST = int(os.environ.get("AGILAB_TEST_PORT", "26010"))
PORTS = {"scheduler": _FIRST, "sshd": _FIRST + 10, "slurm": _FIRST + 20, "gateway": _FIRST + 30}
PASSWORD = "gateway-4711-password"
"""Of the gateway."""
HOSTS = {"127.0.0.2": 1, "127.0.0.3": 2}


@pytest.fixture(autouse=True)
def _dump_when_hanging() -> Iterator[None]:
    faulthandler.dump_traceback_later(240, exit=False)
    yield
    faulthandler.cancel_dump_traceback_later()


@dataclass
class Place:
    """A cluster that is there: the lines of its table, the user's own lines, variables of the environment."""

    kind: str
    table: str
    own: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    workers: int = 2
    folder: Path = Path()

    def text(self, name: str = "place") -> str:
        """Give the project's clusters.toml."""
        return f'[{name}]\nkind = "{self.kind}"\n{textwrap.dedent(self.table)}'

    def own_text(self, name: str = "place") -> str:
        """Give the user's own one."""
        return f"[{name}]\n{textwrap.dedent(self.own)}" if self.own else ""


def missing(*commands: str, packages: tuple[str, ...] = ()) -> None:
    """Skip where a component is not installed; in CI all of them are, or the test fails."""
    absent = [each for each in commands if not shutil.which(each, path=os.environ["PATH"] + ":/usr/sbin")]
    absent += [each for each in packages if importlib.util.find_spec(each) is None]
    if commands and not absent and os.geteuid() != 0:
        absent.append("root (the component is started as root)")
    if absent:
        text = f"not here: {', '.join(absent)}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{text}; .ci/run installs it")
        pytest.skip(text)


def component(script: str, folder: Path, *arguments: str, **environment: str) -> Iterator[Path]:
    """Start a component in a fresh folder; stop it when the session ends."""
    command = ["bash", str(COMPONENTS / f"{script}.sh")]
    rest = [str(folder), str(PORTS[script]), *arguments]
    env = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), **environment}
    started = subprocess.run(
        [*command, "start", *rest], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    try:
        assert started.returncode == 0, f"{script} does not start:\n{started.stdout}\n{started.stderr}"
        yield folder
    finally:
        subprocess.run([*command, "stop", *rest], env=env, capture_output=True, timeout=120, check=False)


@pytest.fixture(scope="session")
def tls_scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a scheduler with TLS and two workers."""
    missing(packages=("cryptography",))
    for folder in component("scheduler", tmp_path_factory.mktemp("scheduler")):
        table = f"""\
            address = "tls://127.0.0.1:{PORTS["scheduler"]}"
            tls_ca_file = "{folder}/ca.pem"
            tls_cert = "{folder}/cert.pem"
            tls_key = "{folder}/key.pem"
            """
        yield Place("address", table, folder=folder)


@pytest.fixture(scope="session")
def ssh_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give two hosts with 1 and 2 slots."""
    missing("sshd", "ssh-keygen", packages=("asyncssh",))
    for folder in component("sshd", tmp_path_factory.mktemp("sshd")):
        # stands for a Python that has the package installed
        python = folder / "python"
        python.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n')
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        table = f"""\
            hosts = {{ "127.0.0.2" = 1, "127.0.0.3" = 2 }}
            workers_listen_at_their_host = true
            scheduler_address = "127.0.0.2"
            port = {PORTS["sshd"]}
            user = "root"
            python = "{python}"
            memory = "2 GB"
            idle_s = 120
            """
        own = f"""\
            key_file = "{folder}/id"
            known_hosts = "{folder}/known_hosts"
            """
        yield Place("ssh", table, own, workers=3, folder=folder)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a gateway that asks for a password."""
    missing(packages=("dask_gateway", "dask_gateway_server"))
    folder = tmp_path_factory.mktemp("gateway")
    for found in component("gateway", folder, GATEWAY_PASSWORD=PASSWORD):
        table = f"""\
            address = "http://127.0.0.1:{PORTS["gateway"]}"
            user = "tester"
            workers = 2
            idle_s = 120
            """
        yield Place("gateway", table, f'password = "{PASSWORD}"', folder=found)


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a SLURM of one machine that counts as two nodes."""
    missing("slurmctld", "slurmd", "sbatch", "munged", packages=("dask_jobqueue",))
    for folder in component("slurm", tmp_path_factory.mktemp("slurm")):
        table = """\
            queue = "debug"
            walltime = "00:10:00"
            cores = 1
            memory = "1 GB"
            jobs = 2
            interface = "lo"
            """
        # also for whatever asks the queue in this process
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        try:
            yield Place("slurm", table, environment={"SLURM_CONF": str(folder / "slurm.conf")}, folder=folder)
        finally:
            del os.environ["SLURM_CONF"]


@pytest.fixture(scope="session")
def local() -> Place:
    """Give workers of this machine."""
    return Place("local", "workers = 2\n")


class Stage:
    """A stage in a folder, with the table of a cluster beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "work.parallel_stage.toml"
        (folder / "stages").mkdir()
        self.tables = ""

    def module(self, text: str) -> "Stage":
        (self.folder / "stages/work.py").write_text(textwrap.dedent(text))
        return self

    def sweep(self, count: int, tables: str = "") -> "Stage":
        (self.folder / "grid.json").write_text(json.dumps({"i": list(range(count))}))
        values = {
            "schema": "agilab.parallel_stage.v1",
            "name": "work",
            "function": "stages/work.py:work",
            "split": "parameter-sweep",
            "input": "grid.json",
            "workers": "auto",
            "partition_strategy": "parameter-items",
            "target_partitions": 0,
            "min_partitions_per_worker": 1,
            "reducer": "concat-jsonl",
            "backend": "local",
            "output": "artifacts/work.jsonl",
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        self.path.write_text("\n".join(lines) + "\n\n" + textwrap.dedent(tables))
        return self

    def at(self, place: Place, more: str = "") -> "Stage":
        """Lay the project's table and the user's own."""
        (self.folder / "clusters.toml").write_text(place.text() + textwrap.dedent(more))
        own = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "agilab/clusters.toml"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.touch(0o600)
        own.write_text(place.own_text())
        return self

    def submit(self, **settings: object) -> "api.RunWatch":
        return api.submit(self.path, api.RunSettings(**{"cluster": "place", **settings}))

    def status(self, **settings: object) -> "api.RunStatus":
        """Run and give the last status, also of a run that failed."""
        return self.submit(**settings).wait(timeout_s=200)

    def artifact(self) -> bytes:
        return (self.folder / "artifacts/work.jsonl").read_bytes()

    def events(self, status: "api.RunStatus", *kinds: str) -> list[dict]:
        journal = Path(status.run_dir) / "events.jsonl"
        text = journal.read_text() if journal.exists() else ""
        # the last line may just be being written
        events = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        return [event for event in events if not kinds or event["type"] in kinds]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter-config"))
    (tmp_path / "project").mkdir()
    return Stage(tmp_path / "project")
