"""For every way in which a loop collects: the rewritten notebook gives the same names, types and values."""

import pytest

from jupyter_agilab.migration import undo

TABLES = """
from pathlib import Path
Path("data").mkdir(exist_ok=True)
for number, name in enumerate(["b", "a", "c"], 1):
    rows = "".join(f"{k},{k * number / 3},{'uv'[k % 2]}\\n" for k in range(2 + number))
    Path("data", f"{name}.csv").write_text("k,x,g\\n" + rows)
"""
IMPORTS = """
import glob
import os
import numpy as np
import pandas as pd
from collections import Counter, defaultdict
from itertools import product
"""

FOR = {
    "append": (
        """
results = ["first"]
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    table = pd.read_csv(path)
    # what counts is the mean
    results.append(table["x"].mean())
""",
        {"results": "append"},
        ["results", "path"],
    ),
    "append a tuple and a table": (
        """
kept = []
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    table = pd.read_csv(path)
    kept.append((path, table[table.k > 1]))
total = len(kept)
""",
        {"kept": "append"},
        ["kept", "total"],
    ),
    "extend": (
        """
rows = []
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    rows.extend(pd.read_csv(path).to_dict("records"))
""",
        {"rows": "extend"},
        ["rows"],
    ),
    "item": (
        """
by_name = {}
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    by_name[os.path.basename(path)] = len(pd.read_csv(path))
""",
        {"by_name": "item"},
        ["by_name"],
    ),
    "array by item": (
        """
out = np.zeros((4, 3))
weights = np.arange(3.0)
for i in range(4):  # LOOP
    row = weights * i
    out[i, :] = row + 1
""",
        {"out": "item"},
        ["out"],
    ),
    "array by item of an inner loop": (
        """
out = np.zeros((3, 3))
for i in range(3):  # LOOP
    for j in range(3):
        out[i, j] = i * 10 + j
""",
        {"out": "item"},
        ["out"],
    ),
    "table by column": (
        """
table = pd.DataFrame({"a": [1, 2, 3]})
base = table["a"].to_numpy()
for power in [2, 3]:  # LOOP
    table[f"p{power}"] = base ** power
""",
        {"table": "column"},
        ["table"],
    ),
    "table by cell": (
        """
table = pd.DataFrame({"a": [0.0, 0.0]}, index=["u", "v"])
for name in ["u", "v"]:  # LOOP
    value = len(name) / 3
    table.loc[name, "a"] = value
""",
        {"table": "column"},
        ["table"],
    ),
    "concat": (
        """
whole = pd.DataFrame()
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    part = pd.read_csv(path)
    part["file"] = path
    whole = pd.concat([whole, part], ignore_index=True)
""",
        {"whole": "concat"},
        ["whole"],
    ),
    "sums": (
        """
total = 0.1
count = 0
square = np.zeros(2)
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    table = pd.read_csv(path)
    total += table.x.sum()
    count += 1
    square = square + np.array([len(table), table.k.max()])
""",
        {"total": "add", "count": "count", "square": "add"},
        ["total", "count", "square"],
    ),
    "a float sum in an inner loop keeps its order": (
        """
total = 0.0
for n in [3, 4]:  # LOOP
    for k in range(1, n):
        total += 1 / k
""",
        {"total": "add"},
        ["total"],
    ),
    "text": (
        """
story = ">"
for word in ["a", "b", "a"]:  # LOOP
    story += word.upper()
""",
        {"story": "text"},
        ["story"],
    ),
    "min and max": (
        """
low, high = float("inf"), float("-inf")
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    table = pd.read_csv(path)
    low = min(low, table.x.min())
    if table.x.max() > high:
        high = table.x.max()
""",
        {"low": "min", "high": "max"},
        ["low", "high"],
    ),
    "best": (
        """
best, best_path, best_table = -1, None, None
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    table = pd.read_csv(path)
    score = table.x.sum()
    if score > best:
        best, best_path = score, path
        best_table = table
""",
        {"best": "best", "best_path": "best", "best_table": "best"},
        ["best", "best_path", "best_table"],
    ),
    "flags": (
        """
any_long = False
all_short = True
for word in ["a", "bcd", "e"]:  # LOOP
    long = len(word) > 2
    if long:
        any_long = True
        all_short = False
""",
        {"any_long": "any", "all_short": "all"},
        ["any_long", "all_short"],
    ),
    "set and update": (
        """
groups = {"w"}
last_seen = {}
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    table = pd.read_csv(path)
    groups.add(table.g.iloc[0])
    last_seen.update({g: path for g in table.g})
groups = sorted(groups)
""",
        {"groups": "set", "last_seen": "update"},
        ["groups", "last_seen"],
    ),
    "counters by key": (
        """
seen = Counter()
where = defaultdict(list)
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    for g in pd.read_csv(path).g:
        seen[g] += 1
        where[g].append(path)
""",
        {"seen": "count", "where": "append"},
        ["seen", "where"],
    ),
    "file": (
        """
os.makedirs("out", exist_ok=True)
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    name = os.path.basename(path)
    pd.read_csv(path).describe().to_csv(f"out/{name}")
done = True
""",
        {"out/{name}": "file"},
        ["done"],
    ),
    "the last values": (
        """
sizes = []
for i, path in enumerate(sorted(glob.glob("data/*.csv"))):  # LOOP
    table = pd.read_csv(path)
    size = len(table)
    sizes.append(size)
after = (i, path, size, table)
""",
        {"sizes": "append", "table": "last", "size": "last"},
        ["after", "sizes"],
    ),
    "the last value that was set": (
        """
found = None
for n in [1, 2, 3, 4, 5]:  # LOOP
    if n % 2:
        continue
    found = n * 10
""",
        {"found": "last"},
        ["found"],
    ),
    "continue and several places": (
        """
good, bad, log = [], [], []
for n in [4, 0, 2, -1]:  # LOOP
    if n < 0:
        bad.append((n, "negative"))
        continue
    try:
        value = 8 / n
        good.append(value)
    except ZeroDivisionError as error:
        bad.append((n, str(error)))
        log.append(n)
""",
        {"good": "append", "bad": "append", "log": "append"},
        ["good", "bad", "log"],
    ),
    "several outputs of one place": (
        """
names, sizes = [], {}
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    if path.endswith("b.csv"):
        continue
    names.append(path)
    sizes[path] = os.path.getsize(path)
""",
        {"names": "append", "sizes": "item"},
        ["names", "sizes"],
    ),
    "a value used before the name is bound anew": (
        """
firsts = []
seconds = []
for n in [1, 2]:  # LOOP
    x = [n]
    firsts.append(x)
    x = n * 2
    seconds.append(x)
""",
        {"firsts": "append", "seconds": "append"},
        ["firsts", "seconds"],
    ),
    "a list that is changed after it was kept": (
        """
kept = []
for n in [1, 2]:  # LOOP
    row = {"n": n}
    kept.append(row)
    row["square"] = n * n
""",
        {"kept": "append"},
        ["kept"],
    ),
    "captured data, functions and constants": (
        """
limit = 2
names = ["u"]
names.append("v")
table = pd.DataFrame({"g": ["u", "v"], "w": [1.5, 2.5]})
def weight(g):
    return float(table.loc[table.g == g, "w"].iloc[0]) * limit
sums = []
for path in sorted(glob.glob("data/*.csv")):  # LOOP
    part = pd.read_csv(path)
    sums.append(sum(weight(g) for g in part.g if g in names and limit))
""",
        {"sums": "append"},
        ["sums"],
    ),
    "a grid": (
        """
rates = [0.1, 0.5]
scores = {}
for rate, depth in product(rates, (1, 2, 3)):  # LOOP
    scores[rate, depth] = rate * depth
""",
        {"scores": "item"},
        ["scores"],
    ),
    "numpy's numbers": (
        """
found = []
for x in np.linspace(0, 1, 3):  # LOOP
    with np.errstate(divide="ignore"):
        found.append((x, 1 / x))
""",
        {"found": "append"},
        ["found", "x"],
    ),
    "groups of a table": (
        """
table = pd.concat(pd.read_csv(p) for p in sorted(glob.glob("data/*.csv")))
means = {}
for key, part in table.groupby("g"):  # LOOP
    means[key] = part.x.mean()
    width = part.shape
""",
        {"means": "item", "width": "last"},
        ["means", "key", "part", "width"],
    ),
    "rows of a table": (
        """
table = pd.read_csv("data/a.csv")
texts = []
for index, row in table.iterrows():  # LOOP
    texts.append(f"{index}: {row['g'].upper()}")
for row in table.itertuples():
    texts.append(row.x)
""",
        {"texts": "append"},
        ["texts"],
    ),
    "parts of a file": (
        """
sizes = []
for part in pd.read_csv("data/c.csv", chunksize=2):  # LOOP
    sizes.append(part.x.sum())
""",
        {"sizes": "append"},
        ["sizes"],
    ),
    "paths of pathlib": (
        """
from pathlib import Path
folder = Path("data")
stems = []
for path in sorted(folder.glob("*.csv")):  # LOOP
    stems.append((path, path.stem, path.stat().st_size))
""",
        {"stems": "append"},
        ["stems", "path"],
    ),
    "pairs": (
        """
pairs = []
for n, (a, b) in enumerate(zip([1, 2], "xy")):  # LOOP
    pairs.append((n, a, b * 2))
""",
        {"pairs": "append"},
        ["pairs"],
    ),
    "an item that is not read": (
        """
draws = []
for _ in range(3):  # LOOP
    draws.append(len(os.getcwd()) > 0)
""",
        {"draws": "append"},
        ["draws"],
    ),
    "a text over several lines": (
        '''
notes = []
for n in [1, 2]:  # LOOP
    text = f"""
    line {n}
  end"""
    notes.append(text)
''',
        {"notes": "append"},
        ["notes"],
    ),
    "non-ascii and long lines": (
        """
größen = {}
for name in ["ä", "ö"]:  # LOOP
    größen[name] = dict(
        länge=len(name.encode()),
        name=name + "é",
    )
""",
        {"größen": "item"},
        ["größen"],
    ),
    "a loop inside of a block": (
        """
out = []
with open("data/a.csv") as lines:
    head = next(lines)
    for line in lines:  # LOOP
        out.append(line.split(",")[0])
""",
        {"out": "append"},
        ["out", "head"],
    ),
    "a loop inside of a function": (
        """
def collect(limit, table):
    found = []
    for n in range(limit):  # LOOP
        found.append(n * table["w"] + limit)
    return found

first, second = collect(2, {"w": 1}), collect(3, {"w": 0.5})
""",
        {"found": "append"},
        ["first", "second"],
    ),
    "loop in a nest": (
        """
table = []
for a in [1, 2, 3]:  # LOOP
    row = []
    for b in [10, 20]:
        row.append(a * b)
    table.append(row)
""",
        {"table": "append"},
        ["table"],
    ),
    "a print that is a result": (
        """
seen = []
for n in [2, 1]:  # LOOP
    half = n / 2
    print("half of", n, "is", half)
    seen.append(half)
""",
        {"": "print", "seen": "append"},
        ["seen", "__printed__"],
    ),
}


