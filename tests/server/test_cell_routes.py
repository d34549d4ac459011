"""What a cell would become, and how stage cells stand: asked for over HTTP, with nothing run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.stage_options import StageOptions
from jupyter_agilab.stages import stage_from_cell, write_stage

ABOVE = "import pandas as pd\nLIMIT = 3\nfiles = 'data/*.csv'\n"
BODY = "df = pd.read_csv(path)\ndf.x.sum() + LIMIT\n"


@pytest.fixture
def folder(jp_root_dir: Path) -> Path:
    data = jp_root_dir / "data"
    data.mkdir()
    for name in "abc":
        (data / f"{name}.csv").write_text("x,y\n1,2\n3,4\n")
    return jp_root_dir


def cells(*sources: str) -> list[dict[str, str]]:
    return [{"id": f"c{n}", "type": "code", "source": source} for n, source in enumerate(sources)]


@pytest.fixture
def ask(jp_fetch: Any) -> Any:
    async def ask(*parts: str, **body: Any) -> dict[str, Any]:
        answer = await jp_fetch("agilab", *parts, method="POST", body=json.dumps(body))
        return dict(json.loads(answer.body))

    return ask


@pytest.fixture
def refused(jp_fetch: Any) -> Any:
    async def refused(*parts: str, **body: Any) -> tuple[int, str]:
        with pytest.raises(HTTPClientError) as error:
            await jp_fetch("agilab", *parts, method="POST", body=json.dumps(body))
        assert error.value.response is not None
        return error.value.code, json.loads(error.value.response.body)["message"]

    return refused


async def test_a_cell_is_told_as_a_stage_and_nothing_is_written(folder: Path, ask: Any) -> None:
    before = sorted(folder.rglob("*"))
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, BODY), cell="c1", name="clean")
    assert told["ok"]
    assert told["header"] == '%%parallel_stage clean --input "data/*.csv"'
    assert told["needs_load"]
    assert not told["is_stage"]
    assert "def clean(path: str, *, LIMIT: int):" in told["function"]
    assert {each["name"]: each["becomes"] for each in told["captures"]} == {
        "pd": "import",
        "path": "partition",
        "LIMIT": "parameter",
    }
    assert told["contract"]["parameters"] == {"LIMIT": 3}
    assert told["plan"]["partitions"] == 3
    assert told["inputs"][0]["input"] == "data/*.csv"
    assert {"collect-json", "sum"} <= set(told["reducers"])
    assert sorted(folder.rglob("*")) == before


async def test_findings_have_the_lines_of_the_cell_as_typed(folder: Path, ask: Any) -> None:
    bad = "df = pd.read_csv(path)\nwho = input('?')\nmissing_name + 1\n!ls\n"
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, bad), cell="c1", name="clean")
    assert not told["ok"]
    assert told["function"] is None
    lines = {each["line"] for each in told["findings"] if each["severity"] == "error"}
    assert lines == {2, 3, 4}
    under = f"%%parallel_stage clean --input 'data/*.csv'\n{bad}"
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, under), cell="c1")
    assert {each["line"] for each in told["findings"] if each["severity"] == "error"} == {3, 4, 5}


async def test_what_the_line_says_already_stays(folder: Path, ask: Any) -> None:
    typed = f'%%parallel_stage clean --input "data/a*.csv" --reducer sum --overwrite --run\n{BODY}'
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, typed), cell="c1")
    assert told["is_stage"]
    assert told["header"] == '%%parallel_stage clean --input "data/a*.csv" --reducer sum --overwrite --run'
    told = await ask(
        "cell", "analyse", path="n.ipynb", cells=cells(ABOVE, typed), cell="c1", reducer="", name="other"
    )
    assert told["header"] == '%%parallel_stage other --input "data/a*.csv" --overwrite --run'
    assert told["fields"]["input"] == "data/a*.csv"


async def test_without_an_input_the_function_is_shown_and_the_input_asked_for(folder: Path, ask: Any) -> None:
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, BODY), cell="c1", input="")
    assert not told["ok"]
    assert "def " in told["function"]
    assert [each["key"] for each in told["findings"] if each["severity"] == "error"] == ["input"]


async def test_a_name_that_is_none_is_a_finding(folder: Path, ask: Any) -> None:
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, BODY), cell="c1", name="two words")
    assert [each["key"] for each in told["findings"] if each["severity"] == "error"] == ["name"]


async def test_what_the_notebook_computes_is_known_when_the_cell_runs(folder: Path, ask: Any) -> None:
    above = f"{ABOVE}big = pd.read_csv('data/a.csv').x.sum()\n"
    body = "df = pd.read_csv(path)\ndf.x.sum() + big\n"
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(above, body), cell="c1", name="clean")
    assert told["ok"]
    assert {each["name"]: each["becomes"] for each in told["captures"]}["big"] == "at run"
    assert [each["code"] for each in told["findings"]] == ["cell.at-run"]


async def test_a_loop_of_the_cell_is_told(folder: Path, ask: Any) -> None:
    loop = (
        "rows = []\nfor path in sorted(glob.glob('data/*.csv')):\n    rows.append(len(pd.read_csv(path)))\n"
    )
    above = f"import glob\n{ABOVE}"
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(above, loop), cell="c1")
    assert [(each["line"], each["verdict"]) for each in told["loops"]] == [(2, "convert")]


@pytest.mark.parametrize("outside", ["/etc/*", "../*.csv", "https://example.org/*.csv", "data/../../*.csv"])
async def test_inputs_elsewhere_are_not_looked_at(folder: Path, ask: Any, outside: str) -> None:
    (folder.parent / "hidden-name.csv").write_text("x\n1\n")
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, BODY), cell="c1", input=outside)
    assert told["plan"] is None
    assert "cell.input-elsewhere" in {each["code"] for each in told["findings"]}
    assert "hidden-name" not in json.dumps(told)


async def test_a_contract_that_is_a_link_outwards_is_not_read(folder: Path, ask: Any) -> None:
    secret = folder.parent / "secret.toml"
    secret.write_text('schema = "agilab.parallel_stage.v1"\nnotes = "swordfish"\n')
    (folder / "clean.parallel_stage.toml").symlink_to(secret)
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, BODY), cell="c1", name="clean")
    assert not told["ok"]
    assert "swordfish" not in json.dumps(told)
    header = "%%parallel_stage clean --input 'data/*.csv'\n"
    assert (await ask("cell", "state", path="n.ipynb", cells=cells(header + BODY))) == {"cells": []}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"cells": cells(BODY), "cell": "c0"}, 400, "path is missing"),
        ({"path": "n.ipynb", "cells": cells(BODY), "cell": "c9"}, 400, "no cell 'c9'"),
        ({"path": "n.ipynb", "cells": cells("  \n"), "cell": "c0"}, 400, "empty"),
        ({"path": "n.ipynb", "cells": [{"id": "a", "type": "sql", "source": ""}], "cell": "a"}, 400, "type"),
        ({"path": "n.ipynb", "cells": [{"id": "a", "type": "code"}], "cell": "a"}, 400, "source"),
        ({"path": "n.ipynb", "cells": "all", "cell": "a"}, 400, "list of objects"),
        ({"path": "../n.ipynb", "cells": cells(BODY), "cell": "c0"}, 400, "upwards"),
        ({"path": "n.ipynb", "cells": cells(BODY), "cell": "c0", "input": "a\nb"}, 400, "line break"),
    ],
)
async def test_mistakes_are_refused(
    folder: Path, refused: Any, body: dict[str, Any], status: int, words: str
) -> None:
    code, message = await refused("cell", "analyse", **body)
    assert code == status
    assert words in message


def stage_in(folder: Path, body: str = BODY) -> None:
    draft = stage_from_cell(
        body,
        StageOptions(name="clean", input="data/*.csv"),
        CellContext(cell_id="c1", notebook=folder / "n.ipynb", folder=folder),
    )
    write_stage(draft)


async def test_badges_follow_cell_module_and_contract(folder: Path, ask: Any) -> None:
    body = "import pandas as pd\nlen(pd.read_csv(path))\n"
    head = "%%parallel_stage clean --input 'data/*.csv'\n"

    async def standing(source: str) -> Any:
        told = await ask("cell", "state", path="n.ipynb", cells=cells("1", source))
        [one] = told["cells"]
        assert (one["id"], one["name"], one["contract_path"]) == ("c1", "clean", "clean.parallel_stage.toml")
        return one["standing"]

    assert await standing(head + body) == "not written"
    stage_in(folder, body)
    assert await standing(head + body) == "in step"
    assert await standing(head + body.replace("len", "sum")) == "cell changed"
    assert await standing(head.replace("data/*", "data/a*") + body) == "contract changed"
    module = folder / "stages" / "clean.py"
    module.write_text(module.read_text().replace("len(", "1 + len("))
    assert await standing(head + body) == "module changed"


async def test_a_cell_that_another_stage_feeds_is_seen_in_its_workflow(folder: Path, ask: Any) -> None:
    stage_in(folder, "import pandas as pd\nlen(pd.read_csv(path))\n")
    fed = "%%parallel_stage fit --input clean --after clean\nlimit = 2\nclean * limit\n"
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, fed), cell="c1")
    assert told["ok"], told["findings"]
    assert "def fit(clean" in told["function"]
    # what the other stage gives is known when it has run
    assert told["plan"] is None
    assert "n.workflow.toml" in told["changes"]
    assert not (folder / "n.workflow.toml").exists()
    wrong = fed.replace("--after clean", "--after nobody")
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, wrong), cell="c1")
    assert any("nobody" in each["message"] for each in told["findings"])


async def test_a_form_keeps_the_inputs_that_it_does_not_show(folder: Path, ask: Any) -> None:
    stage_in(folder, "import pandas as pd\nlen(pd.read_csv(path))\n")
    (folder / "rates.grid.json").write_text('{"rate": [1, 2]}')
    fed = "%%parallel_stage fit --input clean --input rates.grid.json\nclean * rate\n"
    same = {"path": "n.ipynb", "cells": cells(ABOVE, fed), "cell": "c1"}
    told = await ask("cell", "analyse", **same, input="rates.grid.json")
    assert told["header"] == "%%parallel_stage fit --input clean --input rates.grid.json"
    told = await ask("cell", "analyse", **same, input="other.grid.json")
    assert told["header"] == "%%parallel_stage fit --input other.grid.json"


async def test_none_of_several_inputs_is_looked_at_where_one_is_elsewhere(folder: Path, ask: Any) -> None:
    stage_in(folder, "import pandas as pd\nlen(pd.read_csv(path))\n")
    (folder.parent / "hidden-name.grid.json").write_text('{"hidden_key": [1]}')
    fed = "%%parallel_stage fit --input ../hidden-name.grid.json --input clean\nclean\n"
    told = await ask("cell", "analyse", path="n.ipynb", cells=cells(ABOVE, fed), cell="c1")
    assert "cell.input-elsewhere" in {each["code"] for each in told["findings"]}
    assert "hidden_key" not in json.dumps(told)


async def test_the_last_run_is_told(folder: Path, ask: Any) -> None:
    from jupyter_agilab.api import RunSettings, run

    body = "import pandas as pd\nlen(pd.read_csv(path))\n"
    stage_in(folder, body)
    head = "%%parallel_stage clean --input 'data/*.csv'\n"
    told = await ask("cell", "state", path="n.ipynb", cells=cells("1", head + body))
    assert told["cells"][0]["run"] is None
    run(folder / "clean.parallel_stage.toml", RunSettings(backend="local"))
    told = await ask("cell", "state", path="n.ipynb", cells=cells("1", head + body))
    found = told["cells"][0]["run"]
    assert (found["state"], found["partitions"], found["failed"]) == ("finished", 3, 0)


async def test_names_that_are_paths_are_no_stages(folder: Path, ask: Any) -> None:
    told = await ask(
        "cell", "state", path="n.ipynb", cells=cells("%%parallel_stage ../x\n1", "x = 1", "%%parallel_stage")
    )
    assert told == {"cells": []}
