"""The report's colours: contrast by calculation."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from jupyter_agilab.panel.report.style import DARK, LIGHT, style_text

TEXT = ("fg", "soft", "accent", "keyword", "string", "number", "comment", "name")
MARKS = ("done", "reused", "failed", "retry", "lost", "merge", "start")
TONES = ("good", "bad", "warn", "info", "plain")


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


palettes = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


@palettes
@pytest.mark.parametrize(
    ("name", "ground"),
    [*((name, ground) for name in TEXT for ground in ("bg", "raised")), ("fg", "added"), ("fg", "removed")],
)
def test_text_can_be_read(palette, name, ground):
    assert contrast(palette[name], palette[ground]) >= 4.5


@palettes
@pytest.mark.parametrize("name", MARKS)
def test_marks_stand_out(palette, name):
    assert contrast(palette[name], palette["bg"]) >= 3


@palettes
@pytest.mark.parametrize("tone", TONES)
def test_badges_can_be_read(palette, tone):
    assert contrast("#ffffff", palette[tone]) >= 4.5


def test_every_colour_that_is_used_is_there():
    folder = files("jupyter_agilab.panel.report")
    used = set(re.findall(r"var\(--([\w-]+)", folder.joinpath("report.css").read_text("utf-8")))
    drawn = folder.joinpath("view", "timeline.js").read_text("utf-8")
    used |= set(re.findall(r"colours?\(?\.?\(?'(\w+)'", drawn))
    assert set(LIGHT) == set(DARK)
    assert used <= set(LIGHT)
    assert len(style_text()) > 1000


def test_paper_is_white_whatever_the_reader_chose():
    printed = re.search(r"@media print\{(:root.*?)\}\}", style_text())[1]
    assert ":root[data-theme]" in printed
    assert f"--bg:{LIGHT['bg']}" in printed
