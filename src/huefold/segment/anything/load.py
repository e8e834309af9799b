"""Loading a model of Segment Anything from a folder or a published checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huefold.errors import WeightsError
from huefold.models import load_state_dict, needs
from huefold.models.pretrained import quiet, read_model_type
from huefold.segment.anything.checkpoint import converted, is_original, sam_config, size_name

if TYPE_CHECKING:
    from torch import Tensor

    from huefold.segment.anything.network import Network

__all__ = ["load_network"]

MODELS = {"sam": ("SamConfig", "SamModel"), "sam2": ("Sam2Config", "Sam2Model")}
FAMILIES = {"sam": "sam", "sam2": "sam2", "sam2_video": "sam2"}
"""``model_type`` of ``config.json`` to the family of the model. SAM 2 is published with its parts for video."""

WHAT = "Segment Anything"


def load_network(path: Path, device: str | None = None) -> Network:
    """Load a model of Segment Anything.

    Parameters
    ----------
    path : pathlib.Path
        The folder of a SAM or SAM 2 model of transformers, or a checkpoint of SAM as it was published.
    device : str, optional
        ``"cpu"`` or ``"cuda"``; CUDA where there is one by default.

    Returns
    -------
    network : Network

    Raises
    ------
    WeightsError
        If the weights are something else, incomplete or damaged.
    MissingExtraError
        If torch or transformers is not installed.
    SegmentationError
        If there is no such device, or no room on it.
    """
    for module in ("torch", "transformers"):
        needs(module, WHAT)
    from huefold.segment.anything.network import Network, best_device  # noqa: PLC0415 - needs torch

    place = best_device(device)
    model = _from_folder(path) if path.is_dir() else _from_checkpoint(path)
    return Network(model, place)


def _from_folder(folder: Path) -> Any:
    family = _family(folder)
    transformers = needs("transformers", WHAT)
    config_class, model_class = (getattr(transformers, name) for name in MODELS[family])
    try:
        with quiet(transformers):
            config = config_class.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # transformers raises nearly anything on a bad value
        raise WeightsError(f"{folder / 'config.json'} is not valid: {_line(error)}", path=folder) from error
    return _built(model_class, config, load_state_dict(folder), folder, model_class.__name__)


def _family(folder: Path) -> str:
    kind = read_model_type(folder)
    if kind not in FAMILIES:
        raise WeightsError(
            f"{folder} holds a model of type {kind!r}, not SAM or SAM 2; use e.g. facebook/sam-vit-base",
            path=folder,
            given=kind,
        )
    return FAMILIES[kind]


def _from_checkpoint(path: Path) -> Any:
    state = load_state_dict(path)
    if not is_original(state):
        hint = "give the folder it lies in, with its config.json" if "vision_encoder.pos_embed" in state else (
            "its tensors have other names, such as " + min(state)
        )  # fmt: skip
        raise WeightsError(f"{path} is not a checkpoint of Segment Anything as published: {hint}", path=path)
    renamed = converted(state)
    transformers = needs("transformers", WHAT)
    shapes = {name: tuple(tensor.shape) for name, tensor in renamed.items()}
    config = transformers.SamConfig(**sam_config(shapes, path))
    return _built(transformers.SamModel, config, renamed, path, f"SAM {size_name(shapes)}")


def _built(model_class: Any, config: Any, state: Mapping[str, Tensor], path: Path, name: str) -> Any:
    """Return the model with these weights; raise unless each of its tensors is there and has the right shape."""
    torch = needs("torch", WHAT)
    try:
        with quiet(needs("transformers", WHAT)):
            model, found = model_class.from_pretrained(
                None,
                config=config,
                state_dict=dict(state),
                dtype=torch.float32,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
    except (RuntimeError, ValueError, TypeError) as error:
        raise WeightsError(f"the model in {path} cannot be built: {_line(error)}", path=path) from error
    flaws = [f"misses {key}" for key in sorted(found["missing_keys"])]
    flaws += [f"has {key} of another shape" for key, *_ in sorted(found["mismatched_keys"])]
    if path.is_file():  # a folder may hold more tensors, as SAM 2's does
        flaws += [f"has {key} besides" for key in sorted(found["unexpected_keys"])]
    if flaws:
        more = f" and {len(flaws) - 1} more" if len(flaws) > 1 else ""
        raise WeightsError(
            f"{path} does not fit {name}: it {flaws[0]}{more}; fetch the weights again",
            path=path,
            flaws=flaws,
        )
    return model


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
