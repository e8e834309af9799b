"""Commands that measure huefold: each prints a table with commit, seed and machine."""
