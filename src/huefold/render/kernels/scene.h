/* A scene as C sees it: pointers into arrays that the caller keeps. */
#ifndef HUEFOLD_RENDER_SCENE_H
#define HUEFOLD_RENDER_SCENE_H

#include "native/core.h"

/* Gradient fills in output pixels. */
typedef struct {
    int64_t count;          /* G; 0 if no path has a gradient: then nothing else is read */
    const int64_t *of_path; /* [N] gradient of each path, -1 where solid */
    const uint8_t *radial;  /* [G] */
    const uint8_t *spread;  /* [G] */
    const double *maps;     /* [G, MAP_COLUMNS] from pixels to offsets */
    const int64_t *stops;   /* [G + 1] offsets into the next two */
    const double *offsets;  /* [T] increasing within each gradient */
    const double *paint;    /* [T, 4] red, green, blue, opacity */
} Fills;

#endif
