"""The tree: what is found, what is passed over, and that only what changed is looked at again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.server.places import Root
from jupyter_agilab.server.tree import folders
from jupyter_agilab.server.tree.index import TreeIndex

CONTRACT = 'name = "{}"\n'


def lay(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONTRACT.format(path.name.split(".")[0]))


def grow_old(root: Path) -> None:
    """Let a tree be as if nobody had touched it for long."""
    for folder, _, names in os.walk(root):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.utime(path, (1.7e9, 1.7e9), follow_symlinks=False)


@pytest.fixture
def index(tmp_path: Path) -> TreeIndex:
    return TreeIndex(Root(tmp_path.resolve()))


def paths(index: TreeIndex) -> list[str]:
    return [entry.path for entry in index.refresh().contracts]


def test_contracts_workflows_and_clusters_are_found(index: TreeIndex, tmp_path: Path) -> None:
    lay(tmp_path, "b/two.parallel_stage.toml", "one.parallel_stage.toml", "a/parallel_stage.toml")
    lay(tmp_path, "a/chain.workflow.toml", "a/pyproject.toml", "a/parallel_stage.toml.bak")
    (tmp_path / "a/clusters.toml").write_text('schema = "x"\n[far]\nkind = "ssh"\npassword = "secret"\n')
    (tmp_path / "b/torn.parallel_stage.toml").write_text("name = [")
    listing = index.refresh()
    assert [(entry.path, entry.stage, entry.is_readable) for entry in listing.contracts] == [
        ("a/parallel_stage.toml", "parallel_stage", True),
        ("b/torn.parallel_stage.toml", "torn", False),
        ("b/two.parallel_stage.toml", "two", True),
        ("one.parallel_stage.toml", "one", True),
    ]
    assert [(entry.path, entry.name) for entry in listing.workflows] == [("a/chain.workflow.toml", "chain")]
    assert listing.to_json()["clusters"] == [
        {
            "path": "a/clusters.toml",
            "folder": "a",
            "is_readable": True,
            "clusters": [{"name": "far", "kind": "ssh"}],
        }
    ]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden/x.parallel_stage.toml",
        "node_modules/p/x.parallel_stage.toml",
        "venv/lib/python3/site-packages/p/x.parallel_stage.toml",
        "a/__pycache__/x.parallel_stage.toml",
        ".agilab/x.parallel_stage.toml",
        ".x.parallel_stage.toml",
    ],
)
def test_what_is_nobodys_work_is_passed_over(index: TreeIndex, tmp_path: Path, name: str) -> None:
    lay(tmp_path, name, "mine.parallel_stage.toml")
    assert paths(index) == ["mine.parallel_stage.toml"]


@pytest.mark.parametrize("sign", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_are_passed_over(index: TreeIndex, tmp_path: Path, sign: str) -> None:
    lay(tmp_path, "env/x.parallel_stage.toml", "env/lib/y.parallel_stage.toml", f"env/{sign}", "env/z/q.toml")
    assert paths(index) == []


def test_links_are_not_followed(index: TreeIndex, tmp_path: Path, tmp_path_factory: Any) -> None:
    outside = tmp_path_factory.mktemp("outside")
    lay(outside, "x.parallel_stage.toml")
    (tmp_path / "link").symlink_to(outside)
    (tmp_path / "x.parallel_stage.toml").symlink_to(outside / "x.parallel_stage.toml")
    (tmp_path / "round").symlink_to(tmp_path)
    assert paths(index) == []


def test_folders_that_cannot_be_read_and_odd_files_do_no_harm(index: TreeIndex, tmp_path: Path) -> None:
    lay(tmp_path, "a/x.parallel_stage.toml")
    (tmp_path / "folder.parallel_stage.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.parallel_stage.toml")
    (tmp_path / "binary.parallel_stage.toml").write_bytes(bytes(range(256)))
    (tmp_path / os.fsdecode(b"\xff.parallel_stage.toml")).write_text("")
    deep = tmp_path / "/".join(["d"] * 150)
    deep.mkdir(parents=True)
    lay(deep, "x.parallel_stage.toml")
    listing = index.refresh()
    assert [entry.is_readable for entry in listing.contracts] == [True, False, True]
    assert not listing.is_whole
    assert listing.to_json()["is_whole"] is False


def test_a_revision_is_kept_while_nothing_changes(index: TreeIndex, tmp_path: Path) -> None:
    lay(tmp_path, "a/x.parallel_stage.toml")
    first = index.refresh()
    assert index.refresh() is first
    (tmp_path / "a/data.csv").touch()
    assert index.refresh() is first
    lay(tmp_path, "b/y.parallel_stage.toml")
    second = index.refresh()
    assert second.revision > first.revision
    (tmp_path / "a/x.parallel_stage.toml").write_text('name = "other"\n')
    third = index.refresh()
    assert third.revision > second.revision
    assert third.contracts[0].stage == "other"
    (tmp_path / "b/y.parallel_stage.toml").unlink()
    assert [entry.stage for entry in index.refresh().contracts] == ["other"]
    assert TreeIndex(Root(tmp_path.resolve())).refresh().revision > first.revision


def test_only_folders_that_changed_are_looked_into(
    index: TreeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, *(f"f{number}/x.parallel_stage.toml" for number in range(50)))
    grow_old(tmp_path)
    looked: list[str] = []
    scandir = os.scandir

    def counted(path: Any) -> Any:
        looked.append(str(path))
        return scandir(path)

    monkeypatch.setattr(folders.os, "scandir", counted)
    assert len(paths(index)) == 50
    assert len(looked) == 51
    looked.clear()
    assert len(paths(index)) == 50
    assert looked == []
    lay(tmp_path, "f7/y.parallel_stage.toml")
    assert len(paths(index)) == 51
    assert looked == [str(tmp_path / "f7")]


def test_two_changes_in_the_same_instant_are_both_seen(index: TreeIndex, tmp_path: Path) -> None:
    lay(tmp_path, "x.parallel_stage.toml")
    times = (tmp_path.stat().st_atime_ns, tmp_path.stat().st_mtime_ns)
    assert len(paths(index)) == 1
    lay(tmp_path, "y.parallel_stage.toml")
    # as a file system that tells times in steps of two seconds
    os.utime(tmp_path, ns=times)
    assert len(paths(index)) == 2


def lay_run(root: Path, kind: str, name: str = "x") -> Path:
    """Make the directory of a run, as yet without its manifest; gives the manifest's path."""
    home = root / f".agilab/{kind}/{name}/20260101-000000-000001"
    home.mkdir(parents=True)
    return home / "manifest.json"


