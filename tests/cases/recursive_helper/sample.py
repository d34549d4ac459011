from pathlib import Path

Path("t.json").write_text('{"a": {"b": {}}, "c": 1}')
arguments = {"path": "t.json"}
