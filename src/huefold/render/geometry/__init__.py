"""From cubic segments to lines, from lines to bands, and back to control points."""
