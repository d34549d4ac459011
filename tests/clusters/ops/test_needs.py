"""Which packages a stage needs, by its text."""

from jupyter_agilab.run.clusters.check.needs import imported_in
from jupyter_agilab.run.clusters.check.probe import probe


def test_imports_of_installed_packages_count_wherever_they_stand():
    sources = {
        "stages/work.py": "import json, numpy\nfrom helper import x\ndef work():\n    import pandas.api\n",
        "stages/helper.py": "from sklearn.linear_model import Ridge\nfrom . import other\n",
    }
    assert imported_in(sources) == ["numpy", "pandas", "sklearn"]


def test_what_the_code_can_do_without_does_not_count():
    text = "try:\n    import polars\nexcept ImportError:\n    polars = None\nimport numpy\n"
    assert imported_in({"work.py": text}) == ["numpy"]
    text = "try:\n    import polars\nexcept ValueError:\n    polars = None\n"
    assert imported_in({"work.py": text}) == ["polars"]


def test_a_probe_answers_with_plain_data(tmp_path):
    request = {
        "packages": {"json": "json", "no_such_package": "no_such_package"},
        "share": str(tmp_path),
        "notes": "nothing",
        "token": "t",
        "inputs": [str(tmp_path), str(tmp_path / "missing")],
    }
    answer = probe(request)
    assert answer["packages"]["no_such_package"] is None
    assert answer["share"] == {
        "exists": True,
        "seen": None,
        "wrote": None,
        "error": "No such file or directory",
    }
    assert list(answer["inputs"].values()) == ["", "No such file or directory"]
    assert answer["cores"] >= 1
    assert answer["memory_bytes"] > 0
    assert list(tmp_path.iterdir()) == []
