"""Gradient fills: which paths get one, fitted in closed form, and what it takes in a file."""
