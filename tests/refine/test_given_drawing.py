"""Stage III on a given drawing: what moves, what stays, and that it never gets worse."""

from __future__ import annotations

import numpy as np
import pytest

from huefold.bezier.kernels import CHORDS
from huefold.refine import drawing_loss, refine_given
from huefold.render import rasterize
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon

WIDTH, HEIGHT = 64, 48
STEPS = 150


def box(left, top, right, bottom):
    return contour_from_polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def blob(x, y, r, segments=4):
    angle = np.arange(3 * segments) / (3 * segments) * 2 * np.pi
    reach = np.where(np.arange(3 * segments) % 3 == 0, r, r * 1.14)
    return np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], axis=1)


def fade(shift=0.0):
    """A vertical gradient with a stop within."""
    stops = (Stop(0, (0.2, 0.3, 0.8)), Stop(0.5 + shift, (0.9, 0.9, 0.8)), Stop(1, (0.9, 0.5, 0.2)))
    return LinearGradient((0, 2 + 9 * shift), (3 * shift, 46), stops)


def glow(shift=0.0):
    """A translucent radial gradient whose focus is its centre."""
    stops = (Stop(0, (1, 1, 0.8), 0.95 - shift), Stop(1, (1, 0.6 + shift, 0), 0.05))
    return RadialGradient((40 + 5 * shift, 14), 11 + 9 * shift, stops)


def landscape(shift=0.0, background=(0.5, 0.5, 0.5)):
    """Gradients, a hole by the even-odd rule, an outline the other way round, and a translucent path."""
    ring = (box(8 + 5 * shift, 22, 28, 42), box(13, 27, 23 - 5 * shift, 37))
    paths = (
        Path((box(-1, -1, 65, 49),), fade(shift), id="sky", role="structural"),
        Path((blob(40 - 5 * shift, 14, 10),), glow(shift), id="sun", name="the sun"),
        Path(ring, Solid((0.5 + shift, 0.1, 0.2)), 0.8 - shift, "evenodd", id="ring"),
        Path((blob(46, 36 + 6 * shift, 8)[::-1],), Solid((0.1, 0.4 - shift, 0.2)), id="bush", role="detail"),
    )
    return Scene(WIDTH, HEIGHT, background, paths)


def photo_of(scene, scale=1):
    return np.ascontiguousarray(rasterize(scene, width=scale * scene.width)[..., :3])


