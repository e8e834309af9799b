"""Static SVG documents as scenes: parsing, styles, shapes, paint servers, and the walk through the tree."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
