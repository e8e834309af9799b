"""Outlines that cross themselves: one test for whoever draws, refines or judges them."""
