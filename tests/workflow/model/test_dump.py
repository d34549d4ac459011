"""Writing: what is read back is what was written, and what is not changed keeps its bytes."""

from __future__ import annotations

import textwrap
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.errors import OutputError, WorkflowError
from jupyter_agilab.workflow.dump import workflow_text, write_workflow
from jupyter_agilab.workflow.load import check_text
from jupyter_agilab.workflow.model import Claims, Feed, Group, Workflow, WorkflowStage

names = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_-]{0,8}\Z")
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).filter(str.strip)
amounts = st.floats(0, 1e6, allow_nan=False)


@st.composite
def claims(draw):
    return Claims(
        cpus=draw(st.none() | st.floats(0.01, 1e3)),
        gpus=draw(st.none() | amounts),
        memory=draw(st.none() | st.sampled_from(["256M", "2 GiB", "1.5 GB"])),
        walltime=draw(st.none() | st.sampled_from(["00:03:00", "2-00:00:00"])),
        named=draw(st.dictionaries(names.filter(lambda name: name not in OURS), amounts, max_size=2)),
    )


OURS = {"cpus", "gpus", "memory", "walltime"}


@st.composite
def workflows(draw):
    """Give workflows, also some that a check refuses: writing does not care."""
    known = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    feeds = st.builds(
        Feed,
        st.sampled_from(known),
        st.sampled_from(["elements", "artifact"]),
        st.sampled_from(["", "x", "äöü"]),
    )
    flags = draw(st.dictionaries(names, st.booleans(), max_size=2))
    stages = {}
    for name in known:
        group = draw(st.sampled_from(["", "g1", "g2"]))
        stages[name] = WorkflowStage(
            name=name,
            contract=draw(texts),
            inputs=tuple(draw(st.lists(feeds, max_size=3))),
            combine=draw(st.sampled_from(["zip", "product"])),
            after=tuple(draw(st.lists(names, max_size=2))),
            when=draw(st.sampled_from(["", *flags])),
            group=group,
            replicas=draw(st.sampled_from([0, 1, 7])),
            claims=draw(claims()),
            is_ungrouped=not group and draw(st.booleans()),
        )
    groups = {
        name: Group(
            name=name,
            replicas=draw(st.integers(1, 9)),
            claims=draw(claims()),
            setup=draw(st.sampled_from(["", "stages/g.py:setup"])),
            teardown=draw(st.sampled_from(["", "stages/g.py:teardown"])),
        )
        for name in draw(st.lists(st.sampled_from(["g1", "g2", "g3"]), unique=True))
    }
    return Workflow(
        name=draw(names),
        stages=stages,
        groups=groups,
        flags=flags,
        backend=draw(st.sampled_from(["", "pool", "dask"])),
        cluster=draw(st.sampled_from(["", "big"])),
        workers=draw(st.sampled_from(["auto", 3])),
        on_failure=draw(st.sampled_from(["finish", "stop"])),
        notes=draw(st.just("") | texts),
    )


@settings(max_examples=30)
@given(workflows())
def test_what_is_written_is_read_back(workflow):
    assert check_text(workflow_text(workflow)).workflow == workflow


@settings(max_examples=30)
@given(workflows())
def test_writing_twice_changes_nothing(workflow):
    text = workflow_text(workflow)
    assert workflow_text(workflow, text) == text
    assert workflow_text(workflow) == text


@settings(max_examples=20)
@given(workflows(), workflows())
def test_any_workflow_can_be_changed_into_any_other(before, after):
    text = workflow_text(after, workflow_text(before))
    assert check_text(text).workflow == after


@settings(max_examples=20)
@given(workflows(), workflows())
def test_comments_and_unknown_keys_outlive_any_change(before, after):
    text = (
        f"# mine\nx-own = 3 # kept\n{workflow_text(before)}\n# the end\n[x-table]\ny = [1,  2] # kept too\n"
    )
    changed = workflow_text(replace(after, unknown={}), text)
    assert "# mine\nx-own = 3 # kept\n" in changed
    assert "# the end\n[x-table]\ny = [1,  2] # kept too\n" in changed
    found = check_text(changed).workflow
    assert found is not None
    assert replace(found, unknown={}) == after


