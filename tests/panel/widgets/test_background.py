"""Jobs beside the main thread: of each kind only the newest."""

from __future__ import annotations

import threading
from collections.abc import Callable

from jupyter_agilab.panel.widgets.background import Background


def test_only_the_newest_of_a_kind_is_done(wait: Callable[..., None]) -> None:
    done: list[int] = []
    held, errors = threading.Event(), []
    work = Background("agilab-test", errors.append)
    work.do("first", held.wait)
    for number in range(100):
        work.do("plan", lambda number=number: done.append(number))
    work.do("other", lambda: done.append(-1))
    held.set()
    wait(lambda: len(done) == 2)
    assert done == [99, -1]
    work.close()
    assert not errors


def test_an_error_is_told_and_the_next_job_is_done(wait: Callable[..., None]) -> None:
    errors: list[Exception] = []
    done = threading.Event()
    work = Background("agilab-test", errors.append)
    work.do("bad", lambda: 1 / 0)
    work.do("good", done.set)
    wait(done.is_set)
    assert [type(error) for error in errors] == [ZeroDivisionError]
    work.close()


def test_a_delayed_job_can_be_replaced_and_closing_forgets_it() -> None:
    done: list[str] = []
    work = Background("agilab-test", lambda error: None)
    work.do("write", lambda: done.append("old"), delay_s=30)
    assert work.has("write")
    work.do("write", lambda: done.append("new"), delay_s=30)
    work.close()
    assert done == []
    assert "agilab-test" not in {thread.name for thread in threading.enumerate()}
    work.do("write", lambda: done.append("late"))
    assert not work.has("write")
