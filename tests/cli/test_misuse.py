"""What is not understood, what cannot be done, what we did wrong ourselves: a message each, no traceback."""

import subprocess
import sys

import pytest

from jupyter_agilab import __version__, api
from jupyter_agilab.cli import main
from jupyter_agilab.cli.command import parser
from jupyter_agilab.errors import AgilabError, ClusterError, MissingDependencyError, OutputError


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "a verb is missing"),
        (["fly"], "invalid choice: 'fly'"),
        (["check"], "the following arguments are required: PATH"),
        (["plan", "work", "--cores", "0"], "argument --cores: expected a positive integer, got '0'"),
        (["plan", "work", "--workers", "two"], "argument --workers: expected an integer, got 'two'"),
        (["plan", "work", "--rows", "-1"], "argument --rows: expected 0 or a positive integer, got '-1'"),
        (["plan", "work", "--part"], "unrecognized arguments: --part"),
        (["trial", "work", "--partition", "x"], "argument --partition: expected an integer, got 'x'"),
        (["run", "work", "--backend", "spark"], "argument --backend: invalid choice: 'spark'"),
        (["run", "work", "--batch-size", "0"], "argument --batch-size: expected a positive integer, got '0'"),
        (
            ["run", "work", "--scheduler", "tcp://a:1", "--backend", "pool"],
            "--scheduler is for the dask back end",
        ),
        (["runs", "nowhere"], "there is no folder nowhere"),
        (["attach", "nothing"], "no run or stage named 'nothing'"),
        (["stop", "nothing"], "no run or stage named 'nothing'"),
    ],
)
def test_misuse(stage, agilab, conforms, arguments, told):
    stage.squares()
    answer = agilab(*arguments)
    assert answer.code == 2
    assert told in answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err
    answer = agilab(*arguments, "--json")
    assert answer.code == 2
    conforms(answer.json, "error")
    conforms(answer.json["error"], "error details")
    assert told in answer.json["error"]["message"]
    assert answer.json["error"]["code"] in {"usage", "run-not-found"}
    assert not (stage.folder / ".agilab").exists()


def test_help_of_every_verb(capsys):
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for verb in ("new", "check", "plan", "trial", "run", "runs", "attach", "stop", "demo"):
        assert f"\n    {verb} " in listed
        assert main([verb, "--help"]) == 0
        text = capsys.readouterr().out
        assert text.startswith(f"usage: jupyter agilab {verb} ")
        assert "--json" in text


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"jupyter-agilab {__version__}\n"


def test_abbreviated_flags_are_not_understood(stage, agilab):
    stage.squares()
    assert agilab("plan", "work", "--core", "3").code == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AgilabError("it did not work", hint="do this"), "agilab"),
        (OutputError("it did not work", hint="do this"), "output"),
        (ClusterError("it did not work", hint="do this"), "cluster"),
        (MissingDependencyError("it did not work", hint="do this"), "missing-dependency"),
    ],
)
def test_an_error_of_ours_is_a_sentence(stage, agilab, conforms, monkeypatch, error, code):
    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(api, "plan", fail)
    answer = agilab("plan", "work")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "error: it did not work\n    hint: do this\n"
    answer = agilab("plan", "work", "--json")
    conforms(answer.json["error"], "error details")
    assert answer.json["error"] == {
        "code": code,
        "message": "it did not work",
        "hint": "do this",
        "findings": [],
    }


def test_our_own_mistake_asks_for_a_report(stage, agilab, monkeypatch):
    def fail(*_args, **_kwargs):
        raise KeyError("oops")

    monkeypatch.setattr(api, "plan", fail)
    answer = agilab("plan", "work")
    assert answer.code == 1
    assert answer.err.startswith("internal error: KeyError: 'oops'\n")
    assert "please report" in answer.err
    assert agilab("plan", "work", "--json").json["error"]["code"] == "internal"
    with pytest.raises(KeyError):
        main(["plan", "work", "--debug"])


def test_interrupting_a_look_is_a_word(stage, agilab, monkeypatch):
    def fail(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "check", fail)
    answer = agilab("check", "work")
    assert (answer.code, answer.err) == (1, "interrupted\n")


def test_a_reader_that_has_seen_enough(stage, start):
    stage.squares(20_000)
    process = start("plan", "work", "--partitions", "--json").process
    assert process.stdout.readline() == "{\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(20) == 1


def test_the_script_and_the_module_are_the_same_command(stage, start):
    answer = start("runs", "--json").answer()
    assert answer.code == 0
    assert answer.json["runs"] == []
    assert parser().prog == "jupyter agilab"


HEAVY = {
    *("dask", "distributed", "pandas", "pyarrow", "polars", "numpy", "IPython", "ipywidgets"),
    *("jupyter_server", "libcst", "tomlkit", "nbformat", "psutil"),
}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "work"], ["new", "--help"], ["runs"], ["plan", "work"]]
)
def test_quick_verbs_load_no_heavy_library(stage, arguments):
    stage.squares()
    code = (
        "import sys\nfrom jupyter_agilab.cli import main\n"
        f"main({arguments!r})\nprint(sorted({HEAVY!r} & sys.modules.keys()), file=sys.stderr)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert answer.stderr.strip() == "[]"
