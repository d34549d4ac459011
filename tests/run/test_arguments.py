"""What the function is called with, on whole files and on exact ranges of them, in real runs."""

import csv
import io
import json

import numpy as np
import pytest

from jupyter_agilab import api

ROWS = [["id", "note", "value"]] + [
    [str(n), 'a "quoted", text\nover two lines' if n % 3 == 0 else f"plain {n}", str(n / 4)]
    for n in range(57)
]


def csv_text() -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(ROWS)
    return out.getvalue()


@pytest.fixture
def table(stage):
    (stage.folder / "data").mkdir()
    (stage.folder / "data/table.csv").write_text(csv_text(), newline="")
    return stage


FORMS = {
    "path-str": "import csv\ndef work(path: str):\n    return list(csv.DictReader(open(path, newline='')))\n",
    "path-unnamed": "import csv\ndef work(f):\n    return list(csv.DictReader(open(f, newline='')))\n",
    "path-Path": (
        "import csv, io\nfrom pathlib import Path\ndef work(path: Path):\n"
        "    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline='')))\n"
    ),
    "file-binary": (
        "import csv, io\nfrom typing import BinaryIO\ndef work(file: BinaryIO):\n"
        "    return list(csv.DictReader(io.TextIOWrapper(file, newline='')))\n"
    ),
    "file-text": (
        "import csv\nfrom typing import TextIO\ndef work(file: TextIO):\n"
        "    return list(csv.DictReader(file))\n"
    ),
    "rows": "def work(rows):\n    return [dict(row) for row in rows]\n",
    "pandas": (
        "import pandas as pd\ndef work(df: pd.DataFrame):\n"
        "    return df.astype({'id': str, 'value': str}).to_dict('records')\n"
    ),
    "polars": (
        "import polars as pl\ndef work(df: pl.DataFrame):\n"
        "    return df.with_columns(pl.col('id', 'value').cast(pl.String)).to_dicts()\n"
    ),
    "arrow": (
        "import pyarrow as pa\ndef work(table: pa.Table):\n"
        "    rows = table.to_pylist()\n"
        "    return [{k: v if k == 'note' else str(v) for k, v in row.items()} for row in rows]\n"
    ),
}


def same(records: list[dict], *, numbers: bool) -> bool:
    expected = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
    if numbers:
        key = {"id": int, "value": float}
        records = [{k: key.get(k, str)(v) for k, v in row.items()} for row in records]
        expected = [{k: key.get(k, str)(v) for k, v in row.items()} for row in expected]
    # text streams and frames may turn \r\n inside a field into \n; no field here has one
    return records == expected


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("strategy", ["one-file-per-partition", "file-chunks"])
def test_each_form_of_the_input_holds_exactly_the_partition(table, form, strategy):
    table.module(FORMS[form]).contract(partition_strategy=strategy, target_partitions=7)
    result = table.run()
    assert result.partitions == (1 if strategy == "one-file-per-partition" else 7)
    assert same(list(result.records()), numbers=form in {"pandas", "polars", "arrow"})


def test_lines_are_exactly_the_lines(stage):
    (stage.folder / "data").mkdir()
    lines = [f"line {n}" for n in range(101)]
    (stage.folder / "data/log.txt").write_text("\n".join(lines))
    stage.module("def work(lines):\n    return [line.rstrip('\\n') for line in lines]\n")
    stage.contract(input="data/*.txt", partition_strategy="file-chunks", target_partitions=9)
    result = stage.run(backend="pool")
    assert (result.partitions, list(result.records())) == (9, lines)


def test_parquet_rows_become_frames(stage):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(
        pa.table({"x": range(1000), "y": [n * n for n in range(1000)]}), stage.folder / "t.parquet"
    )
    stage.module(
        "import pandas as pd\ndef work(df: pd.DataFrame):\n    return {'n': len(df), 'y': int(df.y.sum())}\n"
    )
    stage.contract(
        '[partition]\nby = "rows"\nrows = 300\n',
        split="data-partitions",
        input="t.parquet",
        partition_strategy="row-chunks",
    )
    bounds = [(0, 300), (300, 600), (600, 900), (900, 1000)]
    expected = [{"n": b - a, "y": sum(n * n for n in range(a, b))} for a, b in bounds]
    assert list(stage.run().records()) == expected


