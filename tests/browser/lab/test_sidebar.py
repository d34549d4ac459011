"""The sidebar: contracts, workflows, clusters and runs, and what can be done with them."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any

import pytest

MODULE = '''"""Counts."""


def {name}(number: int) -> dict[str, int]:
    """Give a square."""
    import time
    time.sleep({seconds})
    print("number", number)
    return {{"number": number, "square": number * number}}
'''


def contract(name: str, *, extra: str = "") -> str:
    return f'''schema = "agilab.parallel_stage.v1"
name = "{name}"
function = "stages/{name}.py:{name}"
split = "parameter-sweep"
input = "numbers.json"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "pool"
output = "artifacts/{name}.json"
{extra}'''


def add_stage(
    lab: Any, folder: str, name: str, *, seconds: float = 0.0, count: int = 4, extra: str = ""
) -> None:
    """Write a stage of numbers, which sleeps so long for each."""
    prefix = f"{folder}/" if folder else ""
    lab.write(f"{prefix}stages/{name}.py", MODULE.format(name=name, seconds=seconds))
    lab.write(f"{prefix}numbers.json", json.dumps([{"number": n} for n in range(count)]))
    lab.write(f"{prefix}{name}.parallel_stage.toml", contract(name, extra=extra))


@pytest.fixture
def sidebar(lab: Any) -> Any:
    """Give the sidebar, opened, of a folder that is filled afterwards."""
    lab.execute("jupyter-agilab:show-sidebar")
    lab.execute("jupyter-agilab:refresh")
    box = lab.page.locator("#jp-agilab-sidebar")
    box.locator("[role=tree]").wait_for()
    return box


def row(sidebar: Any, kind: str, name: str) -> Any:
    return sidebar.locator(f".jp-agilab-row[data-kind='{kind}']").filter(
        has=sidebar.page.locator(".jp-agilab-row-name", has_text=re.compile(f"^{re.escape(name)}$"))
    )


def test_who_is_logged_out_is_told_what_to_do(lab: Any, sidebar: Any) -> None:
    lab.page.route("**/agilab/tree*", lambda route: route.fulfill(status=403, json={"message": "Forbidden"}))
    told = lab.page.locator("#jp-agilab-sidebar [role='alert']")
    try:
        lab.start("jupyter-agilab:refresh")
        told.get_by_text(
            "Forbidden. Where your login has ended, reload the page and log in again."
        ).wait_for()
    finally:
        lab.page.unroute("**/agilab/tree*")
    lab.execute("jupyter-agilab:refresh")
    told.wait_for(state="detached")


def test_runs_a_stage_and_opens_its_report(lab: Any, sidebar: Any, shots: Any) -> None:
    add_stage(lab, "", "squares")
    lab.execute("jupyter-agilab:refresh")
    line = row(sidebar, "contract", "squares")
    line.wait_for()
    assert "not run yet" in line.inner_text()
    line.hover()
    line.get_by_role("button", name="Run: squares").click()
    note = lab.page.locator(".Toastify__toast", has_text="squares has finished")
    note.wait_for(timeout=60_000)
    sidebar.locator(".jp-agilab-row[data-kind='contract'][data-state='finished']").wait_for()
    shots(lab.page, "lab-sidebar-finished")
    note.get_by_role("button", name="Report").click()
    frame = lab.page.frame_locator("iframe[title='Report of squares']")
    frame.locator("h1").first.wait_for()
    shots(lab.page, "lab-report")


def test_what_partitions_print_is_text_and_a_report_is_in_a_sandbox(lab: Any, sidebar: Any) -> None:
    add_stage(lab, "", "nasty")
    module = lab.root / "stages" / "nasty.py"
    evil = "<img src=x onerror=window.wasEvil=1>"
    module.write_text(
        module.read_text().replace('"number", number', f'"{evil}"') + f'\n\nif True:\n    """{evil}"""\n'
    )
    run_to_end(lab, "nasty.parallel_stage.toml", "nasty has finished")
    lab.execute("jupyter-agilab:open-logs", path="nasty.parallel_stage.toml")
    logs = lab.page.locator(".jp-agilab-logs")
    logs.locator(".jp-agilab-logs-line", has_text=evil).first.wait_for()
    logs.get_by_role("searchbox").fill("no such line")
    logs.get_by_text("Nothing was printed that fits.").wait_for()
    lab.execute("jupyter-agilab:open-report", path="nasty.parallel_stage.toml")
    frame = lab.page.locator("iframe[title='Report of nasty']")
    frame.wait_for()
    assert frame.get_attribute("sandbox") == "allow-scripts"
    inner = frame.element_handle().content_frame()
    inner.locator("h1").first.wait_for()
    # neither Lab's page nor its cookies can be reached from there
    assert (
        inner.evaluate("() => { try { return !!window.parent.document; } catch { return false; } }") is False
    )
    assert inner.evaluate("() => { try { return document.cookie; } catch { return 'no'; } }") in {"no", ""}
    assert lab.page.evaluate("window.wasEvil") is None
    assert inner.evaluate("window.wasEvil") is None


def run_to_end(lab: Any, path: str, told: str) -> None:
    """Start a run by its command, and wait for what is told at its end."""
    lab.execute("jupyter-agilab:start-run", path=path)
    note = lab.page.locator(".Toastify__toast", has_text=told)
    note.wait_for()
    note.get_by_role("button", name="Hide notification").click()
    note.wait_for(state="detached")


def test_two_browsers_see_the_same_run_and_either_stops_it(
    lab: Any, sidebar: Any, other_lab: Any, shots: Any, axe: Any
) -> None:
    add_stage(lab, "far/away", "slow", seconds=2, count=120)
    lab.execute("jupyter-agilab:refresh")
    contract = "far/away/slow.parallel_stage.toml"
    other = other_lab()
    other.execute("jupyter-agilab:show-sidebar")
    lab.execute("jupyter-agilab:start-run", path=contract)
    second = other.page.locator("#jp-agilab-sidebar")
    live = ".jp-agilab-row[data-kind='run'][data-state='running']"
    for box in (sidebar, second):
        box.locator(live).get_by_text(re.compile(r"[1-9]\d* of 120")).wait_for()
    lab.page.locator(".jp-agilab-status", has_text="slow runs").wait_for()
    axe(lab.page, ".jp-agilab-status")
    shots(lab.page, "lab-sidebar-running")
    lab.theme("JupyterLab Dark")
    shots(lab.page, "lab-sidebar-running-dark")
    lab.theme("JupyterLab Light")
    second.locator(live).hover()
    second.locator(live).get_by_role("button", name="Stop Run: slow").click()
    for box in (sidebar, second):
        box.locator(live).wait_for(state="detached")
        box.locator(".jp-agilab-row[data-kind='contract'][data-state='stopped']").wait_for()
    # the item of the status bar goes with the last run
    lab.page.locator(".jp-agilab-status", has_text="slow").wait_for(state="hidden")


def test_a_run_whose_folder_is_removed_does_not_stay(lab: Any, sidebar: Any) -> None:
    add_stage(lab, "gone", "slow", seconds=1, count=60)
    lab.execute("jupyter-agilab:refresh")
    lab.execute("jupyter-agilab:start-run", path="gone/slow.parallel_stage.toml")
    live = sidebar.locator(".jp-agilab-row[data-kind='run'][data-state='running']")
    live.wait_for()
    while (lab.root / "gone").exists():
        # its driver writes on for a moment
        shutil.rmtree(lab.root / "gone", ignore_errors=True)
    live.wait_for(state="detached")
    lab.page.locator(".jp-agilab-status", has_text="slow").wait_for(state="hidden")


def test_failed_partitions_are_told_and_run_again(lab: Any, sidebar: Any) -> None:
    add_stage(lab, "", "odd", extra='[execution]\non_failure = "finish"\n')
    module = lab.root / "stages" / "odd.py"
    there = lab.root / "there.txt"
    fails = f"    if number == 2:\n        open({str(there)!r}).close()\n    import time"
    module.write_text(module.read_text().replace("    import time", fails))
    run_to_end(lab, "odd.parallel_stage.toml", "odd: 1 partition failed")
    toggle = row(sidebar, "section", "Runs")
    toggle.click()
    failed = sidebar.locator(".jp-agilab-row[data-kind='run'][data-state='partial']")
    failed.wait_for()
    there.write_text("")
    failed.hover()
    failed.get_by_role("button", name="Run Failed Partitions Again: odd").click()
    lab.page.locator(".Toastify__toast", has_text="odd has finished").wait_for()
    sidebar.locator(".jp-agilab-row[data-kind='run'][data-state='finished']").wait_for()
    toggle.click()
    assert len(json.loads((lab.root / "artifacts" / "odd.json").read_text())) == 4


def test_a_contract_with_mistakes_is_told_with_all_of_them(
    lab: Any, sidebar: Any, shots: Any, axe: Any
) -> None:
    add_stage(lab, "", "wrong")
    path = lab.root / "wrong.parallel_stage.toml"
    path.write_text(path.read_text().replace("collect-json", "collect").replace("pool", "pond"))
    lab.start("jupyter-agilab:start-run", path="wrong.parallel_stage.toml")
    dialog = lab.page.locator(".jp-Dialog", has_text="The run was not started")
    dialog.wait_for()
    assert dialog.locator("li").count() == 2
    axe(lab.page, ".jp-agilab-problem")
    shots(lab.page, "lab-mistakes")
    lab.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_keys_reach_everything(lab: Any, sidebar: Any, axe: Any, shots: Any) -> None:
    for folder, name in (("", "alpha"), ("deep/er", "beta"), ("deep/er", "gamma")):
        add_stage(lab, folder, name)
    lab.write("clusters.toml", '[here]\nkind = "local"\nworkers = 1\n')
    lab.execute("jupyter-agilab:refresh")
    row(sidebar, "contract", "gamma").wait_for()
    axe(lab.page, "#jp-agilab-sidebar")
    page = lab.page

    def is_on(label: str) -> None:
        """Wait until the focus is on what begins with a label: it moves a moment after the key."""
        begins = "label => document.activeElement?.getAttribute('aria-label')?.startsWith(label)"
        page.wait_for_function(begins, arg=label)

    # the shortcut leads into the tree
    page.keyboard.press("Control+Alt+P")
    page.wait_for_function("document.activeElement?.getAttribute('role') === 'treeitem'")
    page.keyboard.press("Home")
    is_on("Contracts")
    page.keyboard.press("ArrowDown")
    is_on("alpha")
    page.keyboard.press("d")
    is_on("deep/er")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.activeElement?.getAttribute('aria-expanded') === 'false'")
    row(sidebar, "contract", "gamma").wait_for(state="detached")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    is_on("gamma")
    # the row's buttons come behind it
    page.keyboard.press("Tab")
    is_on("Run: gamma")
    page.keyboard.press("Shift+Tab")
    # the row's menu, and what is in it
    page.keyboard.press("Shift+F10")
    menu = page.locator(".lm-Menu")
    menu.wait_for()
    told = menu.inner_text()
    assert "Clean Up Runs" in told
    assert "Stop Run" not in told
    shots(page, "lab-sidebar-menu")
    page.keyboard.press("Escape")
    menu.wait_for(state="detached")
    row(sidebar, "contract", "gamma").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.context?.path === 'deep/er/gamma.parallel_stage.toml'"
    )
    # the filter
    sidebar.get_by_role("searchbox").fill("ALPH")
    row(sidebar, "contract", "alpha").wait_for()
    row(sidebar, "contract", "gamma").wait_for(state="detached")
    lab.theme("JupyterLab Dark")
    axe(page, "#jp-agilab-sidebar")
    lab.theme("JupyterLab Light")
    sidebar.get_by_role("button", name="Clear the filter").click()
    row(sidebar, "contract", "gamma").wait_for()


def test_an_empty_folder_helps(lab: Any, sidebar: Any, axe: Any, shots: Any) -> None:
    sidebar.get_by_text("No contract yet.").wait_for()
    assert "%%parallel_stage NAME" in sidebar.inner_text()
    assert "No workflow yet" in sidebar.inner_text()
    assert "No clusters.toml yet" in sidebar.inner_text()
    axe(lab.page, "#jp-agilab-sidebar")
    shots(lab.page, "lab-sidebar-empty")


def test_cleaning_says_what_goes_and_asks(lab: Any, sidebar: Any, shots: Any, axe: Any) -> None:
    add_stage(lab, "", "often")
    contract = lab.root / "often.parallel_stage.toml"
    for round_ in range(3):
        lab.write("numbers.json", json.dumps([{"number": n + round_} for n in range(3)]))
        run_to_end(lab, contract.name, "often has finished")
    kept = lab.root / ".agilab" / "runs" / "often"

    def runs() -> list[str]:
        return sorted(path.name for path in kept.iterdir() if path.is_dir() and path.name[0].isdigit())

    before = runs()
    assert len(before) == 3
    for accepts in (False, True):
        lab.start("jupyter-agilab:clean-runs", path=contract.name)
        dialog = lab.page.locator(".jp-Dialog", has_text="Which runs of often should go?")
        dialog.wait_for()
        axe(lab.page, ".jp-Dialog-body")
        dialog.get_by_role("button", name="Ok").click()
        dialog = lab.page.locator(".jp-Dialog", has_text="Remove runs of often?")
        dialog.get_by_text("2 runs go").wait_for()
        axe(lab.page, ".jp-Dialog-body")
        if accepts:
            shots(lab.page, "lab-clean")
        dialog.get_by_role("button", name="Remove" if accepts else "Cancel").click()
        dialog.wait_for(state="detached")
        if not accepts:
            assert runs() == before
    row(sidebar, "section", "Runs").get_by_text(re.compile("^1$")).wait_for()
    assert runs() == before[-1:]


def test_a_cluster_is_checked_started_and_stopped(lab: Any, sidebar: Any, axe: Any, shots: Any) -> None:
    lab.write("clusters.toml", '[here]\nkind = "local"\nworkers = 1\n')
    lab.execute("jupyter-agilab:refresh")
    line = row(sidebar, "cluster", "here")
    line.dblclick()
    table = lab.page.locator(".jp-agilab-check table")
    table.wait_for()
    assert "this machine" in table.inner_text()
    axe(lab.page, ".jp-agilab-check")
    shots(lab.page, "lab-check")
    line.hover()
    line.get_by_role("button", name="Start Cluster: here").click()
    line.get_by_text(re.compile("running")).wait_for()
    lab.start("jupyter-agilab:stop-cluster", folder="", name="here")
    dialog = lab.page.locator(".jp-Dialog", has_text="Stop cluster here?")
    dialog.wait_for()
    axe(lab.page, ".jp-Dialog-body")
    dialog.get_by_role("button", name="Stop").click()
    line.get_by_role("button", name="Start Cluster: here").wait_for(state="attached")
    line.get_by_text(re.compile("running")).wait_for(state="detached")


def test_a_workflow_runs_and_is_stopped(lab: Any, sidebar: Any, shots: Any) -> None:
    add_stage(lab, "", "first")
    add_stage(lab, "", "second", seconds=2, count=120)
    lab.write(
        "both.workflow.toml",
        'schema = "agilab.workflow.v1"\nname = "both"\n'
        '[stages.first]\ncontract = "first.parallel_stage.toml"\n'
        '[stages.second]\ncontract = "second.parallel_stage.toml"\nafter = ["first"]\n',
    )
    lab.execute("jupyter-agilab:refresh")
    line = row(sidebar, "workflow", "both")
    line.hover()
    line.get_by_role("button", name="Run Workflow: both").click()
    line.get_by_text("1 of 2 stages").wait_for()
    row(sidebar, "contract", "second").get_by_text(re.compile(r"\d+ of 120")).wait_for()
    shots(lab.page, "lab-sidebar-workflow")
    line.hover()
    line.get_by_role("button", name="Stop Workflow: both").click()
    line.get_by_text("stopped").wait_for()
    sidebar.locator(".jp-agilab-row[data-kind='run'][data-state='running']").wait_for(state="detached")


def test_a_workflow_that_ends_is_told_once(lab: Any, sidebar: Any, shots: Any) -> None:
    add_stage(lab, "deep", "first")
    add_stage(lab, "deep", "second")
    lab.write(
        "deep/pair.workflow.toml",
        'schema = "agilab.workflow.v1"\nname = "pair"\n'
        '[stages.first]\ncontract = "first.parallel_stage.toml"\n'
        '[stages.second]\ncontract = "second.parallel_stage.toml"\nafter = ["first"]\n',
    )
    lab.execute("jupyter-agilab:refresh")
    lab.execute("jupyter-agilab:run-workflow", path="deep/pair.workflow.toml")
    note = lab.page.locator(".Toastify__toast", has_text="The workflow pair has finished")
    note.wait_for()
    for name in ("first", "second"):
        row(sidebar, "contract", name).and_(sidebar.locator("[data-state='finished']")).wait_for()
    shots(lab.page, "lab-workflow-finished")
    # not once more for each of its stages
    assert not lab.page.locator(".Toastify__toast", has_text=re.compile("first|second")).count()
    note.get_by_role("button", name="Open").click()
    lab.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.context?.path === 'deep/pair.workflow.toml'"
    )


def test_the_file_browser_runs_a_contract(lab: Any) -> None:
    add_stage(lab, "", "listed")
    lab.execute("filebrowser:activate")
    lab.execute("filebrowser:refresh")
    item = lab.page.locator(".jp-DirListing-item", has_text="listed.parallel_stage.toml")
    item.click()
    item.click(button="right")
    menu = lab.page.locator(".lm-Menu-content")
    menu.get_by_text("Run on a Cluster…").wait_for()
    menu.get_by_text("Run", exact=True).click()
    lab.page.locator(".Toastify__toast", has_text="listed has finished").wait_for()
    lab.execute("jupyter-agilab:show-sidebar")
