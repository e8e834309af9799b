"""Records of projects and jobs, as they are written to disk."""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal, Self, TypeAlias

__all__ = [
    "ENDED",
    "JobRecord",
    "JobStatus",
    "ProjectRecord",
    "clean_edits",
    "clean_name",
    "file_name",
    "is_id",
    "name_of_file",
    "new_id",
]

JobStatus: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED = frozenset({"done", "failed", "cancelled"})

NAME_LENGTH = 80
EDITED_PATHS = 100_000
_ID = re.compile(r"[0-9a-f]{16}")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def new_id() -> str:
    """Return a new id: 16 random hex digits."""
    return secrets.token_hex(8)


def is_id(text: str) -> bool:
    """Whether a text has the form of an id.

    Examples
    --------
    >>> is_id(new_id()), is_id("thesis")
    (True, False)
    """
    return _ID.fullmatch(text) is not None


def clean_name(text: object, *, default: str = "Untitled") -> str:
    r"""Return a text from outside as a label: one line of at most 80 printable characters.

    Examples
    --------
    >>> clean_name("Sofa 1/2\nblue"), clean_name("a\x00\u202eb "), clean_name("")
    ('Sofa 1/2 blue', 'ab', 'Untitled')
    """
    words = ("".join(c for c in word if unicodedata.category(c)[0] != "C") for word in str(text).split())
    return " ".join(filter(None, words))[:NAME_LENGTH].strip() or default


def name_of_file(file: str | None) -> str:
    r"""Return a label for a photo by the name of its file, without any path.

    Examples
    --------
    >>> name_of_file("../../etc/passwd"), name_of_file("C:\\photos\\sofa.jpg"), name_of_file(None)
    ('passwd', 'sofa', 'Untitled')
    """
    last = re.split(r"[/\\]", file or "")[-1]
    return clean_name(PurePosixPath(clean_name(last)).stem)


def file_name(label: str, ending: str) -> str:
    """Return the name of a download by its label.

    Examples
    --------
    >>> file_name("Sofa 1/2", ".svg")
    'Sofa 1-2.svg'
    """
    return re.sub(r"[/\\]", "-", label) + ending


@dataclass(slots=True)
class _Record:
    """A record that is written to disk as JSON."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the record of these values; missing fields get their defaults, unknown ones are dropped."""
        known = set(cls.__dataclass_fields__)
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(slots=True)
class ProjectRecord(_Record):
    """A project: one photo, with its map, options and marks.

    Parameters
    ----------
    id : str
        Made by the server.
    name : str
        A label.
    width, height : int
        Size of the upright photo, in pixels.
    created, opened : float
        Seconds since the epoch.
    options : dict
        Options of the next drawing.
    marks : dict or list or None
        Boxes and the like, in the page's own format.
    map_version : int
        Number of changes of the map.
    has_map : bool
        Whether there is a map now.
    chosen : list of str
        Id of an earlier drawing that the user went back to, and of the newest one at that time; else empty.
    """

    id: str
    name: str
    width: int
    height: int
    created: float = field(default_factory=time.time)
    opened: float = field(default_factory=time.time)
    options: dict[str, Any] = field(default_factory=dict)
    marks: Any = None
    map_version: int = 0
    has_map: bool = False
    chosen: list[str] = field(default_factory=list)


@dataclass(slots=True)
class JobRecord(_Record):
    """One run on a project.

    Parameters
    ----------
    id, project : str
        Made by the server.
    options : dict
        Options of the drawing.
    resume : str or None
        Id of the job whose drawing it starts from.
    attempts : int
        Number of times it was started.
    status : {"waiting", "running", "done", "failed", "cancelled"}
        State in the queue.
    stage, fraction, overall, message
        Progress; `fraction` is that of the stage and `overall` that of the job, in [0, 1].
    created, started, finished : float
        Seconds since the epoch.
    error : dict or None
        Code and message of a failed job.
    report : dict or None
        Values of `huefold.run.report.Report`, once there is a drawing.
    edits : dict
        The user's edits of the drawing.
    has_drawing, has_map : bool
        Whether its folder holds a drawing and a map.
    """

    id: str
    project: str
    options: dict[str, Any]
    resume: str | None = None
    attempts: int = 0
    status: JobStatus = "waiting"
    stage: str = ""
    fraction: float = 0.0
    overall: float = 0.0
    message: str = ""
    created: float = field(default_factory=time.time)
    started: float | None = None
    finished: float | None = None
    error: dict[str, Any] | None = None
    report: dict[str, Any] | None = None
    edits: dict[str, Any] = field(default_factory=dict)
    has_drawing: bool = False
    has_map: bool = False

    @property
    def ended(self) -> bool:
        """Whether the job has ended."""
        return self.status in ENDED

    @property
    def edited(self) -> bool:
        """Whether its drawing has edits."""
        return any(self.edits.values())


def clean_edits(given: object) -> dict[str, Any]:
    """Return valid edits of a drawing from values from outside; anything invalid is dropped.

    Examples
    --------
    >>> clean_edits({"hidden": ["s1", 7], "fills": {"s1": "#FF0000", "s2": "red"}, "more": 1})
    {'order': None, 'hidden': ['s1'], 'deleted': [], 'locked': [], 'fills': {'s1': '#ff0000'}, 'names': {}}
    """
    values: dict[str, Any] = given if isinstance(given, dict) else {}

    def ids(name: str) -> list[str]:
        listed = values.get(name)
        texts = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        return list(dict.fromkeys(texts[:EDITED_PATHS]))

    def texts(name: str) -> dict[str, str]:
        mapped = values.get(name)
        pairs = list(mapped.items())[:EDITED_PATHS] if isinstance(mapped, dict) else []
        return {str(key): value for key, value in pairs if isinstance(value, str)}

    fills = {key: value.lower() for key, value in texts("fills").items() if _COLOR.fullmatch(value)}
    names = {key: clean_name(value, default="") for key, value in texts("names").items()}
    return {
        "order": ids("order") if isinstance(values.get("order"), list) else None,
        "hidden": ids("hidden"),
        "deleted": ids("deleted"),
        "locked": ids("locked"),
        "fills": fills,
        "names": names,
    }
