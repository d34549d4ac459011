import types

arguments = {"path": "abc", "partition": types.SimpleNamespace(id="p1")}
