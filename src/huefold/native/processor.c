/* Which instructions the processor and the operating system have. */
#include "native/core.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* Whether the operating system keeps the upper halves of vector registers. */
static bool keeps_wide_registers(void) {
    unsigned int a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return false;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

/* AVX2, and what came with it in all processors: POPCNT, BMI1, BMI2 and LZCNT, which the build for it uses. */
HF_EXPORT bool hf_has_avx2(void) {
    unsigned int a, b, c, d;
    if (!keeps_wide_registers() || !__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_POPCNT)) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    if (!(b & bit_AVX2) || !(b & bit_BMI) || !(b & bit_BMI2)) return false;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT);
}
#else
HF_EXPORT bool hf_has_avx2(void) { return false; }
#endif
