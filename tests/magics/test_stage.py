"""``%%parallel_stage``: from a cell to files, and nothing runs that was not asked for."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_agilab.errors import (
    ContractError,
    ExtractionError,
    ModuleChangedError,
    OutputError,
    RunFailedError,
)
from jupyter_agilab.magics.handle import StageHandle
from jupyter_agilab.result import StageResult

HEADER = '%%parallel_stage count --input "data/*.csv"'
BODY = "with open(path) as file:\n    rows = len(file.readlines()) - 1\n{'file': path, 'rows': rows}"
COUNTS = [{"file": f"data/m{number}.csv", "rows": 20 + number} for number in range(5)]


def contract_of(notebook: Any, name: str = "count") -> dict[str, Any]:
    return tomllib.loads((notebook.folder / f"{name}.parallel_stage.toml").read_text("utf-8"))


def test_a_cell_becomes_a_module_and_a_contract_and_nothing_runs(five_files: Any) -> None:
    five_files.run(f"{HEADER}\n{BODY}")
    assert five_files.files() - {f"data/m{n}.csv" for n in range(5)} == {
        "stages/count.py",
        "count.parallel_stage.toml",
    }
    assert not (five_files.folder / ".agilab").exists()
    contract = contract_of(five_files)
    assert {
        name: contract[name] for name in ("split", "workers", "reducer", "backend", "output", "function")
    } == {
        "split": "files",
        "workers": "auto",
        "reducer": "collect-json",
        "backend": "pool",
        "output": "artifacts/count.json",
        "function": "stages/count.py:count",
    }
    handle = five_files.shell.user_ns["count"]
    assert isinstance(handle, StageHandle)
    assert handle.plan.partition_count == 5
    assert handle.contract_path == (five_files.folder / "count.parallel_stage.toml").resolve()


def test_the_display_says_what_the_stage_is_and_what_each_name_became(five_files: Any) -> None:
    five_files.run("import json\nlimit = 3\ndef large(number, least):\n    return number > least")
    five_files.run(f"{HEADER}\n{BODY}\nlarge(rows, limit) and json.dumps(rows)")
    for part in (
        "Function",
        "Split",
        "Reducer",
        "5 partitions from 5 files",
        "stages/count.py",
        "copied function",
    ):
        assert part in five_files.html
    expected = {"json": "import", "limit": "parameter", "large": "copied function", "path": "the partition"}
    for name, becomes in expected.items():
        line = next(line for line in five_files.text.splitlines() if line.split()[:1] == [name])
        assert becomes in line
    assert "%parallel_run count" in five_files.text


def test_run_gives_what_the_cell_gives_and_leaves_it_under_the_name(five_files: Any) -> None:
    five_files.run(f"{HEADER} --run\n{BODY}")
    result = five_files.shell.user_ns["count"]
    assert isinstance(result, StageResult)
    assert list(result.records()) == COUNTS
    assert json.loads(result.path.read_text("utf-8")) == COUNTS
    assert "Result of count" in five_files.html
    assert "5 of 5" in five_files.text


def test_the_name_is_bound_under_time_too(five_files: Any) -> None:
    five_files.run(f"%%time\n{HEADER} --run --backend local\n{BODY}")
    assert list(five_files.shell.user_ns["count"].records()) == COUNTS
    assert "Wall time" in five_files.text


def test_lines_are_those_of_the_cell_as_typed_also_under_time(five_files: Any) -> None:
    five_files.fails(f"%%time\n\n{HEADER}\n# a comment\n{BODY}\nmissing_name")
    assert "line 8" in five_files.text


@pytest.mark.parametrize("flags", ["", "--workers 2", "--reducer concat-jsonl"])
def test_looking_runs_nothing_of_the_authors(five_files: Any, flags: str) -> None:
    # importing the module would write the file, for the class is copied with its body
    five_files.run("import os\nclass Marked:\n    os.makedirs('imported', exist_ok=True)\n    unit = 'rows'")
    (five_files.folder / "imported").rmdir()
    five_files.run(f"{HEADER} {flags}\n{BODY.replace('rows}', 'rows, Marked.unit: 1}')}")
    assert "class Marked" in (five_files.folder / "stages/count.py").read_text("utf-8")
    five_files.run("%parallel_plan count")
    assert not (five_files.folder / "imported").exists()
    five_files.run("%parallel_trial count")
    assert (five_files.folder / "imported").exists()


def test_the_same_cell_again_writes_nothing(five_files: Any) -> None:
    five_files.run(f"{HEADER}\n{BODY}")
    written = {name: (five_files.folder / name).stat().st_mtime_ns for name in five_files.files()}
    five_files.run(f"{HEADER}\n{BODY}")
    assert {name: (five_files.folder / name).stat().st_mtime_ns for name in five_files.files()} == written
    assert "stage count: unchanged" in five_files.text


def test_a_changed_cell_rewrites_its_module(five_files: Any) -> None:
    five_files.run(f"{HEADER}\n{BODY}")
    five_files.run(f"{HEADER}\n{BODY.replace('- 1', '- 2')}")
    assert "- 2" in (five_files.folder / "stages/count.py").read_text("utf-8")


@pytest.mark.parametrize("name", ["edited by hand", "not ours"])
def test_a_module_that_somebody_wrote_is_left_alone_until_told(five_files: Any, name: str) -> None:
    module = five_files.folder / "stages/count.py"
    if name == "edited by hand":
        five_files.run(f"{HEADER}\n{BODY}")
        module.write_text(module.read_text("utf-8") + "\n# my own line\n", "utf-8")
    else:
        five_files.write("stages/count.py", "# my own line\n")
    before = module.read_text("utf-8")
    files = five_files.files()
    error = five_files.fails(f"{HEADER}\n{BODY.replace('- 1', '- 2')}")
    assert isinstance(error, ModuleChangedError)
    assert "--overwrite" in str(error)
    assert module.read_text("utf-8") == before
    assert five_files.files() == files
    five_files.run(f"{HEADER} --overwrite\n{BODY.replace('- 1', '- 2')}")
    assert "my own line" not in module.read_text("utf-8")


def test_the_contract_keeps_what_the_header_does_not_set(five_files: Any) -> None:
    five_files.run(f"{HEADER} --target-partitions 7\n{BODY}")
    path = five_files.folder / "count.parallel_stage.toml"
    text = (
        path.read_text("utf-8").replace("workers = ", "# two are enough\nworkers = ").replace('"auto"', "2")
    )
    path.write_text(f'{text}\n[execution]\nretries = 3\n\n[my_own]\nkey = "kept"\n', "utf-8")
    five_files.run(f"{HEADER} --reducer concat-csv\n{BODY}")
    contract = contract_of(five_files)
    assert "# two are enough\nworkers = 2\n" in path.read_text("utf-8")
    assert contract["execution"] == {"retries": 3}
    assert contract["my_own"] == {"key": "kept"}
    assert contract["target_partitions"] == 7
    assert (contract["reducer"], contract["output"]) == ("concat-csv", "artifacts/count.csv")


def test_an_output_of_the_authors_choice_stays_when_the_reducer_changes(five_files: Any) -> None:
    five_files.run(f"{HEADER} --output artifacts/rows.txt\n{BODY}")
    five_files.run(f"{HEADER} --reducer concat-csv\n{BODY}")
    assert contract_of(five_files)["output"] == "artifacts/rows.txt"


def test_constants_follow_the_notebook_and_those_of_the_contract_alone_stay(five_files: Any) -> None:
    five_files.run("limit = 3")
    cell = f"{HEADER}\ndef count(path, limit, factor=1):\n    return {{'n': limit * factor}}"
    five_files.run(cell)
    path = five_files.folder / "count.parallel_stage.toml"
    path.write_text(path.read_text("utf-8").replace("[parameters]\n", "[parameters]\nfactor = 5\n"), "utf-8")
    five_files.run(cell)
    assert contract_of(five_files)["parameters"]["factor"] == 5


def test_a_constant_that_was_changed_in_the_contract_is_told(five_files: Any) -> None:
    five_files.run("limit = 3")
    five_files.run(f"{HEADER}\n{BODY.replace('rows}', 'rows > limit}')}")
    path = five_files.folder / "count.parallel_stage.toml"
    path.write_text(path.read_text("utf-8").replace("limit = 3", "limit = 4"), "utf-8")
    five_files.run(f"{HEADER}\n{BODY.replace('rows}', 'rows > limit}')}")
    assert contract_of(five_files)["parameters"] == {"limit": 3}
    assert "limit is 3 in the notebook; the contract had 4" in five_files.text


@pytest.mark.parametrize(("workers", "warned"), [(5, False), (6, True)])
def test_too_few_files_are_told_where_there_are_too_few(five_files: Any, workers: int, warned: bool) -> None:
    five_files.run(f"{HEADER} --workers {workers}\n{BODY}")
    assert ("caps useful parallelism" in five_files.text) == warned
    assert ("count.parallel_stage.toml:9:1: warning" in five_files.text) == warned


def test_ipython_syntax_in_the_cell_is_understood_or_refused_by_line(five_files: Any) -> None:
    opened = "%time x = open(path)"
    five_files.run(f"{HEADER}\n%matplotlib inline\n{opened}\nlen(x.read())")
    assert "%" not in (five_files.folder / "stages/count.py").read_text("utf-8").split('"""')[-1]
    error = five_files.fails(f"{HEADER}\n{BODY}\n\n!rm -rf data\nrows")
    assert isinstance(error, ExtractionError)
    assert "line 6" in str(error)
    assert "rm -rf data" in str(error)
    assert (five_files.folder / "data/m0.csv").exists()


