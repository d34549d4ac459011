from pathlib import Path

Path("data").mkdir()
Path("data/run-001.json").write_text('{"value": 21}')
arguments = {"path": "data/run-001.json"}
