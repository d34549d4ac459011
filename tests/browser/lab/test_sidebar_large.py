"""The sidebar with 2,000 contracts and 500 runs: usable at once, and idle when nothing happens."""

from __future__ import annotations

import importlib.util
import re
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[3]
IDLE_S = 10.0


def _make_tree(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("server_tree", ROOT / "benchmarks" / "server_tree.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    made.make_tree(root, 20_000, 2000, 500)


def _metrics(page: Any) -> dict[str, float]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    found = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return {each["name"]: each["value"] for each in found}


def test_2000_contracts_and_500_runs(
    lab: Any, other_lab: Any, shots: Any, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    _make_tree(lab.root)
    lab.execute("jupyter-agilab:refresh")
    other = other_lab()
    page = other.page
    begun = time.perf_counter()
    other.execute("jupyter-agilab:show-sidebar")
    box = page.locator("#jp-agilab-sidebar")
    box.locator(".jp-agilab-row[data-kind='contract']").first.wait_for()
    usable_s = time.perf_counter() - begun
    # all are there, few are drawn
    contracts = box.locator(".jp-agilab-row[data-kind='section']", has_text="Contracts")
    # a tree of this size is told in parts while the server goes through it for the first time
    contracts.get_by_text(re.compile("2,?000")).wait_for()
    assert box.locator(".jp-agilab-row").count() < 100

    # a filter and a jump to the end answer at once
    begun = time.perf_counter()
    box.get_by_role("searchbox").fill("stage_1999")
    box.locator(".jp-agilab-row", has_text="stage_1999").first.wait_for()
    filter_s = time.perf_counter() - begun
    box.get_by_role("searchbox").fill("")
    for expanded in ("false", "true"):
        contracts.click()
        box.locator(f".jp-agilab-row[data-kind='section'][aria-expanded='{expanded}']").filter(
            has_text="Contracts"
        ).wait_for()
    runs = box.locator(".jp-agilab-row[data-kind='section']", has_text="Runs")
    page.keyboard.press("End")
    begun = time.perf_counter()
    runs.click()
    box.locator(".jp-agilab-row[data-kind='run']").first.wait_for()
    runs_s = time.perf_counter() - begun
    runs.get_by_text("500").wait_for()
    page.keyboard.press("End")
    box.locator(".jp-agilab-row[data-kind='run'][tabindex='0'][aria-posinset='500']").wait_for()
    shots(page, "lab-sidebar-large")

    # idle: the page that shows all of it, and the server that serves two
    page.wait_for_timeout(3000)
    server = psutil.Process(lab.server.process.pid)
    before, cpu = _metrics(page), server.cpu_times()
    page.wait_for_timeout(IDLE_S * 1000)
    after, later = _metrics(page), server.cpu_times()
    page_share = (after["TaskDuration"] - before["TaskDuration"]) / IDLE_S
    script_share = (after["ScriptDuration"] - before["ScriptDuration"]) / IDLE_S
    server_share = (later.user + later.system - cpu.user - cpu.system) / IDLE_S
    figures = {
        "usable_s": usable_s,
        "filter_s": filter_s,
        "runs_s": runs_s,
        "page_cpu": page_share,
        "page_script_cpu": script_share,
        "server_cpu": server_share,
    }
    for name, value in figures.items():
        record_property(name, round(value, 4))
    with capsys.disabled():
        print(
            "\nsidebar, 2,000 contracts, 500 runs:", {name: f"{value:.3f}" for name, value in figures.items()}
        )
    # generous, for machines that are shared; on a quiet one it is 0.5 s and a hundredth of a core
    assert usable_s < 10
    assert filter_s < 10
    assert script_share < 0.05
    assert server_share < 0.25
