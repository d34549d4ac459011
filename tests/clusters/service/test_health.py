"""The gate, in its strict form: the order of its rules, AGILAB's codes and sentences."""

from types import SimpleNamespace

import pytest

from jupyter_agilab.run.clusters.service import seen
from jupyter_agilab.run.clusters.service.health import Gate, health_document, judged, stopped_document
from jupyter_agilab.run.clusters.service.seen import Crew


def document(status="running", running=2, unhealthy=0, restarted=0):
    names = [f"w{number}" for number in range(running)]
    return health_document(
        name="lab",
        target="ssh",
        status=status,
        workers={
            "running": names,
            "healthy": names[unhealthy:],
            "unhealthy": names[:unhealthy],
            "restarted": names[:restarted],
        },
        queue={"pending": 1, "running": 2},
        heartbeat_timeout_s=5.0,
        reasons={},
        details=(),
        restart_reasons={},
        path="health.json",
    )


@pytest.mark.parametrize(
    ("health", "gate", "code", "told"),
    [
        (document(), Gate(), 0, "ok"),
        (document(unhealthy=1), Gate(), 2, "unhealthy workers 1 exceeds limit 0"),
        (document(unhealthy=1), Gate(max_unhealthy=1), 0, "ok"),
        (document("degraded"), Gate(), 3, "service status is degraded"),
        (document("error"), Gate(), 3, "service status is error"),
        # AGILAB's own gate lets these two pass
        (stopped_document("lab", "ssh", ""), Gate(), 3, "service status is stopped"),
        (document(running=0), Gate(), 3, "service has no running workers"),
        (document("idle"), Gate(), 4, "service status is idle"),
        (document("idle"), Gate(allow_idle=True), 0, "ok"),
        (document(restarted=1), Gate(), 5, "restart rate 0.500 exceeds limit 0.250"),
        (document(restarted=1), Gate(max_restart_rate=0.5), 0, "ok"),
        (document("degraded", unhealthy=1, restarted=2), Gate(), 2, "unhealthy workers 1 exceeds limit 0"),
        (document("idle", running=0), Gate(), 4, "service status is idle"),
    ],
)
def test_the_first_thing_that_is_wrong_decides(health, gate, code, told):
    verdict = judged(health, gate)
    assert (verdict.code, verdict.told) == (code, told)


def test_a_worker_that_is_silent_or_gone_is_unhealthy_and_one_that_came_back_was_restarted(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(seen, "time", SimpleNamespace(monotonic=lambda: now[0]))
    crew = Crew(0.0, 5.0)
    workers = [
        {"worker": "a", "address": "tcp://1", "silent_s": 0.1},
        {"worker": "b", "address": "tcp://2", "silent_s": 12.34},
        {"worker": "c", "address": "tcp://3", "silent_s": 1.0},
    ]
    crew.take_note(workers)
    assert crew.unhealthy(workers) == {"b": "stale-heartbeat(12.3s)"}
    assert crew.pending(4, workers) == ["worker-3"]
    crew.take_note(workers[:2])
    assert crew.unhealthy(workers[:1]) == {}
    assert crew.pending(3, workers[:2]) == ["c"]
    now[0] = 6.0
    assert crew.unhealthy(workers[:1]) == {"c": "missing-heartbeat"}
    crew.take_note([*workers[:2], {**workers[2], "address": "tcp://4"}])
    assert crew.unhealthy(workers[:1]) == {}
    assert list(crew.restarted) == ["c"]
