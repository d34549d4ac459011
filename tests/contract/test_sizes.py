from __future__ import annotations

import pytest

from jupyter_agilab.contract.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("2 GiB", 2 * 1024**3),
        ("2GiB", 2 * 1024**3),
        ("500 MB", 500_000_000),
        ("1.5 kB", 1500),
        ("0.1 TB", 100_000_000_000),
        ("1 B", 1),
        (" 3  mib ", 3 * 1024**2),
        ("1 PiB", 1024**5),
        ("0.3 GB", 300_000_000),
    ],
)
def test_sizes(text, size_bytes):
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "text",
    ["", "2", "2 G", "GiB", "-2 GB", "2 GBs", "2,5 GB", "1e3 MB", "0 B", "0.1 B", "2 iB", "٢ GB", "inf GB"],
)
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="size"):
        parse_size(text)
