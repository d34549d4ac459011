"""Without a share, results travel through the scheduler where that was asked for; never elsewhere."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.run.runners.share import leave_probe, remove_probe, what_is_wrong_with_share

WORK = """
    from pathlib import Path

    def work(i):
        print("hello from", i)
        return {"i": i, "folder": str(Path.cwd()), "text": "x" * SIZE}
"""


def module(size: int) -> str:
    return WORK.replace("SIZE", str(size))


def unseen(stage, place):
    """Give a place of SSH hosts of which the second does not see the stage's folder."""
    tool = stage.folder.parent / "python"
    python = next(line for line in place.table.splitlines() if "python =" in line).split('"')[1]
    tool.write_text(
        "#!/bin/sh\n"
        'case "$SSH_CONNECTION" in\n'
        f'*" 127.0.0.3 "*) exec unshare --mount sh -c \'mount -t tmpfs none "{stage.folder}" && exec "$@"\' '
        f'sh "{python}" "$@";;\n'
        f'esac\nexec "{python}" "$@"\n'
    )
    tool.chmod(0o755)
    probe = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    assert probe.returncode == 0, "this machine lets nobody hide a folder from a process"
    return dataclasses.replace(place, table=place.table.replace(python, str(tool)))


def test_a_host_that_does_not_see_the_folder_is_named(stage, ssh_hosts):
    stage.module(module(1)).sweep(6).at(unseen(stage, ssh_hosts))
    status = stage.status()
    assert status.state == "failed"
    assert "127.0.0.3 (127.0.0.3-" in status.message
    assert "the contract's folder" in status.message
    assert "127.0.0.2 (" not in status.message
    assert 'results = "scheduler"' in status.message
    assert not (stage.folder / "artifacts/work.jsonl").exists()


def test_results_logs_and_code_travel_through_the_scheduler(stage, ssh_hosts):
    stage.module(module(10)).sweep(24).at(unseen(stage, ssh_hosts), 'results = "scheduler"\n')
    status = stage.status(batch_size=2)
    assert status.state == "finished", status.message
    records = [json.loads(line) for line in stage.artifact().splitlines()]
    assert [record["i"] for record in records] == list(range(24))
    lines = [line.text for line in api.logs(status.run_dir).lines(grep="hello")]
    assert sorted(lines) == sorted(f"hello from {i}" for i in range(24))
    hosts = {event["worker"].rpartition("-")[0] for event in stage.events(status, "task.finished")}
    assert "127.0.0.3" in hosts


def test_results_above_the_limit_are_an_error_that_names_it(stage, tls_scheduler):
    more = 'results = "scheduler"\nresults_limit = "1 MB"\n'
    stage.module(module(1_500_000)).sweep(3).at(tls_scheduler, more)
    status = stage.status()
    assert status.state == "failed"
    assert "results_limit" in status.message
    assert "1 MB" in status.message
    stage.at(tls_scheduler, more.replace("1 MB", "9 MB"))
    assert stage.status().state == "finished"


def test_a_partition_that_takes_too_long_is_ended_also_without_a_share(stage, tls_scheduler):
    text = "import time\ndef work(i):\n    time.sleep(60 if i == 2 else 0)\n    return i\n"
    tables = '[execution]\non_failure = "finish"\ntimeout_s = 2\n'
    stage.module(text).sweep(5, tables).at(tls_scheduler, 'results = "scheduler"\n')
    status = stage.status()
    assert status.state == "partial", status.message
    failed = [event for event in stage.events(status, "partition.failed") if event["final"]]
    assert [(event["index"], event["kind"]) for event in failed] == [(2, "timeout")]


@pytest.fixture
def run_dir(tmp_path) -> Path:
    (tmp_path / "run/segments").mkdir(parents=True)
    return tmp_path / "run"


def test_the_same_folder_is_seen_as_such(run_dir):
    nonce = leave_probe(run_dir)
    assert what_is_wrong_with_share(str(run_dir), nonce) == ""
    remove_probe(run_dir)
    assert [path.name for path in run_dir.rglob("*")] == ["segments"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda folder: (folder / "share-probe").write_text("of another"),
            "has another folder under the path",
        ),
        (lambda folder: (folder / "share-probe").unlink(), "has another folder under the path"),
        (lambda folder: folder.rename(folder.with_name("moved")), "does not see the contract's folder"),
        (lambda folder: (folder / "segments").rmdir(), "cannot write into the contract's folder"),
    ],
)
def test_another_folder_is_told(run_dir, change, sentence):
    nonce = leave_probe(run_dir)
    change(run_dir)
    assert sentence in what_is_wrong_with_share(str(run_dir), nonce)


def test_looking_at_a_share_imports_nothing_heavy():
    code = (
        "import sys, jupyter_agilab.run.runners.share\n"
        "print({'distributed', 'numpy', 'pandas'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "set()"
