"""Edits of a drawing between fits: paths and nodes that come, go, move elsewhere or merge."""