@pytest.mark.parametrize(("cell", "outputs", "names"), FOR.values(), ids=FOR)
def test_for(project, same_names, cell, outputs, names):
    made = project(TABLES, IMPORTS, cell)
    finding = made.finding(outputs, in_function="")
    files = ["out/a.csv", "out/b.csv", "out/c.csv"] if "file" in outputs.values() else []
    before = made.path.read_bytes()
    same_names(made, finding, names=names, files=files)
    undo(made.path)
    assert made.path.read_bytes() == before
    assert not list(made.folder.glob("*.toml"))


EXPRESSIONS = {
    "list": ("out = [len(pd.read_csv(p)) for p in sorted(glob.glob('data/*.csv'))]  # LOOP", "ListComp"),
    "list with a condition": ("out = [n * 1.5 for n in range(6) if n % 2 if n > 1]  # LOOP", "ListComp"),
    "list of two loops": ("out = [(a, b) for a in range(3) if a for b in range(a)]  # LOOP", "ListComp"),
    "set": ("out = sorted({n % 3 for n in range(6)})  # LOOP", "SetComp"),
    "dictionary": ("out = {p: os.path.getsize(p) for p in glob.glob('data/*.csv')}  # LOOP", "DictComp"),
    "dictionary with work in its keys": (
        "out = {os.path.basename(p): 1 for p in sorted(glob.glob('data/*.csv')) if p}  # LOOP",
        "DictComp",
    ),
    "generator": ("out = sum(n / 3 for n in [1, 2, 3])  # LOOP", "GeneratorExp"),
    "concat": (
        "out = pd.concat([pd.read_csv(p) for p in glob.glob('data/*.csv')], keys=list('abc'))  # LOOP",
        "ListComp",
    ),
    "map": ("out = list(map(len, ['a', 'bc']))  # LOOP", "map"),
    "map of two": ("out = list(map(lambda a, b: a * b, [1, 2], [3, 4]))  # LOOP", "map"),
    "joblib": (
        "from joblib import Parallel, delayed\n"
        "out = Parallel(n_jobs=1)(delayed(pow)(n, 2) for n in range(3))  # LOOP",
        "joblib",
    ),
    "over several lines": (
        "out = [\n    {\n        'n': n,\n        't': (n,),\n    }\n    for n in [1, 2]\n]",
        "ListComp",
    ),
}


