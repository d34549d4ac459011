"""What of a stage has changed between two runs, in words; from the records of what results depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

_SHOWN = 4
_VALUE_CHARACTERS = 40
_UNSET = frozenset(("null", "[]"))


def stage_changes(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """Say what differs, each in a few words: ``helper `clean` changed``, ``parameter `limit` 3 -> 4``.

    Parameters
    ----------
    then, now
        Records of `jupyter_agilab.run.resume_key.resume_record`; None where an earlier version kept none.

    Returns
    -------
    list of str
        Four at most, and how many more there are.
    """
    if then is None:
        return ["its code or settings changed"]
    found = [*code_changes(then, now), *_values(then, now)]
    if not found:
        return ["its settings changed"]
    more = len(found) - _SHOWN
    return found if more <= 1 else [*found[:_SHOWN], f"{more} more changes"]


def code_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Say what of the code differs, by name; nothing where comments and layout do."""
    if then.get("function") != now["function"]:
        yield f"the function is `{now['function']}`, it was `{then.get('function')}`"
    if then.get("code") == now["code"]:
        return
    before: Mapping[str, Any] = then.get("definitions", {})
    after: Mapping[str, Any] = now["definitions"]
    module = next((key.partition(":")[0] for key in after if _is_stage_function(key, now)), "")

    def named(key: str, definitions: Mapping[str, Any]) -> str:
        place, _, name = key.partition(":")
        kind = definitions[key][0]
        if kind == "function" and not (name == now["function"] and place == module):
            kind = "helper"
        return f"{kind} `{name}`" + (f" of {place}" if place != module else "")

    changed = [key for key in after if key in before and before[key][1] != after[key][1]]
    new = [key for key in after if key not in before]
    gone = [key for key in before if key not in after]
    for key in changed:
        yield f"{named(key, after)} changed"
    for key in new:
        yield f"{named(key, after)} is used now"
    for key in gone:
        yield f"{named(key, before)} is no longer used"
    if not (changed or new or gone):
        yield "the order of statements in its code changed"


def _is_stage_function(key: str, record: Mapping[str, Any]) -> bool:
    return key.endswith(f":{record['function']}")


def _values(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    yield from _named_values("parameter", then.get("parameters", {}), now["parameters"])
    before, after = then.get("shared", {}), now["shared"]
    for name in dict.fromkeys((*after, *before)):
        if before.get(name) != after.get(name):
            what = "changed" if name in before and name in after else _came_or_went(name in after)
            yield f"shared data `{name}` {what}"
    if then.get("seed") != now["seed"]:
        yield f"seed {then.get('seed')} -> {now['seed']}"
    if then.get("split") != now["split"]:
        yield f"split {then.get('split')} -> {now['split']}"
    # what a version did not know yet was not set
    readers = [
        {name: text for name, text in each.get("reader", {}).items() if text not in _UNSET}
        for each in (then, now)
    ]
    yield from _named_values("reader option", *readers)
    if then.get("records") != now["records"]:
        forms = f"{now['records']}, not {then.get('records')}"
        yield f"results are stored differently: the reducer now needs {forms}"


def _named_values(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys((*after, *before)):
        if name not in before or name not in after:
            yield f"{kind} `{name}` {_came_or_went(name in after)}"
        elif before[name] != after[name]:
            yield f"{kind} `{name}` {_shown(before[name])} -> {_shown(after[name])}"


def _came_or_went(came: bool) -> str:
    return "is new" if came else "is gone"


def _shown(value: str) -> str:
    text = value
    return text if len(text) <= _VALUE_CHARACTERS else "".join(islice(text, _VALUE_CHARACTERS - 3)) + "..."
