"""The rasteriser's inner loops, compiled together: one band of rows at a time, while it is in cache.

Within a band, paths are covered front to back while a pixel can still be seen (`lines`, `coverage`), composited
back to front (`compositing`), then differentiated front to back (`backward`); `bands` does all three.

A *visit* is the part of a line inside one pixel, a *cell* a pixel that lines of a path visit, a *run* a stretch of
pixels wholly inside a path that nothing opaque hides. Coordinates are in output pixels, x right, y down.
"""
