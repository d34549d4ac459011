"""Two SSH servers on addresses of this machine; one sees its own file system, so that it can lack things."""

import os
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FIRST, SECOND, NOBODY = "127.0.28.2", "127.0.28.3", "127.0.28.9"
PORT = 28222
LIBRARY = "aid_lib"


@pytest.fixture(autouse=True)
def _own_config(tmp_path, monkeypatch):
    """Keep whoever runs the tests from lending their own clusters."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))


@dataclass
class Hosts:
    """The two hosts; what is mounted in the second is seen by it alone."""

    folder: Path
    pid: int
    first: str = FIRST
    second: str = SECOND
    nobody: str = NOBODY

    def alone(self, *command: object) -> None:
        """Run a command as root inside the second host's file system."""
        subprocess.run(["nsenter", "-t", str(self.pid), "-m", *map(str, command)], check=True, timeout=30)

    def instead(self, path: Path, other: Path) -> None:
        """Let the second host see `other` where the first sees `path`."""
        self.alone("mount", "--bind", other, path)


def _sshd(folder: Path, host: str, *before: str) -> subprocess.Popen[bytes]:
    config = folder / f"sshd_{host}.conf"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / f"host_{host}"], check=True)
    key = " ".join((folder / f"host_{host}.pub").read_text().split()[:2])
    with (folder / "known_hosts").open("a") as known:
        known.write(f"[{host}]:{PORT} {key}\n")
    lines = f"""
        Port {PORT}
        ListenAddress {host}
        HostKey {folder}/host_{host}
        PidFile none
        AuthorizedKeysFile {folder}/id.pub
        StrictModes no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin prohibit-password
        UsePAM no
        UseDNS no
        MaxStartups 50:30:100
    """
    config.write_text(textwrap.dedent(lines))
    command = [*before, "/usr/sbin/sshd", "-D", "-E", f"{folder}/sshd_{host}.log", "-f", str(config)]
    return subprocess.Popen(command, start_new_session=True)


@pytest.fixture(scope="session")
def ssh_servers(tmp_path_factory, require):
    """Start both servers once; gives their folder and the second's process."""
    for program in ("sshd", "ssh-keygen", "nsenter", "unshare", "asyncssh"):
        require(f"/usr/sbin/{program}" if program == "sshd" else program)
    if os.geteuid() != 0:
        pytest.skip("platform: only root can give a host a file system of its own")
    folder = tmp_path_factory.mktemp("ssh")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("id", "id_wrong"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    started = [_sshd(folder, FIRST), _sshd(folder, SECOND, "unshare", "--mount", "--propagation", "private")]
    try:
        for host in (FIRST, SECOND):
            _wait_for(folder, host)
        yield folder, started[1].pid
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


def _wait_for(folder: Path, host: str) -> None:
    command = ["ssh", "-F", "none", "-p", str(PORT), "-i", str(folder / "id"), "-o", "BatchMode=yes"]
    command += ["-o", f"UserKnownHostsFile={folder}/known_hosts", f"root@{host}", "true"]
    deadline = time.monotonic() + 30
    while subprocess.run(command, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, (folder / f"sshd_{host}.log").read_text()
        time.sleep(0.1)


class Project:
    """A stage on a share, and the cluster of both hosts."""

    def __init__(self, hosts: Hosts, folder: Path) -> None:
        self.hosts, self.home = hosts, folder
        self.folder = folder / "share/project"
        (self.folder / "stages").mkdir(parents=True)
        (self.folder / "data").mkdir()
        for number in range(2):
            (self.folder / f"data/{number}.csv").write_text("a\n1\n")
        (self.folder / "stages/work.py").write_text(
            f"import json\nimport {LIBRARY}\n\ndef work(path):\n    return {LIBRARY}.VALUE\n"
        )
        self.path = self.folder / "work.parallel_stage.toml"
        self.path.write_text(
            textwrap.dedent("""
                schema = "agilab.parallel_stage.v1"
                name = "work"
                function = "stages/work.py:work"
                split = "files"
                input = "data/*.csv"
                workers = 2
                partition_strategy = "one-file-per-partition"
                target_partitions = 0
                min_partitions_per_worker = 2
                reducer = "concat-jsonl"
                backend = "dask"
                output = "artifacts/work.jsonl"
            """)
        )
        self.site = self.library("1.0", folder / "site")
        self.python = folder / "bin/python"
        self.python.parent.mkdir()
        self.program(self.python, sys.executable)
        self.cluster()

    @staticmethod
    def library(version: str, site: Path) -> Path:
        """Write an installed library of a version into a folder."""
        (site / LIBRARY).mkdir(parents=True)
        (site / LIBRARY / "__init__.py").write_text("VALUE = 1\n")
        record = site / f"{LIBRARY}-{version}.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {LIBRARY}\nVersion: {version}\n")
        (record / "top_level.txt").write_text(f"{LIBRARY}\n")
        return site

    @staticmethod
    def program(path: Path, python: str) -> Path:
        """Write a program that is a Python."""
        path.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} "$@"\n')
        path.chmod(0o755)
        return path

    def cluster(self, **changed: object) -> None:
        """Write clusters.toml."""
        keys: dict[str, object] = {
            "kind": "ssh",
            "hosts": {FIRST: 1, SECOND: 2},
            "user": "root",
            "port": PORT,
            "key_file": str(self.hosts.folder / "id"),
            "known_hosts": str(self.hosts.folder / "known_hosts"),
            "python": str(self.python),
            "environment": {"PYTHONPATH": f"{ROOT}:{self.site}"},
            **changed,
        }

        def text(value: object) -> str:
            if isinstance(value, dict):
                return "{ " + ", ".join(f'"{name}" = {text(each)}' for name, each in value.items()) + " }"
            return f'"{value}"' if isinstance(value, str) else str(value)

        lines = [f"{name} = {text(value)}" for name, value in keys.items()]
        (self.folder / "clusters.toml").write_text("[two]\n" + "\n".join(lines) + "\n")


@pytest.fixture
def hosts(ssh_servers):
    """Give both hosts; what a test mounts in the second is taken away after it."""
    folder, pid = ssh_servers
    before = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    yield Hosts(folder, pid)
    after = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    for line in reversed([line for line in after if line not in before]):
        subprocess.run(["nsenter", "-t", str(pid), "-m", "umount", line.split()[4]], check=True)


@pytest.fixture
def project(hosts, tmp_path, monkeypatch):
    made = Project(hosts, tmp_path)
    monkeypatch.syspath_prepend(str(made.site))
    return made
