"""The renderer as an autograd function."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shapely

from huefold.render import GradientFills, RenderError, SceneArrays, Topology, value_and_grad
from huefold.scene import LinearGradient, RadialGradient, Solid, Stop

torch = pytest.importorskip("torch", reason="needs PyTorch (pip install 'huefold[torch]')")

from huefold.render import api  # noqa: E402
from huefold.render.torch import gradient_tensors, rasterize, tensors  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def one_torch_thread():
    """Keep torch's own threads, which spin while they wait, from taking the processors off the renderer's."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


WIDTH, HEIGHT, PATHS = 13, 11, 4
TOPOLOGY = Topology.closed_curves(PATHS, 3)


def values(seed=0, opacities=(0.3, 0.9, 0.5, 0.7), dtype=torch.float64):
    """Points, colours, opacities and background of random closed curves."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    radius = rng.uniform(0.6, 1.3, (PATHS, 9)) * rng.uniform(2, 6, (PATHS, 1))
    centre = rng.uniform(0, 1, (PATHS, 1, 2)) * (WIDTH, HEIGHT)
    points = centre + radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    given = points.reshape(-1, 2), rng.random((PATHS, 3)), np.array(opacities), rng.random(3)
    return [torch.tensor(value, dtype=dtype) for value in given]


def draw(*given, **options):
    return rasterize(*given, **{"topology": TOPOLOGY, "width": WIDTH, "height": HEIGHT, **options})


def small(*given):
    """Few pixels: `gradcheck` differentiates each by itself."""
    return draw(*given, width=5, height=4, canvas=(WIDTH, HEIGHT))


def needing_gradients(given, which=(True, True, True, True)):
    return [tensor.clone().requires_grad_(wanted) for tensor, wanted in zip(given, which, strict=True)]


def arrays(given, **options):
    return TOPOLOGY.with_values(
        *(tensor.detach().numpy() for tensor in given), **{"width": WIDTH, "height": HEIGHT, **options}
    )


def test_gradcheck_of_translucent_scenes():
    assert torch.autograd.gradcheck(small, needing_gradients(values()))


def test_gradcheck_of_opaque_scenes():
    given = needing_gradients(values(1, opacities=np.ones(PATHS)), (True, True, False, True))
    assert torch.autograd.gradcheck(small, given)


def test_gradcheck_of_a_stretched_canvas_and_even_odd_holes():
    topology = Topology([0, 9, 18, 36], [0, 2, 3], [1, 0])

    def stretched(*given):
        return rasterize(*given, topology=topology, width=4, height=7, canvas=(WIDTH, HEIGHT))

    points, colors, opacities, background = values(2)
    given = needing_gradients([points, colors[:2], opacities[:2], background])
    assert torch.autograd.gradcheck(stretched, given)


def test_gradcheck_of_batches_that_broadcast():
    many, one = [values(seed) for seed in (3, 4)], values(5)
    points = torch.stack([given[0] for given in many])[:, None]
    opacities = torch.stack([given[2] for given in (one, many[1], many[0])])
    given = needing_gradients([points, one[1], opacities, one[3]])

    assert small(*given).shape == (2, 3, 4, 5, 3)
    assert torch.autograd.gradcheck(small, given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_image_and_gradients_are_those_of_the_fused_pass(dtype):
    given = needing_gradients(values(6, dtype=dtype))
    target = torch.tensor(np.random.default_rng(1).random((HEIGHT, WIDTH, 3)), dtype=dtype)
    image = draw(*given)
    (image - target).square().mean().backward()
    found = value_and_grad(arrays(given), target.numpy())
    assert image.dtype == dtype
    np.testing.assert_allclose(image.detach().numpy(), found.image, atol=1e-6)
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    for tensor, name in zip(given, ("points", "colors", "opacities", "background"), strict=True):
        assert tensor.grad.dtype == dtype
        np.testing.assert_allclose(tensor.grad.numpy(), getattr(found, name), atol=tolerance, err_msg=name)


def test_a_batch_is_its_scenes_drawn_one_by_one():
    scenes = [values(seed, opacities=(1, 0.5, 1, 1)) for seed in range(3)]
    stacked = needing_gradients([torch.stack(parts) for parts in zip(*scenes, strict=True)])
    upstream = torch.tensor(np.random.default_rng(2).random((3, HEIGHT, WIDTH, 3)))
    together = draw(*stacked)
    together.backward(upstream)
    for index, scene in enumerate(scenes):
        alone = needing_gradients(scene)
        image = draw(*alone)
        image.backward(upstream[index])
        assert torch.equal(image, together[index])
        for tensor, batch in zip(alone, stacked, strict=True):
            assert torch.equal(tensor.grad, batch.grad[index])


def test_any_number_of_threads_gives_the_same_bits():
    results = []
    for threads in (1, 2, 3):
        given = needing_gradients(values(7))
        image = draw(*given, threads=threads)
        image.square().sum().backward()
        results.append([image.detach().clone(), *(tensor.grad for tensor in given)])
    for result in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(result, results[0], strict=True))


@pytest.mark.parametrize("wanted", [(True, False, False, False), (False, True, False, True), (True,) * 4])
def test_only_what_is_asked_for_gets_a_gradient(wanted, monkeypatch):
    looked_beneath = []
    original = api.vjp_planes

    def spy(*arguments, opacities, **options):
        looked_beneath.append(opacities)
        return original(*arguments, opacities=opacities, **options)

    monkeypatch.setattr(api, "vjp_planes", spy)
    given = needing_gradients(values(8), wanted)
    draw(*given).sum().backward()
    assert [tensor.grad is not None for tensor in given] == list(wanted)
    assert looked_beneath == [wanted[2]]


def test_nothing_but_the_inputs_is_kept_for_the_backward_pass():
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t.numel()) or t, lambda t: t):
        image = draw(*needing_gradients(values(9)), width=200, height=200)
    assert image.requires_grad
    assert saved
    assert max(saved) == 2 * TOPOLOGY.point_count


def test_without_gradients_there_is_no_graph():
    assert not draw(*values()).requires_grad
    with torch.no_grad():
        assert not draw(*needing_gradients(values())).requires_grad


def test_left_out_paint_is_opaque_on_white():
    points, colors, *_ = values(10)
    expected = draw(points, colors, torch.ones(PATHS, dtype=points.dtype), torch.ones(3, dtype=points.dtype))
    assert torch.equal(draw(points, colors), expected)


def test_planes_are_contiguous():
    points, colors, *_ = values(11)
    image = draw(points.expand(2, -1, -1), colors)
    assert image.movedim(-1, -3).is_contiguous()


def test_views_and_expanded_gradients_are_taken_as_they_are():
    given = values(12)
    strided = torch.stack([given[0], torch.zeros_like(given[0])], dim=-1)[..., 0].requires_grad_()
    image = draw(strided, *given[1:])
    image.mean().backward()  # the gradient of a mean is one number, expanded
    plain = given[0].clone().requires_grad_()
    draw(plain, *given[1:]).mean().backward()
    assert torch.equal(strided.grad, plain.grad)


def test_the_image_may_be_changed_in_place():
    given = needing_gradients(values(13))
    draw(*given).mul_(2.0).sum().backward()
    twice = [tensor.grad for tensor in given]
    again = needing_gradients(values(13))
    draw(*again).sum().backward()
    for a, b in zip(twice, again, strict=True):
        torch.testing.assert_close(a, 2.0 * b.grad)


def test_empty_scenes_and_empty_batches():
    none = Topology([0])
    image = rasterize(torch.zeros(0, 2), torch.zeros(0, 3), topology=none, width=3, height=2)
    assert torch.equal(image, torch.ones(2, 3, 3))
    points = torch.zeros(0, TOPOLOGY.point_count, 2, requires_grad=True)
    image = draw(points, torch.zeros(PATHS, 3))
    assert image.shape == (0, HEIGHT, WIDTH, 3)
    image.sum().backward()
    assert points.grad.shape == points.shape


def test_functional_gradients():
    given = values(14)
    found = torch.func.grad(lambda *v: draw(*v).square().sum(), argnums=(0, 1, 2, 3))(*given)
    taped = needing_gradients(given)
    draw(*taped).square().sum().backward()
    for a, b in zip(found, taped, strict=True):
        torch.testing.assert_close(a, b.grad)


def test_a_gradient_is_not_differentiated_again():
    given = needing_gradients(values(15))
    (first,) = torch.autograd.grad(draw(*given).square().sum(), given[0], create_graph=True)
    with pytest.raises(RenderError, match="cannot be differentiated again"):
        first.square().sum().backward()


def test_backward_in_another_thread():
    given = needing_gradients(values(16))
    expected = torch.autograd.grad(draw(*given).sum(), given)
    loss = draw(*given).sum()
    worker = threading.Thread(target=loss.backward)
    worker.start()
    worker.join()
    assert all(torch.equal(tensor.grad, grad) for tensor, grad in zip(given, expected, strict=True))


def test_scenes_as_tensors():
    given = values(17)
    scene = arrays(given)
    back = tensors(scene, dtype=torch.float64)
    assert all(torch.equal(a, b) for a, b in zip(back, given, strict=True))
    back[0].zero_()
    assert scene.points.any()
    assert isinstance(scene, SceneArrays)
    assert all(tensor.dtype == torch.float32 for tensor in tensors(scene))


THREE = (Stop(0.1, (1, 0, 0), 0.8), Stop(0.5, (0.1, 0.7, 0.2), 0.3), Stop(0.85, (0, 0.2, 1), 0.6))
FILLS = {
    "linear": GradientFills.of(
        [LinearGradient((1, 2), (11, 8), THREE), Solid((1, 0, 0)), LinearGradient((3, 9), (8, 1), THREE[1:]),
         LinearGradient((2, 5), (6, 7), THREE[:2], "reflect")]
    ),
    "radial": GradientFills.of(
        [RadialGradient((6, 5), 7.3, THREE, (7.1, 4.2), 1.2, "pad", (1, 0.2, -0.3, 0.9, 0.4, 0.6)),
         RadialGradient((5, 6), 5.2, THREE[:2], None, 0.4, "reflect"), Solid((1, 0, 0)),
         RadialGradient((8, 4), 6.1, THREE[1:], (7, 5), 0.1, "repeat")]
    ),
}  # fmt: skip


def filled(names, fills, points, colors, *rest, **options):
    """`rasterize` as a function of positional tensors, gradients' values at the end."""
    return rasterize(
        points, colors, topology=TOPOLOGY, width=5, height=4, canvas=(WIDTH, HEIGHT), gradients=fills,
        **dict(zip(names, rest, strict=True)), **options,
    )  # fmt: skip


