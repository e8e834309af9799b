"""Bit sets of pixels, 64 to a word, and a counter that threads share."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from huefold.render.kernels.compiled import inlined

NONE = np.uint64(0)
ONE = np.uint64(1)
ALL = ~np.uint64(0)


@intrinsic
def trailing_zeros(_typingctx, _bits):
    """Place of the lowest bit of a word that is not 0."""

    def codegen(_context, builder, _signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


@intrinsic
def bit_count(_typingctx, _bits):
    """Number of bits set in a word."""

    def codegen(_context, builder, _signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


@intrinsic
def take(_typingctx, _counter):
    """Return the counter's value and add 1 to it, so that no two threads get the same."""

    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", data, ir.Constant(ir.IntType(64), 1), "monotonic")

    return types.int64(types.Array(types.int64, 1, "C")), codegen


@inlined
def stretch(word, x0, x1):
    """Bits of a word that stand for pixels in [x0, x1), a stretch that reaches into it."""
    mask = ALL
    if x0 > word << 6:
        mask &= ALL << np.uint64(x0 & 63)
    if x1 < (word + 1) << 6:
        mask &= ALL >> np.uint64(64 - (x1 & 63))
    return mask
