"""Fitting: one loop of Adam on the exact gradient, what it may move, and what keeps outlines simple."""
