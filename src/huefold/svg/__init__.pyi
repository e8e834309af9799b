from .read.document import read_svg
from .writer import write_svg

__all__ = ["read_svg", "write_svg"]
