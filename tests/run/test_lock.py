"""One run of a stage at a time."""

import subprocess
import sys

from jupyter_agilab.run.lock import StageLock


def test_a_second_taker_is_refused_until_release(tmp_path):
    first, second = StageLock(tmp_path / "lock"), StageLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    assert not second.is_free()
    first.release()
    assert second.is_free()
    assert second.acquire()
    second.release()


def test_a_killed_holder_lets_go(tmp_path):
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from jupyter_agilab.run.lock import StageLock\n"
        "lock = StageLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"True\n"
        assert not StageLock(path).is_free()
        holder.kill()
        holder.wait()
    assert StageLock(path).is_free()