def loss_of(scene, image):
    return float(np.mean((photo_of(scene, image.shape[1] // scene.width) - image) ** 2))


def test_a_drawing_finds_back_to_what_it_was():
    target, given = photo_of(landscape()), landscape(0.2)
    found = refine_given(target, given, steps=400)
    assert loss_of(found, target) < 0.01 * loss_of(given, target)
    sky, sun = found.paths[0].fill, found.paths[1].fill
    assert sky.stops[1].offset == pytest.approx(0.5, abs=0.1)
    assert sun.center == pytest.approx((40, 14), abs=0.5)
    assert sun.focus == sun.center
    assert found.paths[2].opacity == pytest.approx(0.8, abs=0.03)


def test_what_a_drawing_is_made_of_stays():
    target, given = photo_of(landscape()), landscape(0.1)
    found = refine_given(target, given, steps=STEPS)
    for before, after in zip(given.paths, found.paths, strict=True):
        kept = ("id", "name", "role", "fill_rule")
        assert [getattr(before, name) for name in kept] == [getattr(after, name) for name in kept]
        assert [len(c) for c in before.contours] == [len(c) for c in after.contours]
        assert type(before.fill) is type(after.fill)
        assert (before.opacity == 1.0) == (after.opacity == 1.0)
    assert [stop.opacity for stop in found.paths[0].fill.stops] == [1.0, 1.0, 1.0]


def test_lines_stay_lines_and_curves_move():
    target, given = photo_of(landscape()), landscape(0.2)
    found = refine_given(target, given, steps=STEPS)
    for contour, before in zip(found.paths[2].contours, given.paths[2].contours, strict=True):
        corners = contour[::3]
        np.testing.assert_allclose(contour, contour_from_polygon(corners), atol=1e-9)
        assert np.abs(corners - before[::3]).max() > 0.1
    assert np.abs(found.paths[3].contours[0] - given.paths[3].contours[0]).max() > 0.5


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_gives_the_same_bits(threads):
    target = photo_of(landscape())
    one, other = (refine_given(target, landscape(0.2), steps=40, threads=t) for t in (1, threads))
    for a, b in zip(one.paths, other.paths, strict=True):
        assert (a.fill, a.opacity) == (b.fill, b.opacity)
        for contour, twin in zip(a.contours, b.contours, strict=True):
            np.testing.assert_array_equal(contour, twin)


def test_what_cannot_be_better_is_given_back():
    scene = landscape()
    assert refine_given(photo_of(scene), scene, steps=30) is scene


@pytest.mark.parametrize("steps", [1, 2, 7, 30])
def test_it_never_gets_worse(steps):
    rng = np.random.default_rng(steps)
    noise = rng.random((HEIGHT, WIDTH, 3)).astype(np.float32)
    given = landscape(0.1)
    assert drawing_loss(noise, refine_given(noise, given, steps=steps)) <= drawing_loss(noise, given)


def test_a_transparent_canvas_stays_transparent_and_is_fitted_over_the_background():
    black = (0.0, 0.0, 0.0)
    given = Scene(WIDTH, HEIGHT, None, landscape(0.2).paths[1:])
    target = photo_of(Scene(WIDTH, HEIGHT, black, landscape().paths[1:]))
    found = refine_given(target, given, background=black, steps=STEPS)
    assert found.background is None
    error, start = (drawing_loss(target, scene, background=black) for scene in (found, given))
    assert error < 0.1 * start


def test_an_opaque_background_moves_with_the_drawing():
    target = np.full((HEIGHT, WIDTH, 3), 0.8, np.float32)
    found = refine_given(target, Scene(WIDTH, HEIGHT, (0.2, 0.2, 0.2)), steps=200)
    assert found.background == pytest.approx((0.8, 0.8, 0.8), abs=0.01)


def test_weight_says_what_counts():
    target = np.full((HEIGHT, WIDTH, 3), 0.2, np.float32)
    target[:, 32:] = 0.8
    half = np.full((HEIGHT, WIDTH), 1e-3, np.float32)
    half[:, :32] = 1.0
    colors = [
        refine_given(target, Scene(WIDTH, HEIGHT, (0.9, 0.9, 0.9)), weight=weight, steps=200).background[0]
        for weight in (half, None)
    ]
    assert colors == pytest.approx([0.2, 0.5], abs=0.01)


def test_degenerate_gradients_and_paths_survive():
    black_to_white = (Stop(0.3, (0, 0, 0)), Stop(0.3, (1, 1, 1)), Stop(0.9, (1, 0, 0), 0.5))
    fills = [
        LinearGradient((5, 5), (5 + 1e-6, 5), black_to_white, "repeat"),
        RadialGradient((9, 9), 1e-4, black_to_white, spread="reflect"),
        RadialGradient((9, 9), 5, black_to_white, focus=(13.9, 9), focal_radius=0.09),
        RadialGradient((0.1, 0.2), 0.3, black_to_white, transform=(90, 20, -30, 50, 9, 2)),
    ]
    paths = [Path((blob(20 + 9 * k, 24, 12),), fill) for k, fill in enumerate(fills)]
    paths += [Path((), Solid((1, 0, 0))), Path((np.full((3, 2), 7.0),), Solid((1, 0, 0)), opacity=0.0)]
    given = Scene(WIDTH, HEIGHT, None, tuple(paths))
    target = np.random.default_rng(0).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    found = refine_given(target, given, steps=60)
    assert drawing_loss(target, found) < drawing_loss(target, given)
    assert found.paths[0].fill.stops[0].offset == found.paths[0].fill.stops[1].offset == 0.3


def test_outlines_that_are_simple_stay_so():
    shapely = pytest.importorskip("shapely")
    rng = np.random.default_rng(4)
    target = np.repeat(np.repeat(rng.random((6, 8, 3)), 8, axis=0), 8, axis=1).astype(np.float32)
    given = Scene(
        WIDTH, HEIGHT, (0.5, 0.5, 0.5),
        tuple(Path((blob(*rng.uniform(10, 40, 2), 9, 6),), Solid((0.5, 0.5, 0.5))) for _ in range(12)),
    )  # fmt: skip
    t = np.arange(CHORDS)[:, None, None] / CHORDS  # what is looked at for crossings
    for path in refine_given(target, given, steps=STEPS).paths:
        p0, p1, p2 = (path.contours[0][k::3] for k in range(3))
        p3 = np.roll(p0, -1, axis=0)
        dots = (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3
        assert shapely.LinearRing(dots.transpose(1, 0, 2).reshape(-1, 2)).is_simple
