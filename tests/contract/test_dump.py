"""Writing: a new file in AGILAB's shape, or an existing one in which only what changed is changed."""

from __future__ import annotations

import datetime
import os
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.dump import contract_text, write_contract
from jupyter_agilab.contract.edit import same
from jupyter_agilab.contract.load import check_text, load_contract
from jupyter_agilab.contract.model import (
    BACKENDS,
    REDUCERS,
    SPLITS,
    STRATEGIES,
    Contract,
    ExecutionTable,
    PartitionTable,
    ReduceTable,
    ResourcesTable,
    SharedItem,
    SourceTable,
)
from jupyter_agilab.errors import ContractError, OutputError

DIGEST = "blake2b:00112233445566778899aabbccddeeff"

CONTRACT = Contract(
    name="clean",
    function="stages/clean.py:clean",
    split="files",
    input="data/*.csv",
    workers="auto",
    partition_strategy="file-chunks",
    target_partitions=64,
    min_partitions_per_worker=2,
    reducer="concat-jsonl",
    backend="local",
    output="artifacts/clean.jsonl",
)

BY_HAND = """\
# Cleaning of the flights. Ask Ada before changing it.

schema   = "agilab.parallel_stage.v1"
name     = 'clean'
function = "stages/clean.py:clean"   # see stages/
"split"  = "files"
input = "data/*.csv"

workers = 0x4  # half of the machine
partition_strategy = "file-chunks"
target_partitions = 6_4
min_partitions_per_worker = 2
reducer = "concat-jsonl"
owner = "ada"  # nobody reads it
backend = "local"
output = \"\"\"artifacts/clean.jsonl\"\"\"

# how it is read
partition.format = "csv"
execution = {retries=2,  seed = 5}

[tool.other]
x = [1,
     2] # two

# what the cell knew
[parameters]
limit = 5     # minutes
names = ["a",
  # the second
  "b"]

[parameters.grid]
lr = [0.1, 0.2]  # rates

[shared.lookup]
path = "shared/lookup.npy"
format = "npy"
comment = "from the archive"
digest = "blake2b:00112233445566778899aabbccddeeff"

# AGILAB's
[next_steps]
own = "words"
# the end"""


@pytest.fixture
def by_hand():
    contract = check_text(BY_HAND).contract
    assert contract is not None
    return contract


# --- a new file


def test_a_new_file():
    assert contract_text(CONTRACT).splitlines()[2:] == [
        'schema = "agilab.parallel_stage.v1"',
        'name = "clean"',
        'function = "stages/clean.py:clean"',
        'split = "files"',
        'input = "data/*.csv"',
        'workers = "auto"',
        'partition_strategy = "file-chunks"',
        "target_partitions = 64",
        "min_partitions_per_worker = 2",
        'reducer = "concat-jsonl"',
        'backend = "local"',
        'output = "artifacts/clean.jsonl"',
    ]


def test_a_new_file_with_tables():
    contract = replace(
        CONTRACT,
        notes="a note",
        partition=PartitionTable(format="csv", header=False),
        parameters={"limit": 5, "names": ("a", "b"), "grid": {"lr": [0.1]}},
        execution=ExecutionTable(retries=3, seed=0),
        resources=ResourcesTable(cpus=2, named={"licence": 1}),
        shared={"lookup": SharedItem(path="shared/lookup.npy", format="npy", digest=DIGEST)},
        source=SourceTable(notebook="flights.ipynb", cell="a1"),
        next_steps={"local_preview": "try it"},
    )
    text = contract_text(contract)
    assert text.split("\n", 14)[-1] == (
        'notes = "a note"\n'
        "\n[partition]\n"
        'format = "csv"\n'
        "header = false\n"
        "\n[parameters]\n"
        "limit = 5\n"
        'names = ["a", "b"]\n'
        "grid = { lr = [0.1] }\n"
        "\n[execution]\n"
        "retries = 3\n"
        "\n[resources]\n"
        "cpus = 2\n"
        "licence = 1\n"
        "\n[shared]\n"
        f'lookup = {{ path = "shared/lookup.npy", format = "npy", digest = "{DIGEST}" }}\n'
        "\n[source]\n"
        'notebook = "flights.ipynb"\n'
        'cell = "a1"\n'
        "\n[next_steps]\n"
        'local_preview = "try it"\n'
    )


