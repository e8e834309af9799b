"""Draw bands of rows and, when asked, differentiate them: the one kernel that Python calls for it."""

from huefold.render.kernels import layout
from huefold.render.kernels.backward import backward_background, backward_band
from huefold.render.kernels.bits import take
from huefold.render.kernels.compiled import embedded, inlined, kernel, reordered
from huefold.render.kernels.compositing import composite_band
from huefold.render.kernels.coverage import cover_band
from huefold.render.kernels.records import Frame, Partials, Plan, Task, paint_of, workspace_of


@reordered
def _loss_plane(color, target, weight, grad, scale):
    """Weighted squared error of one plane and its gradient."""
    total = color.dtype.type(0.0)
    two = color.dtype.type(2.0 * scale)
    if weight.size == 0:
        for p in range(color.size):
            error = color[p] - target[p]
            total += error * error
            grad[p] = two * error
    else:
        for p in range(color.size):
            error = color[p] - target[p]
            weighted = weight[p] * error
            total += weighted * error
            grad[p] = two * weighted
    return total * scale


@embedded
def _loss_band(task, ws, frame):
    """Loss of a band, row by row (short float sums), with its gradient in `ws.upstream.grad`."""
    width = frame.width
    start = frame.top * width
    loss = 0.0
    for p in range(0, frame.rows * width, width):
        weight = task.weight
        if weight.size > 0:
            weight = task.weight[start + p : start + p + width]
        for channel in range(3):
            color = ws.color[channel, p : p + width]
            target = task.target[channel, start + p : start + p + width]
            grad = ws.upstream.grad[channel, p : p + width]
            if task.from_upstream:
                for x in range(width):
                    grad[x] = target[x]
            else:
                loss += _loss_plane(color, target, weight, grad, task.scale)
    return loss


@inlined
def _copy_image(image, color, start, pixels):
    """Put a band's colours into the image, if one is wanted."""
    if image.shape[1] > 0:
        for channel in range(3):
            plane = color[channel]
            out = image[channel, start : start + pixels]
            for p in range(out.size):
                out[p] = plane[p]


@embedded
def _draw_bands(plan, paint, task, partials, ws, queue, band):
    width = task.width
    bands = len(plan.band_visits)
    if band < 0:
        band = take(queue)
    while band < bands:
        top = band * task.band_rows
        frame = Frame(top, min(task.band_rows, task.height - top), width, (width + 63) >> 6)
        pixels = frame.rows * width
        if plan.band_visits[band] > ws.visits.pixel.size:
            return band, layout.GROW_VISITS
        groups, status = cover_band(plan, paint, ws, band, frame, task.winding_penalty > 0.0, task.beneath)
        if status != layout.DONE:
            return band, status
        composite_band(paint, ws, groups, frame)
        _copy_image(task.image, ws.color, top * width, pixels)
        if task.target.shape[1] > 0:
            sums = partials.band_sums[band]
            for k in range(layout.BAND_SUMS):
                sums[k] = 0.0
            sums[layout.LOSS] = _loss_band(task, ws, frame)
            if task.backward:
                if task.beneath:
                    for p in range(pixels):
                        ws.upstream.transmittance[p] = 1.0
                backward_band(plan, paint, task, partials, ws, band, groups, frame)
                backward_background(ws, frame, task.beneath, sums)
        band = take(queue)
    return band, layout.DONE


@kernel
def draw_bands(plan, paint, task, partials, ws, queue, band):
    """Render bands from the queue and, when asked, differentiate them; return (band, status).

    Records come as plain tuples of their fields, which are passed from Python in a third of the time (see `plain`).
    Where memory runs out, call again with the band returned; -1 takes the first from the queue.
    """
    return _draw_bands(
        Plan(*plan), paint_of(paint), Task(*task), Partials(*partials), workspace_of(ws), queue, band
    )
