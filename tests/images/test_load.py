"""Reading images: sources, formats, depths, orientation, transparency, profiles, size, and bad input."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from huefold.errors import ImageError, OptionError
from huefold.images import area_average, load_image, load_original, sample_names, sample_path, working_size
from huefold.images.decode import MAX_PIXELS


def photo(height=12, width=16, channels=3, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return values[:, :, 0] if channels == 1 else values


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png(pixels, depth=16, color_type=2):
    """A PNG of any depth, written from the specification: Pillow cannot write deep colour."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2" if depth == 16 else "u1").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = (
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def area_average_twin(values, width, height):
    """Overlap of every old cell with every new one, the obvious way, in float64."""
    out = np.zeros((height, width, values.shape[2]))
    for axis_new, axis_old in ((height, values.shape[0]), (width, values.shape[1])):
        edges_new, edges_old = np.linspace(0, 1, axis_new + 1), np.linspace(0, 1, axis_old + 1)
        low = np.maximum(edges_new[:-1, None], edges_old[None, :-1])
        high = np.minimum(edges_new[1:, None], edges_old[None, 1:])
        share = np.maximum(high - low, 0) * axis_new
        values = np.tensordot(share, values, (1, 0)).swapaxes(0, 1)
    out[:] = values
    return out


# --- kinds of source ---


def test_all_kinds_of_source_give_the_same_pixels(tmp_path):
    pixels = photo()
    content = encoded(Image.fromarray(pixels), "PNG")
    path = tmp_path / "photo with ünicode.png"
    path.write_bytes(content)
    with path.open("rb") as stream:
        sources = [
            path,
            str(path),
            content,
            bytearray(content),
            memoryview(content),
            io.BytesIO(content),
            stream,
        ]
        loaded = [load_image(source) for source in (*sources, Image.fromarray(pixels), pixels)]
    for picture in loaded:
        np.testing.assert_array_equal(picture.rgb, pixels.astype(np.float32) / np.float32(255))
        assert (picture.rgb.dtype, picture.alpha, picture.notes) == (np.float32, None, ())
        assert (picture.width, picture.height) == (16, 12)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP"])
def test_lossless_formats_are_exact(kind):
    pixels = photo(9, 13)
    picture = load_image(
        encoded(Image.fromarray(pixels), kind, **({"lossless": True} if kind == "WEBP" else {}))
    )
    np.testing.assert_allclose(picture.rgb * 255, pixels, atol=1e-4)


@pytest.mark.parametrize(("kind", "close"), [("JPEG", 4), ("GIF", 40)])
def test_lossy_formats_are_close(kind, close):
    pixels = np.asarray(Image.fromarray(photo(3, 4)).resize((64, 48), Image.Resampling.BICUBIC))
    picture = load_image(
        encoded(Image.fromarray(pixels), kind, **({"quality": 98} if kind == "JPEG" else {}))
    )
    assert np.abs(picture.rgb * 255 - pixels).mean() < close


def test_only_the_first_frame_counts_and_a_note_says_so():
    frames = [Image.new("RGB", (8, 6), color) for color in ("red", "blue")]
    picture = load_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    np.testing.assert_allclose(picture.rgb[0, 0], (1, 0, 0), atol=0.01)
    assert picture.notes == ("only the first of several frames is used",)


@pytest.mark.parametrize("name", ["coffee", "astronaut", "chelsea", "rocket"])
def test_samples_are_there(name):
    assert name in sample_names()
    assert load_image(f"sample:{name}", max_pixels=5000).rgb.std() > 0.05


def test_an_unknown_sample_lists_the_known_ones():
    with pytest.raises(OptionError, match=r"there is no sample 'tea'; choose one of .*coffee"):
        load_image("sample:tea")
    with pytest.raises(OptionError):
        sample_path("../../secret")


# --- arrays ---


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64, np.float16])
@pytest.mark.parametrize("channels", [0, 1, 3, 4])
def test_arrays_of_any_depth(dtype, channels):
    values = np.random.default_rng(1).random((5, 7, max(1, channels)))
    if channels == 4:
        values[:, :, 3] = 1.0
    high = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    given = np.round(values * high).astype(dtype) if high > 1 else values.astype(dtype)
    picture = load_image(given[:, :, 0] if channels == 0 else given)
    expected = np.repeat(values, 3, 2) if channels in (0, 1) else values[:, :, :3]
    np.testing.assert_allclose(picture.rgb, expected, atol=0.6 / 255 if dtype == np.uint8 else 1e-3)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2, 2)), r"shape \(H, W\), \(H, W, 3\) or \(H, W, 4\), got \(2, 2, 2\)"),
        (np.zeros(5), "shape"),
        (np.zeros((0, 4, 3)), "shape"),
        (np.zeros((2, 2), dtype=np.int64), "uint8, uint16 or floats in .*got int64"),
        (np.full((2, 2), 255.0), r"values in \[0, 1\], got 255 to 255; divide"),
        (np.full((2, 2), np.nan), "got nan to nan"),
        (np.full((2, 2), -1.0), "got -1 to -1"),
    ],
)
def test_arrays_that_are_no_images(array, message):
    with pytest.raises(ImageError, match=message):
        load_image(array)


