"""The renderer's error."""

from huefold.errors import HuefoldError

__all__ = ["RenderError"]


class RenderError(HuefoldError, ValueError):
    """What was asked to be rendered does not fit together."""
