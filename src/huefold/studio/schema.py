"""Data over HTTP: the options that are safe there, and the schemas of all answers."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field

from huefold.colors import hex_color
from huefold.errors import OptionError
from huefold.options import Options
from huefold.studio.records import JobStatus

__all__ = [
    "SAFE_OPTIONS",
    "Failure",
    "Job",
    "OptionInfo",
    "Project",
    "ProjectChange",
    "SaliencyRequest",
    "Status",
    "clean_options",
    "option_infos",
]

SAFE_OPTIONS = (
    "paths",
    "nodes",
    "bytes",
    "psnr",
    "structural_ratio",
    "preset",
    "fills",
    "contained",
    "saliency",
    "prompt",
    "avoid",
    "focus",
    "background",
    "segments_per_path",
    "segmenter",
    "regions",
    "rounds",
    "seed",
    "time_limit",
)
"""Options that name no file, folder or model of the server, and cause no download."""

CHOICES: dict[str, tuple[str, ...]] = {
    "saliency": ("noise", "auto", "map"),
    "segmenter": ("classical", "sam"),
}
LABELS = {"psnr": "PSNR (dB)", "time_limit": "Time limit (s)", "nodes": "Nodes", "bytes": "Bytes"}
HELP = {
    "saliency": "What matters in the picture: what is painted (map), what stands out (auto), or nothing (noise)."
}
MOST_TEXTS, LONGEST_TEXT = 16, 200

Kind = Literal["integer", "number", "choice", "switch", "color", "text", "texts"]


class OptionInfo(BaseModel):
    """One option of a drawing, as a form needs it."""

    name: str
    group: str
    label: str
    help: str
    kind: Kind
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] | None = None


def option_infos() -> list[OptionInfo]:
    """Return the options that are safe over HTTP, as a form needs them.

    Examples
    --------
    >>> paths = option_infos()[0]
    >>> paths.name, paths.kind, paths.minimum, paths.maximum, paths.default
    ('paths', 'integer', 1.0, 65536.0, 128)
    """
    return [_option_info(name) for name in SAFE_OPTIONS]


def _option_info(name: str) -> OptionInfo:
    field = Options.model_fields[name]
    about = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    annotation = _without_none(field.annotation)
    choices = CHOICES.get(name) or (get_args(annotation) if get_origin(annotation) is Literal else None)
    low = [getattr(part, "ge", getattr(part, "gt", None)) for part in field.metadata]
    high = [getattr(part, "le", None) for part in field.metadata]
    return OptionInfo(
        name=name,
        group=str(about.get("group", "")),
        label=LABELS.get(name, name.replace("_", " ").capitalize()),
        help=HELP.get(name, field.description or ""),
        kind=_kind(name, annotation, choices is not None),
        default="#ffffff" if name == "background" else field.default,
        minimum=next((value for value in low if value is not None), None),
        maximum=next((value for value in high if value is not None), None),
        choices=None if choices is None else list(choices),
    )


def _without_none(annotation: Any) -> Any:
    """Return the type of an optional value, without pydantic's metadata."""
    if get_origin(annotation) in (types.UnionType, Union):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return (
        getattr(annotation, "__origin__", annotation) if hasattr(annotation, "__metadata__") else annotation
    )


def _kind(name: str, annotation: Any, chosen: bool) -> Kind:
    if name == "background":
        return "color"
    if chosen:
        return "choice"
    if get_origin(annotation) is tuple:
        return "texts"
    kinds: dict[Any, Kind] = {int: "integer", float: "number", bool: "switch"}
    return kinds.get(annotation, "text")


