"""Segment Anything on tiny models: loading, the published format, framing, and the command line end to end."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tests.segment.anything import sam_models  # noqa: E402

from huefold import vectorize  # noqa: E402
from huefold.cli import main  # noqa: E402
from huefold.errors import MissingExtraError, SegmentationError, WeightsError  # noqa: E402
from huefold.segment import from_masks  # noqa: E402
from huefold.segment.anything import MaskSettings, SegmentAnything, subdivided  # noqa: E402
from huefold.segment.anything.checkpoint import converted, sam_config, size_name, transformers_name  # noqa: E402
from huefold.segment.anything.load import load_network  # noqa: E402
from huefold.segment.anything.network import Frame, framed, full_size  # noqa: E402

LOOSE = MaskSettings(points_per_side=6, predicted_iou=0.5, stability=0.3, nms=0.9, min_area=4)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads that wait for one another cost tiny models more than all else."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("models")
    made = {"sam": sam_models.tiny_sam(), "sam2": sam_models.tiny_sam2()}
    for name, model in made.items():
        model.save_pretrained(place / name)
    torch.save(as_published(made["sam"]), place / "sam.pth")
    return {**{name: place / name for name in made}, "pth": place / "sam.pth"}


def as_published(model: Any) -> dict[str, Any]:
    """Return a model's tensors under the names of the published checkpoints."""
    state = model.state_dict()
    tensors = sam_models.published_tensors()
    return {tensor.name: state[tensor.new_name].clone() for tensor in tensors if tensor.new_name in state}


def picture(height: int = 60, width: int = 90) -> np.ndarray:
    y, x = np.indices((height, width)) / max(height, width)
    return np.stack([x, y, (x * 6).astype(int) % 2 * 0.5], axis=2).astype(np.float32)


@pytest.mark.parametrize("kind", ["sam", "sam2", "pth"])
def test_tiny_models_give_masks_and_a_partition(folders: dict[str, Path], kind: str) -> None:
    rgb = picture()
    segmenter = SegmentAnything(folders[kind], settings=LOOSE, device="cpu")
    found = segmenter.masks(rgb)
    assert len(found) >= 1 and found.masks.shape[1:] == (60, 90)
    assert (found.quality > 0.5).all() and (found.stability >= 0.3).all()
    areas = found.masks.sum(axis=(1, 2))
    assert (np.diff(areas) <= 0).all() and areas.min() > 0
    again = SegmentAnything(folders[kind], settings=LOOSE, device="cpu")(rgb)
    np.testing.assert_array_equal(again, found.masks)
    partition = segmenter.partition(rgb, regions=20)
    assert sorted(set(partition.ravel().tolist())) == list(range(partition.max() + 1))
    assert partition.max() + 1 >= 20


def test_a_published_checkpoint_gives_the_same_tensors(folders: dict[str, Path]) -> None:
    original = sam_models.tiny_sam().state_dict()
    loaded = load_network(folders["pth"], "cpu")._model.state_dict()
    assert loaded.keys() == original.keys()
    for name, tensor in original.items():
        assert torch.equal(loaded[name], tensor), name
    np.testing.assert_array_equal(
        SegmentAnything(folders["pth"], settings=LOOSE)(picture()),
        SegmentAnything(folders["sam"], settings=LOOSE)(picture()),
    )


def test_each_published_tensor_gets_the_name_that_transformers_gives_it() -> None:
    tensors = sam_models.published_tensors()
    assert len({tensor.name for tensor in tensors}) == len(tensors)
    assert {tensor.name: transformers_name(tensor.name) for tensor in tensors} == {
        tensor.name: tensor.new_name for tensor in tensors
    }


