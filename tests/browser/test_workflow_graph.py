"""The graph of a workflow by itself, in a real browser: states, what can be done, the chosen stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.panel.widgets.workflow_graph import graph_script, graph_sheet
from jupyter_agilab.panel.workflow import words
from jupyter_agilab.panel.workflow.graph import box_lines
from jupyter_agilab.panel.workflow.layout import graph_layout

FAKE = Path(__file__).with_name("view") / "fake_workflow.js"
PAGE = (
    '<!doctype html><html lang="en"><head><title>graph</title></head>'
    '<body style="margin:8px"><main><h1>A notebook</h1><div id="out"></div></main></body></html>'
)
START = """async ([esm, traits, answers]) => {
    const made = await import(URL.createObjectURL(new Blob([esm], {type: 'text/javascript'})));
    window.model = new FakeWorkflow(traits);
    model.answers = answers;
    window.closeView = made.default.render({model, el: document.getElementById('out')});
}"""
EDGES = [
    {"from": "build", "to": "sample", "kind": "elements"},
    {"from": "sample", "to": "promote", "kind": "after"},
    {"from": "sample", "to": "table", "kind": "artifact"},
]
HOSTILE = "<img src=x onerror=alert(1)>"


def stage(name: str, state: str, partitions: int | None, **counts: Any) -> dict[str, Any]:
    """Give a stage as a status tells it."""
    told = {"finished": 0, "failed": 0, "skipped": 0, "running": 0, "reused": 0, "seconds": 0.0}
    return {"name": name, "state": state, "partitions": partitions, **told, **counts}


def workflow(state: str = "running", **more: Any) -> dict[str, Any]:
    """Give a workflow as a status tells it."""
    stages = [
        stage("build", "finished", 2, finished=2),
        stage("sample", "running", 4, finished=1, failed=1, running=2),
        stage("promote", "off", None, when="promote"),
        stage("table", "waiting", None, group="one"),
    ]
    return {"name": "hat", "run_id": "r1", "state": state, "stages": stages, "edges": EDGES, **more}


Show = Callable[..., Any]


@pytest.fixture
def show(chromium: Any) -> Iterator[Show]:
    """Give ``show(traits)``: a page with the graph, which must never have complained."""
    contexts = []
    complaints: list[str] = []

    def show(traits: dict[str, Any], answers: dict[str, Any] | None = None, **context: Any) -> Any:
        made = chromium.new_context(viewport={"width": 1100, "height": 800}, **context)
        made.set_default_timeout(30_000)
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.set_content(PAGE)
        page.add_style_tag(content=graph_sheet())
        page.add_script_tag(content=FAKE.read_text("utf-8"))
        told = traits["told"]
        places = graph_layout([each["name"] for each in told["stages"]], told["edges"]).to_json()
        page.evaluate(START, [graph_script(), {"places": places, **traits}, answers or {}])
        page.wait_for_selector(".agl-workflow[data-ready]")
        return page

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


def box(page: Any, name: str) -> Any:
    """Give the button of a stage."""
    return page.locator(".agl-stage", has=page.locator(f".agl-stage-name:text-is('{name}')"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_states_are_words_and_the_page_is_sound(scheme, show, axe, shots):
    background = {"light": "#fff", "dark": "#111"}[scheme]
    page = show({"told": workflow(), "can": ["stop"]}, color_scheme=scheme)
    page.evaluate("colour => { document.body.style.background = colour; }", background)
    texts = {
        each: box(page, each).inner_text().split("\n") for each in ("build", "sample", "promote", "table")
    }
    assert texts["build"] == ["build", "✓ finished", "2 of 2"]
    assert texts["sample"][:3] == ["sample", "▶ running", "1 of 4, 1 failed"]
    assert texts["promote"] == ["promote", "- switched off", "only with --flag promote"]
    assert "group one" in texts["table"][1]
    assert page.locator(".agl-edge-elements, .agl-edge-after, .agl-edge-artifact").count() == 6
    assert page.get_by_role("button", name="Run", exact=True).count() == 0
    shots(page, f"workflow-graph-{scheme}")
    axe(page)


def test_the_words_are_those_of_the_static_picture(show):
    stages = [stage(f"s_{state}", state, 3, finished=1, failed=1) for state in words.STAGE_STATES]
    edges = [
        {"from": "s_planned", "to": f"s_{to}", "kind": kind}
        for to, kind in zip(list(words.STAGE_STATES)[1:], words.EDGES, strict=False)
    ]
    page = show({"told": {"name": "all", "state": "planned", "stages": stages, "edges": edges}})
    for each in stages:
        _, sign, _ = words.state_of(each)
        second, third = box_lines(each)
        assert box(page, each["name"]).inner_text().split("\n")[1:] == [
            f"{sign} {second}",
            *filter(None, [third]),
        ]
    assert set(page.locator(".agl-meaning > span").all_inner_texts()) == set(words.EDGES.values())
    for state, (word, _) in words.RUN_STATES.items():
        told = {"name": "all", "state": state, "stages": stages, "edges": edges}
        page.evaluate("told => model.change({told})", told)
        page.locator(".agl-badge", has_text=word).wait_for()
        assert page.locator(".agl-workflow > p.agl-soft").first.inner_text() == words.total_words(told)


def test_boxes_do_not_cover_each_other_and_lines_end_at_them(show):
    page = show({"told": workflow()})
    rects = [each.bounding_box() for each in page.locator(".agl-stage").all()]
    for number, one in enumerate(rects):
        for other in rects[number + 1 :]:
            apart_x = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            apart_y = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert apart_x or apart_y


def test_a_change_is_shown_and_only_what_changed_is_made_anew(show):
    page = show({"told": workflow()})
    page.evaluate("() => { document.querySelector('.agl-stage').dataset.marked = 'yes'; }")
    told = workflow("finished", started=1.0, ended=4.5)
    told["stages"][1].update(state="partial", finished=3, running=0)
    page.evaluate("told => model.change({told, can: ['run']})", told)
    box(page, "sample").get_by_text("finished in part").wait_for()
    assert page.locator(".agl-badge").inner_text() == "finished"
    assert "3.5 s" in page.locator(".agl-workflow > p.agl-soft").first.inner_text()
    assert page.locator(".agl-stage[data-marked]").count() == 1
    assert page.get_by_role("button", name="Run again").is_visible()


def test_run_asks_with_the_flags_that_are_ticked_and_says_what_came_of_it(show, axe):
    answers = {"acted": None, "act": {"type": "acted", "ok": False, "message": "another run is under way"}}
    page = show(
        {"told": workflow("stopped"), "can": ["run"], "flags": {"promote": False, "more": True}}, answers
    )
    page.get_by_label("promote").check()
    page.get_by_label("more").uncheck()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("alert").get_by_text("another run is under way").wait_for()
    # a good answer is forgotten once something came of it
    page.evaluate("() => { model.answers.act = {type: 'acted', ok: true, message: 'starting'}; }")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("status").get_by_text("starting").wait_for()
    page.evaluate("told => model.change({told})", workflow("running", run_id="r2"))
    page.get_by_role("status").get_by_text("starting").wait_for(state="hidden")
    sent = page.evaluate("() => model.received")
    assert [(each["type"], each["what"], each["flags"]) for each in sent] == [("act", "run", ["promote"])] * 2
    axe(page)


def test_a_stage_is_chosen_by_keyboard_and_tells_what_failed(show, axe, shots):
    answers = {
        "stage": {
            "type": "stage",
            "fields": [["State", "running"], ["Contract", "sample.parallel_stage.toml"]],
            "failures": [["build[0], sampler='sgld' failed", "ValueError: diverged"]],
            "log": f"step 1\n{HOSTILE}",
        }
    }
    page = show({"told": workflow(), "can": ["stop"]}, answers)
    box(page, "sample").focus()
    page.keyboard.press("Enter")
    page.locator(".agl-error pre").get_by_text("ValueError: diverged").wait_for()
    assert box(page, "sample").get_attribute("aria-pressed") == "true"
    assert page.evaluate("() => model.traits.chosen") == "sample"
    # text of others is never markup
    assert page.locator("img").count() == 0
    assert HOSTILE in page.locator(".agl-detail").inner_text()
    shots(page, "workflow-graph-stage")
    axe(page)
    page.get_by_role("button", name="Close").click()
    assert not page.locator(".agl-detail").is_visible()


@pytest.mark.parametrize("wait_ms", [1, 200, 900])
def test_of_stages_that_are_chosen_in_quick_succession_the_last_one_is_shown(show, wait_ms):
    page = show({"told": workflow()}, {"wait": wait_ms})
    page.evaluate(
        """async () => {
            model.answers.stage = ({ name }) =>
                ({ type: 'stage', fields: [['Told of', name]], failures: [], log: '' });
            for (const name of ['build', 'sample', 'promote', 'build', 'table']) {
                const all = [...document.querySelectorAll('.agl-stage')];
                all.find(each => each.innerText.startsWith(name)).click();
                await new Promise(done => setTimeout(done, 60));
            }
        }"""
    )
    page.locator(".agl-detail dd", has_text="table").wait_for(timeout=10_000)
    assert page.locator(".agl-detail .agl-sub").inner_text() == "Stage table"
    sent = page.evaluate("() => model.received.length")
    assert sent <= 5


def test_closing_leaves_nothing_behind(show):
    page = show({"told": workflow(), "can": ["stop"]})
    page.evaluate("() => closeView()")
    assert page.evaluate(
        "() => [model.listeners.length, document.getElementById('out').childElementCount]"
    ) == [
        0,
        0,
    ]
    page.evaluate("told => model.change({told})", workflow("finished"))


def test_a_narrow_page_scrolls_the_graph_and_not_itself(show):
    names = [f"stage_{number}" for number in range(8)]
    edges = [{"from": one, "to": other, "kind": "elements"} for one, other in pairwise(names)]
    told = {
        "name": "long",
        "state": "planned",
        "stages": [stage(n, "planned", 1) for n in names],
        "edges": edges,
    }
    page = show({"told": told, "can": ["run"]})
    page.set_viewport_size({"width": 420, "height": 700})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    last = box(page, "stage_7")
    last.scroll_into_view_if_needed()
    assert last.is_visible()


CELLS = (
    "%load_ext jupyter_agilab\nimport time\nfrom pathlib import Path",
    "%%parallel_stage build --input sizes.json --workers 2\nprint('size', size)\nsize",
    "%%parallel_stage half --input build\nwhile not Path('go').exists():\n    time.sleep(0.05)\n"
    "if build == 3:\n    raise ValueError('three has no half')\nbuild / 2",
    "%%parallel_stage extra --input half.artifact --when more\nlen(open(path).read())",
    "%parallel_workflow",
)


def test_from_cells_to_a_workflow_in_jupyterlab(front_end, server, shots, axe):
    folder = server.root / "flow"
    folder.mkdir()
    (folder / "sizes.json").write_text('{"size": [1, 2, 3, 4]}', "utf-8")
    server.notebook("flow/cells.ipynb", *CELLS)
    shown = front_end("lab", viewport={"width": 1280, "height": 1100})
    page = shown.page
    shown.open("flow/cells.ipynb")
    for number in range(len(CELLS)):
        shown.run(number)
    assert (folder / "cells.workflow.toml").is_file()
    graph = shown.output(4).locator(".agl-workflow")
    # cells above show views of the same kind
    below = shown.output(4).locator(".agl:not(.agl-workflow)")
    graph.locator(".agl-stage").nth(2).wait_for()
    assert not shown.output(4).locator(".agilab-twin").first.is_visible()
    graph.scroll_into_view_if_needed()
    shots(page, "workflow-lab-1-planned")
    axe(page, ".agl-workflow")

    graph.get_by_role("button", name="Run", exact=True).click()
    box(page, "half").get_by_text("running").wait_for()
    box(page, "half").click()
    graph.locator(".agl-detail", has_text="Stage half").wait_for()
    # the run of the stage is below the graph
    below.locator(".agl-body .agl-row").nth(3).wait_for()
    shots(page, "workflow-lab-2-running")
    (folder / "go").touch()
    graph.locator(".agl-badge", has_text="finished in part").wait_for()
    graph.locator(".agl-error pre", has_text="three has no half").first.wait_for()
    assert box(page, "half").inner_text().split("\n")[1:] == ["◐ finished in part", "3 of 4, 1 failed"]
    below.locator(".agl-badge", has_text="Finished in part").wait_for()
    # the traceback and the log have moved the table down, and rows that nobody sees are not asked for
    below.locator(".agl-grid").scroll_into_view_if_needed()
    below.locator(".agl-body .agl-row[data-place='2'][data-state='failed']").wait_for()
    states = below.locator(".agl-body .agl-row").evaluate_all("rows => rows.map(row => row.dataset.state)")
    assert states == ["done", "done", "failed", "done"]
    graph.scroll_into_view_if_needed()
    shots(page, "workflow-lab-3-ended")
    axe(page, ".agl-workflow")
    shown.theme("JupyterLab Dark")
    shots(page, "workflow-lab-4-dark")
    axe(page, ".agl-workflow")
    graph.get_by_role("button", name="Resume").wait_for()
