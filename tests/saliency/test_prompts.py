"""Saliency from words: relevance against plain implementations, tiles, phrases, and every way to fail."""

from __future__ import annotations

import json
import math
import sys
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold import saliency, vectorize
from huefold.cli import main
from huefold.errors import (
    Cancelled,
    HuefoldError,
    MissingExtraError,
    OptionError,
    SaliencyError,
    WeightsError,
)
from huefold.progress import CancelToken, Reporter
from huefold.saliency import Phrase, Prompt, prompt
from huefold.saliency.phrases import LEVELS, combined, relevancy, rounded, split_phrases
from huefold.saliency.tiles import Tile, cut, merge, tiles_over

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.saliency.text_models import save_clip, save_clipseg  # noqa: E402

from huefold.models import load_relevance_model  # noqa: E402
from huefold.models.clip import ClipModel, rollout  # noqa: E402
from huefold.models.relevance import Evidence  # noqa: E402


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    return save_clip(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="module")
def clipseg_folder(tmp_path_factory):
    return save_clipseg(tmp_path_factory.mktemp("models") / "clipseg")


@pytest.fixture(scope="module")
def clip(clip_folder):
    return ClipModel(clip_folder)


@pytest.fixture(scope="module")
def photo():
    rows, columns = np.mgrid[:40, :60] / 60
    smooth = np.stack([columns, rows, 0.5 + 0.4 * np.sin(9 * columns)], axis=2)
    smooth[10:25, 30:50] = (0.9, 0.2, 0.1)
    return smooth.astype(np.float32)


# Relevance


def attention_by_hand(model, pixels, *, replaced=None):
    """Run a CLIP vision transformer in float64 from its parameters alone; return attentions and embedding.

    `replaced` maps a block's number to the attention to use there instead of its own.
    """
    p = {name: value.double() for name, value in model.named_parameters()}
    config = model.config.vision_config
    heads, depth = config.num_attention_heads, config.hidden_size // config.num_attention_heads
    at = "vision_model."

    def norm(x, name):
        centred = x - x.mean(-1, keepdim=True)
        spread = (centred**2).mean(-1, keepdim=True) + config.layer_norm_eps
        return centred / spread.sqrt() * p[name + ".weight"] + p[name + ".bias"]

    def linear(x, name):
        return x @ p[name + ".weight"].T + p[name + ".bias"]

    size = config.patch_size
    grid = pixels.double().unfold(2, size, size).unfold(3, size, size)  # B, 3, G, G, size, size
    patches = grid.permute(0, 2, 3, 1, 4, 5).reshape(len(pixels), -1, 3 * size * size)
    x = patches @ p[at + "embeddings.patch_embedding.weight"].reshape(config.hidden_size, -1).T
    token = p[at + "embeddings.class_embedding"].expand(len(pixels), 1, -1)
    x = torch.cat([token, x], dim=1) + p[at + "embeddings.position_embedding.weight"]
    x = norm(x, at + "pre_layrnorm")
    attentions = []
    for block in range(config.num_hidden_layers):
        here = f"{at}encoder.layers.{block}."
        y = norm(x, here + "layer_norm1")
        query, key, value = (
            linear(y, f"{here}self_attn.{kind}_proj").unflatten(-1, (heads, depth)).transpose(1, 2)
            for kind in "qkv"
        )
        scores = torch.softmax(query @ key.mT / math.sqrt(depth), dim=-1)
        scores = (replaced or {}).get(block, scores)
        attentions.append(scores)
        x = x + linear((scores @ value).transpose(1, 2).flatten(2), here + "self_attn.out_proj")
        z = linear(norm(x, here + "layer_norm2"), here + "mlp.fc1")
        x = x + linear(z * torch.sigmoid(1.702 * z), here + "mlp.fc2")
    picture = norm(x[:, 0], at + "post_layernorm") @ p["visual_projection.weight"].T
    return attentions, picture


def logit_by_hand(model, picture, text):
    cosine = picture @ text.double() / (picture.norm(dim=-1) * text.double().norm())
    return model.logit_scale.double().exp() * cosine


