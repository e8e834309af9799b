"""Numeric kernels of recoloring: Stage I and II, greedy merging, and the reassignment of first regions."""
