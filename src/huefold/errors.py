"""The errors huefold raises on purpose; each says what was wrong, what was given, and how to fix it."""

__all__ = [
    "BudgetError",
    "BudgetMissedError",
    "Cancelled",
    "HuefoldError",
    "ImageError",
    "MissingExtraError",
    "OptionError",
    "SaliencyError",
    "SceneError",
    "SegmentationError",
    "SvgError",
    "SvgWarning",
    "WeightsError",
]


class HuefoldError(Exception):
    """Base of every error that huefold raises on purpose.

    Parameters
    ----------
    message : str
        One line: what was wrong, what was given, and how to fix it.
    **data : object
        What the message speaks of, kept as attributes for programs (``error.data["path"]``).

    Examples
    --------
    >>> error = HuefoldError("the budget must be at least 1, got 0", given=0)
    >>> str(error), error.data, error.exit_code
    ('the budget must be at least 1, got 0', {'given': 0}, 1)
    """

    exit_code = 1

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message)
        self.data = data


class OptionError(HuefoldError, ValueError):
    """An option has a value that it cannot have (a usage error: exit code 2)."""

    exit_code = 2


class BudgetError(OptionError):
    """A budget (of paths, nodes, bytes or fidelity) is out of its bounds, given twice, or cannot be met."""


class BudgetMissedError(BudgetError):
    """No drawing that was tried reaches the fidelity asked for (the work failed: exit code 1)."""

    exit_code = 1


class MissingExtraError(HuefoldError, ImportError):
    """A feature needs an optional package that is not installed (a usage error: exit code 2)."""

    exit_code = 2


class ImageError(HuefoldError, ValueError):
    """The input is not an image that can be read."""


class SaliencyError(HuefoldError, ValueError):
    """A saliency map does not fit the image, or holds values that are not weights."""


class SceneError(HuefoldError, ValueError):
    """A scene, path or fill holds values that cannot be drawn."""


class SegmentationError(HuefoldError, ValueError):
    """Given masks or labels do not fit the image."""


class WeightsError(HuefoldError):
    """The weights of a pretrained model are not here, or are not what they should be."""


class SvgError(HuefoldError, ValueError):
    """A text is not an SVG that huefold can read."""


class SvgWarning(UserWarning):
    """A drawing shows less, or something else, than the SVG that it was read from.

    Parameters
    ----------
    message : str
        One line for people.
    kind : str, optional
        What is not shown as it should be, and what becomes of it.
    count : int, optional
        How often the document has it.

    Examples
    --------
    >>> str(SvgWarning("<text> is not supported and not drawn (2 times)", "<text> ...", 2))
    '<text> is not supported and not drawn (2 times)'
    """

    def __init__(self, message: str, kind: str = "", count: int = 1) -> None:
        super().__init__(message)
        self.kind = kind or message
        self.count = count


class Cancelled(HuefoldError):  # noqa: N818 - it is an answer to the user, not a failure
    """The user asked to stop before there was anything worth keeping."""

    exit_code = 130
