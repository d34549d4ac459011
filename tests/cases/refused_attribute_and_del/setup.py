from types import SimpleNamespace

settings = {"a": {"b": 1}}


def helper(x):
    return x


helper.calls = 0
