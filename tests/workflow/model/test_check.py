"""What is told of a workflow's text: code, key and line, all at once, and nothing of what is right."""

from __future__ import annotations

import textwrap

import pytest

from jupyter_agilab.workflow.load import check_text, read_workflow
from jupyter_agilab.workflow.model import SCHEMA, Claims, Feed, Group, WorkflowStage
from jupyter_agilab.workflow.named import workflow_path

A = '[stages.A]\ncontract = "a.toml"\n'
B = '[stages.B]\ncontract = "b.toml"\n'

GOOD = {
    "one stage": A,
    "elements": A + B + 'input = "A"',
    "artifact": A + B + 'input = "A.artifact"',
    "after": A + B + 'after = ["A"]',
    "two inputs by parameter": A + B + '[stages.C]\ncontract = "c"\ninput = { x = "A", y = "B" }',
    "the same stage twice by parameter": A + B + 'input = { left = "A", right = "A" }\ncombine = "product"',
    "elements of a stage that it also comes after": A + B + 'input = "A"\nafter = ["A"]',
    "flag": "[flags]\nf = true\n" + A + B + 'input = "A"\nwhen = "f"',
    "both with one flag": "[flags]\nf = true\n" + A + 'when = "f"\n' + B + 'input = "A"\nwhen = "f"',
    "groups, one undeclared": A
    + 'group = "g1"\n'
    + B
    + 'input = "A"\ngroup = "g2"\n[groups.g2]\nreplicas = 3',
    "group without options": A + 'group = "g1"\n[groups.g1]',
    "a stage that says that it has no group": A + 'group = "g1"\n' + B + 'input = "A"\ngroup = ""',
    "claims": A
    + '[stages.A.resources]\ncpus = 0.5\ngpus = 0.5\nmemory = "256M"\nwalltime = "00:03:00"\nlic = 2',
    "claims of nothing": A + "[stages.A.resources]\ngpus = 0\nlic = 0",
    "place": A + '[execution]\nbackend = "pool"\nworkers = 3\non_failure = "stop"',
    "days": A + '[stages.A.resources]\nwalltime = "2-00:00:00"',
}

