"""Weights of pretrained models: where they lie, how they get there, and how they are read."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
