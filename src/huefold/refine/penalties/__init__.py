"""Penalties beside the squared error: occluded parts, length of outlines, parts outside of a region."""
