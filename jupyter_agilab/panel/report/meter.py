"""A share as a bar with its figure."""

from __future__ import annotations

from jupyter_agilab.panel.figures import percent
from jupyter_agilab.panel.markup import Markup, element


def meter(part: float, whole: float, *, most: float, planned: bool = False) -> Markup:
    """Draw the share of `whole` that `part` is, in a bar whose full length means `most`."""
    width = 100 * min(1.0, part / most) if most > 0 else 0.0
    bar = element("i", element("b", style=f"width:{width:.1f}%"), aria_hidden="true")
    return element(
        "div", bar, element("span", percent(part, whole)), class_="meter planned" if planned else "meter"
    )
