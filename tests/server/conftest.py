"""A real Jupyter server in the test's own process, with the extension, and a client that raises nothing."""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

_limits = resource.getrlimit(resource.RLIMIT_NOFILE)
# its hooks run coroutines as tests: here, and nowhere else
from pytest_jupyter.jupyter_server import *  # noqa: E402, F403  # it lowers a limit when it is imported

resource.setrlimit(resource.RLIMIT_NOFILE, _limits)

BASE = "agilab"
UNKNOWN = "zzzzzzzzzz"


def _routes_known() -> Any:
    spec = importlib.util.spec_from_file_location("routes_known", Path(__file__).with_name("routes_known.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


routes_known = _routes_known()


def pytest_generate_tests(metafunc: Any) -> None:
    """Give tests that ask for ``routes`` those of a subject, and for ``socket`` each WebSocket.

    A server for each route would take most of the time.
    """
    if "routes" in metafunc.fixturenames:
        subjects = routes_known.by_subject()
        metafunc.parametrize("routes", subjects.values(), ids=subjects)
    if "socket" in metafunc.fixturenames:
        metafunc.parametrize("socket", routes_known.sockets())


@dataclass(frozen=True)
class Answer:
    """What a request came to."""

    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """What a failure says."""
        return str(self.json["message"])


Ask = Callable[..., Awaitable[Answer]]


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    """Load the extension as an installed one is loaded."""
    return {"ServerApp": {"jpserver_extensions": {"jupyter_agilab.server": True}}}


@pytest.fixture
def ask(jp_serverapp: Any, http_server_client: Any, jp_auth_header: Any, jp_base_url: str) -> Ask:
    """Give ``await ask("POST", "run/start", {"path": …})``; keywords are the query, of any method."""

    async def ask(
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        timeout_s: float = 120,
        **query: Any,
    ) -> Answer:
        data = body
        if body is None and method in {"POST", "PUT", "PATCH"}:
            data = b""
        elif body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
        response = await http_server_client.fetch(
            f"{jp_base_url}{BASE}/{url}" + (f"?{urlencode(query)}" if query else ""),
            method=method,
            body=data,
            headers=jp_auth_header if headers is None else headers,
            raise_error=False,
            allow_nonstandard_methods=True,
            follow_redirects=False,
            request_timeout=timeout_s,
        )
        return Answer(response.code, response.body or b"", response.headers)

    return ask


@pytest.fixture
def all_routes() -> list[Any]:
    """Give every method of every route."""
    found: list[Any] = routes_known.http_routes()
    return found


@pytest.fixture
def names_of(ask: Ask) -> Callable[[Any], Awaitable[list[str]]]:
    """Give ``await names_of(route)``: what a route takes; for most a query or the names of a body."""

    async def names_of(route: Any) -> list[str]:
        is_query = route.method in {"GET", "DELETE"}
        if is_query:
            answer = await ask(route.method, route.url, **{UNKNOWN: "1"})
        else:
            answer = await ask(route.method, route.url, {UNKNOWN: 1})
        assert answer.status == 400, f"{route} takes names that it does not know: {answer.body!r}"
        names: list[str] = routes_known.names_in(answer.json["hint"])
        return names

    return names_of


@pytest.fixture
def make_stage(jp_root_dir: Path) -> Callable[..., Path]:
    """Give ``make_stage("a/b", "double")``: a sweep of 4 sets over a function; gives its contract."""

    def make_stage(folder: str = "", name: str = "double", text: str | None = None, more: str = "") -> Path:
        home = jp_root_dir / folder
        (home / "stages").mkdir(parents=True, exist_ok=True)
        text = text or "    print('seen', x)\n    return {'x': x, 'twice': 2 * x}\n"
        (home / "stages" / f"{name}.py").write_text(f"def {name}(x):\n{text}")
        (home / f"{name}.json").write_text(json.dumps({"x": [1, 2, 3, 4]}))
        path = home / f"{name}.parallel_stage.toml"
        path.write_text(
            f'schema = "agilab.parallel_stage.v1"\nname = "{name}"\nfunction = "stages/{name}.py:{name}"\n'
            f'split = "parameter-sweep"\ninput = "{name}.json"\nworkers = 2\ntarget_partitions = 0\n'
            'partition_strategy = "parameter-items"\nmin_partitions_per_worker = 1\n'
            f'reducer = "collect-json"\nbackend = "local"\noutput = "{name}_result.json"\n{more}'
        )
        return path

    return make_stage


@pytest.fixture
def until() -> Callable[..., Awaitable[Any]]:
    """Give ``await until(condition)``, which waits generously for a condition to give something true."""

    async def until(condition: Callable[[], Awaitable[Any]], what: str = "", seconds: float = 60) -> Any:
        import asyncio
        import time

        deadline = time.monotonic() + seconds
        while not (found := await condition()):
            assert time.monotonic() < deadline, f"waited {seconds} s in vain {what}"
            await asyncio.sleep(0.05)
        return found

    return until


@pytest.fixture
def run_to_end(ask: Ask, until: Any) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Give ``await run_to_end("a/double.parallel_stage.toml")``: gives the run when it has ended."""

    async def run_to_end(path: str, **settings: Any) -> dict[str, Any]:
        started = await ask("POST", "run/start", {"path": path, **settings})
        assert started.status == 201, started.body
        run = started.json["run"]

        async def ended() -> dict[str, Any] | None:
            found = await ask("GET", "run", folder=run["folder"], stage=run["stage"], run=run["run_id"])
            assert found.status == 200, found.body
            told: dict[str, Any] = found.json["run"]
            return told if told["state"] not in {"submitted", "running", "reducing"} else None

        done: dict[str, Any] = await until(ended, f"for {path}")
        return done

    return run_to_end