def test_other_objects_are_refused():
    with pytest.raises(ImageError, match="got dict"):
        load_image({})
    with pytest.raises(ImageError, match="open it with mode 'rb'"):
        load_image(io.StringIO("text"))


# --- depths and colour modes ---


def test_deep_grey_png_keeps_its_depth():
    values = np.arange(0, 65536, 257 * 4 + 3, dtype=np.uint16)[:60].reshape(6, 10)
    picture = load_image(png(values, color_type=0))
    np.testing.assert_allclose(picture.rgb[:, :, 1] * 65535, values, atol=0.02)


@pytest.mark.parametrize("color_type", [2, 4, 6])
def test_deep_colour_png_is_not_clipped(color_type):
    channels = {2: 3, 4: 2, 6: 4}[color_type]
    values = np.linspace(0, 65535, 8 * 8 * channels).astype(np.uint16).reshape(8, 8, channels)
    if color_type != 2:
        values[:, :, -1] = 65535
    picture = load_image(png(values, color_type=color_type))
    expected = np.repeat(values[:, :, :1], 3, 2) if color_type == 4 else values[:, :, :3]
    np.testing.assert_allclose(picture.rgb, expected / 65535, atol=1 / 255)
    assert picture.notes == ("16 bits a channel, read at 8",)


