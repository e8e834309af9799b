"""Checkpoints of Segment Anything as they were published, such as ``sam_vit_h_4b8939.pth``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from huefold.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SIZES", "converted", "is_original", "sam_config", "size_name", "transformers_name"]

State: TypeAlias = "Mapping[str, Tensor]"
Shapes: TypeAlias = "Mapping[str, tuple[int, ...]]"

SIZES = {(768, 12): "ViT-B", (1024, 24): "ViT-L", (1280, 32): "ViT-H"}
"""Width and depth of the image encoder to the name of the model."""

BUFFERS = frozenset({"pixel_mean", "pixel_std"})
"""Constants of the pre-processing that some copies hold besides the weights."""

MASK_PROMPT = {"0": "conv1", "1": "layer_norm1", "3": "conv2", "4": "layer_norm2", "6": "conv3"}
NECK = {"0": "conv1", "1": "layer_norm1", "2": "conv2", "3": "layer_norm2"}
UPSCALING = {"0": "upscale_conv1", "1": "upscale_layer_norm", "3": "upscale_conv2"}
PERCEPTRON = {"0": "proj_in", "1": "layers.0", "2": "proj_out"}

Rename: TypeAlias = "tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]"


def _numbered(prefix: str, names: Mapping[str, str], place: str = "") -> Rename:
    """Return a rule for the numbered parts of a sequence; `place` replaces the pattern `prefix` if given."""

    def renamed(match: re.Match[str]) -> str:
        before = place or match["before"]
        return f"{before}{names.get(match['number'], match['number'])}."

    return re.compile(rf"^(?P<before>{prefix})(?P<number>\d+)\."), renamed


RENAMES: tuple[Rename, ...] = (
    (re.compile(r"^image_encoder\."), "vision_encoder."),
    (re.compile(r"^vision_encoder\.blocks\."), "vision_encoder.layers."),
    (re.compile(r"^vision_encoder\.patch_embed\.proj\."), "vision_encoder.patch_embed.projection."),
    _numbered(r"vision_encoder\.neck\.", NECK),
    (
        re.compile(r"^prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix$"),
        "prompt_encoder.shared_embedding.positional_embedding",
    ),
    (re.compile(r"^prompt_encoder\.point_embeddings\."), "prompt_encoder.point_embed."),
    _numbered(r"prompt_encoder\.mask_downscaling\.", MASK_PROMPT, "prompt_encoder.mask_embed."),
    _numbered(r"mask_decoder\.output_upscaling\.", UPSCALING, "mask_decoder."),
    _numbered(
        r"mask_decoder\.iou_prediction_head\.layers\.", PERCEPTRON, "mask_decoder.iou_prediction_head."
    ),
    (
        re.compile(r"^(mask_decoder\.output_hypernetworks_mlps\.\d+)\.layers\.(\d+)\."),
        lambda match: f"{match[1]}.{PERCEPTRON.get(match[2], match[2])}.",
    ),
    (re.compile(r"\.norm(\d|_final_attn)\."), r".layer_norm\1."),
)


def is_original(state: State) -> bool:
    """Tell whether tensors have the names of the published checkpoints of Segment Anything.

    Examples
    --------
    >>> is_original({"image_encoder.pos_embed": None}), is_original({"vision_encoder.pos_embed": None})
    (True, False)
    """
    return any(name.startswith("image_encoder.") for name in state)


def transformers_name(name: str) -> str:
    """Return the name in transformers of the tensor `name` of the published checkpoints.

    Examples
    --------
    >>> transformers_name("image_encoder.blocks.3.norm1.weight")
    'vision_encoder.layers.3.layer_norm1.weight'
    >>> transformers_name("mask_decoder.output_hypernetworks_mlps.0.layers.2.bias")
    'mask_decoder.output_hypernetworks_mlps.0.proj_out.bias'
    """
    for pattern, replacement in RENAMES:
        name = pattern.sub(replacement, name)
    return name


def converted(state: State) -> dict[str, Tensor]:
    """Return the tensors of a published checkpoint under the names of transformers.

    Parameters
    ----------
    state : dict of str to Tensor
        As read from the file.

    Returns
    -------
    renamed : dict of str to Tensor
        The same tensors; the positional embedding, which image and prompts share, occurs twice.

    Examples
    --------
    >>> sorted(converted({"prompt_encoder.pe_layer.positional_encoding_gaussian_matrix": 1}))
    ['prompt_encoder.shared_embedding.positional_embedding', 'shared_image_embedding.positional_embedding']
    """
    renamed = {transformers_name(name): tensor for name, tensor in state.items() if name not in BUFFERS}
    for_prompts = "prompt_encoder.shared_embedding.positional_embedding"
    if for_prompts in renamed:
        renamed["shared_image_embedding.positional_embedding"] = renamed[for_prompts]
    return renamed


def size_name(shapes: Shapes) -> str:
    """Return the name of a model with tensors of these shapes.

    Parameters
    ----------
    shapes : dict of str to tuple of int
        By name in transformers.

    Returns
    -------
    name : str
        ``"ViT-B"``, ``"ViT-L"``, ``"ViT-H"``, or width and depth of another model.
    """
    width, depth = shapes["vision_encoder.pos_embed"][-1], _count(shapes, "vision_encoder.layers.")
    return SIZES.get((width, depth), f"ViT of width {width} and depth {depth}")


def sam_config(shapes: Shapes, path: Path) -> dict[str, dict[str, Any]]:
    """Return the configuration of a model with tensors of these shapes.

    The shapes determine everything but the number of heads of the mask decoder, which is 8 in all published
    models. Global attention has relative positions for all rows of the image, windowed attention for those of
    its window.

    Parameters
    ----------
    shapes : dict of str to tuple of int
        By name in transformers.
    path : pathlib.Path
        Their file, for the error.

    Returns
    -------
    config : dict
        Keywords of ``transformers.SamConfig``.

    Raises
    ------
    WeightsError
        If a tensor that is needed for it is missing or has other dimensions.
    """
    try:
        vision = _vision(shapes)
        prompts = _prompts(shapes, vision)
        decoder = _decoder(shapes)
    except KeyError as error:
        raise _not_sam(path, f"it has no {error.args[0]}") from None
    except (IndexError, ValueError, ZeroDivisionError):
        raise _not_sam(path, "its tensors have other dimensions") from None
    return {"vision_config": vision, "prompt_encoder_config": prompts, "mask_decoder_config": decoder}


def _vision(shapes: Shapes) -> dict[str, Any]:
    width, channels, patch, _ = shapes["vision_encoder.patch_embed.projection.weight"]
    _, side, _, _ = shapes["vision_encoder.pos_embed"]
    depth = _count(shapes, "vision_encoder.layers.")
    reach = [shapes[f"vision_encoder.layers.{k}.attn.rel_pos_h"][0] for k in range(depth)]
    windows = [length for length in reach if length != 2 * side - 1]
    return {
        "hidden_size": width,
        "num_hidden_layers": depth,
        "num_attention_heads": width // shapes["vision_encoder.layers.0.attn.rel_pos_h"][1],
        "mlp_dim": shapes["vision_encoder.layers.0.mlp.lin1.weight"][0],
        "output_channels": shapes["vision_encoder.neck.conv1.weight"][0],
        "num_channels": channels,
        "patch_size": patch,
        "image_size": side * patch,
        "window_size": (windows[0] + 1) // 2 if windows else side,
        "global_attn_indexes": [k for k in range(depth) if reach[k] == 2 * side - 1],
        "num_pos_feats": shapes["shared_image_embedding.positional_embedding"][1],
    }


def _prompts(shapes: Shapes, vision: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hidden_size": shapes["prompt_encoder.no_mask_embed.weight"][1],
        "image_size": vision["image_size"],
        "patch_size": vision["patch_size"],
        "mask_input_channels": shapes["prompt_encoder.mask_embed.conv2.weight"][0],
        "num_point_embeddings": _count(shapes, "prompt_encoder.point_embed."),
    }


def _decoder(shapes: Shapes) -> dict[str, Any]:
    tokens, width = shapes["mask_decoder.mask_tokens.weight"]
    layer = "mask_decoder.transformer.layers.0"
    return {
        "hidden_size": width,
        "mlp_dim": shapes[f"{layer}.mlp.lin1.weight"][0],
        "num_hidden_layers": _count(shapes, "mask_decoder.transformer.layers."),
        "attention_downsample_rate": width // shapes[f"{layer}.cross_attn_token_to_image.q_proj.weight"][0],
        "num_multimask_outputs": tokens - 1,
        "iou_head_hidden_dim": shapes["mask_decoder.iou_prediction_head.proj_in.weight"][0],
    }


def _count(shapes: Shapes, prefix: str) -> int:
    return len({name[len(prefix) :].partition(".")[0] for name in shapes if name.startswith(prefix)})


def _not_sam(path: Path, why: str) -> WeightsError:
    return WeightsError(
        f"{path} is not a checkpoint of Segment Anything ({why}); use sam_vit_b, sam_vit_l or sam_vit_h, "
        "or the folder of a SAM or SAM 2 model of transformers",
        path=path,
    )
