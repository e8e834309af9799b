/* The band kernels for pixels of single precision. */
#include "render/kernels/bands.inc.h"