@pytest.mark.parametrize(
    ("size", "width", "depth", "heads", "watching", "count"),
    [
        ("ViT-B", 768, 12, 12, [2, 5, 8, 11], 314),
        ("ViT-L", 1024, 24, 16, [5, 11, 17, 23], 482),
        ("ViT-H", 1280, 32, 16, [7, 15, 23, 31], 594),
    ],
)
def test_the_three_published_models_fill_those_of_transformers(
    size: str, width: int, depth: int, heads: int, watching: list[int], count: int
) -> None:
    vision = {"hidden_size": width, "num_hidden_layers": depth, "num_attention_heads": heads}
    config = transformers.SamConfig(vision_config={**vision, "global_attn_indexes": watching})
    with torch.device("meta"):
        model = transformers.SamModel(config)
        tensors = sam_models.published_tensors()
        published = {t.name: torch.empty(t.shapes[size]) for t in tensors if size in t.shapes}
    assert len(published) == count
    shapes = {name: tuple(tensor.shape) for name, tensor in converted(published).items()}
    assert shapes == {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert size_name(shapes) == size
    told = sam_config(shapes, Path("sam.pth"))
    assert told["vision_config"]["global_attn_indexes"] == watching
    for part, values in told.items():
        for name, value in values.items():
            expected = getattr(getattr(config, part), name)
            assert value == (list(expected) if isinstance(expected, list | tuple) else expected), name


def test_files_that_are_not_sam_are_told_apart(folders: dict[str, Path], tmp_path: Path) -> None:
    state = torch.load(folders["pth"], weights_only=True)

    def saved(name: str, tensors: dict[str, Any]) -> Path:
        torch.save(tensors, tmp_path / name)
        return tmp_path / name

    neck, token = "image_encoder.neck.0.weight", "mask_decoder.iou_token.weight"
    whole = folders["pth"].read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.pth").write_text("not a checkpoint")
    cases = {
        saved("other.pth", {"layer.weight": torch.zeros(2)}): "not a checkpoint of Segment Anything",
        saved("new.pth", sam_models.tiny_sam().state_dict()): "give the folder it lies in",
        saved("less.pth", {k: v for k, v in state.items() if k != token}): "misses mask_decoder.iou_token",
        saved("neckless.pth", {k: v for k, v in state.items() if k != neck}): "it has no vision_encoder.neck",
        saved("shape.pth", {**state, token: torch.zeros(1, 33)}): "iou_token.weight of another shape",
        saved("flat.pth", {**state, "image_encoder.pos_embed": torch.zeros(8)}): "other dimensions",
        saved("more.pth", {**state, "image_encoder.extra.weight": torch.zeros(2)}): "extra.weight",
        tmp_path / "cut.pth": "cut.pth",
        tmp_path / "text.pth": "text.pth",
        tmp_path / "none.pth": "none.pth",
    }
    for path, message in cases.items():
        with pytest.raises(WeightsError, match=message) as caught:
            load_network(path, "cpu")
        assert "\n" not in str(caught.value)


def test_folders_that_are_not_sam_are_told_apart(folders: dict[str, Path], tmp_path: Path) -> None:
    def copied(name: str) -> Path:
        place = tmp_path / name
        place.mkdir()
        for file in folders["sam"].iterdir():
            (place / file.name).write_bytes(file.read_bytes())
        return place

    other, cut, bare, broken, untyped = map(copied, ("other", "cut", "bare", "broken", "untyped"))
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "model_type": "clip"}))
    weights = (cut / "model.safetensors").read_bytes()
    (cut / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    (bare / "model.safetensors").unlink()
    (broken / "config.json").write_text("{")
    (untyped / "config.json").write_text("{}")
    cases = {other: "type 'clip'", cut: "model.safetensors", bare: "incomplete", broken: "config.json"}
    cases[untyped] = "config.json does not describe a model: it has no model_type"
    for folder, message in cases.items():
        with pytest.raises(WeightsError, match=message):
            SegmentAnything(folder)(picture())
    config["vision_config"]["hidden_size"] = 24
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="of another shape"):
        SegmentAnything(other)(picture())


def test_devices_that_are_not_there_are_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(SegmentationError, match="device must be"):
        SegmentAnything(folders["sam"], device="abacus")(picture())
    if not torch.cuda.is_available():
        with pytest.raises(SegmentationError, match="'cuda' is not there"):
            SegmentAnything(folders["sam"], device="cuda")(picture())


