"""The preset `paper` as a whole: what is handed from stage to stage is what the paper says, and nothing more.

The numbers within the stages: tests/recolor/test_paper_schedule.py and tests/refine/test_paper_recipe.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from huefold import recolor, refine, saliency, segment, svg, trace
from huefold.errors import Cancelled
from huefold.images import load_image
from huefold.options import Options
from huefold.progress import CancelToken
from huefold.run.pipeline import vectorize
from huefold.run.result import Result
from huefold.run.session import Session
from huefold.scene import Scene

PATHS, REGIONS, SEED = 20, 40, 3
STRUCTURAL = 8  # 40 % of the paths
ROUNDS = 20
HEIGHT, WIDTH = 48, 64


def photo(height=HEIGHT, width=WIDTH):
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    rgb = np.stack([x, y, 1 - x], axis=2) * 0.6
    rgb[(x - 0.3) ** 2 + (y - 0.5) ** 2 < 0.05] = (0.9, 0.2, 0.1)
    rgb[(x > 0.7) & (x < 0.8)] = (0.1, 0.8, 0.3)
    rgb += np.random.default_rng(0).normal(0, 0.04, rgb.shape)
    return (255 * rgb.clip(0, 1)).round().astype(np.uint8)


@dataclass
class Run:
    result: Result
    traced: Scene
    seeded: Scene
    noise: np.ndarray
    rgb: np.ndarray


def run(paths=PATHS, **options) -> Run:
    seen = []
    result = vectorize(
        photo(), paths=paths, preset="paper", regions=REGIONS, seed=SEED, progress=seen.append, **options
    )
    previews = [(report.stage, report.scene) for report in seen if report.scene is not None]
    traced = next(scene for stage, scene in previews if stage == "trace")
    seeded = next(scene for stage, scene in previews if stage == "refine")
    return Run(result, traced, seeded, saliency.noise((HEIGHT, WIDTH), seed=SEED), load_image(photo()).rgb)


@pytest.fixture(scope="module")
def drawn():
    return run()


def test_every_door_has_the_same_defaults(drawn):
    """`vectorize` and `Options`: so what holds for one holds for the other, and for the command line."""
    options = Options(paths=PATHS, preset="paper", regions=REGIONS, seed=SEED)
    assert Session(photo()).draw(options).svg == drawn.result.svg
    assert options.rounds == ROUNDS
    assert [Options(paths=paths).structural_paths for paths in (11, PATHS, 1000)] == [4, STRUCTURAL, 400]


# --- structure and details: 40 % to 60 % ---


@pytest.mark.parametrize("paths", [4, 5, 11, 20, 64])
def test_two_of_five_paths_are_structural(paths):
    made = run(paths)
    roles = [path.role for path in made.seeded.paths]
    structural = round(0.4 * paths)
    assert roles == structural * ["structural"] + (paths - structural) * ["detail"]
    counts = made.result.report.paths
    assert (counts.structural, counts.detail) == (structural, paths - structural)
    assert made.result.hierarchy.coarsest == structural == len(made.traced.paths)


def test_first_regions_are_merged_to_as_many_as_there_are_structural_paths(drawn):
    """In twenty rounds, under noise, each region by its saliency as it is (4.1, 5.1)."""
    leaves = drawn.result.hierarchy.leaves
    np.testing.assert_array_equal(leaves, segment.classical(drawn.rgb, regions=REGIONS))
    expected = recolor.recolor(
        drawn.rgb,
        leaves,
        drawn.noise,
        target=STRUCTURAL,
        rounds=ROUNDS,
        settings=recolor.RecolorSettings.paper(),
        seed=SEED,
    )
    assert drawn.result.hierarchy.merges == expected.merges
    assert drawn.result.hierarchy.coarsest == STRUCTURAL


def test_every_region_is_a_path_over_the_mean_colour(drawn):
    """Curves lie within three quarters of a pixel, or farther off where a path would have over 20 segments."""
    paths = trace.trace(
        drawn.rgb,
        drawn.result.hierarchy.cut(STRUCTURAL),
        width=WIDTH,
        height=HEIGHT,
        tolerance=0.75,
        max_segments=20,
    )
    traced = drawn.traced
    assert traced.background == pytest.approx(tuple(drawn.rgb.reshape(-1, 3).mean(axis=0, dtype=float)))
    assert [path.id for path in traced.paths] == [f"s{k}" for k in range(STRUCTURAL)]
    assert svg.write_svg(traced) == svg.write_svg(Scene(WIDTH, HEIGHT, traced.background, paths))


def test_paths_have_twenty_segments_at_most_where_their_shape_allows():
    y, x = np.mgrid[:96, :128]
    angle, radius = np.arctan2(y - 48, x - 64), np.hypot(y - 48, x - 64)
    star = (radius < 30 + 12 * np.cos(12 * angle)).astype(int)
    image = np.where(star[..., None], (200, 60, 30), (20, 90, 160)).astype(np.uint8)
    seen = []
    vectorize(image, paths=2, preset="paper", structural_ratio=1.0, segmenter=star, progress=seen.append)
    traced = next(report.scene for report in seen if report.scene is not None)
    assert [path.segments for path in traced.paths] == [4, 20]


def test_details_are_seeded_over_the_traced_paths(drawn):
    structure, details = drawn.seeded.paths[:STRUCTURAL], drawn.seeded.paths[STRUCTURAL:]
    assert [path.fill for path in structure] == [path.fill for path in drawn.traced.paths]
    nodes = np.array([path.contours[0][::3] for path in details])
    assert nodes.shape == (PATHS - STRUCTURAL, 4, 2)
    radii = np.linalg.norm(nodes - nodes.mean(axis=1, keepdims=True), axis=2)
    np.testing.assert_allclose(radii, 5.0)


def test_all_errors_count_alike_and_nothing_is_done_afterwards(drawn):
    """The result is Stage III by its public function without weights or regions, written."""
    expected = refine.refine(
        drawn.rgb,
        drawn.traced,
        drawn.noise,
        paths=PATHS,
        settings=refine.RefineSettings.paper(),
        seed=SEED,
    )
    assert drawn.result.svg == svg.write_svg(expected)


def test_details_start_where_a_given_map_is():
    given = np.zeros((HEIGHT, WIDTH), np.float32)
    given[:, : WIDTH // 2] = 1.0
    made = run(saliency=given, focus=1.0)
    centres = np.array([path.contours[0][::3].mean(axis=0) for path in made.seeded.paths[STRUCTURAL:]])
    assert (centres[:, 0] < WIDTH / 2 + 1).mean() > 0.8


def test_photos_are_worked_on_at_full_size():
    """As the default preset does: 1024 x 768 pixels at most."""
    shapes, stop = [], CancelToken()

    def look(rgb):
        shapes.append(rgb.shape)
        stop.cancel()
        return np.zeros(rgb.shape[:2], int)

    with pytest.raises(Cancelled):
        vectorize(photo(900, 1200), preset="paper", segmenter=look, cancel=stop)
    assert shapes == [(768, 1024, 3)]
