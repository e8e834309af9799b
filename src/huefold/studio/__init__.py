"""The studio: a server and a page to paint what matters and watch it become vectors (``huefold[studio]``)."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
