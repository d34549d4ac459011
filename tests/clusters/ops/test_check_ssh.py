"""A check of real SSH servers: each thing that can be wrong has a sentence of its own."""

import json
import shutil

import pytest

from jupyter_agilab import api
from jupyter_agilab.cli import main
from jupyter_agilab.errors import ClusterError


def cell(report, host, aspect):
    """Give a cell; every other cell of all rows must be good."""
    rows = {row.host: row for row in report.rows}
    others = [
        (row.host, name, each.told)
        for row in report.rows
        for name, each in row.cells.items()
        if each.state == "failed" and (row.host, name) != (host, aspect)
    ]
    assert not others
    assert not report.ok
    assert rows[host].cells[aspect].state == "failed"
    assert rows[host].cells[aspect].remedy
    return rows[host].cells[aspect]


def test_a_good_cluster_has_nothing_wrong_and_keeps_no_file(project, capsys):
    project.cluster()
    before = sorted(project.folder.rglob("*"))
    report = api.check_cluster("two", project.path)
    assert report.sentences() == []
    assert report.ok
    assert [row.host for row in report.rows] == [project.hosts.first, project.hosts.second]
    seen = {"reached", "signed-in", "python", "packages", "share", "input", "clock", "cores", "memory"}
    assert all(set(row.cells) == seen for row in report.rows)
    assert sorted(project.folder.rglob("*")) == before
    assert main(["cluster", "check", "two", str(project.path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert [row["host"] for row in told["rows"]] == [project.hosts.first, project.hosts.second]


def test_a_host_that_is_down(project):
    hosts = project.hosts
    project.cluster(hosts={hosts.first: 1, hosts.nobody: 1})
    found = cell(api.check_cluster("two", project.path), hosts.nobody, "reached")
    assert "no SSH server listens" in found.told
    assert "hosts" in found.remedy


def test_an_unknown_host_key(project):
    hosts = project.hosts
    known = project.home / "known"
    lines = (hosts.folder / "known_hosts").read_text().splitlines()
    known.write_text("".join(f"{line}\n" for line in lines if hosts.second not in line))
    project.cluster(known_hosts=str(known))
    found = cell(api.check_cluster("two", project.path), hosts.second, "signed-in")
    assert "host key is not known" in found.told
    assert "ssh-keyscan -p" in found.remedy
    assert hosts.second in found.remedy


def test_no_key(project):
    hosts = project.hosts
    project.cluster(hosts={hosts.first: 1}, key_file=str(hosts.folder / "id_wrong"))
    found = cell(api.check_cluster("two", project.path), hosts.first, "signed-in")
    assert "accepts no key" in found.told
    assert "ssh-copy-id" in found.remedy


def test_another_python(project, require):
    other = require("pypy3")
    hosts = project.hosts
    hosts.instead(project.python, project.program(project.home / "other", other))
    report = api.check_cluster("two", project.path)
    rows = {row.host: row for row in report.rows}
    found = rows[hosts.second].cells["python"]
    assert found.state == "failed"
    assert "its Python is 3." in found.told
    assert "this one is" in found.told
    assert "cluster install two" in found.remedy
    assert not rows[hosts.first].failed


def test_no_python(project):
    hosts = project.hosts
    empty = project.home / "empty"
    empty.mkdir()
    hosts.instead(project.python.parent, empty)
    found = cell(api.check_cluster("two", project.path), hosts.second, "python")
    assert f"no Python at {project.python}" in found.told


def test_a_package_that_is_missing(project):
    hosts = project.hosts
    empty = project.home / "empty"
    empty.mkdir()
    hosts.instead(project.site, empty)
    found = cell(api.check_cluster("two", project.path), hosts.second, "packages")
    assert found.told == "it lacks aid_lib 1.0"
    assert "cluster install two" in found.remedy


def test_another_version(project):
    hosts = project.hosts
    hosts.instead(project.site, project.library("2.0", project.home / "newer"))
    found = cell(api.check_cluster("two", project.path), hosts.second, "packages")
    assert found.told == "it has aid_lib 2.0 (here 1.0)"


def test_a_share_that_is_missing(project):
    hosts = project.hosts
    empty = project.home / "empty"
    empty.mkdir()
    hosts.instead(project.folder.parent, empty)
    report = api.check_cluster("two", project.path)
    rows = {row.host: row for row in report.rows}
    found = rows[hosts.second].cells["share"]
    assert (found.state, found.told) == ("failed", f"there is no folder {project.folder}")
    assert "mount" in found.remedy
    assert not rows[hosts.first].failed


def test_a_share_that_is_another_folder(project):
    hosts = project.hosts
    other = project.home / "other"
    shutil.copytree(project.folder, other)
    hosts.instead(project.folder, other)
    found = cell(api.check_cluster("two", project.path), hosts.second, "share")
    assert "another folder" in found.told


def test_a_share_that_is_read_only(project):
    hosts = project.hosts
    hosts.instead(project.folder, project.folder)
    hosts.alone("mount", "-o", "remount,bind,ro", project.folder)
    found = cell(api.check_cluster("two", project.path), hosts.second, "share")
    assert "not writable" in found.told
    assert "read-only" in found.told


def test_an_input_that_cannot_be_read(project):
    hosts = project.hosts
    empty = project.home / "empty"
    empty.mkdir()
    hosts.instead(project.folder / "data", empty)
    found = cell(api.check_cluster("two", project.path), hosts.second, "input")
    assert "cannot read" in found.told
    assert "data/0.csv" in found.told


@pytest.mark.parametrize("who", ["cluster", "contract"])
def test_too_little_memory(project, who):
    hosts = project.hosts
    if who == "cluster":
        project.cluster(hosts={hosts.first: 2}, memory="900 GB")
    else:
        project.cluster(hosts={hosts.first: 2})
        project.path.write_text(project.path.read_text() + '\n[execution]\nmemory = "900 GB"\n')
    found = cell(api.check_cluster("two", project.path), hosts.first, "memory")
    assert "900 GB" in found.told
    assert "slots" in found.remedy


def test_gpus_that_nobody_has(project):
    project.cluster(hosts={project.hosts.first: 1}, gpus=1)
    found = cell(api.check_cluster("two", project.path), project.hosts.first, "gpu")
    assert "it has none" in found.told


def test_too_many_slots_are_a_warning(project):
    project.cluster(hosts={project.hosts.first: 64})
    report = api.check_cluster("two", project.path)
    assert report.ok
    (sentence,) = report.sentences(["warning"])
    assert "64 threads" in sentence


def test_everything_is_told_at_once_and_the_exit_code_says_so(project, capsys):
    hosts = project.hosts
    empty = project.home / "empty"
    empty.mkdir()
    hosts.instead(project.site, empty)
    hosts.instead(project.folder / "data", empty)
    project.cluster(hosts={hosts.first: 1, hosts.second: 1, hosts.nobody: 1})
    assert main(["cluster", "check", "two", str(project.path)]) == 1
    out, err = capsys.readouterr()
    for words in ("no SSH server listens", "it lacks aid_lib", "cannot read"):
        assert words in out + err
    assert main(["cluster", "check", "two", str(project.path), "--json"]) == 1
    assert not json.loads(capsys.readouterr().out)["ok"]


def test_a_cluster_that_there_is_not(project):
    with pytest.raises(ClusterError, match="twoo") as refused:
        api.check_cluster("twoo", project.path)
    assert "two" in str(refused.value)
