"""What holds for every route, also for those that are added: the list comes from the registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jupyter_server.auth import Authorizer
from routes_known import for_each_route
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from jupyter_agilab.server.handlers import ALSO, RESOURCE, AgilabHandler

LARGE_BYTES = 10 * 1024**2
NAMES_OF_FILES = frozenset(("path", "folder", "distribution", "to", "output", "contract", "files"))
SECRET = "canary-of-the-tests"


class Refusing(Authorizer):
    """Allows all but one thing, and notes what it was asked."""

    asked: ClassVar[list[tuple[str, str]]] = []
    refused: ClassVar[tuple[str, str]] = ("", "")

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        Refusing.asked.append((action, resource))
        return (action, resource) != Refusing.refused


@pytest.fixture
def refusing(jp_serverapp: Any) -> type[Refusing]:
    Refusing.asked, Refusing.refused = [], ("", "")
    jp_serverapp.web_app.settings["authorizer"] = Refusing(parent=jp_serverapp)
    return Refusing


def is_plain(answer: Any) -> bool:
    """Say whether a failure has the form that all have, and no traceback."""
    told = answer.json
    assert set(told) == {"message", "hint", "code", "findings"}, told
    assert told["message"]
    assert b"Traceback" not in answer.body
    return bool(answer.headers["Content-Type"].startswith("application/json"))


@for_each_route
async def test_without_a_token_nothing_is_told(route: Any, ask: Any) -> None:
    answer = await ask(route.method, route.url, headers={})
    assert answer.status == 403
    assert is_plain(answer)


@for_each_route
async def test_with_a_wrong_token_nothing_is_told(route: Any, ask: Any) -> None:
    answer = await ask(route.method, route.url, headers={"Authorization": "token wrong"})
    assert answer.status == 403


@for_each_route
async def test_who_is_not_allowed_is_refused(route: Any, ask: Any, refusing: type[Refusing]) -> None:
    asked = {(route.action, RESOURCE), *ALSO[route.action]}
    for refused in asked:
        refusing.refused = refused
        answer = await ask(route.method, route.url)
        assert answer.status == 403, (refused, answer.body)
        assert is_plain(answer)
    refusing.asked, refusing.refused = [], ("", "")
    answer = await ask(route.method, route.url)
    assert answer.status != 403
    assert asked <= set(refusing.asked)


@pytest.fixture
def cookies_of_a_browser(
    http_server_client: Any, jp_serverapp: Any, jp_base_url: str, jp_asyncio_loop: Any
) -> str:
    """Sign in by a link with the token, as a person does."""
    token = jp_serverapp.identity_provider.token
    page = jp_asyncio_loop.run_until_complete(
        http_server_client.fetch(f"{jp_base_url}lab/nothing?token={token}", raise_error=False)
    )
    return "; ".join(each.split(";", 1)[0] for each in page.headers.get_list("Set-Cookie"))


@for_each_route
async def test_a_cookie_needs_xsrf(route: Any, ask: Any, cookies_of_a_browser: str) -> None:
    headers = {"Cookie": cookies_of_a_browser}
    xsrf = next(each for each in cookies_of_a_browser.split("; ") if each.startswith("_xsrf="))
    answer = await ask(route.method, route.url, headers=headers)
    if route.method == "GET":
        # looking changes nothing, but a page of another origin must not read it: its browser sees to that
        assert answer.status != 403
        return
    assert answer.status == 403
    wrong = {**headers, "X-XSRFToken": "wrong"}
    assert (await ask(route.method, route.url, headers=wrong)).status == 403
    right = {**headers, "X-XSRFToken": xsrf.partition("=")[2]}
    assert (await ask(route.method, route.url, headers=right)).status != 403


@for_each_route
async def test_another_origin_is_refused(route: Any, ask: Any, cookies_of_a_browser: str) -> None:
    headers = {"Origin": "https://evil.example", "Cookie": cookies_of_a_browser}
    answer = await ask(route.method, route.url, headers=headers)
    # as Jupyter's own routes say it
    assert answer.status == 404
    assert answer.message == "Not Found"


@for_each_route
async def test_ten_megabytes_are_refused(route: Any, ask: Any) -> None:
    # those that take notebooks take a little more
    size = max(LARGE_BYTES, route.handler.body_limit_bytes + 1)
    answer = await ask(route.method, route.url, b'{"path": "' + b"x" * size + b'"}')
    assert answer.status == 413
    assert is_plain(answer)


MALFORMED = {
    "torn": b"{",
    "word": b"nothing",
    "list": b"[1, 2]",
    "text": b'"text"',
    "not UTF-8": b"\xff\xfe\x00",
    "no number": b'{"path": NaN}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "half a pair": b'{"path": "\\ud800"}',
}


@for_each_route
async def test_a_malformed_body_is_told_in_words(route: Any, ask: Any) -> None:
    if route.method in {"GET", "DELETE"}:
        return
    for what, body in MALFORMED.items():
        answer = await ask(route.method, route.url, body)
        assert 400 <= answer.status < 500, (what, answer.body)
        assert is_plain(answer)


@for_each_route
async def test_a_name_that_nobody_knows_is_told(route: Any, names_of: Any) -> None:
    # which asks for a name that nobody knows, and wants it refused
    await names_of(route)


WRONG = [None, True, -1, 1.5, 10**30, "", "x" * 10_000, [], [[]], {}, {"a": 1}, "\x00", "\ud800", "-inf"]


@for_each_route
async def test_wrong_types_are_told_in_words(route: Any, ask: Any, names_of: Any) -> None:
    names = await names_of(route)
    for value in WRONG:
        if route.method in {"GET", "DELETE"}:
            text = str(value)[:2000].encode("utf-8", "surrogatepass")
            answer = await ask(route.method, route.url, **dict.fromkeys(names, text))
        else:
            answer = await ask(route.method, route.url, dict.fromkeys(names, value))
        assert answer.status < 500, (value, answer.body)
        if answer.status >= 400:
            assert is_plain(answer)


@pytest.fixture
def outside(jp_root_dir: Path, tmp_path: Path) -> Path:
    """Plant files outside the root, with links to them inside."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("secret.parallel_stage.toml", "secret.ipynb", "secret.py", "clusters.toml"):
        (folder / name).write_text(f'name = "{SECRET}"\n# {SECRET}\n')
    (folder / ".agilab/runs/double/20260101-000000-000aaa").mkdir(parents=True)
    (folder / ".agilab/runs/double/20260101-000000-000aaa/manifest.json").write_text(
        json.dumps({"schema": "agilab.run.v1", "stage": "double", "state": "failed", "message": SECRET})
    )
    (jp_root_dir / "link").symlink_to(folder)
    (jp_root_dir / "link.parallel_stage.toml").symlink_to(folder / "secret.parallel_stage.toml")
    (jp_root_dir / "link.ipynb").symlink_to(folder / "secret.ipynb")
    (jp_root_dir / "linked").mkdir()
    (jp_root_dir / "linked/.agilab").symlink_to(folder / ".agilab")
    (jp_root_dir / "loop").symlink_to(jp_root_dir / "loop")
    return folder


