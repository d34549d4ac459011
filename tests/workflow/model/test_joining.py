"""A stage joins its workflow: what its cell's line says, against what the workflow's file says."""

from __future__ import annotations

import pytest

from jupyter_agilab.errors import UsageError
from jupyter_agilab.workflow.joining import Joins, joining_of
from jupyter_agilab.workflow.load import read_workflow


def join(folder, **said):
    """Write the workflow with a stage ``a`` in it; give what was written."""
    joining = joining_of("a", Joins(workflow="w", **said), folder)
    joined = joining.joined({})
    joined.path.write_text(joined.text)
    return read_workflow(joined.path).workflow


@pytest.mark.parametrize("replicas", [0, -1])
def test_a_group_has_a_replica(tmp_path, replicas):
    told = f"--replicas of the group g must be a positive integer; it is {replicas}"
    with pytest.raises(UsageError, match=told):
        join(tmp_path, group="g", replicas=replicas)
    assert not list(tmp_path.iterdir())
    # also where only the file says that it has a group
    assert join(tmp_path, group="g", replicas=3).groups["g"].replicas == 3
    with pytest.raises(UsageError, match=told):
        join(tmp_path, replicas=replicas)
    assert join(tmp_path).groups["g"].replicas == 3


def test_none_takes_those_of_a_stage_back(tmp_path):
    assert join(tmp_path, replicas=2).stages["a"].replicas == 2
    assert join(tmp_path).stages["a"].replicas == 2
    assert join(tmp_path, replicas=0).stages["a"].replicas == 0
