"""The look of the report: two palettes, and the rules in ``report.css``.

Unlike a display in a notebook, the report is a page of its own, so it sets the whole page's colours. The
colours of marks follow Okabe and Ito's set, which people with any form of colour blindness can tell apart
(https://jfly.uni-koeln.de/color/), darkened or lightened until they stand out 3 : 1 from the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

LIGHT: Mapping[str, str] = {
    "bg": "#ffffff",
    "raised": "#f5f7f9",
    "fg": "#1c2127",
    "soft": "#56606b",
    "line": "#d5dae0",
    "accent": "#0a5fa8",
    "added": "#e2f3e8",
    "removed": "#fbe6e1",
    "done": "#0072b2",
    "reused": "#6f7c89",
    "failed": "#c8460b",
    "retry": "#a86a00",
    "lost": "#a2428c",
    "merge": "#00805c",
    "start": "#8a939c",
    "good": "#1a6e3d",
    "bad": "#b3261e",
    "warn": "#855300",
    "info": "#2a5d9f",
    "plain": "#5b6570",
    "keyword": "#7a1fa2",
    "string": "#1b6e3c",
    "number": "#9a4a00",
    "comment": "#5b6570",
    "name": "#1f4fa3",
}
DARK: Mapping[str, str] = {
    "bg": "#14171b",
    "raised": "#1c2026",
    "fg": "#e6e9ec",
    "soft": "#a4aeb8",
    "line": "#363d46",
    "accent": "#7cbcf5",
    "added": "#14351f",
    "removed": "#43201a",
    "done": "#56b4e9",
    "reused": "#8896a3",
    "failed": "#ff8150",
    "retry": "#f0b429",
    "lost": "#e08cc8",
    "merge": "#3cc99a",
    "start": "#7b8794",
    "good": "#1a6e3d",
    "bad": "#b3261e",
    "warn": "#855300",
    "info": "#2a5d9f",
    "plain": "#5b6570",
    "keyword": "#d7a6f0",
    "string": "#8fd6a4",
    "number": "#f0b37a",
    "comment": "#a3acb6",
    "name": "#9cc3ff",
}
"""Text colours (``fg``, ``soft``, ``accent``, those of source) have 4.5 : 1 on ``bg`` and ``raised``; tones
are backgrounds under white text."""


def style_text() -> str:
    """Give the whole style sheet: light or dark as the system is or the reader chose, light on paper."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return "\n".join(
        [
            f":root{{color-scheme:light;{light}}}",
            f"@media(prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}",
            f":root[data-theme=light]{{color-scheme:light;{light}}}",
            f":root[data-theme=dark]{{color-scheme:dark;{dark}}}",
            f"@media print{{:root,:root[data-theme]{{color-scheme:light;{light}}}}}",
            files("jupyter_agilab.panel.report").joinpath("report.css").read_text("utf-8"),
        ]
    )


def _variables(palette: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in palette.items())