TEXT = """\
# a workflow of mine
schema  =  "agilab.workflow.v1"
name = 'w'   # single quotes

[flags]
promote = false

[stages.build]   # builds
contract = "build.toml"

# samples each
[stages.sample]
contract = "sample.toml"
input = ["build"]   # as an array
colour = "red"
[stages.sample.resources]
gpus = 1   # an integer

[execution]
workers = 'auto'
"""


def parts():
    workflow = check_text(TEXT).workflow
    assert workflow is not None
    return workflow, workflow.stages["build"], workflow.stages["sample"]


def with_stage(workflow, *stages):
    return replace(workflow, stages={**workflow.stages, **{stage.name: stage for stage in stages}})


def test_the_same_workflow_keeps_every_byte():
    assert workflow_text(parts()[0], TEXT) == TEXT
    windows = TEXT.replace("\n", "\r\n")
    assert workflow_text(parts()[0], windows) == windows


def test_one_value_changes_one_line():
    workflow, _, sample = parts()
    text = workflow_text(with_stage(workflow, replace(sample, inputs=(Feed("build", "artifact"),))), TEXT)
    assert text == TEXT.replace('input = ["build"] ', 'input = "build.artifact" ')


def test_a_claim_changes_its_line():
    workflow, _, sample = parts()
    changed = with_stage(workflow, replace(sample, claims=Claims(gpus=0.5)))
    assert workflow_text(changed, TEXT) == TEXT.replace("gpus = 1 ", "gpus = 0.5 ")


def test_a_stage_goes_behind_the_others():
    workflow, _, _ = parts()
    stage = WorkflowStage(name="merge", contract="m.toml", inputs=(Feed("sample"),), claims=Claims(cpus=2.0))
    added = textwrap.dedent(
        """\
        [stages.merge]
        contract = "m.toml"
        input = "sample"

        [stages.merge.resources]
        cpus = 2.0

        """
    )
    assert workflow_text(with_stage(workflow, stage), TEXT) == TEXT.replace(
        "[execution]", f"{added}[execution]"
    )


def test_a_group_goes_behind_the_stages():
    workflow, _, _ = parts()
    text = workflow_text(replace(workflow, groups={"g": Group(name="g")}), TEXT)
    assert text == TEXT.replace("[execution]", "[groups.g]\n\n[execution]")


def test_resources_go_behind_their_stage():
    workflow, build, _ = parts()
    text = workflow_text(with_stage(workflow, replace(build, claims=Claims(memory="1 GB"))), TEXT)
    wanted = '[stages.build.resources]\nmemory = "1 GB"\n\n# samples each'
    assert text == TEXT.replace("# samples each", wanted)


def test_flags_go_above_the_stages():
    text = TEXT.replace("[flags]\npromote = false\n\n", "")
    workflow = check_text(text).workflow
    assert workflow is not None
    assert workflow_text(replace(workflow, flags={"promote": False}), text) == TEXT


def test_a_stage_that_goes_takes_its_tables_along():
    workflow, build, _ = parts()
    text = workflow_text(replace(workflow, stages={"build": build}), TEXT)
    assert "sample]" not in text
    assert 'contract = "build.toml"' in text


def test_values_of_the_default_go_only_where_they_say_something_else():
    workflow, _, _ = parts()
    assert "workers = 'auto'" in workflow_text(workflow, TEXT)
    text = workflow_text(replace(workflow, workers=3), TEXT)
    assert text == TEXT.replace("'auto'", "3")
    assert "workers" not in workflow_text(workflow, text)


