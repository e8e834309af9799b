"""Image and guidance -> saliency: how much each pixel matters, (H, W) float32 in [0, 1]."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
