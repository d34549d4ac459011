"""Every row of the table of contracts: AGILAB's texts, and our findings with code, key and line."""

from __future__ import annotations

import pytest

from jupyter_agilab.contract.load import check_text
from jupyter_agilab.diagnostics import errors_in

MARK = {"error": "", "warning": "w:", "info": "i:"}


def told(findings):
    return [f"{found.line} {MARK[found.severity]}{found.code} {found.key}" for found in findings]


def test_issues_are_agilabs(case):
    assert list(check_text(case.text).issues) == case.issues


def test_warnings_are_agilabs(case):
    assert list(check_text(case.text).warnings) == case.warnings


def test_findings(case):
    found = check_text(case.text)
    expected = [f"{case.malformed} None"] if case.malformed else case.findings
    assert told(found.findings) == expected


def test_there_is_a_contract_exactly_when_agilab_accepts(case):
    found = check_text(case.text)
    assert (found.contract is not None) == (not case.issues and not case.malformed)


def test_levels(case):
    """What AGILAB refuses, and nothing else, is of level syntax and an error."""
    for found in check_text(case.text).findings:
        refused = found.code in {
            "contract.value",
            "contract.missing-key",
            "contract.not-a-contract",
            "contract.malformed",
        }
        assert found.level == ("syntax" if refused else "meaning")
        assert found.severity == "error" or not refused


def test_a_message_says_what_agilab_says_and_what_came(case):
    file = check_text(case.text)
    if file.issues:
        sentences = [
            part for found in file.findings if found.level == "syntax" for part in found.message.split("; ")
        ]
        assert set(file.issues) <= set(sentences)
    messages = [found.message for found in file.findings if found.severity == "warning"]
    assert set(file.warnings) <= set(messages)


def test_every_finding_names_line_column_and_key(case):
    lines = case.text.split("\n")
    for found in check_text(case.text).findings:
        assert found.line is not None
        assert found.column is not None
        assert 1 <= found.line <= len(lines)
        if found.code != "contract.malformed":
            assert found.key
        if found.code in {"contract.value", "contract.unknown-key", "contract.table-value"}:
            assert 1 <= found.column <= len(lines[found.line - 1])


def test_the_key_stands_where_the_finding_says(case):
    """The line that a finding names starts with its key, unless the key is missing."""
    for found in check_text(case.text).findings:
        if found.code in {"contract.value", "contract.boolean", "contract.secret", "contract.home-path"}:
            line = case.text.split("\n")[found.line - 1][found.column - 1 :]
            assert line.startswith(found.key.split(".")[-1])


def test_the_base_has_nothing_to_be_said_about_it(base):
    file = check_text(base)
    assert file.findings == ()
    assert file.ok


def test_hints(mutate):
    def hints(**change):
        return [found.hint for found in check_text(mutate(**change)).findings]

    assert hints(set={"split": '"file"'}) == ["did you mean 'files'?"]
    assert hints(set={"workers": '"aut"'}) == ["did you mean 'auto'?"]
    assert hints(top="min_partition_per_worker = 3") == ["did you mean 'min_partitions_per_worker'?"]
    assert hints(tables="[execution]\nretry = 3") == ["did you mean 'retries'?"]
    assert hints(tables="[executon]\nretries = 3") == ["did you mean 'execution'?"]
    assert hints(drop=["output"], top='outputs = "a.json"') == [
        "the file has 'outputs'; rename it to 'output'",
        "did you mean 'output'?",
    ]
    assert hints(drop=["output"], tables='[execution]\noutput = "a"')[0] == (
        "output stands in [execution]; move it above the first [table] line"
    )
    assert hints(set={"split": '"parameter-sweep"'}) == [
        'write partition_strategy = "parameter-items", which the plan takes anyway'
    ]
    assert hints(set={"name": '"a/b c"'}) == ["for example 'a_b_c'"]
    assert hints(set={"input": r"'data\*.csv'"}) == ["write 'data/*.csv', which works on every system"]


