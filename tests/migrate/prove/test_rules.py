"""Each rule on loops that it must refuse and on their nearest neighbours that it must let pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_agilab.migrate.finding import LoopFinding

Find = Callable[..., LoopFinding]
START = "from lab import work\nout = []\ntotal = 0\nitems = load()"

REFUSED = {
    # rule: several bodies of `for x in items:`, with what stands before the loop
    "migrate.carried-name": [
        ("prev = 0", "out.append(work(x - prev))\nprev = x"),
        ("level = 1.0", "level = 0.9 * level + work(x)\nout.append(level)"),
        ("", "if x > 3:\n    last = work(x)\nout.append(last)"),
        ("", "try:\n    y = work(x)\nexcept ValueError:\n    print(x)\nout.append(y)"),
        ("", "for part in work(x):\n    y = part\nout.append(y)"),
    ],
    "migrate.reads-result": [
        ("", "out.append(work(x) + len(out))"),
        ("", "total += work(x)\nout.append(total)"),
        ("seen = set()", "if x not in seen:\n    seen.add(x)\n    out.append(work(x))"),
        ("table = {}", "table[x] = work(x, table.get(x - 1))"),
    ],
    "migrate.changes-shared": [
        ("settings = {'a': 1}", "settings['a'] = x\nout.append(work(settings))"),
        ("stack = [1]", "stack.pop()\nout.append(work(x))"),
        ("box = Box()", "box.level = x\nout.append(work(box))"),
        ("def fill(a, i):\n    a[i] = 0\nstate = load()", "fill(state, x)\nout.append(work(state))"),
    ],
    "migrate.changes-items": [("", "x['new'] = work(x['old'])"), ("", "x.fit(out)\nwork(x)")],
    "migrate.refits-shared": [
        ("from sklearn.svm import SVC\nmodel = SVC()", "model.fit(x, x)\nout.append(model.score(x, x))")
    ],
    "migrate.shared-generator": [
        ("import numpy as np\nrng = np.random.default_rng(1)", "out.append(work(x) + rng.normal())")
    ],
    "migrate.seeded-generator": [
        ("import numpy as np\nnp.random.seed(1)", "out.append(work(x, np.random.rand(3)))")
    ],
    "migrate.consumes": [
        ("stream = iter(load())", "out.append(work(x, next(stream)))"),
        ("stream = (y for y in load())", "out.append(work(x, list(stream)))"),
    ],
    "migrate.shared-file": [("log = open('log.txt', 'w')", "log.write(str(work(x)))")],
    "migrate.same-file": [
        ("", "with open('all.txt', 'a') as f:\n    f.write(str(work(x)))"),
        ("", "work(x).to_csv('last.csv')"),
        ("", "work(x).to_csv(f'out/{x % 2}.csv')"),
    ],
    "migrate.reads-written-file": [
        (
            "import numpy as np",
            "old = np.load(f'state_{x - 1}.npy')\nnp.save(f'state_{x}.npy', work(old))",
        )
    ],
    "migrate.shared-plot": [
        ("import matplotlib.pyplot as plt", "plt.plot(work(x))"),
        ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()", "ax.plot(work(x))"),
        ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()", "work(x).plot(ax=ax)"),
    ],
    "migrate.shows-figures": [
        ("import matplotlib.pyplot as plt", "fig, ax = plt.subplots()\nax.plot(work(x))\nplt.show()")
    ],
    "migrate.global-state": [
        ("import os", "os.chdir(x)\nout.append(work(x))"),
        ("import os", "os.environ['X'] = x\nout.append(work(x))"),
        ("import sys", "sys.path.insert(0, x)\nout.append(work(x))"),
    ],
    "migrate.early-exit": [("", "out.append(work(x))\nif out:\n    break")],
    "migrate.asks-person": [("", "out.append(work(x, input('next?')))")],
    "migrate.ipython-in-body": [("", "!convert {x}\nout.append(work(x))")],
    "migrate.captured-handle": [
        (
            "import sqlite3\nimport pandas as pd\ndb = sqlite3.connect('x.db')",
            "out.append(pd.read_sql(x, db))",
        )
    ],
    "migrate.unpicklable": [("import rasterio", "out.append(rasterio.open(x))")],
    "migrate.asynchronous": [("", "out.append(await work(x))")],
    "migrate.mixed-gathering": [("", "out.append(work(x))\nout[0] = 3")],
    "migrate.inside-context": [("import pymc as pm", "out.append(pm.Normal(str(x), work(x)))")],
    "migrate.too-small": [("", "out.append(x + 1)"), ("", "out.append(x['name'].strip())")],
}
"""Reads of a result make another obstacle of `early-exit` and `mixed-gathering`; those are asked apart."""

CONVERTED = [
    ("", "out.append(work(x))"),
    ("", "y = work(x)\nprev = y + 1\nout.append(prev)"),
    ("", "total += work(x)"),
    ("best = -1.0", "score = work(x)\nif score > best:\n    best = score"),
    ("flag = False", "if work(x):\n    flag = True"),
    ("table = {}", "table[x] = work(x)"),
    ("table = {}", "table[x] = {}\ntable[x]['a'] = work(x)"),
    ("groups = {}", "if x not in groups:\n    groups[x] = []\ngroups[x].append(work(x))"),
    ("import pandas as pd\nframe = pd.DataFrame()", "frame = pd.concat([frame, work(x)])"),
    ("", "settings = {'a': 1}\nsettings['a'] = x\nout.append(work(settings))"),
    ("", "if x > 3:\n    last = work(x)\nelse:\n    last = 0\nout.append(last)"),
    ("", "try:\n    y = work(x)\nexcept ValueError:\n    continue\nout.append(y)"),
    ("", "for part in (1, 2):\n    y = work(x, part)\nout.append(y)"),
    ("from sklearn.svm import SVC", "model = SVC()\nmodel.fit(x, x)\nout.append(model.score(x, x))"),
    ("import numpy as np", "rng = np.random.default_rng(x)\nout.append(work(x) + rng.normal())"),
    ("import numpy as np", "out.append(work(x, np.random.rand(3)))"),
    ("import numpy as np\nnp.random.seed(1)", "np.random.seed(x)\nout.append(work(x, np.random.rand(3)))"),
    ("import random\nimport numpy as np\nnp.random.seed(1)", "out.append(work(x, random.random()))"),
    ("", "work(x).to_csv(f'out/{x}.csv')"),
    ("", "with open(f'{x}.txt', 'w') as f:\n    f.write(str(work(x)))"),
    (
        "import matplotlib.pyplot as plt",
        "fig, ax = plt.subplots()\nax.plot(work(x))\nfig.savefig(f'{x}.png')\nplt.close(fig)",
    ),
    ("", "for y in work(x):\n    if y:\n        break\nout.append(work(x))"),
    ("def fill(a, i):\n    a[i] = 0\n    return a", "out.append(work(fill([1, 2], 0), x))"),
    (
        "def longer(a, i):\n    a = list(a)\n    a.append(i)\n    return a\nbase = [1]",
        "out.append(longer(base, work(x)))",
    ),
    ("import warnings", "warnings.simplefilter('ignore')\nout.append(work(x))"),
]


def indented(body: str) -> str:
    """Give the body inside a loop."""
    return "for x in items:\n" + "\n".join(f"    {line}" for line in body.splitlines())


@pytest.mark.parametrize(
    ("rule", "before", "body"),
    [(rule, before, body) for rule, several in REFUSED.items() for before, body in several],
)
def test_refuses(find: Find, rule: str, before: str, body: str) -> None:
    loop = indented(body)
    if rule == "migrate.inside-context":
        loop = "with pm.Model() as model:\n" + "\n".join(f"    {line}" for line in loop.splitlines())
    if rule == "migrate.early-exit":
        loop = loop.replace("if out:", "if x > 3:")
    found = find(f"{START}\n{before}", loop)
    assert found.verdict == "refuse"
    assert found.rule == rule
    assert found.reason is not None
    assert found.reducer is None
    assert found.message


@pytest.mark.parametrize(("before", "body"), CONVERTED)
def test_converts(find: Find, before: str, body: str) -> None:
    found = find(f"{START}\n{before}", indented(body))
    assert (found.verdict, found.rule) == ("convert", "migrate.convert"), found.message
    assert found.reason is None
    assert found.reducer is not None


def test_unknown_calls_are_named_assumptions(find: Find) -> None:
    found = find(START, indented("out.append(work(x))"))
    assert found.assumptions == ("assumes that `lab.work` changes nothing that iterations share",)


def test_known_calls_need_no_assumption(find: Find) -> None:
    found = find("import pandas as pd\nout = []", "for x in load():\n    out.append(pd.read_csv(x))")
    assert found.assumptions == ()


def test_a_function_of_the_notebook_is_followed_and_told_with_its_place(find: Find) -> None:
    found = find(
        "log = []\ndef note(a):\n    log.append(a)\n    return len(log)",
        "from lab import work\nout = []\nfor x in load():\n    out.append(work(note(x)))",
    )
    assert (found.verdict, found.reason, found.names) == ("refuse", "shared-mutation", ("log",))
    assert (found.reason_cell, found.reason_line) == (0, 3)


def test_a_function_that_calls_itself_is_followed_once(find: Find) -> None:
    found = find(
        "def down(n):\n    return 1 if n == 0 else down(n - 1) + down(n - 1)",
        "out = []\nfor n in load():\n    out.append(down(n))",
    )
    assert found.verdict == "convert"


def test_names_read_after_the_loop_keep_their_last_value(find: Find) -> None:
    found = find(START, indented("y = work(x)\nout.append(y)"))
    assert [output.name for output in found.outputs] == ["out"]
    with_leak = find(START, indented("y = work(x)\nout.append(y)") + "\nprint(y)")
    assert [(output.name, output.how) for output in with_leak.outputs] == [("y", "last"), ("out", "append")]


def test_a_name_bound_anew_before_it_is_read_is_no_output(find: Find) -> None:
    found = find(START, indented("y = work(x)\nout.append(y)") + "\ny = 3\nprint(y)")
    assert [output.name for output in found.outputs] == ["out"]


def test_another_name_of_a_result_is_seen(find: Find) -> None:
    found = find(f"{START}\nsame = out", indented("out.append(work(x, len(same)))"))
    assert (found.verdict, found.rule) == ("refuse", "migrate.alias")


def test_the_outputs_say_how_they_grow(find: Find) -> None:
    found = find(
        f"{START}\ntable = {{}}\nn = 0\nbest = 0\nat = None\nwords = set()\ntext = ''",
        indented(
            "y = work(x)\nout.append(y)\ntotal += y\nn += 1\ntable[x] = y\nwords.add(y)\ntext += f'{y}'\n"
            "if y > best:\n    best = y\n    at = x"
        ),
    )
    assert {(output.name, output.how) for output in found.outputs} == {
        ("out", "append"),
        ("total", "add"),
        ("n", "count"),
        ("table", "item"),
        ("words", "set"),
        ("text", "text"),
        ("best", "max"),
        ("at", "best"),
    }


def test_a_counter_kept_by_hand_becomes_enumerate(find: Find) -> None:
    found = find(
        START,
        "import numpy as np\nrows = np.zeros((3, 2))\ni = 0\n"
        "for x in items:\n    rows[i] = work(x)\n    i += 1",
    )
    assert found.verdict == "convert"
    assert found.rule == "migrate.convert-after-change"
    assert "+for i, x in enumerate(items):" in found.change.splitlines()
    assert "-    i += 1" in found.change.splitlines()
    assert [output.name for output in found.outputs] == ["rows"]


def test_a_counter_that_is_read_after_its_step_stays(find: Find) -> None:
    found = find(START, "i = 0\nfor x in items:\n    i += 1\n    out.append(work(x, i))")
    assert found.verdict == "refuse"


def test_an_else_without_break_moves_after_the_loop(find: Find) -> None:
    found = find(START, "for x in items:\n    out.append(work(x))\nelse:\n    print('done')")
    assert found.rule == "migrate.convert-after-change"
    assert "-else:" in found.change.splitlines()
    assert "+print('done')" in found.change.splitlines()


HIDDEN_STATE = [
    ("def g():\n    return y\ny = 0", "out.append(work(g()))\ny = work(x)"),
    ("push = out.append", "push(work(x))"),
    (
        (
            "def add(a, i):\n    a.append(i)\n    return len(a)\n"
            "from functools import partial\nkeep = partial(add, [])"
        ),
        "out.append(work(keep(x)))",
    ),
    (
        (
            "def make():\n    n = 0\n    def step(a):\n        nonlocal n\n"
            "        n += a\n        return n\n    return step\nstep = make()"
        ),
        "out.append(work(step(x)))",
    ),
    (
        (
            "def memo(f):\n    seen = []\n    def g(a):\n        seen.append(a)\n"
            "        return f(a) + len(seen)\n    return g\n@memo\ndef h(a):\n"
            "    return work(a)"
        ),
        "out.append(h(x))",
    ),
    (
        (
            "class A:\n    log = []\n    def f(self, a):\n        self.log.append(a)\n"
            "        return len(self.log)"
        ),
        "a = A()\nout.append(work(a.f(x)))",
    ),
    (
        (
            "class A:\n    made = 0\n    def __init__(self):\n        A.made += 1\n"
            "        self.number = A.made"
        ),
        "out.append(work(x, A().number))",
    ),
    (
        (
            "class A:\n    def __init__(self):\n        self.n = 0\n"
            "    def __getitem__(self, i):\n        self.n += i\n"
            "        return self.n\na = A()"
        ),
        "out.append(work(a[x]))",
    ),
    (
        "class A:\n    def __call__(self, i):\n        self.n = i\n        return i\na = A()",
        "out.append(work(a(x)))",
    ),
    ("def note(a, seen=[]):\n    seen.append(a)\n    return len(seen)", "out.append(work(note(x)))"),
    ("base = {'a': [1]}", "mine = base.copy()\nmine['a'].append(work(x))\nout.append(len(mine['a']))"),
    ("base = [[1]]", "mine = base[:]\nmine[0].append(work(x))\nout.append(len(mine[0]))"),
    ("import numpy as np\na = np.zeros(9)", "np.add(a, work(x), out=a)\nout.append(a.sum())"),
    ("import numpy as np\na = np.zeros(9)\nview = a[2:5]", "a[x] = work(x)\nout.append(view.sum())"),
    ("import numpy as np\nrng = np.random.RandomState(3)", "out.append(work(x, random_state=rng))"),
    ("ids = make_ids()", "out.append(work(x, ids.next_id()))"),
    ("g = (len(out) for _ in items)", "out.append(work(x, next(g)))"),
    ("", "z = work(x)\nout.append(lambda: z)"),
    ("import pulp\np = pulp.LpProblem()", "p += work(x)"),
    ("import sys", "print(work(x), file=log)\nsys.exit()"),
]


@pytest.mark.parametrize(("before", "body"), HIDDEN_STATE)
def test_state_that_hides_is_found(find: Find, before: str, body: str) -> None:
    found = find(f"{START}\n{before}", indented(body))
    assert found.verdict == "refuse"
    assert found.reason != "too-small-to-matter"
