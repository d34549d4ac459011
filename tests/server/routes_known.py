"""All routes, from the registry: their methods, an address of each, and the names that they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature, isawaitable, signature
from typing import Any

from tornado.websocket import WebSocketHandler

from jupyter_agilab.server.routes import all_routes

VERBS = ("get", "post", "put", "patch", "delete")
_GROUP = re.compile(r"\((?:\?P<\w+>)?([^()|]*)[^()]*\)")
_KNOWN = re.compile(r"known: (.*)")


@dataclass(frozen=True)
class Route:
    """One method of one route."""

    method: str
    url: str
    handler: Any

    @property
    def action(self) -> str:
        """What it takes."""
        return str(self.handler.action_of(self.method.lower()))

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def example_of(pattern: str) -> str:
    """Give an address that a pattern matches: of each group the first choice."""
    url = _GROUP.sub(lambda match: match[1] if re.fullmatch(r"[\w-]+", match[1]) else "x", pattern)
    assert re.fullmatch(pattern, url), f"{pattern}: name its choices, so that the tests can ask it"
    return url


def http_routes() -> list[Route]:
    """Give every method of every route that is no WebSocket."""
    return [
        Route(verb.upper(), example_of(pattern), handler)
        for pattern, handler in all_routes()
        if not issubclass(handler, WebSocketHandler)
        for verb in VERBS
        if hasattr(handler, f"on_{verb}")
    ]


def by_subject() -> dict[str, list[Route]]:
    """Give them by the first part of their addresses."""
    found: dict[str, list[Route]] = {}
    for route in http_routes():
        found.setdefault(route.url.partition("/")[0], []).append(route)
    return found


def for_each_route(test: Callable[..., Any]) -> Callable[..., Any]:
    """Make of a test of one ``route`` a test of some ``routes``; a failure names the route."""

    async def of_routes(routes: list[Route], **fixtures: Any) -> None:
        for route in routes:
            try:
                answer = test(route=route, **fixtures)
                if isawaitable(answer):
                    await answer
            except AssertionError as error:
                raise AssertionError(f"{route}: {error}") from error

    of_routes.__name__, of_routes.__doc__ = test.__name__, test.__doc__
    others = [each for each in signature(test).parameters.values() if each.name != "route"]
    own = Parameter("routes", Parameter.KEYWORD_ONLY)
    keywords = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in others]
    of_routes.__signature__ = Signature([own, *keywords])  # type: ignore[attr-defined]
    return of_routes


def sockets() -> list[str]:
    """Give the addresses of the WebSockets."""
    return [example_of(pattern) for pattern, handler in all_routes() if issubclass(handler, WebSocketHandler)]


def names_in(hint: str) -> list[str]:
    """Read the names that a route takes from what it says about one that it does not know."""
    found = _KNOWN.search(hint)
    return [] if found is None or found[1] == "nothing at all" else found[1].split(", ")
