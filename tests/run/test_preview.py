"""What the function will receive, without running it."""

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import ContractError, PlanError

GUARD = "raise SystemExit('imported')\n"


@pytest.fixture
def table(stage):
    (stage.folder / "data").mkdir()
    (stage.folder / "data/t.csv").write_text("a,b\n" + "".join(f"{n},x{n}\n" for n in range(100)))
    return stage.contract(partition_strategy="file-chunks", target_partitions=4)


@pytest.mark.parametrize(
    ("signature", "form", "shown"),
    [
        ("path: str", "path as text", "a,b\n0,x0\n1,x1"),
        ("df", "pandas DataFrame", "28 rows x 2 columns\n   a   b\n0  0  x0"),
        ("rows", "records, one after another", "{'a': '0', 'b': 'x0'}"),
        ("lines", "lines, one after another", "a,b\n0,x0"),
        ("table", "pyarrow Table", "28 rows\npyarrow.Table"),
    ],
)
def test_forms(table, signature, form, shown) -> None:
    table.module(f"{GUARD}def work({signature}):\n    ...\n")
    (argument,) = api.preview(table.path, 0).arguments
    assert argument.form == form
    assert shown in argument.shown


def test_a_later_partition_is_that_partition(table) -> None:
    table.module(f"{GUARD}def work(rows):\n    ...\n")
    shown = api.preview(table.path, 3).arguments[0].shown
    first = shown.split("\n")[0]
    assert first not in {"{'a': '0', 'b': 'x0'}", ""}
    assert shown.endswith("…")


def test_constants_seed_and_sets(stage) -> None:
    import random

    stage.module(f"{GUARD}def work(i, limit, seed, partition):\n    return random.random()\n").sweep(4)
    stage.contract("[parameters]\nlimit = [1, 2]\n")
    random.seed(3)
    before = random.getstate()
    preview = api.preview(stage.path, 2)
    assert random.getstate() == before
    assert [(each.name, each.form) for each in preview.arguments] == [
        ("i", "value of the sweep"),
        ("limit", "constant of [parameters]"),
        ("seed", "seed of the partition"),
        ("partition", "description of the partition"),
    ]
    assert [each.shown for each in preview.arguments][:2] == ["2", "[1, 2]"]
    assert not (stage.folder / ".agilab").exists()


def test_refusals(table) -> None:
    table.module("def work(path, what):\n    ...\n")
    with pytest.raises(ContractError, match="nothing fills the parameter `what`"):
        api.preview(table.path)
    table.module("def work(path):\n    ...\n")
    with pytest.raises(PlanError, match="partitions 0 to 3; 9 was asked for"):
        api.preview(table.path, 9)
