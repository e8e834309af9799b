"""Who may talk to the studio, and how much: checked before anything else sees a request.

A web page on another site can make the visitor's browser send requests to this server. What stops it: the Host
header must name this server (else a name that was re-bound to this address would pass for it), and requests that
a browser says come from another origin are refused. Beyond loopback, a token is needed too.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from huefold.studio.failures import StudioError
from huefold.studio.settings import StudioSettings

__all__ = ["CONTENT_SECURITY_POLICY", "BodyTooLargeError", "BodyTooSlowError", "Guard"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # none at all would hide the origin of the page's own beacons
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SMALL_BODY = 1 << 20
MAP_BODY = 16 << 20
LINGER_SECONDS = 1.0
UPLOADS_AT_ONCE = 8
STALL_SECONDS = 30.0
"""Longest silence of a client whose body is still coming in: it may hold one of the places of large uploads."""
BODY_SECONDS = 900.0
"""Longest that a whole body may take."""

WELCOME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">'
    '<title>huefold studio</title><p><a href="/">Open the studio</a>'
)


class BodyTooLargeError(StudioError):
    """More bytes come in than are taken."""

    def __init__(self, limit: int) -> None:
        shown = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
        super().__init__(413, "too-large", f"the upload is too large: at most {shown} are taken")


class BodyTooSlowError(StudioError):
    """The rest of a body does not come."""

    def __init__(self) -> None:
        super().__init__(408, "too-slow", "the upload stopped on its way; try again")


@dataclass(frozen=True, slots=True)
class _Request:
    """What the checks look at."""

    method: str
    path: str
    query: str
    headers: dict[str, str]

    @classmethod
    def of(cls, scope: Scope) -> _Request:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode("latin-1")
        return cls(scope["method"], scope["path"], query, headers)


class _Counter:
    """A connection whose incoming bytes are counted and timed; past a limit, no answer of the app is sent."""

    def __init__(self, limit: int, told: int, receive: Receive, send: Send) -> None:
        self._left, self._told, self._receive, self._send = limit, told, receive, send
        self._until = asyncio.get_running_loop().time() + BODY_SECONDS
        self._whole = False
        self.refusal: StudioError | None = None
        self.begun = False

    async def receive(self) -> Message:
        if self._whole:  # all that can come is that the client leaves, whenever it does
            return await self._receive()
        until = min(asyncio.get_running_loop().time() + STALL_SECONDS, self._until)
        try:
            async with asyncio.timeout_at(until):
                message = await self._receive()
        except TimeoutError:
            self.refusal = BodyTooSlowError()
            raise self.refusal from None
        self._whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.refusal = BodyTooLargeError(self._told)
            raise self.refusal
        return message

    async def send(self, message: Message) -> None:
        if self.refusal is not None and not self.begun:
            return
        self.begun = True
        await self._send(message)


class Guard:
    """The outermost layer of the app: refuses, counts bytes, and adds the headers that bind the browser.

    Parameters
    ----------
    app : callable
        The ASGI app inside.
    settings : StudioSettings
        Whom to let in, and the limits.

    Examples
    --------
    >>> guard = Guard(app, StudioSettings())  # doctest: +SKIP
    """

    def __init__(self, app: App, settings: StudioSettings) -> None:
        self._app, self._settings = app, settings
        self._cookie = f"huefold-{settings.port}"  # browsers share cookies between the ports of a host
        self._uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and pass it on."""
        if scope["type"] == "websocket":
            await send(
                {"type": "websocket.close", "code": 1008}
            )  # there are none, so none get around the checks
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request.of(scope)
        protected = _with_headers(send)
        try:
            self._check_host(request)
            _check_origin(request)
            if self._settings.token is not None and await self._admit(request, protected):
                return
            limit = self._limit(request)
        except StudioError as error:
            await _refuse(error, receive, protected)
            return
        await self._counted(scope, receive, protected, request, limit)

    async def _counted(
        self, scope: Scope, receive: Receive, send: Send, request: _Request, limit: int
    ) -> None:
        """Run the app with the bytes counted that come in; large uploads take turns, as each fills the disk."""
        counter = _Counter(limit, self._told(limit), receive, send)
        upload = limit > SMALL_BODY and request.method not in SAFE_METHODS
        async with self._uploads if upload else nullcontext():
            with suppress(BodyTooLargeError, BodyTooSlowError):
                await self._app(scope, counter.receive, counter.send)
        if counter.refusal is not None and not counter.begun:
            await _refuse(counter.refusal, receive, send)

    def _limit(self, request: _Request) -> int:
        """Return the most bytes that a request may bring; raise if it says that it brings more."""
        limit = SMALL_BODY  # of a form without files, too, all of which is held in memory
        files = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
        if request.path in ("/api/projects", "/api/jobs") and files:
            limit = self._settings.body_bytes
        elif request.path.endswith("/map"):
            limit = MAP_BODY
        try:
            announced = int(request.headers.get("content-length", "0"))
        except ValueError:
            announced = 0
        if announced > limit:
            raise BodyTooLargeError(self._told(limit))
        return limit

    def _told(self, limit: int) -> int:
        return self._settings.upload_bytes if limit == self._settings.body_bytes else limit

    def _check_host(self, request: _Request) -> None:
        host = _host_name(request.headers.get("host", ""))
        bound = self._settings.host.strip("[]").lower()
        if host in LOOPBACK_NAMES or host == bound:
            return
        # Bound to all addresses, any of them will do; a name could have been re-bound, save the machine's own.
        if bound in ("0.0.0.0", "::") and (_is_address(host) or host == socket.gethostname().lower()):
            return
        raise StudioError(403, "host", "this address is not the studio's; open the one that it printed")

    async def _admit(self, request: _Request, send: Send) -> bool:
        """Check the token; answer here, and say so, if the token came with the address."""
        token = (self._settings.token or "").encode()

        def fits(given: str) -> bool:
            return hmac.compare_digest(given.encode("utf-8", "replace"), token)

        given = parse_qs(request.query).get("token", [])
        if request.path == "/" and given and fits(given[0]):
            cookie = f"{self._cookie}={self._settings.token}; Path=/; HttpOnly; SameSite=Strict"
            await _send(
                send, 200, WELCOME.encode(), "text/html; charset=utf-8", [(b"set-cookie", cookie.encode())]
            )
            return True
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and fits(bearer.strip()):
            return False
        if request.path.startswith("/static/") or fits(self._cookie_value(request)):
            return False
        raise StudioError(
            401, "token", "open the address with ?token= that the studio printed when it started"
        )

    def _cookie_value(self, request: _Request) -> str:
        # One by one: other servers on this host set cookies, too, and SimpleCookie gives up all at one that is odd.
        for pair in request.headers.get("cookie", "").split(";"):
            name, _, value = pair.partition("=")
            if name.strip() == self._cookie:
                return value.strip()
        return ""


