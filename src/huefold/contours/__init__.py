"""Contours of regions of pixels: pixel edges are followed, and fitted with as few cubics as a tolerance allows."""
