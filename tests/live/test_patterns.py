"""The three patterns of parallel programs, with the values that are known of them."""

import random

import pytest

SETS = [
    {"lr": lr, "batch_size": batch_size, "epochs": 10, "seed": seed}
    for lr in (0.001, 0.01, 0.1)
    for batch_size in (32, 64)
    for seed in (0, 1)
]
ACCURACIES = [0.508444, 0.501344] * 2 + [0.584442, 0.513436] * 2 + [1.344422, 0.634364] * 2


def test_fan_out_and_fan_in(place, patterns):
    split = patterns.split_dataset("large_dataset.csv", num_chunks=5)
    assert split.wait()
    chunks = split.get_result()
    assert chunks[-1] == {"chunk_id": 4, "start_idx": 400, "end_idx": 500, "source": "large_dataset.csv"}
    processed = patterns.process_chunk.after(split).map(chunks)
    assert len(processed) == 5
    assert processed.wait()
    results = processed.get_results()
    assert [each["items_processed"] for each in results] == [100] * 5
    assert [each["sum"] for each in results] == [4950, 14950, 24950, 34950, 44950]
    # once with the array, whose results stay where they are, once with the results fetched
    for given in (processed, results):
        merged = patterns.merge_results.after(processed)(given).get_result()
        assert (merged["total_chunks"], merged["total_items"], merged["total_sum"]) == (5, 500, 124750)
        assert merged["hosts_used"] == [merged["merged_on"]]


def test_pipeline(place, patterns):
    first = patterns.preprocess.map(["data_1", "data_2", "data_3"])
    second = patterns.transform.map(
        [{"data": job, "transform_type": f"transform_{i}"} for i, job in enumerate(first)]
    )
    third = patterns.finalize.map(second)
    assert third.get_results() == [
        "final_transform_0(preprocessed_data_1)",
        "final_transform_1(preprocessed_data_2)",
        "final_transform_2(preprocessed_data_3)",
    ]


def test_sweep(place, patterns):
    # threads of one process share the generator that is seeded
    trained = patterns.train_model.map(SETS, max_concurrent=1 if place.kind == "threads" else None)
    results = trained.get_results()
    assert [round(each["accuracy"], 6) for each in results] == ACCURACIES
    expected = [0.5 + each["lr"] * 10 * random.Random(each["seed"]).random() for each in SETS]
    assert [each["accuracy"] for each in results] == expected
    best = patterns.select_best.after(trained)(trained).get_result()
    line = f"Best: lr={best['lr']}, bs={best['batch_size']}, acc={best['accuracy']:.3f}"
    assert line == "Best: lr=0.1, bs=32, acc=1.344"
    assert best["accuracy"] == 1.3444218515250481


def test_dynamic_dependencies(place, patterns):
    prepared = patterns.preprocess.map(["data_a.csv", "data_b.csv"])
    items = [(job, f"transform_{i}") for i, job in enumerate(prepared)]
    transformed = patterns.transform.map(items)
    assert set(transformed.dependencies) == set(prepared)
    assert transformed.get_results() == [
        "transform_0(preprocessed_data_a.csv)",
        "transform_1(preprocessed_data_b.csv)",
    ]


@pytest.mark.parametrize("kind", ["pool", "dask"])
def test_a_seed_and_a_draw_long_after_it_belong_together(place_of, kind):
    """Nobody else draws from the global generator of a worker process meanwhile, not even Dask."""
    from jupyter_agilab import task

    @task
    def draw(seed):
        import random
        import time

        random.seed(seed)
        held = {str(number): [number] * 50 for number in range(2000)}
        time.sleep(0.05)
        return random.random(), held

    with place_of(kind) as place:
        size = 1 if place.kind == "dask" else None
        drawn = draw.map(list(range(8)), max_concurrent=size).get_results()
    assert [each[0] for each in drawn] == [random.Random(seed).random() for seed in range(8)]
