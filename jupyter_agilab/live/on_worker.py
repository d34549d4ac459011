"""What happens where a call runs: arguments are filled in, time is watched, what it raises is noted."""

from __future__ import annotations

import ctypes
import pickle
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_agilab.errors import TaskError, TimeLimitError
from jupyter_agilab.live.calls import filled
from jupyter_agilab.tracebacks import authors_frames, authors_traceback, text_of

_GRACE_S = 1.0


def make_call(
    name: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    values: Sequence[Any],
    time_limit_s: float | None = None,
) -> Any:
    """Make a call in this process, and give what the function returns.

    Raises
    ------
    BaseException
        What the function raised: the same exception, its traceback from the author's code on, with a note
        that says which task it was and where.
    TimeLimitError
        It took longer than `time_limit_s`. The function is told by the same exception; code that waits
        inside a call to a C library hears of it when that call returns.
    TaskError
        It called exit.
    """
    if values:
        args, kwargs = filled(args, values), filled(dict(kwargs), values)
    try:
        if time_limit_s is None:
            return function(*args, **kwargs)
        return _within(name, time_limit_s, lambda: function(*args, **kwargs))
    except (SystemExit, KeyboardInterrupt) as error:
        raise TaskError(f"{name} ended its own process: {error!r}", hint="let it return, or raise") from error
    except BaseException as error:
        _note(error, name)
        error.__traceback__ = authors_frames(error) or error.__traceback__
        raise


def sendable(error: BaseException) -> tuple[BaseException, bytes]:
    """Give an exception and its bytes, traceback included; one that cannot be pickled is described."""
    import cloudpickle
    from tblib import pickling_support

    try:
        pickling_support.install(error)
        data: bytes = cloudpickle.dumps(error, protocol=pickle.HIGHEST_PROTOCOL)
        pickle.loads(data)  # noqa: S301  # an exception may pickle and not come back
    except Exception:  # noqa: BLE001  # whatever is wrong with it, it is to be told
        shown = authors_traceback(error)
        told = TaskError(f"{type(error).__name__}: {error}")
        told.add_note(text_of(shown) if shown is not None else repr(error))
        described: bytes = cloudpickle.dumps(told)
        return told, described
    return error, data


def too_long(name: str, limit_s: float) -> TimeLimitError:
    """Say that a task took longer than it may."""
    hours, rest = divmod(int(limit_s), 3600)
    told = f"{hours:02}:{rest // 60:02}:{rest % 60:02}" if limit_s == int(limit_s) else f"{limit_s:g} s"
    return TimeLimitError(f"{name} took longer than its time of {told}", hint='give it more: time="HH:MM:SS"')


def _note(error: BaseException, name: str) -> None:
    note = f"in the task {name} on {socket.gethostname()}"
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _within(name: str, limit_s: float, call: Callable[[], Any]) -> Any:
    """Make a call in a thread of its own, and wait for it no longer than its time."""
    from contextvars import copy_context

    ended = threading.Event()
    outcome: list[Any] = []
    given: list[BaseException] = []
    context, carried = copy_context(), _state_of_dasks_thread()

    def run() -> None:
        carried()
        try:
            outcome.append(context.run(call))
        except BaseException as error:  # noqa: BLE001  # raised again below, in the thread that waits
            given.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    if not ended.wait(limit_s):
        _raise_in(thread, TimeLimitError)
        ended.wait(_GRACE_S)
        raise too_long(name, limit_s)
    if given:
        raise given[0]
    return outcome[0]


def _raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    """Raise an exception in another thread as soon as it runs Python again (the C API's own way)."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(error))


def _state_of_dasks_thread() -> Callable[[], None]:
    """Give what makes another thread one of a Dask task's too: ``get_worker()`` and its like work there."""
    import sys

    distributed = sys.modules.get("distributed.worker")
    state = getattr(distributed, "thread_state", None)
    held = dict(vars(state)) if state is not None else {}

    def carry() -> None:
        if state is not None:
            vars(state).update(held)

    return carry
