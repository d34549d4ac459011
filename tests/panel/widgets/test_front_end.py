"""Who looks: only a front end that says which cell a request is from gets widgets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_agilab.panel.front_end import VARIABLE, has_front_end


def shell_of(metadata: Any) -> Any:
    return SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda: {"metadata": metadata}))


@pytest.mark.parametrize(
    ("metadata", "wish", "looks"),
    [
        pytest.param({"cellId": "abc"}, "", True, id="JupyterLab"),
        pytest.param({"cellId": "vscode-notebook-cell:/x.ipynb#W0"}, "", True, id="VS Code"),
        pytest.param({}, "", False, id="nbclient"),
        pytest.param(None, "", False, id="no metadata"),
        pytest.param({"cellId": ""}, "", False, id="empty"),
        pytest.param({}, "live", True, id="wished for"),
        pytest.param({"cellId": "abc"}, "static", False, id="not wished for"),
        pytest.param({"cellId": "abc"}, "nonsense", True, id="unknown wish"),
    ],
)
def test_who_has_a_front_end(metadata: Any, wish: str, looks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, wish)
    assert has_front_end(shell_of(metadata)) is looks


def test_a_terminal_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "live")
    assert not has_front_end(SimpleNamespace())