@pytest.mark.parametrize("kind", FILLS)
def test_gradcheck_of_gradient_fills(kind):
    fills = FILLS[kind]
    moved = gradient_tensors(fills, dtype=torch.float64)
    names = ("opacities", *moved)
    points, colors, opacities, _ = values(20)
    given = [tensor.requires_grad_() for tensor in (points, colors, opacities, *moved.values())]
    assert torch.autograd.gradcheck(lambda *v: filled(names, fills, *v), given, eps=1e-7)


def test_gradient_fills_are_those_of_the_fused_pass_and_may_come_in_batches():
    fills = FILLS["radial"]
    moved = gradient_tensors(fills, dtype=torch.float64)
    given = values(21)
    scene = TOPOLOGY.with_values(
        *(tensor.numpy() for tensor in given), width=WIDTH, height=HEIGHT, gradients=fills
    )
    target = np.random.default_rng(3).random((HEIGHT, WIDTH, 3))
    found = value_and_grad(scene, target)
    batch = {name: torch.stack([tensor, tensor]).requires_grad_() for name, tensor in moved.items()}
    images = draw(*given, gradients=fills, **batch)
    assert images.shape == (2, HEIGHT, WIDTH, 3)
    (images[1] - torch.tensor(target)).square().mean().backward()
    np.testing.assert_allclose(images[0].detach().numpy(), found.image, atol=1e-12)
    for name, field in (("shapes", "shapes"), ("stop_offsets", "offsets"), ("stop_colors", "colors"),
                        ("stop_opacities", "opacities")):  # fmt: skip
        assert (batch[name].grad[0] == 0.0).all()
        np.testing.assert_allclose(batch[name].grad[1].numpy(), getattr(found.fills, field), atol=1e-12)


