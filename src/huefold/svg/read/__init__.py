"""Static SVG documents as scenes: parsing, styles, shapes, paint servers, and the walk through the tree."""