WRONG = {
    "no stages": ("", ["1 workflow.no-stages stages"]),
    "an empty table of stages": ("[stages]", ["3 workflow.no-stages stages"]),
    "stages are no table": ("stages = 3", ["3 workflow.not-a-table stages"]),
    "a stage is no table": ("stages.A = 3", ["3 workflow.not-a-table stages.A"]),
    "no contract": ("[stages.A]", ["3 workflow.missing-key stages.A.contract"]),
    "contract under another name": (
        '[stages.A]\ncontrakt = "a"',
        ["3 workflow.missing-key stages.A.contract", "4 w:workflow.unknown-key stages.A.contrakt"],
    ),
    "contract of another type": ("[stages.A]\ncontract = 3", ["4 workflow.value stages.A.contract"]),
    "unknown stage in input": (
        A + B + 'input = "a"',
        ["7 workflow.unknown-stage stages.B.input"],
    ),
    "unknown stage in after": (
        A + B + 'after = ["C"]',
        ["7 workflow.unknown-stage stages.B.after"],
    ),
    "input of another type": (
        A + B + "input = 3",
        ["7 workflow.value stages.B.input"],
    ),
    "input of inputs of inputs": (
        A + B + 'input = [["A"]]',
        ["7 workflow.value stages.B.input"],
    ),
    "an empty table of inputs": (
        A + B + "input = {}",
        ["7 workflow.value stages.B.input"],
    ),
    "after is a text": (A + B + 'input = "A"\nafter = "A"', ["8 workflow.value stages.B.after"]),
    "no input": (A + B + 'after = ["A"]\ninput = []', ["8 w:workflow.value stages.B.input"]),
    "combine of another word": (
        A + B + 'input = "A"\ncombine = "zipp"',
        ["8 workflow.value stages.B.combine", "8 w:workflow.idle stages.B.combine"],
    ),
    "combine of one input": (
        A + B + 'input = "A"\ncombine = "product"',
        ["8 w:workflow.idle stages.B.combine"],
    ),
    "two artifacts": (
        A + B + '[stages.C]\ncontract = "c"\ninput = ["A.artifact", "B.artifact"]',
        ["9 workflow.inputs stages.C.input"],
    ),
    "elements and an artifact": (
        A + B + '[stages.C]\ncontract = "c"\ninput = ["A", "B.artifact"]',
        ["9 workflow.inputs stages.C.input"],
    ),
    "the same stage twice": (A + B + 'input = ["A", "A"]', ["7 workflow.inputs stages.B.input"]),
    "after what it waits for anyway": (
        A + B + 'input = "A.artifact"\nafter = ["A"]',
        ["8 w:workflow.idle stages.B.after"],
    ),
    "unknown flag": (
        "[flags]\nx = true\n" + A + 'when = "y"',
        ["4 w:workflow.unused-flag flags.x", "7 workflow.unknown-flag stages.A.when"],
    ),
    "unused flag": ("[flags]\nx = true\n" + A, ["4 w:workflow.unused-flag flags.x"]),
    "a flag that is a word": ('[flags]\nx = "yes"\n' + A + 'when = "x"', ["4 workflow.value flags.x"]),
    "fed by an optional stage": (
        "[flags]\nf = false\n" + A + 'when = "f"\n' + B + 'input = "A"',
        ["10 i:workflow.fed-by-optional stages.B.input"],
    ),
    "unused group": (A + "[groups.g]\nreplicas = 2", ["5 workflow.unused-group groups.g"]),
    "a group by another name": (
        A + 'group = "group-1"\n[groups.group_1]',
        ["5 w:workflow.unknown-group stages.A.group", "6 workflow.unused-group groups.group_1"],
    ),
    "a stage without a group": (A + 'group = "g"\n' + B + 'input = "A"', ["6 workflow.no-group stages.B"]),
    "no replicas": (A + 'group = "g"\n[groups.g]\nreplicas = 0', ["7 workflow.value groups.g.replicas"]),
    "replicas that are true": (A + "replicas = true", ["5 workflow.value stages.A.replicas"]),
    "replicas in a group": (A + 'group = "g"\nreplicas = 2', ["6 w:workflow.idle stages.A.replicas"]),
    "cpus below nothing": (
        A + "[stages.A.resources]\ncpus = 0",
        ["6 workflow.value stages.A.resources.cpus"],
    ),
    "gpus below nothing": (
        A + "[stages.A.resources]\ngpus = -0.5",
        ["6 workflow.value stages.A.resources.gpus"],
    ),
    "memory without a unit": (
        A + '[stages.A.resources]\nmemory = "256"',
        ["6 workflow.value stages.A.resources.memory"],
    ),
    "memory as a number": (
        A + "[stages.A.resources]\nmemory = 256",
        ["6 workflow.value stages.A.resources.memory"],
    ),
    "walltime of two numbers": (
        A + '[stages.A.resources]\nwalltime = "01:30"',
        ["6 workflow.value stages.A.resources.walltime"],
    ),
    "walltime of 61 seconds": (
        A + '[stages.A.resources]\nwalltime = "00:00:61"',
        ["6 workflow.value stages.A.resources.walltime"],
    ),
    "walltime of nothing": (
        A + '[stages.A.resources]\nwalltime = "00:00:00"',
        ["6 workflow.value stages.A.resources.walltime"],
    ),
    "time, as slurm-sdk has it": (
        A + '[stages.A.resources]\ntime = "00:03:00"',
        ["6 workflow.value stages.A.resources.time"],
    ),
    "mem, as slurm-sdk has it": (
        A + '[stages.A.resources]\nmem = "256M"',
        ["6 workflow.value stages.A.resources.mem"],
    ),
    "num_gpus, as Ray has it": (
        A + "[stages.A.resources]\nnum_gpus = 0.5",
        ["6 w:workflow.unknown-key stages.A.resources.num_gpus"],
    ),
    "resources are no table": (A + "resources = 3", ["5 workflow.not-a-table stages.A.resources"]),
    "a claim outside of resources": (A + "gpus = 0.5", ["5 w:workflow.unknown-key stages.A.gpus"]),
    "a name with a dot": ('[stages."a.b"]\ncontract = "a"', ['3 workflow.name stages."a.b"']),
    "a name with a blank": ('[groups."a b"]\n' + A, ['3 workflow.name groups."a b"']),
    "a parameter that is none": (
        A + B + 'input = { "x y" = "A" }',
        ["7 workflow.value stages.B.input"],
    ),
    "depends_on": (
        A + B + 'input = "A"\ndepends_on = ["A"]',
        ["8 w:workflow.unknown-key stages.B.depends_on"],
    ),
    "a key below the tables": (A + 'notes = "x"', ["5 w:workflow.unknown-key stages.A.notes"]),
    "backend": (A + '[execution]\nbackend = "slurm"', ["6 workflow.value execution.backend"]),
    "workers": (A + "[execution]\nworkers = 0", ["6 workflow.value execution.workers"]),
    "unknown key of execution": (
        A + "[execution]\nworker = 3",
        ["6 w:workflow.unknown-key execution.worker"],
    ),
    "unknown table": (A + "[panel]\nx = 3", ["5 i:workflow.unknown-table panel"]),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_nothing_is_said_of_what_is_right(found, text):
    assert found(text) == []


@pytest.mark.parametrize("name", WRONG)
def test_findings(found, name):
    text, expected = WRONG[name]
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "w"\n' + A, ["1 workflow.missing-key schema"]),
        (f'schema = "{SCHEMA}"\n' + A, ["1 workflow.missing-key name"]),
        (f'schema = "agilab.workflow.v2"\nname = "w"\n{A}', ["1 workflow.value schema"]),
        (f'schema = "{SCHEMA}"\nname = "a/b"\n{A}', ["2 workflow.name name"]),
        (f'schema = "{SCHEMA}"\nname = "{"é" * 76}"\n{A}', ["2 workflow.name name"]),
        (f'schema = "{SCHEMA}"\nname = "w"\nnoets = "x"\n{A}', ["3 w:workflow.unknown-key noets"]),
        ("x = = 3", ["1 workflow.malformed None"]),
        ("\ufeffx = 3", ["1 workflow.malformed None"]),
        ("x = " + "[" * 3000 + "]" * 3000, ["1 workflow.malformed None"]),
    ],
    ids=[
        "schema",
        "name",
        "version",
        "name of a folder",
        "long name",
        "near miss",
        "no TOML",
        "BOM",
        "too deep",
    ],
)
def test_findings_of_the_head(found, text, expected):
    told = found(text, has_head=True)
    assert expected[0] in told
    assert len(told) == len(expected) or "malformed" not in expected[0]


