"""The few shapes that the panel's controls are made of, each with a name for those who do not see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from jupyter_agilab.panel.markup import Markup, element, joined

_WIDE = {"description_width": "9em"}


def text_box(markup: Markup | str = "") -> Any:
    """Make a box for HTML in the panel's style; `set_markup` fills it."""
    box = ipywidgets.HTML()
    set_markup(box, markup)
    return box


def set_markup(box: Any, markup: Markup | str | None) -> None:
    """Put HTML into a box; nothing hides it."""
    value = str(element("div", markup, class_="agilab ag-flat")) if markup else ""
    if box.value != value:
        box.value = value
    # an empty box would still take its margins
    display = None if value else "none"
    if box.layout.display != display:
        box.layout.display = display


def button(text: str, told: str, do: Callable[[], None], *, style: str = "", icon: str = "") -> Any:
    """Make a button; `told` says what it does."""
    made = ipywidgets.Button(
        description=text, tooltip=told, button_style=style, icon=icon, layout={"width": "auto"}
    )
    made.on_click(lambda _: do())
    return made


def choice(name: str, told: str, options: Sequence[Any], value: Any, change: Callable[[Any], None]) -> Any:
    """Make a list to choose from."""
    made = ipywidgets.Dropdown(
        options=options,
        value=value,
        description=name,
        tooltip=told,
        style=_WIDE,
        layout={"width": "auto", "max_width": "34em"},
    )
    made.observe(lambda event: change(event["new"]), "value")
    return made


def slider(name: str, told: str, value: int, least: int, most: int, change: Callable[[int], None]) -> Any:
    """Make a slider for whole numbers, to be put into a `row`; its number can be typed as well."""
    made = ipywidgets.IntSlider(
        value=value,
        min=least,
        max=most,
        description=name,
        tooltip=told,
        style=_WIDE,
        # beside another control it must not shrink to nothing; in a column this would be its height
        layout={"width": "auto", "max_width": "34em", "flex": "1 1 24em"},
    )
    made.observe(lambda event: change(event["new"]), "value")
    return made


def line(name: str, told: str, value: str, change: Callable[[str], None]) -> Any:
    """Make a line to type in; a change counts when it is left or entered."""
    made = ipywidgets.Text(
        value=value,
        description=name,
        tooltip=told,
        continuous_update=False,
        style=_WIDE,
        layout={"width": "auto", "max_width": "34em"},
    )
    made.observe(lambda event: change(event["new"]), "value")
    return made


def row(*children: Any) -> Any:
    """Put widgets beside one another; they wrap where it is narrow."""
    return ipywidgets.HBox(children, layout={"flex_flow": "row wrap", "align_items": "center"})


def column(*children: Any) -> Any:
    """Put widgets below one another."""
    return ipywidgets.VBox(children)


def shown(widget: Any, is_shown: bool) -> None:
    """Show or hide a widget."""
    display = None if is_shown else "none"
    if widget.layout.display != display:
        widget.layout.display = display


def paragraphs(*texts: object) -> Markup:
    """Give each text as a paragraph; None and empty ones are left out."""
    return joined(element("p", text) for text in texts if text)


def set_value(widget: Any, value: Any, **limits: Any) -> None:
    """Set what a control shows; the caller keeps its observers quiet."""
    for name, limit in limits.items():
        if getattr(widget, name) != limit:
            setattr(widget, name, limit)
    if widget.value != value:
        widget.value = value
