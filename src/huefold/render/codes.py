"""Codes that stand in a cell beside the winding signs -1, 0 and 1."""

__all__ = ["OVER", "UNDER"]

UNDER = 3
"""While untangling: wound below 0."""

OVER = 4
"""While untangling: wound above 1."""