def test_constants_params_and_partition(stage):
    stage.module("""
        def work(params: dict, scale, partition, offset=1, unused="default"):
            return {**params, "scaled": params["i"] * scale + offset, "kind": partition.kind, "u": unused}
    """).sweep(2)
    stage.contract("[parameters]\nscale = 10\noffset = 5\n")
    assert list(stage.run().records()) == [
        {"i": i, "scaled": i * 10 + 5, "kind": "parameters", "u": "default"} for i in range(2)
    ]


def test_a_parameter_that_nothing_fills_is_one_clear_error(stage):
    stage.module("def work(i, treshold): ...\n").sweep(2)
    stage.contract("[parameters]\nthreshold = 3\n")
    status = stage.status()
    assert status.state == "failed"
    assert "`treshold`" in status.failures[0]["message"]
    assert "did you mean 'threshold'" in status.failures[0]["message"]


def test_random_numbers_depend_on_seed_and_partition_only(stage):
    stage.module("""
        def work(i, rng, seed):
            return {"draw": float(rng.random()), "seed": seed}
    """).sweep(9)
    one = stage.run(backend="pool", workers=1, batch_size=9).path.read_bytes()
    stage.module((stage.folder / "stages/work.py").read_text() + "\nSOMETHING_ELSE = 1\n")
    two = stage.run(backend="pool", workers=2, batch_size=1).path.read_bytes()
    assert one == two
    draws = [json.loads(line) for line in one.splitlines()]
    assert len({draw["draw"] for draw in draws}) == len({draw["seed"] for draw in draws}) == 9
    stage.contract("[execution]\nseed = 1\n")
    assert stage.run().path.read_bytes() != one


def test_shared_data_is_checked_and_loaded_once_per_worker(stage):
    from jupyter_agilab.run.shared import digest_of_file

    table = stage.folder / "lookup.npy"
    np.save(table, np.arange(10) * 2)
    stage.module("""
        def work(i, lookup):
            return {"value": int(lookup[i]), "id": id(lookup)}
    """).sweep(6)
    entry = '[shared.lookup]\npath = "lookup.npy"\nformat = "npy"\ndigest = "{}"\n'
    stage.contract(entry.format(digest_of_file(table)))
    records = list(stage.run().records())
    assert [record["value"] for record in records] == [0, 2, 4, 6, 8, 10]
    assert len({record["id"] for record in records}) == 1
    np.save(table, np.arange(10) * 3)
    status = stage.status()
    assert status.reused == 6
    stage.module((stage.folder / "stages/work.py").read_text().replace("int(lookup[i])", "+int(lookup[i])"))
    assert "lookup.npy of 'lookup' has changed" in stage.status().failures[0]["message"]


def test_a_constant_that_a_partition_changes_is_whole_for_the_next(stage):
    """One list once served all partitions of a worker, so that results depended on who ran what."""
    stage.module("""
        def work(i, columns):
            columns.append(i)
            return {"columns": columns}
    """).sweep(3)
    stage.contract('[parameters]\ncolumns = ["a"]\n')
    assert [each["columns"] for each in stage.run().records()] == [["a", 0], ["a", 1], ["a", 2]]


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_a_partition_that_changes_the_folder_leaves_the_next_where_it_was(stage, backend):
    """Relative paths of the partitions behind it in the same worker once led somewhere else."""
    stage.module("""
        import os

        def work(path):
            with open(path) as file:
                found = file.read()
            os.chdir(os.sep)
            return {"found": found}
    """)
    (stage.folder / "data").mkdir()
    for number in range(4):
        (stage.folder / f"data/{number}.csv").write_text(str(number))
    stage.contract(backend=backend, workers=1)
    assert [each["found"] for each in stage.run().records()] == ["0", "1", "2", "3"]


def test_dates_of_the_contract_and_the_sweep_arrive_as_dates(stage):
    """TOML has dates and JSON has not, which once was an internal error."""
    stage.module("""
        def work(day, until, at):
            return [type(value).__name__ + " " + value.isoformat() for value in (day, until, at)]
    """)
    (stage.folder / "grid.toml").write_text("day = [2013-01-02, 2013-01-03]\n")
    stage.contract(
        "[parameters]\nuntil = 2013-02-03T04:05:06Z\nat = 07:08:09\n",
        split="parameter-sweep",
        input="grid.toml",
        partition_strategy="parameter-items",
        reducer="collect-json",
        output="artifacts/work.json",
    )
    days = ["date 2013-01-02", "date 2013-01-03"]
    expected = [[day, "datetime 2013-02-03T04:05:06+00:00", "time 07:08:09"] for day in days]
    for runner in ("local", "pool"):
        assert list(stage.run(backend=runner).records()) == expected
    assert api.trial(stage.path, 1).ok
