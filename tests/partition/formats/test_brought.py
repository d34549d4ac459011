"""Formats that other packages bring by an entry point."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_agilab.contract.load import check_text
from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition import read
from jupyter_agilab.partition.formats import load

PARAGRAPHS = '''
"""Text in paragraphs, with an empty line between two of them."""

import numpy as np

from jupyter_agilab.partition.formats.record_format import RecordFormat
from jupyter_agilab.partition.streams import open_text


class ParagraphRecords:
    looks_back = False

    def header_end(self, file):
        return 0

    def content_start(self, file, start):
        while file.read(start, start + 1) == b"\\n":
            start += 1
        return start

    def next_start(self, file, wanted, known):
        text = file.read(max(wanted - 2, 0), file.size)
        found = text.find(b"\\n\\n")
        return file.size if found < 0 else self.content_start(file, max(wanted - 2, 0) + found)

    def ends(self, file, start):
        while start < file.size:
            start = self.next_start(file, start + 2, start)
            yield np.array([start])


class Paragraphs(RecordFormat):
    name = "paragraphs"
    suffixes = (".para",)

    def records_of(self, look):
        return ParagraphRecords()

    def all_rows(self, piece):
        with open_text(piece.partition, piece.folder, piece.options) as stream:
            for text in stream.read().split("\\n\\n"):
                if text.strip():
                    yield {"text": text.strip()}


FORMAT = Paragraphs()
'''


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package with an entry point, as pip would."""

    def install(entry: str, source: str = PARAGRAPHS) -> None:
        site = tmp_path / "site"
        info = site / "paragraphs-1.0.dist-info"
        info.mkdir(parents=True)
        (site / "paragraphs_format.py").write_text(source)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: paragraphs\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[jupyter_agilab.formats]\n{entry}\n")
        monkeypatch.syspath_prepend(str(site))

    load.load_format.cache_clear()
    load.brought_for.cache_clear()
    yield install
    load.load_format.cache_clear()
    load.brought_for.cache_clear()
    sys.modules.pop("paragraphs_format", None)


def write(folder: Path, name: str) -> list[dict[str, str]]:
    (folder / "data").mkdir(exist_ok=True)
    texts = [f"paragraph {number}\nof two lines" for number in range(20)]
    (folder / "data" / name).write_text("\n\n".join(texts) + "\n")
    return [{"text": text} for text in texts]


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_its_suffix_is_enough(plan_of, installed, tmp_path, strategy) -> None:
    installed("paragraphs = paragraphs_format:FORMAT")
    expected = write(tmp_path, "a.para")
    plan = plan_of(tmp_path, input="data/*.para", target_partitions=6, partition_strategy=strategy)
    assert [partition.format for partition in plan.partitions] == ["paragraphs"] * 6
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert rows == expected
    assert read.pandas_frame(plan.partitions[0], tmp_path)["text"].tolist() == [
        row["text"] for row in expected[: len(read.pandas_frame(plan.partitions[0], tmp_path))]
    ]
    whole = plan_of(tmp_path, input="data/*.para", partition_strategy="one-file-per-partition")
    assert list(read.iter_rows(whole.partitions[0], tmp_path)) == expected


def test_a_contract_may_name_it(plan_of, installed, tmp_path) -> None:
    installed("paragraphs = paragraphs_format:FORMAT")
    expected = write(tmp_path, "a.txt")
    table = PartitionTable(format="paragraphs")
    plan = plan_of(tmp_path, input="data/*.txt", target_partitions=6, partition=table)
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert (plan.partition_count, rows) == (6, expected)
    found = check_text('[partition]\nformat = "paragraphs"\n').findings
    assert not [finding for finding in found if finding.key == "partition.format"]


def test_it_is_not_imported_for_formats_that_are_known(plan_of, installed, tmp_path) -> None:
    installed("paragraphs = paragraphs_format:FORMAT", "raise RuntimeError('imported')")
    write(tmp_path, "a.txt")
    (tmp_path / "data" / "b.png").write_bytes(b"\x89PNG")
    (tmp_path / "data" / "Makefile").write_bytes(b"all:")
    assert plan_of(tmp_path, input="data/*", target_partitions=9).partition_count == 9
    found = check_text('[partition]\nformat = "paragraphs"\n').findings
    assert not [finding for finding in found if finding.key == "partition.format"]
    assert "paragraphs_format" not in sys.modules


@pytest.mark.parametrize(
    ("entry", "source", "told"),
    [
        ("paragraphs = paragraphs_format:FORMAT", "raise RuntimeError('broken inside')", "broken inside"),
        ("paragraphs = paragraphs_format:NONE", PARAGRAPHS, "cannot be imported"),
        ("paragraphs = paragraphs_format:FORMAT", "FORMAT = 3", "is a int, not a Format"),
    ],
)
def test_one_that_is_broken_is_told(plan_of, installed, tmp_path, entry, source, told) -> None:
    installed(entry, source)
    write(tmp_path, "a.para")
    with pytest.raises(PlanError, match=told):
        plan_of(tmp_path, input="data/*.para", target_partitions=3)


def test_one_of_ours_cannot_be_replaced(plan_of, installed, tmp_path) -> None:
    installed("csv = paragraphs_format:FORMAT", "raise RuntimeError('imported')")
    (tmp_path / "a.csv").write_text("a\n1\n")
    plan = plan_of(tmp_path, target_partitions=1)
    assert list(read.iter_rows(plan.partitions[0], tmp_path)) == [{"a": "1"}]


def test_a_format_that_nobody_brings(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(PlanError, match="there is no format 'paragraphs'"):
        plan_of(tmp_path, target_partitions=1, partition=PartitionTable(format="paragraphs"))
    found = check_text('[partition]\nformat = "paragraphs"\n').findings
    assert [finding.code for finding in found if finding.key == "partition.format"] == [
        "contract.table-value"
    ]
    with pytest.raises(AgilabError):
        load.load_format("paragraphs")
