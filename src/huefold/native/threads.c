/* A pool of threads that take items from a counter. Idle threads look for work for a short while, then sleep. */
#include "native/threads.h"

#include <stdatomic.h>

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#include <sched.h>
#endif

/* Most threads beside the caller, and how often an idle one looks for work before it sleeps (some 50 microseconds). */
#define MOST_WORKERS 255
#define LOOKS 2000
#define LOOKS_BETWEEN_YIELDS 64

/* Stack of a thread; some systems give as little as 128 kB. */
#define STACK_BYTES (1 << 20)

/* --- what differs between systems --- */

#if defined(_WIN32)
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE work_came = CONDITION_VARIABLE_INIT;
static void acquire(void) { AcquireSRWLockExclusive(&lock); }
static void release(void) { ReleaseSRWLockExclusive(&lock); }
static void wait_for_work(void) { SleepConditionVariableSRW(&work_came, &lock, INFINITE, 0); }
static void wake_all(void) { WakeAllConditionVariable(&work_came); }
static void yield_processor(void) { SwitchToThread(); }
#define THREAD_RESULT DWORD WINAPI
#else
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_came = PTHREAD_COND_INITIALIZER;
static void acquire(void) { pthread_mutex_lock(&lock); }
static void release(void) { pthread_mutex_unlock(&lock); }
static void wait_for_work(void) { pthread_cond_wait(&work_came, &lock); }
static void wake_all(void) { pthread_cond_broadcast(&work_came); }
static void yield_processor(void) { sched_yield(); }
#define THREAD_RESULT void *
#endif

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* --- the job at hand --- */

/* One word: how many workers may still join the job (seats, upper half) and how many are at it (lower half). Fields of
 * the job change only while both are 0. */
static _Atomic uint64_t state;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static _Atomic int64_t next_item;
static hf_task job_task;
static void *job_context;
static int64_t job_count, job_seats;
static int64_t workers;  /* threads there are; changed by the one that holds `busy` */
static int64_t sleepers; /* guarded by `lock` */
static _Atomic int64_t sleeping;

#define SEAT (UINT64_C(1) << 32)

static void take_items(int64_t rank) {
    for (;;) {
        int64_t item = atomic_fetch_add_explicit(&next_item, 1, memory_order_relaxed);
        if (item >= job_count) return;
        job_task(job_context, item, rank);
    }
}

/* Join the job if there is a seat, and work; return whether there was one. */
static bool join(void) {
    uint64_t now = atomic_load(&state);
    while (now >= SEAT) {
        if (atomic_compare_exchange_weak(&state, &now, now - SEAT + 1)) {
            take_items(job_seats - (int64_t)(now / SEAT) + 1);
            atomic_fetch_sub(&state, 1);
            return true;
        }
    }
    return false;
}

static void sleep_until_work(void) {
    acquire();
    sleepers++;
    atomic_store(&sleeping, sleepers);
    while (atomic_load(&state) < SEAT) wait_for_work();
    sleepers--;
    atomic_store(&sleeping, sleepers);
    release();
}

static THREAD_RESULT work(void *unused) {
    (void)unused;
    for (;;) {
        bool worked = false;
        for (int look = 1; look <= LOOKS && !worked; look++) {
            worked = join();
            relax();
            if (look % LOOKS_BETWEEN_YIELDS == 0) yield_processor();
        }
        if (!worked) sleep_until_work();
    }
    return 0;
}

static bool start_worker(void) {
#if defined(_WIN32)
    HANDLE thread = CreateThread(NULL, 0, work, NULL, 0, NULL);
    if (thread == NULL) return false;
    CloseHandle(thread);
    return true;
#else
    pthread_attr_t settings;
    pthread_t thread;
    if (pthread_attr_init(&settings) != 0) return false;
    pthread_attr_setstacksize(&settings, STACK_BYTES);
    pthread_attr_setdetachstate(&settings, PTHREAD_CREATE_DETACHED);
    bool started = pthread_create(&thread, &settings, work, NULL) == 0;
    pthread_attr_destroy(&settings);
    return started;
#endif
}

void hf_parallel(hf_task task, void *context, int64_t count, int64_t threads) {
    int64_t wanted = hf_min_int(hf_min_int(threads, count) - 1, MOST_WORKERS);
    if (wanted < 1 || atomic_flag_test_and_set(&busy)) {
        for (int64_t item = 0; item < count; item++) task(context, item, 0);
        return;
    }
    while (workers < wanted && start_worker()) workers++;
    job_task = task;
    job_context = context;
    job_count = count;
    job_seats = hf_min_int(wanted, workers);
    atomic_store(&next_item, 0);
    atomic_store(&state, (uint64_t)job_seats * SEAT);
    if (atomic_load(&sleeping) > 0) {
        acquire();
        wake_all();
        release();
    }
    take_items(0);
    atomic_fetch_and(&state, SEAT - 1); /* nobody may join any more */
    for (int look = 1; atomic_load(&state) != 0; look++) {
        relax();
        if (look % LOOKS_BETWEEN_YIELDS == 0) yield_processor();
    }
    atomic_flag_clear(&busy);
}

/* Threads do not survive a fork: the child starts its own. */
HF_EXPORT void hf_forget_threads(void) {
#if !defined(_WIN32)
    pthread_mutex_t fresh_lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t fresh_condition = PTHREAD_COND_INITIALIZER;
    lock = fresh_lock;
    work_came = fresh_condition;
#endif
    atomic_store(&state, 0);
    atomic_store(&sleeping, 0);
    atomic_flag_clear(&busy);
    sleepers = 0;
    workers = 0;
}

/* --- for the tests --- */

typedef struct {
    int64_t *items, *ranks;
} Visited;

static void visit(void *context, int64_t item, int64_t rank) {
    Visited *visited = context;
    visited->items[item] += item;
    visited->ranks[item] = rank;
}

/* Add its number to each item, in parallel, and write which thread did it. */
HF_EXPORT void hf_visit_items(int64_t *items, int64_t *ranks, int64_t count, int64_t threads) {
    Visited visited = {items, ranks};
    hf_parallel(visit, &visited, count, threads);
}
