"""Real runs over inputs of other formats: what the plan says reaches the workers."""

import io
import json
import sqlite3
import tarfile
import zipfile
from contextlib import closing

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def rows_of(stage) -> list[dict[str, object]]:
    text = (stage.folder / "artifacts/work.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def write_sqlite(folder) -> None:
    with closing(sqlite3.connect(folder / "a.db")) as connection:
        connection.execute("CREATE TABLE flights (n INTEGER, text TEXT)")
        connection.executemany("INSERT INTO flights VALUES (?, ?)", [(n, f"t{n}") for n in range(30)])
        connection.commit()


def write_zip(folder) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            rows = "".join(f"{n},t{n}\n" for n in range(10 * number, 10 * number + 10))
            archive.writestr(f"part{number}.csv", f"n,text\n{rows}")


def write_tar(folder) -> None:
    with tarfile.open(folder / "a.tar", "w") as archive:
        for number in range(3):
            rows = "".join(f'{{"n": {n}, "text": "t{n}"}}\n' for n in range(10 * number, 10 * number + 10))
            info = tarfile.TarInfo(f"part{number}.jsonl")
            info.size = len(rows)
            archive.addfile(info, io.BytesIO(rows.encode()))


def write_parquet(folder) -> None:
    wide = {f"c{n}": [n] * 30 for n in range(20)}
    table = pa.table({**wide, "n": range(30), "text": [f"t{n}" for n in range(30)]})
    pq.write_table(table, folder / "a.parquet", row_group_size=7)


def write_json(folder) -> None:
    rows = [{"n": n, "text": f"t{n}"} for n in range(30)]
    (folder / "a.json").write_text(json.dumps(rows))


WRITERS = {
    "a.db": write_sqlite,
    "a.zip": write_zip,
    "a.tar": write_tar,
    "a.parquet": write_parquet,
    "a.json": write_json,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("form", ["rows", "df"])
def test_rows_and_tables(stage, name, form) -> None:
    WRITERS[name](stage.folder)
    body = {
        "rows": 'return [{"n": int(row["n"]), "text": row["text"]} for row in rows]',
        "df": 'return df[["n", "text"]].to_dict("records")',
    }[form]
    stage.module(f"def work({form}):\n    {body}\n").contract(
        input=name, partition_strategy="file-chunks", target_partitions=4, backend="pool"
    )
    result = stage.run()
    assert rows_of(stage) == [{"n": n, "text": f"t{n}"} for n in range(30)]
    assert result.partitions == (3 if name in {"a.zip", "a.tar"} else 4)


def test_the_options_of_a_query_reach_the_workers(stage) -> None:
    write_sqlite(stage.folder)
    stage.module("def work(rows):\n    return list(rows)\n").contract(
        '[partition]\nquery = "SELECT n, n * 2 AS twice FROM flights WHERE n > 10"\nkey = "n"\n',
        input="a.db",
        partition_strategy="file-chunks",
        target_partitions=3,
    )
    stage.run()
    assert rows_of(stage) == [{"n": n, "twice": 2 * n} for n in range(11, 30)]


def test_slices_of_arrays(stage) -> None:
    values = np.arange(60.0).reshape(20, 3)
    np.save(stage.folder / "a.npy", values)
    with h5py.File(stage.folder / "a.h5", "w") as file:
        file["one"], file["two"] = values, -values
    stage.module(
        """
        import numpy as np


        def work(array: np.ndarray):
            return [{"sum": float(row.sum())} for row in array]
        """
    )
    for name, sign, tables in (("a.npy", 1, ""), ("a.h5", -1, '[partition]\ndataset = "two"\n')):
        stage.contract(tables, input=name, partition_strategy="file-chunks", target_partitions=3)
        stage.run()
        assert [row["sum"] for row in rows_of(stage)] == (sign * values.sum(axis=1)).tolist()


def test_a_changed_option_runs_again_what_it_touches(stage) -> None:
    write_sqlite(stage.folder)
    stage.module("def work(rows):\n    return list(rows)\n")
    keys = {"input": "a.db", "partition_strategy": "file-chunks", "target_partitions": 3}
    for limit in (10, 20):
        query = f'[partition]\nquery = "SELECT n FROM flights WHERE n >= {limit}"\nkey = "n"\n'
        stage.contract(query, **keys)
        stage.run()
        assert [row["n"] for row in rows_of(stage)] == list(range(limit, 30))
