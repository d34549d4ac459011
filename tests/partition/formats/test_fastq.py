"""FASTQ and FASTA: qualities that look like titles, records over many lines, and what is none."""

from __future__ import annotations

import random

import pytest

from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition import read


def rows_of(plan, folder):
    return [list(read.iter_rows(partition, folder)) for partition in plan.partitions]


def test_qualities_that_look_like_titles(plan_of, tmp_path, small_windows) -> None:
    rng = random.Random(1)
    lines, expected = [], []
    for number in range(300):
        length = rng.randint(1, 40)
        sequence = "".join(rng.choice("ACGT") for _ in range(length))
        quality = rng.choice("@+") + "".join(rng.choice("@+I") for _ in range(length - 1))
        lines += [f"@r{number}", sequence, "+", quality]
        expected.append((f"r{number}", sequence, quality))
    (tmp_path / "a.fastq").write_text("\n".join(lines) + "\n")
    for sizes in [(8192, 1 << 18), (64, 64), (1, 1)]:
        small_windows(*sizes)
        for strategy in ("file-chunks", "row-chunks"):
            plan = plan_of(tmp_path, input="a.fastq", target_partitions=37, partition_strategy=strategy)
            assert plan.partition_count == 37
            joined = [row for part in rows_of(plan, tmp_path) for row in part]
            assert [(row["id"], row["sequence"], row["quality"]) for row in joined] == expected


def test_some_records_of_many_lines_among_those_of_four(plan_of, tmp_path) -> None:
    four = "@a\nACGT\n+\n@@@@\n"
    more = "@b\nAC\nGT\nA\n+b\n@+\n@a\n+\n"
    (tmp_path / "a.fq").write_text((four * 50 + more + "\n") * 20)
    plan = plan_of(tmp_path, input="a.fq", target_partitions=13)
    rows = [row for part in rows_of(plan, tmp_path) for row in part]
    assert len(rows) == 20 * 51
    assert [row["quality"] for row in rows if row["id"] == "b"] == ["@+@a+"] * 20


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("@a\nACGT\n+\n@@@\n@b\nAC\n+\nII\n", "4 letters and 5 signs of quality"),
        ("@a\nACGT\n+\nIIII\nnone\n", "begins with b'none"),
        ("@a\nACGT\n+\nIIII\n@b\nACG\n", "is not complete"),
    ],
)
def test_what_is_no_fastq_is_told(plan_of, tmp_path, data, told) -> None:
    (tmp_path / "a.fq").write_text(data)
    with pytest.raises(PlanError, match=told):
        plan_of(tmp_path, input="a.fq", target_partitions=2, partition_strategy="row-chunks")
    plan = plan_of(tmp_path, input="a.fq", target_partitions=1)
    with pytest.raises(AgilabError, match=r"a\.fq cannot be read as fastq"):
        rows_of(plan, tmp_path)


@pytest.mark.parametrize(("name", "data"), [("a.fq", ">a\nACGT\n"), ("a.fa", "@a\nACGT\n+\nIIII\n")])
def test_a_file_that_begins_as_another_is_not_cut(plan_of, tmp_path, name, data) -> None:
    (tmp_path / name).write_text(data * 9)
    plan = plan_of(tmp_path, input=name, target_partitions=3)
    assert plan.partition_count == 1
    assert "it does not begin with" in plan.findings[0].message


def test_fasta_records_are_found_across_windows(plan_of, tmp_path, small_windows) -> None:
    data = "".join(f">s{number} a>b\n{'ACGT' * (number % 5)}\nAC\n\n" for number in range(50))
    (tmp_path / "a.fa").write_text("\n" + data)
    for sizes in [(8192, 1 << 18), (1, 1), (3, 7)]:
        small_windows(*sizes)
        for strategy in ("file-chunks", "row-chunks"):
            plan = plan_of(tmp_path, input="a.fa", target_partitions=17, partition_strategy=strategy)
            assert plan.partition_count == 17
            rows = [row for part in rows_of(plan, tmp_path) for row in part]
            assert [row["id"] for row in rows] == [f"s{number}" for number in range(50)]
            assert [row["sequence"] for row in rows] == ["ACGT" * (number % 5) + "AC" for number in range(50)]