def test_a_cell_that_is_not_kept_in_the_history_works_too(five_files: Any) -> None:
    result = five_files.shell.run_cell(f"{HEADER}\n{BODY}", store_history=False)
    assert result.success
    assert isinstance(five_files.shell.user_ns["count"], StageHandle)


@pytest.mark.parametrize("flags", ["--by groups --columns b", "--by keys --columns a"])
def test_a_rule_that_cannot_be_planned_is_told(notebook: Any, flags: str) -> None:
    notebook.write("table.csv", "a,b\n1,2\n")
    notebook.cell(f"%%parallel_stage total --input table.csv --split data-partitions {flags}\nlen(df)")
    assert "Traceback" not in notebook.text
    assert "MISSING" in notebook.text or "partitions" in notebook.text


def test_a_broken_contract_is_not_written_over(five_files: Any) -> None:
    path = five_files.write("count.parallel_stage.toml", "name = 'count\n")
    error = five_files.fails(f"{HEADER}\n{BODY}")
    assert isinstance(error, ContractError)
    assert path.read_text("utf-8") == "name = 'count\n"
    assert not (five_files.folder / "stages").exists()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("%%parallel_stage", "NAME"),
        ("%%parallel_stage count", "the split of 'count' is missing"),
        ("%%parallel_stage count --input data/m0.csv", "the split of 'count' is missing"),
        ("%%parallel_stage count --input data/*.csv --spilt files", "did you mean '--split'?"),
        ("%%parallel_stage count --input data/*.csv --split file", "--split"),
        ("%%parallel_stage count --input data/*.csv --workers many", "--workers"),
        ("%%parallel_stage count --input data/*.csv --workers 0", "--workers"),
        ("%%parallel_stage count --input 'data/*.csv", "a quotation mark is not closed"),
        ("%%parallel_stage count --input data/*.csv --reducer concat-jsnol", "did you mean 'concat-jsonl'?"),
        ("%%parallel_stage my-stage --input data/*.csv", "my_stage would be one"),
        ("%%parallel_stage class --input data/*.csv", "'class' is not"),
        ("%%parallel_stage sum --input data/*.csv", "would hide Python's own sum()"),
        ("%%parallel_stage größe --input data/*.csv", "'größe' is not"),
    ],
)
def test_misuse_is_one_sentence(five_files: Any, header: str, said: str) -> None:
    files = five_files.files()
    error = five_files.fails(f"{header}\n{BODY}")
    assert isinstance(error, UsageError)
    assert said in str(error)
    assert "\n" not in str(error)
    assert "Traceback" not in five_files.text
    assert five_files.files() == files


