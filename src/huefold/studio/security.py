"""Checks of all requests before the app sees them: host, origin, token, and size of the body.

A web page on another site can make the visitor's browser send requests to this server. Two checks stop it: the Host
header must name this server (or DNS rebinding would make another name pass for it), and requests that a browser
marks as cross-origin are refused. Beyond loopback, a token is needed too.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import socket
from contextlib import nullcontext, suppress

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huefold.studio.failures import StudioError
from huefold.studio.settings import StudioSettings

__all__ = ["CONTENT_SECURITY_POLICY", "BodyTooLargeError", "BodyTooSlowError", "Guard"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # none at all would hide the origin of the page's own beacons
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SMALL_BODY = 1 << 20
MAP_BODY = 16 << 20
LINGER_SECONDS = 1.0
UPLOADS_AT_ONCE = 8
STALL_SECONDS = 30.0
"""Longest silence of a client that sends a body: it may hold one of the places of large uploads."""
BODY_SECONDS = 900.0
"""Longest that a whole body may take."""

WELCOME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">'
    '<title>huefold studio</title><p><a href="/">Open the studio</a>'
)


class BodyTooLargeError(StudioError):
    """A body is larger than its limit."""

    def __init__(self, limit: int) -> None:
        shown = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
        super().__init__(413, "too-large", f"the upload is too large: at most {shown} are taken")


class BodyTooSlowError(StudioError):
    """The rest of a body did not arrive in time."""

    def __init__(self) -> None:
        super().__init__(408, "too-slow", "the upload stopped on its way; try again")


class _Counter:
    """Counts and times the incoming bytes of a connection; past a limit, no answer of the app is sent."""

    def __init__(self, limit: int, shown: int, receive: Receive, send: Send) -> None:
        self._left, self._shown, self._receive, self._send = limit, shown, receive, send
        self._until = asyncio.get_running_loop().time() + BODY_SECONDS
        self._whole = False
        self.refusal: StudioError | None = None
        self.begun = False

    async def receive(self) -> Message:
        if self._whole:  # what may come now is that the client leaves, at any time
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
            self.refusal = BodyTooLargeError(self._shown)
            raise self.refusal
        return message

    async def send(self, message: Message) -> None:
        if self.refusal is not None and not self.begun:
            return
        self.begun = True
        await self._send(message)


class Guard:
    """The outermost middleware: refuses requests, counts bytes, and adds security headers.

    Parameters
    ----------
    app : callable
        The ASGI app inside.
    settings : StudioSettings
        Host, token and limits.

    Examples
    --------
    >>> guard = Guard(app, StudioSettings())  # doctest: +SKIP
    """

    def __init__(self, app: ASGIApp, settings: StudioSettings) -> None:
        self._app, self._settings = app, settings
        self._cookie = f"huefold-{settings.port}"  # browsers share cookies between the ports of a host
        self._uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and pass it on."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # the studio has none
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        protected = _with_headers(send)
        try:
            self._check_host(request)
            _check_origin(request)
            if self._settings.token is not None:
                if self._brings_token(request):
                    await self._welcome()(scope, receive, protected)
                    return
                self._check_token(request)
            limit = self._limit(request)
        except StudioError as error:
            await _refuse(error, receive, protected)
            return
        await self._counted(scope, receive, protected, request, limit)

    async def _counted(
        self, scope: Scope, receive: Receive, send: Send, request: Request, limit: int
    ) -> None:
        """Run the app and count the incoming bytes; large uploads take turns, as each fills the disk."""
        counter = _Counter(limit, self._shown(limit), receive, send)
        upload = limit > SMALL_BODY and request.method not in SAFE_METHODS
        async with self._uploads if upload else nullcontext():
            with suppress(BodyTooLargeError, BodyTooSlowError):
                await self._app(scope, counter.receive, counter.send)
        if counter.refusal is not None and not counter.begun:
            await _refuse(counter.refusal, receive, send)

    def _limit(self, request: Request) -> int:
        """Return the largest body of a request in bytes; raise if its Content-Length is larger."""
        limit, path = SMALL_BODY, request.scope["path"]  # forms without files, too, are held in memory
        files = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
        if path in ("/api/projects", "/api/jobs") and files:
            limit = self._settings.body_bytes
        elif path.endswith("/map"):
            limit = MAP_BODY
        try:
            announced = int(request.headers.get("content-length", "0"))
        except ValueError:
            announced = 0
        if announced > limit:
            raise BodyTooLargeError(self._shown(limit))
        return limit

    def _shown(self, limit: int) -> int:
        return self._settings.upload_bytes if limit == self._settings.body_bytes else limit

    def _check_host(self, request: Request) -> None:
        host = _host_name(request.headers.get("host", ""))
        bound = self._settings.host.strip("[]").lower()
        if host in LOOPBACK_NAMES or host == bound:
            return
        # Bound to all addresses, any of them will do; a name could have been re-bound, save the machine's own.
        if bound in ("0.0.0.0", "::") and (_is_address(host) or host == socket.gethostname().lower()):
            return
        raise StudioError(403, "host", "this address is not the studio's; open the one that it printed")

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), (self._settings.token or "").encode())

    def _brings_token(self, request: Request) -> bool:
        """Whether the token came with the address of the page."""
        return request.scope["path"] == "/" and self._fits(request.query_params.get("token", ""))

    def _welcome(self) -> HTMLResponse:
        """Return the answer that moves the token from the address into a cookie."""
        cookie = f"{self._cookie}={self._settings.token}; Path=/; HttpOnly; SameSite=Strict"
        return HTMLResponse(WELCOME, headers={"Set-Cookie": cookie})

    def _check_token(self, request: Request) -> None:
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._fits(bearer.strip()):
            return
        if request.scope["path"].startswith("/static/") or self._fits(request.cookies.get(self._cookie, "")):
            return
        raise StudioError(
            401, "token", "open the address with ?token= that the studio printed when it started"
        )


def _check_origin(request: Request) -> None:
    """Refuse requests that a browser marks as sent by another origin."""
    if request.method in SAFE_METHODS and not request.scope["path"].startswith("/api/"):
        return
    origin, site, host = (request.headers.get(name) for name in ("origin", "sec-fetch-site", "host"))
    foreign = origin is not None and origin.partition("://")[2].lower() != (host or "").lower()
    if foreign or site not in (None, "same-origin", "none"):
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
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            # A client asks again each time for an answer with a tag, and receives it only if it has changed.
            headers.setdefault("Cache-Control", "no-cache" if "etag" in headers else "no-store")
        await send(message)

    return protected


async def _refuse(error: StudioError, receive: Receive, send: Send) -> None:
    """Answer with an error while a body may still be coming in, and end the connection.

    The answer stays open for as long as a client that only sends needs to notice it: a connection that is closed
    with unread bytes loses the answer too.
    """
    answer = JSONResponse({"error": error.to_dict()}, error.status, headers={"Connection": "close"})
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body", False):
                pass
    await send({"type": "http.response.body", "body": b""})
