// Attention block by block: scores of some queries with some keys stay in the second cache between the products that make
// and use them, and blocks that the causal mask hides are skipped.
#include "kernels/system.h"
#include "kernels/table_type.h"

// Queries and keys in a block. Where blocks of keys begin decides the order of additions; both are fixed.
enum { QUERIES = 84, KEYS = MK_GEMM_DEPTH };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }
static ptrdiff_t clamp(ptrdiff_t x, ptrdiff_t low, ptrdiff_t high) { return x < low ? low : x > high ? high : x; }
static size_t size_of(const mk_head *h) { return h->is_double ? sizeof(double) : sizeof(float); }

static void *at(const mk_head *h, const void *base, ptrdiff_t elements) {
    return (char *)base + elements * (ptrdiff_t)size_of(h);
}

static double element(const mk_head *h, const void *base, size_t index) {
    return h->is_double ? ((const double *)base)[index] : (double)((const float *)base)[index];
}

static void set(const mk_head *h, void *base, size_t index, double value) {
    if (h->is_double) ((double *)base)[index] = value; else ((float *)base)[index] = (float)value;
}

static mk_matrix rows_from(const mk_head *h, mk_matrix x, size_t first) {
    x.data = at(h, x.data, (ptrdiff_t)first * x.row);
    return x;
}

static mk_matrix transposed(mk_matrix x) { return (mk_matrix){.data = x.data, .row = x.column, .column = x.row}; }
static mk_matrix flat(const void *data, ptrdiff_t row) { return (mk_matrix){.data = data, .row = row, .column = 1}; }

// The keys *from ..< *to of a block that begins at key `start` and has `count`, which the query sees.
static void visible(const mk_head *h, size_t query, size_t start, size_t count, size_t *from, size_t *to) {
    ptrdiff_t low = 0, high = (ptrdiff_t)h->keys;
    if (h->is_causal) {
        high = (ptrdiff_t)query + h->shift + 1;
        low = high - h->window;
    }
    *from = (size_t)clamp(low - (ptrdiff_t)start, 0, (ptrdiff_t)count);
    *to = (size_t)clamp(high - (ptrdiff_t)start, (ptrdiff_t)*from, (ptrdiff_t)count);
}

// How many keys of a block, from its first on, some query of first ..< first + count may see.
static size_t keys_met(const mk_head *h, size_t first, size_t count, size_t start) {
    const size_t keys = least(h->keys - start, KEYS);
    if (!h->is_causal) return keys;
    const ptrdiff_t last = (ptrdiff_t)(first + count) - 1 + h->shift - (ptrdiff_t)start;
    const ptrdiff_t oldest = (ptrdiff_t)first + h->shift - h->window + 1 - (ptrdiff_t)start;
    return oldest >= (ptrdiff_t)keys ? 0 : (size_t)clamp(last + 1, 0, (ptrdiff_t)keys);
}

static const uint8_t *allowed_from(const mk_head *h, size_t query, size_t key) {
    return h->allowed ? h->allowed + (ptrdiff_t)query * h->allowed_row + (ptrdiff_t)key * h->allowed_column : NULL;
}

static size_t product_workspace(const mk_head *h) {
    const size_t widest = h->dim > h->value_dim ? h->dim : h->value_dim;
    const size_t scores = mk_gemm_workspace(h->is_double, QUERIES, KEYS, widest);
    const size_t outputs = mk_gemm_workspace(h->is_double, KEYS, widest, KEYS);
    return ((scores > outputs ? scores : outputs) + 63) / 64 * 64;
}

size_t mk_attention_workspace(const mk_head *h) {
    return product_workspace(h) + (2 * QUERIES * KEYS + QUERIES * h->value_dim) * size_of(h);
}

