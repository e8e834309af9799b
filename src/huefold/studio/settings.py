"""How a studio is set up: where it keeps its work, whom it listens to, and its limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from huefold.errors import OptionError

__all__ = ["StudioSettings", "default_folder", "is_loopback"]

GIB = 1 << 30


def default_folder() -> Path:
    """Return the user's own folder for the studio's work.

    Examples
    --------
    >>> default_folder().name
    'studio'
    """
    return Path(platformdirs.user_data_dir("huefold")) / "studio"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """What a studio is told at its start.

    Parameters
    ----------
    folder : Path, optional
        Where projects and drawings are kept.
    host, port : str, int, optional
        Where it listens.
    token : str or None, optional
        What a visitor must know; a studio that others on the network can reach needs one.
    disk_bytes : int, optional
        Most bytes of kept work; above, what was not opened for longest goes first.
    upload_bytes, upload_pixels : int, optional
        Largest file and picture taken in.
    waiting : int, optional
        Most jobs in the queue.
    kept_seconds : float, optional
        Work that was opened or finished less than so long ago is never removed to make room.
    grace_seconds : float, optional
        How long a cancelled job has to leave with its best drawing before its worker is ended.
    ask_seconds : float, optional
        Longest that anything but a job may take.
    jobs_per_worker, worker_bytes : int, optional
        A worker that has done so many jobs, or holds more memory after one, is replaced.

    Raises
    ------
    OptionError
        If a limit is below 1, or the studio would be open to the network without a token.

    Examples
    --------
    >>> StudioSettings(port=8000).host
    '127.0.0.1'
    """

    folder: Path = field(default_factory=default_folder)
    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = field(default=None, repr=False)
    disk_bytes: int = 4 * GIB
    upload_bytes: int = 64 << 20
    upload_pixels: int = 120_000_000
    waiting: int = 100
    kept_seconds: float = 900.0
    grace_seconds: float = 2.0
    ask_seconds: float = 180.0
    jobs_per_worker: int = 100
    worker_bytes: int = 3 * GIB

    def __post_init__(self) -> None:
        for name in ("disk_bytes", "upload_bytes", "upload_pixels", "waiting", "jobs_per_worker"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name} must be at least 1, got {getattr(self, name)}", option=name)
        if self.token is None and not is_loopback(self.host):
            raise OptionError(
                f"a studio at {self.host} can be reached by others and needs a token", option="token"
            )

    @property
    def body_bytes(self) -> int:
        """Largest body of a request: an upload, and the map and options that may come with it."""
        return self.upload_bytes + (16 << 20)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens at `host`.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("localhost")
    (True, False, True)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
