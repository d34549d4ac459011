"""The rule machine_paths: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.home-path"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("open('/home/me/x.csv').read() + path", "", [("warning", 1)]),
        ("base = r'C:\\Users\\me\\data'\nbase + path", "", [("warning", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("open('/data/x.csv').read() + path", ""),
        ("'~/x' + path", ""),
        ("'/homes/x' + path", ""),
        ("'see /home/me' + path", ""),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []


@pytest.mark.parametrize(
    "cell",
    [
        "password = 'hunter22'\npath + password",
        "connect(path, api_key='k-123456789')",
        "url = 'https://me:secret@example.org/'\nurl + path",
        "'ghp_" + "a" * 36 + "' + path",
    ],
)
def test_secrets_in_the_cell_are_refused_once(told: Callable[..., list[object]], cell: str) -> None:
    assert told(cell, "extract.secret", "def connect(*a, **k): ...\n") == [("error", 1)]


@pytest.mark.parametrize(
    "cell", ["pad_token = '<pad>'\npath", "password = ''\npath", "token_count = 'many'\npath"]
)
def test_what_is_no_secret(told: Callable[..., list[object]], cell: str) -> None:
    assert told(cell, "extract.secret") == []