void mk_attention(
    const mk_head *h, size_t first, size_t count, void *out, ptrdiff_t out_row, void *log_sum, void *workspace) {
    void *scores = (char *)workspace + product_workspace(h), *mixed = at(h, scores, QUERIES * KEYS);
    double largest[QUERIES], sum[QUERIES];
    // The next token of a sequence: products with one row need no packing.
    const int is_single = h->queries == 1 && h->q.column == 1 && h->k.column == 1 && h->v.column == 1;
    for (size_t start = first; start < first + count; start += QUERIES) {
        const size_t rows = least(first + count - start, QUERIES);
        for (size_t i = 0; i < rows; i++) largest[i] = -INFINITY, sum[i] = 0;
        memset(mixed, 0, rows * h->value_dim * size_of(h));
        const mk_matrix q = rows_from(h, h->q, start);
        for (size_t key = 0; key < h->keys; key += KEYS) {
            const size_t keys = keys_met(h, start, rows, key);
            if (keys == 0) continue;
            const mk_matrix k = transposed(rows_from(h, h->k, key)), v = rows_from(h, h->v, key);
            if (is_single) mk_kernels->attention->scores(h->is_double, keys, h->dim, q.data, k.data, k.column, scores);
            else mk_gemm(h->is_double, rows, keys, h->dim, &q, &k, scores, KEYS, 0, NULL, workspace);
            for (size_t i = 0; i < rows; i++) {
                size_t from, to;
                visible(h, start + i, key, keys, &from, &to);
                mk_kernels->attention->attend(
                    h->is_double, keys, from, to, allowed_from(h, start + i, key), h->allowed_column, h->scale,
                    at(h, scores, (ptrdiff_t)(i * KEYS)), &largest[i], &sum[i], h->value_dim,
                    at(h, mixed, (ptrdiff_t)(i * h->value_dim)));
            }
            const mk_matrix p = flat(scores, KEYS);
            if (is_single) mk_kernels->attention->mix(h->is_double, keys, h->value_dim, scores, v.data, v.row, mixed);
            else mk_gemm(
                h->is_double, rows, h->value_dim, keys, &p, &v, mixed, (ptrdiff_t)h->value_dim, 1, NULL, workspace);
        }
        for (size_t i = 0; i < rows; i++) {
            // Without a key there is nothing to divide: zeros, or the NaN that a score was.
            const double scale = sum[i] == 0 ? 1 : 1 / sum[i];
            const mk_operand row = {at(h, mixed, (ptrdiff_t)(i * h->value_dim)), 0, 1};
            mk_unary(
                h->is_double ? MK_F64 : MK_F32, MK_MULTIPLY_SCALAR, 1, h->value_dim, row,
                at(h, out, (ptrdiff_t)(start + i) * out_row), scale, 0);
            if (log_sum) set(h, log_sum, start + i, largest[i] + log(sum[i]));
        }
    }
}

void mk_attention_gradient(
    const mk_head *h, const void *out, ptrdiff_t out_row, const void *log_sum, const void *gradient,
    ptrdiff_t gradient_row, void *dq, ptrdiff_t dq_row, void *dk, ptrdiff_t dk_row, void *dv, ptrdiff_t dv_row,
    void *workspace) {
    void *weights = (char *)workspace + product_workspace(h), *slopes = at(h, weights, QUERIES * KEYS);
    const int d = h->is_double;
    for (size_t start = 0; start < h->queries; start += QUERIES) {
        const size_t rows = least(h->queries - start, QUERIES);
        const mk_matrix q = rows_from(h, h->q, start);
        const mk_matrix g = flat(at(h, gradient, (ptrdiff_t)start * gradient_row), gradient_row);
        double delta[QUERIES];
        for (size_t i = 0; i < rows; i++)
            delta[i] = mk_kernels->attention->row_dot(
                d, h->value_dim, at(h, g.data, (ptrdiff_t)i * gradient_row),
                at(h, out, (ptrdiff_t)(start + i) * out_row));
        int adds = 0;
        for (size_t key = 0; key < h->keys; key += KEYS) {
            const size_t keys = keys_met(h, start, rows, key);
            if (keys == 0) continue;
            const mk_matrix k = rows_from(h, h->k, key), v = rows_from(h, h->v, key);
            const mk_matrix k_columns = transposed(k), v_columns = transposed(v);
            const mk_matrix p = flat(weights, KEYS), p_columns = transposed(p);
            // Weights again, from the scores and the saved sums.
            mk_gemm(d, rows, keys, h->dim, &q, &k_columns, weights, KEYS, 0, NULL, workspace);
            for (size_t i = 0; i < rows; i++) {
                size_t from, to;
                visible(h, start + i, key, keys, &from, &to);
                mk_kernels->attention->weights(
                    d, keys, from, to, allowed_from(h, start + i, key), h->allowed_column, h->scale,
                    element(h, log_sum, start + i), at(h, weights, (ptrdiff_t)(i * KEYS)));
            }
            mk_gemm(
                d, keys, h->value_dim, rows, &p_columns, &g, at(h, dv, (ptrdiff_t)key * dv_row), dv_row, 1, NULL,
                workspace);
            mk_gemm(d, rows, keys, h->value_dim, &g, &v_columns, slopes, KEYS, 0, NULL, workspace);
            for (size_t i = 0; i < rows; i++)
                mk_kernels->attention->score_gradient(
                    d, keys, h->scale, delta[i], at(h, slopes, (ptrdiff_t)(i * KEYS)),
                    at(h, weights, (ptrdiff_t)(i * KEYS)));
            mk_gemm(
                d, rows, h->dim, keys, &p, &k, at(h, dq, (ptrdiff_t)start * dq_row), dq_row, adds, NULL, workspace);
            mk_gemm(
                d, keys, h->dim, rows, &p_columns, &q, at(h, dk, (ptrdiff_t)key * dk_row), dk_row, 1, NULL, workspace);
            adds = 1;
        }
        if (!adds)
            for (size_t i = 0; i < rows; i++)
                memset(at(h, dq, (ptrdiff_t)(start + i) * dq_row), 0, h->dim * size_of(h));
    }
}

void mk_rotate(
    int is_double, size_t rows, size_t half, int is_interleaved, const void *x, ptrdiff_t x_row, const void *cosine,
    ptrdiff_t cosine_row, const void *sine, ptrdiff_t sine_row, int sign, void *out) {
    mk_kernels->attention->rotate(
        is_double, rows, half, is_interleaved, x, x_row, cosine, cosine_row, sine, sine_row, sign, out);
}