def test_messages(mutate):
    def message(**change):
        return check_text(mutate(**change)).findings[0].message

    assert message(set={"workers": "0"}) == "workers must be a positive integer or 'auto'; it is 0"
    assert message(set={"split": '["files"]'}).endswith("; it is an array of one value")
    assert message(set={"output": "{ a = 1 }"}).endswith("; it is a table")
    assert message(set={"name": "2024-01-31"}).endswith("; it is 2024-01-31")
    assert message(drop=["name"]) == "missing required key: name; name must be a non-empty string"
    long = "x" * 5000
    assert len(message(set={"split": f'"{long}"'})) < 200


TOKEN = "ghp_hunter2hunter2hunter2hunter2hunter2"


@pytest.mark.parametrize("key", ["name", "function", "split", "input", "workers", "reducer", "output"])
@pytest.mark.parametrize(
    "value", ["https://ada:hunter2@example.org/x.toml", TOKEN, f"~/{TOKEN}", f"a\\b/{TOKEN}:f"]
)
def test_a_secret_is_never_shown(mutate, key, value):
    findings = check_text(mutate(set={key: f"'{value}'"})).findings
    assert "contract.secret" in [found.code for found in findings]
    assert "hunter2" not in str([str(found) for found in findings])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "x"),
        ("DB_PASSWORD", "hunter2"),
        ("apiKey", "abc"),
        ("secret_key", "s"),
        ("token", "a1b2c3d4"),
        ("hf_token", "abcdefghijklmnopqrstuvwxyz"),
        ("anything", "AKIAIOSFODNN7EXAMPLE"),
        ("anything", "postgresql://ada:hunter2@db/flights"),
        ("anything", "https://x.blob.core.windows.net/a?sv=1&sig=abcdefghijk"),
        ("anything", "-----BEGIN RSA PRIVATE KEY-----\\nMII"),
        ("anything", "sk-proj-Abcdefghijklmnop1234"),
    ],
)
def test_what_is_a_secret(mutate, name, value):
    (found,) = check_text(mutate(tables=f'[parameters]\n{name} = "{value}"\n')).findings
    assert (found.code, found.severity, found.line) == ("contract.secret", "error", 15)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "${PASSWORD}"),
        ("password", "$PASSWORD"),
        ("password", ""),
        ("token", ","),
        ("eos_token", "<|endoftext|>"),
        ("token_pattern", "(?u)a1b2c3d4e5"),
        ("tokenizer", "bert-base-uncased-2018"),
        ("keyboard", "qwerty1234"),
        ("secretary", "Ada"),
        ("key", "station"),
        ("anything", "https://example.org/a:b@c"),
        ("anything", "https://ada:${PASSWORD}@example.org/a"),
        ("anything", "data/sk-learn-toy-datasets-2013/*.csv"),
        ("anything", "mail ada@example.org: soon"),
    ],
)
def test_what_is_no_secret(mutate, name, value):
    assert check_text(mutate(tables=f'[parameters]\n{name} = "{value}"\n')).findings == ()


def test_many_unknown_keys_are_counted_not_listed(mutate):
    text = mutate(tables="[execution]\n" + "".join(f"key{n} = {n}\n" for n in range(5000)))
    findings = check_text(text).findings
    assert len(findings) == 21
    assert "after it" in findings[-1].message


def test_all_findings_come_at_once():
    text = 'schema = "x"\nname = ""\n[execution]\nretries = -1\n[partition]\nrows = 0\n'
    codes = [found.code for found in check_text(text).findings]
    assert codes.count("contract.missing-key") == 10
    assert codes.count("contract.value") == 2
    assert codes.count("contract.table-value") == 2


def test_findings_are_in_the_order_of_the_lines(case):
    lines = [found.line for found in check_text(case.text).findings]
    assert lines == sorted(lines)


def test_only_errors_fail_a_check(case):
    file = check_text(case.text)
    assert file.ok == (not errors_in(file.findings))