@pytest.mark.parametrize("body", ["   ", "\n\n"])
def test_an_empty_cell_misses_the_function(five_files: Any, body: str) -> None:
    error = five_files.fails(f"{HEADER}\n{body}")
    assert isinstance(error, UsageError)
    assert "the function of 'count' is missing" in str(error)


def test_a_cell_that_cannot_become_a_function_fails_and_writes_nothing(five_files: Any) -> None:
    five_files.run("import threading\nlock = threading.Lock()")
    files = five_files.files()
    error = five_files.fails(
        f"{HEADER} --run\nprint('hello')\nwith lock:\n    n = len(missing_name)\n{{'p': path, 'n': n}}"
    )
    assert isinstance(error, ExtractionError)
    assert five_files.files() == files
    assert "count" not in five_files.shell.user_ns
    for told in ("cell 3, line 3", "a lock", "cell 3, line 4", "missing_name"):
        assert told in five_files.text
        assert told.replace("'", "&#x27;") in five_files.html
    assert "MISSING" in five_files.text
    assert "jupyter_agilab/" not in five_files.text.replace(str(five_files.folder), "")


def test_a_helper_that_was_edited_but_not_run_again_is_told_with_its_line(five_files: Any) -> None:
    five_files.run("def size(path):\n    return 1")
    five_files.run("def size(path):\n    return 2")
    five_files.run("del size")
    error = five_files.fails(f"{HEADER}\n\n{{'n': size(path)}}")
    assert isinstance(error, ExtractionError)
    assert "line 3" in five_files.text
    assert "size" in five_files.text


