from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from jupyter_agilab.partition.annotations import asked_by
from jupyter_agilab.partition.binding import bind
from jupyter_agilab.partition.signatures import parameters_of, parameters_of_signature


def bound(signature: str, split: str = "files", **names):
    node = ast.parse(f"def f({signature}): ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    return bind(parameters_of(node), split=split, **names)


def sources(signature: str, split: str = "files", **names) -> dict[str, str]:
    binding = bound(signature, split, **names)
    assert not [finding for finding in binding.findings if finding.severity == "error"]
    return {one.name: one.source for one in binding.bound}


@pytest.mark.parametrize(
    ("annotation", "asked"),
    [
        (None, ()),
        ("", ()),
        ("str", ("text",)),
        ("'str'", ("text",)),
        ("pathlib.Path", ("path",)),
        ("Optional[Path]", ("path",)),
        ("str | Path", ("text", "path")),
        ("Union[str, 'os.PathLike[str]']", ("text", "path")),
        ("None | Path", ("path",)),
        ("Annotated[pd.DataFrame, 'rows']", ("df-pandas",)),
        ("pandas.DataFrame", ("df-pandas",)),
        ("DataFrame", ("df-pandas",)),
        ("pl.DataFrame", ("df-polars",)),
        ("polars.DataFrame", ("df-polars",)),
        ("dd.DataFrame", ("other",)),
        ("pa.Table", ("table-arrow",)),
        ("pyarrow.Table", ("table-arrow",)),
        ("BinaryIO", ("file-binary",)),
        ("typing.TextIO", ("file-text",)),
        ("IO[bytes]", ("file-binary",)),
        ("IO[str]", ("file-text",)),
        ("io.BufferedReader", ("file-binary",)),
        ("Iterator[dict]", ("rows",)),
        ("Iterator[dict[str, Any]]", ("rows",)),
        ("collections.abc.Iterable[Mapping[str, str]]", ("rows",)),
        ("csv.DictReader", ("rows",)),
        ("Iterable[str]", ("lines",)),
        ("Iterator[int]", ("other",)),
        ("Iterator", ("anything",)),
        ("np.random.Generator", ("generator",)),
        ("Generator[dict, None, None]", ("rows",)),
        ("Partition", ("partition",)),
        ("dict[str, float]", ("mapping",)),
        ("int", ("integer",)),
        ("float", ("other",)),
        ("list[str]", ("other",)),
        ("Any", ("anything",)),
        ("MyThing", ("unknown",)),
        ("not valid [", ("unknown",)),
        ("lambda: 1", ("unknown",)),
        ("(" * 5000, ("unknown",)),
    ],
)
def test_annotations(annotation, asked) -> None:
    assert asked_by(annotation) == asked


@pytest.mark.parametrize(
    ("signature", "source"),
    [
        ("filename", "path-str"),
        ("whatever", "path-str"),
        ("path: str", "path-str"),
        ("x: str", "path-str"),
        ("path: Path", "path-Path"),
        ("where: pathlib.Path", "path-Path"),
        ("path: str | Path", "path-str"),
        ("path: Path | str", "path-str"),
        ("path: 'Path'", "path-Path"),
        ("x: MyAlias", "path-str"),
        ("x: Any", "path-str"),
        ("file: BinaryIO", "file-binary"),
        ("file: IO[str]", "file-text"),
        ("file", "path-str"),
        ("df", "df-pandas"),
        ("df: pandas.DataFrame", "df-pandas"),
        ("frame: pd.DataFrame", "df-pandas"),
        ("df: pl.DataFrame", "df-polars"),
        ("df: pl.DataFrame | None = None", "df-polars"),
        ("table", "table-arrow"),
        ("t: pa.Table", "table-arrow"),
        ("rows", "rows"),
        ("records: Iterator[dict]", "rows"),
        ("rows: Iterator", "rows"),
        ("lines", "lines"),
        ("text: Iterable[str]", "lines"),
        ("partition", "partition"),
        ("p: Partition", "partition"),
    ],
)
@pytest.mark.parametrize("kind", ["{}", "{}, /", "*, {}"])
def test_one_parameter_of_a_file(signature, source, kind) -> None:
    if (
        kind.startswith("*")
        and source == "path-str"
        and signature.split(":")[0] not in {"path", "file", "filename"}
    ):
        assert [f.code for f in bound(kind.format(signature)).findings] == ["binding.unfilled"]
        return
    name = signature.split(":")[0].split(" ")[0]
    binding = bound(kind.format(signature))
    assert [(one.name, one.source) for one in binding.bound] == [(name, source)]
    assert binding.findings == ()
    assert binding.bound[0].is_positional_only == kind.endswith("/")


@pytest.mark.parametrize(
    ("signature", "source"),
    [
        ("x", "df-pandas"),
        ("x: DataFrame", "df-pandas"),
        ("x: str", "path-str"),
        ("x: pl.DataFrame", "df-polars"),
        ("path", "path-str"),
        ("table", "table-arrow"),
    ],
)
def test_a_data_partition_is_a_frame_by_nature(signature, source) -> None:
    assert list(sources(signature, "data-partitions").values()) == [source]


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("lr, batch", {"lr": "sweep", "batch": "sweep"}),
        ("params", {"params": "params"}),
        ("params: dict", {"params": "params"}),
        ("config", {"config": "params"}),
        ("settings: dict[str, Any]", {"settings": "params"}),
        ("config: Config", {"config": "params"}),
        ("lr, params: dict", {"lr": "sweep", "params": "params"}),
        ("lr, **rest", {"lr": "sweep", "batch": "sweep"}),
        ("lr=1, *, batch=2", {"lr": "sweep", "batch": "sweep"}),
        ("lr, batch, seed", {"lr": "sweep", "batch": "sweep", "seed": "seed"}),
        ("lr, batch, rng: np.random.Generator", {"lr": "sweep", "batch": "sweep", "rng": "rng"}),
        ("lr, batch, p: Partition", {"lr": "sweep", "batch": "sweep", "p": "partition"}),
    ],
)
def test_a_sweep(signature, expected) -> None:
    assert sources(signature, "parameter-sweep", sweep_names=["lr", "batch"]) == expected


