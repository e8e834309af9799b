"""Steps of gradient fills against a plain twin, and what gradients stay."""

from __future__ import annotations

import numpy as np
import pytest
from huefold.refine.fit.adam import AdamMoments
from hypothesis import given, settings
from hypothesis import strategies as st

from huefold.refine.fit.fill_variables import FillVariables
from huefold.render import FillGradients, GradientFills


def random_fills(rng, count):
    """Gradients of all kinds: some with equal stops, some centred, some with a focal circle."""
    sizes = rng.integers(2, 6, count)
    stops = np.concatenate([[0], np.cumsum(sizes)])
    radial = rng.integers(0, 2, count).astype(np.uint8)
    places = [0.0, 1.0, 0.5, rng.random(), rng.random()]
    shapes = rng.uniform(0, 30, (count, 6))
    shapes[radial == 0, 4:] = 0.0
    shapes[radial != 0, 2] += 60.0
    shapes[:, 5] *= rng.choice([0.0, 0.2], count)
    centred = (radial != 0) & (rng.random(count) < 0.5)
    shapes[centred, 3:5] = shapes[centred, :2]
    return GradientFills(
        paths=np.arange(count),
        radial=radial,
        spread=rng.integers(0, 3, count).astype(np.uint8),
        shapes=shapes,
        transforms=np.where(
            radial[:, None] != 0, rng.normal(size=(count, 6)), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
        ),
        stops=stops,
        offsets=np.concatenate([np.sort(rng.choice(places, size)) for size in sizes]),
        colors=rng.random((stops[-1], 3)),
        opacities=rng.choice([0.4, 1.0], stops[-1]),
    )


def random_gradients(rng, fills, *, opacities=True):
    values = (fills.shapes, fills.offsets, fills.colors, fills.opacities)
    shapes, offsets, colors, by_opacity = (rng.normal(size=part.shape) for part in values)
    return FillGradients(shapes, offsets, colors, by_opacity if opacities else None)


def twin(variables, moments, fills, gradients, end_rate, color_rate):
    """One step of Adam for each gradient, then each gradient mended, in the obvious way."""
    by_shape = gradients.shapes.copy()
    for g in range(fills.count):
        if variables.centered[g]:
            by_shape[g, :2] += by_shape[g, 3:5]
            by_shape[g, 3:5] = 0.0
        if variables.pointed[g]:
            by_shape[g, 5] = 0.0
        if not fills.radial[g]:
            by_shape[g, 4:] = 0.0
    shapes = moments.moved("shapes", fills.shapes, by_shape, end_rate / variables.scale)
    colors = moments.moved("colors", fills.colors, gradients.colors, color_rate)
    offsets = moments.moved_where(
        "offsets", variables.offsets, fills.offsets, gradients.offsets, 0.3 * color_rate
    ).copy()
    opacities = moments.moved_where(
        "opacities", variables.opacities, fills.opacities, gradients.opacities, color_rate
    )
    for g in range(fills.count):
        if variables.centered[g]:
            shapes[g, 3:5] = shapes[g, :2]
        x, y, r, fx, fy, fr = shapes[g]
        if (r if fills.radial[g] else np.hypot(r - x, fx - y)) < variables.least[g]:
            x, y, r, fx, fy, fr = shapes[g] = fills.shapes[g]
        if fills.radial[g]:
            fr = min(max(fr, 0.0), 0.9 * r)
            away = np.hypot(fx - x, fy - y)
            share = min(1.0, (0.98 * r - fr) / away) if away > 0.0 else 1.0
            shapes[g, 3:] = x + (fx - x) * share, y + (fy - y) * share, fr
        part = slice(fills.stops[g], fills.stops[g + 1])
        offsets[part] = np.maximum.accumulate(np.clip(offsets[part], 0.0, 1.0))
    return shapes, offsets, np.clip(colors, 0.0, 1.0), np.clip(opacities, 0.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.booleans())
def test_steps_are_those_of_the_twin(seed, count, opacities):
    rng = np.random.default_rng(seed)
    fills = random_fills(rng, count)
    variables, moments, twins = FillVariables.of(fills), AdamMoments(), AdamMoments()
    for _ in range(5):
        gradients = random_gradients(rng, fills, opacities=opacities)
        rates = rng.uniform(0.01, 8.0), rng.uniform(0.001, 0.3)
        for both in (moments, twins):
            both.advance()
        expected = twin(variables, twins, fills, gradients, *rates)
        before = [part.copy() for part in (fills.shapes, fills.offsets, fills.colors, fills.opacities)]
        moved = variables.moved(moments, fills, gradients, *rates)
        for kept, part in zip(
            before, (fills.shapes, fills.offsets, fills.colors, fills.opacities), strict=True
        ):
            np.testing.assert_array_equal(part, kept)
        found = (moved.shapes, moved.offsets, moved.colors, moved.opacities)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
        moved.checked(count)
        fills = moved


def test_gradients_keep_an_extent():
    fills = GradientFills.linear([0], [[0, 0, 10, 0]], np.zeros((1, 2, 3)))
    variables, moments = FillVariables.of(fills), AdamMoments()
    moments.advance()
    by_shape = np.array([[-1.0, 0.0, 1.0, 0.0, 0.0, 0.0]])  # both ends meet
    gradients = FillGradients(by_shape, np.zeros(2), np.zeros((2, 3)), None)
    assert variables.moved(moments, fills, gradients, 5.0, 0.1).shapes[0].tolist() == [0, 0, 10, 0, 0, 0]


def test_what_is_no_number_stays_so():
    """A fit that diverged must be noticed, not clipped."""
    fills = GradientFills.linear([0], [[0, 0, 10, 0]], np.zeros((1, 2, 3)))
    variables, moments = FillVariables.of(fills), AdamMoments()
    moments.advance()
    gradients = FillGradients(np.zeros((1, 6)), np.zeros(2), np.full((2, 3), np.nan), None)
    assert np.isnan(variables.moved(moments, fills, gradients, 1.0, 0.1).colors).all()


def test_arrays_of_another_kind_are_refused():
    fills = GradientFills.linear([0], [[0, 0, 10, 0]], np.zeros((1, 2, 3)))
    gradients = FillGradients(np.zeros((1, 6)), np.zeros(2), np.zeros((2, 3), np.float32), None)
    with pytest.raises(TypeError, match="float32"):
        FillVariables.of(fills).moved(AdamMoments(), fills, gradients, 1.0, 0.1)
