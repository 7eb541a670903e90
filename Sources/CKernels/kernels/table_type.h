// What every instruction set provides.
#pragma once
#include "../include/martlet_kernels.h"

typedef struct {
    void (*(*unary)(mk_type, int))(size_t, const void *, void *, double, double);
    void (*(*binary)(mk_type, int))(size_t, const void *, const void *, void *, double);
    void (*(*compare)(mk_type, int))(size_t, const void *, const void *, uint8_t *);
    void (*(*convert)(mk_type, mk_type))(size_t, const void *, void *);
    void (*select_8)(size_t, const uint8_t *, const void *, const void *, void *);
    void (*select_16)(size_t, const uint8_t *, const void *, const void *, void *);
    void (*select_32)(size_t, const uint8_t *, const void *, const void *, void *);
    void (*select_64)(size_t, const uint8_t *, const void *, const void *, void *);
    void (*multiply_add_f32)(size_t, const float *, const float *, const float *, float *);
    void (*multiply_add_f64)(size_t, const double *, const double *, const double *, double *);
    int (*reduce)(mk_type, int, size_t, const void *, void *);
    int (*reduce_columns)(mk_type, int, size_t, size_t, const void *, ptrdiff_t, void *);
    double (*sum_double)(mk_type, size_t, const void *);
    double (*sum_squared_deviations)(mk_type, size_t, const void *, double);
    size_t (*argmax)(mk_type, int, size_t, const void *, ptrdiff_t);
    void (*row)(mk_type, int, size_t, size_t, const void *, const void *, void *);
    void (*layer_norm)(
        mk_type, size_t, size_t, const void *, const void *, const void *, double, void *, void *, void *);
    void (*layer_norm_gradient)(
        mk_type, size_t, size_t, const void *, const void *, const void *, const void *, const void *, void *, double *,
        double *);
    void (*rms_norm)(mk_type, size_t, size_t, const void *, const void *, double, void *, void *);
    void (*rms_norm_gradient)(
        mk_type, size_t, size_t, const void *, const void *, const void *, const void *, void *, double *);
    double (*cross_entropy)(mk_type, size_t, const void *, size_t, double, double, void *);
    void (*random_uniform)(mk_type, uint64_t, uint64_t, size_t, void *);
    void (*random_normal)(mk_type, uint64_t, uint64_t, size_t, void *);
    void (*random_words)(uint64_t, uint64_t, uint64_t, size_t, uint32_t *);
    int (*accumulate_blocks)(
        mk_type, int, size_t, const int64_t *, size_t, const int64_t *, size_t, const void *, size_t, size_t, void *);
    const mk_window_kernels *windows_f32, *windows_f64;
    const mk_gemm_kernels *gemm_f32, *gemm_f64;
    const mk_attention_kernels *attention;
    const mk_quantized_kernels *quantized;
    void (*fourier_pass)(size_t, size_t, size_t, const double *, const double *, const double *, const double *,
                         double *, double *);
    void (*sgd)(mk_type, const mk_sgd_rule *, size_t, void *, const void *, void *);
    void (*adam)(mk_type, const mk_adam_rule *, size_t, void *, const void *, void *, void *, void *);
    void (*lion)(mk_type, const mk_lion_rule *, size_t, void *, const void *, void *);
} mk_table;

/// The table in use.
extern const mk_table *mk_kernels;

/// The kernels of quantised weights in use: those of the table, or a variant for a part of the instruction set.
extern const mk_quantized_kernels *mk_quantized;