def test_syntax_errors_are_told_with_the_line_of_the_cell(five_files: Any) -> None:
    error = five_files.fails(f"{HEADER}\nx = 1\ny = = 2")
    assert isinstance(error, ExtractionError)
    assert "line 3" in str(error)


def test_a_folder_that_cannot_be_written_is_one_message(five_files: Any) -> None:
    five_files.write("stages", "a file where the folder should be")
    error = five_files.fails(f"{HEADER}\n{BODY}")
    assert isinstance(error, OutputError)
    assert "stages/count.py" in str(error)
    assert not (five_files.folder / "count.parallel_stage.toml").exists()


def test_an_input_that_matches_nothing_is_told_and_does_not_run(notebook: Any) -> None:
    notebook.write("data/a.csv", "x\n1\n")
    header = '%%parallel_stage count --input "data/*.cvs"'
    notebook.run(f"{header}\n{BODY}")
    assert "no file matches" in notebook.text
    error = notebook.fails(f"{header} --run\n{BODY}")
    assert "no file matches" in str(error)
    assert "Traceback" not in notebook.text.split("PlanError")[0]


def test_a_sweep_takes_its_names_from_the_grid(notebook: Any) -> None:
    notebook.write("grid.toml", "lr = [0.1, 0.2]\nseed_number = [1, 2, 3]\nepochs = 10\n")
    notebook.run(
        "%%parallel_stage fit --input grid.toml --run --backend local\n"
        "{'lr': lr, 'score': lr * seed_number * epochs}"
    )
    expected = [{"lr": lr, "score": lr * number * 10} for lr in (0.1, 0.2) for number in (1, 2, 3)]
    assert list(notebook.shell.user_ns["fit"].records()) == expected
    assert contract_of(notebook, "fit")["split"] == "parameter-sweep"


