"""Random loops over a small state: some of their statements may stand in a parallel loop, some may not.

Names of the state, all integers or containers of integers: ``total n prev best arg flag text`` (plain),
``out other`` (lists), ``alias`` (at times the same list as ``out``), ``table`` (dict), ``arr`` (list longer
than the input), ``settings shared`` (captured, nested), ``seen`` (set), ``counts`` (dict of numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Choose = Callable[[Sequence[str]], str]

SETUP = """\
import functools
import random
from lab import work
data = [3, 1, 4, 1, 5]
pairs = {"a": 2, "b": 7, "c": 1}
rows = [[1], [2, 2], [3]]
K = 3
out = []
other = []
alias = ALIAS
table = {}
arr = [0, 0, 0, 0, 0, 0]
settings = {"a": 1, "b": [1, 2]}
shared = [0, 10]
seen = set()
counts = {}
total = 0
n = 0
prev = -1
best = -1000
arg = None
flag = False
text = ""
w = 50
it = iter(range(100, 200))
rng = random.Random(5)
random.seed(3)
"""

HELPERS = """\
def pure(a):
    return a * 3 - 1
def log(a):
    other.append(a)
    return len(other)
def tick():
    global n
    n += 1
    return n
def keep(a, memory=[]):
    memory.append(a)
    return len(memory)
def push(values, a):
    values.append(a)
    return len(values)
def pushed(values, a):
    values = list(values)
    values.append(a)
    return len(values)
def give():
    return shared
def make():
    level = 0
    def step(a):
        nonlocal level
        level += a
        return level
    return step
climb = make()
class Box:
    made = 0
    def __init__(self):
        self.level = 0
    def step(self, a):
        self.level += a
        return self.level
    def look(self, a):
        return self.level + a
    def count(self):
        Box.made += 1
        return Box.made
box = Box()
boxes = [Box(), Box()]
class Odd:
    def __init__(self):
        self.level = 0
    def __getitem__(self, a):
        self.level += a
        return self.level
    @property
    def next(self):
        self.level += 1
        return self.level
    def __len__(self):
        self.level += 1
        return self.level
    def __enter__(self):
        self.level += 1
        return self
    def __exit__(self, *_):
        pass
    def __add__(self, a):
        self.level += a
        return self.level
odd = Odd()
def counting(function):
    calls = []
    def counted(a):
        calls.append(a)
        return function(a) + len(calls)
    return counted
@counting
def decorated(a):
    return a + 1
wrapped = counting(pure)
add = shared.append
pushing = functools.partial(push, shared)
def lazily(a):
    for q in it:
        yield q + a
def look_up(a):
    if a not in counts:
        counts[a] = len(counts)
    return counts[a]
def through(a, function=climb):
    return function(a)
