"""Tiny CLIP and CLIPSeg models with random weights, and a tokenizer that spells, saved as the hub's are."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPModel, CLIPSegConfig, CLIPSegForImageSegmentation, CLIPTokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789'-,.&"
START, END = "<|startoftext|>", "<|endoftext|>"


def save_tokenizer(folder: Path) -> int:
    """Save a tokenizer whose words are letters, as CLIP's own falls back to, and return its size."""
    tokens = [*LETTERS, *(letter + "</w>" for letter in LETTERS), START, END]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77).save_pretrained(folder)
    return len(tokens)


def text_config(size: int) -> dict[str, object]:
    return {
        "vocab_size": size,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 77,
        "projection_dim": 16,
        "bos_token_id": size - 2,
        "eos_token_id": size - 1,
        "pad_token_id": size - 1,
    }


def vision_config(*, layers: int = 3, image: int = 32, patch: int = 8) -> dict[str, object]:
    return {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "image_size": image,
        "patch_size": patch,
        "projection_dim": 16,
    }


def lively(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Give a model weights large enough for what it sees to make a difference, the same each time."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                fan_in = parameter[0].numel()
                parameter.copy_(1.5 * torch.randn(parameter.shape, generator=generator) / fan_in**0.5)
    return model.eval()


def save_clip(folder: Path, *, seed: int = 0, preprocessor: bool = True, **vision: int) -> Path:
    """Save a tiny CLIP with everything that a text prompt needs."""
    folder.mkdir(parents=True, exist_ok=True)
    size = save_tokenizer(folder)
    config = CLIPConfig(
        text_config=text_config(size), vision_config=vision_config(**vision), projection_dim=16
    )
    lively(CLIPModel(config), seed).save_pretrained(folder)
    if preprocessor:
        said = {
            "size": {"shortest_edge": config.vision_config.image_size},
            "image_mean": [0.5, 0.4, 0.3],
            "image_std": [0.2, 0.25, 0.3],
        }
        (folder / "preprocessor_config.json").write_text(json.dumps(said))
    return folder


def save_clipseg(folder: Path, *, seed: int = 0) -> Path:
    """Save a tiny CLIPSeg whose input is larger than what its position embeddings were made for."""
    folder.mkdir(parents=True, exist_ok=True)
    size = save_tokenizer(folder)
    config = CLIPSegConfig(
        text_config=text_config(size),
        vision_config=vision_config(layers=3, image=16, patch=8),
        projection_dim=16,
        extract_layers=[0, 1, 2],
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
    )
    lively(CLIPSegForImageSegmentation(config), seed).save_pretrained(folder)
    said = {
        "size": {"height": 48, "width": 48},
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    return folder
