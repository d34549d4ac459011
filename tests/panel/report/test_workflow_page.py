"""The page about a workflow's run: complete in itself, and it says what the journals say."""

import json
import re
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest

from jupyter_agilab import workflows
from jupyter_agilab.errors import OutputError
from jupyter_agilab.panel.report.workflow_page import workflow_page_text, workflow_report
from jupyter_agilab.run.layout import RunDirectory

CONTRACT = """
schema = "agilab.parallel_stage.v1"
name = "{name}"
function = "stages/{name}.py:{name}"
split = "parameter-sweep"
input = "{source}"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "pool"
output = "artifacts/{name}.jsonl"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> RunDirectory:
    folder = tmp_path_factory.mktemp("flow")
    (folder / "stages").mkdir()
    (folder / "grid.json").write_text(json.dumps({"i": [1, 0, 2]}))
    functions = {
        "unused": "def unused(i):\n    return i\n",
        "first": "def first(i):\n    return 1 / i\n",
        "second": "def second(first):\n    raise ValueError('<script>alert(1)</script>')\n",
        "third": "def third(i):\n    return i\n",
    }
    text = 'schema = "agilab.workflow.v1"\nname = "flow"\n[flags]\nmore = false\n'
    for name, code in functions.items():
        source = "flow.workflow.toml" if name == "second" else "grid.json"
        (folder / f"stages/{name}.py").write_text(code)
        (folder / f"{name}.parallel_stage.toml").write_text(
            textwrap.dedent(CONTRACT.format(name=name, source=source))
        )
        text += f'[stages.{name}]\ncontract = "{name}.parallel_stage.toml"\n'
        text += 'input = "first"\n' if name == "second" else ""
        text += 'when = "more"\n' if name == "unused" else ""
    (folder / "flow.workflow.toml").write_text(text)
    status = workflows.run_workflow(folder / "flow.workflow.toml")
    assert {stage.name: stage.state for stage in status.stages} == {
        "unused": "off",
        "first": "partial",
        "second": "failed",
        "third": "finished",
    }
    return RunDirectory(Path(status.run_dir))


def test_it_says_what_became_of_each_stage(run):
    text = workflow_page_text(workflows.workflow_story(run.path.parents[3] / "flow.workflow.toml"))
    assert "1 of 3 stages finished" in text
    for words in ("ZeroDivisionError", "skipped because partition 1 of first failed", "Critical path"):
        assert words in text


def test_the_legend_has_the_colours_of_the_bars(run):
    text = workflow_report(run).read_text()
    by_stage = ElementTree.fromstring(
        re.search(r'<svg[^>]*aria-label="Timeline by stage".*?</svg>', text, re.S)[0]
    )
    rows = {float(each.get("y")): each.text for each in by_stage.iter("text") if each.get("x") == "102"}
    drawn = {}
    for path in by_stage.iter("path"):
        if (path.get("fill") or "").startswith("#"):
            top = float(re.match(r"M\S+ ([\d.]+)h", path.get("d"))[1])
            name = rows[min(rows, key=lambda y: abs(y - 4 - top - 7.5))]
            drawn[name] = path.get("fill")
    legend = ElementTree.fromstring(re.search(r'<ul class="legend">.*?</ul>', text, re.S)[0])
    told = {"".join(item.itertext()): item.find("svg/rect").get("fill") for item in legend}
    assert told == drawn
    assert len(set(told.values())) == len(told) == 3


def test_it_loads_nothing_and_what_authors_say_stays_text(run):
    text = workflow_report(run).read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search(r"(src|href)=\"(?!#|data:)", text)
    assert "default-src 'none'" in text


def test_it_replaces_a_report_and_no_other_file(run, tmp_path):
    path = workflow_report(run, tmp_path / "page.html")
    assert workflow_report(run, path) == path
    path.write_text("mine")
    with pytest.raises(OutputError, match="is not a report"):
        workflow_report(run, path)
    assert path.read_text() == "mine"
