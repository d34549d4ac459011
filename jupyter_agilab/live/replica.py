"""What lives in the process of a group's replica: the state that its setup made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_agilab.live.results import Results

_states: dict[str, Any] = {}
_locks: dict[str, threading.RLock] = {}


class SetUp:
    """Makes a replica's state, once in a process; a process that takes another's place makes it anew."""

    def __init__(self, key: str, setup: Callable[..., Any] | None, given: Mapping[str, Any]) -> None:
        self.key, self.setup, self.given = key, setup, dict(given)

    def __call__(self) -> None:
        """Make the state where it is not there."""
        self.state()

    def state(self) -> Any:
        """Give the state."""
        # one for each state: others in this process are set up at the same time
        with _locks.setdefault(self.key, threading.RLock()):
            if self.key not in _states:
                _states[self.key] = self.setup(**self.given) if self.setup is not None else None
            return _states[self.key]


class TearDown:
    """Takes a replica's state down."""

    def __init__(self, key: str, teardown: Callable[..., Any] | None, takes_state: bool) -> None:
        self.key, self.teardown, self.takes_state = key, teardown, takes_state

    def __call__(self) -> None:
        """Forget the state, and call the author's function with it."""
        state = _states.pop(self.key, None)
        _locks.pop(self.key, None)
        if self.teardown is not None:
            self.teardown(state) if self.takes_state else self.teardown()


class StageCall:
    """A stage's function as it is called for a job: with its replica's state and the results it takes."""

    def __init__(
        self, function: Callable[..., Any], set_up: SetUp | None, *, state_as: str, results_as: str
    ) -> None:
        self.function, self.set_up = function, set_up
        self.state_as, self.results_as = state_as, results_as
        self.__name__ = getattr(function, "__name__", "stage")

    def __call__(self, results: Mapping[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call it; `results` are those of the stages that it depends on."""
        more: dict[str, Any] = {}
        if self.set_up is not None:
            # also where the function does not take it: setup may be there for what it does
            state = self.set_up.state()
            if self.state_as:
                more[self.state_as] = state
        if self.results_as:
            more[self.results_as] = Results(results)
        return self.function(*args, **kwargs, **more)
