from .order import PainterOrder, painter_order
from .outlines import fit_chain, trace

__all__ = ["PainterOrder", "fit_chain", "painter_order", "trace"]
