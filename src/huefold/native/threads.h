/* Work divided among threads that are kept from call to call. */
#ifndef HUEFOLD_NATIVE_THREADS_H
#define HUEFOLD_NATIVE_THREADS_H

#include "native/core.h"

/* Works on one item. `rank`, below the number of threads, says which scratch memory is the task's own. */
typedef void (*hf_task)(void *context, int64_t item, int64_t rank);

/* Call a task for items 0 to count - 1, on up to `threads` threads with the caller as one of them, and return when
 * all are done. Which thread takes which item is not fixed: what a task writes must depend on the item alone. While
 * another call is under way, also from within a task, the caller works alone. */
void hf_parallel(hf_task task, void *context, int64_t count, int64_t threads);

#endif
