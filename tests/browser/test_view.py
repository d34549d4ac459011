"""The live panel's view by itself, in a real browser, before a kernel that is computed in the page."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.panel.widgets.protocol import COLUMNS, STATES
from jupyter_agilab.panel.widgets.view_files import css_text, esm_text

FAKE = Path(__file__).with_name("view") / "fake_kernel.js"
PAGE = (
    '<!doctype html><html lang="en"><head><title>view</title></head>'
    '<body style="margin:8px"><main><h1>A notebook</h1><div id="out"></div></main></body></html>'
)
START = """async ([esm, options]) => {
    const made = await import(URL.createObjectURL(new Blob([esm], {type: 'text/javascript'})));
    window.kernel = new FakeKernel(options);
    window.closeView = made.default.render({model: kernel, el: document.getElementById('out')});
}"""

Show = Callable[..., Any]


@pytest.fixture
def show(chromium: Any) -> Iterator[Show]:
    """Give ``show(options, **context)``: a page with the view, which must never have complained."""
    contexts = []
    complaints: list[str] = []

    def show(options: dict[str, Any] | None = None, *, width: int = 1000, **context: Any) -> Any:
        made = chromium.new_context(viewport={"width": width, "height": 1000}, **context)
        made.set_default_timeout(30_000)
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_content(PAGE)
        page.add_style_tag(content=css_text())
        page.add_script_tag(content=FAKE.read_text("utf-8"))
        page.evaluate(START, [esm_text(), options or {}])
        page.wait_for_selector(".agl-body .agl-row")
        return page

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


def asked(page: Any, kind: str) -> list[dict[str, Any]]:
    """Give the messages of a type that the view has sent."""
    return page.evaluate("kind => kernel.received.filter(each => each.type === kind)", kind)


def cells(page: Any, row: int) -> list[str]:
    """Give the texts of a row that is shown, by its place on the screen."""
    return page.locator(".agl-body .agl-row:not([hidden])").nth(row).locator("> div").all_text_contents()


def seen_places(page: Any) -> list[int]:
    """Give the places of the rows that are shown, from 0."""
    rows = page.locator(".agl-body .agl-row:not([hidden])")
    return [int(place) for place in rows.evaluate_all("rows => rows.map(row => row.dataset.place)")]


def bar_at(page: Any, lane: int, seconds: float) -> tuple[float, float]:
    """Give where on the page the map shows a time in a lane, from its names, its axis and its height."""
    box = page.locator(".agl-cover").bounding_box()
    end = page.evaluate("kernel.traits.summary.planned_s") * 1.01
    left, right = 132, box["width"] - 72 - 8
    return box["x"] + left + seconds / end * (right - left), box["y"] + 4 + lane * 30 + 15


def test_the_fake_speaks_the_protocol(show):
    page = show()
    assert page.evaluate("STATE_NAMES") == list(STATES)
    assert page.evaluate("COLUMN_NAMES") == list(COLUMNS)


def test_a_plan_is_shown(show):
    page = show({"partitions": 400, "workers": 4})
    assert page.locator(".agl-badge").text_content() == "Planned"
    assert "400" in page.locator(".agl-facts").first.text_content()
    assert page.locator("[role=grid]").get_attribute("aria-rowcount") == "401"
    assert cells(page, 3)[:3] == ["3", "p0000003", "data/day-3.csv"]
    # nothing has run: no log, and no bar of progress
    assert not page.locator("[role=progressbar]").is_visible()
    assert not page.get_by_text("Log of all partitions").is_visible()
    assert page.locator(".agl-legend li:visible").all_text_contents() == ["planned"]


def test_the_rows_that_are_seen_are_all_that_exist(show):
    page = show({"partitions": 1_000_000})
    grid = page.locator("[role=grid]")
    assert grid.get_attribute("aria-rowcount") == "1000001"
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    page.get_by_text("p0999999").wait_for()
    assert seen_places(page)[-1] == 999_999
    grid.evaluate("grid => { grid.scrollTop = (grid.scrollHeight - grid.clientHeight) / 2; }")
    page.wait_for_function("document.querySelector('.agl-body .agl-row').textContent.includes('p049999')")
    assert page.locator(".agl-body .agl-row").count() < 30
    # browsers stop at some ten million pixels
    assert grid.evaluate("grid => grid.scrollHeight") < 10_000_000
    assert (
        page.evaluate("Math.max(...kernel.received.filter(m => m.type === 'rows').map(m => m.count))") <= 200
    )
    page.get_by_label("Search partitions").fill("p0999")
    page.get_by_text("1,000 of 1,000,000 partitions").wait_for()
    assert cells(page, 0)[1] == "p0999000"
    assert page.evaluate("kernel.largest") < 1_000_000


def test_the_table_is_walked_with_the_keyboard(show):
    page = show({"partitions": 5_000})
    grid = page.locator("[role=grid]")
    grid.focus()
    for key in ("ArrowDown", "ArrowDown", "PageDown"):
        page.keyboard.press(key)
    active = grid.get_attribute("aria-activedescendant")
    row = page.locator(f"[id='{active}']").locator("..")
    assert int(row.get_attribute("data-place")) > 8
    page.keyboard.press("Control+End")
    page.get_by_text("p0004999").wait_for()
    page.keyboard.press(" ")
    assert page.evaluate("kernel.saved") == [4999]
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    assert sorted(page.evaluate("kernel.saved")) == [4997, 4998, 4999]
    page.get_by_role("button", name="Run selected (3)").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Partition 4997").wait_for()
    page.keyboard.press("Control+Home")
    page.get_by_text("p0000000").wait_for()
    page.keyboard.press("ArrowRight")
    assert grid.get_attribute("aria-activedescendant").endswith("-1")
    page.keyboard.press("s")
    page.keyboard.press("s")
    page.wait_for_function("document.querySelector('[aria-sort=descending]')")
    page.wait_for_function("document.querySelector('.agl-body .agl-row').textContent.includes('p0004999')")


def test_sort_filter_and_search_are_asked_for_and_shown(show):
    page = show({"partitions": 400, "mode": "run"})
    page.evaluate("kernel.tick(60)")
    page.get_by_role("button", name="failed").first.wait_for()
    chip = page.locator(".agl-chip[data-state=failed]")
    chip.click()
    assert chip.get_attribute("aria-pressed") == "true"
    page.locator(".agl-hint", has_text="of 400 partitions").wait_for()
    page.wait_for_function(
        """[...document.querySelectorAll('.agl-body .agl-row:not([hidden])')]
            .every(row => row.dataset.state === 'failed')"""
    )
    page.get_by_role("button", name="Sort by Time").click()
    page.get_by_role("button", name="Sort by Time").click()
    page.locator("[aria-sort=descending]").wait_for()
    last = asked(page, "rows")[-1]
    assert last["sort"] == ["seconds", "desc"]
    assert last["filter"] == {"text": "", "states": ["failed"], "worker": None}
    page.get_by_role("combobox").select_option("worker-2")
    page.get_by_label("Search partitions").fill("no such partition")
    page.get_by_text("No partition matches what you look for.").wait_for()
    page.get_by_role("button", name="Clear search and filters").click()
    page.locator(".agl-hint").get_by_text("400 partitions", exact=True).wait_for()
    assert page.locator(".agl-search").evaluate("each => each === document.activeElement")


def test_a_run_grows_and_its_states_are_told_in_words_and_shapes(show):
    page = show({"partitions": 400, "hosts": 1})
    page.evaluate("kernel.become('run'); kernel.tick(40)")
    page.locator(".agl-badge", has_text="Running").wait_for()
    page.wait_for_function("document.querySelectorAll('.agl-legend li:not([hidden])').length >= 5")
    words = page.locator(".agl-legend li:visible").all_text_contents()
    assert words == ["planned", "running", "done", "failed", "tried again"]
    bar = page.locator("[role=progressbar]")
    before = int(bar.get_attribute("aria-valuenow"))
    page.evaluate("kernel.tick(20)")
    page.wait_for_function(
        "before => Number(document.querySelector('[role=progressbar]').ariaValueNow) > before", arg=before
    )
    assert "failed" in bar.get_attribute("aria-valuetext")
    assert "Running: " in page.locator(".agl-part [role=status]").first.text_content()
    # each state has a pattern of its own: two swatches differ in more than their colour
    swatches = page.locator(".agl-swatch").evaluate_all(
        """all => all.map(canvas => {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let ink = '';
            for (let at = 3; at < data.length; at += 4) {
                const grey = data[at - 3] + data[at - 2] + data[at - 1];
                const first = data[4 * 27] + data[4 * 27 + 1] + data[4 * 27 + 2];
                ink += data[at] < 100 ? '.' : Math.abs(grey - first) > 90 ? 'x' : 'o';
            }
            return ink;
        })"""
    )
    assert len(set(swatches)) == len(STATES)


def test_hover_and_click_show_a_partition(show):
    page = show({"partitions": 40, "workers": 2, "hosts": 1, "mode": "run"})
    page.evaluate("kernel.tick(12)")
    page.wait_for_function("document.querySelectorAll('.agl-legend li:not([hidden])').length >= 3")
    failed = page.evaluate("[...Array(40).keys()].find(index => kernel.state(index) === 'failed')")
    start, seconds = page.evaluate("index => [kernel.starts[index], kernel.seconds(index)]", failed)
    x, y = bar_at(page, failed % 2, start + seconds / 2)
    page.mouse.move(x, y)
    tip = page.locator(".agl-tip")
    assert f"partition {failed} on worker-{failed % 2}" in tip.text_content()
    assert "failed" in tip.text_content()
    page.mouse.click(x, y)
    detail = page.locator(".agl-detail")
    detail.get_by_text("could not convert").wait_for()
    assert "at line 7 of the cell" in detail.text_content()
    assert f"cleaned {failed}" in detail.text_content()
    page.wait_for_function("document.querySelector('.agl-row[aria-selected=true]')")
    detail.get_by_role("button", name="Retry").click()
    page.get_by_text("retry: done").wait_for()
    assert asked(page, "act")[-1]["indexes"] == [failed]
    page.mouse.move(x, y + 400)
    assert tip.is_hidden()


def test_zoom_and_pan(show):
    page = show({"partitions": 400, "hosts": 1})
    spans = """(() => {
        const last = kernel.received.filter(each => each.type === 'bars').at(-1);
        return [last.from_s, last.to_s];
    })()"""
    whole = page.evaluate(spans)
    page.mouse.move(*bar_at(page, 1, 50))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_function(f"{spans}[1] - {spans}[0] < {whole[1]} * 0.97")
    zoomed = page.evaluate(spans)
    assert zoomed[0] < 50 < zoomed[1]
    x, y = bar_at(page, 1, 50)
    page.mouse.down()
    page.mouse.move(x - 150, y + 3, steps=5)
    page.mouse.up()
    page.wait_for_function(f"{spans}[0] > {zoomed[0]} + 1")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Move to earlier").click()
    page.get_by_role("button", name="Everything").click()
    page.wait_for_function(f"{spans}[0] === 0 && Math.abs({spans}[1] - {whole[1]}) < 1e-6")


def test_bars_are_walked_with_the_keyboard_and_said_aloud(show):
    page = show({"partitions": 40, "workers": 3, "hosts": 1})
    canvas = page.locator(".agl-cover")
    said = page.locator(".agl-part", has=canvas).locator("[role=status].agl-unseen")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    assert said.text_content().startswith("partition 0 on worker-0")
    page.keyboard.press("ArrowRight")
    assert said.text_content().startswith("partition 3 on worker-0")
    page.keyboard.press("ArrowDown")
    assert "on worker-1" in said.text_content()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert "on worker-1" in said.text_content()
    page.keyboard.press("Enter")
    page.locator(".agl-detail").wait_for()
    page.keyboard.press("+")
    page.wait_for_function("kernel.received.filter(m => m.type === 'bars').at(-1).from_s > 0")
    assert canvas.get_attribute("aria-label").startswith("Map of 3 workers: the predicted schedule.")


def test_partitions_are_pinned_by_drag_and_by_keyboard(show):
    page = show({"partitions": 40, "workers": 3, "hosts": 1})
    seconds = page.evaluate("kernel.seconds(0)")
    x, y = bar_at(page, 0, seconds / 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3, y + 58, steps=6)
    assert page.locator(".agl-tip").text_content() == "pin 1 partition to worker-2"
    page.mouse.up()
    page.get_by_text("1 pinned to worker-2").wait_for()
    assert asked(page, "pin") == [
        {"type": "pin", "indexes": [0], "worker": "worker-2", "request": asked(page, "pin")[0]["request"]}
    ]
    page.locator(".agl-cover").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    menu = page.get_by_role("menu")
    assert menu.get_by_role("menuitem").count() == 4
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("1 pinned to worker-1").wait_for()
    assert asked(page, "pin")[-1]["indexes"] == [3]
    assert page.locator(".agl-cover").evaluate("each => each === document.activeElement")
    # a drag that ends nowhere changes nothing
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 400, steps=4)
    page.mouse.up()
    page.keyboard.press("p")
    page.keyboard.press("Escape")
    assert menu.is_hidden()
    assert len(asked(page, "pin")) == 2


def test_where_nothing_may_be_done_nothing_is_offered(show):
    page = show({"partitions": 40, "workers": 2, "hosts": 1, "mode": "run", "can": []})
    page.evaluate("kernel.tick(60)")
    page.locator(".agl-body .agl-row").nth(5).click()
    page.locator(".agl-detail pre").first.wait_for()
    offered = page.get_by_role("button").all_text_contents()
    assert not {"Stop", "Retry", "Run only this one", "Open", "Pin…"} & set(offered)


def test_a_busy_kernel_leaves_what_is_known_and_is_not_asked_twice(show):
    page = show({"partitions": 400, "mode": "run"})
    page.evaluate("kernel.tick(20)")
    page.locator(".agl-badge", has_text="Running").wait_for()
    page.evaluate("kernel.isAnswering = false")
    page.wait_for_timeout(700)
    before = page.evaluate("kernel.received.length")
    shown = cells(page, 0)
    for _ in range(20):
        page.evaluate("kernel.tick(0.1)")
        page.wait_for_timeout(50)
    page.get_by_text("The kernel is busy").wait_for()
    # at most one question of each kind, however often something changed
    assert page.evaluate("kernel.received.length") - before <= 5
    assert cells(page, 0)[1] == shown[1]
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("jupyter agilab stop 20261121-063000-clean").wait_for()
    page.evaluate("kernel.release()")
    page.locator(".agl-badge", has_text="Failed").wait_for()
    page.get_by_text("The kernel is busy").wait_for(state="hidden")
    assert len(asked(page, "act")) == 1


def test_answers_that_come_late_are_dropped(show):
    page = show({"partitions": 400})
    page.evaluate("kernel.isAnswering = false")
    page.get_by_label("Search partitions").fill("p0000399")
    page.wait_for_function("kernel.held.some(m => m.filter?.text === 'p0000399')")
    page.get_by_label("Search partitions").fill("p0000001")
    page.wait_for_timeout(400)
    page.evaluate("kernel.release()")
    page.wait_for_function("document.querySelector('.agl-body .agl-row').textContent.includes('p0000001')")
    page.wait_for_timeout(200)
    assert cells(page, 0)[1] == "p0000001"
    # answers to another view's questions are nobody's here
    page.evaluate(
        "kernel.emit('msg:custom', {type: 'rows', request: 1, total: 0, start: 0, columns: [], rows: []}, [])"
    )
    assert page.locator("[role=grid]").get_attribute("aria-rowcount") == "2"


def test_what_is_asked_during_a_run_stays_small(show):
    page = show({"partitions": 20_000, "workers": 8, "mode": "run"})
    page.evaluate(
        """() => new Promise(done => {
            window.told = 0;
            const answer = kernel.answer.bind(kernel);
            kernel.answer = message => {
                const emit = kernel.emit;
                kernel.emit = (name, content, buffers) => {
                    if (name === 'msg:custom') told += JSON.stringify(content).length
                        + buffers.reduce((sum, each) => sum + each.byteLength, 0);
                    return emit.call(kernel, name, content, buffers);
                };
                answer(message);
                kernel.emit = emit;
            };
            let left = 80;
            const timer = setInterval(() => {
                kernel.tick(5);
                left -= 1;
                if (!left) {
                    clearInterval(timer);
                    done();
                }
            }, 100);
        })"""
    )
    # 8 s; the fake bins nothing, so that bars weigh far more here than a kernel's
    assert page.evaluate("told") / 8 < 200_000


def test_rows_that_were_scrolled_away_are_asked_for_when_they_are_seen(show):
    page = show({"partitions": 40, "mode": "run"})
    page.evaluate("kernel.tick(1)")
    page.locator(".agl-row[data-state='running']").first.wait_for()
    # something above grows, as a traceback does
    page.evaluate("document.querySelector('h1').style.marginBottom = '3000px'")
    page.wait_for_function("document.querySelector('.agl').getBoundingClientRect().top > innerHeight")
    page.wait_for_timeout(700)
    before = len(asked(page, "rows"))
    page.evaluate("kernel.tick(1000); kernel.become('ended')")
    page.locator(".agl-badge", has_text="Failed").wait_for()
    page.wait_for_timeout(700)
    assert len(asked(page, "rows")) == before
    page.locator(".agl-grid").scroll_into_view_if_needed()
    page.locator(".agl-row[data-place='5'][data-state='failed']").wait_for()
    assert page.locator(".agl-row[data-state='running']").count() == 0


def test_closing_leaves_nothing_behind(show):
    page = show()
    assert page.evaluate("kernel.listening") > 0
    page.evaluate("closeView()")
    assert page.evaluate("kernel.listening") == 0
    assert page.locator("#out > *").count() == 0
    before = page.evaluate("kernel.received.length")
    page.evaluate("kernel.tick(1)")
    page.wait_for_timeout(700)
    assert page.evaluate("kernel.received.length") == before


@pytest.mark.parametrize("width", [320, 420, 700])
def test_nothing_sticks_out_of_a_narrow_cell(show, width):
    page = show({"partitions": 60, "mode": "run"}, width=width)
    page.evaluate("kernel.tick(8)")
    page.locator(".agl-body .agl-row").nth(5).click()
    page.locator(".agl-detail pre").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show, scheme, shots, axe):
    page = show({"partitions": 300, "workers": 4}, color_scheme=scheme)
    page.add_style_tag(
        content=f"body {{ background: {'#fff' if scheme == 'light' else '#111'} }}"
        f"h1 {{ color: {'#000' if scheme == 'light' else '#eee'} }}"
    )
    shots(page, f"view-plan-{scheme}")
    axe(page)
    page.evaluate("kernel.become('run'); kernel.tick(30)")
    page.wait_for_function("document.querySelectorAll('.agl-legend li:not([hidden])').length >= 4")
    page.locator(".agl-body .agl-row").nth(5).click()
    page.locator(".agl-detail pre").first.wait_for()
    page.get_by_text("Log of all partitions").click()
    page.locator("[role=grid]").focus()
    page.keyboard.press("ArrowDown")
    shots(page, f"view-run-{scheme}")
    axe(page)


def test_twice_the_size_needs_no_sideways_scrolling(show):
    # 200 % of a window 1,000 pixels wide
    page = show({"partitions": 60, "mode": "run"}, width=500, device_scale_factor=2)
    page.evaluate("kernel.tick(8)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 500
    size = page.locator(".agl-base").evaluate("canvas => [canvas.width, canvas.clientWidth]")
    assert size[0] == pytest.approx(2 * size[1], abs=2)


def test_scripts_are_one_module_that_asks_for_nothing():
    text = esm_text()
    assert text.count("export ") == 1
    for word in ("import ", "http://", "https://", "eval(", "innerHTML"):
        assert word not in text, word
    assert importlib.import_module("jupyter_agilab.panel.widgets.view_files").css_text().count("url(") == 0
