from .chains import fit_chain
from .order import PainterOrder, painter_order
from .outlines import trace

__all__ = ["PainterOrder", "fit_chain", "painter_order", "trace"]