def test_all_are_told_at_once(found):
    told = found(
        """
        [flags]
        f = 1
        [stages.A]
        contract = "a.toml"
        input = "X"
        after = ["Y"]
        when = "g"
        replicas = 0
        [stages.A.resources]
        memory = "much"
        walltime = "soon"
        [execution]
        workers = "all"
        """
    )
    assert [line.partition(" ")[2] for line in told] == [
        "workflow.value flags.f",
        "w:workflow.unused-flag flags.f",
        "workflow.unknown-stage stages.A.input",
        "workflow.unknown-stage stages.A.after",
        "workflow.unknown-flag stages.A.when",
        "workflow.value stages.A.replicas",
        "workflow.value stages.A.resources.memory",
        "workflow.value stages.A.resources.walltime",
        "workflow.value execution.workers",
    ]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('input = "Bulid"', "did you mean 'Build'?"),
        ("depends_on = []", "write input or after"),
        ("inptu = 3", "did you mean 'input'?"),
        ("num_gpus = 3", "write it as gpus in [stages.S.resources]"),
        ('options = "x"', "write resources"),
        ("[stages.S.resources]\nmem = 3", "did you mean 'memory'?"),
        ('[stages.S.resources]\nwalltime = "1:30"', "'00:01:30' a minute and a half"),
        ('[execution]\nbackend = "pol"', "did you mean 'pool'?"),
    ],
)
def test_hints_say_what_was_probably_meant(head, line, hint):
    text = f'{head}[stages.Build]\ncontract = "b"\n[stages.S]\ncontract = "s"\n{line}'
    hints = [each.hint for each in check_text(text).findings if each.code != "workflow.disjoint"]
    assert any(hint in each for each in hints), hints


def test_many_unknown_keys_are_counted(head):
    keys = "\n".join(f"x{number} = 1" for number in range(1000))
    told = check_text(f"{head}{A}{keys}").findings
    assert len(told) == 21
    assert "and the keys after it" in told[-1].message


