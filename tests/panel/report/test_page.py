"""The page: complete in itself, harmless whatever a run holds, and built so that everybody can use it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from jupyter_agilab import errors
from jupyter_agilab.panel.report.page import report, write_page
from jupyter_agilab.panel.report.words import headline

STATES = ("finished", "partial", "failed", "stopped", "interrupted", "running", "submitted")


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_page_that_says_so(state, pages, stories):
    assert stories[state].status.state == state
    _, page = pages[state]
    assert headline(stories[state]) in page.text
    assert page.elements[0][0] == "html"


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_loaded(state, pages):
    text, page = pages[state]
    for tag, attributes in page.elements:
        assert tag not in {"img", "iframe", "object", "embed", "audio", "video", "base", "form"}
        assert not {"src", "srcset", "action", "poster", "background", "data", "ping"} & attributes.keys()
        if "href" in attributes and tag != "link":
            assert attributes["href"].startswith("#")
    assert [each["href"] for each in page.all("link")] == ["data:,"]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert not re.search(r"url\(|@import|image-set|expression\(", style)


@pytest.mark.parametrize("state", STATES)
def test_only_our_script_may_run(state, pages):
    _, page = pages[state]
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    data, script = page.scripts
    assert [each.get("type") for each in page.all("script")] == ["application/json", None]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = [each["content"] for each in page.all("meta") if each.get("http-equiv")]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["img-src"] == "data:"
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\(", script)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)
    json.loads(data)


def test_hostile_text_is_shown_as_it_is(pages, hostile):
    text, page = pages["failed"]
    assert hostile in page.text
    assert "<img" not in text
    # names in the script's data too
    assert all("</script><img src=x" in name for name in json.loads(page.scripts[0])["names"])


@pytest.mark.parametrize("state", STATES)
def test_the_page_is_well_built(state, pages):
    _, page = pages[state]
    identities = [each["id"] for _, each in page.elements if "id" in each]
    assert len(identities) == len(set(identities))
    targets = {each["href"][1:] for each in page.all("a")}
    assert targets <= set(identities)
    assert {each["aria-labelledby"] for each in page.all("section")} <= set(identities)
    assert len(page.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(each.get("scope") for each in page.all("th"))
    for tag, each in page.elements:
        if each.get("role") in {"img", "region"}:
            assert each.get("aria-label"), (tag, each)
        if tag == "svg":
            assert each.get("aria-hidden") or each.get("aria-label")
    assert page.all("html")[0]["lang"] == "en"


def test_what_is_new_is_told(pages, stories):
    _, page = pages["finished"]
    assert stories["finished"].previous is not None
    assert "+    seed = 5" not in page.text
    assert "+seed = 5" in page.text
    assert "-        raise ValueError(HOSTILE)" in page.text
    assert "nothing to compare" in pages["failed"][1].text


def test_failures_are_told_by_cause(pages, hostile):
    _, page = pages["partial"]
    [*_, cause] = [text for text in page.texts if text.startswith("2 partitions failed for")]
    assert "1 cause" in cause
    assert 'File "stages/work.py", line 11, in work' in page.text
    assert "i=3, name=" in page.text
    assert f"{hostile} to stderr 3" in page.text or f"{hostile} to stderr" in page.text


def test_a_part_with_nothing_to_say_is_left_out(pages):
    titles = {state: {each["id"] for each in pages[state][1].all("section")} for state in STATES}
    assert "failures" in titles["failed"]
    assert "failures" not in titles["finished"]
    assert not {"comparison", "standouts", "failures", "logs", "advice"} & titles["submitted"]
    assert {"contract", "plan", "timeline", "environment"} <= titles["submitted"]


def test_a_report_replaces_a_report_and_nothing_else(stories, tmp_path):
    path = tmp_path / "here.html"
    assert write_page(stories["finished"], path) == path.stat().st_size
    before = path.read_bytes()
    write_page(stories["failed"], path)
    assert path.read_bytes() != before
    path.write_text("<p>my notes</p>")
    with pytest.raises(errors.OutputError, match="is not a report"):
        write_page(stories["failed"], path)
    assert path.read_text() == "<p>my notes</p>"


def test_a_folder_that_is_not_there_is_told(stories, tmp_path):
    with pytest.raises(errors.OutputError, match="cannot be written"):
        write_page(stories["finished"], tmp_path / "no" / "folder.html")


def test_the_public_function_writes_into_the_run(runs):
    run = runs["finished"]
    folder = run.path.parents[3]
    assert report("work", folder=folder) == run.path / "report.html"
    assert run.report.read_bytes().startswith(b"<!doctype html>")
    with pytest.raises(errors.RunNotFoundError):
        report("nobody", folder=folder)


def test_damaged_files_do_not_keep_it_from_being_written(runs, tmp_path):
    import shutil

    from jupyter_agilab.panel.report.page import page_text
    from jupyter_agilab.run.layout import find_run
    from jupyter_agilab.run.story.story import tell

    for name in ("plan.jsonl", "spec.json", "events.jsonl"):
        folder = tmp_path / name
        shutil.copytree(runs["partial"].path.parents[3], folder)
        run = find_run(folder, "work")
        path: Path = run.path / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] + b"\x00\xff")
        assert page_text(tell(run)).endswith("</html>\n")