def test_gradients_values_stay_as_they_are_where_no_tensor_is_given():
    given, fills = values(22), FILLS["linear"]
    everything = draw(*given, gradients=fills, **gradient_tensors(fills, dtype=torch.float64))
    assert torch.equal(draw(*given, gradients=fills), everything)


def test_opacities_of_stops_look_beneath(monkeypatch):
    looked_beneath = []
    original = api.vjp_planes

    def spy(*arguments, opacities, **options):
        looked_beneath.append(opacities)
        return original(*arguments, opacities=opacities, **options)

    monkeypatch.setattr(api, "vjp_planes", spy)
    given, fills = values(23), FILLS["linear"]
    for name, tensor in gradient_tensors(fills, dtype=torch.float64).items():
        draw(*given, gradients=fills, **{name: tensor.requires_grad_()}).sum().backward()
        assert tensor.grad is not None
    assert looked_beneath == [False, False, False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shapes": torch.zeros(3, 6).double()}, "shapes are values of gradient fills: give gradients="),
        ({"gradients": FILLS["linear"], "shapes": torch.zeros(2, 6).double()}, r"shapes of shape \(\.\.\., 3, 6\)"),
        ({"gradients": FILLS["linear"], "shapes": torch.zeros(3, 6).double()}, "ends differ"),
        ({"gradients": FILLS["linear"], "stop_offsets": torch.zeros(7)}, "stop_offsets torch.float32"),
        ({"gradients": FILLS["linear"], "stop_opacities": torch.full((7,), 1.5).double()}, "opacities of stops"),
        ({"gradients": FILLS["linear"].reordered([0, 1])}, r"paths of gradients of shape \(4,\)"),
    ],
)  # fmt: skip
def test_impossible_gradient_fills_are_refused(options, message):
    with pytest.raises(RenderError, match=message):
        draw(*values(), **options)


