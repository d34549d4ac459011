from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

_FILE = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))
BASE = _FILE["base"]


@dataclass(frozen=True)
class Case:
    """One row of ``cases.toml``."""

    id: str
    text: str
    issues: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    malformed: str = ""
    schema: str = ""


def mutated(
    set: dict[str, str] | None = None, drop: tuple[str, ...] = (), top: str = "", tables: str = ""
) -> str:
    """Give the base with values replaced, keys left out and lines added."""
    lines = []
    for line in BASE.splitlines():
        key, _, value = line.partition(" = ")
        if key not in drop:
            lines.append(f"{key} = {(set or {}).get(key, value)}")
    lines += top.splitlines()
    if tables:
        lines += ["", *tables.splitlines()]
    return "\n".join(lines) + "\n"


def _case(row: dict[str, Any]) -> Case:
    mutation = {key: row.pop(key) for key in ("set", "drop", "top", "tables") if key in row}
    text = row.pop("text", None)
    return Case(text=mutated(**mutation) if text is None else text, **row)


CASES = [_case(dict(row)) for row in _FILE["case"]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=[case.id for case in CASES])
    if "json_case" in metafunc.fixturenames:
        cases = [case for case in CASES if not case.malformed and not case.schema.startswith("not asked")]
        metafunc.parametrize("json_case", cases, ids=[case.id for case in cases])


@pytest.fixture(scope="session")
def base() -> str:
    """A contract that nothing is said about."""
    return BASE


@pytest.fixture(scope="session")
def mutate() -> Any:
    """`mutated`."""
    return mutated


@pytest.fixture(scope="session")
def all_cases() -> list[Case]:
    """The table."""
    return CASES


SPACE = st.sampled_from(["", " ", "  ", "\t"])
NAMES = st.sampled_from(["a", "b", "c", "d-1", "_", "9"])
ODD_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=4)
BLANK = st.sampled_from(["", "\n", " # [c] = {\n", "#\n\n", "  \n"])


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def keys(draw):
    def part():
        odd = draw(st.booleans())
        name = draw(ODD_NAMES if odd else NAMES)
        if not odd:
            return name
        return f"'{name}'" if "'" not in name and draw(st.booleans()) else quoted(name)

    parts = [part() for _ in range(draw(st.integers(1, 3)))]
    return draw(SPACE).join([draw(SPACE).join(parts[:1])] + [f".{draw(SPACE)}{p}" for p in parts[1:]])


MULTILINE = st.text(st.sampled_from("ab\"'#=[]{}, \n\t"), max_size=12)
SCALARS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["true", "nan", "-inf", "0b11", "1979-05-27 07:32:00", "07:32:00.1", "1979-05-27", "1_0"]
    ),
    ODD_NAMES.map(quoted),
    MULTILINE.filter(lambda t: "'''" not in t and not t.endswith("'")).map(lambda t: f"'''{t}'''"),
    MULTILINE.map(lambda t: '"""' + t.replace('"', '\\"') + '"""'),
    MULTILINE.filter(lambda t: '"""' not in t and not t.endswith('"')).map(lambda t: f'"""{t}"""'),
    st.sampled_from(['"""a"""""', "'''a'''''", '"""\\\n  a"""']),
)


@st.composite
def arrays(draw, inner):
    items = draw(st.lists(inner, max_size=3))
    text = "[" + draw(BLANK)
    for item in items:
        text += item + draw(BLANK) + "," + draw(BLANK)
    return text + "]"


@st.composite
def inline_tables(draw, inner):
    pairs = [f"{draw(keys())} = {draw(inner)}" for _ in range(draw(st.integers(0, 3)))]
    return "{" + draw(SPACE) + (draw(SPACE) + "," + draw(SPACE)).join(pairs) + draw(SPACE) + "}"


VALUES = st.recursive(SCALARS, lambda inner: st.one_of(arrays(inner), inline_tables(inner)), max_leaves=6)


@st.composite
def documents(draw):
    text = draw(BLANK)
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.integers(0, 4))
        if kind == 0:
            line = f"[{draw(SPACE)}{draw(keys())}{draw(SPACE)}]"
        elif kind == 1:
            line = f"[[{draw(SPACE)}{draw(keys())}{draw(SPACE)}]]"
        else:
            line = f"{draw(keys())}{draw(SPACE)}={draw(SPACE)}{draw(VALUES)}"
        text += draw(SPACE) + line + draw(SPACE) + draw(st.sampled_from(["\n", " # c ]\n"])) + draw(BLANK)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


PLAIN = st.recursive(
    st.one_of(
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        ODD_NAMES,
        st.floats(allow_nan=False),
        st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=-7))])),
        st.dates(),
        st.times(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(NAMES, ODD_NAMES), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="session")
def toml_documents() -> Any:
    """Texts that look like TOML in every way that there is to write it; not all of them are valid."""
    return documents()


@pytest.fixture(scope="session")
def toml_values() -> Any:
    """Values that TOML can hold."""
    return PLAIN


@pytest.fixture(scope="session")
def toml_tables() -> Any:
    """Tables of values that TOML can hold."""
    return st.dictionaries(st.one_of(NAMES, ODD_NAMES), PLAIN, max_size=5)