def test_a_model_that_runs_out_of_memory_gets_fewer_points(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    segmenter = SegmentAnything(folders["sam"], settings=LOOSE, device="cpu")
    whole = segmenter(picture())
    forward = transformers.SamModel.forward

    def narrow(self: Any, *args: Any, **keywords: Any) -> Any:
        asked.append(keywords["input_points"].shape[1])
        if asked[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(self, *args, **keywords)

    monkeypatch.setattr(transformers.SamModel, "forward", narrow)
    found = segmenter(picture())
    assert asked[:3] == [8, 4, 2] and set(asked[2:]) <= {1, 2}
    assert (found == whole).mean() > 0.999  # the sums inside differ in their last bits

    def full(*_: Any, **__: Any) -> Any:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(transformers.SamModel, "get_image_embeddings", full)
    with pytest.raises(SegmentationError, match="use a smaller one"):
        segmenter(picture())


@pytest.mark.parametrize("shape", [(60, 90), (90, 60), (128, 128), (300, 200), (1, 40)])
@pytest.mark.parametrize("keep", [True, False])
def test_what_goes_into_the_frame_comes_back_out_in_place(shape: tuple[int, int], keep: bool) -> None:
    frame = Frame.of(shape, 128, keep_proportions=keep)
    y, x = np.indices(shape) + 0.5
    ramp = np.stack([x / shape[1], y / shape[0], np.zeros(shape)], axis=2).astype(np.float32)
    pixels = framed(ramp, frame)
    assert pixels.shape == (1, 3, 128, 128)
    assert not pixels[0, :, frame.rows :].any() and not pixels[0, :, :, frame.columns :].any()
    mean, deviation = torch.tensor([0.485, 0.456]), torch.tensor([0.229, 0.224])
    low = torch.nn.functional.avg_pool2d(pixels, 4)[0, :2] * deviation[:, None, None] + mean[:, None, None]
    back = full_size(low, frame).numpy()
    margin = [
        max(1, length // 16) if length > 16 else 0 for length in shape
    ]  # the edges blend with what is beyond
    inner = np.s_[:, margin[0] : shape[0] - margin[0], margin[1] : shape[1] - margin[1]]
    if min(frame.rows, frame.columns) >= 16:
        np.testing.assert_allclose(back[inner], np.moveaxis(ramp[..., :2], 2, 0)[inner], atol=0.04)


def test_masks_agree_with_transformers_own_post_processing() -> None:
    frame = Frame.of((60, 90), 128, keep_proportions=True)
    low = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(0))
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    theirs = SamImageProcessorPil(pad_size={"height": 128, "width": 128}).post_process_masks(
        [low[None]], [(60, 90)], [(frame.rows, frame.columns)], binarize=False
    )[0][0]
    torch.testing.assert_close(full_size(low, frame), theirs)


def test_subdividing_keeps_all_borders_and_meets_the_number() -> None:
    rgb = np.random.default_rng(0).random((40, 50, 3), dtype=np.float32)
    halves = np.zeros((2, 40, 50), bool)
    halves[0, :, :25] = halves[1, :, 25:] = True
    coarse = from_masks(halves, rgb)
    for regions in (1, 2, 3, 40):
        finer = subdivided(coarse, rgb, regions=regions)
        assert finer.max() + 1 == max(2, regions)
        owners = {(int(f), int(c)) for f, c in zip(finer.ravel(), coarse.ravel(), strict=True)}
        assert len(owners) == finer.max() + 1
    plain = np.zeros((8, 8, 3), np.float32)
    assert subdivided(np.zeros((8, 8), np.int32), plain, regions=9).max() == 0


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


@pytest.mark.parametrize("kind", ["sam", "sam2", "pth"])
def test_from_the_command_line_to_a_drawing(folders: dict[str, Path], tmp_path: Path, kind: str) -> None:
    from PIL import Image

    photo, out, report = tmp_path / "photo.png", tmp_path / "out.svg", tmp_path / "out.json"
    Image.fromarray((picture() * 255).astype(np.uint8)).save(photo)
    flags = ["--segmenter", "sam", "--sam-model", folders[kind], "--sam-points", 5, "--sam-crops", 0]
    assert (
        run("vectorize", photo, "-o", out, "--paths", 12, "--preset", "fast", *flags, "--report", report) == 0
    )
    assert 1 <= out.read_text().count("<path") <= 12
    said = json.loads(report.read_text())
    options = said["options"]
    assert (options["segmenter"], options["sam_points"], options["sam_crops"]) == ("sam", 5, 0)
    assert options["sam_model"] == str(folders[kind])


def test_the_object_and_the_flags_draw_the_same(folders: dict[str, Path]) -> None:
    segmenter = SegmentAnything(folders["sam"], settings=MaskSettings(points_per_side=5, crop_layers=0))
    rgb = (picture() * 255).astype(np.uint8)
    drawn = [vectorize(rgb, paths=8, preset="fast", segmenter=segmenter).svg for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_wrong_use_is_told_in_one_line(
    folders: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUEFOLD_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    out = tmp_path / "out.svg"

    def told(*flags: object) -> tuple[int, str]:
        code = run("vectorize", "sample:coffee", "-o", out, *flags)
        lines = capsys.readouterr().err.splitlines()
        assert not out.exists()
        return code, lines[-1]

    code, line = told("--sam-points", 8)
    assert code == 2 and "add --segmenter sam" in line
    code, line = told("--segmenter", "magic")
    assert code == 2 and "segmenter must be classical or sam, got 'magic'" in line
    code, line = told("--segmenter", "given")
    assert code == 2 and "segmenter must be classical or sam" in line
    code, line = told("--segmenter", "sam", "--sam-points", 0)
    assert code == 2 and "sam-points must be a whole number from 1 to 256" in line
    code, line = told("--segmenter", "sam")
    assert code == 1 and "facebook/sam-vit-base" in line and "--download" in line
    code, line = told("--segmenter", "sam", "--sam-model", tmp_path / "sam_vit_h_4b8939.pth")
    assert code == 1 and "sam_vit_h_4b8939.pth" in line
    monkeypatch.setitem(sys.modules, "transformers", None)
    code, line = told("--segmenter", "sam", "--sam-model", folders["sam"])
    assert code == 2 and "pip install 'huefold[models]'" in line


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_without_the_extra_one_line_says_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        MissingExtraError, match=rf"Segment Anything needs {missing}: pip install 'huefold\[models\]'"
    ):
        SegmentAnything()(picture())
