"""The report in a real browser: it asks for nothing, complains of nothing, and can be used by everybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab import api, report

COUNT = 100_000
HOSTILE = "</script><img src=http://example.invalid/x onerror=alert(1)>"


def run_stage(folder: Path, module: str, grid: dict[str, Any], **keys: Any) -> Path:
    """Run a sweep and write its report; gives the file."""
    (folder / "stages").mkdir()
    (folder / "stages/work.py").write_text(module, "utf-8")
    (folder / "grid.json").write_text(json.dumps(grid), "utf-8")
    values = {
        "schema": "agilab.parallel_stage.v1",
        "name": "work",
        "function": "stages/work.py:work",
        "split": "parameter-sweep",
        "input": "grid.json",
        "workers": 2,
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "min_partitions_per_worker": 2,
        "reducer": "concat-jsonl",
        "backend": "pool",
        "output": "artifacts/work.jsonl",
        **keys,
    }
    contract = folder / "work.parallel_stage.toml"
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    contract.write_text("\n".join(lines) + '\n\n[execution]\non_failure = "finish"\n', "utf-8")
    status = api.submit(contract).wait(timeout_s=200)
    assert status.state in {"finished", "partial"}, status.message
    return report("work", folder=folder)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the report of a run with 100,000 partitions."""
    module = "def work(i):\n    return {'i': i}\n"
    return run_stage(tmp_path_factory.mktemp("large"), module, {"i": list(range(COUNT))})


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the report of a run in which some partitions failed, with hostile names, output and messages."""
    module = (
        "import time\n\n\ndef work(i, name):\n    time.sleep(0.01 * (i % 5))\n    print(name)\n"
        "    if i % 9 == 4:\n        raise ValueError(name)\n    return {'i': i}\n"
    )
    return run_stage(tmp_path_factory.mktemp("small"), module, {"i": list(range(40)), "name": [HOSTILE]})


@dataclass
class Shown:
    """A page that was opened, and what it did besides being shown."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def show(chromium: Any) -> Iterator[Callable[..., Shown]]:
    """Give ``show(path, **context)``: open a file, wait until it is drawn."""
    contexts = []

    def show(path: Path, *, wait: bool = True, **options: Any) -> Shown:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        shown = Shown(context.new_page())
        shown.page.on("request", lambda request: shown.requests.append(request.url))
        shown.page.on("console", lambda message: shown.complaints.append(message.text))
        shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        shown.page.on("dialog", lambda dialog: shown.complaints.append(dialog.message))
        shown.page.goto(path.as_uri())
        if wait:
            shown.page.wait_for_selector("html[data-ready]", timeout=60_000)
        return shown

    yield show
    for context in contexts:
        context.close()


PIXELS = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3]) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    }
    return colours.size;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_hundred_thousand_partitions_are_shown_and_nothing_is_asked_for(show, large, theme, tmp_path):
    shown = show(large, color_scheme=theme)
    page = shown.page
    assert shown.requests == [large.as_uri()]
    assert shown.complaints == []
    assert "All 100,000 partitions were done" in page.inner_text(".lead")
    assert [page.locator(f"#{part} h2").count() for part in ("contract", "plan", "timeline")] == [1, 1, 1]
    canvases = page.locator("canvas")
    assert canvases.count() == 2
    assert all(canvases.nth(at).evaluate(PIXELS) > 5 for at in range(2))
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[theme]
    # for whoever wants to look
    page.screenshot(path=tmp_path / f"{theme}.png", full_page=True)
    # no element for each partition, and a file that can be sent by mail
    assert page.evaluate("document.querySelectorAll('*').length") < 3_000
    assert large.stat().st_size < 3_000_000


def test_hostile_names_do_nothing(show, small):
    shown = show(small)
    assert shown.requests == [small.as_uri()]
    assert shown.complaints == []
    assert shown.page.locator("img").count() == 0
    assert HOSTILE in shown.page.inner_text("#failures")


def test_the_policy_forbids_every_request(show, small):
    forbidden = show(small).page.evaluate(
        """async () => {
            const told = [];
            addEventListener('securitypolicyviolation', event => told.push(event.effectiveDirective));
            await fetch('http://example.invalid/').catch(() => {});
            const image = new Image();
            image.src = 'http://example.invalid/x.png';
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(image, script);
            await new Promise(done => setTimeout(done, 100));
            return [told.sort(), window.ran ?? false];
        }"""
    )
    assert forbidden == [["connect-src", "img-src", "script-src-elem"], False]


def test_the_timeline_can_be_used_with_the_keyboard(show, small):
    page = show(small).page
    canvas = page.locator("[data-chart=timeline] canvas")
    said = page.locator("[data-chart=timeline] [role=status]")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    first = said.text_content()
    assert first.startswith("task ")
    assert "partition" in first
    page.keyboard.press("ArrowRight")
    assert said.text_content() != first
    page.keyboard.press("ArrowDown")
    assert "worker-1" in said.text_content()
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    page.keyboard.press("+")
    page.wait_for_timeout(100)
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
    page.keyboard.press("0")
    page.keyboard.press("Escape")
    assert page.locator("[data-chart=timeline] .tip").is_hidden()


def test_pointing_at_a_task_and_at_a_partition_tells_about_it(show, small):
    page = show(small).page
    for chart, word in (("timeline", "task"), ("partitions", "partition")):
        canvas = page.locator(f"[data-chart={chart}] canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        tip = page.locator(f"[data-chart={chart}] .tip")
        found = ""
        for step in range(200):
            x = box["x"] + box["width"] * (0.1 + 0.88 * step / 200)
            page.mouse.move(x, box["y"] + (16 if chart == "timeline" else box["height"] * 0.2))
            found = tip.text_content() if tip.is_visible() else ""
            if found.startswith(word):
                break
        assert found.startswith(word)


def test_the_theme_can_be_chosen(show, small):
    page = show(small, color_scheme="light").page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    button = page.get_by_role("button", name="Theme")
    light = page.evaluate(ground)
    button.click()
    button.click()
    assert button.text_content() == "Theme: dark"
    assert page.evaluate(ground) != light
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate(ground) != light


@pytest.mark.parametrize("width", [320, 600, 1280])
def test_nothing_sticks_out_of_a_narrow_window(show, small, large, width):
    for path in (small, large):
        page = show(path, viewport={"width": width, "height": 800}).page
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_charts_are_there_as_pictures(show, small):
    page = show(small, wait=False, java_script_enabled=False).page
    assert page.locator("svg.still").count() == 2
    assert all(page.locator("svg.still").nth(at).is_visible() for at in range(2))
    assert page.locator(".live").count() == 0
    assert page.get_by_role("button").count() == 0


def test_on_paper_there_are_pictures_and_no_buttons(show, small, tmp_path):
    page = show(small, color_scheme="dark").page
    page.emulate_media(media="print")
    assert page.locator("svg.still").first.is_visible()
    assert not page.locator("canvas").first.is_visible()
    assert not page.get_by_role("button", name="Zoom in").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 10_000


def test_everything_can_be_reached_and_has_a_name(show, small):
    page = show(small).page
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('a, button, canvas, [role=region], [role=img]')].filter(
            each => !(each.textContent.trim() || each.getAttribute('aria-label'))).length"""
    )
    assert nameless == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the contents"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
