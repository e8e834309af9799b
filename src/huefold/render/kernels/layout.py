"""Places of values in arrays, and codes, of the band kernels."""

# Why `bands.draw_bands` came back.
DONE = 0
GROW_VISITS = 1
GROW_RUNS = 2
GROW_STORED = 3

# Winding codes of a cell beside the signs -1, 0 and 1, while windings are penalised.
BELOW = 3  # wound below 0
ABOVE = 4  # wound above 1

# Columns of `Workspace.groups`: half-open ranges of what one path has in a band.
PATH = 0
ENTRIES, ENTRIES_END = 1, 2
CELLS, CELLS_END = 3, 4
RUNS, RUNS_END = 5, 6
VISITS_END = 7
GROUP_COLUMNS = 8

# Places in `Workspace.counts`: what a band has so far.
RUN_COUNT = 0
STORED_COUNT = 1  # pixels whose colour beneath is stored
VISIBLE_COUNT = 2  # pixels that can still be seen
CELL_COUNT = 3
VISIT_COUNT = 4
COUNTS = 5

# Places in the sums of a path in a band, and of the whole band.
RED, GREEN, BLUE = 0, 1, 2
OPACITY = 3
IMPORTANCE = 4
PATH_SUMS = 5
LOSS = 0
BACKGROUND_RED, BACKGROUND_GREEN, BACKGROUND_BLUE = 1, 2, 3
BAND_SUMS = 4

# Sums of one gradient fill: those of its shape, then those of each stop.
SHAPE_SUMS = 6
STOP_SUMS = 5
STOP_OFFSET, STOP_RED, STOP_GREEN, STOP_BLUE, STOP_OPACITY = 0, 1, 2, 3, 4

# Columns of `Fills.maps`. Linear: t = T_0 + T_X x + T_Y y. Radial: place (u, v) relative to the apex of the cone of
# circles, in units of the radii's difference; h, the vector from focus to centre; 1 - |h|^2; t at the apex.
T_0, T_X, T_Y = 0, 1, 2
U_X, U_Y, U_0, V_X, V_Y, V_0, H_X, H_Y, FLATNESS, APEX = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
MAP_COLUMNS = 10