def manifest(kind: str, name: str = "x") -> str:
    schema = "agilab.run.v1" if kind == "runs" else "agilab.workflow_run.v1"
    names = {"stage": name} if kind == "runs" else {"workflow": name}
    return json.dumps({"schema": schema, "run_id": "20260101-000000-000001", "state": "finished", **names})


def run_ids(listing: Any, kind: str) -> list[str]:
    return [run.run_id for run in (listing.runs if kind == "runs" else listing.workflow_runs)]


@pytest.mark.parametrize("kind", ["runs", "workflows"])
def test_a_run_is_seen_whose_manifest_comes_late(index: TreeIndex, tmp_path: Path, kind: str) -> None:
    lay(tmp_path, "x.parallel_stage.toml")
    path = lay_run(tmp_path, kind)
    grow_old(tmp_path)
    index.refresh()
    assert run_ids(index.refresh_if_changed(), kind) == []
    path.write_text(manifest(kind))
    assert run_ids(index.refresh_if_changed(), kind) == ["20260101-000000-000001"]


@pytest.mark.parametrize("kind", ["runs", "workflows"])
def test_the_first_run_is_seen_where_other_things_were_kept_before(
    index: TreeIndex, tmp_path: Path, kind: str
) -> None:
    lay(tmp_path, "x.parallel_stage.toml")
    (tmp_path / ".agilab/migrations").mkdir(parents=True)
    grow_old(tmp_path)
    index.refresh()
    index.refresh_if_changed()
    lay_run(tmp_path, kind).write_text(manifest(kind))
    os.utime(tmp_path, (1.7e9, 1.7e9))
    assert run_ids(index.refresh_if_changed(), kind) == ["20260101-000000-000001"]


def test_a_run_is_seen_that_came_in_the_instant_of_a_look(index: TreeIndex, tmp_path: Path) -> None:
    lay(tmp_path, "x.parallel_stage.toml")
    home = tmp_path / ".agilab/runs/x"
    home.mkdir(parents=True)
    index.refresh()
    times = (home.stat().st_atime_ns, home.stat().st_mtime_ns)
    lay_run(tmp_path, "runs").write_text(manifest("runs"))
    # as a file system that tells times in steps of two seconds
    os.utime(home, ns=times)
    assert run_ids(index.refresh_if_changed(), "runs") == ["20260101-000000-000001"]


def test_nothing_is_looked_at_again_while_no_folder_of_runs_changes(
    index: TreeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, "x.parallel_stage.toml", "a/y.parallel_stage.toml")
    lay_run(tmp_path, "runs").write_text(manifest("runs"))
    (tmp_path / "a/.agilab").mkdir()
    grow_old(tmp_path)
    index.refresh()
    monkeypatch.setattr(index, "refresh_runs", lambda: pytest.fail("it looked again"))
    assert run_ids(index.refresh_if_changed(), "runs") == ["20260101-000000-000001"]


def test_a_tree_that_is_too_large_is_cut_and_says_so(
    index: TreeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_agilab.server.tree.index.MOST_FOLDERS", 10)
    lay(tmp_path, *(f"f{number}/x.parallel_stage.toml" for number in range(50)))
    listing = index.refresh()
    assert not listing.is_whole
    assert 0 < len(listing.contracts) <= 10


async def test_the_route_gives_it_once(ask: Any, make_stage: Any) -> None:
    make_stage("a")
    first = (await ask("GET", "tree")).json
    assert [entry["path"] for entry in first["contracts"]] == ["a/double.parallel_stage.toml"]
    assert first["contracts"][0]["last_run"] is None
    same = (await ask("GET", "tree", since=first["revision"])).json
    assert same == {"revision": first["revision"], "unchanged": True}
    make_stage("b")
    later = (await ask("GET", "tree", since=first["revision"])).json
    assert len(later["contracts"]) == 2
