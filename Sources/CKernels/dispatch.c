// Chooses the widest instruction set that the processor has, once, before main runs. MARTLET_ISA=scalar|avx2|avx512
// forces a narrower one.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include "kernels/system.h"
#include "kernels/table_type.h"

extern const mk_table mk_table_scalar;
#if defined(__x86_64__)
extern const mk_table mk_table_avx2, mk_table_avx512;
extern const mk_quantized_kernels mk_quantized_kernels_vnni;
#endif
extern const mk_quantized_kernels mk_quantized_kernels_scalar;

const mk_table *mk_kernels = &mk_table_scalar;
const mk_quantized_kernels *mk_quantized = &mk_quantized_kernels_scalar;
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
    mk_quantized = mk_kernels->quantized;
    if (mk_kernels == &mk_table_avx512 && __builtin_cpu_supports("avx512vnni")) mk_quantized = &mk_quantized_kernels_vnni;
    if (wanted && *wanted && strcmp(wanted, isa_name) != 0)
        fprintf(stderr, "martlet: MARTLET_ISA=%s is not available here; using %s\n", wanted, isa_name);
#endif
}

const char *mk_isa_name(void) { return isa_name; }

int mk_usable_cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// The rest of the public kernels go straight to the table.
void mk_row(mk_type type, int op, size_t rows, size_t n, const void *x, const void *g, void *out) {
    mk_kernels->row(type, op, rows, n, x, g, out);
}

void mk_layer_norm(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *b, double eps, void *out, void *mean,
    void *rstd) {
    mk_kernels->layer_norm(type, rows, n, x, w, b, eps, out, mean, rstd);
}

void mk_layer_norm_gradient(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *g, const void *mean,
    const void *rstd, void *dx, double *dw, double *db) {
    mk_kernels->layer_norm_gradient(type, rows, n, x, w, g, mean, rstd, dx, dw, db);
}

void mk_rms_norm(mk_type type, size_t rows, size_t n, const void *x, const void *w, double eps, void *out, void *rstd) {
    mk_kernels->rms_norm(type, rows, n, x, w, eps, out, rstd);
}

void mk_rms_norm_gradient(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *g, const void *rstd, void *dx,
    double *dw) {
    mk_kernels->rms_norm_gradient(type, rows, n, x, w, g, rstd, dx, dw);
}

double mk_cross_entropy(
    mk_type type, size_t n, const void *x, size_t target, double smoothing, double scale, void *gradient) {
    return mk_kernels->cross_entropy(type, n, x, target, smoothing, scale, gradient);
}

void mk_random_uniform(mk_type type, uint64_t key, uint64_t first, size_t n, void *out) {
    mk_kernels->random_uniform(type, key, first, n, out);
}

void mk_random_normal(mk_type type, uint64_t key, uint64_t first, size_t n, void *out) {
    mk_kernels->random_normal(type, key, first, n, out);
}

void mk_random_words(uint64_t key, uint64_t first, uint64_t high, size_t blocks, uint32_t *out) {
    mk_kernels->random_words(key, first, high, blocks, out);
}

void mk_sgd(mk_type type, const mk_sgd_rule *rule, size_t n, void *p, const void *g, void *b) {
    mk_kernels->sgd(type, rule, n, p, g, b);
}

void mk_adam(mk_type type, const mk_adam_rule *rule, size_t n, void *p, const void *g, void *m, void *v, void *maximum) {
    mk_kernels->adam(type, rule, n, p, g, m, v, maximum);
}

void mk_lion(mk_type type, const mk_lion_rule *rule, size_t n, void *p, const void *g, void *m) {
    mk_kernels->lion(type, rule, n, p, g, m);
}
