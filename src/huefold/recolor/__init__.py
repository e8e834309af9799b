"""Recolor a partition under a saliency map until neighbouring regions share colours and merge."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