def clean_options(given: object) -> dict[str, Any]:
    """Return options from outside, validated; those that are None are left out.

    Parameters
    ----------
    given : dict
        Names of `SAFE_OPTIONS` to values.

    Returns
    -------
    options : dict
        Plain values for JSON.

    Raises
    ------
    OptionError
        If an option is unknown, not safe over HTTP, or has an invalid value.

    Examples
    --------
    >>> clean_options({"paths": 64, "psnr": None})
    {'paths': 64}
    >>> clean_options({"models": "/etc"})
    Traceback (most recent call last):
        ...
    huefold.errors.OptionError: the studio has no option 'models'
    """
    if not isinstance(given, dict):
        raise OptionError('options are a JSON object, such as {"paths": 128}')
    values = {name: value for name, value in given.items() if value is not None}
    for name in values:
        if name not in SAFE_OPTIONS:
            raise OptionError(f"the studio has no option {str(name)[:40]!r}", option=str(name)[:40])
    for name, choices in CHOICES.items():
        if name in values and values[name] not in choices:
            raise OptionError(f"{name} must be one of {', '.join(choices)}", option=name)
    _check_texts(values)
    options = Options(**values)
    return {name: getattr(options, name) for name in values} | _plain(options, values)


def _plain(options: Options, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that JSON has no type for as they were given."""
    plain: dict[str, Any] = {}
    if "background" in values:
        plain["background"] = hex_color(options.background)
    for name in ("prompt", "avoid"):
        if name in values:
            plain[name] = list(getattr(options, name))
    return plain


def _check_texts(values: dict[str, Any]) -> None:
    for name in ("prompt", "avoid"):
        texts = values.get(name, ())
        listed = [texts] if isinstance(texts, str) else texts
        if not isinstance(listed, (list, tuple)):
            continue  # the options themselves report it
        if len(listed) > MOST_TEXTS or any(
            isinstance(text, str) and len(text) > LONGEST_TEXT for text in listed
        ):
            raise OptionError(
                f"{name} takes up to {MOST_TEXTS} texts of up to {LONGEST_TEXT} characters", option=name
            )
    if (values.get("prompt") or values.get("avoid")) and values.get("saliency") in ("auto", "map"):
        raise OptionError("say what matters by words or by a map, not by both", option="prompt")


class ErrorInfo(BaseModel):
    """An error, for programs and for people."""

    code: str
    message: str
    field: str | None = None


class Failure(BaseModel):
    """The answer to a request that failed."""

    error: ErrorInfo


class Job(BaseModel):
    """One run on a project."""

    id: str
    project: str
    status: JobStatus
    position: int | None = Field(description="Jobs before it; 0 if it runs, null if it has ended.")
    stage: str
    fraction: float = Field(description="Of the stage, 0 to 1.")
    overall: float = Field(description="Of the whole job, 0 to 1.")
    message: str
    created: float
    started: float | None
    finished: float | None
    error: ErrorInfo | None
    report: dict[str, Any] | None
    options: dict[str, Any]
    has_drawing: bool


class Project(BaseModel):
    """One photo and all that was done with it."""

    id: str
    name: str
    width: int
    height: int
    created: float
    opened: float
    options: dict[str, Any]
    edits: dict[str, Any] = Field(description="Of the drawing of `result`.")
    marks: Any
    has_map: bool
    map_version: int
    job: Job | None = Field(description="The newest job.")
    result: str | None = Field(
        description="Id of the newest ended job that left a drawing, or of the one gone back to."
    )
    before: str | None = Field(description="Id of the newest edited job from before `result`.")


class ProjectChange(BaseModel):
    """Changes of a project."""

    name: str | None = None
    options: dict[str, Any] | None = None
    edits: dict[str, Any] | None = None
    marks: Any = None
    result: str | None = Field(default=None, description="The job whose drawing the edits are of.")
    drawing: str | None = Field(
        default=None, description="The job whose drawing to go back to, until a newer one ends."
    )


class SaliencyRequest(BaseModel):
    """The source of a map that is not painted."""

    source: Literal["auto", "prompt"]
    prompt: list[str] = Field(default=[], max_length=MOST_TEXTS)
    avoid: list[str] = Field(default=[], max_length=MOST_TEXTS)


class Sample(BaseModel):
    """A photo that comes with huefold."""

    name: str
    title: str


class PromptInfo(BaseModel):
    """Whether text prompts work, and how to install what they need."""

    available: bool
    how: str


class Status(BaseModel):
    """Version, state and limits of the studio."""

    version: str
    workers: dict[str, str] = Field(description="States of the drawing worker and the helper worker.")
    queue: dict[str, int]
    disk: dict[str, int]
    limits: dict[str, int]
    samples: list[Sample]
    prompt: PromptInfo
    presets: list[str]
    token_required: bool
