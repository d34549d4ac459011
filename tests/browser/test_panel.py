"""The live panel from the first cell to the saved notebook, in real JupyterLab and Notebook 7."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab import api

SETUP = "%load_ext jupyter_agilab\nimport time\nfrom pathlib import Path\npause = 0.05"
STAGE = """%%parallel_stage totals --split files --input readings.csv --partition-strategy file-chunks \
--target-partitions 30 --workers 2 --backend pool --reducer concat-jsonl
time.sleep(pause)
print("starting")
numbers = []
for row in rows:
    value = row["value"]
    numbers.append(0 if value == "n/a" and Path("mended").exists() else int(value))
print("summed", len(numbers), "rows")
{"rows": len(numbers), "total": sum(numbers)}"""
ATTACH = "%load_ext jupyter_agilab\n%parallel_attach --detach totals"
# all that the cell of the stage shows
PANEL = ".jp-Cell[data-windowed-list-index='1'] .jp-OutputArea-output .widget-vbox"
ROWS = 3_000
STOP_WITHIN_S = 30.0


def write_input(folder: Path) -> None:
    """Write readings of which one is no number."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"s{at % 7},{'n/a' if at == 1234 else at % 90}" for at in range(ROWS)]
    (folder / "readings.csv").write_text("\n".join(["station,value", *lines, ""]), "utf-8")


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until a condition gives something, and give it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)
    return found


def section(page: Any, name: str) -> None:
    """Open a part of the panel."""
    page.get_by_role("button", name=name, exact=True).click()


def fact(page: Any, label: str) -> str:
    """Give a figure above the worker map."""
    return page.locator(".agl-part .agl-facts > div", has_text=label).first.locator("dd").text_content()


def partitions_shown(page: Any) -> int:
    """Give how many partitions the table has."""
    return int(page.locator(".agl-grid").get_attribute("aria-rowcount")) - 1


def run_all(page: Any) -> None:
    """Press Run, and say that no trial is wanted where that is asked."""
    section(page, "Scale")
    run = page.get_by_role("button", name="Run", exact=True)
    without = page.get_by_role("button", name="Go on without a trial")
    run.or_(without).first.wait_for()
    if without.is_visible():
        without.click()
    wait_for(run.is_enabled)
    run.click()


def mode(page: Any, *modes: str, state: str = "") -> None:
    """Wait until the view is in one of some modes, and in a state."""
    wanted = ", ".join(f".agl[data-mode={each}]" for each in modes)
    page.locator(wanted).first.wait_for()
    if state:
        page.locator(".agl-badge", has_text=state).wait_for()