def rollout_by_hand(attentions, gradients):
    """Equations 5 and 6 of Chefer et al., entry by entry, for one picture."""
    tokens = attentions[0].shape[-1]
    relevance = np.eye(tokens)
    for weights, gradient in zip(attentions, gradients, strict=True):
        cam = np.zeros((tokens, tokens))
        for head in range(len(weights)):
            for i in range(tokens):
                for j in range(tokens):
                    cam[i, j] += max(0.0, float(gradient[head, i, j]) * float(weights[head, i, j])) / len(
                        weights
                    )
        relevance = relevance + cam @ relevance
    side = math.isqrt(tokens - 1)
    return np.array([relevance[0, 1 + k] for k in range(side * side)]).reshape(side, side)


def pixels_for(model, seed=0, count=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((count, 3, model.side, model.side), generator=generator)


@pytest.mark.slow
@pytest.mark.parametrize("first_block", [-1, 0, 1])
def test_relevance_is_that_of_a_plain_implementation(clip_folder, first_block):
    model = ClipModel(clip_folder, first_block=first_block)
    pixels, texts = pixels_for(model), model.embed(["a cat", "the wall"])
    evidence = model.predict(pixels, texts, 2)
    for phrase in range(2):
        for picture in range(len(pixels)):
            attentions, embedding = attention_by_hand(model._clip, pixels[picture : picture + 1])
            logit = logit_by_hand(model._clip, embedding, texts[phrase])
            assert evidence.logits[picture, phrase].item() == pytest.approx(logit.item(), abs=1e-4)
            first = first_block % 3
            gradients = [
                total_gradient(model._clip, pixels[picture : picture + 1], texts[phrase], k)
                for k in range(first, 3)
            ]
            plain = rollout_by_hand([a[0] for a in attentions[first:]], [g[0] for g in gradients])
            np.testing.assert_allclose(
                evidence.relevance[picture, phrase].numpy(), plain, rtol=1e-3, atol=1e-5 * plain.max()
            )


def total_gradient(model, pixels, text, block):
    """Return the gradient of the logit with respect to one block's attention, later blocks reacting to it."""
    attentions, _ = attention_by_hand(model, pixels)
    chosen = attentions[block].detach().requires_grad_()
    _, picture = attention_by_hand(model, pixels, replaced={block: chosen})
    return torch.autograd.grad(logit_by_hand(model, picture, text).sum(), chosen)[0]


@pytest.mark.parametrize("block", [0, 2])
def test_the_gradient_of_the_attention_agrees_with_central_differences(clip, block):
    pixels, text = pixels_for(clip, seed=1, count=1), clip.embed(["a cat"])
    model, step = ClipModel.__new__(ClipModel), 1e-6
    model.__dict__.update(clip.__dict__ | {"_first": block})
    attention, logits = model._attend(pixels, text)
    gradient = torch.autograd.grad(logits.sum(), attention[0])[0].double()
    own, _ = attention_by_hand(clip._clip, pixels)
    generator = np.random.default_rng(0)
    scale = float(gradient.abs().max())
    assert scale > 1e-3  # or nothing would be tested
    for _ in range(12):
        head, i, j = (int(generator.integers(n)) for n in own[block].shape[1:])
        values = []
        for sign in (1, -1):
            moved = own[block].detach().clone()
            moved[0, head, i, j] += sign * step
            _, picture = attention_by_hand(clip._clip, pixels, replaced={block: moved})
            values.append(logit_by_hand(clip._clip, picture, text[0]).item())
        numeric = (values[0] - values[1]) / (2 * step)
        assert float(gradient[0, head, i, j]) == pytest.approx(numeric, rel=2e-3, abs=1e-4 * scale)


def test_a_rollout_counts_only_what_speaks_for_the_text():
    attention = torch.full((1, 1, 5, 5), 0.2)
    gradient = torch.zeros(1, 1, 5, 5)
    gradient[0, 0, 0, 1:] = torch.tensor([1.0, -1.0, 0.0, 3.0])
    relevance = rollout([attention], [gradient], first_of_grid=1)
    torch.testing.assert_close(relevance, torch.tensor([[[0.2, 0.0], [0.0, 0.6]]]))


def test_tiles_do_not_see_each_other(clip):
    pixels, texts = pixels_for(clip, count=3), clip.embed(["a cat", "a dog"])
    together = clip.predict(pixels, texts, 2)
    for k in range(3):
        alone = clip.predict(pixels[k : k + 1], texts, 2)
        torch.testing.assert_close(together.relevance[k], alone.relevance[0], rtol=1e-4, atol=1e-6)


def test_clipseg_gives_what_its_own_forward_pass_gives(clipseg_folder):
    model = load_relevance_model(clipseg_folder)
    assert model.side == 48
    pixels, texts = pixels_for(model), model.embed(["a cat", "the wall", "a lamp"])
    evidence = model.predict(pixels, texts, 2)
    for phrase in range(2):
        with torch.no_grad():
            own = model._model(pixel_values=pixels, conditional_embeddings=texts[phrase].expand(2, -1))
        torch.testing.assert_close(evidence.relevance[:, phrase], own.logits.sigmoid(), rtol=1e-4, atol=1e-6)
        cosine = torch.cosine_similarity(own.pooled_output, texts[phrase][None])
        torch.testing.assert_close(
            evidence.logits[:, phrase], cosine * model._model.clip.logit_scale.exp(), rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize(("image", "patch"), [(32, 16), (48, 8)])
def test_other_patch_sizes_work(tmp_path, image, patch, photo):
    folder = save_clip(tmp_path / "clip", image=image, patch=patch, layers=2)
    model = ClipModel(folder)
    grid = image // patch
    assert model.predict(pixels_for(model), model.embed(["a cat"]), 1).relevance.shape == (2, 1, grid, grid)
    assert prompt("a cat", model=folder).predict(photo).saliency.shape == (40, 60)


def test_without_a_preprocessor_clips_own_normalisation_is_used(tmp_path):
    model = ClipModel(save_clip(tmp_path / "clip", preprocessor=False))
    assert model.mean == pytest.approx((0.4815, 0.4578, 0.4082), abs=1e-4)
    assert ClipModel(save_clip(tmp_path / "other")).mean == (0.5, 0.4, 0.3)


# Tiles

SHAPES = st.tuples(st.integers(1, 200), st.integers(1, 200))


@given(SHAPES)
def test_tiles_of_each_scale_cover_the_picture(shape):
    tiles = tiles_over(shape)
    for scale in (0, 1):
        count = np.zeros(shape, int)
        for tile in tiles:
            if tile.scale == scale:
                top, left = max(0, tile.y), max(0, tile.x)
                part = count[top : tile.y + tile.side, left : tile.x + tile.side]
                assert part.size > 0
                part += 1
        assert count.min() >= 1
    assert len(tiles) <= 7 + 15 * 3


def test_a_long_picture_needs_no_more_tiles_than_one_four_times_as_long_as_high():
    assert len(tiles_over((100, 40_000))) <= len(tiles_over((100, 400)))
    assert len(tiles_over((1, 1))) == 2


def test_neighbouring_tiles_overlap_by_half_or_more():
    large = [tile for tile in tiles_over((200, 333)) if tile.scale == 0]
    assert all(b.x - a.x <= a.side / 2 + 1 for a, b in pairwise(large))


def test_cutting_at_its_own_size_only_normalises():
    rgb = np.random.default_rng(0).random((8, 8, 3))
    pixels = cut(rgb, Tile(2, 1, 4, 0), 4, (0.5, 0.4, 0.3), (0.2, 0.25, 0.5))
    expected = (rgb[1:5, 2:6] - (0.5, 0.4, 0.3)) / (0.2, 0.25, 0.5)
    np.testing.assert_allclose(pixels, expected.transpose(2, 0, 1), rtol=1e-5)


def test_what_lies_outside_the_picture_is_the_mean_colour():
    pixels = cut(np.ones((2, 4, 3)), Tile(0, -1, 4, 0), 4, (0.5,) * 3, (0.5,) * 3)
    np.testing.assert_array_equal(pixels[0], [[0] * 4, [1] * 4, [1] * 4, [0] * 4])


def merge_by_hand(tiles, found, trust, shape):
    """Merge pixel by pixel, for grids of the tiles' own size."""
    scales = []
    for scale in sorted({tile.scale for tile in tiles}):
        values = np.zeros(shape)
        for y in range(shape[0]):
            for x in range(shape[1]):
                total = weight = 0.0
                for tile, grid, sure in zip(tiles, found, trust, strict=True):
                    i, j = y - tile.y, x - tile.x
                    if tile.scale != scale or not (0 <= i < tile.side and 0 <= j < tile.side):
                        continue
                    window = np.prod([math.sin(math.pi * (k + 0.5) / tile.side) ** 2 + 1e-3 for k in (i, j)])
                    total += window * sure * grid[i, j]
                    weight += window
                values[y, x] = total / weight
        scales.append((values - values.min()) / (values.max() - values.min()))
    mean = np.mean(scales, axis=0)
    return (mean - mean.min()) / (mean.max() - mean.min())


@settings(max_examples=20, deadline=None)
@given(st.tuples(st.integers(2, 12), st.integers(2, 12)), st.integers(0, 99))
def test_merging_is_what_it_says(shape, seed):
    generator = np.random.default_rng(seed)
    tiles = tiles_over(shape)
    found = [generator.random((tile.side, tile.side)) for tile in tiles]
    trust = list(generator.uniform(0.1, 1.0, len(tiles)))
    plain = merge_by_hand(tiles, found, trust, shape)
    np.testing.assert_allclose(merge(tiles, found, trust, shape), plain, atol=1e-5)


def test_an_object_in_one_small_tile_stands_out_where_it_is():
    shape = (60, 90)
    tiles = tiles_over(shape)
    inside = [tile.x <= 70 < tile.x + tile.side and tile.y <= 15 < tile.y + tile.side for tile in tiles]
    found = []
    for tile, has in zip(tiles, inside, strict=True):
        grid = np.full((7, 7), 0.02)
        if has:
            grid[int((15 - tile.y) * 7 / tile.side), int((70 - tile.x) * 7 / tile.side)] = 1.0
        found.append(grid)
    merged = merge(tiles, found, [0.9 if has else 0.1 for has in inside], shape)
    row, column = np.unravel_index(merged.argmax(), shape)
    assert abs(row - 15) <= 5
    assert abs(column - 70) <= 5
    assert merged[:, :40].max() < 0.2


def test_equal_relevance_everywhere_is_no_guidance_and_no_division_by_zero():
    tiles = tiles_over((30, 50))
    flat = merge(tiles, [np.full((4, 4), 0.3)] * len(tiles), [0.0] * len(tiles), (30, 50))
    assert np.unique(flat).tolist() == [0.5]


# Phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("the sofa & the cat", ("the sofa", "the cat")),
        ("  the   sofa ", ("the sofa",)),
        (["a", "b & c", "a"], ("a", "b", "c")),
        ("rock'n'roll, loud", ("rock'n'roll, loud",)),
    ],
)
def test_phrases_are_told_apart(text, phrases):
    assert split_phrases(text) == phrases


