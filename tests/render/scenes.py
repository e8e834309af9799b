"""Small scenes of squares with gradients, for tests of the renderer."""

from __future__ import annotations

from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon

GREY = (Stop(0, (0, 0, 0)), Stop(0.5, (0.3, 0.2, 0.1), 0.4), Stop(1, (1, 1, 1)))
RAMP = LinearGradient((1, 2), (9, 8), GREY[::2], "reflect")
GLOW = RadialGradient((5, 5), 4, GREY, (5.5, 4.5), 0.5, "repeat", (1, 0.2, -0.1, 1, 0.3, 0.7))
COLOR = Solid((0.9, 0.3, 0.1))


def square(x, y, size, fill, opacity=1.0):
    return Path(
        (contour_from_polygon([(x, y), (x + size, y), (x + size, y + size), (x, y + size)]),), fill, opacity
    )


def scene_of(*fills, background=(1.0, 1.0, 1.0)):
    paths = tuple(
        square(0.5 + 2.2 * i, 1.3 + i, 5, fill, 0.5 + 0.5 * (i % 2)) for i, fill in enumerate(fills)
    )
    return Scene(12, 11, background, paths)
