"""Tiny SAM and SAM 2 models with random weights, and the names that the published checkpoints of SAM use."""

from __future__ import annotations

from typing import Any

import torch
from transformers import Sam2Config, Sam2Model, SamConfig, SamModel

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


def published_names(depth: int) -> list[str]:
    """Return all names in a published checkpoint whose image encoder has that many blocks."""
    both = ("weight", "bias")
    encoder = ["pos_embed", "neck.0.weight", "neck.2.weight"]
    encoder += [f"{part}.{kind}" for part in ("patch_embed.proj", "neck.1", "neck.3") for kind in both]
    for k in range(depth):
        encoder += [f"blocks.{k}.attn.rel_pos_{axis}" for axis in "hw"]
        for part in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.lin1", "mlp.lin2"):
            encoder += [f"blocks.{k}.{part}.{kind}" for kind in both]
    prompts = ["pe_layer.positional_encoding_gaussian_matrix", "not_a_point_embed.weight"]
    prompts += ["no_mask_embed.weight", *(f"point_embeddings.{k}.weight" for k in range(4))]
    prompts += [f"mask_downscaling.{k}.{kind}" for k in (0, 1, 3, 4, 6) for kind in both]
    decoder = ["iou_token.weight", "mask_tokens.weight"]
    decoder += [f"output_upscaling.{k}.{kind}" for k in (0, 1, 3) for kind in both]
    heads = [f"output_hypernetworks_mlps.{k}" for k in range(4)] + ["iou_prediction_head"]
    decoder += [f"{head}.layers.{k}.{kind}" for head in heads for k in range(3) for kind in both]
    projections = ("q_proj", "k_proj", "v_proj", "out_proj")
    for k in range(2):
        parts = [f"norm{n}" for n in range(1, 5)] + ["mlp.lin1", "mlp.lin2"]
        for attention in ("self_attn", "cross_attn_token_to_image", "cross_attn_image_to_token"):
            parts += [f"{attention}.{projection}" for projection in projections]
        decoder += [f"transformer.layers.{k}.{part}.{kind}" for part in parts for kind in both]
    last = [f"final_attn_token_to_image.{projection}" for projection in projections] + ["norm_final_attn"]
    decoder += [f"transformer.{part}.{kind}" for part in last for kind in both]
    rooms = {"image_encoder": encoder, "prompt_encoder": prompts, "mask_decoder": decoder}
    return [f"{room}.{name}" for room, names in rooms.items() for name in names]
