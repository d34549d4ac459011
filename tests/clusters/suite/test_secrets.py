"""No secret, host map or home path in what a run leaves behind, or in what it says."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from jupyter_agilab.panel.report.page import report

from_environment = "AGILAB_TEST_GATEWAY_PASSWORD"


def planted_in(folder: Path, words: list[str]) -> list[str]:
    """Give each file below a folder that holds one of the words, and the word."""
    return [
        f"{path.relative_to(folder)}: {word}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for word in words
        if word.encode() in path.read_bytes()
    ]


def told(status) -> Path:
    """Leave of a run's directory what is there to be read and shared: journal, logs and report."""
    run = Path(status.run_dir)
    for private in ("manifest.json", "spec.json"):
        (run / private).unlink()
    shutil.rmtree(run / "code")
    return run


@pytest.fixture
def home(tmp_path, monkeypatch) -> str:
    """Let the stage's folder lie in the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return str(tmp_path)


def test_a_gateway_run_leaves_no_password_behind(stage, gateway, home, monkeypatch):
    password = gateway.own.split('"')[1]
    monkeypatch.setenv(from_environment, password)
    secret = "planted-variable-0815"
    own = f'password = "env:{from_environment}"\n[place.environment]\nPLANTED = "{secret}"\n'
    text = "import os\ndef work(i):\n    print(i)\n    return {'i': i, 'has': len(os.environ['PLANTED'])}\n"
    stage.module(text).sweep(6).at(dataclasses.replace(gateway, own=own))
    status = stage.status()
    assert status.state == "finished", status.message
    # it did reach the workers
    assert f'"has":{len(secret)}'.encode() in stage.artifact().replace(b" ", b"")
    report(status.run_dir)
    assert planted_in(stage.folder, [password, secret]) == []
    assert planted_in(told(status), [home]) == []


def test_an_ssh_run_leaves_no_host_map_and_no_key_behind(stage, ssh_hosts, home):
    own = ssh_hosts.own + 'passphrase = "planted-passphrase"\n'
    stage.module("def work(i):\n    return i\n").sweep(6).at(dataclasses.replace(ssh_hosts, own=own))
    status = stage.status()
    assert status.state == "finished", status.message
    report(status.run_dir)
    (stage.folder / "clusters.toml").unlink()
    words = ["planted-passphrase", f"{ssh_hosts.folder}/id", "known_hosts"]
    words += ['"127.0.0.3" = 2', '"127.0.0.3": 2', "'127.0.0.3': 2", "127.0.0.3=2"]
    assert planted_in(stage.folder, words) == []
    assert planted_in(told(status), [home]) == []


def test_a_wrong_password_is_told_without_the_password(stage, gateway):
    place = dataclasses.replace(gateway, own='password = "planted-wrong-password"\n')
    stage.module("def work(i):\n    return i\n").sweep(2).at(place)
    status = stage.status()
    assert status.state == "failed"
    assert "does not accept the user and password" in status.message
    assert planted_in(stage.folder, ["planted-wrong-password"]) == []
