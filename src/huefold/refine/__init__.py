"""Stage III: details on top of the structure, and all of it fitted by differentiable rendering."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
