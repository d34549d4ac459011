"""A contract's file with two authors: no change of either is ever lost without a word."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.errors import ContractError
from jupyter_agilab.panel.widgets.document import ContractDocument


def edited_by_hand(path: Path, old: str, new: str) -> str:
    text = path.read_text("utf-8").replace(old, new)
    path.write_text(text, "utf-8")
    # editors that are quick may leave size and time as they were
    os.utime(path, ns=(path.stat().st_mtime_ns + 10**7,) * 2)
    return text


def test_a_change_writes_one_value_and_keeps_every_other_byte(contract: Path) -> None:
    before = contract.read_text("utf-8")
    document = ContractDocument(contract)
    document.change(lambda each: replace(each, workers=5))
    assert contract.read_text("utf-8") == before
    assert document.contract is not None
    assert document.contract.workers == 5
    assert document.write()
    assert contract.read_text("utf-8") == before.replace("workers = 2 ", "workers = 5 ")
    assert "+workers = 5" in document.diff()


def test_a_change_on_disk_is_read(contract: Path) -> None:
    document = ContractDocument(contract)
    assert document.poll() == "same"
    edited_by_hand(contract, "workers = 2", "workers = 7")
    assert document.poll() == "changed"
    assert document.contract is not None
    assert document.contract.workers == 7
    assert document.poll() == "same"


def test_a_file_that_was_only_touched_is_the_same(contract: Path) -> None:
    document = ContractDocument(contract)
    edited_by_hand(contract, "", "")
    assert document.poll() == "same"


def test_both_at_once_is_a_conflict_and_nothing_is_written(contract: Path) -> None:
    document = ContractDocument(contract)
    document.change(lambda each: replace(each, workers=5))
    theirs = edited_by_hand(contract, "target_partitions = 0", "target_partitions = 9")
    assert not document.write()
    assert contract.read_text("utf-8") == theirs
    assert document.conflict is not None
    assert "+workers = 5" in document.conflict.diff()
    assert "-target_partitions = 9" in document.conflict.diff()
    assert document.poll() == "conflict"


@pytest.mark.parametrize("through", ["write", "poll"])
def test_keep_mine_writes_the_panels_values_and_keeps_the_files_comments(
    contract: Path, through: str
) -> None:
    document = ContractDocument(contract)
    document.change(lambda each: replace(each, workers=5))
    edited_by_hand(contract, "# a comment that must stay", "# theirs\n# a comment that must stay")
    getattr(document, through)()
    assert document.conflict is not None
    document.keep_mine()
    assert document.conflict is None
    text = contract.read_text("utf-8")
    assert load_contract(contract).workers == 5
    assert text.startswith("# theirs\n# a comment that must stay")
    assert document.poll() == "same"


def test_take_theirs_drops_the_panels_change(contract: Path) -> None:
    document = ContractDocument(contract)
    document.change(lambda each: replace(each, workers=5))
    theirs = edited_by_hand(contract, "workers = 2", "workers = 8")
    document.write()
    document.take_theirs()
    assert contract.read_text("utf-8") == theirs
    assert document.conflict is None
    assert document.contract is not None
    assert document.contract.workers == 8


def test_a_third_change_during_a_conflict_is_seen_too(contract: Path) -> None:
    document = ContractDocument(contract)
    document.change(lambda each: replace(each, workers=5))
    edited_by_hand(contract, "target_partitions = 0", "target_partitions = 9")
    document.write()
    edited_by_hand(contract, "target_partitions = 9", "target_partitions = 10")
    assert document.poll() == "conflict"
    assert document.conflict is not None
    assert "-target_partitions = 10" in document.conflict.diff()


def test_a_file_that_breaks_is_no_contract_until_it_is_repaired(contract: Path) -> None:
    document = ContractDocument(contract)
    edited_by_hand(contract, "workers = 2", "workers = 'many'")
    assert document.poll() == "changed"
    assert document.contract is None
    assert document.file.findings
    edited_by_hand(contract, "workers = 'many'", "workers = 3")
    assert document.poll() == "changed"
    assert document.contract is not None


def test_a_file_that_goes_and_comes_back(contract: Path) -> None:
    text = contract.read_text("utf-8")
    document = ContractDocument(contract)
    contract.unlink()
    assert document.poll() == "changed"
    assert document.contract is None
    contract.write_text(text, "utf-8")
    assert document.poll() == "changed"
    assert document.contract is not None


def test_a_change_that_makes_an_error_is_refused_and_dropped(contract: Path) -> None:
    before = contract.read_text("utf-8")
    document = ContractDocument(contract)
    document.change(lambda each: replace(each, target_partitions=-1))
    with pytest.raises(ContractError):
        document.write()
    assert contract.read_text("utf-8") == before
    assert document.contract is not None
    assert document.contract.target_partitions == 0