@pytest.mark.parametrize("kind", ["lab", "notebook"])
def test_from_the_cell_to_the_saved_notebook(kind, front_end, server, shots, axe):
    folder = server.root / kind
    write_input(folder)
    server.notebook(f"{kind}/story.ipynb", SETUP, "", ATTACH)
    contract = folder / "totals.parallel_stage.toml"
    shown = front_end(kind, viewport={"width": 1280, "height": 1500})
    page = shown.page
    shown.open(f"{kind}/story.ipynb")

    # write a cell, see what became of its names
    shown.run(0)
    shown.write(1, STAGE)
    shown.run(1)
    page.locator(".agl-body .agl-row").first.wait_for()
    section(page, "1 Function")
    captures = shown.output(1).locator("tr:visible", has_text="pause").first
    captures.wait_for()
    assert "parameter" in captures.text_content()
    assert partitions_shown(page) == 30
    assert not shown.output(1).locator(".agilab-twin").first.is_visible()
    shots(page, f"{kind}-1-function")

    # move the target's slider, see the plan and the file change
    section(page, "2 Split")
    slider = shown.output(1).locator(".widget-slider", has_text="Partitions").locator(".noUi-handle")
    # keys that come before the slider is ready are lost on it
    wait_for(lambda: slider.get_attribute("aria-valuenow") == "34.0" or slider.press("ArrowRight"))
    wait_for(lambda: partitions_shown(page) == 34)
    wait_for(lambda: "target_partitions = 34" in contract.read_text("utf-8"))
    shots(page, f"{kind}-2-split")
    axe(page, PANEL)

    # one partition first
    section(page, "Trial")
    page.get_by_role("button", name="Try this partition").click()
    printed = shown.output(1).locator("pre", has_text=re.compile(r"summed \d+ rows"))
    printed.last.wait_for(state="attached")
    shots(page, f"{kind}-3-trial")
    axe(page, PANEL)
    for title in ("1 Function", "3 Reducer", "Files", "Scale"):
        section(page, title)
        shots(page, f"{kind}-3-{title.split()[-1].lower()}")
        axe(page, PANEL)

    # a change on disk is taken over: a failure is not to end the run
    text = contract.read_text("utf-8")
    contract.write_text(f'{text}\n[execution]\non_failure = "finish"\n', "utf-8")
    run_all(page)
    mode(page, "run", "ended")
    page.wait_for_function("document.querySelector('.agl-legend [data-state=done]').hidden === false")
    mode(page, "ended", state="Finished in part")
    assert fact(page, "Failed") == "1"
    lanes = page.evaluate("() => document.querySelector('.agl-cover').ariaLabel")
    assert lanes.startswith("Map of 2 workers")
    shots(page, f"{kind}-4-ended")

    # the failed partition's error and log; again, after the cause is gone
    page.locator(".agl-chip[data-state=failed]").click()
    page.locator(".agl-body .agl-row[data-state=failed]").first.click()
    detail = page.locator(".agl-detail")
    detail.get_by_text("invalid literal for int()").first.wait_for()
    assert "at line 7 of the cell" in detail.locator(".agl-error").text_content()
    detail.locator("pre", has_text="starting").wait_for()
    detail.scroll_into_view_if_needed()
    shots(page, f"{kind}-5-failure")
    axe(page)
    (folder / "mended").touch()
    detail.get_by_role("button", name="Retry").click()
    mode(page, "ended", state="Finished")
    page.wait_for_function("document.querySelector('.agl-badge').dataset.state === 'finished'")
    records = [json.loads(line) for line in (folder / "artifacts/totals.jsonl").read_text().splitlines()]
    assert sum(record["rows"] for record in records) == ROWS
    assert sum(record["total"] for record in records) == sum(at % 90 for at in range(ROWS) if at != 1234)
    page.get_by_role("button", name="Clear search and filters").click()

    # a second run, long enough to be stopped
    contract.write_text(contract.read_text("utf-8").replace("pause = 0.05", "pause = 4.0"), "utf-8")
    page.wait_for_timeout(2_500)
    run_all(page)
    mode(page, "run", state="Running")
    page.wait_for_function("document.querySelector('.agl-legend [data-state=running]').hidden === false")
    shots(page, f"{kind}-6-running-light")
    shown.theme("JupyterLab Dark")
    shots(page, f"{kind}-6-running-dark")
    page.get_by_role("button", name="Stop", exact=True).last.click()
    mode(page, "ended", state="Stopped")
    shown.theme("JupyterLab Light")

    # a third one; the kernel is restarted in its middle, and it goes on
    run_all(page)
    mode(page, "run", state="Running")
    run_id = api.runs(folder)[0].run_id
    shown.restart()
    assert api.runs(folder)[0].state == "running"
    shown.run(2)
    attached = shown.output(2)
    attached.locator(".agl[data-mode=run]").wait_for()
    assert run_id in attached.inner_text()

    # the page is loaded anew: the panel is there again; run again, the cell shows the run as it is now
    shown.save()
    page.reload()
    shown.settle()
    attached = shown.output(2)
    attached.scroll_into_view_if_needed()
    attached.locator(".agl[data-mode=run]").wait_for()
    shots(page, f"{kind}-7-reloaded")
    shown.run(2)
    attached.locator(".agl[data-mode=run]").wait_for()
    attached.get_by_role("button", name="Stop", exact=True).last.click()
    attached.locator(".agl[data-mode=ended]").wait_for()
    picture = attached.locator(".agilab-twin").last
    wait_for(lambda: "stopped" in picture.text_content())
    shown.save()
    wait_for(lambda: "stopped" in (folder / "story.ipynb").read_text("utf-8"))

    # the saved notebook without its kernel: the picture of the last state, and no error
    shown.shut()
    page.reload()
    shown.settle()
    picture = shown.output(2).locator(".agilab-twin").last
    picture.scroll_into_view_if_needed()
    picture.wait_for()
    assert "stopped" in picture.inner_text().lower()
    wait_for(lambda: not re.search("Loading widget|model not found", shown.output(2).inner_text()))
    shots(page, f"{kind}-8-saved")


