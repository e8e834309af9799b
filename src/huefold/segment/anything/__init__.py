"""Segment Anything -> masks: a grid of points, each answered by masks, the good ones kept."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
