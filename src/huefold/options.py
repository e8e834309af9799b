"""What a user can ask for: one typed, validated schema, from which the command line is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError

from huefold.colors import parse_color
from huefold.errors import BudgetError, OptionError

__all__ = [
    "DEFAULTS",
    "BudgetKind",
    "ClusteringName",
    "FillsName",
    "Options",
    "PresetName",
    "option_metadata",
]

PresetName: TypeAlias = Literal["fast", "balanced", "best", "paper"]
FillsName: TypeAlias = Literal["solid", "linear", "auto"]
ClusteringName: TypeAlias = Literal["recoloring", "kmeans", "dbscan", "greedy"]
BudgetKind: TypeAlias = Literal["nodes", "bytes", "psnr"]

OTHER_BUDGETS: tuple[BudgetKind, ...] = ("nodes", "bytes", "psnr")
BUDGETS = ("paths", *OTHER_BUDGETS)


def _not_a_bool(value: object) -> object:
    # Python counts True as an int; given as a number it is a mistake.
    if isinstance(value, bool):
        raise ValueError("a truth value is not a number")
    return value


def _about(group: str, expects: str, metavar: str) -> dict[str, Any]:
    """Return a field's metadata: the group it is shown in, its values in words, a placeholder for help."""
    return {"group": group, "expects": expects, "metavar": metavar}


def _as_texts(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Whole: TypeAlias = Annotated[int, BeforeValidator(_not_a_bool)]
Number: TypeAlias = Annotated[float, BeforeValidator(_not_a_bool)]
Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]


