"""A magic's line: what is in quotes stays together, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.error import UsageError

from jupyter_agilab.magics.parser import MagicParser, name_list, positive, split_line, whole, workers

words = st.text(st.characters(blacklist_characters="\"'", blacklist_categories=("Z", "C")), min_size=1)


@given(st.lists(words))
def test_words_without_quotes_are_split_at_blanks(expected: list[str]) -> None:
    assert split_line("  ".join(expected)) == expected


@given(st.lists(st.text(st.characters(blacklist_characters='"', blacklist_categories=("C",)))))
def test_quoted_words_stay_as_they_are(expected: list[str]) -> None:
    assert split_line(" ".join(f'"{word}"' for word in expected)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"data\new\*.csv", [r"data\new\*.csv"]),
        (r'"C:\my data\*.csv"', [r"C:\my data\*.csv"]),
        ("a#b # c", ["a#b", "#", "c"]),
        ("--input 'it has \"both\"'", ["--input", 'it has "both"']),
        ("--notes=''", ["--notes="]),
        ("", []),
    ],
)
def test_paths_and_marks_are_left_alone(line: str, expected: list[str]) -> None:
    assert split_line(line) == expected


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("12", 12), ("1_000", 1000)])
def test_positive_numbers(text: str, value: int) -> None:
    assert positive(text) == workers(text) == whole(text) == value


def test_zero_and_auto_only_where_they_mean_something() -> None:
    assert whole("0") == 0
    assert workers("auto") == "auto"


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "", "Auto"])
@pytest.mark.parametrize("read", [positive, workers])
def test_other_numbers_are_refused(text: str, read: object) -> None:
    parser = MagicParser("%x", "Do x.")
    parser.add_argument("--n", type=read)
    with pytest.raises(UsageError, match="above 0"):
        parser.read(f"--n={text}")


def test_name_lists() -> None:
    assert name_list("a, b,,c ") == ("a", "b", "c")


@pytest.mark.parametrize("line", ["--sp files", "--spl=files"])
def test_flags_are_not_abbreviated(line: str) -> None:
    parser = MagicParser("%x", "Do x.")
    parser.add_argument("--split")
    with pytest.raises(UsageError):
        parser.read(line)
