"""Errors as the studio answers them: a status, a code, and one plain line."""

from __future__ import annotations

import errno

from huefold.errors import (
    Cancelled,
    HuefoldError,
    ImageError,
    MissingExtraError,
    OptionError,
    SaliencyError,
    SvgError,
    WeightsError,
)

__all__ = ["MODELS_ADVICE", "StudioError", "disk_full", "failure_of", "missing"]

MODELS_ADVICE = (
    "words need a model: pip install 'huefold[models]', then fetch it once with "
    "'hf download openai/clip-vit-base-patch32', and start the studio again"
)

SEGMENTER_ADVICE = (
    "Segment Anything needs its weights: pip install 'huefold[models]', then fetch them once with "
    "'hf download facebook/sam-vit-base', and start the studio again; or choose the classical segmenter"
)


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG})


class StudioError(HuefoldError):
    """An error that is the answer to a request.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        For programs.
    message : str
        For people: one line, without paths of the server.
    field : str, optional
        The option at fault.

    Examples
    --------
    >>> StudioError(404, "not-found", "there is no such project").to_dict()
    {'code': 'not-found', 'message': 'there is no such project', 'field': None}
    """

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.field = status, code, field

    def to_dict(self) -> dict[str, str | None]:
        """Return plain values for JSON."""
        return {"code": self.code, "message": str(self), "field": self.field}


def missing(what: str) -> StudioError:
    """Return the error for a missing thing."""
    return StudioError(404, "not-found", f"there is no such {what}")


def disk_full() -> StudioError:
    """Return the error for a folder that cannot be written."""
    return StudioError(507, "disk-full", "the studio cannot write to its folder; is the disk full?")


def failure_of(error: BaseException, *, field: str | None = None) -> StudioError:
    """Return the answer for any error.

    Examples
    --------
    >>> failure_of(OptionError("paths must be ...", option="paths")).status
    422
    >>> str(failure_of(ValueError("/home/me/secret")))
    'something went wrong in the studio; its terminal says what'
    """
    if isinstance(error, StudioError):
        return error
    if isinstance(error, (MissingExtraError, WeightsError)):
        told = (
            SEGMENTER_ADVICE
            if "segment" in str(error).lower() or "sam" in str(error).lower()
            else MODELS_ADVICE
        )
        return StudioError(409, "models-missing", told, field)
    if isinstance(error, MemoryError):
        return StudioError(507, "memory", "not enough memory for a picture of this size")
    for kind, status, code in (
        (ImageError, 415, "not-a-photo"),
        (OptionError, 422, "option"),
        (SaliencyError, 422, "map"),
        (SvgError, 422, "drawing"),
        (Cancelled, 409, "cancelled"),
    ):
        if isinstance(error, kind):
            named = error.data.get("option")
            return StudioError(status, code, str(error), str(named) if named is not None else field)
    return _of_the_disk(error) or StudioError(
        500, "internal", "something went wrong in the studio; its terminal says what"
    )


def _of_the_disk(error: BaseException) -> StudioError | None:
    """Return the answer for an error of the file system."""
    system = error if isinstance(error, OSError) else error.__cause__
    if isinstance(system, OSError) and system.errno in NO_ROOM:
        return disk_full()
    if isinstance(system, FileNotFoundError) and isinstance(error, HuefoldError):
        return missing("project or drawing any more: it was removed")
    return None