def test_the_sweeps_seed_comes_before_the_derived_one() -> None:
    assert sources("lr, seed", "parameter-sweep", sweep_names=["lr", "seed"]) == {
        "lr": "sweep",
        "seed": "sweep",
    }


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("path, limit", {"path": "path-str", "limit": "constant"}),
        ("limit, x", {"limit": "constant", "x": "path-str"}),
        ("path, limit=3", {"path": "path-str", "limit": "constant"}),
        ("x, encoding='utf-8', limit=3", {"x": "path-str", "limit": "constant"}),
        ("df: pd.DataFrame, lookup, limit", {"df": "df-pandas", "lookup": "shared", "limit": "constant"}),
        ("path, *, limit, lookup", {"path": "path-str", "limit": "constant", "lookup": "shared"}),
        ("path, **options", {"path": "path-str", "lookup": "shared", "limit": "constant"}),
        ("path: Path, df: pd.DataFrame, limit, lookup",
         {"path": "path-Path", "df": "df-pandas", "limit": "constant", "lookup": "shared"}),
        ("x, seed: int, rng, limit, lookup",
         {"x": "path-str", "seed": "seed", "rng": "rng", "limit": "constant", "lookup": "shared"}),
        ("x, seed=0, partition=None, rng=None, limit=1, lookup=1",
         {"x": "path-str", "seed": "seed", "partition": "partition", "rng": "rng", "limit": "constant",
          "lookup": "shared"}),
        ("x, rows=100, lines=3, df=None, path='here', limit=1, lookup=1",
         {"x": "path-str", "limit": "constant", "lookup": "shared"}),
        ("x, seed: str = 'a', limit=1, lookup=1", {"x": "path-str", "limit": "constant", "lookup": "shared"}),
    ],
)  # fmt: skip
def test_constants_and_shared_data(signature, expected) -> None:
    assert sources(signature, constants=["limit"], shared=["lookup"]) == expected


def test_a_constant_may_be_named_like_an_input() -> None:
    assert sources("x, path", constants=["path"]) == {"x": "path-str", "path": "constant"}


