"""Cubic Bezier curves: evaluated, differentiated, split, flattened, fitted, bounded, and tested for crossings."""
