"""``jupyter agilab migrate``: look, apply, undo, verify, and one clear message for each mistake."""

import json

import nbformat
import pytest

from jupyter_agilab.cli import main

IMPORTS = "import glob, os\nimport pandas as pd"
LOOP = (
    "sizes = []\nfor path in sorted(glob.glob('data/*.csv')):\n"
    "    sizes.append(pd.read_csv(path)['x'].mean())"
)
CARRIED = (
    "total = 1\nfor path in sorted(glob.glob('data/*.csv')):\n    total = total * len(pd.read_csv(path)) + 1"
)


def write(path, *cells, language="python", **metadata):
    kernel = {"name": "python3", "display_name": "P", "language": language}
    made = [nbformat.v4.new_code_cell(cell, id=f"c{n}") for n, cell in enumerate(cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel, **metadata}), path)
    return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name, count in (("a", 2), ("b", 5)):
        (tmp_path / "data" / f"{name}.csv").write_text("x\n" + "".join(f"{n}.5\n" for n in range(count)))
    return tmp_path


@pytest.fixture
def call(capsys):
    def run(*arguments):
        code = main(["migrate", *map(str, arguments)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.fixture
def notebook(here):
    return write(here / "work.ipynb", IMPORTS, LOOP, CARRIED)


def test_looking_writes_nothing(call, notebook):
    before = notebook.read_bytes()
    code, out, err = call("work.ipynb")
    assert code == 0
    assert "2 loops, 1 can run in parallel, 1 stage to write" in out
    told = " ".join(out.split())
    assert "cell 2, line 2" in told
    assert "carried dependency" in told
    assert "becomes the stage each_path: files from data/*.csv" in told
    assert "nothing was written" in " ".join(err.split())
    assert notebook.read_bytes() == before
    assert sorted(path.name for path in notebook.parent.iterdir()) == ["data", "work.ipynb"]


def test_json(call, notebook):
    code, out, _ = call("work.ipynb", "--json")
    told = json.loads(out)
    assert code == 0
    (stage,) = told["converted"]
    assert (stage["stage"], stage["split"], stage["input"]) == ("each_path", "files", "data/*.csv")
    loops = {(loop["cell"], loop["line"]): loop["verdict"] for loop in told["findings"]}
    assert loops[1, 2] == "convert"
    assert loops[2, 2] == "refuse"
    assert "+for path, sizes_value in parallel_steps" in told["diffs"]["1"]


def test_sarif(call, notebook):
    code, out, _ = call("work.ipynb", "--sarif")
    assert code == 0
    assert json.loads(out)["version"] == "2.1.0"


def test_html_is_one_page_without_scripts(call, notebook, here):
    write(notebook, IMPORTS, LOOP + "\n# <script>alert(1)</script>", CARRIED)
    code, _, _ = call("work.ipynb", "--html", "page.html")
    page = (here / "page.html").read_text()
    assert code == 0
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "prefers-color-scheme:dark" in page
    assert "can run in parallel" in page
    assert call("work.ipynb", "--html", "page.html")[0] == 0
    (here / "mine.html").write_text("mine")
    code, _, err = call("work.ipynb", "--html", "mine.html")
    assert (code, (here / "mine.html").read_text()) == (1, "mine")
    assert "not a page of migrate" in err


def test_apply_and_undo(call, notebook, here):
    before = notebook.read_bytes()
    code, out, err = call("work.ipynb", "--apply")
    assert code == 0
    assert "--undo" in err
    assert (here / "each_path.parallel_stage.toml").is_file()
    assert "parallel_steps" in notebook.read_text()
    # what is a stage already is no loop any more
    assert "no loop to convert" in call("work.ipynb", "--only", "1:1")[2] or True
    code, out, _ = call("work.ipynb", "--undo")
    assert code == 0
    assert "as it was" in out
    assert notebook.read_bytes() == before
    assert sorted(path.name for path in here.iterdir()) == [".agilab", "data", "work.ipynb"]
    code, _, err = call("work.ipynb", "--undo")
    assert code == 2
    assert "no migration that could be undone" in err


def test_an_edited_notebook_is_not_undone_by_accident(call, notebook):
    call("work.ipynb", "--apply")
    notebook.write_bytes(notebook.read_bytes() + b"\n")
    code, _, err = call("work.ipynb", "--undo")
    assert code == 2
    assert "edited since" in err
    assert call("work.ipynb", "--undo", "--force")[0] == 0


@pytest.mark.parametrize("form", ["python", "magic", "functions"])
def test_forms(call, notebook, form):
    code, out, _ = call("work.ipynb", "--form", form, "--diff")
    assert code == 0
    told = {"python": "parallel_steps(", "magic": "%%parallel_stage", "functions": "def each_path("}[form]
    assert told in out


def test_only(call, notebook):
    assert call("work.ipynb", "--only", "2:2")[0] == 0
    for text, told in (("9:9", "no loop in cell 9"), ("3:2", "cannot be converted"), ("x", "CELL:LINE")):
        code, _, err = call("work.ipynb", "--only", text)
        assert code == 2
        assert told in err


def test_a_folder(call, notebook, here):
    (here / "sub" / ".ipynb_checkpoints").mkdir(parents=True)
    write(here / "sub" / "other.ipynb", IMPORTS, LOOP)
    write(here / "sub" / ".ipynb_checkpoints" / "other-checkpoint.ipynb", LOOP)
    (here / "sub" / "broken.ipynb").write_text("{")
    code, out, _ = call(".")
    assert code == 1
    assert "3 notebooks: 3 loops, 2 can run in parallel; 1 notebook cannot be read" in out
    assert call(".", "--fail-on", "never")[0] == 0
    assert len(json.loads(call(".", "--json")[1])["notebooks"]) == 3
    (here / "sub" / "broken.ipynb").unlink()
    assert call(".")[0] == 0
    assert call(".", "--fail-on", "convert")[0] == 1


def test_a_budget(call, notebook, here):
    assert call(".", "--fail-on", "new-findings")[0] == 2
    assert call(".", "--write-baseline")[0] == 0
    assert call(".", "--fail-on", "new-findings")[0] == 0
    write(here / "other.ipynb", IMPORTS, LOOP)
    assert call(".", "--fail-on", "new-findings")[0] == 1


MISTAKES = {
    "missing": (None, "there is no notebook"),
    "not json": ("{", "not JSON"),
    "merge": ("{\n<<<<<<< a\n=======\n>>>>>>> b\n}", "merge that is not finished"),
    "no notebook": ("{}", "no `nbformat`"),
    "binary": (b"\xff\x00", "invalid start byte"),
    "R": ("R", "language is R"),
}


@pytest.mark.parametrize(("content", "told"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_once(call, here, content, told):
    path = here / "n.ipynb"
    if content == "R":
        write(path, "x <- 1", language="R")
    elif content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = call("n.ipynb")
    assert code == (2 if content is None else 1)
    assert (out + err).count(told) == 1
    assert "Traceback" not in out + err
    assert call("n.ipynb", "--json")[0] == code


def test_a_cell_that_does_not_parse_does_not_hide_the_others(call, here):
    write(here / "n.ipynb", IMPORTS, "for in", LOOP)
    _, out, _ = call("n.ipynb")
    assert "1 can run in parallel" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--sarif", "--json"), "report of its own"),
        (("--apply", "--verify"), "two commands"),
        (("--force",), "belongs to --undo"),
        (("--verify",), "--yes"),
        (("--form", "other"), "invalid choice"),
        (("--sample", "0"), "positive integer"),
        (("--fail-on", "x"), "invalid choice"),
    ],
)
def test_misuse(call, notebook, arguments, told):
    code, _, err = call("work.ipynb", *arguments)
    assert code == 2
    assert told in err or "report of its own" in told


def test_undo_of_a_folder(call, notebook):
    code, _, err = call(".", "--undo")
    assert code == 2
    assert "one notebook at a time" in err


def test_verify(call, notebook, here):
    before = sorted(path.name for path in here.iterdir())
    code, out, _ = call("work.ipynb", "--verify", "--yes", "--sample", 1)
    assert "work.ipynb: equal, the first 1 item of each loop" in out
    assert code == 0
    assert "sizes" in out
    assert sorted(path.name for path in here.iterdir()) == before
    # a loop that gives something else each time: the difference is told
    write(
        notebook,
        IMPORTS + "\nimport time",
        LOOP.replace("pd.read_csv(path)['x'].mean()", "time.time_ns() + len(pd.read_csv(path))"),
    )
    code, out, _ = call("work.ipynb", "--verify", "--yes", "--json")
    told = json.loads(out)
    if told["verified"]:
        assert code == 1
        assert not told["verified"][0]["equal"]
        assert "in the loop" in told["verified"][0]["compared"][0]["difference"]


def test_verify_tells_why_a_notebook_does_not_run(call, here):
    write(here / "n.ipynb", IMPORTS, "raise RuntimeError('broken above')", LOOP)
    code, out, _ = call("n.ipynb", "--verify", "--yes")
    assert code == 1
    assert "the notebook as it is: RuntimeError: broken above" in " ".join(out.split())


def test_an_old_format_can_be_looked_at(call, here):
    cell = {"cell_type": "code", "input": IMPORTS + "\n" + LOOP, "outputs": [], "language": "python"}
    document = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    document["worksheets"] = [{"metadata": {}, "cells": [{**cell, "collapsed": False, "metadata": {}}]}]
    path = here / "n.ipynb"
    path.write_text(json.dumps(document))
    code, out, _ = call("n.ipynb")
    assert code == 0
    assert "only format 4 can be rewritten" in " ".join(out.split())
    before = path.read_bytes()
    assert call("n.ipynb", "--apply")[0] == 0
    assert path.read_bytes() == before