def changed(index, make):
    given = values()
    given[index] = make(given[index])
    return given


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (changed(0, lambda t: t.to("meta")), {}, r"points is on meta: call \.cpu\(\)"),
        (changed(3, lambda t: t.to("meta")), {}, r"background is on meta"),
        (changed(0, lambda t: t.half()), {}, "float32 or float64, got torch.float16"),
        (changed(1, lambda t: t.float()), {}, "colors torch.float32"),
        (changed(0, lambda t: t[:-1]), {}, r"expected points of shape \(\.\.\., 36, 2\), got \(35, 2\)"),
        (changed(1, lambda t: t[0]), {}, r"expected colors of shape \(\.\.\., 4, 3\), got \(3,\)"),
        (changed(2, lambda t: t[:2]), {}, "expected opacities"),
        (changed(3, lambda t: t[:2]), {}, "expected background"),
        (changed(2, lambda t: t + 1.0), {}, r"opacities lie in \[0, 1\]"),
        (changed(0, lambda t: t * torch.nan), {}, "points hold values that are not finite"),
        (values(), {"width": 0}, "at least 1"),
        (values(), {"height": 2.5}, "whole number"),
        (values(), {"canvas": (0, 4)}, "canvas"),
        (values(), {"threads": 0}, "threads"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(given, options, message):
    with pytest.raises(RenderError, match=message):
        draw(*given, **options)


def test_batches_that_do_not_broadcast_are_refused():
    points, colors, opacities, background = values()
    with pytest.raises(RenderError, match="do not broadcast"):
        draw(points.expand(2, -1, -1), colors.expand(3, -1, -1), opacities, background)


def test_optimisation_finds_a_disc_that_moved():
    """The whole loop: gradients of points and colour pull a disc to where the target has it."""
    topology = Topology.closed_curves(1, 4)
    k = 0.5523
    disc = torch.tensor([(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0), (-1, -k), (-k, -1), (0, -1),
                         (k, -1), (1, -k)])  # fmt: skip
    size = {"topology": topology, "width": 32, "height": 32}
    target = rasterize(torch.tensor([17.0, 15.0]) + 7 * disc, torch.tensor([[0.1, 0.6, 0.3]]), **size)
    points = (torch.tensor([12.0, 18.0]) + 6 * disc).requires_grad_()
    colors = torch.tensor([[0.5, 0.5, 0.5]], requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [points], "lr": 0.3}, {"params": [colors], "lr": 0.03}])
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        loss = (rasterize(points, colors, **size) - target).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.01 * losses[0]
    torch.testing.assert_close(colors.detach(), torch.tensor([[0.1, 0.6, 0.3]]), atol=0.02, rtol=0)


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from huefold.errors import MissingExtraError
import huefold.render
huefold.render.value_and_grad
try:
    import huefold.render.torch
except MissingExtraError as error:
    print(error, error.exit_code)