class Options(BaseModel):
    """Everything that shapes a drawing, validated.

    Raises
    ------
    BudgetError
        If a budget is out of its bounds, or there is more than one.
    OptionError
        If another value is out of its bounds, or a name is unknown.

    Examples
    --------
    >>> Options(paths=64).structural_paths
    26
    >>> Options(structural_ratio=2)
    Traceback (most recent call last):
        ...
    huefold.errors.OptionError: structural-ratio must be a number from 0 to 1, got 2
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    paths: Whole = Field(
        default=128,
        ge=1,
        le=65_536,
        description="Budget: the number of filled paths in the drawing.",
        json_schema_extra=_about("Budget", "a whole number from 1 to 65536", "N"),
    )
    nodes: Whole | None = Field(
        default=None,
        ge=4,
        le=10_000_000,
        description="Budget instead of paths: the most nodes (on-curve points) in all (default: none).",
        json_schema_extra=_about("Budget", "a whole number from 4 to 10000000", "N"),
    )
    bytes: Whole | None = Field(
        default=None,
        ge=1,
        le=1_000_000_000,
        description="Budget instead of paths: the most bytes of the file (default: none).",
        json_schema_extra=_about("Budget", "a whole number from 1 to 1000000000", "N"),
    )
    psnr: Number | None = Field(
        default=None,
        gt=0.0,
        le=100.0,
        description="Budget instead of paths: as few paths as reach this fidelity in dB (default: none).",
        json_schema_extra=_about("Budget", "a number of dB above 0, at most 100", "DB"),
    )
    segments_per_path: Whole | None = Field(
        default=None,
        ge=3,
        le=100,
        description="Exactly so many cubic segments in every path (default: as many as each deserves).",
        json_schema_extra=_about("Method", "a whole number from 3 to 100", "S"),
    )
    fills: FillsName = Field(
        default="solid",
        description="What paths are filled with: one colour (solid), linear gradients (linear), or linear and "
        "radial gradients where they are worth their bytes (auto).",
        json_schema_extra=_about("Method", "one of solid, linear, auto", "solid|linear|auto"),
    )
    structural_ratio: Number = Field(
        default=0.4,
        ge=0.0,
        le=1.0,
        description="Share of the paths that are merged regions; the rest are details on top.",
        json_schema_extra=_about("Budget", "a number from 0 to 1", "R"),
    )
    preset: PresetName = Field(
        default="balanced",
        description="How much work to put in: fast, balanced, best, or the published recipe (paper).",
        json_schema_extra=_about("Budget", "one of fast, balanced, best, paper", "fast|balanced|best|paper"),
    )
    contained: StrictBool = Field(
        default=False,
        description="Let paths pay for leaving the region of the photo that they belong to, so that objects can be "
        "edited by themselves, for a little more error.",
        json_schema_extra=_about("Method", "true or false", ""),
    )
    saliency: str = Field(
        default="noise",
        min_length=1,
        description="What matters in the picture: a map (an image of the photo's proportions, bright = "
        "important), 'auto' to find it, or 'noise' for no guidance.",
        json_schema_extra=_about("Guidance", "'auto', 'noise' or the path of a map", "MAP|auto|noise"),
    )
    prompt: Texts = Field(
        default=(),
        description="What matters, in words: 'the sofa & the cat' are two phrases; may be given several times. "
        "Needs huefold[models].",
        json_schema_extra=_about("Guidance", "text, or several texts", "TEXT"),
    )
    avoid: Texts = Field(
        default=(),
        description="What does not matter, in words; may be given several times.",
        json_schema_extra=_about("Guidance", "text, or several texts", "TEXT"),
    )
    prompt_model: str = Field(
        default="openai/clip-vit-base-patch32",
        min_length=1,
        description="The CLIP or CLIPSeg model that finds the words: its id on the Hugging Face hub, or a folder.",
        json_schema_extra=_about("Guidance", "the id or folder of a model", "MODEL"),
    )
    mask: Texts = Field(
        default=(),
        description="What matters, by name: 'sofa=sofa.png' is a mask or map of it, 'wall=wall.png:-0.5' one of "
        "what matters less (weights from -1 to 1); may be given several times.",
        json_schema_extra=_about("Guidance", "text, or several texts", "NAME=FILE[:WEIGHT]"),
    )
    box: Texts = Field(
        default=(),
        description="A box that matters, in pixels of the photo; may be given several times.",
        json_schema_extra=_about("Guidance", "text, or several texts", "[NAME=]X0,Y0,X1,Y1[:WEIGHT]"),
    )
    point: Texts = Field(
        default=(),
        description="A point whose region matters, in pixels of the photo; may be given several times.",
        json_schema_extra=_about("Guidance", "text, or several texts", "[NAME=]X,Y[:WEIGHT]"),
    )
    focus: Number = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="How strongly to follow what matters: more focus, less error there and more elsewhere; 0 draws "
        "as without guidance.",
        json_schema_extra=_about("Guidance", "a number from 0 to 1", "F"),
    )
    background: Annotated[tuple[float, float, float], BeforeValidator(parse_color)] = Field(
        default=(1.0, 1.0, 1.0),
        description="Colour that transparent pixels are laid over.",
        json_schema_extra=_about("Guidance", "white, black, grey, #rgb or #rrggbb", "COLOR"),
    )
    segmenter: Literal["classical", "sam", "given"] = Field(
        default="classical",
        description="Where the first regions come from: the colours (classical), or masks of Segment Anything "
        "(sam; needs huefold[models]).",
        json_schema_extra=_about("Method", "classical or sam", "classical|sam"),
    )
    sam_model: str = Field(
        default="facebook/sam-vit-base",
        min_length=1,
        description="A SAM or SAM 2 model: its id on the Hugging Face hub, a folder, or a checkpoint such as "
        "sam_vit_h_4b8939.pth.",
        json_schema_extra=_about("Method", "the id, folder or checkpoint of a model", "MODEL"),
    )
    sam_points: Whole = Field(
        default=32,
        ge=1,
        le=256,
        description="Points a side at which Segment Anything is asked; its time grows with the square.",
        json_schema_extra=_about("Method", "a whole number from 1 to 256", "N"),
    )
    sam_crops: Whole = Field(
        default=1,
        ge=0,
        le=4,
        description="Layers of closer looks for small things; 0 is fastest.",
        json_schema_extra=_about("Method", "a whole number from 0 to 4", "N"),
    )
    regions: Whole | None = Field(
        default=None,
        ge=1,
        le=65_536,
        description="Number of first regions, before recoloring merges them (default: from the budget).",
        json_schema_extra=_about("Method", "a whole number from 1 to 65536", "N"),
    )
    clustering: ClusteringName = Field(
        default="recoloring",
        description="How first regions merge: by recoloring, or for comparison by k-means or DBSCAN on their "
        "colours, or greedily by least error.",
        json_schema_extra=_about(
            "Method", "one of recoloring, kmeans, dbscan, greedy", "recoloring|kmeans|dbscan|greedy"
        ),
    )
    rounds: Whole = Field(
        default=20,
        ge=1,
        le=1000,
        description="Rounds of recoloring and merging.",
        json_schema_extra=_about("Method", "a whole number from 1 to 1000", "N"),
    )
    seed: Whole = Field(
        default=0,
        ge=0,
        le=2**63 - 1,
        description="Seed of everything drawn at random; the same seed gives the same file.",
        json_schema_extra=_about("Run", "a whole number from 0 to 2^63 - 1", "N"),
    )
    threads: Whole | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="Number of threads (default: one per processor); does not change the result.",
        json_schema_extra=_about("Run", "a whole number from 1 to 1024", "N"),
    )
    time_limit: Number | None = Field(
        default=None,
        gt=0.0,
        description="Stop refining after this many seconds in all and keep the best drawing so far.",
        json_schema_extra=_about("Run", "a number of seconds above 0", "S"),
    )
    models: str | None = Field(
        default=None,
        min_length=1,
        description="Folder with pretrained models (default: $HUEFOLD_MODELS, then the Hugging Face cache).",
        json_schema_extra=_about("Run", "the path of a folder", "DIR"),
    )
    download: StrictBool = Field(
        default=False,
        description="Download weights of pretrained models that are not on this machine.",
        json_schema_extra=_about("Run", "true or false", ""),
    )

    def __init__(self, **values: object) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _plain_error(error) from None
        given = [
            name for name in BUDGETS if name in self.model_fields_set and getattr(self, name) is not None
        ]
        if len(given) > 1:
            raise BudgetError(f"a drawing has one budget, got {' and '.join(given)}; leave out all but one")

    @property
    def budget(self) -> tuple[BudgetKind, float] | None:
        """The budget where it is not one of paths: its kind and the number asked for."""
        found = [(kind, value) for kind in OTHER_BUDGETS if (value := getattr(self, kind)) is not None]
        return found[0] if found else None

    @property
    def structural_paths(self) -> int:
        """How many paths are regions: ``round(structural_ratio * paths)``; hidden ones give way to details."""
        return round(self.structural_ratio * self.paths)


DEFAULTS = Options()
"""The value of each option where nothing is given; signatures take theirs from here."""


def option_metadata(name: str) -> dict[str, Any]:
    """Return what a door shows of an option: ``group``, ``expects`` (its values in words) and ``metavar``."""
    extra = Options.model_fields[name].json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def _plain_error(error: ValidationError) -> OptionError:
    """Translate the first of pydantic's findings into one line."""
    first = error.errors(include_url=False, include_context=False)[0]
    name, given = str(first["loc"][0]), first["input"]
    if name not in Options.model_fields:
        known = ", ".join(Options.model_fields)
        return OptionError(f"there is no option {name!r}; the options are {known}", option=name)
    message = f"{name.replace('_', '-')} must be {option_metadata(name)['expects']}, got {_shown(given)}"
    kind = BudgetError if name in BUDGETS else OptionError
    return kind(message, option=name, given=given)


def _shown(given: object) -> str:
    text = " ".join(repr(given).split())
    return text if len(text) <= 60 else text[:57] + "..."
