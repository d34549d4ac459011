"""Change single values of a TOML text and leave every other byte as it is.

Comments, order, spacing, quoting and line ends stay, because an edit replaces, adds or removes just the
characters of one key. Parsing and writing the whole document again would lose some of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_agilab.contract.layout import Entry, Header, KeyPath, Layout, scan
from jupyter_agilab.contract.render import render_key, render_value

Names = tuple[str, ...]


def put(text: str, path: Names, value: Any, *, behind: Sequence[str] = (), above: str = "") -> str:
    """Set the value of a key, adding the key and its table where they are missing.

    Parameters
    ----------
    text
        Valid TOML; what stands around the key must be tables.
    path
        The key.
    value
        What TOML can hold (see `render_value`).
    behind
        Top-level keys that a new top-level key goes behind, in the order wished for.
    above
        A table that a new table goes above; else new tables go to the end.

    Raises
    ------
    jupyter_agilab.contract.render.NotToml
        The value cannot be written.
    """
    layout = scan(text)
    entry = layout.entry(path)
    if entry is not None:
        return text[: entry.start] + _value(value, layout, entry) + text[entry.stop :]
    below = list(layout.below(path))
    if below:
        # a table of several keys becomes one value: in the place of its first dotted key, where it has any
        dotted_key = next(
            (part for part in below if isinstance(part, Entry) and len(_base(part)) < len(path)), None
        )
        if dotted_key is not None:
            key = render_key(path[len(_base(dotted_key)) :])
            pair = f"{key} = {render_value(value)}"
            text = text[: dotted_key.key_start] + pair + text[dotted_key.stop :]
            return remove(text, path, keep_key=True)
        layout = scan(remove(text, path))
    table = path[:-1]
    around = layout.entry(table) if table else None
    if around is not None:
        return _into_inline(layout, around, path[-1], value)
    if not table:
        return _into_top_level(layout, path[-1], value, behind)
    header = layout.header(table)
    if header is not None:
        return _into_section(layout, header, path[-1], value)
    dotted = [entry for entry in layout.entries if _is_dotted_into(entry, table)]
    if dotted:
        return _beside_dotted(layout, dotted[-1], path, value)
    return _new_table(layout, table, path[-1], value, above)


def remove(text: str, path: Names, *, keep_key: bool = False) -> str:
    """Take a key or a table out, with the lines or the part of an inline table that it occupies.

    With `keep_key`, only what is below a ``key = value`` with that path goes.
    """
    while True:
        layout = scan(text)
        kept = layout.entry(path) if keep_key else None
        inside = range(kept.start, kept.stop) if kept is not None else range(0)
        found = next(
            (part for part in layout.below(path) if part is not kept and _start(part) not in inside), None
        )
        if found is None:
            return text
        text = _without(layout, found)


def put_table(
    text: str, lines: Sequence[str], *, behind: Sequence[Names] = (), above: Sequence[Names] = ()
) -> str:
    """Add a whole table: behind the last table at or below one of some places, or above the first of others.

    Parameters
    ----------
    text
        Valid TOML that does not have the table.
    lines
        The table's lines, its header first.
    behind, above
        Places, the most wished for first; ``behind`` is looked at first. The table goes to the end where
        there is none of them.
    """
    layout, newline = scan(text), _newline(text)
    follows: Header | None = None
    for path in (*behind, *above):
        found = [place for place, header in enumerate(layout.headers) if header.path[: len(path)] == path]
        if found:
            place = found[-1] + 1 if path in behind else found[0]
            follows = layout.headers[place] if place < len(layout.headers) else None
            break
    offset = _above_comments(text, follows) if follows is not None else len(text)
    added = newline.join(lines)
    before = text[:offset]
    if before.strip() and not before.endswith(("\n\n", "\n\r\n")):
        added = newline + added
    if follows is not None:
        added += newline
    return _insert_lines(text, offset, added)


def _value(value: Any, layout: Layout, entry: Entry) -> str:
    if entry.inline is not None:
        return render_value(value)
    text = render_value(value, indent_at=entry.start - _line_start(layout.text, entry.start))
    return text.replace("\n", _newline(layout.text))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text and "\n" not in text.replace("\r\n", "") else "\n"


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    """Give the offset behind the line's newline, or the end of the text."""
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1


def _pair(key: str, value: Any, newline: str) -> str:
    return f"{key} = {render_value(value, indent_at=len(key) + 3)}".replace("\n", newline)


def _insert_lines(text: str, offset: int, lines: str) -> str:
    """Insert whole lines at the start of a line, or at the end of a text that may lack its last newline."""
    newline = _newline(text)
    before = text[:offset]
    if before and not before.endswith("\n"):
        before += newline
    return before + lines + newline + text[offset:]


def _line_behind(layout: Layout, entry: Entry, key: str, value: Any) -> str:
    text = layout.text
    start = _line_start(text, entry.key_start)
    indent = text[start : entry.key_start]
    return _insert_lines(text, _line_end(text, entry.stop), indent + _pair(key, value, _newline(text)))


