/* A scene as C sees it, and what to do with it: pointers into arrays that the caller keeps. */
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

/* Paths in painter's order. */
typedef struct {
    int64_t path_count;       /* N */
    const double *points;     /* [P, 2] in scene units */
    const int64_t *contours;  /* [C + 1] offsets into the points, multiples of 3 */
    const int64_t *paths;     /* [N + 1] offsets into the contours */
    const double *colors;     /* [N, 3] */
    const double *opacities;  /* [N] */
    const double *hiding;     /* [N] 1 where all of a path's inside hides what is beneath, else below 1 */
    const uint8_t *evenodd;   /* [N] */
    const double *background; /* [3] */
    double scale_x, scale_y;  /* output pixels in a scene unit */
    Fills fills;
} Scene;

/* What to do with a scene, and where results go. Images are planes of the renderer's pixels, [3, H, W]. */
typedef struct {
    const void *target; /* image to match; NULL: draw only */
    const void *weight; /* [H, W], or NULL: 1 everywhere */
    void *image;        /* receives the drawing, unless NULL */
    const uint64_t *wanted; /* [H, words of 64 pixels] bits of the pixels to draw; NULL: all. Others become anything. */
    bool backward;      /* differentiate */
    bool from_upstream; /* `target` holds dL/dimage instead of an image to match */
    bool beneath;       /* also look under the first opaque layer: opacity gradients, importance */
    /* Only with a target: */
    double loss;
    /* Only with `backward`: */
    double background[3];
    double *points;     /* [P, 2] dL/dpoint, in scene units */
    double *path_sums;  /* [N, PATH_SUMS] */
    double *shape_sums; /* [G, SHAPE_SUMS] */
    double *stop_sums;  /* [T, STOP_SUMS] */
} Pass;

#endif
