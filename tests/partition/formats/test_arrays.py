"""Files of arrays: slices as arrays and datasets, files with several arrays, arrays that have no slices."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import xarray
import zarr

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition import read


def save_npy(path, values) -> None:
    np.save(path, values)


def save_hdf5(path, values) -> None:
    with h5py.File(path, "w") as file:
        file["values"] = values


def save_zarr(path, values) -> None:
    zarr.save_array(str(path), values)


SAVE = {"a.npy": save_npy, "a.h5": save_hdf5, "a.zarr": save_zarr}
CUBE = np.arange(7 * 3 * 2.0).reshape(7, 3, 2)


@pytest.mark.parametrize("name", SAVE)
@pytest.mark.parametrize("count", [1, 3, 7, 50])
def test_slices_joined_are_the_array(plan_of, tmp_path, name, count) -> None:
    SAVE[name](tmp_path / name, CUBE)
    plan = plan_of(tmp_path, input=name, target_partitions=count)
    assert plan.partition_count == min(count, 7)
    parts = [read.array(partition, tmp_path) for partition in plan.partitions]
    assert np.array_equal(np.concatenate(parts), CUBE)
    rows = [row["value"] for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert rows == CUBE.tolist()
    with pytest.raises(AgilabError, match="has 3 axes and is no table"):
        read.pandas_frame(plan.partitions[0], tmp_path)


@pytest.mark.parametrize("name", SAVE)
@pytest.mark.parametrize("dtype", ["<f4", ">i8", "|b1", "<c16", "<U5", "<M8[s]"])
def test_types(plan_of, tmp_path, name, dtype) -> None:
    if name != "a.npy" and dtype in {"<U5", "<M8[s]"}:
        pytest.skip("platform: the format has no such type")
    values = np.array([0, 1, 2, 3, 4, 5]).astype(dtype)
    SAVE[name](tmp_path / name, values)
    plan = plan_of(tmp_path, input=name, target_partitions=4)
    parts = [read.array(partition, tmp_path) for partition in plan.partitions]
    assert np.array_equal(np.concatenate(parts), values)
    assert parts[0].dtype.kind == values.dtype.kind
    if dtype != "<c16":
        frames = [read.pandas_frame(partition, tmp_path)["value"] for partition in plan.partitions]
        assert [value for frame in frames for value in frame.tolist()] == values.tolist() or dtype == "<M8[s]"


def test_a_changed_slice_does_not_change_the_file(plan_of, tmp_path) -> None:
    np.save(tmp_path / "a.npy", np.arange(10))
    plan = plan_of(tmp_path, input="a.npy", target_partitions=2)
    found = read.array(plan.partitions[0], tmp_path)
    found[:] = -1
    assert np.load(tmp_path / "a.npy").tolist() == list(range(10))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (np.array({"a": 1}), "Python objects"),
        (np.array([object()], dtype=object), "Python objects"),
        (np.array(3), "single value"),
        (np.asfortranarray(np.ones((4, 3))), "Fortran order"),
    ],
)
def test_arrays_without_slices_say_so(plan_of, tmp_path, values, told) -> None:
    np.save(tmp_path / "a.npy", values, allow_pickle=True)
    plan = plan_of(tmp_path, input="a.npy", target_partitions=3)
    assert plan.partition_count == 1
    assert told in plan.findings[0].message
    if values.dtype == object:
        with pytest.raises(AgilabError, match="Python objects"):
            read.array(plan.partitions[0], tmp_path)
    else:
        assert np.array_equal(read.array(plan.partitions[0], tmp_path), values)


def test_which_dataset(plan_of, tmp_path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["one"] = np.arange(9)
        file["deep/two"] = np.arange(9) * 2
        file["deep/single"] = 3
        file["text"] = ["a", "b", "c"]
    with pytest.raises(PlanError, match="holds 4 datasets, and which one is meant is not said") as caught:
        plan_of(tmp_path, input="a.h5", target_partitions=3)
    assert caught.value.findings[0].key == "partition.dataset"
    for asked in ("deep/two", "/deep/two"):
        plan = plan_of(tmp_path, input="a.h5", target_partitions=3, partition=PartitionTable(dataset=asked))
        parts = [read.array(partition, tmp_path) for partition in plan.partitions]
        assert np.concatenate(parts).tolist() == list(range(0, 18, 2))
        assert plan.partitions[0].describe() == "a.h5 deep/two rows 0-3"
    single = plan_of(
        tmp_path, input="a.h5", target_partitions=3, partition=PartitionTable(dataset="deep/single")
    )
    assert "is a single value" in single.findings[0].message
    with pytest.raises(PlanError, match="has no dataset 'deep/tow'"):
        plan_of(tmp_path, input="a.h5", target_partitions=3, partition=PartitionTable(dataset="deep/tow"))
    options = {"dataset": "text"}
    plan = plan_of(tmp_path, input="a.h5", target_partitions=3, partition=PartitionTable(**options))
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path, options)]
    assert rows == [{"value": "a"}, {"value": "b"}, {"value": "c"}]


def test_cuts_go_to_near_edges_of_chunks(plan_of, tmp_path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("values", data=np.arange(1000), chunks=(90,))
    plan = plan_of(tmp_path, input="a.h5", target_partitions=4)
    assert [partition.stop for partition in plan.partitions] == [270, 540, 720, 1000]
    exact = plan_of(tmp_path, input="a.h5", target_partitions=4, partition_strategy="row-chunks")
    assert [partition.stop for partition in exact.partitions] == [250, 500, 750, 1000]


@pytest.fixture
def weather(tmp_path) -> xarray.Dataset:
    made = xarray.Dataset(
        {
            "temperature": (("time", "place"), np.arange(24.0).reshape(8, 3), {"unit": "K"}),
            "wind": (("time", "place"), -np.arange(24.0).reshape(8, 3)),
            "height": ("place", [1.0, 2.0, 3.0]),
        },
        {
            "time": np.arange("2024-01-01", "2024-01-09", dtype="M8[D]").astype("M8[ns]"),
            "place": ["a", "b", "c"],
        },
        {"title": "weather"},
    )
    made.to_netcdf(tmp_path / "a.nc")
    return made


def test_datasets_have_everything_along_the_dimension(plan_of, tmp_path, weather) -> None:
    with pytest.raises(PlanError, match="holds 3 variables"):
        plan_of(tmp_path, input="a.nc", target_partitions=3)
    options = {"dataset": "temperature"}
    plan = plan_of(tmp_path, input="a.nc", target_partitions=3, partition=PartitionTable(**options))
    assert plan.partition_count == 3
    parts = [read.dataset(partition, tmp_path, options) for partition in plan.partitions]
    xarray.testing.assert_identical(xarray.concat(parts, "time"), weather[["temperature"]])
    arrays = [read.array(partition, tmp_path, options) for partition in plan.partitions]
    assert np.array_equal(np.concatenate(arrays), weather["temperature"].values)
    frame = read.pandas_frame(plan.partitions[0], tmp_path, options)
    assert frame.columns.tolist() == ["time", "place", "temperature"]
    assert frame["temperature"].tolist() == list(range(6))
    with (
        read.temporary_file(plan.partitions[1], tmp_path, options) as path,
        xarray.open_dataset(path) as copy,
    ):
        xarray.testing.assert_identical(copy.load(), parts[1])


def test_variables_with_the_same_dimension_need_no_choice(plan_of, tmp_path, weather) -> None:
    weather.drop_vars("height").to_netcdf(tmp_path / "b.nc")
    plan = plan_of(tmp_path, input="b.nc", target_partitions=3)
    parts = [read.dataset(partition, tmp_path) for partition in plan.partitions]
    assert len(parts) == 3
    xarray.testing.assert_identical(xarray.concat(parts, "time"), weather.drop_vars("height"))
    with pytest.raises(AgilabError, match="which one is meant"):
        read.array(plan.partitions[0], tmp_path)


def test_formats_without_arrays_refuse_them(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (partition,) = plan_of(tmp_path, target_partitions=1).partitions
    with pytest.raises(AgilabError, match=r"a\.csv cannot be given as an array: its format is csv"):
        read.array(partition, tmp_path)
    np.save(tmp_path / "a.npy", np.arange(3))
    (partition,) = plan_of(tmp_path, input="a.npy", target_partitions=1).partitions
    with pytest.raises(AgilabError, match="cannot be given as a Dataset"):
        read.dataset(partition, tmp_path)


def test_a_zarr_store_is_one_input_among_others(plan_of, tmp_path) -> None:
    (tmp_path / "data").mkdir()
    for number in range(3):
        zarr.save_array(str(tmp_path / "data" / f"{number}.zarr"), np.arange(4))
    plan = plan_of(tmp_path, input="data/*.zarr", target_partitions=6)
    assert [partition.source for partition in plan.partitions] == [
        f"data/{number}.zarr" for number in (0, 0, 1, 1, 2, 2)
    ]
    assert plan_of(tmp_path, input="**/*.zarr", target_partitions=3).partition_count == 3
    assert plan_of(tmp_path, input="data/1.zarr", target_partitions=1).partition_count == 1
    with pytest.raises(AgilabError, match="is a folder, which has no bytes"):
        read.open_bytes(plan_of(tmp_path, input="data/1.zarr", target_partitions=1).partitions[0], tmp_path)
    with pytest.raises(AgilabError, match="cannot be given as a stream"):
        read.open_bytes(plan.partitions[0], tmp_path)
