"""The demo notebooks of tasks and jobs, executed in a kernel."""

from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "demo_notebooks"


@pytest.fixture
def executed(require, tmp_path):
    """Give what the cells of a notebook put out, by their ids."""
    nbclient = require("nbclient")

    def execute(name):
        notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
        client = nbclient.NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        )
        client.execute()
        return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}

    return execute


def text_of(outputs):
    return "".join(each.get("text", "") or each.get("data", {}).get("text/plain", "") for each in outputs)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_the_patterns(executed):
    told = executed("parallel_patterns.ipynb")
    assert text_of(told["fan"]) == "{'chunks': 5, 'items': 500, 'sum': 124750}"
    assert text_of(told["pipeline"]) == (
        "['final_transform_0(preprocessed_data_1)',\n"
        " 'final_transform_1(preprocessed_data_2)',\n"
        " 'final_transform_2(preprocessed_data_3)']"
    )
    assert text_of(told["sweep"]) == "Best: lr=0.1, bs=32, acc=1.344\n"
    assert "finalize[2] was not run: check[2] failed: ValueError: 3 is too large" in text_of(told["failed"])


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_many_jobs(executed):
    told = executed("many_jobs.ipynb")
    assert text_of(told["simple"]) == "['E of job 0', 'E of job 1', 'E of job 2']"
    assert text_of(told["claims"]) == "['C of job 0', 'C of job 1', 'C of job 2']"
    for cell, lanes in (("simple-timeline", 3), ("claims-timeline", 3), ("replicas", 9)):
        (shown,) = told[cell]
        html = shown["data"]["text/html"]
        assert "<script" not in html
        assert html.count('<div style="position:relative') == lanes
        # where no HTML is shown, there is the same as text
        assert shown["data"]["text/plain"].count("|") == 2 * lanes