# --- an existing file


def test_nothing_changed_is_nothing_written(by_hand):
    assert contract_text(by_hand, BY_HAND) == BY_HAND


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ({"name": "tidy"}, "'clean'", '"tidy"'),
        ({"workers": 8}, "0x4  #", "8  #"),
        ({"workers": "auto"}, "0x4  #", '"auto"  #'),
        ({"target_partitions": 128}, "6_4", "128"),
        ({"split": "data-partitions"}, '"split"  = "files"', '"split"  = "data-partitions"'),
        ({"output": "out.jsonl"}, '"""artifacts/clean.jsonl"""', '"out.jsonl"'),
        ({"notes": "a note"}, 'clean.jsonl"""\n', 'clean.jsonl"""\nnotes = "a note"\n'),
        (
            {"partition": PartitionTable(format="csv", header=False)},
            'partition.format = "csv"\n',
            'partition.format = "csv"\npartition.header = false\n',
        ),
        ({"partition": PartitionTable()}, 'partition.format = "csv"\n', ""),
        ({"execution": ExecutionTable(retries=3, seed=5)}, "retries=2", "retries=3"),
        (
            {"execution": ExecutionTable(retries=2, seed=5, pool="threads")},
            "seed = 5}",
            'seed = 5, pool = "threads"}',
        ),
        ({"execution": ExecutionTable(seed=5)}, "retries=2", "retries=0"),
        (
            {"resources": ResourcesTable(cpus=0.5)},
            "# AGILAB's\n",
            "[resources]\ncpus = 0.5\n\n# AGILAB's\n",
        ),
        ({"next_steps": {"own": "words", "more": "of them"}}, '"words"\n', '"words"\nmore = "of them"\n'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_one_change_changes_one_place(by_hand, change, old, new):
    assert contract_text(replace(by_hand, **change), BY_HAND) == BY_HAND.replace(old, new, 1)


@pytest.mark.parametrize(
    ("parameters", "old", "new"),
    [
        ({"limit": 6}, "limit = 5  ", "limit = 6  "),
        ({"limit": 5.0}, "limit = 5  ", "limit = 5.0  "),
        ({"limit": True}, "limit = 5  ", "limit = true  "),
        ({"extra": "x"}, '  "b"]\n', '  "b"]\nextra = "x"\n'),
        ({"grid": {"lr": [0.1, 0.2], "n": 1}}, "# rates\n", "# rates\nn = 1\n"),
        ({"grid": {"lr": [0.1]}}, "[0.1, 0.2]", "[0.1]"),
    ],
)
def test_parameters_change_one_by_one(by_hand, parameters, old, new):
    contract = replace(by_hand, parameters={**by_hand.parameters, **parameters})
    assert contract_text(contract, BY_HAND) == BY_HAND.replace(old, new, 1)


def test_what_is_gone_from_the_contract_goes_from_the_file(by_hand):
    parameters = {"limit": 5}
    text = contract_text(replace(by_hand, parameters=parameters, shared={}), BY_HAND)
    data = tomllib.loads(text)
    assert data["parameters"] == parameters
    assert not data.get("shared")
    assert "# what the cell knew" in text


def test_next_steps_are_only_added_to(by_hand):
    assert contract_text(replace(by_hand, next_steps={}), BY_HAND) == BY_HAND


def test_a_shared_file_of_another_digest_keeps_what_we_do_not_know(by_hand):
    other = "blake2b:" + "f" * 32
    item = replace(by_hand.shared["lookup"], digest=other)
    text = contract_text(replace(by_hand, shared={"lookup": item}), BY_HAND)
    assert text == BY_HAND.replace(DIGEST, other)


def test_what_is_wrong_in_our_tables_stays_until_it_is_set(mutate):
    text = mutate(
        top="partition = 3", tables='[execution]\nretries = "many"\nseed = 1 # c\n[reduce]\nx = 1\n'
    )
    contract = check_text(text).contract
    assert contract_text(contract, text) == text
    changed = contract_text(replace(contract, execution=replace(contract.execution, retries=2)), text)
    assert changed == text.replace('"many"', "2")
    with pytest.raises(ContractError, match="partition must be a table"):
        contract_text(replace(contract, partition=PartitionTable(format="csv")), text)


def test_what_agilab_reads_as_the_same_stays(mutate):
    text = mutate(set={"workers": "true", "function": r'"m:f\n"'}, top='notes = ""')
    assert contract_text(check_text(text).contract, text) == text


def test_missing_keys_come_in_agilabs_order(base):
    for key in ("schema", "name", "input", "output"):
        lines = [line for line in base.splitlines() if not line.startswith(f"{key} =")]
        assert contract_text(CONTRACT, "\n".join(lines) + "\n") == base
    only_tables = "# mine\n\n[tool]\nx = 1\n"
    assert contract_text(CONTRACT, only_tables) == "# mine\n\n" + base + "[tool]\nx = 1\n"


def test_line_ends_stay(by_hand):
    crlf = BY_HAND.replace("\n", "\r\n")
    assert contract_text(check_text(crlf).contract, crlf) == crlf
    contract = replace(
        by_hand,
        notes="n",
        resources=ResourcesTable(cpus=1),
        parameters={"names": ["x" * 30, "y" * 30, "z" * 30, "w" * 30]},
    )
    text = contract_text(contract, crlf)
    assert "\n" not in text.replace("\r\n", "")
    assert text == contract_text(contract, BY_HAND).replace("\n", "\r\n")


def test_a_text_that_cannot_be_read_is_left_alone():
    for text in ("schema = ", "\ufeff" + BY_HAND):
        with pytest.raises(ContractError, match="left as it is"):
            contract_text(CONTRACT, text)


# --- properties

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(
    lambda w: w not in {"as", "is", "in", "or"}
)
NAMES = WORDS.map(lambda word: f"x_{word}")


@st.composite
def contracts(draw, values):
    """Give contracts without errors; a text such as ``~/`` would be refused as a home folder."""
    values = values.filter(lambda value: "~" not in repr(value))

    def maybe(strategy, default=None):
        return draw(st.one_of(st.just(default), strategy))

    split = draw(st.sampled_from(SPLITS))
    reducer = draw(st.sampled_from(REDUCERS))
    size = st.sampled_from(["2 GiB", "500MB", "1.5 kB"])
    names = st.lists(WORDS, max_size=3).map(tuple)
    return Contract(
        name=draw(WORDS),
        function=draw(st.sampled_from(["stages/a.py:f", "package.module:run", "../x.py:_f"])),
        split=split,
        input=draw(
            st.sampled_from(["data/*.csv", "s3://bucket/x", "été/ü *.csv", 'a"b.csv', "/data/[ab].csv"])
        ),
        workers=draw(st.one_of(st.just("auto"), st.integers(1, 2**40))),
        partition_strategy=draw(st.sampled_from(STRATEGIES)),
        target_partitions=draw(st.integers(0, 10**6)),
        min_partitions_per_worker=draw(st.integers(1, 100)),
        reducer=reducer,
        backend=draw(st.sampled_from(BACKENDS)),
        output=draw(st.sampled_from(["parallel_stage.toml", "artifacts/x.json", "été.csv"])),
        notes=maybe(TEXT.filter(bool)),
        partition=PartitionTable(
            columns=maybe(names, ()),
            rows=maybe(st.integers(1, 10**6)),
            format=maybe(st.sampled_from(["csv", "parquet"])),
            delimiter=maybe(st.sampled_from([";", "\t", '"', "é"])),
            header=maybe(st.booleans()),
            zip=maybe(st.just((("lr", "batch"), ("a", "b", "c"))), ()),
            where=maybe(st.just('lr < 1 and name != "x"')),
        ),
        parameters=draw(st.dictionaries(NAMES, values, max_size=3)),
        reduce=ReduceTable(
            function="sum" if reducer == "custom" else None,
            options=draw(st.dictionaries(NAMES, values, max_size=2)),
        ),
        execution=ExecutionTable(
            pool=draw(st.sampled_from(["processes", "threads"])),
            retries=draw(st.integers(0, 5)),
            timeout_s=maybe(st.floats(0.001, 1e6)),
            memory=maybe(size),
            on_failure=draw(st.sampled_from(["stop", "finish"])),
            threads_per_worker=maybe(st.integers(1, 64)),
            seed=draw(st.integers(0, 2**63 - 1)),
        ),
        resources=ResourcesTable(
            cpus=maybe(st.floats(0.01, 64)),
            memory=maybe(size),
            gpus=maybe(st.floats(0, 8)),
            named=draw(st.dictionaries(NAMES, st.floats(0, 9), max_size=2)),
        ),
        shared={
            f"s_{name}": SharedItem(path=f"shared/{name}.npy", format="npy", digest=DIGEST)
            for name in draw(st.lists(WORDS, max_size=2, unique=True))
        },
        source=SourceTable(notebook=maybe(st.just("a.ipynb")), cell=maybe(WORDS), digest=maybe(WORDS)),
        next_steps=draw(st.dictionaries(TEXT, values, max_size=2)),
    )


def same_contract(one, other):
    """Compare type for type; lists and tuples are one type, as they are in TOML."""

    def plain(value):
        if hasattr(value, "__dataclass_fields__"):
            return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        return "none" if value is None else value

    return same(plain(one), plain(other))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_is_written_is_what_is_read(data, toml_values):
    contract = data.draw(contracts(toml_values))
    text = contract_text(contract)
    file = check_text(text)
    assert same_contract(file.contract, contract)
    assert file.ok
    assert file.issues == ()
    assert contract_text(contract) == text
    assert contract_text(contract, text) == text


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_file_becomes_any_other_contract(data, toml_values):
    """From the text of one contract, or from a file written by hand, to another contract."""
    before = data.draw(st.one_of(st.just(BY_HAND), contracts(toml_values).map(contract_text)))
    if data.draw(st.booleans()):
        before = before.replace("\n", "\r\n")
    wanted = data.draw(contracts(toml_values))
    after = contract_text(wanted, before)
    got = check_text(after).contract
    kept = {**check_text(before).contract.next_steps, **wanted.next_steps}
    assert same_contract(replace(got, next_steps={}), replace(wanted, next_steps={}))
    assert same(got.next_steps, kept)
    assert contract_text(wanted, after) == after
    if "\r\n" in before:
        assert "\n" not in after.replace("\r\n", "")


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_comments_order_and_unknown_keys_survive(data, toml_documents, toml_values):
    """Anything that another tool wrote below a contract stays, byte for byte."""
    foreign = data.draw(toml_documents)
    text = f'{contract_text(CONTRACT)}owner = "ada" # me\n[foreign]\n{foreign}'
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    assume(
        not {"partition", "parameters", "execution", "shared", "reduce", "resources", "source"} & set(before)
    )
    wanted = data.draw(contracts(toml_values))
    after = contract_text(wanted, text)
    assert f'owner = "ada" # me\n[foreign]\n{foreign}' in after
    unknown = {name: value for name, value in before.items() if name in {"owner", "foreign"}}
    assert same({name: tomllib.loads(after)[name] for name in unknown}, unknown)


def test_the_independent_judge_agrees(by_hand):
    """Tomlkit, which keeps comments too, gives the same text for a change of one value."""
    document = tomlkit.parse(BY_HAND)
    document["workers"] = 8
    document["parameters"]["limit"] = 6
    contract = replace(by_hand, workers=8, parameters={**by_hand.parameters, "limit": 6})
    assert contract_text(contract, BY_HAND) == document.as_string()


# --- what is refused


@pytest.mark.parametrize(
    ("change", "key", "part"),
    [
        ({"split": "file"}, "split", "split must be one of"),
        ({"workers": 0}, "workers", "workers must be"),
        ({"workers": None}, "workers", "workers"),
        ({"name": ""}, "name", "non-empty"),
        ({"name": "../x"}, "name", "file name"),
        ({"execution": ExecutionTable(retries=-1)}, "execution.retries", "non-negative"),
        ({"parameters": {"now": None}}, "parameters.now", "NoneType"),
        ({"parameters": {"grid": {"s": {1, 2}}}}, "parameters.grid", "set"),
        ({"parameters": {"big": 2**70}}, "parameters.big", "64 bits"),
        ({"parameters": {"not a name": 1}}, 'parameters."not a name"', "keyword"),
        ({"parameters": {"password": "hunter2"}}, "parameters.password", "secret"),
        ({"parameters": {"file": "/home/ada/x.csv"}}, "parameters.file", "home folder"),
        ({"input": "/home/ada/*.csv"}, "input", "home folder"),
        ({"output": "~/x.json"}, "output", "not expanded"),
        ({"source": SourceTable(notebook="/root/a.ipynb")}, "source.notebook", "home folder"),
        ({"shared": {"t": SharedItem(path="x", format="npy", digest="md5:1")}}, "shared.t.digest", "blake2b"),
    ],
)
@pytest.mark.parametrize("existing", [False, True])
def test_what_is_never_written(change, key, part, existing):
    contract = replace(CONTRACT, **change)
    with pytest.raises(ContractError, match=part) as caught:
        contract_text(contract, contract_text(CONTRACT) if existing else None)
    assert key in [found.key for found in caught.value.findings]
    assert "hunter2" not in str(caught.value)


def test_what_stood_there_before_does_not_stop_a_change(mutate):
    text = mutate(
        set={"input": '"/home/ada/*.csv"'}, tables='[parameters]\npassword = "hunter2"\n"a b" = 1\n'
    )
    contract = check_text(text).contract
    assert contract_text(replace(contract, workers=3), text) == text.replace('"auto"', "3")


def test_dates_are_parameters_too():
    day = datetime.date(2013, 1, 1)
    text = contract_text(replace(CONTRACT, parameters={"day": day}))
    assert check_text(text).contract.parameters == {"day": day}


# --- files


def test_write_and_load(tmp_path):
    path = tmp_path / "clean.parallel_stage.toml"
    assert write_contract(path, CONTRACT) is True
    assert load_contract(path) == CONTRACT
    before = path.stat().st_mtime_ns
    assert write_contract(path, CONTRACT) is False
    assert path.stat().st_mtime_ns == before
    assert [file.name for file in tmp_path.iterdir()] == ["clean.parallel_stage.toml"]


def test_write_keeps_line_ends_and_mode(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(BY_HAND.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    write_contract(path, replace(load_contract(path), workers=9))
    assert path.read_bytes() == BY_HAND.replace("0x4", "9").replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_write_through_a_link(tmp_path):
    target = tmp_path / "real.toml"
    link = tmp_path / "link.toml"
    write_contract(target, CONTRACT)
    link.symlink_to(target)
    assert write_contract(link, replace(CONTRACT, workers=3))
    assert link.is_symlink()
    assert load_contract(target).workers == 3


def test_write_to_a_folder(tmp_path):
    with pytest.raises(OutputError, match="it is a folder"):
        write_contract(tmp_path, CONTRACT)
    assert list(tmp_path.iterdir()) == []


def test_write_to_a_path_that_no_system_has(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_contract(tmp_path / "a\0b.toml", CONTRACT)


def test_write_without_a_folder(tmp_path):
    with pytest.raises(OutputError, match="there is no folder"):
        write_contract(tmp_path / "no" / "x.toml", CONTRACT)


def test_write_where_one_may_not(tmp_path, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError, match="permission denied") as caught:
        write_contract(tmp_path / "x.toml", CONTRACT)
    assert "may write" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="platform: nothing is read-only for root")
def test_write_to_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(OutputError):
            write_contract(tmp_path / "x.toml", CONTRACT)
    finally:
        tmp_path.chmod(0o755)


def test_a_broken_file_is_not_overwritten(tmp_path):
    path = tmp_path / "x.toml"
    for content in (b"schema = ", b"\xff\xfe", b"\xef\xbb\xbfa = 1"):
        path.write_bytes(content)
        with pytest.raises(ContractError, match=re.escape(str(path))):
            write_contract(path, CONTRACT)
        assert path.read_bytes() == content


def test_a_refused_contract_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "x.toml"
    write_contract(path, CONTRACT)
    before = path.read_bytes()
    with pytest.raises(ContractError):
        write_contract(path, replace(CONTRACT, name="a/b"))
    assert path.read_bytes() == before