def escapes(outside: Path) -> list[str]:
    """Give ways to ask for what is outside."""
    file = "secret.parallel_stage.toml"
    return [
        f"../outside/{file}",
        f"a/../../outside/{file}",
        str(outside / file),
        f"//{outside}/{file}",
        f"..%2Foutside%2F{file}",
        f"%2e%2e/outside/{file}",
        f"..\\outside\\{file}",
        f"link/{file}",
        "link/secret.ipynb",
        "link.parallel_stage.toml",
        "link.ipynb",
        "link",
        "linked",
        "loop",
        "..",
        "/",
        f"./.././outside/{file}",
        f"\x00../outside/{file}",
        f"~/{file}",
        f"file://{outside}/{file}",
        "/etc/passwd",
        "/proc/self/environ",
        "a" * 5000,
        "/".join("a" * 300),
        ".agilab/runs/double/20260101-000000-000aaa/manifest.json",
    ]


@for_each_route
async def test_no_path_leads_out_of_the_root(route: Any, ask: Any, names_of: Any, outside: Path) -> None:
    names = await names_of(route)
    others = {"stage": "double", "run": "20260101-000000-000aaa", "name": "x", "kind": "contract"}
    for name in names:
        paths = escapes(outside)
        # what does not name a file gets some of them
        for path in paths if name in NAMES_OF_FILES else paths[::5]:
            values = {each: others[each] for each in others if each in names} | {name: path}
            if route.method in {"GET", "DELETE"}:
                answer = await ask(route.method, route.url, **values)
            else:
                answer = await ask(route.method, route.url, values)
            assert answer.status < 500, (name, path, answer.body)
            assert SECRET.encode() not in answer.body, (name, path)
            assert b"root:x:0" not in answer.body, (name, path)
            if name in {"path", "folder"} and path not in {"linked"}:
                assert answer.status >= 400, (name, path, answer.body)
    for file in outside.rglob("*"):
        assert file.is_dir() or SECRET in file.read_text(), f"{file} was changed"


async def test_an_address_that_is_no_route_says_so(ask: Any) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        answer = await ask(method, "no/such/route")
        assert answer.status == 404
        assert is_plain(answer)
    assert (await ask("PATCH", "tree")).status == 405
    assert (await ask("GET", "no/such/route", headers={})).status == 403


async def test_a_socket_is_for_those_who_may(
    socket: str, jp_ws_fetch: Any, jp_serverapp: Any, jp_http_port: int, jp_base_url: str, refusing: Any
) -> None:
    url = f"ws://localhost:{jp_http_port}{jp_base_url}agilab/{socket}"
    for headers in ({}, {"Authorization": "token wrong"}):
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(HTTPRequest(url, headers=headers))
        assert refused.value.code == 403
    token = {"Authorization": f"token {jp_serverapp.identity_provider.token}"}
    for asked in (("read", RESOURCE), ("read", "contents")):
        refusing.refused = asked
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(HTTPRequest(url, headers=token))
        assert refused.value.code == 403
    refusing.refused = ("", "")
    connection = await websocket_connect(HTTPRequest(url, headers=token))
    connection.close()


async def test_a_socket_is_not_for_other_origins(
    socket: str, jp_http_port: int, jp_base_url: str, cookies_of_a_browser: str
) -> None:
    url = f"ws://127.0.0.1:{jp_http_port}{jp_base_url}agilab/{socket}"
    cookies = cookies_of_a_browser
    with pytest.raises(HTTPClientError) as refused:
        await websocket_connect(
            HTTPRequest(url, headers={"Cookie": cookies, "Origin": "https://evil.example"})
        )
    assert refused.value.code == 403
    connection = await websocket_connect(
        HTTPRequest(url, headers={"Cookie": cookies, "Origin": f"http://127.0.0.1:{jp_http_port}"})
    )
    connection.close()


@for_each_route
def test_every_handler_has_the_checks_around_it(route: Any) -> None:
    assert issubclass(route.handler, AgilabHandler)
    own = [verb for verb in ("get", "post", "put", "patch", "delete") if verb in vars(route.handler)]
    made = [verb for verb in own if f"on_{verb}" in vars(route.handler)]
    assert own == made, f"{route.handler.__name__}: write on_{own[0]}, which gets the checks"
    assert route.action in {"read", "write", "execute"}
