"""What a function uses: a change of that changes the key, and a change of nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from jupyter_agilab.run.code import freeze


def key(folder: Path, files: dict[str, str], function: str = "work.py:f") -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return freeze(function, folder).meaning


def names(folder: Path, files: dict[str, str]) -> set[str]:
    key(folder, files)
    return set(freeze("work.py:f", folder).definitions)


BASE = {
    "work.py": '''
        """A stage."""
        import json
        import helpers
        from helpers import tidy as t, unused_too

        LIMIT = 3
        OTHER = 4

        class Row:
            """A row."""
            def read(self):
                return inner()

        def inner():
            return 1

        def unused(x):
            return OTHER

        def f(path):
            """Do it."""
            from late import quick
            limit = LIMIT
            return t(path), helpers.deep(limit), Row().read(), quick(json.dumps(path))

        if __name__ == "__main__":
            print(f("x"))
    ''',
    "helpers.py": """
        A = 1
        B = 2

        def tidy(x):
            return A

        def deep(x):
            return even_deeper(x)

        def even_deeper(x):
            return x

        def unused_too(x):
            return B
    """,
    "late.py": """
        def quick(x):
            return x

        def slow(x):
            return x
    """,
    "stranger.py": "X = 1\n",
}

REACHED = [
    ("work.py", "LIMIT = 3", "LIMIT = 5"),
    ("work.py", "return inner()", "return inner() + 1"),
    ("work.py", "    return 1\n", "    return 2\n"),
    ("work.py", "json.dumps(path)", "json.dumps([path])"),
    ("work.py", "import json\n", "import simplejson as json\n"),
    ("work.py", "tidy as t", "unused_too as t"),
    ("work.py", "from late import quick", "from late import slow as quick"),
    ("work.py", "LIMIT = 3", "LIMIT = 3\n        def path(x): return 0\n        LIMIT = path(1)"),
    ("helpers.py", "A = 1", "A = 7"),
    ("helpers.py", "return even_deeper(x)", "return -even_deeper(x)"),
    ("helpers.py", "    return x\n", "    return [x]\n"),
    ("late.py", "def quick(x):\n            return x", "def quick(x):\n            return x, x"),
]
UNREACHED = [
    ("work.py", "OTHER = 4", "OTHER = 5"),
    ("work.py", "return OTHER", "return OTHER * 2"),
    ("work.py", "def unused(x)", "def unused(x, y=1)"),
    (
        "work.py",
        "        def unused",
        "        def brand_new(a):\n            return a\n\n        def unused",
    ),
    ("work.py", ", unused_too\n", "\n"),
    ("work.py", 'print(f("x"))', 'print(f("y"))'),
    ("work.py", '"""Do it."""', '"""Do it otherwise."""'),
    ("work.py", '"""A stage."""', ""),
    ("work.py", '            """A row."""\n', ""),
    ("work.py", "LIMIT = 3", "LIMIT = 3  # rows"),
    ("work.py", "t(path), helpers", "t( path ),\\\n                    helpers"),
    ("work.py", "(path):", "(\n            path,\n        ):"),
    ("helpers.py", "B = 2", "B = 3"),
    ("helpers.py", "return B", "return B, B"),
    ("late.py", "def slow(x):\n            return x", "def slow(x):\n            return 0"),
    ("stranger.py", "X = 1", "X = 2"),
]


def changed(file: str, old: str, new: str) -> dict[str, str]:
    text = BASE[file]
    assert old in text
    return {**BASE, file: text.replace(old, new, 1)}


@pytest.mark.parametrize("change", REACHED, ids=lambda change: f"{change[0]} {change[2][:30]!r}")
def test_a_change_of_what_is_used_changes_the_key(tmp_path: Path, change: tuple[str, str, str]) -> None:
    assert key(tmp_path, BASE) != key(tmp_path, changed(*change))


@pytest.mark.parametrize("change", UNREACHED, ids=lambda change: f"{change[0]} {change[2][:30]!r}")
def test_a_change_of_anything_else_does_not(tmp_path: Path, change: tuple[str, str, str]) -> None:
    assert key(tmp_path, BASE) == key(tmp_path, changed(*change))


def test_the_definitions_that_are_used_are_named(tmp_path: Path) -> None:
    assert names(tmp_path, BASE) == {
        *("work.py:json", "work.py:helpers", "work.py:t", "work.py:LIMIT", "work.py:Row", "work.py:inner"),
        *("work.py:f", "helpers.py:A", "helpers.py:tidy", "helpers.py:deep", "helpers.py:even_deeper"),
        "late.py:quick",
    }


def test_imports_may_change_places(tmp_path: Path) -> None:
    texts = (
        "import json\nimport pkg.a\nimport pkg.b\ndef f(x):\n    return pkg.a.one(json), pkg.b.two()\n",
        "import pkg.b\nimport pkg.a\nimport json\ndef f(x):\n    return pkg.a.one(json), pkg.b.two()\n",
    )
    others = {"pkg/a.py": "def one(x):\n    return 1\n", "pkg/b.py": "def two():\n    return 2\n"}
    assert key(tmp_path, {"work.py": texts[0], **others}) == key(tmp_path, {"work.py": texts[1], **others})


def test_functions_may_change_places(tmp_path: Path) -> None:
    text = "def a():\n    return 1\n\ndef b():\n    return a()\n\ndef f(x):\n    return b()\n"
    parts = text.split("\n\n")
    assert key(tmp_path, {"work.py": text}) == key(tmp_path, {"work.py": "\n\n".join(reversed(parts))})


EFFECTS = {
    "a registry filled by a decorator": (
        "ALL = []\ndef register(g):\n    ALL.append(g)\n    return g\n"
        "@register\ndef one(x):\n    return HERE\ndef f(x):\n    return [g(x) for g in ALL]\n",
        ("HERE", "x * 2"),
    ),
    "a registry of subclasses": (
        "class Base:\n    pass\nclass One(Base):\n    def go(self):\n        return HERE\n"
        "def f(x):\n    return [c().go() for c in Base.__subclasses__()]\n",
        ("HERE", "1"),
    ),
    "a call at the top": (
        "import os\nSETTINGS = {}\nSETTINGS.update(a=HERE)\ndef f(x):\n    return x\n",
        ("HERE", "2"),
    ),
    "an item set at the top": (
        "TABLE = {}\nTABLE['a'] = HERE\ndef f(x):\n    return TABLE\n",
        ("HERE", "2"),
    ),
    "an addition in place": ("A = B = []\nA += [HERE]\ndef f(x):\n    return B\n", ("HERE", "2")),
    "a loop at the top": (
        "T = {}\nfor i in range(HERE):\n    T[i] = 1\ndef f(x):\n    return T\n",
        ("HERE", "2"),
    ),
    "a name that globals() finds": (
        "def one(x):\n    return HERE\ndef f(x):\n    return globals()[x](x)\n",
        ("HERE", "2"),
    ),
    "a name that eval finds": (
        "def one(x):\n    return HERE\ndef f(x):\n    return eval(x)\n",
        ("HERE", "2"),
    ),
    "a variable that a query names": (
        "LIMIT = HERE\ndef f(df):\n    return df.query('x > @LIMIT')\n",
        ("HERE", "2"),
    ),
    "a table that SQL names": (
        "import duckdb\nTABLE = HERE\nQUERY = 'select * from TABLE'\n"
        "def f(x):\n    return duckdb.sql(QUERY)\n",
        ("HERE", "2"),
    ),
    "a class that a pickle names": (
        "import pickle\nclass Thing:\n    x = HERE\ndef f(path):\n    return pickle.load(open(path, 'rb'))\n",
        ("HERE", "2"),
    ),
    "a class that an array's pickle names": (
        "import numpy as np\nclass Thing:\n    x = HERE\n"
        "def f(path):\n    return np.load(path, allow_pickle=True)\n",
        ("HERE", "2"),
    ),
    "a default that is computed": (
        "LIMIT = HERE\ndef g(x=LIMIT):\n    return x\ndef f(x):\n    return g()\n",
        ("HERE", "2"),
    ),
    "a type that a library may look up": (
        "class Row:\n    a = HERE\ndef f(x: 'list[Row]'):\n    return x\n",
        ("HERE", "2"),
    ),
    "a documentation that is used": (
        "def f(x):\n    'HERE'\n    return f.__doc__\n",
        ("HERE", "2"),
    ),
    "a source that is used": (
        "import inspect\ndef f(x):\n    return inspect.getsource(f)  # HERE\n",
        ("HERE", "2"),
    ),
    "a name that is set by another function": (
        "def g():\n    global LIMIT\n    LIMIT = HERE\ndef f(x):\n    g()\n    return LIMIT\n",
        ("HERE", "2"),
    ),
    "a private name inside a class": (
        "def _A__help():\n    return HERE\nclass A:\n    def go(self):\n        return __help()\n"
        "def f(x):\n    return A().go()\n",
        ("HERE", "2"),
    ),
    "a name that nothing binds": (
        "def one(x):\n    return HERE\ndef f(x):\n    return conjured(x)\n",
        ("HERE", "2"),
    ),
    "one of two definitions": (
        "def g():\n    return HERE\nif f:=1:\n    def g():\n        return 5\ndef f(x):\n    return g()\n",
        ("HERE", "2"),
    ),
    "an import that can have effects": (
        "import HERE\ndef f(x):\n    return x\n",
        ("HERE", "seaborn"),
    ),
    "how names are read": (
        "HERE\ndef f(x: int) -> int:\n    return f.__annotations__\n",
        ("HERE", "from __future__ import annotations"),
    ),
    "the order in which a name is bound": (
        "A = 1\nB = A\nA = 2\ndef f(x):\n    return B\n",
        ("B = A\nA = 2", "A = 2\nB = A"),
    ),
    "the order of two imports of a name": (
        "from math import sqrt\nfrom cmath import sqrt\ndef f(x):\n    return sqrt(x)\n",
        (
            "from math import sqrt\nfrom cmath import sqrt",
            "from cmath import sqrt\nfrom math import sqrt",
        ),
    ),
    "the order of an import and a definition": (
        "from math import sqrt\ndef sqrt(x):\n    return x\ndef f(x):\n    return sqrt(x)\n",
        (
            "from math import sqrt\ndef sqrt(x):\n    return x\n",
            "def sqrt(x):\n    return x\nfrom math import sqrt\n",
        ),
    ),
    "a star of Python's own": (
        "from math import *\ndef f(x):\n    return sqrt(x)\n",
        ("math", "cmath"),
    ),
    "the order of a star and a definition": (
        "from math import *\ndef sqrt(x):\n    return x\ndef f(x):\n    return sqrt(x)\n",
        (
            "from math import *\ndef sqrt(x):\n    return x\n",
            "def sqrt(x):\n    return x\nfrom math import *\n",
        ),
    ),
    "an object that learns its name": (
        "class Field:\n    def __set_name__(self, owner, name):\n        FOUND.append(name)\n"
        "FOUND = []\nFIELD = Field()\nclass A:\n    HERE = FIELD\ndef f(x):\n    return FOUND\n",
        ("HERE", "there"),
    ),
    "the method of a property": (
        "class A:\n    @property\n    def x(self):\n        return HERE\ndef f(a):\n    return A().x\n",
        ("HERE", "2"),
    ),
}


@pytest.mark.parametrize("case", EFFECTS)
def test_what_does_not_show_counts(tmp_path: Path, case: str) -> None:
    text, (old, new) = EFFECTS[case]
    before = key(tmp_path, {"work.py": text.replace("HERE", "0") if old != "HERE" else text})
    assert before != key(tmp_path, {"work.py": text.replace(old, new)})


MODULES = {
    "a module that is handed on": (
        "import helpers\ndef f(x):\n    return getattr(helpers, x)()\n",
        {"helpers.py": "def one():\n    return HERE\n"},
    ),
    "a name from a star": (
        "from helpers import *\ndef f(x):\n    return one()\n",
        {"helpers.py": "def one():\n    return HERE\ndef two():\n    return 1\n"},
    ),
    "a name through two stars": (
        "from helpers import *\ndef f(x):\n    return one()\n",
        {"helpers.py": "from deeper import *\n", "deeper.py": "def one():\n    return HERE\n"},
    ),
    "an effect of a module that only is imported": (
        "import helpers\ndef f(x):\n    return x\n",
        {"helpers.py": "import os\nos.environ['A'] = str(HERE)\n"},
    ),
    "an effect of a module that a used function imports": (
        "def f(x):\n    import helpers\n    return x\n",
        {"helpers.py": "import os\nos.environ['A'] = str(HERE)\n"},
    ),
    "a module in a package": (
        "import pkg.deep\ndef f(x):\n    return pkg.deep.one()\n",
        {"pkg/__init__.py": "", "pkg/deep.py": "def one():\n    return HERE\n"},
    ),
    "a module in a folder without __init__": (
        "import pkg.deep\ndef f(x):\n    return pkg.deep.one()\n",
        {"pkg/deep.py": "def one():\n    return HERE\n"},
    ),
    "a module from a package": (
        "from pkg import deep as d\ndef f(x):\n    return d.one()\n",
        {"pkg/__init__.py": "", "pkg/deep.py": "def one():\n    return HERE\n"},
    ),
    "a name that a package passes on": (
        "import pkg\ndef f(x):\n    return pkg.one()\n",
        {"pkg/__init__.py": "from .deep import one\n", "pkg/deep.py": "def one():\n    return HERE\n"},
    ),
    "a package's own __init__": (
        "from pkg.deep import one\ndef f(x):\n    return one()\n",
        {"pkg/__init__.py": "import os\nos.umask(HERE)\n", "pkg/deep.py": "def one():\n    return 1\n"},
    ),
    "an attribute of an attribute": (
        "import helpers\ndef f(x):\n    return helpers.deeper.one()\n",
        {"helpers.py": "import deeper\n", "deeper.py": "def one():\n    return HERE\n"},
    ),
    "a module that answers for names it does not have": (
        "import helpers\ndef f(x):\n    return helpers.one\n",
        {"helpers.py": "def __getattr__(name):\n    return HERE\n"},
    ),
    "a module imported by its name": (
        "import importlib\ndef f(x):\n    return importlib.import_module('helpers').one()\n",
        {"helpers.py": "def one():\n    return HERE\n"},
    ),
    "a module imported by a part of its name": (
        "import importlib\ndef f(x):\n    return importlib.import_module(f'pkg.{x}').one()\n",
        {"pkg/__init__.py": "", "pkg/deep.py": "def one():\n    return HERE\n"},
    ),
    "a module put among the loaded ones": (
        "import sys\nimport helpers\ndef f(x):\n    return sys.modules[x].one()\n",
        {"helpers.py": "def one():\n    return HERE\n"},
    ),
    "a function that another module's function uses": (
        "from helpers import one\ndef f(x):\n    return one()\n",
        {"helpers.py": "import work\ndef one():\n    return work.other()\n"},
    ),
    "a helper chosen when it is imported": (
        "try:\n    from helpers import one\nexcept ImportError:\n    one = None\n"
        "def f(x):\n    return one()\n",
        {"helpers.py": "def one():\n    return HERE\n"},
    ),
    "text that is no Python": (
        "import helpers\ndef f(x):\n    return x\n",
        {"helpers.py": "def broken(HERE\n"},
    ),
}


@pytest.mark.parametrize("case", MODULES)
def test_other_modules_count_where_they_are_used(tmp_path: Path, case: str) -> None:
    text, others = MODULES[case]
    if "import work" in others.get("helpers.py", ""):
        text += "def other():\n    return HERE\n"
    files = {"work.py": text, **others}
    before = key(tmp_path, {name: each.replace("HERE", "1") for name, each in files.items()})
    after = key(tmp_path, {name: each.replace("HERE", "2") for name, each in files.items()})
    assert before != after


STRANGERS = {
    "another function of a module": (
        "import helpers\ndef f(x):\n    return helpers.one()\n",
        {"helpers.py": "def one():\n    return 1\ndef two():\n    return HERE\n"},
    ),
    "another name from a star": (
        "from helpers import *\ndef f(x):\n    return one()\n",
        {"helpers.py": "def one():\n    return 1\ndef two():\n    return HERE\n"},
    ),
    "another module of a package": (
        "import pkg.deep, pkg.other\ndef f(x):\n    return pkg.deep.one()\n",
        {
            "pkg/__init__.py": "",
            "pkg/deep.py": "def one():\n    return 1\n",
            "pkg/other.py": "def two():\n    return HERE\n",
        },
    ),
    "a local variable with a helper's name": (
        "def two():\n    return HERE\ndef f(two):\n    return two + 1\n",
        {},
    ),
    "a variable of a comprehension": (
        "def x():\n    return HERE\nT = tuple(y for y in (1, 2))\ndef f(p):\n    return [x for x in p]\n",
        {},
    ),
    "an attribute with a helper's name": (
        "def two():\n    return HERE\ndef f(a):\n    return a.two()\n",
        {},
    ),
    "an effect of a module that an unused function imports": (
        "def g(x):\n    import helpers\ndef f(x):\n    return x\n",
        {"helpers.py": "import os\nos.environ['A'] = str(HERE)\n"},
    ),
    "a method of a class that is not used": (
        "class A:\n    def go(self):\n        return HERE\ndef f(x):\n    return x\n",
        {},
    ),
    "a cached helper that is not used": (
        "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef g(x):\n    return HERE\n"
        "def f(x):\n    return x\n",
        {},
    ),
    "a dataclass that is not used": (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    x: int = HERE\n"
        "def f(x):\n    return x\n",
        {},
    ),
    "an error class that is not used": (
        "class Bad(ValueError):\n    code = HERE\ndef f(x):\n    return x\n",
        {},
    ),
    "a literal type": (
        "from typing import Literal\nT = HERE\ndef f(x: Literal['one', 'two']) -> 'int':\n    return x\n",
        {},
    ),
    "a lambda's argument": (
        "def x():\n    return HERE\nkey = lambda x: x\ndef f(p):\n    return key(p)\n",
        {},
    ),
    "a word in a message": (
        "def clean():\n    return HERE\ndef f(p):\n    raise ValueError('cannot clean it')\n",
        {},
    ),
}


@pytest.mark.parametrize("case", STRANGERS)
def test_what_only_looks_like_a_use_does_not_count(tmp_path: Path, case: str) -> None:
    text, others = STRANGERS[case]
    files = {"work.py": text, **others}
    before = key(tmp_path, {name: each.replace("HERE", "1") for name, each in files.items()})
    after = key(tmp_path, {name: each.replace("HERE", "2") for name, each in files.items()})
    assert before == after


def test_the_key_is_the_same_in_every_process(tmp_path: Path) -> None:
    """Sets of names come in another order in each process."""
    key(tmp_path, BASE)
    code = (
        "from pathlib import Path\nfrom jupyter_agilab.run.code import freeze\n"
        "print(freeze('work.py:f', Path()).meaning)"
    )
    root = str(Path(__file__).parents[3])
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1
