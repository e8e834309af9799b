"""Downloads from the Hugging Face hub: only the files that are needed, after telling size and licence."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from huefold.errors import HuefoldError, WeightsError
from huefold.models.extras import needs
from huefold.models.folders import hub_cache

__all__ = ["WeightsInfo", "download"]

ANSWER_SECONDS = 10.0
"""Time in which the hub must describe a model, else the network counts as dead."""
SMALL_SUFFIXES = (".json", ".txt")
PREFERRED_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin", "*.safetensors", "*.pth", "*.pt")


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """Files, size and licence of a download, told before it starts.

    Parameters
    ----------
    name : str
        Hub id.
    files : tuple of str
        Files to fetch.
    bytes : int
        Total size.
    licence : str
        As stated on the model's page; empty if none is.
    page : str
        Address of the model's page.

    Examples
    --------
    >>> print(WeightsInfo("org/model", ("config.json",), 605_000_000, "mit", "https://hub/org/model"))
    org/model: 605 MB from https://hub/org/model, licence: mit
    """

    name: str
    files: tuple[str, ...]
    bytes: int
    licence: str
    page: str

    def __str__(self) -> str:
        licence = self.licence or "not stated there"
        size = f"{self.bytes / 1e6:.0f} MB" if self.bytes >= 1e6 else f"{self.bytes / 1e3:.0f} kB"
        return f"{self.name}: {size} from {self.page}, licence: {licence}"


def download(
    name: str,
    files: Sequence[str],
    allowed: bool | Callable[[WeightsInfo], bool],
    progress: Callable[[float, str], None] | None,
) -> Path:
    """Download a model into the Hugging Face cache and return its folder there.

    Parameters
    ----------
    name : str
        Hub id.
    files : sequence of str
        Patterns of files that are needed besides configuration, vocabulary and weights.
    allowed : bool or callable
        A callable receives the `WeightsInfo`; if it returns false, nothing is fetched.
    progress : callable or None
        Receives the fraction of bytes done and a line of text.

    Returns
    -------
    folder : pathlib.Path

    Raises
    ------
    WeightsError
        If there is no network or no such model, the download is declined, or the transfer breaks.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise WeightsError(
            f"no weights of {name} on this machine and HF_HUB_OFFLINE is set: unset it, or run "
            f"'hf download {name}' where there is a network",
            name=name,
        )
    hub = needs("huggingface_hub", "downloading weights")
    info = _describe(hub, name, files)
    if callable(allowed) and not allowed(info):
        raise WeightsError(f"the download of {name} was declined; nothing was fetched", name=name)
    tell = progress or (lambda _fraction, _message: None)
    tell(0.0, str(info))
    return _fetch(hub, info, tell)


def _describe(hub: Any, name: str, files: Sequence[str]) -> WeightsInfo:
    with _hub_errors_told(name):
        # No retries: a missing network is reported at once.
        model = hub.HfApi().model_info(name, timeout=ANSWER_SECONDS, files_metadata=True)
    sizes = {file.rfilename: file.size or 0 for file in model.siblings or ()}
    chosen = _chosen(sizes, files)
    card = getattr(model, "card_data", None)
    licence = str(getattr(card, "license", None) or "")
    page = f"{os.environ.get('HF_ENDPOINT', 'https://huggingface.co').rstrip('/')}/{name}"
    return WeightsInfo(name, chosen, sum(sizes[file] for file in chosen), licence, page)


def _chosen(names: Sequence[str] | dict[str, int], files: Sequence[str]) -> tuple[str, ...]:
    """Return the files to fetch: configuration, vocabulary, and the weights in one format."""
    top = [name for name in names if "/" not in name]
    small = [name for name in top if name.endswith(SMALL_SUFFIXES) and "bin.index" not in name]
    for pattern in PREFERRED_WEIGHTS:
        weights = [name for name in top if fnmatch(name, pattern)]
        if weights:
            break
    asked = [name for name in names if any(fnmatch(name, pattern) for pattern in files)]
    index = [
        name for name in top if "bin.index" in name and not any(w.endswith(".safetensors") for w in weights)
    ]
    return tuple(dict.fromkeys([*small, *index, *asked, *weights]))


def _fetch(hub: Any, info: WeightsInfo, tell: Callable[[float, str], None]) -> Path:
    folder, bar = Path(), _bar_class(hub, info, tell)
    with _hub_errors_told(info.name):
        for file in info.files:
            place = hub.hf_hub_download(
                info.name, file, cache_dir=hub_cache(), etag_timeout=ANSWER_SECONDS, tqdm_class=bar
            )
            folder = Path(place).parent if "/" not in file else folder
    tell(1.0, f"{info.name} fetched")
    return folder


def _bar_class(hub: Any, info: WeightsInfo, tell: Callable[[float, str], None]) -> type[Any]:
    """Return a progress bar for the hub's client that reports the bytes of all files together."""
    received = 0

    class Bar(hub.utils.tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})
            self.total = kwargs.get("total")

        def update(self, n: float = 1) -> None:
            nonlocal received
            received += int(n)
            fraction = min(1.0, received / max(info.bytes, 1))
            tell(fraction, f"{info.name}: {received / 1e6:.0f} of {info.bytes / 1e6:.0f} MB")

        def update_transfer(self, n: float = 1) -> None:
            """Ignore compressed bytes: `update` counts those of the files."""

    return Bar


@contextmanager
def _hub_errors_told(name: str) -> Iterator[None]:
    """Raise a `WeightsError` of one line for any error of the hub's client, whose own errors differ by version."""
    try:
        yield
    except HuefoldError:
        raise
    except Exception as error:
        raise WeightsError(_told(name, error), name=name) from error


def _told(name: str, error: Exception) -> str:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "GatedRepoError" in kinds:
        return f"{name} asks you to accept its terms: do so on its page, run 'hf auth login', try again"
    if "RepositoryNotFoundError" in kinds:
        return f"there is no model {name} on the hub, or it is private; check the name"
    if getattr(error, "errno", None) == errno.ENOSPC:
        return f"no space left for {name} in {hub_cache()}; make room, or set HF_HOME to a folder on another disk"
    if isinstance(error, PermissionError):
        return (
            f"cannot write to {hub_cache()} ({error.strerror}); set HF_HOME to a folder that can be written"
        )
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    return (
        f"cannot download {name} ({reason}): try again with a network, or run 'hf download {name}' on a machine "
        f"that has one and put the files into DIR/{name} with HUEFOLD_MODELS=DIR"
    )
