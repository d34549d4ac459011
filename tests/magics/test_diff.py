"""``%parallel_diff``: against the newest run, and between two stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.error import UsageError


def test_against_the_newest_run(stage: Callable[..., Any]) -> None:
    notebook = stage()
    with pytest.raises(UsageError, match="no run yet"):
        notebook.run("%parallel_diff count")
    notebook.run("%parallel_run count --backend local")
    notebook.run("%parallel_diff count")
    assert "nothing differs" in notebook.text
    assert "nothing differs" in notebook.html
    path = notebook.folder / "count.parallel_stage.toml"
    contract = path.read_text("utf-8")
    assert "target_partitions = 0" in contract
    path.write_text(contract.replace("target_partitions = 0", "target_partitions = 3"), "utf-8")
    module = notebook.folder / "stages/count.py"
    module.write_text(module.read_text("utf-8").replace("return ", "return 1 * ", 1), "utf-8")
    notebook.run("%parallel_diff count")
    assert "nothing differs" not in notebook.text
    assert "target_partitions" in notebook.html
    assert "count" in notebook.html


def test_two_stages_and_what_is_neither(stage: Callable[..., Any]) -> None:
    notebook = stage()
    other = notebook.folder / "other.parallel_stage.toml"
    text = (notebook.folder / "count.parallel_stage.toml").read_text("utf-8")
    other.write_text(text.replace('name = "count"', 'name = "other"'), "utf-8")
    notebook.run("%parallel_diff count other")
    assert "name" in notebook.text
    with pytest.raises(UsageError, match="neither a contract nor a run"):
        notebook.run("%parallel_diff count nothing_like_it")
