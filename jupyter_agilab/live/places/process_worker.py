"""A worker process of a pool: ``python -m THIS_MODULE PIPE LIFE PYTHONPATH``."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ResultTypeError, TaskError
from jupyter_agilab.live.on_worker import make_call, sendable


def main(pipe: int, life: int, python_path: str) -> None:
    """Answer calls until the pipe closes."""
    # what was set so that this module is found is not for the processes that calls start
    os.environ.pop("PYTHONPATH", None)
    if python_path:
        os.environ["PYTHONPATH"] = python_path
    threading.Thread(target=_end_with_parent, args=(life,), daemon=True).start()
    connection = Connection(pipe)
    functions: dict[str, Any] = {}
    while True:
        try:
            order = connection.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            _do(functions, *pickle.loads(order))  # noqa: S301  # from the process that started this one
            answer = (True, b"")
        except BaseException as error:  # noqa: BLE001  # told to whoever asks for the result
            answer = (False, sendable(error)[1])
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send_bytes(pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))


def _do(
    functions: dict[str, Any],
    name: str,
    digest: str,
    code: bytes,
    arguments: bytes,
    inputs: list[str],
    result: str,
) -> None:
    """Run one call and store its result."""
    if code:
        functions[digest] = _loaded(code, f"the function of {name}")
    args, kwargs = _loaded(arguments, f"what {name} is given")
    values = [pickle.loads(Path(each).read_bytes()) for each in inputs]  # noqa: S301  # ours
    value = make_call(name, functions[digest], args, kwargs, values)
    import cloudpickle

    try:
        data = cloudpickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise ResultTypeError(
            f"the result of {name}, a {type(value).__name__}, cannot be stored: "
            f"{type(error).__name__}: {error}",
            hint="return plain values, arrays or tables, not open files, connections or generators",
        ) from error
    Path(result).write_bytes(data)


def _loaded(data: bytes, what: str) -> Any:
    try:
        return pickle.loads(data)  # noqa: S301  # from the process that started this one
    except Exception as error:
        raise TaskError(
            f"{what} cannot be used in a worker process: {type(error).__name__}: {error}",
            hint="modules that it needs must be importable there: installed, or in a folder of sys.path",
        ) from error


def _end_with_parent(life: int) -> None:
    """End this process, and what it started, when the one that started it is gone; also during a call."""
    os.read(life, 1)
    os.killpg(0, 9)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
