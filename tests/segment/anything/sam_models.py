"""Tiny SAM and SAM 2 models with random weights, and the tensors of the published checkpoints of SAM."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import Sam2Config, Sam2Model, SamConfig, SamModel

SIZES = ("ViT-B", "ViT-L", "ViT-H")
SIDE = 128
PROMPTS = {"hidden_size": 32, "image_size": SIDE, "patch_size": 16}
DECODER = {"hidden_size": 32, "mlp_dim": 24, "iou_head_hidden_dim": 16}


def tiny_sam() -> Any:
    vision = {
        "hidden_size": 16,
        "output_channels": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": 16,
        "window_size": 3,
        "global_attn_indexes": [1],
        "num_pos_feats": 16,
        "mlp_dim": 20,
    }
    return lively(
        SamModel(SamConfig(vision_config=vision, prompt_encoder_config=PROMPTS, mask_decoder_config=DECODER))
    )


def tiny_sam2() -> Any:
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "embed_dim_per_stage": [8, 16, 32, 64],
        "blocks_per_stage": [1, 1, 2, 1],
        "num_attention_heads_per_stage": [1, 1, 1, 1],
        "global_attention_blocks": [3],
        "image_size": [SIDE, SIDE],
    }
    vision = {
        "backbone_config": backbone,
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
        "fpn_hidden_size": 32,
    }
    return lively(
        Sam2Model(
            Sam2Config(vision_config=vision, prompt_encoder_config=PROMPTS, mask_decoder_config=DECODER)
        )
    )


def lively(model: Any) -> Any:
    """Give a model weights with which its masks differ from point to point, and pass for good ones."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim > 1:
                parameter.copy_(noise * 1.5 / parameter[0].numel() ** 0.5)
            else:
                parameter.add_(noise * 0.3)
        where = torch.randn(2, 16, generator=generator)
        for name, value in model.state_dict().items():
            if name.endswith("positional_embedding"):
                value.copy_(where)
        model.mask_decoder.iou_prediction_head.proj_out.weight.mul_(0.01)
        model.mask_decoder.iou_prediction_head.proj_out.bias.fill_(0.95)
        for head in model.mask_decoder.output_hypernetworks_mlps:
            head.proj_out.weight.mul_(30.0)
    return model.eval()


class PublishedTensor(NamedTuple):
    """A tensor of the published checkpoints: its names there and in transformers, and its shape by model."""

    name: str
    new_name: str
    shapes: dict[str, tuple[int, ...]]


def published_tensors() -> list[PublishedTensor]:
    """Return what ``sam_tensors.txt`` lists."""
    lines = (Path(__file__).parent / "sam_tensors.txt").read_text().splitlines()
    return [
        PublishedTensor(
            name,
            new_name,
            {
                size: tuple(map(int, shape.split("x")))
                for size, shape in zip(SIZES, shapes, strict=True)
                if shape != "-"
            },
        )
        for name, new_name, *shapes in (line.split() for line in lines if not line.startswith("#"))
    ]