def test_a_broken_grid_is_told(notebook: Any) -> None:
    notebook.write("grid.toml", "lr = [0.1, 0.2\n")
    notebook.cell("%%parallel_stage fit --input grid.toml\n{'lr': lr}")
    assert "grid.toml is not TOML" in notebook.text


@pytest.mark.parametrize(
    ("files", "flag", "split"),
    [
        ({}, "data/*.csv", "files"),
        ({"data/x.csv": "a\n"}, "data", "files"),
        ({"grid.toml": "a = [1]"}, "grid.toml", "parameter-sweep"),
        ({"grid.yaml": "a: [1]"}, "grid.yaml", "parameter-sweep"),
        ({"grid.json": '{"a": [1, 2]}'}, "grid.json", "parameter-sweep"),
        ({"list.json": '["data/x.csv"]'}, "list.json", "files"),
        ({"data.json": '[{"a": 1}]'}, "data.json", None),
        ({"data.json": "{"}, "data.json", None),
        ({"table.parquet": ""}, "table.parquet", None),
        ({"list.txt": "data/x.csv\n"}, "list.txt", None),
    ],
)
def test_the_split_is_guessed_only_where_nothing_else_is_possible(
    tmp_path: Path, files: dict[str, str], flag: str, split: str | None
) -> None:
    from jupyter_agilab.errors import UsageError as Misuse
    from jupyter_agilab.stage_options import StageOptions, settled_split

    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    options = StageOptions(name="s", input=flag)
    if split is None:
        with pytest.raises(Misuse, match="--split files, --split data-partitions or --split parameter-sweep"):
            settled_split(options, None, tmp_path)
    else:
        assert settled_split(options, None, tmp_path) == split


def test_rows_of_a_table_become_partitions(notebook: Any) -> None:
    notebook.write("table.csv", "a,b\n" + "".join(f"{n},{n % 3}\n" for n in range(100)))
    notebook.run(
        "%%parallel_stage total --input table.csv --split data-partitions --rows 25 --run --backend local\n"
        "def total(rows):\n"
        "    return {'sum': sum(int(row['a']) for row in rows)}"
    )
    found = [record["sum"] for record in notebook.shell.user_ns["total"].records()]
    assert found == [sum(range(start, start + 25)) for start in range(0, 100, 25)]
    assert contract_of(notebook, "total")["partition"]["rows"] == 25


def test_a_ready_made_reducer_goes_by_its_name(five_files: Any) -> None:
    body = BODY.replace("'file': path, ", "")
    five_files.run(f"{HEADER} --reducer sum --run --backend local\n{body}")
    contract = contract_of(five_files)
    assert (contract["reducer"], contract["reduce"]["function"]) == ("custom", "sum")
    assert json.loads(five_files.shell.user_ns["count"].path.read_text("utf-8")) == {"rows": 110}


def test_a_custom_reducer_without_a_function_is_asked_for(five_files: Any) -> None:
    five_files.run(f"{HEADER} --reducer custom\n{BODY}")
    assert "%%parallel_reduce count" in five_files.text
    assert isinstance(five_files.fails("%parallel_run count"), ContractError)


def test_shared_data_travels_as_a_file(five_files: Any) -> None:
    five_files.run("import numpy as np\nfactors = np.arange(2000.0)")
    cell = "{'file': path, 'factor': float(factors[1999])}"
    assert isinstance(five_files.fails(f"{HEADER}\n{cell}"), ExtractionError)
    assert "--share factors" in five_files.text
    five_files.run(f"{HEADER} --share factors --run --backend local\n{cell}")
    assert {record["factor"] for record in five_files.shell.user_ns["count"].records()} == {1999.0}
    assert contract_of(five_files)["shared"]["factors"]["format"] == "npy"


def test_a_trial_that_fails_keeps_the_stage_from_running(five_files: Any) -> None:
    error = five_files.fails(f"{HEADER} --trial --run\n1 / (len(path) - len(path))")
    assert isinstance(error, RunFailedError)
    assert "ZeroDivisionError" in str(error)
    assert not (five_files.folder / ".agilab/runs").exists()


