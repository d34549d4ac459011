"""What cannot be converted faithfully is left as it is, with the reason; nothing is written."""

import pytest

from jupyter_agilab.errors import UsageError
from jupyter_agilab.migration import apply, migrate, parse_place

REFUSED = {
    "the loop has an else part": (
        "for n in [1, 2]:  # LOOP\n    out.append(n + 1)\nelse:\n    out.append(0)",
        {"out": "append"},
        "`else`",
    ),
    "it ends early": (
        "for n in [1, 2]:  # LOOP\n    if n > 1:\n        break\n    out.append(n + 1)",
        {"out": "append"},
        "break",
    ),
    "it depends on what was collected": (
        "for n in [1, 2]:  # LOOP\n    if n in out:\n        continue\n    out.append(n + 1)",
        {"out": "append"},
        "earlier ones have collected",
    ),
    "one line": ("for n in [1, 2]: out.append(n + 1)  # LOOP", {"out": "append"}, "on one line"),
    "a secret": (
        "api_key = 'sk-1234567890abcdef'\nfor n in [1, 2]:  # LOOP\n    out.append(api_key * n)",
        {"out": "append"},
        "secret",
    ),
    "asks the user": (
        "for n in [1, 2]:  # LOOP\n    out.append(input())",
        {"out": "append"},
        "",
    ),
    "changes what nobody said it changes": (
        "other = []\nfor n in [1, 2]:  # LOOP\n    other.append(n)\n    out.append(n + 1)",
        {"out": "append"},
        "other",
    ),
    "a name that does not exist": (
        "for n in [1, 2]:  # LOOP\n    out.append(nowhere(n))",
        {"out": "append"},
        "nowhere",
    ),
    "used up, then changed": (
        "for n in [1, 2]:  # LOOP\n    x = [n]\n    out += x\n    x.append(3)\n    y = len(x)",
        {"out": "extend"},
        "'x' is changed",
    ),
    "it goes on with what was collected": (
        "k = 5\nfor n in [1, 2]:  # LOOP\n    k = len(out)\n    out.append(str(n) * k)\n    y = abs(k)",
        {"out": "append"},
        "goes on with 'k'",
    ),
    "a function inside collects": (
        "for n in [1, 2]:  # LOOP\n    def keep():\n        out.append(n + 1)\n    keep()",
        {"out": "append"},
        "keep",
    ),
    "tabs": ("if True:\n\tfor n in [1, 2]:  # LOOP\n\t\tout.append(n + 1)", {"out": "append"}, "tabs"),
    "global": (
        "def f():\n    for n in [1]:  # LOOP\n        global out\n        out.append(n + 1)",
        {"out": "append"},
        "other scopes",
    ),
    "shell syntax": ("for n in [1, 2]:  # LOOP\n    !echo {n}\n    out.append(n + 1)", {"out": "append"}, ""),
}


