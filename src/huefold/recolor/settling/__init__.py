"""Settling: first regions change sides until no change lowers the saliency-weighted error."""