def test_a_name_that_held_something_else_is_told_once(five_files: Any) -> None:
    five_files.run("count = [1, 2, 3]")
    five_files.run(f"{HEADER}\n{BODY}")
    assert "count was a list" in five_files.text
    five_files.run("count = list(range(3))")
    five_files.run(f"{HEADER}\n{BODY}")
    assert "was a list" not in five_files.text


def test_a_stage_that_has_not_run_says_so(stage: Callable[..., Any]) -> None:
    notebook = stage()
    error = notebook.fails("count.to_pandas()")
    assert isinstance(error, AttributeError)
    assert "%parallel_run count" in str(error)
    notebook.run("import copy; copy.copy(count)")


def test_paths_are_those_of_the_notebooks_folder_and_no_home_is_written(five_files: Any) -> None:
    five_files.run(f'%%parallel_stage count --input "{five_files.folder}/data/*.csv"\n{BODY}')
    assert contract_of(five_files)["input"] == "data/*.csv"
    home = Path(os.path.expanduser("~"))
    error = five_files.fails(f'%%parallel_stage other --input "{home}/data/*.csv"\n{BODY}')
    assert isinstance(error, ContractError)
    assert "other.parallel_stage.toml" not in five_files.files()


@pytest.mark.parametrize("name", ["path", "df", "rows", "rng"])
def test_a_stage_named_like_the_partition_is_refused(five_files: Any, name: str) -> None:
    """It once took the name's place in the notebook, so that no further cell could read its partition."""
    five_files.run("path = 'data/m0.csv'")
    error = five_files.fails(f'%%parallel_stage {name} --input "data/*.csv"\nlen(path)')
    assert isinstance(error, UsageError)
    assert f"{name}_stage would do" in str(error)
    assert five_files.shell.user_ns["path"] == "data/m0.csv"


def test_an_absolute_output_stays_where_the_author_said(five_files: Any, tmp_path_factory: Any) -> None:
    """A new stage once wrote ``/elsewhere/x.json`` as ``x.json``, beside the notebook."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.json"
    five_files.run(f"{HEADER} --output {elsewhere}\n{BODY}")
    assert contract_of(five_files)["output"] == elsewhere.as_posix()
    five_files.run(f"{HEADER} --output {five_files.folder}/out/x.json\n{BODY}")
    assert contract_of(five_files)["output"] == "out/x.json"


def test_an_input_that_matches_nothing_is_one_message_without_calls_of_ours(five_files: Any) -> None:
    """The message of a run that cannot start once stood below frames of contextlib."""
    error = five_files.fails(f'%%parallel_stage count --input "dta/*.csv" --run\n{BODY}')
    lines = error._render_traceback_()
    assert lines[0].startswith("PlanError: count cannot run as planned")
    assert "did you mean 'data'?" in "\n".join(lines)


def test_a_stage_without_a_result_says_so_in_one_sentence(five_files: Any) -> None:
    five_files.run(f"{HEADER}\n{BODY}")
    assert not hasattr(five_files.shell.user_ns["count"], "records")
    error = five_files.fails("count.sample(3)")
    assert isinstance(error, AttributeError)
    assert "count has no 'sample', since it has no result" in str(error)
    assert "handle.py" not in "\n".join(error._render_traceback_())


def test_a_ready_made_reducer_needs_no_notes_of_the_author(five_files: Any) -> None:
    """Each use of one once gave a warning that the contract should describe the merge."""
    five_files.run(f"{HEADER} --reducer sum\nlen(path)")
    assert "warning" not in five_files.text
    assert contract_of(five_files)["notes"]
    five_files.run(f"{HEADER} --reducer collect-json\nlen(path)")
    assert "notes" not in contract_of(five_files)
    five_files.run(f"{HEADER} --reducer collect-json --notes mine\nlen(path)")
    five_files.run(f"{HEADER} --reducer mean\nlen(path)")
    assert contract_of(five_files)["notes"] == "mine"