@pytest.mark.parametrize(("cell", "outputs", "reason"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("form", ["python", "magic", "functions"])
def test_left_as_it_is(project, cell, outputs, reason, form):
    made = project("out = []", cell)
    before = made.path.read_bytes()
    migration = made.migrate(made.finding(outputs), form=form)
    assert not migration.converted
    assert reason in migration.left[0].reason
    assert migration.after == before
    assert apply(migration) is None
    assert [path.name for path in made.folder.iterdir()] == ["work.ipynb"]


def test_a_form_that_is_not_rewritten(project):
    made = project("import dask\nout = dask.compute(*[dask.delayed(len)(n) for n in ['a']])  # LOOP")
    migration = made.migrate(made.finding({"out": "value"}, form="dask.delayed"))
    assert "`dask.delayed` is not rewritten" in migration.left[0].reason


def test_a_magic_cell_cannot_be_inside_of_a_block(project):
    made = project("out = []", "if True:\n    for n in [1, 2]:  # LOOP\n        out.append(n + 1)")
    assert "the form `python`" in made.migrate(made.finding({"out": "append"}), form="magic").left[0].reason
    assert made.migrate(made.finding({"out": "append"})).converted


def test_loops_in_functions_wait_to_be_named(project):
    made = project(
        "def f():\n    out = []\n    for n in [1, 2]:  # LOOP\n        out.append(n + 1)\n    return out"
    )
    finding = made.finding({"out": "append"}, in_function="f")
    assert "--only 1:3" in made.migrate(finding).left[0].reason
    from jupyter_agilab.migrate.finding import NotebookFindings

    found = NotebookFindings(path="", loops=(finding,))
    assert migrate(made.path, only=[(0, 3)], found=found).converted


def test_only_what_is_there(project):
    made = project("out = []\nfor n in [1, 2]:  # LOOP\n    out.append(n + 1)")
    from dataclasses import replace

    from jupyter_agilab.migrate.finding import NotebookFindings

    refused = replace(
        made.finding({"out": "append"}), verdict="refuse", reason="shared-mutation", message="no."
    )
    found = NotebookFindings(path="", loops=(refused,))
    with pytest.raises(UsageError, match="no loop in cell 3, line 1"):
        migrate(made.path, only=[(2, 1)], found=found)
    with pytest.raises(UsageError, match="cannot be converted: no"):
        migrate(made.path, only=[(0, 2)], found=found)
    for text in ("4", "a:b", "0:1", "1:2:3"):
        with pytest.raises(UsageError, match="CELL:LINE"):
            parse_place(text)


def test_of_a_nest_the_outer_loop(project):
    made = project(
        "out = []\nfor a in [1, 2, 3]:  # LOOP\n    for b in [1, 2]:\n        out.append(a * b)",
    )
    outer = made.finding({"out": "append"}, items=3)
    inner = made.finding({"out": "append"}, cell=0, line=3, items=2)
    migration = made.migrate(outer, inner)
    assert [each.finding.line for each in migration.converted] == [2]
    assert "as a whole" in migration.left[0].reason


def test_of_a_nest_the_inner_loop_where_the_outer_has_two_items(project):
    made = project(
        "out = []\nfor a in [1, 2]:  # LOOP\n    for b in range(50):\n        out.append(a * b)",
    )
    outer = made.finding({"out": "append"}, items=2)
    inner = made.finding({"out": "append"}, cell=0, line=3, items=50)
    migration = made.migrate(outer, inner)
    assert [each.finding.line for each in migration.converted] == [3]


def test_existing_stages_are_let_be(project):
    made = project("out = []\nfor n in [1, 2]:  # LOOP\n    out.append(n + 1)")
    (made.folder / "each_n.parallel_stage.toml").write_text("mine")
    (made.folder / "stages").mkdir()
    (made.folder / "stages" / "each_n_2.py").write_text("mine")
    migration = made.migrate(made.finding({"out": "append"}))
    assert [each.name for each in migration.converted] == ["each_n_3"]
    (made.folder / "stages" / "each_n_3.py").write_text("made meanwhile")
    before = made.path.read_bytes()
    with pytest.raises(UsageError, match=r"stages/each_n_3\.py is there already"):
        apply(migration)
    assert made.path.read_bytes() == before
    assert not (made.folder / "each_n_3.parallel_stage.toml").exists()


def test_a_notebook_that_changed_meanwhile(project):
    made = project("out = []\nfor n in [1, 2]:  # LOOP\n    out.append(n + 1)")
    migration = made.migrate(made.finding({"out": "append"}))
    made.path.write_bytes(made.path.read_bytes() + b"\n")
    with pytest.raises(UsageError, match="has changed since"):
        apply(migration)
    assert not (made.folder / "stages").exists()


def test_a_value_that_cannot_come_back_stops_the_run_instead_of_coming_back_changed(project):
    from jupyter_agilab.errors import ResultTypeError

    made = project("class Model:\n    pass", "out = []\nfor n in [1, 2]:  # LOOP\n    out.append(Model())")
    apply(made.migrate(made.finding({"out": "append"})))
    with pytest.raises(ResultTypeError, match="Model"):
        made.run(made.now(), parallel_steps=made.steps)


def test_a_grid_that_is_no_longer_the_notebooks(project):
    made = project("out = []\nfor n in [1, 2]:  # LOOP\n    out.append(n + 1)")
    apply(made.migrate(made.finding({"out": "append"})))
    cells = [cell.replace("[1, 2]", "[1, 3]") for cell in made.now()]
    with pytest.raises(UsageError, match="number 2 is 3, in the grid"):
        made.run(cells, parallel_steps=made.steps)
    cells = [cell.replace("[1, 2]", "[1, 2, 3]") for cell in made.now()]
    with pytest.raises(UsageError, match="3 items, the grid 2 sets"):
        made.run(cells, parallel_steps=made.steps)


def test_a_constant_that_was_edited_in_the_notebook_counts(project):
    made = project(
        "limit = 3\nnames = ('a', 'b')",
        "out = []\nfor n in [1, 2]:  # LOOP\n    out.append((n + limit, names))",
    )
    apply(made.migrate(made.finding({"out": "append"})))
    assert 'parameters={"limit": limit, "names": names}' in made.now()[1]
    cells = [made.now()[0].replace("3", "10").replace("'b'", "'c'"), made.now()[1]]
    assert made.run(cells, parallel_steps=made.steps)["out"] == [(11, ("a", "c")), (12, ("a", "c"))]
    assert "limit = 10" in (made.folder / "each_n.parallel_stage.toml").read_text()
    with pytest.raises(UsageError, match="cannot hold as a parameter"):
        made.run([cells[0] + "\nlimit = {1}", cells[1]], parallel_steps=made.steps)
