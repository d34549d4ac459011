"""Damage anywhere in a run's directory: noticed, done again, never merged, and told without a traceback."""

import json
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.cli import main
from jupyter_agilab.errors import OutputError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.reduce.types import Encoded
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.segments import SegmentWriter, Used, read_indexes, write_index
from jupyter_agilab.run.watch import RunWatch

COUNT = 12
WORK = """
    import time
    def work(i):
        with open("ran.log", "a") as log:
            log.write(f"{i}\\n")
        print("partition", i)
        time.sleep(0.02)
        return {"i": i, "square": i * i}
"""


def expected(count: int = COUNT) -> bytes:
    return b"".join(b'{"i":%d,"square":%d}\n' % (i, i * i) for i in range(count))


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    at = random.Random(len(data)).randrange(max(1, len(data)))
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if data else b"\x01"


def replaced(path: Path, data: bytes) -> None:
    """Write a new file: the old one may be linked from a run that must stay whole."""
    path.unlink()
    path.write_bytes(data)


def damage_cut(path: Path) -> None:
    replaced(path, cut(path.read_bytes()))


def damage_empty(path: Path) -> None:
    replaced(path, b"")


def damage_flip(path: Path) -> None:
    replaced(path, flipped(path.read_bytes()))


def damage_missing(path: Path) -> None:
    path.unlink()


def damage_foreign(path: Path) -> None:
    replaced(path, b'{"schema": "something.else.v3", "indexes": "none", "v": 1}\n')


def damage_binary(path: Path) -> None:
    replaced(path, bytes(range(256)) * 4)


def damage_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").touch()


def damage_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nothing-there")


def damage_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


WAYS: dict[str, Callable[[Path], None]] = {
    name.removeprefix("damage_"): way for name, way in list(globals().items()) if name.startswith("damage_")
}
FILES = (
    *("manifest.json", "plan.json", "plan.jsonl", "spec.json", "code/stages/work.py", "events.jsonl"),
    *("driver.log", "segments/*.data", "segments/*.index.json", "logs/*", "../lock"),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a folder with a stage and one finished run of four segments; copies of it are made by linking."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "stages").mkdir()
    keys = {
        "schema": "agilab.parallel_stage.v1",
        "name": "work",
        "function": "stages/work.py:work",
        "split": "parameter-sweep",
        "input": "grid.json",
        "workers": 2,
        "partition_strategy": "parameter-items",
        "target_partitions": 0,
        "min_partitions_per_worker": 2,
        "reducer": "concat-jsonl",
        "backend": "local",
        "output": "artifacts/work.jsonl",
    }
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    (folder / "work.parallel_stage.toml").write_text(text)
    (folder / "grid.json").write_text(json.dumps({"i": list(range(COUNT))}))
    (folder / "stages/work.py").write_text("\n".join(line[4:] for line in WORK.splitlines()) + "\n")
    result = api.run(folder / "work.parallel_stage.toml", api.RunSettings(batch_size=3))
    assert result.path.read_bytes() == expected()
    (folder / "ran.log").unlink()
    return folder


@pytest.fixture
def copy(finished, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, copy_function=os.link)
    return folder


def run_of(folder: Path) -> RunDirectory:
    (path,) = (path for path in (folder / ".agilab/runs/work").iterdir() if path.is_dir())
    return RunDirectory(path)


def ran(folder: Path) -> list[int]:
    log = folder / "ran.log"
    return sorted(map(int, log.read_text().split())) if log.exists() else []


def look_at_everything(folder: Path, run_id: str, capsys, monkeypatch) -> None:
    """Call every verb that reads runs; each answers in JSON, and none of them with an internal error."""
    monkeypatch.chdir(folder)
    for arguments in (
        ["runs"],
        ["attach", run_id],
        ["attach", "work"],
        ["explain", "work"],
        ["logs", run_id],
        ["report", run_id],
        ["stop", run_id],
        ["clean", "--all", "--dry-run"],
        ["check", "work"],
        ["plan", "work"],
    ):
        code = main([*arguments, "--json"])
        told = capsys.readouterr()
        answer = json.loads(told.out)
        assert code in {0, 1, 2}
        assert answer.get("error", {}).get("code") != "internal", (arguments, answer)
        assert "Traceback" not in told.err
        main(arguments)
        told = capsys.readouterr()
        assert "internal error" not in told.err, (arguments, told.err)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILES)
def test_looking_at_a_run_with_a_damaged_file(copy, name, way, capsys, monkeypatch):
    run = run_of(copy)
    WAYS[way](next(iter(sorted(run.path.glob(name))), run.path / name))
    look_at_everything(copy, run.run_id, capsys, monkeypatch)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["data", "path"], ids=["data", "index"])