def test_a_workflow_is_read_as_it_says(head):
    text = head + textwrap.dedent(
        """
        notes = "x"
        [flags]
        f = true
        [stages.A]
        contract = "a.toml"
        group = "g"
        [stages.B]
        contract = "sub/b.toml"
        input = ["A", { y = "A" }]
        combine = "product"
        after = ["A"]
        when = "f"
        group = ""
        replicas = 2
        [stages.B.resources]
        gpus = 1
        lic = 2
        [groups.g]
        replicas = 3
        setup = "s.py:up"
        [execution]
        cluster = "c"
        workers = 4
        """
    )
    workflow = check_text(text).workflow
    assert workflow is not None
    assert workflow.stages["B"] == WorkflowStage(
        name="B",
        contract="sub/b.toml",
        inputs=(Feed("A"), Feed("A", parameter="y")),
        combine="product",
        after=("A",),
        when="f",
        replicas=2,
        claims=Claims(gpus=1.0, named={"lic": 2.0}),
        is_ungrouped=True,
    )
    assert workflow.groups == {"g": Group(name="g", replicas=3, setup="s.py:up")}
    assert (workflow.notes, workflow.flags, workflow.cluster, workflow.workers) == ("x", {"f": True}, "c", 4)


def test_what_is_wrong_counts_as_not_written(head):
    workflow = check_text(f"{head}{A}replicas = 0\nafter = 3\n[execution]\nworkers = 0").workflow
    assert workflow is not None
    assert workflow.stages["A"] == WorkflowStage(name="A", contract="a.toml")
    assert workflow.workers == "auto"


@pytest.mark.parametrize("text", ["", "[stages.A]", "stages = 3", 'stages.A.contract = "a"\nflags = 3'])
def test_without_stages_there_is_no_workflow(head, text):
    assert check_text(head + text).workflow is None


def test_a_file_is_read_with_its_path(tmp_path, head):
    path = tmp_path / "w.workflow.toml"
    path.write_text(f"{head}{A}")
    file = read_workflow(path)
    assert (file.ok, file.workflow.name) == (True, "w")
    path.write_text(f"{head}{A}replicas = 0")
    file = read_workflow(path)
    assert [(each.where(), each.code) for each in file.findings] == [(f"{path}:5:1", "workflow.value")]
    assert not file.ok


def test_a_file_that_is_not_there_is_a_finding(tmp_path, head):
    (tmp_path / "flow.workflow.toml").write_text(f"{head}{A}")
    (finding,) = read_workflow(tmp_path / "flwo.workflow.toml").findings
    assert (finding.code, finding.level) == ("workflow.unreadable", "syntax")
    assert finding.hint == "did you mean 'flow.workflow.toml'?"
    (finding,) = read_workflow(tmp_path).findings
    assert "it is a folder" in finding.message


def test_another_name_of_the_file_is_told(tmp_path, head):
    path = tmp_path / "flow.toml"
    path.write_text(f"{head}{A}")
    assert [each.code for each in read_workflow(path).findings] == ["workflow.file-name"]


def test_a_file_that_is_no_text_is_a_finding(tmp_path):
    path = tmp_path / "w.workflow.toml"
    path.write_bytes(b"x = \xff")
    (finding,) = read_workflow(path).findings
    assert finding.code == "workflow.unreadable"
    assert "a workflow must be UTF-8 text" in finding.message
    assert finding.hint == "save the file as UTF-8"


def test_a_contract_is_one_finding_that_says_what_to_do(tmp_path):
    path = tmp_path / "work.parallel_stage.toml"
    path.write_text('# mine\nschema = "agilab.parallel_stage.v1"\nname = "work"\nsplit = "files"\n')
    file = read_workflow(path)
    (finding,) = file.findings
    assert (finding.code, finding.where(), file.workflow) == ("workflow.is-a-contract", f"{path}:2:1", None)
    assert "work.parallel_stage.toml is the contract of one stage" in finding.message
    assert "jupyter agilab check|plan|run work.parallel_stage.toml" in finding.hint


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"], ids=["too long", "NUL"])
def test_a_name_that_no_system_has_is_a_finding(name, tmp_path):
    (finding,) = read_workflow(workflow_path(name, tmp_path)).findings
    assert finding.code == "workflow.unreadable"


def test_another_version_of_the_format_says_what_to_write():
    (finding,) = check_text(f'schema = "agilab.workflow.v2"\nname = "w"\n{A}').findings
    assert finding.hint == f'write schema = "{SCHEMA}" on the first line'
