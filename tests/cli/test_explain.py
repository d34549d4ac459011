"""``explain``, ``run --only`` and ``run --force``."""

import pytest

RAISES = """
    def work(i):
        if i in (1, 3):
            raise ValueError(f"no {i}")
        return {"i": i}
"""


def test_before_the_first_run(stage, agilab, conforms):
    stage.squares()
    answer = agilab("explain", "work")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("work: all 6 partitions will run\n")
    assert "never ran" in answer.out
    answer = agilab("explain", "work", "--json")
    conforms(answer.json, "explain")
    assert answer.json["to_run"] == 6
    assert not (stage.folder / ".agilab").exists()


def test_after_an_edit_with_all_partitions(stage, agilab, conforms):
    stage.squares()
    agilab("run", "work", "--quiet")
    assert "nothing will run: all 6 results can be taken over" in agilab("explain", "work").out
    assert "nothing has changed since the results were made" in agilab("explain", "work", "--changed").out
    assert agilab("explain", "work", "--changed", "--json").json["partitions"] == []
    module = stage.folder / "stages/work.py"
    module.write_text(module.read_text().replace("i * i", "i * i * i"))
    answer = agilab("explain", "work", "--changed", "--partitions")
    lines = [line for line in answer.out.splitlines() if "function `work` changed" in line]
    assert len(lines) == 1 + 6
    document = agilab("explain", "work", "--changed", "--json").json
    conforms(document, "explain")
    assert [line["kind"] for line in document["partitions"]] == ["stage"] * 6


def test_only_failed_and_force(stage, agilab):
    stage.sweep(5).module(RAISES).contract()
    stage.path.write_text(stage.path.read_text() + '\n[execution]\non_failure = "finish"\n')
    assert agilab("run", "work", "--quiet").code == 1
    assert "failed last time: ValueError: no 1" in agilab("explain", "work").out
    answer = agilab("run", "work", "--only", "failed", "--json")
    assert (answer.code, answer.json["reused"], answer.json["failed"]) == (1, 3, 2)
    stage.module(RAISES.replace("(1, 3)", "()"))
    answer = agilab("run", "work", "--force", "--json")
    assert (answer.code, answer.json["reused"], answer.json["finished"]) == (0, 0, 5)
    answer = agilab("run", "work", "--only", "2-3", "--force", "--json")
    assert (answer.code, answer.json["reused"], answer.json["finished"]) == (0, 3, 2)


@pytest.mark.parametrize("only", ["9", "x", "failed", "3-1"])
def test_a_choice_that_means_nothing_is_misuse(stage, agilab, only):
    stage.squares()
    answer = agilab("run", "work", "--only", only)
    assert answer.code == 2
    assert "error: " in answer.err
    assert not (stage.folder / "artifacts").exists()


def test_a_bad_contract_has_its_findings(stage, agilab):
    stage.squares().contract(workers=0)
    answer = agilab("explain", "work")
    assert answer.code == 1
    assert "workers must be" in answer.err
