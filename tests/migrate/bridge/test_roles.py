"""AGILAB's role tags and metadata, all of their spellings."""

from __future__ import annotations

import pytest

from jupyter_agilab.migrate.bridge.roles import role_of, with_role


@pytest.mark.parametrize(
    ("metadata", "role"),
    [
        ({"tags": ["agilab.manager"]}, "manager"),
        ({"tags": ["x", "AGILAB.Worker "]}, "worker"),
        ({"tags": ["agilab-runtime-worker"]}, "worker"),
        ({"tags": ["agilab.runtime.manager"]}, "manager"),
        ({"tags": ["agilab:worker"]}, "worker"),
        ({"agilab": {"runtime_role": "worker"}}, "worker"),
        ({"agilab": {"runtime": "runpy"}}, "manager"),
        ({"agilab": {"execution_role": "agi.run"}}, "worker"),
        ({"agilab": {"execution_location": "app_runtime"}}, "worker"),
        ({"agilab_runtime_role": "driver"}, "manager"),
        ({"agilab_runtime": "agi"}, "worker"),
        ({"runtime_role": "main"}, "manager"),
        ({"tags": ["agilab.worker"], "agilab": {"runtime_role": "manager"}}, "worker"),
        # AGILAB leaves out a text where a list belongs, and never guesses
        ({"tags": "agilab.worker"}, None),
        ({"tags": ["worker"]}, None),
        ({"agilab": {"runtime_role": "boss"}}, None),
        ({"agilab": "worker"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_role_is_read(metadata: object, role: str | None) -> None:
    assert role_of(metadata) == role


def test_a_written_role_takes_the_place_of_another_and_leaves_the_rest() -> None:
    before = {
        "tags": ["keep", "agilab:manager"],
        "agilab": {"runtime": "runpy", "stage": 3},
        "runtime_role": "main",
        "scrolled": True,
    }
    after = with_role(before, "worker")
    assert after == {
        "tags": ["keep", "agilab.worker"],
        "agilab": {"stage": 3, "runtime_role": "worker"},
        "scrolled": True,
    }
    assert role_of(after) == "worker"
    assert with_role(after, None) == {"tags": ["keep"], "agilab": {"stage": 3}, "scrolled": True}
    assert before["tags"] == ["keep", "agilab:manager"]
