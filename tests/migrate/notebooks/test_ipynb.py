"""Only the cells that change are written anew: every other byte of a notebook stays."""

import json

import nbformat
import pytest

from jupyter_agilab.errors import UsageError
from jupyter_agilab.migrate.notebooks.cell import NewCell
from jupyter_agilab.migrate.notebooks.files import rewrite
from jupyter_agilab.migrate.notebooks.ipynb import rewritten


def notebook(minor=5, sources=("a = 1", "b = 2\nc = 3", "d"), **more):
    cells = []
    for number, source in enumerate(sources):
        cell = {
            "cell_type": "code",
            "execution_count": number,
            "metadata": {"tags": ["é"], "z": {"b": 1, "a": 1.0}},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1.50\n"]}],
            "source": source.splitlines(keepends=True),
        }
        if minor >= 5:
            cell["id"] = f"id-{number}"
        cells.append(dict(sorted(cell.items())))
    cells.insert(1, {"cell_type": "markdown", "metadata": {}, "source": ["# T"]})
    if minor >= 5:
        cells[1]["id"] = "text"
    return {"cells": cells, "metadata": {"b": 1, "a": {}}, "nbformat": 4, "nbformat_minor": minor, **more}


STYLES = {
    "jupyter": {"indent": 1, "ensure_ascii": False},
    "escaped": {"indent": 1, "ensure_ascii": True},
    "two": {"indent": 2, "ensure_ascii": False},
    "four": {"indent": 4},
    "tabs": {"indent": "\t"},
    "compact": {"separators": (",", ":")},
    "one line": {},
    "windows": {"indent": 1, "line_end": "\r\n"},
    "no newline at the end": {"indent": 1, "end": ""},
}


def text_of(document, line_end="\n", end="\n", **style):
    return (json.dumps(document, **style) + end).replace("\n", line_end)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4, 5])
def test_a_changed_cell_is_written_in_the_files_style(style, minor):
    document = notebook(minor)
    text = text_of(document, **style)
    new = rewritten(text, {2: [NewCell(source="x = 'é'\ny", keeps=True)]})
    wanted = notebook(minor)
    wanted["cells"][2] |= {"execution_count": None, "outputs": [], "source": ["x = 'é'\n", "y"]}
    assert new == text_of(wanted, **style)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_nothing_changes_without_changes(style):
    text = text_of(notebook(), **style)
    assert rewritten(text, {}) == text


def test_odd_but_valid_text_stays():
    text = text_of(notebook(), indent=1).replace('"a": 1.0', '"a":   1.00e0').replace('"# T"', '"\\u0023 T"')
    new = rewritten(text, {0: [NewCell(source="z", keeps=True)]})
    assert '"a":   1.00e0' in new[new.index('"text"') :]
    assert '"\\u0023 T"' in new
    assert new[new.index("markdown") :] == text[text.index("markdown") :]


def test_several_cells_take_the_place_of_one():
    text = text_of(notebook(), indent=1, ensure_ascii=False)
    cells = [NewCell(source="one"), NewCell(source="two\n3"), NewCell(source="four", keeps=True)]
    document = json.loads(rewritten(text, {2: cells}))
    nbformat.validate(document)
    assert [cell.get("id") for cell in document["cells"]][4:] == ["id-1", "id-2"]
    assert len({cell["id"] for cell in document["cells"]}) == 6
    assert document["cells"][3]["source"] == ["two\n", "3"]
    assert document["cells"][4]["metadata"] == notebook()["cells"][2]["metadata"]
    assert document["cells"][5] == notebook()["cells"][3]
    # the same notebook gives the same ids
    assert json.loads(rewritten(text, {2: cells})) == document


def test_new_cells_have_no_ids_where_the_format_has_none():
    document = json.loads(rewritten(text_of(notebook(4)), {0: [NewCell(source="a"), NewCell(source="b")]}))
    nbformat.validate(document)
    assert all("id" not in cell for cell in document["cells"])


def test_sources_that_are_one_text_stay_so():
    document = notebook()
    document["cells"][0]["source"] = "a\nb"
    new = json.loads(rewritten(text_of(document), {0: [NewCell(source="c\nd", keeps=True)]}))
    assert new["cells"][0]["source"] == "c\nd"


def test_a_notebook_of_one_cell():
    text = text_of(notebook(sources=("a",)), indent=1)
    document = json.loads(text)
    document["cells"].pop(1)
    text = text_of(document, indent=1)
    new = rewritten(text, {0: [NewCell(source="b"), NewCell(source="c", keeps=True)]})
    assert json.loads(new)["cells"][1]["source"] == ["c"]
    assert new.startswith('{\n "cells": [\n  {\n   "cell_type": "code",')
    assert "\n  },\n  {\n" in new


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "format"),
        ('{"nbformat": 3, "worksheets": []}', "format 3"),
        ('{"nbformat": 4}', "no list of cells"),
    ],
)
def test_what_is_no_notebook_is_refused(text, reason, tmp_path):
    with pytest.raises(UsageError, match=reason):
        rewrite(text.encode(), tmp_path / "a.ipynb", {0: [NewCell(source="a")]})
