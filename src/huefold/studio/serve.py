"""Running a studio: a port, one line with the address, a clean end."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import uvicorn

from huefold.errors import OptionError
from huefold.studio.app import create_app
from huefold.studio.settings import StudioSettings, is_loopback

__all__ = ["address", "listen", "new_token", "serve"]

END_SECONDS = 1


def listen(host: str, port: int, *, any_port: bool) -> socket.socket:
    """Return a listening socket.

    Parameters
    ----------
    host, port : str, int
        Address.
    any_port : bool
        Whether to take another port if that one is taken.

    Returns
    -------
    listener : socket.socket

    Raises
    ------
    OptionError
        If the port is taken, or the address is not this machine's.

    Examples
    --------
    >>> with listen("127.0.0.1", 0, any_port=False) as listener:
    ...     listener.getsockname()[0]
    '127.0.0.1'
    """
    name = host.strip("[]")
    try:
        kind, _, _, _, place = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
    except (OSError, OverflowError):
        raise OptionError(f"host {host!r} is no address of this machine", option="host") from None
    listener = socket.socket(kind, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(place)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if any_port and port:
            return listen(host, 0, any_port=False)
        reason = (error.strerror or str(error)).lower()
        raise OptionError(f"cannot listen at {host} port {port} ({reason}); give another --port") from None
    return listener


def address(settings: StudioSettings) -> str:
    """Return the URL to open in a browser, with the token if there is one.

    Examples
    --------
    >>> address(StudioSettings(port=8765))
    'http://127.0.0.1:8765/'
    """
    host = settings.host.strip("[]")
    shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    token = f"?token={settings.token}" if settings.token else ""
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.port}/{token}"


class _Server(uvicorn.Server):
    """A server that calls `ready` when it is up, and ends event streams when it is to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        context = getattr(self.config.app.state, "context", None)  # type: ignore[union-attr]
        if context is not None:
            context.close_streams()
        super().handle_exit(sig, frame)


def serve(
    settings: StudioSettings,
    *,
    any_port: bool,
    say: Callable[[str], None],
    browse: Callable[[str], object] | None,
) -> None:
    """Run a studio until it is interrupted.

    Parameters
    ----------
    settings : StudioSettings
        Its port may be 0 for any.
    any_port : bool
        Whether to take another port if that one is taken.
    say : callable
        Receives the line with the address.
    browse : callable or None
        Opens the address in a browser.

    Raises
    ------
    OptionError
        If it cannot listen, or cannot use its folder.
    """
    with listen(settings.host, settings.port, any_port=any_port) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        app = create_app(settings)

        def ready() -> None:
            where = address(settings)
            say(f"huefold studio: {where} (Ctrl-C ends it)")
            if browse is not None:
                threading.Thread(target=browse, args=(where,), daemon=True).start()

        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=END_SECONDS,
            http="h11",  # others may be installed that take headers without end
            ws="none",
        )
        _Server(config, ready).run(sockets=[listener])


def new_token(host: str) -> str | None:
    """Return a random token if others can reach a studio at `host`, else None."""
    return None if is_loopback(host) else secrets.token_urlsafe(24)