def _check_origin(request: _Request) -> None:
    """Refuse what a browser says that another origin sends."""
    unsafe = request.method not in SAFE_METHODS
    if not unsafe and not request.path.startswith("/api/"):
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is not None and origin.partition("://")[2].lower() != request.headers.get("host", "").lower():
        raise StudioError(403, "cross-site", "this request comes from another site and is refused")
    if site not in (None, "same-origin", "none"):
        raise StudioError(403, "cross-site", "this request comes from another site and is refused")


def _host_name(host: str) -> str:
    """Return a Host header without its port.

    Examples
    --------
    >>> _host_name("localhost:8765"), _host_name("[::1]:80")
    ('localhost', '::1')
    """
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = [pair for pair in HEADERS if pair[0] not in present]
            if b"cache-control" not in present:
                # What carries a tag is asked for again each time, and not sent again where it is the same.
                added.append((b"cache-control", b"no-cache" if b"etag" in present else b"no-store"))
            message["headers"] = [*message["headers"], *added]
        await send(message)

    return protected


async def _refuse(error: StudioError, receive: Receive, send: Send) -> None:
    """Answer with an error while a body may still be coming in, and end the connection.

    The answer is sent, but not ended, for as long as a client that only sends needs to notice: a connection that
    is closed with unread bytes loses the answer too.
    """
    body = json.dumps({"error": error.to_dict()}).encode()
    close = [(b"connection", b"close")]
    await _start(send, error.status, len(body), "application/json", close)
    await send({"type": "http.response.body", "body": body, "more_body": True})
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, status: int, body: bytes, kind: str, headers: list[tuple[bytes, bytes]]) -> None:
    await _start(send, status, len(body), kind, headers)
    await send({"type": "http.response.body", "body": body})


async def _start(send: Send, status: int, size: int, kind: str, headers: list[tuple[bytes, bytes]]) -> None:
    named = [(b"content-type", kind.encode()), (b"content-length", str(size).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": named})
