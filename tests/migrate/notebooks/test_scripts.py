"""Notebooks kept as text: percent scripts, MyST, R Markdown."""

import pytest

from jupyter_agilab.cells import Notebook
from jupyter_agilab.errors import MissingDependencyError
from jupyter_agilab.migrate.notebooks.cell import NewCell
from jupyter_agilab.migrate.notebooks.files import read, rewrite

PERCENT = """# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Title

# %%
a = 1

# %% tags=["x"]
out = []
for n in [1, 2]:
    out.append(n)

# %%
print(out)
"""
MYST = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Title

```{code-cell} ipython3
a = 1
```

```{code-cell} ipython3
:tags: [x]

out = []
for n in [1, 2]:
    out.append(n)
```

The end.
"""
RMD = """---
title: "T"
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---

# Title

```{python}
a = 1
```

```{python echo=FALSE}
out = []
for n in [1, 2]:
    out.append(n)
```

The   end.
"""
TEXTS = {"a.py": PERCENT, "a.md": MYST, "a.Rmd": RMD}


@pytest.mark.parametrize(("name", "text"), TEXTS.items(), ids=TEXTS)
def test_a_cell_is_replaced_and_the_rest_stays(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    notebook = read(path)
    assert isinstance(notebook, Notebook)
    assert not notebook.findings
    index = next(cell.index for cell in notebook.code_cells if "out = []" in cell.source)
    new = rewrite(
        text.encode(), path, {index: [NewCell(source="made = 1"), NewCell(source="done = 2", keeps=True)]}
    )
    changed = new.decode()
    assert "out.append" not in changed
    first, last = (
        text[: text.index("out = []")],
        text[text.index("    out.append(n)") + len("    out.append(n)") :],
    )
    assert changed.startswith(first[: first.rindex("\n\n") if name == "a.py" else len(first) - 30])
    assert changed.endswith(last)
    path.write_bytes(new)
    sources = [cell.source for cell in read(path).code_cells]
    assert [source for source in sources if source != "print(out)"] == ["a = 1", "made = 1", "done = 2"]


def test_another_language(tmp_path):
    path = tmp_path / "a.Rmd"
    path.write_text(RMD.replace("language: python", "language: R").replace("name: python3", "name: ir"))
    (finding,) = read(path).findings
    assert "language is r" in finding.message


def test_without_jupytext(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "jupytext", None)
    path = tmp_path / "a.py"
    path.write_text(PERCENT)
    with pytest.raises(MissingDependencyError, match="jupytext"):
        read(path)


def test_missing_and_unreadable(tmp_path):
    assert read(tmp_path / "none.py").findings[0].code == "notebook.missing"
    (tmp_path / "a.py").write_bytes(b"\xff\xfe\x00")
    assert read(tmp_path / "a.py").findings[0].code == "notebook.unreadable"


def test_marks_of_a_merge(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text('{\n<<<<<<< HEAD\n "cells": []\n=======\n "cells": [1]\n>>>>>>> other\n}\n')
    (finding,) = read(path).findings
    assert finding.code == "notebook.conflict"
    assert "nbdime" in finding.hint
