// Inner loops of Martlet's tensors. Swift keeps shapes, strides and threads; these see flat memory.
//
// Every kernel exists once for each instruction set and is chosen when the program starts (see dispatch.c).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "elementwise_operations.h"
#include "threads.h"
#include "fourier_kernels.h"
#include "window_kernels.h"
#include "gemm_kernels.h"
#include "attention_kernels.h"
#include "quantized_kernels.h"

/// Element types, numbered as Swift's DType.
typedef enum {
    MK_BOOL, MK_U8, MK_I8, MK_I16, MK_U16, MK_I32, MK_U32, MK_I64, MK_U64, MK_F16, MK_BF16, MK_F32, MK_F64,
    MK_TYPE_COUNT
} mk_type;

/// The instruction set in use: "avx512", "avx2" or "scalar".
const char *mk_isa_name(void);

/// The number of cores that this process may use.
int mk_usable_cores(void);

/// A two-dimensional strided operand: `row` and `step` are distances in elements between rows and within a row.
typedef struct {
    const void *data;
    ptrdiff_t row, step;
} mk_operand;

/// out[r, i] = op(x[r, i]) with two parameters; `out` is row-major. Returns 0, or -1 if the type has no such operation.
int mk_unary(mk_type type, int op, size_t rows, size_t n, mk_operand x, void *out, double p0, double p1);

/// out[r, i] = op(a[r, i], b[r, i]) with a parameter; `out` is row-major and may be `a` or `b` if those are row-major too.
int mk_binary(mk_type type, int op, size_t rows, size_t n, mk_operand a, mk_operand b, void *out, double p);

/// out[r, i] = a[r, i] <op> b[r, i] as 0 or 1.
int mk_compare(mk_type type, int op, size_t rows, size_t n, mk_operand a, mk_operand b, uint8_t *out);

/// out[r, i] = condition[r, i] ? a[r, i] : b[r, i] for elements of 1, 2, 4 or 8 bytes.
void mk_select(size_t element_size, size_t rows, size_t n, mk_operand condition, mk_operand a, mk_operand b, void *out);

/// out[r, i] = a[r, i] * b[r, i] + c[r, i]
int mk_multiply_add(mk_type type, size_t rows, size_t n, mk_operand a, mk_operand b, mk_operand c, void *out);

/// Converts between element types: floats to integers truncate towards zero, anything but zero (NaN too) is true.
void mk_convert(mk_type from, mk_type to, size_t rows, size_t n, mk_operand x, void *out);

/// Copies strided elements of 1, 2, 4 or 8 bytes.
void mk_copy(size_t element_size, size_t rows, size_t n, mk_operand x, void *out);

/// y[i * step] = x[i], the reverse of mk_copy for one row.
void mk_scatter_row(size_t element_size, size_t n, const void *x, void *y, ptrdiff_t step);

/// Fills `n` elements with the element at `value`.
void mk_fill(size_t element_size, size_t n, const void *value, void *out);

typedef enum { MK_SUM, MK_PRODUCT, MK_MAXIMUM, MK_MINIMUM, MK_SUM_SQUARES, MK_SUM_ABSOLUTES } mk_reduction;

/// Reduces `n` contiguous elements to one. Sums of float32 add blocks of 4096 in float and the blocks in double.
/// The result of an integer or bool sum or product is an int64; else it has the element type.
int mk_reduce(mk_type type, int op, size_t n, const void *x, void *out);

/// out[j] = reduction over i of x[i * row + j], for `rows` rows and `n` columns; float32 sums accumulate in double.
int mk_reduce_columns(mk_type type, int op, size_t rows, size_t n, const void *x, ptrdiff_t row, void *out);

/// Sum of `n` float32 or float64 elements in double precision, and of squared distances from `centre`.
double mk_sum_double(mk_type type, size_t n, const void *x);
double mk_sum_squared_deviations(mk_type type, size_t n, const void *x, double centre);

/// The first position of the largest (or smallest) element; NaN counts as larger (smaller) than everything.
size_t mk_argmax(mk_type type, int smallest, size_t n, const void *x, ptrdiff_t step);