BUSY = {
    "asleep": "import time\ntime.sleep(60)\nprint('over')",
    "computing": "import time\nend = time.time() + 60\nwhile time.time() < end: pass\nprint('over')",
}


@pytest.mark.parametrize("busy", BUSY)
def test_updates_arrive_and_stop_works_while_another_cell_runs(busy, front_end, server, shots):
    folder = server.root / f"busy-{busy}"
    write_input(folder)
    stage = STAGE.replace("time.sleep(pause)", "time.sleep(0.4)")
    server.notebook(f"busy-{busy}/busy.ipynb", SETUP, stage, BUSY[busy], "print('idle')")
    shown = front_end("lab", viewport={"width": 1280, "height": 1500})
    page = shown.page
    shown.open(f"busy-{busy}/busy.ipynb")
    shown.run(0)
    shown.run(1)
    page.locator(".agl-body .agl-row").first.wait_for()
    (folder / "mended").touch()
    run_all(page)
    mode(page, "run", state="Running")
    page.wait_for_function("Number(document.querySelector('.agl-progress').ariaValueNow) > 0")
    shown.run(2, wait=False)
    page.wait_for_function(
        "[...document.querySelectorAll('.jp-InputPrompt')].some(each => each.textContent.includes('*'))"
    )
    done = "Number(document.querySelector('.agl-progress').ariaValueNow)"
    before = page.evaluate(done)
    page.wait_for_function(f"{done} > {before} + 1", timeout=10_000)
    stop = page.get_by_role("button", name="Stop", exact=True).last
    begun = time.monotonic()
    stop.click()
    mode(page, "ended", state="Stopped")
    took = time.monotonic() - begun
    # the cell must still be running, else nothing was shown
    assert "*" in shown.prompt(2).text_content()
    assert took < STOP_WITHIN_S
    print(f"stopped {took:.2f} s after the click, with a cell that is {busy}")
    shots(page, f"busy-{busy}")


def test_where_nothing_in_the_kernel_can_run_the_view_says_how_to_stop(front_end, server, shots):
    folder = server.root / "held"
    write_input(folder)
    stage = STAGE.replace("time.sleep(pause)", "time.sleep(1.0)")
    server.notebook("held/held.ipynb", SETUP, stage, "sum(range(10**11))")
    shown = front_end("lab", viewport={"width": 1280, "height": 1500})
    page = shown.page
    shown.open("held/held.ipynb")
    shown.run(0)
    shown.run(1)
    page.locator(".agl-body .agl-row").first.wait_for()
    (folder / "mended").touch()
    run_all(page)
    mode(page, "run", state="Running")
    run_id = api.runs(folder)[0].run_id
    # one call in C that keeps Python's lock: no other thread of the kernel runs
    shown.run(2, wait=False)
    page.get_by_text("The kernel is busy").wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    command = f"jupyter agilab stop {run_id}"
    page.get_by_text(command).wait_for()
    shots(page, "held")
    stopped = subprocess.run(
        [sys.executable, "-m", "jupyter_agilab", *command.split()[2:]],
        cwd=folder,
        env=server.env,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert stopped.returncode == 0, stopped.stderr
    assert api.runs(folder)[0].state == "stopped"


def test_keys_in_the_panel_are_not_the_notebooks(front_end, server):
    folder = server.root / "keys"
    write_input(folder)
    server.notebook("keys/keys.ipynb", SETUP, STAGE, "1")
    shown = front_end("lab")
    page = shown.page
    shown.open("keys/keys.ipynb")
    shown.run(0)
    shown.run(1)
    page.locator(".agl-body .agl-row").first.wait_for()
    for place in (".agl-cover", ".agl-grid", ".agl-search"):
        page.locator(place).focus()
        for key in ("a", "b", "x", "d", "d", "m", "0", "0", "ArrowDown", "Enter"):
            page.keyboard.press(key)
    assert page.locator(".jp-Notebook .jp-Cell").count() == 3
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".agl-search").input_value() == "abxddm00"
