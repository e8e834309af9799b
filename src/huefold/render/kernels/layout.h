/* Places of values in arrays of the renderer. */
#ifndef HUEFOLD_RENDER_LAYOUT_H
#define HUEFOLD_RENDER_LAYOUT_H

/* Sums of a path in a band, and of the whole band. */
enum { SUM_RED, SUM_GREEN, SUM_BLUE, SUM_OPACITY, SUM_IMPORTANCE, PATH_SUMS };
enum { BAND_LOSS, BAND_BACKGROUND_RED, BAND_BACKGROUND_GREEN, BAND_BACKGROUND_BLUE, BAND_SUMS };

/* Sums of one gradient fill: those of its shape, then those of each stop. */
enum { SHAPE_SUMS = 6 };
enum { STOP_OFFSET, STOP_RED, STOP_GREEN, STOP_BLUE, STOP_OPACITY, STOP_SUMS };

/* Columns of `Fills.maps`. Linear: t = T_0 + T_X x + T_Y y. Radial: place (u, v) relative to the apex of the cone of
 * circles, in units of the radii's difference; h, the vector from focus to centre; 1 - |h|^2; t at the apex. */
enum { T_0, T_X, T_Y };
enum { U_X, U_Y, U_0, V_X, V_Y, V_0, H_X, H_Y, FLATNESS, APEX, MAP_COLUMNS };

#endif
