"""Settings of a studio: folder, address and limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from huefold.errors import OptionError

__all__ = ["StudioSettings", "default_folder", "is_loopback"]

GIB = 1 << 30


def default_folder() -> Path:
    """Return the default folder of the studio: the user's data folder.

    Examples
    --------
    >>> default_folder().name
    'studio'
    """
    return Path(platformdirs.user_data_dir("huefold")) / "studio"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """Settings of a studio.

    Parameters
    ----------
    folder : Path, optional
        Where projects and drawings are stored.
    host, port : str, int, optional
        Address to listen at.
    token : str or None, optional
        Secret that visitors must send; needed where others on the network can reach the studio.
    disk_bytes : int, optional
        Limit of all stored work; what was not opened for longest is removed first.
    upload_bytes, upload_pixels : int, optional
        Limits of an uploaded photo.
    waiting : int, optional
        Limit of waiting jobs.
    kept_seconds : float, optional
        Work that was opened or finished more recently is never removed to make room.
    grace_seconds : float, optional
        Time that a cancelled job has to return its best drawing before its worker is killed.
    ask_seconds : float, optional
        Limit of the time of everything but jobs.
    jobs_per_worker, worker_bytes : int, optional
        A worker is replaced after so many jobs, or when it holds more memory.

    Raises
    ------
    OptionError
        If a limit is below 1, or the studio would be reachable by others without a token.

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
        """Limit of a request's body: a photo, with a map and options."""
        return self.upload_bytes + (16 << 20)


def is_loopback(host: str) -> bool:
    """Whether `host` is an address that only this machine can reach.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("localhost")
    (True, False, True)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
