"""Files that are no contract are findings; files that AGILAB accepts are contracts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_agilab.contract.load import check_text, load_contract, read_contract
from jupyter_agilab.contract.model import Contract, PartitionTable, SharedItem
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.errors import ContractError


def only(file):
    (found,) = file.findings
    assert file.contract is None
    assert not file.ok
    assert found.level == "syntax"
    assert found.severity == "error"
    assert found.path == str(file.path)
    return found


def written(folder, content, name="clean.parallel_stage.toml"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_good_file(tmp_path, base):
    path = written(tmp_path, base)
    file = read_contract(path)
    assert file.ok
    assert file.path == path
    assert file.folder == tmp_path
    assert file.text == base
    assert load_contract(path) == file.contract
    assert file.contract.name == "clean"
    assert file.contract.workers == "auto"


@pytest.mark.parametrize("name", ["parallel_stage.toml", "clean.parallel_stage.toml", "any.toml", "ANY.TOML"])
def test_names_of_contracts(tmp_path, base, name):
    assert read_contract(written(tmp_path, base, name)).findings == ()


def test_another_suffix_is_read_with_a_warning(tmp_path, base):
    file = read_contract(written(tmp_path, base, "clean.txt"))
    assert [(found.code, found.severity) for found in file.findings] == [("contract.file-name", "warning")]
    assert file.contract is not None


def test_a_relative_path_has_an_absolute_folder(tmp_path, base, monkeypatch):
    written(tmp_path, base)
    monkeypatch.chdir(tmp_path)
    assert read_contract(Path("clean.parallel_stage.toml")).folder == tmp_path


def test_a_missing_file(tmp_path):
    found = only(read_contract(tmp_path / "clean.parallel_stage.toml"))
    assert found.code == "contract.unreadable"
    assert found.message == "the contract must be a file that can be read; there is none"
    assert found.hint == "write one with: jupyter agilab new"


def test_a_missing_file_beside_one_of_nearly_the_same_name(tmp_path, base):
    written(tmp_path, base)
    found = only(read_contract(tmp_path / "claen.parallel_stage.toml"))
    assert found.hint == "did you mean 'clean.parallel_stage.toml'?"


def test_a_missing_folder(tmp_path):
    assert only(read_contract(tmp_path / "no" / "x.toml")).code == "contract.unreadable"


def test_a_folder(tmp_path, base):
    written(tmp_path, base, "parallel_stage.toml")
    found = only(read_contract(tmp_path))
    assert found.message == "the contract must be a file that can be read; it is a folder"
    assert found.hint == "the folder has: parallel_stage.toml"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    assert "neither a file nor a folder" in only(read_contract(tmp_path / "pipe.toml")).message


def test_a_file_that_may_not_be_read(tmp_path, base, monkeypatch):
    path = written(tmp_path, base)

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert only(read_contract(path)).message.endswith("reading it is not allowed")


def test_a_link_to_itself(tmp_path):
    path = tmp_path / "loop.toml"
    path.symlink_to(path)
    assert only(read_contract(path)).code == "contract.unreadable"


def test_a_path_that_no_system_has(tmp_path):
    assert only(read_contract(tmp_path / "a\0b.toml")).code == "contract.unreadable"
    assert only(read_contract(tmp_path / ("x" * 5000))).code == "contract.unreadable"
    assert only(read_contract(contract_path("x" * 5000, tmp_path))).code == "contract.unreadable"


def test_bytes_that_are_no_utf8(tmp_path, base):
    found = only(read_contract(written(tmp_path, base.encode().replace(b'"clean"', b'"\xc3\xa9t\xe9"'))))
    assert (found.line, found.column) == (2, 11)
    assert found.message == "a contract must be UTF-8 text; it holds byte 0xe9"


def test_utf16(tmp_path, base):
    found = only(read_contract(written(tmp_path, base.encode("utf-16"))))
    assert found.message == "a contract must be UTF-8 text; it seems to be UTF-16"


def test_utf16_without_a_mark(tmp_path, base):
    found = only(read_contract(written(tmp_path, base.encode("utf-16-le"))))
    assert found.code == "contract.malformed"
    assert "NUL" in found.hint


def test_a_byte_order_mark(tmp_path, base):
    found = only(read_contract(written(tmp_path, b"\xef\xbb\xbf" + base.encode())))
    assert (found.code, found.line) == ("contract.malformed", 1)
    assert "without a byte order mark" in found.hint


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "data.toml"
    with path.open("wb") as out:
        out.truncate(50 << 30)
    assert "more than 1,048,576 bytes" in only(read_contract(path)).message


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("a = 1\nb = \n", 2, 5, "invalid value"),
        ("a = 1\r\nb = ]\r\n", 2, 5, "invalid value"),
        ("a = 1\na = 2\n", 2, 6, "cannot overwrite a value"),
        ("a = [1\n", 2, 1, "unclosed array (the text ends there)"),
        ('a = """x\ny', 2, 2, "unterminated string (the text ends there)"),
        ("a = 1 b = 2\n", 1, 7, "expected newline or end of document after a statement"),
        ("a = " + "9" * 5000 + "\n", 1, 1, "an integer in it is too long"),
        ("a = " + "[" * 100_000, 1, 1, "nested too deeply"),
        ("a = " + "[" * 300 + "]" * 300, None, None, None),
    ],
)
def test_malformed_toml_has_line_and_column(text, line, column, part):
    file = check_text(text, Path("x.toml"))
    if line is None:
        assert file.issues
        return
    found = only(file)
    assert found.code == "contract.malformed"
    assert (found.line, found.column) == (line, column)
    assert part in found.message