"""


def test_without_torch_the_error_says_what_to_install():
    run = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], check=True, capture_output=True, text=True)
    assert run.stdout == "huefold.render.torch needs PyTorch: pip install 'huefold[torch]' 2\n"


def test_arrays_and_tensors_draw_alike_on_a_canvas_of_another_size():
    given = values(18)
    wide = [2.0 * given[0], *given[1:]]
    scene = replace(arrays(wide), width=2.0 * WIDTH, height=2.0 * HEIGHT)
    found = value_and_grad(scene, np.zeros((HEIGHT, WIDTH, 3)))
    image = draw(*wide, canvas=(2 * WIDTH, 2 * HEIGHT))
    np.testing.assert_allclose(image.numpy(), found.image, atol=1e-12)


def blocks_of_the_porting_page():
    """Source of the page's Python blocks: the converter, DiffVG's loop, ours, the fused call, gradient fills."""
    page = Path(__file__).parents[2] / "docs" / "porting-from-diffvg.md"
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def diffvg_scene():
    """A shape of a line, a quadratic and a cubic segment, and a ring of two, with DiffVG's fields."""
    mixed = torch.tensor([[2.0, 2], [9, 1], [12, 5], [10, 9], [7, 11], [1, 9]])  # line, quadratic, cubic
    outer = torch.tensor([[4.0, 2.5], [11.5, 3.5], [6, 10.3]])
    inner = torch.tensor([[6.0, 4.4], [8, 4.7], [6.6, 6.4]])
    shapes = [
        SimpleNamespace(points=mixed, num_control_points=torch.tensor([0, 1, 2])),
        SimpleNamespace(points=outer, num_control_points=torch.tensor([0, 0, 0])),
        SimpleNamespace(points=inner, num_control_points=torch.tensor([0, 0, 0])),
    ]
    groups = [
        SimpleNamespace(shape_ids=torch.tensor(ids), fill_color=torch.tensor(fill), use_even_odd_rule=True)
        for ids, fill in (([0], [1.0, 0.0, 0.0, 0.5]), ([1, 2], [0.0, 0.0, 1.0, 1.0]))
    ]
    return shapes, groups


def test_the_porting_pages_converter_keeps_shapes_rules_and_paint():
    page = {}
    exec(blocks_of_the_porting_page()[0], page)
    shapes, groups = diffvg_scene()
    points, colors, opacities, topology = page["from_diffvg"](shapes, groups)
    image = rasterize(points, colors, opacities, topology=topology, width=WIDTH, height=HEIGHT)
    p = shapes[0].points.double().numpy()
    t = np.linspace(0, 1, 400)[:, None]
    quadratic = (1 - t) ** 2 * p[1] + 2 * t * (1 - t) * p[2] + t**2 * p[3]
    cubic = (1 - t) ** 3 * p[3] + 3 * t * (1 - t) ** 2 * p[4] + 3 * t**2 * (1 - t) * p[5] + t**3 * p[0]
    shape = shapely.Polygon(np.concatenate([p[:1], quadratic, cubic[:-1]]))
    ring = shapely.Polygon(shapes[1].points.numpy(), [shapes[2].points.numpy()])
    boxes = np.array([[shapely.box(j, i, j + 1, i + 1) for j in range(WIDTH)] for i in range(HEIGHT)])
    expected = np.ones((HEIGHT, WIDTH, 3))
    for polygon, color, opacity in ((shape, (1, 0, 0), 0.5), (ring, (0, 0, 1), 1.0)):
        alpha = opacity * shapely.area(shapely.intersection(boxes, polygon))[..., None]
        expected += alpha * (np.array(color) - expected)
    np.testing.assert_allclose(image.numpy(), expected, atol=0.02)
    assert np.abs(image.numpy() - expected).mean() < 2e-3


def test_the_porting_pages_loop_runs_as_printed():
    converter, _, loop, fused, gradients = blocks_of_the_porting_page()
    shapes, groups = diffvg_scene()
    target = torch.zeros(HEIGHT, WIDTH, 3)
    names = {"shapes": shapes, "shape_groups": groups, "width": WIDTH, "height": HEIGHT, "target": target}
    exec(converter, names)
    exec(loop, names | {"iterations": 1}, first := {})
    exec(loop, names | {"iterations": 20}, last := {})
    assert last["loss"] < first["loss"]
    scene = {name: last[name].detach().numpy() for name in ("points", "colors", "opacities")}
    picture = {"target": target.numpy(), "weight": np.ones((HEIGHT, WIDTH))}
    exec(fused, names | scene | picture | {"topology": last["topology"]}, once := {})
    assert once["found"].loss < first["loss"].item()
    assert once["found"].importance.shape == (2,)
    values = {"points": last["points"], "colors": last["colors"], "topology": last["topology"]}
    exec(gradients, names | values, filled := {})
    assert all(tensor.grad is not None and tensor.grad.any() for tensor in filled["paint"].values())