@pytest.mark.parametrize("kind", ["u2", "f4"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_deep_colour_tiff_keeps_its_depth(kind, planar):
    values = np.random.default_rng(2).random((9, 7, 3))
    stored = (values * 65535).astype("u2") if kind == "u2" else values.astype("f4")
    stream = io.BytesIO()
    tifffile.imwrite(
        stream,
        stored if planar == "contig" else np.moveaxis(stored, 2, 0),
        photometric="rgb",
        planarconfig=planar,
    )
    np.testing.assert_allclose(load_image(stream.getvalue()).rgb, values, atol=1 / 65535 + 1e-6)


def test_premultiplied_alpha_of_a_deep_tiff_is_undone():
    straight, alpha = np.array([0.8, 0.4, 0.2]), 0.5
    pixel = np.append(straight * alpha, alpha) * 65535
    stream = io.BytesIO()
    tifffile.imwrite(
        stream, np.full((4, 4, 4), pixel).astype("u2"), photometric="rgb", extrasamples=["assocalpha"]
    )
    picture = load_image(stream.getvalue(), background=(0, 0, 0))
    np.testing.assert_allclose(picture.rgb[0, 0], straight * alpha, atol=1e-3)
    np.testing.assert_allclose(picture.alpha, alpha, atol=1e-3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "YCbCr", "I;16", "F"])
def test_pillow_modes(mode):
    grey = Image.fromarray(np.linspace(0, 255, 48).astype(np.uint8).reshape(6, 8))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(np.asarray(grey, dtype=np.float32) / 255)
    else:
        image = grey.convert(mode)
    picture = load_image(image)
    expected = np.asarray(grey.convert("1").convert("L") if mode == "1" else grey) / 255
    np.testing.assert_allclose(picture.rgb[:, :, 0], expected, atol=2.5 / 255)
    assert len(picture.notes) == (mode == "CMYK")


# --- transparency ---


@pytest.mark.parametrize("kind", ["RGBA", "LA", "RGB with a clear colour", "P with clear entries"])
def test_transparent_pixels_are_laid_over_the_background(kind):
    rgba = np.full((4, 6, 4), 255, dtype=np.uint8)
    rgba[:, :, :3] = 128
    rgba[:, 3:, 3] = 0
    image = Image.fromarray(rgba)
    if kind in ("LA", "RGBA"):
        source = encoded(image.convert(kind), "PNG")
    elif kind.startswith("RGB with"):
        flat = np.full((4, 6, 3), 128, dtype=np.uint8)
        flat[:, 3:] = (255, 0, 255)
        source = encoded(Image.fromarray(flat), "PNG", transparency=(255, 0, 255))
    else:
        palette = Image.fromarray((rgba[:, :, 3] == 0).astype(np.uint8)).convert("P")
        palette.putpalette([128, 128, 128, 255, 0, 255])
        source = encoded(palette, "PNG", transparency=b"\xff\x00")
    picture = load_image(source, background=(0.0, 1.0, 0.0))
    np.testing.assert_allclose(picture.rgb[0, 0], 128 / 255, atol=0.01)
    np.testing.assert_allclose(picture.rgb[0, 5], (0, 1, 0), atol=0.01)
    np.testing.assert_array_equal(picture.alpha[0], [1, 1, 1, 0, 0, 0])
    assert picture.notes == ("transparent pixels laid over the background #00ff00",)


def test_an_opaque_alpha_channel_says_nothing():
    picture = load_image(np.full((3, 3, 4), 255, dtype=np.uint8))
    assert (picture.alpha, picture.notes) == (None, ())


def test_colours_of_clear_pixels_do_not_bleed_when_reduced():
    rgba = np.zeros((64, 64, 4), dtype=np.uint8)
    rgba[:, :] = (255, 0, 0, 0)
    picture = load_image(rgba, background=(0, 0, 1), max_pixels=100)
    np.testing.assert_allclose(picture.rgb, np.broadcast_to((0, 0, 1), picture.rgb.shape), atol=1e-6)


# --- orientation and profiles ---


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("max_pixels", [10_000, 48])
def test_exif_orientation(orientation, max_pixels):
    from PIL import ImageOps

    image = Image.fromarray(photo(12, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(image, "PNG", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content)))) / 255
    picture = load_image(content, max_pixels=max_pixels)
    assert (picture.width, picture.height) == (upright.shape[1], upright.shape[0])
    height, width = picture.rgb.shape[:2]
    np.testing.assert_allclose(picture.rgb, area_average_twin(upright, width, height), atol=1e-5)


def test_a_foreign_profile_is_converted():
    # A profile whose red and blue primaries are swapped would show at once; XYZ is far from sRGB as well.
    content = encoded(
        Image.new("RGB", (4, 4), (120, 60, 30)),
        "PNG",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes(),
    )
    picture = load_image(content)
    assert len(picture.notes) == 1
    assert "profile" in picture.notes[0]


def test_an_srgb_profile_changes_nothing():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = photo()
    picture = load_image(encoded(Image.fromarray(pixels), "PNG", icc_profile=profile))
    np.testing.assert_allclose(picture.rgb * 255, pixels, atol=1e-4)
    assert picture.notes == ()


def test_a_broken_profile_is_noted_not_fatal():
    picture = load_image(encoded(Image.fromarray(photo()), "PNG", icc_profile=b"no profile at all"))
    assert len(picture.notes) == 1
    assert "profile not usable" in picture.notes[0]


# --- size ---


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 200), st.integers(0, 9))
def test_reduction_is_the_exact_area_average(width, height, max_pixels, seed):
    values = np.random.default_rng(seed).random((height, width, 3))
    picture = load_image(values, max_pixels=max_pixels)
    small_height, small_width = picture.rgb.shape[:2]
    assert small_height * small_width <= max(max_pixels, 1)
    np.testing.assert_allclose(picture.rgb, area_average_twin(values, small_width, small_height), atol=2e-5)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_working_size_is_bounded_and_keeps_proportions(width, height, max_pixels):
    small_width, small_height = working_size(width, height, max_pixels)
    assert 1 <= small_width <= width
    assert 1 <= small_height <= height
    assert small_width * small_height <= max_pixels
    if width * height > max_pixels and min(small_width, small_height) > 100:
        assert abs(small_width / small_height / (width / height) - 1) < 0.02