@pytest.mark.parametrize(
    ("signature", "split", "told"),
    [
        ("path, threshold", "files", "nothing fills the parameter `threshold`"),
        ("x, y", "files", "nothing fills the parameter `y`"),
        ("df: pd.DataFrame, x", "files", "nothing fills the parameter `x`"),
        ("n: int", "files", "nothing fills the parameter `n: int`"),
        ("frame: dd.DataFrame", "data-partitions", "nothing fills the parameter `frame: dd.DataFrame`"),
        ("rows: list[dict]", "files", "nothing fills the parameter `rows: list[dict]`"),
        ("x, seed: str", "files", "nothing fills the parameter `seed: str`"),
        ("path: Path", "parameter-sweep", "asks for a file or table, and a sweep has none"),
        ("lr, other", "parameter-sweep", "nothing fills the parameter `other`"),
        ("path, a=1, limit=2, /", "files", "'limit' cannot be passed without 'a'"),
        ("params: dict, n", "files", "nothing fills the parameter `n`"),
    ],
)  # fmt: skip
def test_what_nothing_fills(signature, split, told) -> None:
    names = {"sweep_names": ["lr"]} if split == "parameter-sweep" else {"constants": ["limit"]}
    errors = [finding for finding in bound(signature, split, **names).findings if finding.severity == "error"]
    assert any(told in finding.message for finding in errors)
    assert {(finding.code, finding.key) for finding in errors} == {("binding.unfilled", "function")}


def test_near_misses_and_what_there_is() -> None:
    finding = bound("path, threshhold", constants=["threshold", "limit"]).findings[0]
    assert finding.hint == "did you mean 'threshold'?"
    finding = bound("path, zzz", constants=["threshold", "limit"]).findings[0]
    assert "names with values: limit, threshold;" in finding.hint


def test_values_that_nothing_takes_are_told() -> None:
    binding = bound("path, tresh=1", constants=["thresh"], shared=["big"])
    assert [(f.code, f.severity, f.key, f.hint) for f in binding.findings] == [
        ("binding.untaken", "warning", "shared.big", ""),
        ("binding.untaken", "warning", "parameters.thresh", "did you mean 'tresh'?"),
    ]
    binding = bound("lr", "parameter-sweep", sweep_names=["lr", "batch"])
    assert [(f.code, f.key) for f in binding.findings] == [("binding.untaken", "input")]


def test_a_function_that_takes_nothing_of_its_partition_is_told() -> None:
    assert [f.code for f in bound("").findings] == ["binding.idle"]
    assert [f.code for f in bound("limit", constants=["limit"]).findings] == ["binding.idle"]
    assert bound("seed").findings == ()
    assert bound("*args").findings[0].code == "binding.idle"


def test_a_name_that_is_given_twice_is_told() -> None:
    binding = bound("lr", "parameter-sweep", sweep_names=["lr"], constants=["lr"])
    assert [one.source for one in binding.bound] == ["sweep"]
    assert [(f.code, f.key) for f in binding.findings] == [("binding.given-twice", "parameters.lr")]


def test_arguments_are_made_in_order() -> None:
    binding = bound("path, limit, /, df, *, seed, **rest", constants=["limit", "extra"])
    asked = []

    def value_of(one):
        asked.append(one.name)
        return one.source

    assert binding.arguments(value_of) == (
        ["path-str", "constant"],
        {"df": "df-pandas", "seed": "seed", "extra": "constant"},
    )
    assert asked == ["path", "limit", "df", "seed", "extra"]


def test_source_and_signature_tell_the_same() -> None:
    def f(
        a,
        b: int,
        /,
        c: Path,
        d: BinaryIO | None = None,
        *more,
        e: Iterator[dict],
        g: Mapping[str, Any] = (),
        **rest,
    ): ...

    text = inspect.getsource(f)
    node = ast.parse(inspect.cleandoc(text)).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert parameters_of(node) == parameters_of_signature(inspect.signature(f))


def test_signatures_with_real_types() -> None:
    import pandas

    def f(a, b): ...

    f.__annotations__ = {"a": pandas.DataFrame, "b": Path | None}
    assert [
        one.source for one in bind(parameters_of_signature(inspect.signature(f)), split="files").bound
    ] == [
        "df-pandas",
        "path-Path",
    ]
    f.__annotations__ = {"a": Iterator[dict], "b": str}
    binding = bind(parameters_of_signature(inspect.signature(f)), split="files", constants=["b"])
    assert [one.source for one in binding.bound] == ["rows", "constant"]