def _base(entry: Entry) -> KeyPath:
    """Give the table that an entry's key is relative to."""
    return entry.section if entry.inline is None else entry.inline


def _start(part: Entry | Header) -> int:
    return part.key_start if isinstance(part, Entry) else part.start


def _is_dotted_into(entry: Entry, table: Names) -> bool:
    """Say whether an entry makes `table` by the dots of its own key."""
    return entry.path[: len(table)] == table and len(_base(entry)) < len(table)


def _beside_dotted(layout: Layout, last: Entry, path: Names, value: Any) -> str:
    if last.inline is None:
        return _line_behind(layout, last, render_key(path[len(last.section) :]), value)
    pair = f"{render_key(path[len(last.inline) :])} = {render_value(value)}"
    return f"{layout.text[: last.stop]}, {pair}{layout.text[last.stop :]}"


def _into_inline(layout: Layout, around: Entry, name: str, value: Any) -> str:
    text = layout.text
    inside = [entry for entry in layout.entries if entry.inline == around.path]
    pair = f"{render_key([name])} = {render_value(value)}"
    if inside:
        at = inside[-1].stop
        return f"{text[:at]}, {pair}{text[at:]}"
    return f"{text[: around.start]}{{ {pair} }}{text[around.stop :]}"


def _into_top_level(layout: Layout, name: str, value: Any, behind: Sequence[str]) -> str:
    text = layout.text
    lines = {entry.path[0]: entry for entry in layout.entries if entry.section == () and len(entry.path) == 1}
    for before in reversed(behind):
        if before in lines:
            return _line_behind(layout, lines[before], render_key([name]), value)
    pair = _pair(render_key([name]), value, _newline(text))
    first = next((entry for entry in layout.entries if entry.section == ()), None)
    if first is not None:
        return _insert_lines(text, _line_start(text, first.key_start), pair)
    offset = _above_comments(text, layout.headers[0]) if layout.headers else len(text)
    return _insert_lines(text, offset, pair)


def _into_section(layout: Layout, header: Header, name: str, value: Any) -> str:
    inside = [entry for entry in layout.entries if entry.section == header.path and entry.inline is None]
    if inside:
        last = inside[-1]
        return _line_behind(layout, last, render_key([name]), value)
    pair = _pair(render_key([name]), value, _newline(layout.text))
    return _insert_lines(layout.text, _line_end(layout.text, header.stop), pair)


def _new_table(layout: Layout, table: Names, name: str, value: Any, above: str) -> str:
    text, newline = layout.text, _newline(layout.text)
    next_header = layout.header((above,)) if above else None
    offset = _above_comments(text, next_header) if next_header is not None else len(text)
    before = text[:offset]
    lines = f"[{render_key(table)}]{newline}{_pair(render_key([name]), value, newline)}"
    if before.strip() and not before.endswith(("\n\n", "\n\r\n")):
        lines = newline + lines
    if next_header is not None:
        lines += newline
    return _insert_lines(text, offset, lines)


def _above_comments(text: str, header: Header) -> int:
    """Give the start of the comment lines that stand directly above a table and speak of it."""
    start = _line_start(text, header.start)
    while start > 0:
        before = _line_start(text, start - 1)
        if not text[before:start].lstrip().startswith("#"):
            break
        start = before
    return start


def _without(layout: Layout, part: Entry | Header) -> str:
    text = layout.text
    if isinstance(part, Header):
        return text[: _line_start(text, part.start)] + text[_line_end(text, part.stop) :]
    if part.inline is None:
        return text[: _line_start(text, part.key_start)] + text[_line_end(text, part.stop) :]
    return _without_inline(layout, part)


def _without_inline(layout: Layout, part: Entry) -> str:
    text = layout.text
    inside = [entry for entry in layout.entries if entry.inline == part.inline]
    place = inside.index(part)
    if place > 0:
        return text[: inside[place - 1].stop] + text[part.stop :]
    if len(inside) > 1:
        return text[: part.key_start] + text[inside[1].key_start :]
    return text[: part.key_start].rstrip(" \t") + text[part.stop :].lstrip(" \t")


def changed(text: str, path: Names, old: Any, new: Any) -> str:
    """Make the value at `path` from `old`, which it is, to `new`; inside tables only what differs changes."""
    if same(old, new):
        return text
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return put(text, path, new)
    if not new:
        return put(text, path, {})
    # first what comes and then what goes, so that the table never vanishes in between
    for name, value in new.items():
        text = (
            changed(text, (*path, name), old[name], value) if name in old else put(text, (*path, name), value)
        )
    for name in old:
        if name not in new:
            text = remove(text, (*path, name))
    return text


def same(old: Any, new: Any) -> bool:
    """Say whether two values are the same TOML: equal and of the same type; lists and tuples are one type."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same(old[name], new[name]) for name in old)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(map(same, old, new))
    if isinstance(old, float) and isinstance(new, float):
        return repr(float(old)) == repr(float(new))
    return type(old) is type(new) and bool(old == new)
