"""The style sheet: contrast by calculation, and no reach beyond its class."""

from __future__ import annotations

import re

import pytest

from jupyter_agilab.panel.style import _BARS, DARK, LIGHT, TONES, card, style_text


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["fg", "keyword", "string", "number", "comment", "name"])
def test_text_can_be_read_on_its_background(palette: dict[str, str], name: str) -> None:
    assert contrast(palette[name], palette["bg"]) >= 4.5


@pytest.mark.parametrize("tone", TONES)
def test_badges_can_be_read(tone: str) -> None:
    assert contrast("#ffffff", TONES[tone]) >= 4.5


@pytest.mark.parametrize("background", ["#ffffff", "#111111", "#212121", "#1b1e23"])
@pytest.mark.parametrize("tone", _BARS)
def test_bars_stand_out_from_light_and_dark_pages(tone: str, background: str) -> None:
    assert contrast(_BARS[tone], background) >= 3


def test_faint_text_can_still_be_read() -> None:
    opacity = float(re.search(r"\.ag-soft\{opacity:([.\d]+)\}", style_text())[1])  # type: ignore[index]  # it is there
    for palette in (LIGHT, DARK):
        front, back = ([int(palette[name][at : at + 2], 16) for at in (1, 3, 5)] for name in ("fg", "bg"))
        mixed = [round(opacity * a + (1 - opacity) * b) for a, b in zip(front, back, strict=True)]
        assert contrast("#{:02x}{:02x}{:02x}".format(*mixed), palette["bg"]) >= 4.5


def test_every_rule_is_about_our_own_class() -> None:
    plain = re.sub(r"@media[^{]*\{(.*?\})\}", r"\1", style_text())
    selectors = [
        selector for rule in re.findall(r"([^{}]+)\{[^{}]*\}", plain) for selector in rule.split(",")
    ]
    assert len(selectors) > 40
    assert all(".agilab" in selector for selector in selectors)


def test_nothing_is_fetched_and_nothing_is_run() -> None:
    made = card("x", "y")
    assert not re.search(r"url\(|@import|https?:|<script|javascript:", made)
    assert not re.search(r"[^-]width:\d+px", made.replace("width:1px", ""))
