"""The pictures of the documentation: the program that makes them does what the tour tells."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def size_of(picture: Path) -> tuple[int, int]:
    header = picture.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", header[16:24])
    return width, height


@pytest.mark.slow
def test_the_tour_is_made_from_what_happens(tmp_path, chromium, lab_server):
    """Each step of the tour happens in a real JupyterLab, and its picture shows something."""
    made = subprocess.run(
        [sys.executable, "docs/make_pictures.py", "--only", "tour", "--into", tmp_path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    told = re.findall(r"\(images/(tour-[\w-]+\.png)\)", (ROOT / "docs" / "tour.md").read_text("utf-8"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(told)
    for name in told:
        width, height = size_of(tmp_path / name)
        assert width == 1700
        assert height in {1025, 1660}
        # JupyterLab with nothing in it has a third of that
        assert (tmp_path / name).stat().st_size > 60_000
