"""The three kinds of places, each test with its own; and the tasks of the three patterns."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_agilab import Place, task, use_cluster, use_pool, use_threads

KINDS = ("threads", "pool", "dask")


SECOND = 1.0 if os.environ.get("AGILAB_REAL_SECONDS") else 0.2
"""What a second lasts in timelines; as long as it is told in public where the variable is set."""


@pytest.fixture
def second() -> float:
    return SECOND


@pytest.fixture(scope="session")
def dask_client() -> Iterator[object]:
    """Give one small cluster for all tests: two processes of four threads."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=4,
            dashboard_address="127.0.0.1:0",
            resources={"GPU": 1.5},
            silence_logs=50,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def place_of(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Place]:
    """Give ``place_of(kind, workers)``."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter-config"))

    def make(kind: str, workers: int = 3, **more: object) -> Place:
        if kind == "dask":
            return use_cluster(request.getfixturevalue("dask_client"))
        return (use_threads if kind == "threads" else use_pool)(workers, **more)

    return make


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, place_of: Callable[..., Place]) -> Iterator[Place]:
    with place_of(request.param) as found:
        yield found


@pytest.fixture
def threads() -> Iterator[Place]:
    with use_threads(4) as found:
        yield found


def split_dataset(dataset_path, num_chunks):
    return [
        {"chunk_id": i, "start_idx": i * 100, "end_idx": (i + 1) * 100, "source": dataset_path}
        for i in range(num_chunks)
    ]


def process_chunk(chunk_id, start_idx, end_idx, source):
    started = time.time()
    return {
        "chunk_id": chunk_id,
        "items_processed": end_idx - start_idx,
        "sum": sum(range(start_idx, end_idx)),
        "processed_on": socket.gethostname(),
        "processing_time": time.time() - started,
    }


def merge_results(results):
    return {
        "total_chunks": len(results),
        "total_items": sum(each["items_processed"] for each in results),
        "total_sum": sum(each["sum"] for each in results),
        "hosts_used": sorted({each["processed_on"] for each in results}),
        "merged_on": socket.gethostname(),
    }


def preprocess(raw_data):
    return f"preprocessed_{raw_data}"


def transform(data, transform_type):
    return f"{transform_type}({data})"


def finalize(transformed):
    return f"final_{transformed}"


def select_best(results):
    return max(results, key=lambda each: each["accuracy"])


@pytest.fixture
def patterns() -> SimpleNamespace:
    """Give the tasks of the three patterns, with the options that they have in public."""
    options = {"time": "00:03:00", "mem": "256M", "cpus_per_task": 1}
    names = (split_dataset, process_chunk, merge_results, preprocess, transform, finalize, select_best)
    made = {each.__name__: task(**options)(each) for each in names}

    def train(lr, batch_size, epochs, seed):
        import random

        random.seed(seed)
        accuracy = 0.5 + lr * 10 * random.random()
        return {"lr": lr, "batch_size": batch_size, "epochs": epochs, "seed": seed, "accuracy": accuracy}

    return SimpleNamespace(**made, train_model=task(**options)(train))
