"""Random loops: *convert* is never said where iterations, alone and in any order, give something else."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jupyter_agilab.cells import Notebook, NotebookCell
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import LoopFinding, LoopOutput

# what fails once at random is a mistake of ours
pytestmark = pytest.mark.flaky(reruns=0)

EXAMPLES = 300
"""The same ones in each run; the search goes on by hand with more of them."""


def beside(name: str) -> ModuleType:
    """Import a module of the folder beside this file."""
    path = Path(__file__).parent / "random_loops" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


programs = beside("random_loops_programs")
runs = beside("random_loops_runs")
Program = programs.Program


def found_in(program: Program) -> LoopFinding | None:
    """Give what is said of the random loop: the one that begins on the first line of the second cell."""
    cells = tuple(
        NotebookCell(index=i, id=f"c{i}", kind="code", source=source)
        for i, source in enumerate((program.setup, program.loop, program.last))
    )
    findings = find_loops(Notebook(path=Path("random.ipynb"), cells=cells)).loops
    here = [each for each in findings if (each.cell, each.line) == (1, 1)]
    # a comprehension may hold others on its line: the outer one comes with the names of its target
    here = [each for each in here if "q" not in each.variables]
    return here[0] if here else None


@st.composite
def random_programs(draw: st.DrawFn, *, risky: bool, form: str = "for") -> Program:
    return programs.write_program(lambda options: draw(st.sampled_from(options)), risky=risky, form=form)


def check(program: Program) -> None:
    finding = found_in(program)
    assume(finding is not None)
    if finding.verdict != "convert":
        return
    try:
        told = runs.difference(program, finding, random.Random(7))
    except runs.Undecided:
        assume(False)
    assert not told, f"{told}\n\n{program}\n\n{finding}"


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True)
@given(random_programs(risky=True))
def test_no_unsafe_loop_is_converted(program: Program) -> None:
    check(program)


@settings(max_examples=EXAMPLES // 3, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.sampled_from(["ListComp", "DictComp"]).flatmap(lambda form: random_programs(risky=True, form=form)))
def test_no_unsafe_comprehension_is_converted(program: Program) -> None:
    check(program)


@settings(max_examples=EXAMPLES // 3, suppress_health_check=list(HealthCheck), derandomize=True)
@given(random_programs(risky=False))
def test_safe_loops_come_out_the_same(program: Program) -> None:
    check(program)


@pytest.mark.parametrize(("form", "share"), [("for", 0.7), ("ListComp", 0.9)])
def test_most_safe_loops_are_converted(form: str, share: float) -> None:
    """The other tests of this file are passed by refusing everything; this one is not."""
    said: Counter[str] = Counter()
    refused = []
    for number in range(200):
        program = programs.write_program(random.Random(number).choice, risky=False, form=form)
        finding = found_in(program)
        verdict = finding.verdict if finding else "nothing found"
        said[verdict] += 1
        if verdict != "convert":
            refused.append(f"{finding.message if finding else verdict}\n{program.loop}")
    assert said["convert"] >= share * 200, f"{said}\n" + "\n\n".join(refused[:5])


def a_program(*body: str, later: str = "out total") -> Program:
    setup = programs.SETUP.replace("ALIAS", "[]") + programs.HELPERS
    return Program(setup, "i, x", "enumerate(data)", list(body), later.split())


def claims(**outputs: str) -> LoopFinding:
    made = tuple(LoopOutput(name=name, how=how) for name, how in outputs.items())
    return LoopFinding(
        cell=1, line=1, end_line=2, form="for", verdict="convert", rule="migrate.x", message="x", outputs=made
    )


@pytest.mark.parametrize(
    ("program", "finding"),
    [
        (a_program("out.append(work(x))"), claims(out="append")),
        (a_program("total += work(x)", "out.extend([x, x])"), claims(out="extend", total="add")),
        (a_program("arr[n] = work(x)", "n += 1", later="arr n"), claims(arr="item", n="count")),
        (a_program("table[x] = work(x)", later="table"), claims(table="item")),
        (
            a_program("if work(x) > best:", "    best, arg = work(x), i", later="best arg"),
            claims(best="best", arg="best"),
        ),
        (a_program("flag = flag or x > 4", later="flag"), claims(flag="any")),
        (a_program('with open(f"o_{i}.txt", "w") as file:', "    file.write('x')"), claims(f="file")),
        (a_program("v = x", later="v x"), claims(v="last")),
        (a_program("counts[x] = counts.get(x, 0) + 1", later="counts"), claims(counts="update")),
    ],
    ids=lambda value: value.body[0] if isinstance(value, Program) else "",
)
def test_the_judge_lets_right_claims_pass(program: Program, finding: LoopFinding) -> None:
    assert runs.difference(program, finding, random.Random(1)) == ""


@pytest.mark.parametrize(
    ("program", "finding"),
    [
        (a_program("out.append(len(out))"), claims(out="append")),
        (a_program("out.append(total)", "total += x"), claims(out="append", total="add")),
        (a_program("out.append(random.random())"), claims(out="append")),
        (a_program("out.append(keep(x))"), claims(out="append")),
        (a_program("out.append(climb(x))"), claims(out="append")),
        (a_program("out.append(box.count())"), claims(out="append")),
        (a_program("if x > 3:", "    w = x", "out.append(w)"), claims(out="append")),
        (a_program("out.append(x)", "break"), claims(out="append")),
        (a_program("shared[0] += x", "out.append(x)", later="out shared"), claims(out="append")),
        (a_program('with open("o.txt", "w") as file:', "    file.write(str(x))"), claims()),
        (a_program('with open("o.txt", "a") as file:', "    file.write(str(x))"), claims()),
        (a_program("print(prev)", "prev = x"), claims(prev="last")),
        (a_program("arr[n] = x", "if x > 1:", "    n += 1", later="arr n"), claims(arr="item", n="count")),
        (a_program("out.append(next(it))"), claims(out="append")),
    ],
    ids=lambda value: value.body[0] if isinstance(value, Program) else "",
)
def test_the_judge_sees_wrong_claims(program: Program, finding: LoopFinding) -> None:
    assert runs.difference(program, finding, random.Random(1)) != ""
