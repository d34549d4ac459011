"""The extension as a whole: it is there in JupyterLab and in Notebook 7, and it is small when Lab starts."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[3]
LIMIT = 400_000

_PLUGINS = "() => window.jupyterapp.listPlugins().filter(name => name.startsWith('jupyter-agilab:'))"
_ACTIVE = "name => window.jupyterapp.isPluginActivated(name)"
_COMMANDS = (
    "() => window.jupyterapp.commands.listCommands().filter(each => each.startsWith('jupyter-agilab:'))"
)
_LABELS = """names => names.map(each => {
    const { commands } = window.jupyterapp;
    return [each, commands.label(each), commands.describedBy ? '' : 'no'];
})"""

_SHOWN = """expected => {
    const labels = document.querySelectorAll('.lm-CommandPalette-itemLabel');
    const shown = new Set([...labels].map(each => each.textContent));
    return expected.every(each => shown.has(each));
}"""


def test_plugins_are_active_in_lab(lab: Any) -> None:
    plugins = lab.page.evaluate(_PLUGINS)
    assert {"jupyter-agilab:events", "jupyter-agilab:store", "jupyter-agilab:plugin"} <= set(plugins)
    for name in plugins:
        assert lab.page.evaluate(_ACTIVE, name), name


def test_each_command_has_a_label_and_is_in_the_palette(lab: Any) -> None:
    commands = lab.page.evaluate(_COMMANDS)
    assert "jupyter-agilab:start-run" in commands
    for name, label, _ in lab.page.evaluate(_LABELS, commands):
        assert label, name
    lab.execute("apputils:activate-command-palette")
    lab.page.locator(".lm-CommandPalette-input").fill("Parallel Stages")
    expected = ["Run on a Cluster…", "Open Report", "Clean Up Runs…", "Check Cluster", "Run Workflow"]
    lab.page.wait_for_function(_SHOWN, arg=expected)
    lab.page.keyboard.press("Escape")


def test_shortcuts_take_nothing_from_lab(lab: Any) -> None:
    bound = lab.page.evaluate(
        "() => window.jupyterapp.commands.keyBindings.map(each => "
        "[each.command, each.keys.join(' '), each.selector])"
    )
    ours = [each for each in bound if each[0].startswith("jupyter-agilab:")]
    assert ours
    taken = {
        (keys, selector) for command, keys, selector in bound if not command.startswith("jupyter-agilab:")
    }
    for command, keys, selector in ours:
        assert (keys, selector) not in taken, command
    assert len({(keys, selector) for _, keys, selector in ours}) == len(ours)


def test_it_adds_little_to_the_start_of_lab(
    chromium: Any, lab_server: Any, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a page asks for until it is there, compressed as proxies and browsers do it."""
    given = os.environ.get("AGILAB_LABEXTENSIONS")
    bundle = Path(given) / "jupyter-agilab" if given else ROOT / "jupyter_agilab" / "labextension"
    asked: set[str] = set()
    context = chromium.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.add(urlsplit(request.url).path))
    try:
        page.goto(f"{lab_server.url}/lab/workspaces/size?token=of-no-use-elsewhere&reset")
        page.wait_for_function("window.jupyterapp", timeout=60_000)
        page.evaluate("window.jupyterapp.restored.then(() => null)")
        page.wait_for_load_state("networkidle")
    finally:
        context.close()
    marks = [re.search(r"/extensions/jupyter-agilab/(.+)$", path) for path in asked]
    files = sorted(mark[1] for mark in marks if mark)
    assert any("remoteEntry" in name for name in files)
    sizes = {name: len(gzip.compress((bundle / name).read_bytes())) for name in files}
    total = sum(sizes.values())
    record_property("bundle_start_bytes", total)
    with capsys.disabled():
        print(f"\nbundle at the start of Lab: {total:,} bytes compressed, {len(files)} files")
    assert total < LIMIT, sizes


def test_the_sidebar_is_there_in_notebook_7(notebook7: Any, shots: Any) -> None:
    notebook7.server.notebook("a.ipynb", "1 + 1")
    notebook7.load("notebooks/a.ipynb")
    for name in notebook7.page.evaluate(_PLUGINS):
        assert notebook7.page.evaluate(_ACTIVE, name), name
    notebook7.execute("jupyter-agilab:show-sidebar")
    notebook7.page.locator("#jp-agilab-sidebar").get_by_text("No contract yet.").wait_for()
    shots(notebook7.page, "notebook7-sidebar")


def test_the_list_of_files_of_notebook_7_knows_contracts(notebook7: Any, expect: Any) -> None:
    notebook7.write("a.parallel_stage.toml", "")
    notebook7.write("a.toml", "")
    notebook7.load("tree")
    assert notebook7.page.evaluate(_ACTIVE, "jupyter-agilab:plugin")
    items = notebook7.page.locator(".jp-DirListing-item")
    contract = items.filter(has_text="a.parallel_stage.toml")
    expect(contract).to_have_attribute("data-file-type", "jupyter-agilab-contract")
    expect(items.filter(has_text="a.toml")).not_to_have_attribute("data-file-type", "jupyter-agilab-contract")