@pytest.mark.parametrize(
    "text",
    [
        'schema = "agilab.workflow.v1"\nname = "w"\nstages = { a = { contract = "a.toml" } }\n',
        'schema = "agilab.workflow.v1"\nname = "w"\nstages.a.contract = "a.toml"\n',
        'schema = "agilab.workflow.v1"\nname = "w"\n[stages]\na = { contract = "a.toml" }\n',
        'schema = "agilab.workflow.v1"\nname = "w"\n[stages]\na.contract = "a.toml"\n',
    ],
    ids=["inline", "dotted", "inline below", "dotted below"],
)
def test_any_way_to_write_tables_can_be_changed(text):
    workflow = check_text(text).workflow
    assert workflow is not None
    stage = replace(workflow.stages["a"], claims=Claims(gpus=1.0, named={"lic": 2.0}), group="g")
    more = WorkflowStage(name="b", contract="b.toml", inputs=(Feed("a"),))
    wanted = replace(with_stage(workflow, stage, more), groups={"g": Group(name="g", replicas=2)})
    assert check_text(workflow_text(wanted, text)).workflow == wanted


def test_what_nobody_could_read_stays():
    text = TEXT.replace("gpus = 1 ", 'gpus = "one" ').replace("promote = false", 'promote = "no"')
    workflow = check_text(text).workflow
    assert workflow is not None
    assert workflow_text(replace(workflow, notes="x"), text) == text.replace(
        "   # single quotes\n", '   # single quotes\nnotes = "x"\n'
    )


@pytest.mark.parametrize(
    "workflow",
    [
        Workflow(name="a/b", stages={"a": WorkflowStage(name="a", contract="a")}),
        Workflow(name="w", stages={"a b": WorkflowStage(name="a b", contract="a")}),
        Workflow(name="w", stages={"a": WorkflowStage(name="a", contract="a", replicas=-1)}),
        Workflow(name="w", stages={"a": WorkflowStage(name="a", contract="a", claims=Claims(memory="much"))}),
        Workflow(name="w", stages={"a": WorkflowStage(name="a", contract="a\ud800")}),
    ],
    ids=["name", "stage's name", "replicas", "claim", "surrogate"],
)
def test_what_a_file_cannot_say_is_refused(workflow):
    with pytest.raises(WorkflowError, match="cannot be written") as error:
        workflow_text(workflow)
    assert len(error.value.findings) == 1


def test_a_stage_that_said_it_has_no_group_can_take_that_back():
    text = f'{TEXT}[stages.last]\ncontract = "l.toml"\ngroup = ""\n'
    workflow = check_text(text).workflow
    assert workflow is not None
    assert workflow_text(workflow, text) == text
    changed = with_stage(workflow, replace(workflow.stages["last"], is_ungrouped=False))
    assert workflow_text(changed, text) == text.replace('group = ""\n', "")


def test_files_are_written_whole_and_only_when_they_change(tmp_path):
    workflow, _, _ = parts()
    path = tmp_path / "w.workflow.toml"
    assert write_workflow(path, workflow)
    before = path.stat().st_mtime_ns
    assert not write_workflow(path, workflow)
    assert path.stat().st_mtime_ns == before
    assert tomllib.loads(path.read_text())["name"] == "w"
    path.write_text("x = = 3")
    with pytest.raises(WorkflowError, match="left as it is"):
        write_workflow(path, workflow)
    assert path.read_text() == "x = = 3"


def test_places_that_cannot_be_written_are_told(tmp_path):
    workflow, _, _ = parts()
    with pytest.raises(OutputError, match="it is a folder"):
        write_workflow(tmp_path, workflow)
    with pytest.raises(OutputError, match="there is no folder"):
        write_workflow(tmp_path / "no" / "w.workflow.toml", workflow)
    with pytest.raises(OutputError, match="choose another path"):
        write_workflow(tmp_path / "a\0b", workflow)
    link = tmp_path / "link.workflow.toml"
    link.symlink_to(link)
    with pytest.raises(OutputError, match="cannot be written to"):
        write_workflow(link, workflow)


def test_a_contract_is_not_written_over(tmp_path):
    workflow, _, _ = parts()
    path = tmp_path / "w.parallel_stage.toml"
    text = 'schema = "agilab.parallel_stage.v1"\nname = "work"\n'
    path.write_text(text)
    with pytest.raises(WorkflowError, match="left as it is"):
        write_workflow(path, workflow)
    assert path.read_text() == text
