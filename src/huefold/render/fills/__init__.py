"""Gradient fills: as flat arrays, as the kernels want them, and their derivatives."""
