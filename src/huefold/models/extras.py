"""Optional packages: imported where they are used, with an error that says what to install."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

from huefold.errors import MissingExtraError

__all__ = ["needs"]


def needs(module: str, what: str) -> ModuleType:
    """Import and return an optional package.

    Parameters
    ----------
    module : str
        ``"torch"``, ``"transformers"``, ``"safetensors.torch"`` or ``"huggingface_hub"``.
    what : str
        What needs it, for the error.

    Returns
    -------
    module : module

    Raises
    ------
    MissingExtraError
        If it is not installed, or does not work.

    Examples
    --------
    >>> needs("math", "this example").__name__
    'math'
    >>> needs("torch_of_another_world", "a text prompt")
    Traceback (most recent call last):
        ...
    huefold.errors.MissingExtraError: a text prompt needs torch_of_another_world: pip install 'huefold[models]'
    """
    if module == "transformers":
        # Its advice on other frameworks would come between huefold's own lines.
        os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    name = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.partition(".")[0] == name:
            raise MissingExtraError(
                f"{what} needs {name}: pip install 'huefold[models]'", extra="models"
            ) from error
        raise MissingExtraError(
            f"{what} needs {name}, which misses {error.name}: pip install 'huefold[models]'", extra="models"
        ) from error
    except (ImportError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MissingExtraError(
            f"{what} needs {name}, which is installed but does not start ({reason}): "
            "pip install --force-reinstall 'huefold[models]'",
            extra="models",
        ) from error
