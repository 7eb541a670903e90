// Attention of one head without its matrix of weights in memory (FlashAttention, arXiv 2205.14135 and 2307.08691).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "gemm_kernels.h"

/// One head: queries `[queries, dim]`, keys `[keys, dim]` and values `[keys, value_dim]`, of any strides.
///
/// Query i sees the keys from i + shift - window + 1 to i + shift if `is_causal`, else all; and of those only keys j with
/// allowed[i * allowed_row + j * allowed_column] if `allowed` is not NULL.
typedef struct {
    int is_double;
    size_t queries, keys, dim, value_dim;
    mk_matrix q, k, v;
    double scale;
    int is_causal;
    ptrdiff_t shift, window;
    const uint8_t *allowed;
    ptrdiff_t allowed_row, allowed_column;
} mk_head;

/// The bytes that mk_attention and mk_attention_gradient need, aligned to 64.
size_t mk_attention_workspace(const mk_head *head);

/// out[i] = softmax(scale q[i] k^T) v for the queries first ..< first + count; zeros for a query that sees no key.
/// `log_sum[i]` becomes the logarithm of the sum of exponentials, which the gradient needs, if it is not NULL.
void mk_attention(
    const mk_head *head, size_t first, size_t count, void *out, ptrdiff_t out_row, void *log_sum, void *workspace);

/// The gradients for an incoming gradient `[queries, value_dim]`: dq is written, dk and dv are added to. Rows of `out` and
/// `gradient` are contiguous.
void mk_attention_gradient(
    const mk_head *head, const void *out, ptrdiff_t out_row, const void *log_sum, const void *gradient,
    ptrdiff_t gradient_row, void *dq, ptrdiff_t dq_row, void *dk, ptrdiff_t dk_row, void *dv, ptrdiff_t dv_row,
    void *workspace);

/// Turns pairs of elements of `rows` rows of 2 * half by angles (arXiv 2104.09864); `sign` is 1, or -1 to turn back. Rows of
/// `out` lie one after another.
void mk_rotate(
    int is_double, size_t rows, size_t half, int is_interleaved, const void *x, ptrdiff_t x_row, const void *cosine,
    ptrdiff_t cosine_row, const void *sine, ptrdiff_t sine_row, int sign, void *out);

/// Row kernels of an instruction set; see kernels/attention.h.
typedef struct {
    void (*attend)(
        int is_double, size_t n, size_t from, size_t to, const uint8_t *allowed, ptrdiff_t step, double scale, void *s,
        double *m, double *sum, size_t width, void *out);
    void (*weights)(
        int is_double, size_t n, size_t from, size_t to, const uint8_t *allowed, ptrdiff_t step, double scale,
        double log_sum, void *s);
    void (*score_gradient)(int is_double, size_t n, double scale, double delta, const void *dp, void *p);
    double (*row_dot)(int is_double, size_t n, const void *a, const void *b);
    /// s[j] = q . k[j], and out[j] += sum over i of p[i] v[i][j]: the two products for one query, whose matrix is read once.
    void (*scores)(int is_double, size_t keys, size_t dim, const void *q, const void *k, ptrdiff_t k_row, void *s);
    void (*mix)(int is_double, size_t keys, size_t width, const void *p, const void *v, ptrdiff_t v_row, void *out);
    void (*rotate)(
        int is_double, size_t rows, size_t half, int is_interleaved, const void *x, ptrdiff_t x_row, const void *cosine,
        ptrdiff_t cosine_row, const void *sine, ptrdiff_t sine_row, int sign, void *out);
} mk_attention_kernels;
