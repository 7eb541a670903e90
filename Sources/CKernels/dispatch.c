// Chooses the widest instruction set that the processor has, once, before main runs. MARTLET_ISA=scalar|avx2|avx512
// forces a narrower one.
#define _GNU_SOURCE
#include <sched.h>
#include "kernels/system.h"
#include "kernels/table_type.h"

extern const mk_table mk_table_scalar;
#if defined(__x86_64__)
extern const mk_table mk_table_avx2, mk_table_avx512;
#endif

const mk_table *mk_kernels = &mk_table_scalar;
static const char *isa_name = "scalar";

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const char *wanted = getenv("MARTLET_ISA");
    int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
        __builtin_cpu_supports("bmi2");
    int has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    if (wanted && strcmp(wanted, "scalar") == 0) return;
    if (has_avx512 && !(wanted && strcmp(wanted, "avx2") == 0)) {
        mk_kernels = &mk_table_avx512;
        isa_name = "avx512";
    } else if (has_avx2) {
        mk_kernels = &mk_table_avx2;
        isa_name = "avx2";
    }
#endif
}

const char *mk_isa_name(void) { return isa_name; }

int mk_usable_cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}
