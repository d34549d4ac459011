"""No input brings a traceback: every text and every file is a contract or findings."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.dump import contract_text
from jupyter_agilab.contract.load import check_text, read_contract
from jupyter_agilab.errors import ContractError

WORDS = [
    *['"', "'", '"""', "'''", "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#"],
    *["\n", "\r\n", "\r", "\\", "\0", "\ufeff", "\\u0000", "\\ud800", "\x85", "é", "😀"],
    *["true", "nan", "-inf", "0x", "1e999", "2024-01-01", "9" * 5000, "workers", "reduce = 3\n"],
    *[
        "[partition]\n",
        "[shared.x]\n",
        "[[execution]]\n",
        'by = "dates"\n',
        "zip = [[]]\n",
        "where = '((('\n",
    ],
    *["password = 'x'\n", "~/", "/home/x", "tcp://1.2.3.4:8786", "a:b@"],
]


def judge(file):
    assert file.contract is not None or file.findings
    assert file.ok or file.findings
    for found in file.findings:
        assert found.line is not None
        assert found.line >= 1
        assert found.message
        str(found)
        found.to_json()


def damaged(rng, text):
    """Change a text at one to four places."""
    for _ in range(rng.randint(1, 4)):
        at, to = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        kind = rng.randint(0, 4)
        if kind == 0:
            text = text[:at] + text[min(at + rng.randint(1, 5), len(text)) :]
        elif kind == 1:
            text = text[:at] + rng.choice(WORDS) + text[at:]
        elif kind == 2:
            text = text[:at] + text[to:] if to - at < 80 else text[:at] + rng.choice(WORDS)
        elif kind == 3:
            lines = text.split("\n")
            rng.shuffle(lines)
            text = "\n".join(lines)
        else:
            lines = text.split("\n")
            n = rng.randrange(len(lines))
            lines[n] = lines[n].partition("=")[0] + "= " + rng.choice(WORDS)
            text = "\n".join(lines)
    return text


@pytest.mark.parametrize("seed", range(4))
def test_damaged_contracts(seed, all_cases):
    rng = random.Random(seed)
    for _ in range(2000):
        judge(check_text(damaged(rng, rng.choice(all_cases).text)))


def test_bytes(tmp_path, base):
    rng = random.Random(0)
    path = tmp_path / "x.toml"
    raw = base.encode()
    for n in range(1000):
        if n % 2:
            content = rng.randbytes(rng.randint(0, 200))
        else:
            at = rng.randrange(len(raw))
            content = raw[:at] + rng.randbytes(rng.randint(1, 3)) + raw[at + rng.randint(0, 3) :]
        path.write_bytes(content)
        judge(read_contract(path))


@settings(max_examples=500, deadline=None)
@given(st.text())
def test_any_text(text):
    judge(check_text(text))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_toml_around_a_contract(data, toml_documents, all_cases):
    text = data.draw(st.sampled_from(all_cases)).text + data.draw(toml_documents)
    judge(check_text(text, Path("x.toml")))


KEYS = st.sampled_from(
    [
        *["partition", "parameters", "reduce", "execution", "resources", "shared", "source", "next_steps"],
        *["by", "zip", "columns", "where", "memory", "cpus", "path", "format", "digest", "function"],
        *["token", "hosts", "a-b"],
    ]
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_value_for_any_key(data, base, toml_values, render):
    tables = data.draw(
        st.dictionaries(KEYS, st.one_of(toml_values, st.dictionaries(KEYS, toml_values)), max_size=4)
    )
    top = "".join(f"{render([name], None)} = {render(None, value)}\n" for name, value in tables.items())
    judge(check_text(base + top))


@pytest.fixture(scope="session")
def render():
    """Write a key or a value."""
    from jupyter_agilab.contract.render import render_key, render_value

    return lambda key, value: render_key(key) if key is not None else render_value(value)


@pytest.mark.parametrize("seed", range(2))
def test_writing_onto_damaged_contracts(seed, all_cases, base):
    """Either the new contract is in the file afterwards, or the file is refused with a finding."""
    rng = random.Random(seed)
    wanted = check_text(base).contract
    written = refused = 0
    for _ in range(700):
        text = damaged(rng, rng.choice(all_cases).text)
        try:
            after = contract_text(wanted, text)
        except ContractError as error:
            refused += bool(error.findings)
            continue
        written += 1
        got = check_text(after).contract
        assert got is not None
        assert (got.name, got.workers, got.input) == (wanted.name, wanted.workers, wanted.input)
        assert got.execution == wanted.execution
        assert contract_text(wanted, after) == after
    assert written > 100
    assert written + refused == 700
