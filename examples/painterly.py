"""Painterly rendering: random closed curves become a photo, by gradient descent.

    python examples/painterly.py PHOTO -o OUT.svg [--paths 128] [--segments 4] [--iterations 300] [--torch]

The loop of DiffVG's `painterly_rendering.py` with `--use_blob`, on huefold's renderer. With ``--torch`` the
picture is an autograd function and the optimiser PyTorch's; without, one call gives loss and gradients, and Adam
is spelt out in numpy. PHOTO may be ``sample:coffee`` and the like. Both ways are deterministic: the same seed
gives the same file.

`huefold vectorize` draws much better for the same number of paths; this shows how to use the renderer for a loop of
your own.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huefold.images import load_image
from huefold.render import SceneArrays, Topology, value_and_grad
from huefold.scene import Path as Shape
from huefold.scene import Scene, Solid
from huefold.svg import write_svg

Array = NDArray[np.float64]

RATES = {"points": 0.5, "colors": 0.02, "opacities": 0.01}
"""Adam's learning rates: pixels of the working size, and values in [0, 1]."""


def random_curves(
    topology: Topology, picture: NDArray[np.float32], width: float, height: float, rng: np.random.Generator
) -> SceneArrays:
    """Closed curves about random places, large ones below, in the colours that the picture has there."""
    count = topology.path_count
    centres = rng.random((count, 2))
    rows, columns = (centres[:, ::-1] * picture.shape[:2]).astype(int).T
    knots = topology.point_count // count
    angle = np.linspace(0.0, 2.0 * np.pi, knots, endpoint=False)
    radius = np.sort(rng.uniform(0.03, 0.2, count))[::-1, None] * rng.uniform(0.8, 1.2, (count, knots))
    outline = radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1) * min(width, height)
    return topology.with_values(
        (centres[:, None] * (width, height) + outline).reshape(-1, 2),
        picture[rows, columns],
        np.full(count, 0.9),
        picture.mean(axis=(0, 1)),
        width=width,
        height=height,
    )


class Adam:
    """Adam (Kingma and Ba, arXiv:1412.6980) on arrays that it changes in place."""

    def __init__(self, values: dict[str, Array], rates: dict[str, float]) -> None:
        self.values, self.rates, self.steps = values, rates, 0
        self.first = {name: np.zeros_like(value) for name, value in values.items()}
        self.second = {name: np.zeros_like(value) for name, value in values.items()}

    def step(self, gradients: dict[str, Array]) -> None:
        """Move all values against their gradients."""
        self.steps += 1
        for name, gradient in gradients.items():
            m, v = self.first[name], self.second[name]
            m += 0.1 * (gradient - m)
            v += 0.001 * (gradient**2 - v)
            direction = (m / (1 - 0.9**self.steps)) / (np.sqrt(v / (1 - 0.999**self.steps)) + 1e-8)
            self.values[name] -= self.rates[name] * direction


def fit(
    scene: SceneArrays, target: NDArray[np.float32], rates: dict[str, float], iterations: int
) -> tuple[SceneArrays, list[float]]:
    """Optimise by the fused pass: no framework needed."""
    values = {name: getattr(scene, name).copy() for name in rates}
    adam, losses = Adam(values, rates), []
    for _ in range(iterations):
        found = value_and_grad(replace(scene, **values), target)
        losses.append(found.loss)
        adam.step({name: getattr(found, name) for name in rates})
        for name in ("colors", "opacities"):
            np.clip(values[name], 0.0, 1.0, out=values[name])
    return replace(scene, **values), losses


def fit_torch(
    scene: SceneArrays, target: NDArray[np.float32], rates: dict[str, float], iterations: int
) -> tuple[SceneArrays, list[float]]:
    """Optimise by autograd: any loss of the image will do here."""
    import torch  # noqa: PLC0415 - needed for this way only

    from huefold.render.torch import rasterize, tensors  # noqa: PLC0415

    torch.set_num_threads(1)  # its threads spin while they wait, and the renderer has work for the processors
    topology = Topology.of(scene)
    points, colors, opacities, background = tensors(scene)
    wanted = torch.from_numpy(target)
    values = {"points": points, "colors": colors, "opacities": opacities}
    adam = torch.optim.Adam(
        [{"params": [value.requires_grad_()], "lr": rates[name]} for name, value in values.items()]
    )
    losses = []
    for _ in range(iterations):
        adam.zero_grad()
        image = rasterize(
            points, colors, opacities, background, topology=topology, width=target.shape[1],
            height=target.shape[0], canvas=(scene.width, scene.height),
        )  # fmt: skip
        loss = (image - wanted).square().mean()
        loss.backward()
        adam.step()
        losses.append(loss.item())
        with torch.no_grad():
            colors.clamp_(0.0, 1.0)
            opacities.clamp_(0.0, 1.0)
    found = {name: value.detach().double().numpy() for name, value in values.items()}
    return replace(scene, **found), losses


def to_scene(arrays: SceneArrays) -> Scene:
    """Give each closed curve a path of its own."""
    curves = np.split(arrays.points, arrays.contours[1:-1])
    shapes = [
        Shape((curve,), Solid(tuple(color)), opacity=opacity, id=f"p{index}")
        for index, (curve, color, opacity) in enumerate(
            zip(curves, arrays.colors.tolist(), arrays.opacities.tolist(), strict=True)
        )
    ]
    return Scene(int(arrays.width), int(arrays.height), tuple(arrays.background.tolist()), tuple(shapes))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photo")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--paths", type=int, default=128)
    parser.add_argument("--segments", type=int, default=4)
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--pixels", type=int, default=256 * 256, help="size to work at")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--torch", action="store_true", help="use PyTorch's autograd and optimiser")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Fit curves to a photo and write them."""
    options = parse(arguments)
    photo = load_image(options.photo, max_pixels=options.pixels)
    topology = Topology.closed_curves(options.paths, options.segments)
    rng = np.random.default_rng(options.seed)
    # The canvas is the photo's own size, so the file fits it; the working size only decides what is compared.
    scene = random_curves(topology, photo.rgb, photo.width, photo.height, rng)
    rates = RATES | {"points": RATES["points"] * photo.width / photo.rgb.shape[1]}
    fitted, losses = (fit_torch if options.torch else fit)(scene, photo.rgb, rates, options.iterations)
    options.output.write_text(write_svg(to_scene(fitted)), encoding="utf-8")
    print(f"mean squared error {losses[0]:.4f} -> {losses[-1]:.4f} in {options.iterations} iterations")
    print(f"{options.paths} paths in {options.output}")


if __name__ == "__main__":
    main()
