"""Image or masks -> partition: every pixel in exactly one region, every region 4-connected."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