def test_a_damaged_segment_of_an_earlier_run_is_done_again(copy, kind, way):
    run = run_of(copy)
    index = list(read_indexes(run.segments))[1]
    WAYS[way](getattr(index, kind))
    result = api.run(copy / "work.parallel_stage.toml")
    assert result.path.read_bytes() == expected()
    assert ran(copy) == sorted(index.indexes)
    assert result.reused == COUNT - len(index.indexes)


@pytest.mark.parametrize("way", WAYS)
def test_a_run_with_a_damaged_manifest_gives_nothing(copy, way):
    """Nothing tells any more what its results and its artifact depend on."""
    run = run_of(copy)
    WAYS[way](run.manifest)
    with pytest.raises(OutputError, match="no run of 'work' wrote it"):
        api.run(copy / "work.parallel_stage.toml")
    result = api.run(copy / "work.parallel_stage.toml", api.RunSettings(overwrite=True))
    assert result.path.read_bytes() == expected()
    assert ran(copy) == list(range(COUNT))
    assert api.run(copy / "work.parallel_stage.toml").reused == COUNT


@pytest.mark.parametrize("way", WAYS)
def test_damage_to_all_that_results_do_not_depend_on(copy, way, capsys, monkeypatch):
    run = run_of(copy)
    for name in FILES:
        if name != "manifest.json" and not name.startswith(("segments", "..")):
            WAYS[way](next(iter(sorted(run.path.glob(name)))))
    look_at_everything(copy, run.run_id, capsys, monkeypatch)
    result = api.run(copy / "work.parallel_stage.toml")
    assert result.path.read_bytes() == expected()
    assert (ran(copy), result.reused) == ([], COUNT)


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_lock_is_no_lock(copy, way):
    """Only the lock on the file means anything, not what it holds."""
    lock = run_of(copy).lock
    WAYS[way](lock)
    if way in {"folder", "loop"}:
        with pytest.raises(OutputError, match="cannot be taken"):
            api.run(copy / "work.parallel_stage.toml")
    else:
        assert api.run(copy / "work.parallel_stage.toml").reused == COUNT


@pytest.mark.parametrize("way", [way for way in WAYS if way not in {"folder"}])
def test_a_damaged_artifact_is_the_authors_to_replace(copy, way):
    """It is not as a run of ours left it, so nobody but its owner may say that it is not wanted."""
    contract, artifact = copy / "work.parallel_stage.toml", copy / "artifacts/work.jsonl"
    WAYS[way](artifact)
    if way not in {"missing", "link"}:
        with pytest.raises(
            OutputError, match="leads to itself" if way == "loop" else "no run of 'work' wrote"
        ):
            api.run(contract)
        if way == "loop":
            return
    result = api.run(contract, api.RunSettings(overwrite=True))
    assert result.path.read_bytes() == expected()
    assert ran(copy) == []