@pytest.mark.parametrize(("cell", "form"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expressions(project, same_names, cell, form):
    made = project(TABLES, IMPORTS, cell)
    mark = {} if "# LOOP" in cell else {"cell": 2, "line": 1}
    same_names(made, made.finding({"out": "value"}, form=form, **mark), names=["out"])


def test_a_pool(project, same_names):
    made = project(
        """
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
def square(n):
    return n * n, [n]
""",
        "with ThreadPool(2) as pool:\n    out = pool.map(square, [1, 2, 3])  # LOOP",
        "with ThreadPool(2) as pool:\n    pairs = pool.starmap(pow, [(2, 3), (3, 2)])",
        "with ThreadPoolExecutor(2) as pool:\n    more = list(pool.map(square, (4, 5)))",
    )
    findings = [
        made.finding({"out": "value"}, form="Pool.map"),
        made.finding({"pairs": "value"}, form="Pool.starmap", cell=2, line=2),
        made.finding({"more": "value"}, form="executor.map", cell=3, line=2),
    ]
    same_names(made, *findings, names=["out", "pairs", "more"])


def test_two_loops_in_one_cell(project, same_names):
    made = project(
        IMPORTS,
        "a = []\nfor n in [1, 2]:  # LOOP\n    a.append(n + 1)\n\nb = [m * 2 for m in a]\nc = a + b",
    )
    first = made.finding({"a": "append"})
    second = made.finding({"b": "value"}, form="ListComp", cell=1, line=5)
    migration = same_names(made, first, second, names=["a", "b", "c"])
    assert [each.draft.contract.input for each in migration.converted] == [
        "each_n.grid.json",
        "each_m.items.json",
    ]


def test_a_cell_with_magics(project):
    made = project(
        "%matplotlib inline\nout = []\nfor n in [1, 2]:  # LOOP\n    out.append(n + 1)\n%time print(out)"
    )
    migration = made.migrate(made.finding({"out": "append"}))
    (cell,) = migration.cells[0]
    assert cell.source == (
        "from jupyter_agilab import parallel_steps\n%matplotlib inline\nout = []\n"
        'for n, value in parallel_steps("each_n", [1, 2]):\n    out.append(value)\n%time print(out)'
    ).replace("value", "out_value")


def test_the_whole_cells_magic_stays_on_top(project):
    made = project("%%time\nout = []\nfor n in [1, 2]:  # LOOP\n    out.append(n + 1)")
    (cell,) = made.migrate(made.finding({"out": "append"})).cells[0]
    assert cell.source.startswith("%%time\nfrom jupyter_agilab import parallel_steps\nout = []")
