"""A worker that has seen other versions of the code loads exactly the one it is told."""

import subprocess
import sys
import textwrap

import pytest

from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.loading import load_function


@pytest.fixture(autouse=True)
def _modules_as_before(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def in_fresh_process(code: str, folder) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", textwrap.dedent(code), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LOAD = """
    import sys
    from pathlib import Path
    from jupyter_agilab.run.code import freeze
    from jupyter_agilab.run.loading import load_function
    folder = Path(sys.argv[1])

    def load(reference):
        code = freeze(reference, folder)
        return load_function(code.sources, code.digest, code.entry, code.function, str(folder))
"""


def test_two_versions_of_stage_and_helper_live_side_by_side(tmp_path):
    (tmp_path / "stages").mkdir()
    code = (
        LOAD
        + """
    for number in (1, 2):
        (folder / "helper.py").write_text(f"def answer():\\n    return {number}\\n")
        text = "from helper import answer\\ndef work():\\n    return answer()\\n"
        (folder / "stages/work.py").write_text(text)
        if number == 1:
            one = load("stages/work.py:work")
    two = load("stages/work.py:work")
    print(one(), two(), one is load("stages/work.py:work"), two is load("stages/work.py:work"))
    """
    )
    assert in_fresh_process(code, tmp_path) == "1 2 False True\n"


def test_a_package_is_loaded_by_its_dotted_name_with_relative_imports(tmp_path):
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("NAME = __name__\n")
    (package / "part.py").write_text(
        "from . import NAME\nfrom .other import value\n\ndef work():\n    return NAME, value\n"
    )
    (package / "other.py").write_text("value = 7\n")
    assert in_fresh_process(LOAD + '    print(load("mine.part:work")())', tmp_path) == "('mine', 7)\n"


def test_a_stage_named_like_a_library_module_does_not_hide_it(tmp_path):
    (tmp_path / "stages").mkdir()
    text = "def statistics():\n    import random, fractions\n    return 1\n"
    (tmp_path / "stages/statistics.py").write_text(text)
    code = (
        LOAD
        + """
    print(load("stages/statistics.py:statistics")())
    import statistics
    print(statistics.mean([1, 3]))
    """
    )
    assert in_fresh_process(code, tmp_path) == "1\n2\n"


def test_dataclasses_of_the_module_can_be_pickled(tmp_path):
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/work.py").write_text(
        "import pickle\nfrom dataclasses import dataclass\n\n@dataclass\nclass Point:\n    x: int\n\n"
        "def work():\n    return pickle.loads(pickle.dumps(Point(3))).x\n"
    )
    assert in_fresh_process(LOAD + '    print(load("stages/work.py:work")())', tmp_path) == "3\n"


def test_freezing_imports_nothing(tmp_path):
    (tmp_path / "work.py").write_text("raise SystemExit('imported')\ndef work(): ...\n")
    assert freeze("work.py:work", tmp_path).sources == {"work.py": (tmp_path / "work.py").read_text()}


def test_versions_that_take_turns_each_find_their_own_helper(tmp_path):
    """An import inside a function once gave the helper of whichever version was loaded last."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/work.py").write_text("def work():\n    import late\n    return late.VALUE\n")
    given = []
    for run, value in enumerate([1, 2, 1]):
        (tmp_path / "stages/late.py").write_text(f"VALUE = {value}\n")
        code = freeze("stages/work.py:work", tmp_path)
        arguments = (code.sources, code.digest, code.entry, code.function, str(tmp_path))
        given.append((value, arguments, tmp_path / f"run-{run}"))
    for value, arguments, home in [*given, *given, given[0], given[2]]:
        assert load_function(*arguments, home)() == value


def test_a_helper_of_the_same_name_elsewhere_is_another_one(tmp_path):
    for place, value in (("", 1), ("deep/", 2)):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / f"{place}aid.py").write_text(f"VALUE = {value}\n")
        (tmp_path / f"{place}turn.py").write_text("import aid\ndef work():\n    return aid.VALUE\n")
    for place, value in (("", 1), ("deep/", 2), ("", 1)):
        sources = {
            f"{place}{name}.py": (tmp_path / f"{place}{name}.py").read_text() for name in ("aid", "turn")
        }
        home = tmp_path / f"home-{place.strip('/')}"
        assert load_function(sources, f"{value}" * 32, f"{place}turn.py", "work", str(home), home)() == value


def test_a_worker_that_lives_long_keeps_few_versions(tmp_path):
    from jupyter_agilab.run import loading

    for number in range(20):
        sources = {"stages/many.py": f"def work():\n    return {number}\n"}
        home = tmp_path / f"{number}"
        assert (
            load_function(sources, f"{number:032}", "stages/many.py", "work", str(tmp_path), home)() == number
        )
    assert len(loading._loaded) < 10