typedef enum {
    MK_ROW_SOFTMAX, MK_ROW_LOG_SOFTMAX, MK_ROW_SOFTMAX_GRADIENT, MK_ROW_LOG_SOFTMAX_GRADIENT, MK_ROW_LOG_SUM_EXP
} mk_row_operation;

/// An operation on each of `rows` contiguous rows of `n`. The gradients take the output as `x` and the incoming gradient
/// as `g`; log-sum-exp writes one element a row.
void mk_row(mk_type type, int op, size_t rows, size_t n, const void *x, const void *g, void *out);

/// Layer normalisation of rows and its derivative; `w` and `b` may be NULL; `dw` and `db` are added to.
void mk_layer_norm(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *b, double eps, void *out, void *mean,
    void *rstd);
void mk_layer_norm_gradient(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *g, const void *mean,
    const void *rstd, void *dx, double *dw, double *db);

/// RMS normalisation of rows and its derivative.
void mk_rms_norm(mk_type type, size_t rows, size_t n, const void *x, const void *w, double eps, void *out, void *rstd);
void mk_rms_norm_gradient(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *g, const void *rstd, void *dx,
    double *dw);

/// Cross-entropy of one row of logits with a target class; writes scale * d loss / d logits if `gradient` is not NULL.
double mk_cross_entropy(
    mk_type type, size_t n, const void *x, size_t target, double smoothing, double scale, void *gradient);

/// Parts of random streams, see random.h. `first` counts Philox blocks: four floats or two doubles each.
void mk_random_uniform(mk_type type, uint64_t key, uint64_t first, size_t n, void *out);
void mk_random_normal(mk_type type, uint64_t key, uint64_t first, size_t n, void *out);
void mk_random_words(uint64_t key, uint64_t first, uint64_t high, size_t blocks, uint32_t *out);
/// Gathers blocks of `width` elements: out[i, j] = the block at x + base[i] + rest[j], for i < n and j < m. Offsets
/// count elements and are trusted; `rest` may be null if m is 1.
void mk_gather_blocks(
    size_t element_size, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const void *x,
    void *out);

/// The reverse: the block at x + i * x_row + j * x_block goes to out + base[i] + rest[j]; the last write wins.
void mk_scatter_blocks(
    size_t element_size, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const void *x,
    size_t x_row, size_t x_block, void *out);

typedef enum {
    MK_ACCUMULATE_SUM, MK_ACCUMULATE_PRODUCT, MK_ACCUMULATE_MAXIMUM, MK_ACCUMULATE_MINIMUM
} mk_accumulation;

/// As mk_scatter_blocks, but combines with what is there, in the order of i and j; NaN wins a maximum and a minimum.
/// Returns 0, or -1 if the type has no arithmetic.
int mk_accumulate_blocks(
    mk_type type, int op, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const void *x,
    size_t x_row, size_t x_block, void *out);

/// y[r * y_row + i * y_step] = x[r, i] for elements of 1, 2, 4 or 8 bytes.
void mk_assign(size_t element_size, size_t rows, size_t n, mk_operand x, void *y, ptrdiff_t y_row, ptrdiff_t y_step);

/// Optimiser updates of `n` parameters `p` along gradients `g`, for float32 and float64; see optimizers.h for the rules.
typedef struct {
    double rate, decay, momentum, dampening;
    int is_nesterov, is_first;
} mk_sgd_rule;

/// `l2` is added to the gradient, `decay` shrinks the parameter; the corrections are 1 - beta^t.
typedef struct {
    double rate, decay, l2, beta1, beta2, eps, correction1, correction2;
} mk_adam_rule;

typedef struct {
    double rate, decay, beta1, beta2;
} mk_lion_rule;

/// `b` is the momentum buffer, or NULL.
void mk_sgd(mk_type type, const mk_sgd_rule *rule, size_t n, void *p, const void *g, void *b);
/// `m`, `v` are the running means of gradients and squares; `maximum` is the largest `v` so far (AMSGrad), or NULL.
void mk_adam(mk_type type, const mk_adam_rule *rule, size_t n, void *p, const void *g, void *m, void *v, void *maximum);
/// `m` is the running mean of gradients.
void mk_lion(mk_type type, const mk_lion_rule *rule, size_t n, void *p, const void *g, void *m);

// Last, because it needs the types above.
#include "program_kernels.h"
