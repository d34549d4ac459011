"""Notebooks as rows of ``lab_stages.toml``, and back."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import BridgeError, OutputError, UsageError
from jupyter_agilab.migrate.bridge.documents import document_of
from jupyter_agilab.migrate.bridge.files import export_notebook, import_stages
from jupyter_agilab.migrate.bridge.lab_stages import read_lab_stages, write_lab_stages
from jupyter_agilab.migrate.bridge.rows import OWN, rows_of


def code(source: str, **rest: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
        **rest,
    }


def text(source: str, **rest: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **rest}


def notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


ORDERS = notebook(
    text("# Load the orders\n\nA small table.", id="t1"),
    code(
        'import pandas as pd\nfrom pathlib import Path\norders = pd.read_csv(Path("data/orders.csv"))\n',
        id="c1",
        execution_count=3,
    ),
    text("## Revenue by day", id="t2"),
    code(
        'orders = pd.read_csv("data/orders.csv")\norders.to_parquet("artifacts/daily.parquet")',
        id="c2",
        metadata={"tags": ["agilab.worker", "long"]},
    ),
    text("The end.", id="t3"),
    kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"},
)


def test_rows_have_agilabs_keys_and_values() -> None:
    first, second = rows_of(ORDERS, "orders.ipynb").rows
    own = first.pop(OWN)
    assert first == {
        "D": "Load the orders",
        "Q": "Imported cell-2 from notebook",
        "C": 'import pandas as pd\nfrom pathlib import Path\norders = pd.read_csv(Path("data/orders.csv"))\n',
        "M": "",
        "NB_CELL_ID": "cell-2",
        "NB_CELL_INDEX": 2,
        "NB_CONTEXT_IDS": ["markdown-1"],
        "NB_ENV_HINTS": ["pandas", "pathlib"],
        "NB_ARTIFACT_REFERENCES": ["data/orders.csv"],
        "NB_EXECUTION_MODE": "not_executed_import",
        "NB_SOURCE_NOTEBOOK": "orders.ipynb",
        "NB_EXECUTION_COUNT": 3,
    }
    assert own["id"] == "c1"
    assert second["R"] == "agi.run"
    assert second["NB_RUNTIME_ROLE"] == "worker"
    assert second["NB_ARTIFACT_REFERENCES"] == ["data/orders.csv", "artifacts/daily.parquet"]


def test_a_stage_cell_becomes_a_call_that_needs_nothing_else(tmp_path: Path) -> None:
    source = '%%parallel_stage clean --input "data/*.csv"\ndf = pd.read_csv(path)\ndf.dropna()\n'
    (row,) = rows_of(notebook(code("%load_ext jupyter_agilab"), code(source)), "n.ipynb").rows
    assert row["C"] == 'from jupyter_agilab import run\n\nclean = run("clean.parallel_stage.toml")\n'
    assert row["parallel_stage"] == "clean.parallel_stage.toml"
    assert row[OWN]["source"] == source
    # the way back gives the magic again
    cells = document_of([row])["cells"]
    assert ["".join(cell["source"]) for cell in cells] == ["%load_ext jupyter_agilab", source]


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("%matplotlib inline\nx = 1", "x = 1"),
        ("%time x = f(1)", "x = f(1)"),
        ("%parallel_run clean", 'from jupyter_agilab import run; run("clean.parallel_stage.toml")'),
        ("%parallel_plan clean\nx = 1", "x = 1"),
        ("x = '%d items' % 3", "x = '%d items' % 3"),
    ],
)
def test_magics_are_said_in_plain_python(source: str, plain: str) -> None:
    (row,) = rows_of(notebook(code(source)), "n.ipynb").rows
    assert row["C"] == plain


@pytest.mark.parametrize("source", ["!ls data", "%%bash\nls", "files = !ls", "%run other.ipynb", "x = ("])
def test_what_cannot_be_said_is_an_error_and_nothing_is_written(source: str, tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(notebook(code("x = 1"), code(source))))
    with pytest.raises(BridgeError) as told:
        export_notebook(path)
    assert any(finding.cell == "2" for finding in told.value.findings)
    assert list(tmp_path.iterdir()) == [path]


def test_a_notebook_without_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(notebook(text("# Nothing"), code("   "), code("%matplotlib inline"))))
    with pytest.raises(BridgeError, match="no cell"):
        export_notebook(path)


def without_outputs(document: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(document)
    for cell in made["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    return made


words = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=12)
markdown = st.builds(lambda words, level: f"{'#' * level} {words}", words, st.integers(0, 3))
python_lines = st.lists(
    st.sampled_from(
        [
            "import os",
            "x = 1",
            "print('ä')",
            "%matplotlib inline",
            "f = 'a.csv'",
            "",
            "# note",
            "%parallel_plan s",
        ]
    ),
    min_size=1,
    max_size=4,
)
cells = st.one_of(
    st.builds(text, markdown),
    st.builds(
        lambda lines, role, count: code(
            "\n".join(lines), metadata={"tags": [role]} if role else {}, execution_count=count
        ),
        python_lines,
        st.sampled_from(["", "agilab.worker", "agilab:manager", "other"]),
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    st.builds(lambda words: {"cell_type": "raw", "metadata": {}, "source": words}, words),
)


@given(st.lists(cells, min_size=1, max_size=6), st.booleans())
def test_there_and_back_gives_the_same_notebook(made: list[dict[str, Any]], has_ids: bool) -> None:
    document = notebook(*copy.deepcopy(made), kernelspec={"name": "python3", "display_name": "P"})
    document["nbformat_minor"] = 5 if has_ids else 4
    for number, cell in enumerate(document["cells"]):
        if has_ids:
            cell["id"] = f"id-{number}"
    rows = rows_of(document, "n.ipynb")
    if not rows.rows:
        return
    through_json = json.loads(json.dumps(document_of(rows.rows, rows.notebook)))
    assert without_outputs(through_json) == without_outputs(document)


def test_there_and_back_through_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "orders_project"
    folder.mkdir()
    path = folder / "orders.ipynb"
    path.write_text(json.dumps(ORDERS))
    crossed = export_notebook(path)
    assert crossed.module == "orders"
    data = tomllib.loads((folder / "lab_stages.toml").read_text())
    assert data["__meta__"]["schema"] == "agilab.lab_stages.v1"
    assert [row["NB_CELL_ID"] for row in data["orders"]] == ["cell-2", "cell-4"]
    path.unlink()
    back = import_stages(folder)
    assert back.path == path
    assert without_outputs(json.loads(path.read_text())) == without_outputs(ORDERS)
    before = (folder / "lab_stages.toml").read_bytes()
    assert not export_notebook(path).changed
    assert (folder / "lab_stages.toml").read_bytes() == before


AGILABS = """\
# kept
[[demo]]
D = "Load"
Q = "Load the data"
C = "x = 1"
M = ""
R = "runpy"
id = "load"
custom = { deep = [1, 2] }