@pytest.mark.parametrize("text", ["", "  ", "the cat &", "&", "...", ["the cat", ""], [3]])
def test_phrases_that_say_nothing_are_refused(text):
    with pytest.raises(OptionError, match="a phrase must"):
        prompt(text)


def test_a_prompt_needs_a_phrase():
    with pytest.raises(OptionError, match="at least one phrase"):
        prompt()


class Oracle:
    """A model that finds a phrase where the picture has a colour: what a perfect one would do."""

    name, side, mean, std = "oracle", 16, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    colors = MappingProxyType({"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)})

    def __init__(self, most=10**9):
        self.most, self.batches = most, []

    def embed(self, texts):
        self.texts = texts
        return torch.arange(len(texts))

    def predict(self, tiles, texts, explained):
        if len(tiles) > self.most:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        self.batches.append(len(tiles))
        relevance = torch.zeros(len(tiles), explained, self.side, self.side)
        logits = torch.zeros(len(tiles), len(texts))
        for k, text in enumerate(self.texts):
            for word, color in self.colors.items():
                if word in text:
                    near = 1 - (tiles - torch.tensor(color)[None, :, None, None]).abs().amax(dim=1).clamp(
                        max=1
                    )
                    logits[:, k] = torch.where(near.amax(dim=(1, 2)) > 0.5, 4.0, -4.0)
                    if k < explained:
                        relevance[:, k] = near
        return Evidence(relevance, logits)


@pytest.fixture
def flags():
    """A grey picture with a red and a green square."""
    rgb = np.full((48, 72, 3), 0.5, np.float32)
    rgb[8:20, 8:20] = (1, 0, 0)
    rgb[30:40, 50:60] = (0, 1, 0)
    return rgb


def test_a_phrase_is_found_where_it_is(flags):
    found = prompt("something red", model=Oracle()).predict(flags)
    assert found.notes == ()
    assert found.saliency[14, 14] > 0.9
    assert found.saliency[35, 55] < 0.1
    assert found.saliency.shape == (48, 72)
    assert found.saliency.dtype == np.float32


def test_several_phrases_have_a_map_each_and_their_maximum(flags):
    found = prompt(["red", "green"], model=Oracle()).predict(flags)
    assert [phrase.text for phrase in found.wanted] == ["red", "green"]
    red, green = (phrase.saliency for phrase in found.wanted)
    assert red[14, 14] > 0.9 > 0.1 > red[35, 55]
    assert green[35, 55] > 0.9 > 0.1 > green[14, 14]
    np.testing.assert_array_equal(found.saliency, np.maximum(red, green))


def test_what_is_to_be_avoided_lowers_the_map(flags):
    both = prompt("red & green", model=Oracle()).predict(flags).saliency
    less = prompt("red & green", avoid="green", model=Oracle()).predict(flags).saliency
    assert (less <= both).all()
    assert less[35, 55] < 0.1
    assert less[14, 14] > 0.9
    alone = prompt(avoid="green", model=Oracle()).predict(flags).saliency
    assert alone[35, 55] < 0.1
    assert alone[14, 14] > 0.9


def test_an_absent_phrase_is_noticed_and_counts_in_part(flags):
    found = prompt("red & blue", avoid="blue", model=Oracle()).predict(flags)
    assert [phrase.present for phrase in found.wanted] == [True, False]
    assert len(found.notes) == 2
    assert "'blue' does not seem to be in the picture" in found.notes[0]
    red = found.wanted[0].saliency
    assert np.abs(found.saliency - red).max() < 0.1


def test_where_all_is_absent_the_maps_still_count(flags):
    found = prompt("blue", model=Oracle()).predict(flags)
    np.testing.assert_array_equal(found.saliency, found.wanted[0].saliency)


def test_called_as_a_function_it_warns_of_absent_phrases(flags):
    with pytest.warns(UserWarning, match="'blue' does not seem"):
        prompt("blue", model=Oracle())(flags)
    assert prompt("red", model=Oracle())(flags).shape == (48, 72)


@given(
    st.lists(st.floats(-500, 500), min_size=6, max_size=6),
)
def test_scores_lie_between_0_and_1_and_say_which_is_larger(logits):
    (score,) = relevancy(np.array([logits]), 2)[0][:1]
    assert 0.0 <= score <= 1.0
    difference = logits[0] - max(logits[2:])
    direct = 1 / (1 + math.exp(min(700, -difference)))
    assert score == pytest.approx(direct, abs=1e-12)


@given(st.integers(0, 999), st.floats(0, 1), st.floats(0, 1))
def test_combined_maps_stay_in_range_and_avoiding_never_raises(seed, score, other):
    generator = np.random.default_rng(seed)
    a, b = (Phrase("x", generator.random((3, 4)).astype(np.float32), s) for s in (score, other))
    plain = combined([a], [], (3, 4))
    lowered = combined([a], [b], (3, 4))
    assert 0.0 <= lowered.min() <= plain.max() <= 1.0
    assert (lowered <= plain).all()


# Runs


def test_the_same_map_every_time_and_by_any_number_of_threads(tmp_path, photo):
    folder = save_clip(tmp_path / "clip", image=224, patch=16)  # large enough for PyTorch to share the work
    before = torch.get_num_threads()
    maps = []
    try:
        for threads in (1, 2, 1):
            torch.set_num_threads(threads)
            maps.append(prompt("a cat", model=folder).predict(photo).saliency)
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert all(np.array_equal(maps[0], one) for one in maps)
    assert maps[0].std() > 0.01


def test_maps_are_whole_steps():
    values = rounded(np.array([[0.1, 1 / 3]])) * LEVELS
    np.testing.assert_array_equal(values, np.round(values))


@pytest.mark.parametrize("most", [1, 3])
def test_short_memory_means_smaller_batches_and_the_same_map(flags, most):
    tight = Oracle(most=most)
    expected = prompt("red", model=Oracle()).predict(flags).saliency
    np.testing.assert_array_equal(prompt("red", model=tight).predict(flags).saliency, expected)
    assert max(tight.batches) <= most
    assert sum(tight.batches) == len(tiles_over(flags.shape[:2]))


def test_no_memory_at_all_is_said(flags):
    with pytest.raises(HuefoldError, match="not enough memory for oracle, even tile by tile"):
        prompt("red", model=Oracle(most=0)).predict(flags)


def test_other_failures_of_a_model_are_not_taken_for_memory(flags):
    class Broken(Oracle):
        def predict(self, *_):
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        prompt("red", model=Broken()).predict(flags)


def test_progress_is_told_and_a_search_can_be_stopped(flags):
    heard = []
    prompt("red", model=Oracle()).predict(
        flags, report=lambda fraction, message: heard.append((fraction, message))
    )
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 2
    token = CancelToken()
    model = Oracle()

    def cancel_soon(progress):
        if progress.fraction > 0:
            token.cancel()

    with pytest.raises(Cancelled):
        prompt("red", model=model).predict(flags, report=Reporter("saliency", cancel_soon, token))
    assert 0 < sum(model.batches) < len(tiles_over(flags.shape[:2]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 2), (200, 3)])
def test_pictures_of_any_shape(clip, shape):
    found = prompt("a cat", model=clip).predict(np.random.default_rng(0).random((*shape, 3)))
    assert found.saliency.shape == shape
    assert np.isfinite(found.saliency).all()


@pytest.mark.parametrize("rgb", [np.zeros((4, 4)), np.zeros((4, 4, 3), int), np.full((4, 4, 3), np.nan)])
def test_what_is_no_picture_is_refused(rgb):
    with pytest.raises(SaliencyError):
        prompt("red", model=Oracle()).predict(rgb)


def test_a_phrase_longer_than_the_model_reads_is_refused(clip, photo):
    with pytest.raises(OptionError, match=r"more than the model reads \(77\)"):
        prompt("cat " * 40, model=clip).predict(photo)


@pytest.mark.parametrize("block", [3, -4, True, 1.0])
def test_blocks_that_are_not_there(clip_folder, block):
    with pytest.raises(OptionError, match="first_block must be a whole number from -3 to 2"):
        ClipModel(clip_folder, first_block=block)


def test_devices_that_are_not_there(clip_folder, clipseg_folder):
    with pytest.raises(OptionError, match="device 'abacus' cannot be used"):
        load_relevance_model(clip_folder, device="abacus")
    with pytest.raises(OptionError, match="CLIPSeg has no rollout"):
        load_relevance_model(clipseg_folder, first_block=0)


# What can be wrong with a folder


def test_models_of_another_kind_are_named(tmp_path):
    folder = save_clip(tmp_path / "clip")
    (folder / "config.json").write_text('{"model_type": "sam"}')
    with pytest.raises(
        WeightsError, match="of type 'sam'; a text prompt needs one of type 'clip' or 'clipseg'"
    ):
        load_relevance_model(folder)


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}", '{"model_type": null}'])
def test_broken_configurations_are_named(tmp_path, content):
    folder = save_clip(tmp_path / "clip")
    (folder / "config.json").write_text(content)
    with pytest.raises(WeightsError, match=r"config.json"):
        load_relevance_model(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "preprocessor_config.json"])