"""

HEADERS = (
    ("x", "data"),
    ("i, x", "enumerate(data)"),
    ("x", "range(5)"),
    ("key, x", "pairs.items()"),
    ("i, (x, y)", "enumerate(zip(data, range(5)))"),
    ("x", "sorted(data)"),
    ("row", "rows"),
    ("i, row", "enumerate(rows)"),
)

STATE = (
    *("out", "other", "table", "arr", "settings", "shared", "seen", "counts", "total", "n", "prev", "best"),
    *("arg", "flag", "text", "w", "alias", "rows", "data", "t", "u", "x", "v"),
)


@dataclass
class Program:
    """A notebook of three cells: the state, the loop, and what reads some names of the state afterwards."""

    setup: str
    target: str
    iterable: str
    body: list[str]
    later: list[str]
    form: str = "for"
    element: str = ""

    @property
    def loop(self) -> str:
        if self.form != "for":
            return f"made = {self.element_expression(self.iterable)}"
        return f"for {self.target} in {self.iterable}:\n" + "\n".join(f"    {line}" for line in self.body)

    def element_expression(self, iterable: str) -> str:
        if self.form == "DictComp":
            return f"{{{self.target.split(',')[0]}: {self.element} for {self.target} in {iterable}}}"
        return f"[{self.element} for {self.target} in {iterable}]"

    @property
    def one_iteration(self) -> str:
        """The loop over the one item ``ITEMS``."""
        if self.form != "for":
            return f"made = {self.element_expression('ITEMS')}"
        return f"for {self.target} in ITEMS:\n" + "\n".join(f"    {line}" for line in self.body)

    @property
    def last(self) -> str:
        return "print(" + ", ".join(self.later) + ")"

    def __str__(self) -> str:
        return f"{self.setup}\n# %%\n{self.loop}\n# %%\n{self.last}"


@dataclass
class Writer:
    """Writes one random loop; ``choose`` picks from a list (hypothesis or a seeded generator)."""

    choose: Choose
    risky: bool
    target: str
    names: list[str] = field(default_factory=list)
    depth: int = 0

    def number(self, deep: int = 0) -> str:
        kinds = ["item", "item", "work", "local", "local", "constant", "captured"]
        if deep < 2:
            kinds += ["sum", "pure", "conditional", "comprehension", "pushed"]
        if self.risky:
            kinds += ["carried", "carried", "effect", "neighbour"]
        match self.choose(kinds):
            case "item":
                return self.item()
            case "work":
                return f"work({self.item()})"
            case "local":
                return self.choose(self.names) if self.names else self.item()
            case "constant":
                return self.choose(["1", "2", "5", "-3"])
            case "captured":
                return self.choose(["K", "len(data)", "data[1]", 'pairs["b"]', "max(data)"])
            case "sum":
                return f"({self.number(deep + 1)} {self.choose(['+', '-', '*'])} {self.number(deep + 1)})"
            case "pure":
                return f"{self.choose(['pure', 'abs', 'work'])}({self.number(deep + 1)})"
            case "conditional":
                return f"({self.number(deep + 1)} if {self.condition(deep + 1)} else {self.number(deep + 1)})"
            case "comprehension":
                return f"sum([{self.number(deep + 1)} + q for q in range(2)])"
            case "pushed":
                return f"pushed({self.choose(['data', 'shared', 'list(shared)'])}, {self.number(deep + 1)})"
            case "carried":
                return self.choose(
                    [
                        *(
                            "total",
                            "n",
                            "prev",
                            "best",
                            "w",
                            "len(out)",
                            "len(other)",
                            "len(text)",
                            "sum(arr)",
                        ),
                        *("(out[-1] if out else 0)", "(alias[0] if alias else 4)", "shared[0]", "len(alias)"),
                        *('settings["a"]', 'len(settings["b"])', "len(seen)", "len(table)", "sum(shared)"),
                        *("int(flag)", "box.look(1)", "len(counts)", "boxes[0].look(2)", "len(rows[0])"),
                        *("sum(counts.values())", "(arg or 0)", "give()[0]"),
                    ]
                )
            case "effect":
                return self.choose(
                    [
                        f"log({self.item()})",
                        "tick()",
                        f"keep({self.item()})",
                        f"climb({self.item()})",
                        f"box.step({self.item()})",
                        f"push(out, {self.item()})",
                        f"push(shared, {self.item()})",
                        f"push(alias, {self.item()})",
                        f"push(list(shared), {self.item()})",
                        "next(it)",
                        "rng.randrange(9)",
                        "random.randrange(9)",
                        "box.count()",
                        "Box().step(2)",
                        "Box().count()",
                        "other.pop() if other else 0",
                        f"(prev := {self.item()})",
                        f"counts.setdefault({self.item()}, len(counts))",
                        f"table.setdefault({self.key()}, len(table))",
                        f"odd[{self.item()}]",
                        "odd.next",
                        "len(odd)",
                        f"(odd + {self.item()})",
                        f"decorated({self.item()})",
                        f"wrapped({self.item()})",
                        f"(add({self.item()}) or len(shared))",
                        f"pushing({self.item()})",
                        f"next(lazily({self.item()}))",
                        f"look_up({self.item()})",
                        f"through({self.item()})",
                        f"through({self.item()}, pure)",
                        f"sum(map(keep, [{self.item()}]))",
                        f"max([{self.item()}, 1], key=climb)",
                        f"len([shared.append({self.item()}) for q in range(2)])",
                        "sorted(shared, key=log)[0]",
                        f"(lambda q: shared.append(q) or len(shared))({self.item()})",
                        f"[*map(shared.append, [{self.item()}])].count(None)",
                    ]
                )
        return self.choose(
            [
                f"table.get({self.item()} - 1, 0)",
                f"table.get({self.key()}, 0)",
                f"arr[{self.index()} - 1]",
                f"arr[{self.index()}]",
                f"counts.get({self.item()}, 0)",
                f"int({self.item()} in seen)",
            ]
        )

    def item(self) -> str:
        if "row" in self.target:
            return self.choose(["row[0]", "len(row)", "sum(row)"])
        return "x"

    def index(self) -> str:
        return "i" if self.target.startswith("i,") else f"{self.item()} % 6"

    def key(self) -> str:
        keys = [self.item(), f'({self.item()}, "a")', f"str({self.item()})"]
        if self.target.startswith("i,"):
            keys = ["i", "i", '(i, "a")', f"(i, {self.item()})"]
        if self.target.startswith("key"):
            keys = ["key", 'key + "!"', '(key, "a")']
        if self.risky:
            keys += [f"{self.item()} % 2", '"same"', f"work({self.item()}) % 3"]
        return self.choose(keys)

    def condition(self, deep: int = 0) -> str:
        return self.choose(
            [
                f"{self.number(deep + 1)} > 2",
                f"{self.item()} % 2",
                f"work({self.item()}) > {self.number(deep + 1)}",
            ]
        )

    def bind(self) -> list[str]:
        name = self.choose(["t", "u", "v"])
        line = f"{name} = {self.number()}"
        if name not in self.names:
            self.names.append(name)
        return [line]

    def block(self, most: int = 2) -> list[str]:
        """A nested block; what it binds may stay unbound, so it is not offered outside unless risky."""
        known = list(self.names)
        self.depth += 1
        lines = [line for _ in range(int(self.choose(["1", "2"][:most]))) for line in self.statement()]
        self.depth -= 1
        if not self.risky:
            self.names = known
        return [f"    {line}" for line in lines]

    def statement(self) -> list[str]:
        kinds = ["bind", "grow", "grow", "grow"]
        if self.depth < 2:
            kinds += ["if", "inner", "try", "own"]
        if self.risky:
            kinds += ["risky", "risky", "risky"]
        match self.choose(kinds):
            case "bind":
                return self.bind()
            case "grow":
                return self.grow()
            case "if":
                lines = [f"if {self.condition()}:", *self.block()]
                if self.choose(["yes", "no"]) == "yes":
                    lines += ["else:", *self.block()]
                return lines
            case "inner":
                return ["for q in range(2):", *self.block(1)]
            case "try":
                bad = self.choose([f"12 // ({self.item()} - 1)", f"data[{self.item()}]", f"int('{1}')"])
                handler = self.choose(["pass", "continue", "v = -1", "v = 0"])
                if self.depth:
                    handler = "v = -1"
                if "v" not in self.names and (self.risky or handler != "pass"):
                    self.names.append("v")
                if not self.risky and handler == "pass":
                    handler = "v = 2"
                    self.names.append("v")
                return ["try:", f"    v = {bad}", "except (ZeroDivisionError, IndexError):", f"    {handler}"]
            case "own":
                return self.choose_lines(
                    [
                        ["mine = list(data)", f"mine.append({self.number()})", "out.append(sum(mine))"],
                        ["mine = {}", f"mine[{self.item()}] = {self.number()}", "out.append(len(mine))"],
                        ["mine = [0, 0]", f"mine[0] += {self.number()}", "out.append(mine)"],
                        ["own = Box()", f"own.step({self.item()})", "out.append(own.step(1))"],
                        ["gen = random.Random(4)", "out.append(gen.randrange(9))"],
                        ["mine = [0]", "push(mine, 2)", "out.append(len(mine))"],
                        [
                            "copied = dict(settings)",
                            f'copied["a"] = {self.number()}',
                            "out.append(copied['a'])",
                        ],
                        [
                            f"for q in range({self.choose(['2', '3'])}):",
                            "    if q > 1:",
                            "        break",
                            "    out.append(q)",
                        ],
                    ]
                )
        return self.unsafe()

    def choose_lines(self, options: list[list[str]]) -> list[str]:
        return options[int(self.choose([str(i) for i in range(len(options))]))]

    def grow(self) -> list[str]:
        number = self.number()
        return self.choose_lines(
            [
                [f"out.append({number})"],
                [f"out.append(({self.item()}, {number}))"],
                [f"out.extend([{number}, {self.number()}])"],
                [f"out += [{number}]"],
                [f"total += {number}"],
                [f"total = total + {number}"],
                ["n += 1"],
                [f"table[{self.key()}] = {number}"],
                [f"arr[{self.index() if self.target.startswith('i,') or self.risky else '0'}] = {number}"]
                if self.target.startswith("i,") or self.risky
                else [f"out.append({number})"],
                [f"text += str({number}) + ';'"],
                [f"best = max(best, {number})"],
                [f"if {number} > best:", f"    best = {number}", f"    arg = {self.item()}"],
                [f"s = {number}", "if s > best:", "    best, arg = s, " + self.item()],
                [f"if {self.condition()}:", "    flag = True"],
                [f"flag = flag or {self.condition()}"],
                [f"seen.add({number})"],
                [f"print({number})"],
                [f"counts[{self.item()}] = counts.get({self.item()}, 0) + 1"],
                [
                    f'with open(f"o_{{{self.key_of_file()}}}.txt", "w") as file:',
                    f"    file.write(str({number}))",
                ],
                [f"table.update({{{self.key()}: {number}}})"],
                [f"table.setdefault({self.key()}, []).append({number})"] if self.risky else ["n += 1"],
            ]
        )

    def key_of_file(self) -> str:
        if self.target.startswith("i,"):
            return "i"
        if self.target == "row":
            return "row[0]"
        return "key" if self.target.startswith("key") else self.item()

    def unsafe(self) -> list[str]:
        number = self.number()
        loop = [] if self.depth else ["break"]
        leave = self.choose(["continue", *loop])
        return self.choose_lines(
            [
                [f"prev = {number}"],
                [f"out.append({self.item()} - prev)", f"prev = {self.item()}"],
                [f"if {self.condition()}:", f"    w = {number}", "out.append(w)"],
                [f"shared[0] += {number}"],
                [f"shared[{self.index()} % 2] = {number}"],
                [f"alias.append({number})"],
                ["z = shared", f"z.append({number})"],
                ["z = shared if x > 2 else [1]" if "x" in self.target else "z = rows[0]", f"z[0] = {number}"],
                ["z, _ = shared, 1", f"z += [{number}]"],
                [f'settings["a"] = {number}', "out.append(settings['a'])"],
                ["mine = settings.copy()", f"mine['b'].append({number})"],
                ["mine = settings.copy()", f"mine['a'] = {number}", "out.append(mine['a'])"],
                [f"arr[{self.index()}] = arr[{self.index()} - 1] + 1"],
                [f"arr[{self.index()}] += {number}"],
                [f"table[{self.key()}] = table.get({self.key()}, 0) + {number}"],
                [f"if {self.condition()}:", f"    {leave}"],
                [f"out.insert(0, {number})"],
                ["out.sort()"],
                ["if out:", "    out.pop()"],
                ['with open("same.txt", "w") as file:', f"    file.write(str({number}))"],
                [
                    f'with open(f"o_{{{self.item()} % 2}}.txt", "w") as file:',
                    f"    file.write(str({number}))",
                ],
                ['with open("log.txt", "a") as file:', f"    file.write(str({number}))"],
                [f"for q in range({self.item()} % 3):", f"    t = q + {number}", "out.append(t)"],
                [
                    "try:",
                    f"    w = 12 // ({self.item()} - 1)",
                    "except ZeroDivisionError:",
                    "    pass",
                    "out.append(w)",
                ],
                [f"prev, w = w, {number}"],
                ["out.append(shared)"],
                ["out.append(table)"],
                ["row.append(1)"] if "row" in self.target else ["data[0] += 1"],
                ["row = list(row)", "row.append(1)", "out.append(row)"]
                if "row" in self.target
                else ["data.sort()"],
                ["if len(data) < 9:", f"    data.append({number})"],
                [f"boxes[{self.index()} % 2].level = {number}"],
                [f"boxes[0].step({number})"],
                [f"box.level = {number}", "out.append(box.level)"],
                ["out = out + [1]"],
                [f"out = [{number}]"],
                [f"total = {number} - total"],
                [f"total -= {number}"],
                ["total *= 2"],
                [
                    f"if {self.item()} in seen:",
                    "    continue",
                    f"seen.add({self.item()})",
                    f"out.append({number})",
                ],
                [f"n += {self.item()} % 2", "out.append(n)"],
                ["arr[n] = 9", "n += 1"],
                [f"arr[n % 6] = {number}", f"if {self.condition()}:", "    n += 1"],
                ["n += 1", "out.append((n, 1))"],
                [f"if {number} >= best:", f"    best = {number}", "    out.append(best)"],
                [f"if {number} < best:", f"    best = {number}"],
                [f"best = min(best, {number})"],
                ["flag = not flag"],
                ["del settings['a']"] if not self.depth else ["seen.clear()"],
                [f"def inner(a, b={number}):", "    return a + b + len(out)", "out.append(inner(1))"],
                ["call = lambda a: a + total", "total += 1", "out.append(call(1))"],
                [f"out.append((lambda a: a * 2)({number}))"],
                ["global_shared = give()", f"global_shared[1] = {number}"],
                [f"counts[{self.item()} % 2] = counts.get({self.item()} % 2, 0) + {number}"],
                [f"text = str({number}) + text"],
                ["first, *rest = shared", f"rest.append({number})", "out.append(len(rest))"],
                ["for z in boxes:", f"    z.step({number})"],
                ["nested = [shared]", f"nested[0].append({number})"],
                [f"match {self.item()} % 2:", "    case 0:", "        w = 1", "    case _:", "        t = w"],
                ["while len(other) < 3:", f"    other.append({number})"],
                [f"assert {self.item()} < 100"],
                ["text = text + str(len(text))"],
                [f"random.seed({self.item()})", "out.append(random.randrange(50))"],
                ["out.append([q for q in it][:1])"],
                ["if n == 0:", f"    w = {number}", "n += 1"],
                ["if not out:", f"    out.append({number})"],
                ["if arg is None:", f"    arg = {number}"],
                [f"settings.update(a={number})"],
                ["put = out.append", f"put({number})", "out.append(len(out))"],
                ["put = out.append", f"put({number})"],
                ["def inner():", f"    shared.append({number})", "inner()"],
                ["def inner():", "    global w", f"    w = {number}", "inner()", "out.append(w)"],
                ["with odd as o:", "    out.append(o.level)"],
                ["try:", f"    out.append({number})", "finally:", "    shared.append(1)"],
                ["own = Odd()", f"out.append(own[{self.item()}] + own.next)"],
                ["own = counting(pure)", f"out.append(own({self.item()}) + own(1))"],
                [f"globals()['w'] = {number}", "out.append(w)"],
                ["del shared[:1]", "out.append(len(shared))"],
                ["a, *shared = [1, *shared]", "out.append(len(shared))"],
                ["(w, t), u = (t, 1), w"] if "t" in self.names else ["w, u = 1, w"],
                ["pair = (shared, 1)", f"pair[0].append({number})"],
                ["held = {'a': shared}", f"held['a'].append({number})", "out.append(len(held['a']))"],
                [f"setattr(box, 'level', {number})", "out.append(box.level)"],
                ["for w in range(2):", "    pass", "out.append(w)"],
                ["out.append([q for q in lazily(1)][:1])"],
                [f"prev: int = {number}", "out.append(prev)"],
                ["best = best if best > x else x" if "x" in self.target else "best += 1"],
                [f"total, n = total + {number}, n + 1"],
                ["n = n + 1", "arr[n] = 2"],
                ["if n % 2:", f"    out.append({number})", "n += 1"],
                ["n += 2", f"table[n] = {number}"],
                ["n -= 1", f"out.append(({number}, n))"],
                ["out.append(text[:1])", f"text += str({number})"],
                ["seen |= {1, 2}", "out.append(len(seen))"],
                [f"seen = seen | {{{number}}}"],
                ["counts |= {1: 2}"],
                ["rows[0] = [9]"],
                ["settings = {**settings, 'c': 1}"],
                ["settings = {**settings, 'a': settings['a'] + 1}"],
                ["print(len(text), file=None)"],
            ]
        )


def write_program(choose: Choose, *, risky: bool, form: str = "for") -> Program:
    """Write one random program with the choices of `choose`."""
    number = int(choose([str(i) for i in range(len(HEADERS))]))
    target, iterable = HEADERS[number]
    setup = SETUP.replace("ALIAS", choose(["[]", "[]", "out"]) if risky else "[]") + HELPERS
    if not risky:
        setup = setup.replace("random.seed(3)\n", "")
    writer = Writer(choose, risky, target)
    body: list[str] = []
    element = ""
    if form == "for":
        writer.names.append("v")
        body = [f"v = work({writer.item()})"]
        for _ in range(int(choose(["1", "2", "3", "4"]))):
            body += writer.statement()
    else:
        element = f"work({writer.number()}) + {writer.number()}"
    later = sorted({choose(STATE[:16] if not risky else STATE[:19]) for _ in range(6)} | {"out", "total"})
    if risky and form == "for" and choose(["yes", "no", "no"]) == "yes":
        later.append(choose(["v", "x" if "x" in target else "row"]))
    if form != "for":
        later.append("made")
    return Program(setup, target, iterable, body, later, form, element)