@pytest.mark.parametrize("name", [name for name in FILES if name not in {"driver.log", "../lock"}])
def test_every_single_flipped_bit_of_the_small_files_is_noticed_or_harmless(copy, name, capsys, monkeypatch):
    run = run_of(copy)
    victim = next(iter(sorted(run.path.glob(name))))
    whole = victim.read_bytes()
    chance = random.Random(name)
    monkeypatch.chdir(copy)
    for _ in range(40):
        at = chance.randrange(len(whole))
        replaced(victim, whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        for arguments in (
            ["runs"],
            ["attach", run.run_id],
            ["explain", "work"],
            ["clean", "--all", "--dry-run"],
        ):
            main([*arguments, "--json"])
            assert json.loads(capsys.readouterr().out).get("error", {}).get("code") != "internal"


def flipped_segment(run: RunDirectory) -> None:
    index = next(iter(read_indexes(run.segments)))
    damage_flip(index.data)


def swapped_data(run: RunDirectory) -> None:
    first, second, *_ = read_indexes(run.segments)
    one, other = first.data.read_bytes(), second.data.read_bytes()
    replaced(first.data, other)
    replaced(second.data, one)


def swapped_indexes(run: RunDirectory) -> None:
    first, second, *_ = read_indexes(run.segments)
    one, other = first.path.read_bytes(), second.path.read_bytes()
    replaced(first.path, other)
    replaced(second.path, one)


def renamed_index(run: RunDirectory) -> None:
    index = next(iter(read_indexes(run.segments)))
    index.path.rename(index.path.with_name("000000-aaaaaa.index.json"))


def _body(run: RunDirectory) -> tuple[Path, dict]:
    index = next(iter(read_indexes(run.segments)))
    return index.path, json.loads(index.path.read_bytes().split(b"\n")[1])


def index_with_too_many(run: RunDirectory) -> None:
    path, body = _body(run)
    body["indexes"] = [*body["indexes"][:-1], 10_000_000]
    write_index(path, body)


def index_with_negative(run: RunDirectory) -> None:
    path, body = _body(run)
    body["indexes"] = [-1 - index for index in body["indexes"]]
    write_index(path, body)


def index_with_uneven_lists(run: RunDirectory) -> None:
    path, body = _body(run)
    body["lengths"] = body["lengths"][:-1]
    write_index(path, body)


def index_with_wrong_types(run: RunDirectory) -> None:
    path, body = _body(run)
    body["lengths"] = [str(length) for length in body["lengths"]]
    write_index(path, body)


def index_that_leads_out(run: RunDirectory) -> None:
    path, body = _body(run)
    (run.path.parent / "outside.data").write_bytes((path.parent / body["data"]).read_bytes())
    body["data"] = "../../outside.data"
    write_index(path, body)


STRANGE = (
    *(
        flipped_segment,
        swapped_data,
        swapped_indexes,
        renamed_index,
        index_with_too_many,
        index_with_negative,
    ),
    *(index_with_uneven_lists, index_with_wrong_types, index_that_leads_out),
)


@pytest.mark.parametrize("strange", STRANGE, ids=lambda strange: strange.__name__)
def test_strange_segments_of_an_earlier_run(copy, strange, capsys, monkeypatch):
    run = run_of(copy)
    strange(run)
    look_at_everything(copy, run.run_id, capsys, monkeypatch)
    result = api.run(copy / "work.parallel_stage.toml")
    assert result.path.read_bytes() == expected()
    # what was damaged ran again, and never more than that
    assert 0 <= len(ran(copy)) <= 6
    assert result.reused + len(ran(copy)) == COUNT


def partition(i: int, index: int) -> Partition:
    return Partition(index, f"{i:016x}", "parameters", "", 0, 0, 0, "", {"i": i}, 1.0, f"{i:016x}")


def other_result(run: RunDirectory, index: int, data: bytes = b'{"i":-1,"square":-1}\n') -> None:
    """Write one more segment into a run that says something else about a partition."""
    key = next(
        key
        for each in read_indexes(run.segments)
        for at, key in zip(each.indexes, each.keys, strict=True)
        if at == index
    )
    writer = SegmentWriter(run.segments, 0)
    writer.add(partition(index, index), key, Encoded(data, 1, "jsonl"), Used(0.1))
    writer.finish()


def test_two_different_results_of_one_partition_in_an_earlier_run(copy):
    run = run_of(copy)
    other_result(run, 4)
    result = api.run(copy / "work.parallel_stage.toml")
    assert result.path.read_bytes() == expected()
    assert 4 in ran(copy)


def test_the_same_result_twice_in_an_earlier_run_is_taken_once(copy):
    run = run_of(copy)
    other_result(run, 4, b'{"i":4,"square":16}\n')
    result = api.run(copy / "work.parallel_stage.toml")
    assert result.path.read_bytes() == expected()
    assert (ran(copy), result.reused) == ([], COUNT)


def test_segments_of_another_stage_and_another_run_are_not_taken(copy, finished, tmp_path):
    """A run whose first plan indexes are other partitions."""
    contract = copy / "work.parallel_stage.toml"
    run = run_of(copy)
    (copy / "grid.json").write_text(json.dumps({"i": list(range(COUNT))[::-1]}))
    other = copy / "other.parallel_stage.toml"
    other.write_text(contract.read_text().replace('"work"', '"other"').replace("work.jsonl", "other.jsonl"))
    api.run(other, api.RunSettings(batch_size=3))
    (copy / "grid.json").write_text(json.dumps({"i": list(range(COUNT))}))
    (copy / "ran.log").unlink()
    (foreign,) = (path for path in (copy / ".agilab/runs/other").iterdir() if path.is_dir())
    shutil.rmtree(run.segments)
    shutil.copytree(foreign / "segments", run.segments)
    result = api.run(contract)
    assert result.path.read_bytes() == expected()
    assert ran(copy) == list(range(COUNT))


class TestWhileItRuns:
    """Damage to the run that is under way."""

    @pytest.fixture
    def slow(self, stage):
        return stage.module(WORK.replace("0.02", "0.06")).sweep(COUNT)

    def under_way(self, stage, done: int, **settings: object) -> RunWatch:
        watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1, **settings))
        while watch.refresh().finished < done:
            assert not watch.status.ended, watch.status.message
            time.sleep(0.01)
        return watch

    @pytest.mark.parametrize("way", ["cut", "flip", "missing", "folder", "link"])
    @pytest.mark.parametrize("name", ["segments/*.data", "segments/*.index.json"])
    def test_a_segment(self, slow, name, way):
        watch = self.under_way(slow, 3)
        WAYS[way](next(iter(sorted(Path(watch.status.run_dir).glob(name)))))
        status = watch.wait(timeout_s=60)
        assert status.state == "finished", status.message
        assert Path(status.artifact).read_bytes() == expected()
        assert len(ran(slow.folder)) == COUNT + 1

    @pytest.mark.parametrize("strange", STRANGE, ids=lambda strange: strange.__name__)
    def test_strange_segments(self, slow, strange):
        watch = self.under_way(slow, 4)
        strange(RunDirectory(Path(watch.status.run_dir)))
        status = watch.wait(timeout_s=60)
        assert status.state == "finished", status.message
        assert Path(status.artifact).read_bytes() == expected()

    def test_another_result_for_a_partition(self, slow):
        watch = self.under_way(slow, 4)
        run = RunDirectory(Path(watch.status.run_dir))
        index = next(iter(read_indexes(run.segments))).indexes[0]
        other_result(run, index)
        status = watch.wait(timeout_s=60)
        assert status.state == "finished", status.message
        assert Path(status.artifact).read_bytes() == expected()
        assert ran(slow.folder).count(index) == 2

    @pytest.mark.parametrize("way", ["cut", "flip", "missing", "folder", "link"])
    def test_the_plan_is_one_clear_error_and_the_next_run_goes_on(self, slow, way):
        slow.sweep(400)
        slow.module(WORK.replace("0.02", "0.01"))
        watch = self.under_way(slow, 3)
        WAYS[way](Path(watch.status.run_dir) / "plan.jsonl")
        status = watch.wait(timeout_s=60)
        if status.state != "finished":
            assert status.state == "failed"
            assert "plan" in status.message
            assert "Traceback" not in status.message
        result = slow.run(backend="pool")
        assert result.path.read_bytes() == expected(400)
        assert result.reused >= 3

    @pytest.mark.parametrize("way", ["flip", "missing", "folder"])
    @pytest.mark.parametrize(
        "name", ["manifest.json", "spec.json", "code/stages/work.py", "events.jsonl", "plan.json"]
    )
    def test_other_files_do_not_change_the_result(self, slow, name, way, capsys, monkeypatch):
        watch = self.under_way(slow, 3)
        WAYS[way](Path(watch.status.run_dir) / name)
        look_at_everything_of_a_run_under_way(slow.folder, watch.status.run_id, capsys, monkeypatch)
        status = watch.wait(timeout_s=60)
        assert status.ended
        artifact = slow.folder / "artifacts/work.jsonl"
        if artifact.exists():
            assert artifact.read_bytes() == expected()
        result = slow.run(backend="pool", overwrite=True)
        assert result.path.read_bytes() == expected()

    def test_data_that_is_damaged_between_its_check_and_the_end_of_the_merge(self, stage):
        """The reducer itself flips a byte of what it has yet to read."""
        stage.module("""
            def work(i):
                return {"i": i}
            def merge(results):
                import glob, os
                total = 0
                for number, each in enumerate(results):
                    if number == 0 and not os.path.exists("flipped"):
                        open("flipped", "w").close()
                        for path in glob.glob(".agilab/runs/work/*/segments/*.data"):
                            data = open(path, "rb").read()
                            with open(path, "r+b") as file:
                                file.write(data.replace(b'{"i":5}', b'{"i":9}'))
                    total += each["i"]
                return total
        """).sweep(10)
        stage.contract(
            '[reduce]\nfunction = "stages/work.py:merge"\n', reducer="custom", output="artifacts/a.json"
        )
        result = stage.run(batch_size=1)
        assert (stage.folder / "flipped").exists()
        assert json.loads(result.path.read_text()) == sum(range(10))


def look_at_everything_of_a_run_under_way(folder: Path, run_id: str, capsys, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    for arguments in (
        ["runs"],
        ["explain", "work"],
        ["logs", run_id],
        ["report", run_id],
        ["clean", "--all", "--dry-run"],
    ):
        main([*arguments, "--json"])
        answer = json.loads(capsys.readouterr().out)
        assert answer.get("error", {}).get("code") != "internal", (arguments, answer)
