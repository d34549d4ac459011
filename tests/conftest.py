"""What all tests share: a component that is missing is a skip on a laptop and a failure in CI."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# how long an example takes is the machine's affair: nothing here is timed
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PLATFORM = "platform: "
"""A skip whose reason starts like this says that the system cannot do it at all; CI lets it pass."""


@pytest.fixture(scope="session")
def require() -> Callable[[str], Any]:
    """Give ``require(name)``: the module or the path of the program of that name; skips without it."""

    def require(name: str) -> Any:
        try:
            return importlib.import_module(name)
        except ImportError:
            found = shutil.which(name)
        return found if found else pytest.skip(f"{name} is not installed")

    return require


def _fail_in_ci(report: Any) -> None:
    if not os.environ.get("CI") or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(PLATFORM):
        report.outcome = "failed"
        report.longrepr = f"CI must have every component that a test needs: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Turn a skip into a failure where CI is set."""
    report: Any = yield
    _fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """Turn a skipped test file into a failure where CI is set."""
    report: Any = yield
    _fail_in_ci(report)
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what uses the browser last: Playwright keeps an event loop running, and no other starts after."""
    browser = Path(__file__).parent / "browser"
    items.sort(key=lambda item: browser in item.path.parents)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell what was wrong with tests that went well when they were tried once more."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.write_sep("_", f"first try of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of tests that may go on for as long as one likes."""
    parser.addoption(
        "--chaos-rounds",
        type=int,
        default=200,
        help="how often tests/run/test_chaos.py kills a run, and workflows a quarter as often",
    )
    parser.addoption(
        "--fuzz-seconds", type=float, default=20, help="how long tests/server/test_fuzz.py asks nonsense"
    )
    parser.addoption(
        "--second",
        type=float,
        default=0.4,
        help="how long a module's second is in the timelines of workflows",
    )
    parser.addoption("--fuzz-seed", type=int, default=0, help="what it asks; by default by chance")
