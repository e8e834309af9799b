"""Partition -> structural paths: outlines along pixel edges, as few cubics as a tolerance allows."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
