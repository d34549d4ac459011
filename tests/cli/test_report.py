"""``jupyter agilab report``: the page, its summary and its JSON."""

from __future__ import annotations

import pytest


@pytest.fixture
def finished(stage, agilab):
    stage.squares()
    assert agilab("run", "work", "--quiet").code == 0
    return stage


def newest(stage):
    return max((stage.folder / ".agilab/runs/work").glob("*/manifest.json")).parent


def test_the_page_is_written_into_the_run(finished, agilab):
    answer = agilab("report", "work")
    page = newest(finished) / "report.html"
    assert answer.code == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert "All 6 partitions were done" in answer.out
    assert answer.out.rstrip().splitlines()[-1].startswith("report: ")


def test_json(finished, agilab, conforms):
    answer = agilab("report", "work", "--json", "--output", "here.html")
    conforms(answer.json, "report")
    assert answer.json["path"] == "here.html"
    assert (answer.json["state"], answer.json["advice"]) == ("finished", [])
    assert answer.json["size_bytes"] == (finished.folder / "here.html").stat().st_size


def test_a_failed_run_has_a_report_too(stage, agilab):
    stage.sweep(3).module("def work(i):\n    raise ValueError('bad station')\n").contract()
    assert agilab("run", "work", "--quiet").code == 1
    answer = agilab("report", "work")
    assert answer.code == 0
    assert "ValueError: bad station" in answer.out


def test_a_file_that_is_no_report_is_left_alone(finished, agilab):
    notes = finished.folder / "notes.html"
    notes.write_text("mine")
    answer = agilab("report", "work", "--output", "notes.html")
    assert answer.code == 1
    assert "is not a report" in answer.err
    assert notes.read_text() == "mine"


def test_a_run_that_nobody_knows_is_misuse(stage, agilab):
    stage.squares()
    assert agilab("report", "nobody").code == 2


@pytest.mark.parametrize("opens", [True, False])
def test_it_is_opened_where_that_is_asked_for(finished, agilab, monkeypatch, opens):
    asked: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: asked.append(address) or opens)
    answer = agilab("report", "work", "--open")
    assert asked == [(newest(finished) / "report.html").as_uri()]
    assert answer.code == 0
    assert ("open the file yourself" in answer.err) is not opens


def test_it_is_not_opened_by_itself(finished, agilab, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda address: pytest.fail(f"opened {address}"))
    assert agilab("report", "work").code == 0