[[demo]]
D = "Fit"
Q = "Fit it"
C = '''
print(2)
'''
M = "gpt"
R = "agi.run"
E = "~/env"
depends_on = ["load"]
enabled = false

[__meta__]
schema = "agilab.lab_stages.v1"
version = 1
demo__automation = { on = true }
"""


def test_agilabs_rows_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "lab_stages.toml"
    path.write_text(AGILABS)
    file = read_lab_stages(path)
    assert not file.findings
    document = json.loads(json.dumps(document_of(file.rows)))
    assert [cell["cell_type"] for cell in document["cells"]] == ["markdown", "code"] * 2
    assert document["cells"][3]["metadata"]["tags"] == ["agilab.worker"]
    assert rows_of(document, "demo.ipynb").rows == file.rows


def test_an_edited_cell_changes_its_row_and_no_other_key(tmp_path: Path) -> None:
    path = tmp_path / "lab_stages.toml"
    path.write_text(AGILABS)
    file = read_lab_stages(path)
    document = document_of(file.rows)
    document["cells"][1]["source"] = ["x = 2"]
    document["cells"][2]["source"] = ["# Fit better"]
    document["cells"][3]["metadata"]["tags"] = ["agilab.manager"]
    document["cells"][3]["metadata"]["agilab"].pop("runtime_role")
    first, second = rows_of(document, "demo.ipynb").rows
    assert first == {**file.rows[0], "C": "x = 2"}
    assert second["D"] == "Fit better"
    assert (second["R"], second["NB_RUNTIME_ROLE"]) == ("runpy", "manager")
    assert second["depends_on"] == ["load"]


def test_rows_of_others_and_comments_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "lab_stages.toml"
    path.write_text(AGILABS.replace("[__meta__]", '[[other]]\nQ = "else"\nC = "y = 1"\n\n[__meta__]'))
    row = {"Q": "q", "C": "z = 1", "NB_SOURCE_NOTEBOOK": "n.ipynb"}
    assert write_lab_stages(path, "demo", [row, {**row, "C": "z = 2"}])
    assert write_lab_stages(path, "demo", [{**row, "C": "z = 3"}])
    data = tomllib.loads(path.read_text())
    assert [each["C"] for each in data["demo"]] == ["x = 1", "print(2)\n", "z = 3"]
    assert data["other"] == [{"Q": "else", "C": "y = 1"}]
    assert data["__meta__"]["demo__automation"] == {"on": True}
    assert "# kept" in path.read_text()
    assert not write_lab_stages(path, "demo", [{**row, "C": "z = 3"}])


def test_the_older_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "lab_steps.toml").write_text('[[lab]]\nQ = "one"\nC = "x = 1"\n')
    crossed = import_stages(tmp_path)
    assert crossed.path == tmp_path / "lab.ipynb"
    with pytest.raises(UsageError, match="there already"):
        import_stages(tmp_path)
    assert import_stages(tmp_path, overwrite=True).stages == 1


@pytest.mark.parametrize(
    ("change", "code_of_finding"),
    [
        (lambda text: text.replace("lab_stages.v1", "lab_stages.v9"), "lab-stages.schema"),
        (lambda text: text.replace("version = 1", "version = 2"), "lab-stages.version"),
        (lambda text: text.replace('C = "x = 1"', 'C = "x = ("'), "lab-stages.stage-code-syntax"),
        (lambda text: text.replace('["load"]', '["lode"]'), "lab-stages.missing-dependency"),
        (lambda text: text.replace('R = "runpy"', 'R = "ray"'), "lab-stages.engine"),
        (lambda text: text.replace('E = "~/env"', 'id = "load"'), "lab-stages.duplicate-id"),
        (
            lambda text: text.replace("custom = { deep = [1, 2] }", 'depends_on = ["load"]'),
            "lab-stages.cycle",
        ),
        (lambda text: text + "[[", "lab-stages.malformed"),
    ],
)
def test_a_damaged_file_is_told_and_not_imported(change: Any, code_of_finding: str, tmp_path: Path) -> None:
    path = tmp_path / "lab_stages.toml"
    path.write_text(change(AGILABS))
    assert code_of_finding in [finding.code for finding in read_lab_stages(path).findings]
    with pytest.raises(BridgeError):
        import_stages(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_another_schema_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "lab_stages.toml"
    path.write_text('[__meta__]\nschema = "else"\n')
    with pytest.raises(OutputError, match="schema"):
        write_lab_stages(path, "x", [{"Q": "q", "C": "x = 1"}])
    assert path.read_text() == '[__meta__]\nschema = "else"\n'


EXPORTED = notebook(
    text("# Demo"),
    code(
        'STAGE_000_CODE = "x = 2\\n"\nSTAGE_000_ENGINE = "runpy"',
        metadata={
            "tags": ["agilab.runtime.worker"],
            "agilab": {
                "stage_cell": {
                    "schema": "agilab.notebook_export.stage_cell.v1",
                    "kind": "source",
                    "stage_index": 0,
                    "stage_id": "load",
                    "stage_id_explicit": True,
                }
            },
        },
    ),
    code("run_agilab_stage(0)", metadata={"agilab": {"stage_cell": {"kind": "runner", "stage_index": 0}}}),
    agilab={
        "schema": "agilab.notebook_export.v1",
        "export_mode": "supervisor",
        "stages": [
            {"description": "Load", "question": "Load it", "code": "x = 1\n", "runtime": "runpy", "env": "e"},
            {"description": "Empty", "question": "", "code": " "},
            {"description": "Fit", "question": "Fit it", "code": "y = 1", "depends_on": ["load"]},
        ],
    },
)


def test_a_notebook_that_agilab_exported_gives_its_rows_with_the_edited_code() -> None:
    first, second = rows_of(EXPORTED, "supervisor.ipynb").rows
    assert first["C"] == "x = 2\n"
    assert first["id"] == "load"
    assert (first["R"], first["E"], first["NB_RUNTIME_ROLE"]) == ("runpy", "e", "worker")
    assert second["D"] == "Fit"
    assert second["depends_on"] == ["load"]
    assert second["NB_CONTEXT_IDS"] == ["agilab-stage-3-context"]


def test_an_exported_notebook_becomes_one_with_a_cell_for_each_stage(tmp_path: Path) -> None:
    path = tmp_path / "supervisor.ipynb"
    path.write_text(json.dumps(EXPORTED))
    crossed = import_stages(path)
    document = json.loads(crossed.path.read_text())
    sources = ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "code"]
    assert sources == ["x = 2\n", "y = 1"]
    assert rows_of(document, "supervisor.ipynb").rows == rows_of(EXPORTED, "supervisor.ipynb").rows
