from .document import read_svg

__all__ = ["read_svg"]