@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_truncated_files_are_told(tmp_path, file, kept):
    folder = save_clip(tmp_path / "clip")
    data = (folder / file).read_bytes()
    (folder / file).write_bytes(data[: int(kept * len(data))])
    with pytest.raises(WeightsError) as caught:
        load_relevance_model(folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_tensors_are_not_made_up(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_clip(tmp_path / "clip")
    state = load_file(folder / "model.safetensors")
    del state["visual_projection.weight"]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsError, match=r"lack 1 tensors of a CLIPModel \(visual_projection.weight"):
        load_relevance_model(folder)


def test_weights_as_pickles_work(tmp_path, photo):
    from safetensors.torch import load_file

    folder = save_clip(tmp_path / "clip")
    expected = prompt("a cat", model=folder).predict(photo).saliency
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    np.testing.assert_array_equal(prompt("a cat", model=folder).predict(photo).saliency, expected)


@pytest.mark.parametrize("module", ["torch", "transformers"])
def test_without_the_packages_the_line_says_what_to_install(monkeypatch, photo, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"needs {module}.*: pip install 'huefold\[models\]'"):
        prompt("a cat").predict(photo)


# Through the pipeline and the command line


def test_a_prompt_guides_a_drawing_and_is_in_the_report(flags):
    result = vectorize(flags, paths=6, preset="fast", saliency=prompt("red & blue", model=Oracle()))
    assert result.report.options["prompt"] == ["red", "blue"]
    assert result.report.options["saliency"] == "prompt"
    assert result.report.options["prompt_model"] == "oracle"
    assert any("'blue' does not seem to be in the picture" in note for note in result.report.notes)
    np.testing.assert_array_equal(
        result.saliency, prompt("red & blue", model=Oracle()).predict(flags).saliency
    )


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    return left.value.code, capsys.readouterr()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["clip", "clipseg"])
def test_prompts_on_the_command_line(tmp_path, capsys, clip_folder, clipseg_folder, kind):
    folder = {"clip": clip_folder, "clipseg": clipseg_folder}[kind]
    outputs = [tmp_path / f"{k}.svg" for k in range(2)]
    for output in outputs:
        code, said = run(
            capsys, "vectorize", "sample:cat", "-o", output, "--paths", 16, "--preset", "fast",
            "--prompt", "the cat & its ears", "--prompt", "whiskers", "--avoid", "the wall",
            "--models", folder.parent, "--prompt-model", folder.name, "--report", tmp_path / "report.json",
        )  # fmt: skip
        assert code == 0, said.err
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert outputs[0].read_text().count("<path") <= 16
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["options"]["prompt"] == ["the cat", "its ears", "whiskers"]
    assert report["options"]["avoid"] == ["the wall"]
    unguided = tmp_path / "unguided.svg"
    run(capsys, "vectorize", "sample:cat", "-o", unguided, "--paths", 16, "--preset", "fast", "-q")
    assert unguided.read_bytes() != outputs[0].read_bytes()


