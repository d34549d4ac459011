"""The look of all displays: one style sheet, scoped under one class, that follows the theme around it.

Colours come from JupyterLab's variables, else from VS Code's. Where neither is defined, as in a page on the
web, our own palette is used, light or dark as the reader's system is. It brings its own background,
so that text never stands on a colour that it was not chosen for.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_agilab.panel.markup import Markup, element

LIGHT: Mapping[str, str] = {
    "bg": "#ffffff",
    "fg": "#1f2328",
    "line": "#c4c9cf",
    "keyword": "#7a1fa2",
    "string": "#1b6e3c",
    "number": "#9a4a00",
    "comment": "#5b6570",
    "name": "#1f4fa3",
}
DARK: Mapping[str, str] = {
    "bg": "#1b1e23",
    "fg": "#e4e6e9",
    "line": "#4a5059",
    "keyword": "#d7a6f0",
    "string": "#8fd6a4",
    "number": "#f0b37a",
    "comment": "#a3acb6",
    "name": "#9cc3ff",
}
"""Our own palette; text colours have a contrast of at least 4.5 : 1 on ``bg``."""

TONES: Mapping[str, str] = {
    "good": "#1a6e3d",
    "bad": "#b3261e",
    "warn": "#855300",
    "info": "#2a5d9f",
    "plain": "#5b6570",
}
"""Backgrounds of badges under white text, the same in every theme."""

_BARS: Mapping[str, str] = {
    "good": "#2e9e5f",
    "bad": "#dd5146",
    "warn": "#c98212",
    "info": "#3f83cf",
    "plain": "#8a939c",
}
"""Fills of bars: at least 3 : 1 against both white and dark grey."""

_THEME: Mapping[str, str] = {
    "bg": "--jp-layout-color1,var(--vscode-editor-background,{})",
    "fg": "--jp-content-font-color1,var(--vscode-foreground,{})",
    "line": "--jp-border-color1,var(--vscode-panel-border,{})",
    "keyword": "--jp-mirror-editor-keyword-color,{}",
    "string": "--jp-mirror-editor-string-color,{}",
    "number": "--jp-mirror-editor-number-color,{}",
    "comment": "--jp-content-font-color2,{}",
    "name": "--jp-mirror-editor-def-color,{}",
}

_SCOPE = ".agilab.agilab"
"""Said twice, so that our rules win over those that the page has for tables and lists."""

_RULES = """
.agilab{background:var(--ag-bg);color:var(--ag-fg);border:1px solid var(--ag-line);border-radius:6px;
 padding:.75em 1em;margin:.25em 0;max-width:72em;box-sizing:border-box;overflow-wrap:anywhere;
 font-family:var(--jp-content-font-family,system-ui,-apple-system,"Segoe UI",sans-serif);
 font-size:var(--jp-ui-font-size1,13px);line-height:1.5}
& *{box-sizing:border-box}
& p{margin:.35em 0}
& .ag-head{display:flex;flex-wrap:wrap;align-items:baseline;gap:.3em .6em;margin:0 0 .5em}
& .ag-title{font-size:1.15em;font-weight:600}
& .ag-soft{opacity:.82}
& .ag-badge{display:inline-block;padding:0 .5em;border-radius:3px;font-size:.85em;font-weight:600;
 line-height:1.6;color:#fff;white-space:nowrap}
& .ag-boxes{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13em),1fr));gap:.6em;
 margin:.5em 0}
& .ag-box{border:1px solid var(--ag-line);border-left:4px solid var(--ag-line);border-radius:4px;
 padding:.4em .7em;min-width:0}
& .ag-box-head{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;
 gap:.2em .6em;font-weight:600}
& .ag-facts{display:flex;flex-wrap:wrap;gap:.4em 1.6em;margin:.5em 0;padding:0}
& .ag-facts div{min-width:0;margin:0}
& .ag-facts dt{font-size:.85em;font-weight:400;opacity:.82;margin:0;padding:0;float:none;width:auto}
& .ag-facts dd{margin:0;padding:0;float:none;width:auto;font-weight:600;font-variant-numeric:tabular-nums}
& .ag-scroll{overflow-x:auto;margin:.4em 0}
& table{border-collapse:collapse;border:0;margin:0;font-size:1em;color:inherit;width:auto;min-width:50%;
 table-layout:auto}
& caption{caption-side:top;text-align:left;font-weight:600;padding:.2em 0;color:inherit}
& .ag-unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
 white-space:nowrap}
& .ag-lines{white-space:pre-line}
& .ag-part{font-weight:600;margin:.7em 0 0}
& th,& td{text-align:left;vertical-align:top;padding:.2em .9em .2em 0;border:0;
 border-bottom:1px solid var(--ag-line);background:none;color:inherit;max-width:36em;white-space:normal;
 overflow-wrap:break-word}
& tbody tr:nth-child(n){background:none}
& thead th{font-weight:600;font-size:.9em}
& tbody th{font-weight:600}
& tbody tr:last-child>*{border-bottom:0}
& th.ag-number,& td.ag-number{text-align:right;font-variant-numeric:tabular-nums;
 white-space:nowrap}
& code,& pre{font-family:var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace);
 font-size:.94em;color:inherit;background:none;border:0;padding:0}
& pre{margin:.3em 0;padding:.5em .7em;border:1px solid var(--ag-line);border-radius:4px;max-height:32em;
 overflow:auto;white-space:pre-wrap;line-height:1.4}
& details{margin:.35em 0}
& summary{cursor:pointer;font-weight:600}
& summary:focus-visible,& .ag-scroll:focus-visible{outline:2px solid #3f83cf;outline-offset:2px}
& .ag-bar{height:.75em;min-width:6em;border:1px solid var(--ag-line);border-radius:3px;overflow:hidden;
 margin:.35em 0}
& .ag-bar span{display:block;height:100%}
& ul{margin:.3em 0;padding:0;list-style:none}
& ul li{margin:.35em 0;padding:0 0 0 .7em;border-left:3px solid var(--ag-line)}
& .ag-k{color:var(--ag-keyword);font-weight:600}
& .ag-s{color:var(--ag-string)}
& .ag-m{color:var(--ag-number)}
& .ag-c{color:var(--ag-comment);font-style:italic}
& .ag-n{color:var(--ag-name)}
""".strip()


def _variables(palette: Mapping[str, str]) -> str:
    return ";".join(f"--ag-{name}:var({_THEME[name].format(colour)})" for name, colour in palette.items())


def style_text() -> str:
    """Give the whole style sheet; it needs no network and touches nothing outside the class ``agilab``."""
    rules = [
        f".agilab{{{_variables(LIGHT)}}}",
        f"@media(prefers-color-scheme:dark){{.agilab{{{_variables(DARK)}}}}}",
        f".vscode-light .agilab{{{_variables(LIGHT)}}}",
        f".vscode-dark .agilab{{{_variables(DARK)}}}",
        _RULES,
    ]
    rules += [f"& .ag-badge.ag-{tone}{{background:{colour}}}" for tone, colour in TONES.items()]
    rules += [f"& .ag-bar .ag-{tone}{{background:{colour}}}" for tone, colour in _BARS.items()]
    rules += [
        f"& .ag-box.ag-{tone},& li.ag-{tone}{{border-left-color:{colour}}}" for tone, colour in _BARS.items()
    ]
    return "\n".join(rules).replace("&", _SCOPE)


def card(label: str, *content: object) -> Markup:
    """Put a display's content into the box that the style sheet is about; `label` is for screen readers."""
    return element(
        "div",
        element("style", Markup(style_text())),
        *content,
        class_="agilab",
        role="group",
        aria_label=label,
    )
