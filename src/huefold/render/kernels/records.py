"""Records of arrays that belong together: what the band kernels read and write."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huefold.render.kernels.compiled import inlined


class Plan(NamedTuple):
    """Lines of all paths and, for each band, which of them cross it (in path order)."""

    lines: NDArray[np.float64]  # [L, 4] ax, ay, bx, by
    line_path: NDArray[np.int32]  # [L]
    path_leaves: NDArray[np.uint8]  # [N] 1 where a path has lines right of the canvas, which no band lists
    entry_line: NDArray[np.int32]  # [E] lines, band after band
    band_entries: NDArray[np.int64]  # [B + 1] offsets into entry_line
    band_groups: NDArray[np.int64]  # [B + 1] offsets into the per-(band, path) results
    band_visits: NDArray[np.int64]  # [B] upper bound of visits


class Fills(NamedTuple):
    """Gradient fills in output pixels."""

    of_path: NDArray[np.int64]  # [N] gradient of each path, -1 where solid; [0] if there are none at all
    radial: NDArray[np.uint8]  # [G]
    spread: NDArray[np.uint8]  # [G]
    maps: NDArray[np.float64]  # [G, layout.MAP_COLUMNS] from pixels to offsets
    stops: NDArray[np.int64]  # [G + 1] offsets into the next two
    offsets: NDArray[np.float64]  # [T] increasing within each gradient
    paint: NDArray[np.float64]  # [T, 4] red, green, blue, opacity


class Paint(NamedTuple):
    """What the paths are painted with."""

    colors: NDArray[np.float64]  # [N, 3]
    opacities: NDArray[np.float64]  # [N]
    evenodd: NDArray[np.uint8]  # [N]
    background: NDArray[np.float64]  # [3]
    hiding: NDArray[np.float64]  # [N] 1 where all of a path's inside hides what is beneath, else below 1
    fills: Fills


class Task(NamedTuple):
    """What to compute, and where images lie (planes of H * W pixels)."""

    width: int
    height: int
    band_rows: int
    scale: float  # of the squared error
    backward: bool
    from_upstream: bool  # `target` holds dL/dimage instead of an image to match
    beneath: bool  # also look under the first opaque layer: opacity gradients, importance
    winding_penalty: float  # above 0: draw only windings of 1, charge others so much a pixel
    target: NDArray[np.float32]  # [3, H * W]
    weight: NDArray[np.float32]  # [H * W] or [0]
    image: NDArray[np.float32]  # [3, H * W]


class Partials(NamedTuple):
    """Results per band, to be summed in band order."""

    entry_grad: NDArray[np.float64]  # [E, 4]
    group_path: NDArray[np.int32]  # [G], -1 where hidden
    group_sums: NDArray[np.float64]  # [G, layout.PATH_SUMS]
    band_sums: NDArray[np.float64]  # [B, layout.BAND_SUMS]
    fill_starts: NDArray[np.int64]  # [B + 1] offsets into fill_sums
    fill_sums: NDArray[np.float64]  # of the gradients of each band's paths, in the order of group_path


class Cover(NamedTuple):
    """Signed cover of the current path, kept zero between paths (as FreeType's area and cover)."""

    swept: NDArray[np.float32]  # [R * W, 2] area and cover that begin in each pixel
    left: NDArray[np.float64]  # [R] cover from the left of the canvas
    touched: NDArray[np.uint64]  # [R * words] bit set of visited pixels


class Visible(NamedTuple):
    """Bit sets of pixels, `words` of 64 bits a row."""

    seen: NDArray[np.uint64]  # [R * words] can still be seen
    uncovered: NDArray[np.uint64]  # [R * words] no opaque layer covers it yet


class Visits(NamedTuple):
    """Parts of lines inside pixels, as ranges of the line's parameter."""

    pixel: NDArray[np.int32]  # [V]
    length: NDArray[np.float32]  # [V] t1 - t0
    middle: NDArray[np.float32]  # [V] (t0 + t1) / 2
    of_entry: NDArray[np.int64]  # [E_band + 1] first visit of each entry


class Cells(NamedTuple):
    """Pixels that lines of a path visit."""

    pixel: NDArray[np.int32]  # [V]
    alpha: NDArray[np.float32]  # [V] coverage
    sign: NDArray[np.int8]  # [V] dcoverage/dwinding, or BELOW, ABOVE
    under: NDArray[np.float32]  # [V, 3] colour beneath


class Runs(NamedTuple):
    """Stretches of pixels wholly inside a path."""

    pixel: NDArray[np.int32]  # [Q]
    length: NDArray[np.int32]  # [Q]
    stored: NDArray[np.int64]  # [Q] offset into under, -1 where nothing beneath is needed
    under: NDArray[np.float32]  # [3, U] colour beneath


class Upstream(NamedTuple):
    """State of the backward pass above the current path."""

    grad: NDArray[np.float32]  # [3, R * W] dL/dcolour
    transmittance: NDArray[np.float32]  # [R * W]
    edge: NDArray[np.float32]  # [R * W] dL/dcoverage of the current path's cells, kept zero


class Row(NamedTuple):
    """Scratch for a run of a gradient fill."""

    planes: NDArray[np.float32]  # [9, W] colour and opacity, and their gradients
    offset: NDArray[np.float64]  # [W]


class Workspace(NamedTuple):
    """Scratch memory of one thread; all planes hold one band."""

    color: NDArray[np.float32]  # [3, R * W]
    cover: Cover
    visible: Visible
    visits: Visits
    cells: Cells
    runs: Runs
    upstream: Upstream
    row: Row
    groups: NDArray[np.int64]  # [N + 1, layout.GROUP_COLUMNS]
    counts: NDArray[np.int64]  # [layout.COUNTS]
    sums: NDArray[np.float64]  # [layout.PATH_SUMS]


class Frame(NamedTuple):
    """The band at hand, in pixels."""

    top: int
    rows: int
    width: int
    words: int  # of 64 bits a row


class Gradient(NamedTuple):
    """One gradient fill."""

    map: NDArray[np.float64]  # [layout.MAP_COLUMNS]
    offsets: NDArray[np.float64]  # [S]
    paint: NDArray[np.float64]  # [S, 4]
    spread: int
    radial: bool
    two_stops: bool  # the common case: linear, padded, two stops that are not too close


class Loss(NamedTuple):
    """How the loss weighs the band's pixels."""

    beneath: bool
    scale: float
    winding_penalty: float  # in units of the loss
    weight: NDArray[np.float32]  # [H * W] or [0]
    origin: int  # the band's first pixel in `weight`


def plain(record: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a record, and the records in it, as plain tuples."""
    return tuple(tuple(field) if isinstance(field, tuple) else field for field in record)


@inlined
def paint_of(fields):
    """Return `Paint` from plain tuples."""
    colors, opacities, evenodd, background, hiding, fills = fields
    return Paint(colors, opacities, evenodd, background, hiding, Fills(*fills))


@inlined
def workspace_of(fields):
    """Return a `Workspace` from plain tuples."""
    color, cover, visible, visits, cells, runs, upstream, row, groups, counts, sums = fields
    return Workspace(
        color, Cover(*cover), Visible(*visible), Visits(*visits), Cells(*cells), Runs(*runs), Upstream(*upstream),
        Row(*row), groups, counts, sums,
    )  # fmt: skip