def test_prompts_when_a_drawing_is_refined(tmp_path, capsys, clip_folder):
    drawing = tmp_path / "in.svg"
    drawing.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="451" height="300"><path d="M99 50H300V200Z"/></svg>'
    )
    code, said = run(
        capsys, "refine", drawing, "sample:cat", "-o", tmp_path / "out.svg", "--preset", "fast", "--steps", 3,
        "--prompt", "the cat", "--prompt-model", clip_folder, "--report", tmp_path / "report.json",
    )  # fmt: skip
    assert code == 0, said.err
    assert json.loads((tmp_path / "report.json").read_text())["options"]["prompt"] == ["the cat"]


def test_what_the_command_line_says_when_it_cannot_ask(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HUEFOLD_MODELS", raising=False)
    output = tmp_path / "out.svg"
    start = ("vectorize", "sample:cat", "-o", output)
    code, said = run(capsys, *start, "--prompt", "the cat")
    assert code == 1
    assert said.err.startswith("huefold: error: no weights of openai/clip-vit-base-patch32 on this machine")
    assert "--download" in said.err
    code, said = run(capsys, *start, "--prompt", "the cat", "--saliency", "auto")
    assert (code, "give one of them" in said.err) == (2, True)
    code, said = run(capsys, *start, "--prompt", "")
    assert (code, "a phrase must say something" in said.err) == (2, True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, said = run(capsys, *start, "--prompt", "the cat", "--download")
    assert (code, "HF_HUB_OFFLINE is set" in said.err) == (1, True)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, said = run(capsys, *start, "--prompt", "the cat")
    assert (code, said.err) == (
        2,
        "huefold: error: a text prompt needs torch: pip install 'huefold[models]'\n",
    )
    assert not output.exists()


def test_flags_make_the_prompt_that_python_makes():
    from huefold.options import Options
    from huefold.run.sources import named_saliency

    options = Options(prompt="the sofa & cat", avoid=["a", "b"], prompt_model="x/y", models="/m")
    assert named_saliency(options) == prompt("the sofa & cat", avoid=["a", "b"], model="x/y", folder="/m")
    assert named_saliency(Options(saliency="auto")) == "auto"
    assert isinstance(saliency.prompt("x"), Prompt)