def test_depth_that_only_the_parser_survives():
    """Between what the parser and what the rules can walk there must be no gap with a traceback."""
    for depth in range(250, 1200, 7):
        file = check_text("x = " + "[" * depth + "1" + "]" * depth + "\n")
        assert file.findings
        file = check_text("x = " + "{a=" * depth + "1" + "}" * depth + "\n")
        assert file.findings


def test_findings_of_a_text_without_a_file_name_none(base):
    (found,) = check_text(base.replace('"files"', '"file"')).findings
    assert found.path is None


def test_load_refuses_with_all_findings(tmp_path, mutate):
    path = written(tmp_path, mutate(set={"split": '"file"', "workers": "0"}, top="owner = 1"))
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert [found.code for found in caught.value.findings] == [
        "contract.value",
        "contract.value",
        "contract.unknown-key",
    ]
    assert str(path) in str(caught.value)
    assert "split must be one of" in str(caught.value)
    assert "workers must be" in str(caught.value)


def test_load_refuses_what_only_we_call_an_error(tmp_path, mutate):
    path = written(tmp_path, mutate(set={"workers": "true"}))
    assert read_contract(path).contract.workers == 1
    with pytest.raises(ContractError):
        load_contract(path)


def test_load_takes_warnings(tmp_path, mutate):
    path = written(tmp_path, mutate(set={"split": '"parameter-sweep"', "output": '"parallel_stage.toml"'}))
    contract = load_contract(path)
    assert contract.partition_strategy == "file-chunks"
    assert contract.strategy_in_use == "parameter-items"


def test_what_agilab_accepts_becomes_plain_types(mutate):
    contract = check_text(
        mutate(
            set={
                "workers": "true",
                "target_partitions": "false",
                "min_partitions_per_worker": "true",
                "function": r'"m:f\n"',
            },
            top='notes = ""\npartition = 3\nexecution = "x"',
        )
    ).contract
    assert [type(contract.workers), type(contract.target_partitions)] == [int, int]
    assert (contract.workers, contract.target_partitions, contract.min_partitions_per_worker) == (1, 0, 1)
    assert (contract.function, contract.module, contract.function_name) == ("m:f", "m", "f")
    assert contract.notes is None
    assert contract.partition == PartitionTable()


def test_wrong_values_of_our_tables_have_their_default(mutate):
    contract = check_text(mutate(tables="[execution]\nretries = -1\nseed = 7\npool = 5\n")).contract
    assert contract.execution.retries == 0
    assert contract.execution.seed == 7
    assert contract.execution.pool == "processes"


def test_tables_are_read_into_the_model(mutate):
    digest = "blake2b:00112233445566778899aabbccddeeff"
    contract = check_text(
        mutate(
            set={"reducer": '"custom"'},
            top='notes = "n"',
            tables=f"""
[partition]
columns = ["a", "b"]
zip = [["x", "y"]]
[parameters]
limit = 5
[reduce]
function = "sum"
by = ["a"]
[resources]
cpus = 2
licence = 1
[shared]
table = {{ path = "shared/t.npy", format = "npy", digest = "{digest}" }}
broken = {{ path = "shared/u.npy" }}
[next_steps]
anything = [1]
""",
        )
    ).contract
    assert contract == Contract(
        name="clean",
        function="stages/clean.py:clean",
        split="files",
        input="data/*.csv",
        workers="auto",
        partition_strategy="file-chunks",
        target_partitions=64,
        min_partitions_per_worker=2,
        reducer="custom",
        backend="local",
        output="artifacts/clean.jsonl",
        notes="n",
        partition=PartitionTable(columns=("a", "b"), zip=(("x", "y"),)),
        parameters={"limit": 5},
        reduce=type(contract.reduce)(function="sum", options={"by": ["a"]}),
        resources=type(contract.resources)(cpus=2.0, named={"licence": 1.0}),
        shared={"table": SharedItem(path="shared/t.npy", format="npy", digest=digest)},
        next_steps={"anything": [1]},
    )
    assert isinstance(contract.resources.cpus, float)


def test_reading_imports_nothing_heavy():
    """In a fresh interpreter: reading a contract needs the standard library only."""
    import subprocess
    import sys

    code = (
        "import sys, jupyter_agilab.contract.load, jupyter_agilab.contract.dump, jupyter_agilab.contract.new;"
        "heavy = {'tomlkit', 'libcst', 'dask', 'numpy', 'pandas', 'IPython'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
