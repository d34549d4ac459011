"""What a manifest says about where a run was done."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

from jupyter_agilab.run.manifest import environment


def test_versions_are_those_that_are_installed(tmp_path) -> None:
    told = environment(tmp_path)["packages"]
    assert {"dask", "numpy", "pandas"} <= told.keys()
    assert told == {name: metadata.version(name) for name in told}


def test_names_are_told_as_they_are_written(tmp_path, monkeypatch) -> None:
    for name in ("scikit_learn-1.5.0.dist-info", "numpy-1.24.2-py3.11.egg-info", "Polars-2.0.dist-info"):
        (tmp_path / "first" / name).mkdir(parents=True)
    (tmp_path / "second" / "numpy-9.dist-info").mkdir(parents=True)
    (tmp_path / "second" / "scipy.libs").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / each) for each in ("none", "first", "second")])
    told = environment(tmp_path)["packages"]
    assert told == {"numpy": "1.24.2", "polars": "2.0", "scikit-learn": "1.5.0"}


def test_outside_a_repository_there_is_no_revision(tmp_path) -> None:
    assert environment(tmp_path)["git"] is None


@pytest.mark.parametrize("below", [".", "notebooks/deep"])
def test_the_revision_of_the_folder(tmp_path, below) -> None:
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True)
    assert environment(tmp_path / below)["git"] == head.strip()
