"""Steps of gradient fills against a plain twin, and what gradients stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.refine.fit.twins import Adam, moved_fills

from huefold.refine.fit.fill_variables import FillVariables
from huefold.refine.fit.kernels import move_fills
from huefold.render import FillGradients, GradientFills
from huefold.render.fills.structs import FillValuesStruct, GradientFillsStruct


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


def values_of(fills):
    return fills.shapes, fills.offsets, fills.colors, fills.opacities


class Stepper:
    """Steps of gradient fills in C, with moments that last."""

    def __init__(self, fills):
        self.variables, self.count = FillVariables.of(fills), 0
        self.moments = [FillValuesStruct(*map(np.zeros_like, values_of(fills))) for _ in range(2)]

    def step(self, fills, gradients, end_rate, color_rate):
        """Return the gradients after a step."""
        self.count += 1
        by = FillValuesStruct(*values_of(gradients))
        moved = [np.empty_like(part) for part in values_of(fills)]
        move_fills(
            self.variables.struct(), GradientFillsStruct.of(fills), by, tuple(self.moments), self.count,
            (end_rate, color_rate), FillValuesStruct(*moved),
        )  # fmt: skip
        shapes, offsets, colors, opacities = moved
        return replace(fills, shapes=shapes, offsets=offsets, colors=colors, opacities=opacities)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.booleans())
def test_steps_are_those_of_the_twin(seed, count, opacities):
    rng = np.random.default_rng(seed)
    fills = random_fills(rng, count)
    stepper, adam = Stepper(fills), Adam()
    for _ in range(5):
        gradients = random_gradients(rng, fills, opacities=opacities)
        rates = rng.uniform(0.01, 8.0), rng.uniform(0.001, 0.3)
        adam.advance()
        expected = moved_fills(stepper.variables, adam, fills, gradients, *rates)
        before = [part.copy() for part in values_of(fills)]
        moved = stepper.step(fills, gradients, *rates)
        for kept, part in zip(before, values_of(fills), strict=True):
            np.testing.assert_array_equal(part, kept)
        for one, other in zip(values_of(moved), values_of(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
        moved.checked(count)
        fills = moved


def test_gradients_keep_an_extent():
    fills = GradientFills.linear([0], [[0, 0, 10, 0]], np.zeros((1, 2, 3)))
    by_shape = np.array([[-1.0, 0.0, 1.0, 0.0, 0.0, 0.0]])  # both ends meet
    gradients = FillGradients(by_shape, np.zeros(2), np.zeros((2, 3)), None)
    assert Stepper(fills).step(fills, gradients, 5.0, 0.1).shapes[0].tolist() == [0, 0, 10, 0, 0, 0]


def test_what_is_no_number_stays_so():
    """A fit that diverged must be noticed, not clipped."""
    fills = GradientFills.linear([0], [[0, 0, 10, 0]], np.zeros((1, 2, 3)))
    gradients = FillGradients(np.zeros((1, 6)), np.zeros(2), np.full((2, 3), np.nan), None)
    assert np.isnan(Stepper(fills).step(fills, gradients, 1.0, 0.1).colors).all()


def test_arrays_of_another_kind_are_refused():
    fills = GradientFills.linear([0], [[0, 0, 10, 0]], np.zeros((1, 2, 3)))
    gradients = FillGradients(np.zeros((1, 6)), np.zeros(2), np.zeros((2, 3), np.float32), None)
    with pytest.raises(TypeError, match="float32"):
        Stepper(fills).step(fills, gradients, 1.0, 0.1)
