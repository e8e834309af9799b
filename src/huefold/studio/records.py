"""What the studio remembers of projects and jobs, as it is written to disk."""

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
    """Return a new id: 16 hex digits that nobody can guess."""
    return secrets.token_hex(8)


def is_id(text: str) -> bool:
    """Whether a text is an id as `new_id` makes them.

    Examples
    --------
    >>> is_id(new_id()), is_id("thesis")
    (True, False)
    """
    return _ID.fullmatch(text) is not None


def clean_name(text: object, *, default: str = "Untitled") -> str:
    r"""Return a text from outside as a label: one line of at most 80 characters that can be shown.

    Examples
    --------
    >>> clean_name("Sofa 1/2\nblue"), clean_name("a\x00\u202eb "), clean_name("")
    ('Sofa 1/2 blue', 'ab', 'Untitled')
    """
    words = ("".join(c for c in word if unicodedata.category(c)[0] != "C") for word in str(text).split())
    return " ".join(filter(None, words))[:NAME_LENGTH].strip() or default


def name_of_file(file: str | None) -> str:
    r"""Return the label for a photo by the name of its file, whatever path stands before it.

    Examples
    --------
    >>> name_of_file("../../etc/passwd"), name_of_file("C:\\photos\\sofa.jpg"), name_of_file(None)
    ('passwd', 'sofa', 'Untitled')
    """
    last = re.split(r"[/\\]", file or "")[-1]
    return clean_name(PurePosixPath(clean_name(last)).stem)


def file_name(label: str, ending: str) -> str:
    """Return the name of a file to download for a label.

    Examples
    --------
    >>> file_name("Sofa 1/2", ".svg")
    'Sofa 1-2.svg'
    """
    return re.sub(r"[/\\]", "-", label) + ending


@dataclass(slots=True)
class _Record:
    """What is written to disk as JSON, field by field."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the record that was written; fields that it lacks have their defaults, others are left out."""
        known = set(cls.__dataclass_fields__)
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(slots=True)
class ProjectRecord(_Record):
    """One photo, and all that the user did with it.

    Parameters
    ----------
    id : str
        Given by the server.
    name : str
        A label.
    width, height : int
        Of the photo, turned upright, in pixels.
    created, opened : float
        Seconds since the epoch.
    options : dict
        As the page set them.
    marks : dict or list or None
        Whatever the page keeps of boxes and the like.
    map_version : int
        Grows with each new map; 0 while there never was one.
    has_map : bool
        Whether there is one now.
    chosen : list of str
        Ids of an earlier drawing that the user went back to, and of the newest one at that time; else empty.
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
        Given by the server.
    options : dict
        What was asked for.
    resume : str or None
        Id of the job whose drawing it goes on from.
    attempts : int
        How often it was begun.
    status : {"waiting", "running", "done", "failed", "cancelled"}
        Where it is.
    stage, fraction, overall, message
        How far it is: of the stage and of all, in [0, 1].
    created, started, finished : float
        Seconds since the epoch.
    error : dict or None
        Code and message, if it failed.
    report : dict or None
        What `huefold.run.report.Report` says, once there is a drawing.
    edits : dict
        What the user changed of its drawing.
    has_drawing, has_map : bool
        Whether its folder holds a drawing, and the map that it was given.
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
        """Whether nothing more will come of it."""
        return self.status in ENDED

    @property
    def edited(self) -> bool:
        """Whether the user changed anything of its drawing."""
        return any(self.edits.values())


def clean_edits(given: object) -> dict[str, Any]:
    """Return edits of a drawing with only what they can hold; what makes no sense is left out.

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
