/* The band kernels for pixels of double precision, which are for proofs. */
#define HF_DOUBLE_PIXELS
#include "render/kernels/bands.inc.h"