def test_strips_join_without_a_seam(monkeypatch):
    values = photo(97, 61).astype(np.float32) / 255
    whole = area_average(values, 17, 23)
    monkeypatch.setattr("huefold.images.load._STRIP_PIXELS", 100)
    monkeypatch.setattr("huefold.images.load.working_size", lambda *_: (17, 23))
    np.testing.assert_allclose(load_image(values).rgb, whole, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2)])
def test_tiny_and_thin_images(size):
    picture = load_image(Image.new("RGB", size, "red"), max_pixels=1000)
    assert picture.rgb.size >= 3
    np.testing.assert_allclose(picture.rgb[..., 0], 1)
    assert (picture.width, picture.height) == size


@pytest.mark.slow
def test_a_hundred_megapixels_at_a_bounded_size():
    content = encoded(Image.new("L", (10_000, 10_000), 77), "PNG", compress_level=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = load_image(content, max_pixels=10_000)
    assert picture.rgb.shape == (100, 100, 3)
    assert (picture.width, picture.height) == (10_000, 10_000)
    np.testing.assert_allclose(picture.rgb, 77 / 255, atol=1e-5)


def test_large_jpegs_are_decoded_small_and_keep_their_size():
    smooth = Image.fromarray(photo(3, 4)).resize((1600, 1200), Image.Resampling.BICUBIC)
    picture = load_image(encoded(smooth, "JPEG", quality=95), max_pixels=12_000)
    assert (picture.width, picture.height) == (1600, 1200)
    height, width = picture.rgb.shape[:2]
    expected = area_average(np.asarray(smooth, dtype=np.float32) / 255, width, height)
    assert np.abs(picture.rgb - expected).mean() < 2 / 255


def test_the_original_size_is_kept_for_measuring():
    picture = load_original("sample:rocket")
    assert picture.rgb.shape[:2] == (picture.height, picture.width)


# --- bad input ---


def bomb():
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    data = zlib.compress(b"\0" * 1000)
    body = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    return b"\x89PNG\r\n\x1a\n" + chunk + body


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"hello, I am a text\n" * 99, "it looks like text"),
        ("Straße ".encode() * 300, "it looks like text"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "it is an SVG already"),
        (bytes(range(256)) * 5, "of no known kind"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it looks like text"),
        (b"II*\0\x08\0\0\0", "damaged|not an image"),
        (bomb(), "is too large"),
    ],
)
def test_files_that_are_no_images(tmp_path, content, message):
    path = tmp_path / "input.bin"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(ImageError, match=message) as caught:
            load_image(source)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("keep", [0.03, 0.5, 0.9])
def test_truncated_files(kind, keep):
    content = encoded(Image.fromarray(photo(60, 80)), kind)
    with pytest.raises(ImageError) as caught:
        load_image(content[: int(keep * len(content))])
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.data())
def test_hostile_bytes_never_escape_as_other_errors(data):
    content = bytearray(CONTENT[data.draw(st.sampled_from(sorted(CONTENT)))])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = load_image(bytes(content))
    except ImageError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(picture.rgb).all()
        assert picture.rgb.min() >= 0
        assert picture.rgb.max() <= 1


def deep_tiff():
    stream = io.BytesIO()
    tifffile.imwrite(stream, photo().astype("u2") * 257, photometric="rgb")
    return stream.getvalue()


CONTENT = {
    kind: encoded(Image.fromarray(photo()), kind) for kind in ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
}
CONTENT["deep TIFF"] = deep_tiff()


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(ImageError, match="there is no such file"):
        load_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match="is a folder, not an image"):
        load_image(tmp_path)
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(ImageError, match=r"no such file|can be opened"):
            load_image(name)


def test_the_limit_on_size_holds_for_arrays_too():
    with pytest.raises(ImageError, match="is too large"):
        load_image(np.broadcast_to(np.uint8(0), (20_000, MAX_PIXELS // 20_000 + 1)))
