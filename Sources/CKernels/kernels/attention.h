// Rows of attention: what happens to a row of scores between the two matrix products. The loops around it are in
// attention.c.

#define MK_DEFINE_ATTENTION(SUFFIX, T, EXP) \
    static void hide_##SUFFIX(size_t n, const uint8_t *allowed, ptrdiff_t step, T *s, T by) { \
        if (allowed) for (size_t i = 0; i < n; i++) if (!allowed[(ptrdiff_t)i * step]) s[i] = by; \
    } \
    static void clear_##SUFFIX(size_t n, size_t from, size_t to, T *s) { \
        for (size_t i = 0; i < from; i++) s[i] = 0; \
        for (size_t i = to; i < n; i++) s[i] = 0; \
    } \
    /* One chunk of online softmax (arXiv 1805.02867) over the keys from ..< to, of which some may not be allowed: s */ \
    /* becomes exp(scale s - m) with m the largest score so far; what was summed under an older m shrinks. */ \
    static void attend_##SUFFIX( \
        size_t n, size_t from, size_t to, const uint8_t *allowed, ptrdiff_t step, double vscale, T *row, double *m, \
        double *sum, size_t width, T *out) { \
        const T scale = (T)vscale; \
        T *s = row + from; \
        clear_##SUFFIX(n, from, to, row); \
        n = to - from; \
        for (size_t i = 0; i < n; i++) s[i] *= scale; \
        hide_##SUFFIX(n, allowed ? allowed + (ptrdiff_t)from * step : NULL, step, s, -INFINITY); \
        T largest = row_maximum_##SUFFIX(n, s); \
        if ((T)*m > largest) largest = (T)*m; \
        if (largest == -INFINITY) { \
            /* No key is seen yet: weights of zero, or NaN if a score is NaN. */ \
            for (size_t i = 0; i < n; i++) s[i] = s[i] == s[i] ? 0 : NAN; \
            return; \
        } \
        const T shrink = EXP((T)*m - largest); \
        MK_ELEMENTWISE_LOOP \
        for (size_t i = 0; i < n; i++) s[i] = EXP(s[i] - largest); \
        *sum = *sum * (double)shrink + sum_##SUFFIX(n, s, 0); \
        if (shrink != 1) for (size_t j = 0; j < width; j++) out[j] *= shrink; \
        *m = (double)largest; \
    } \
    /* p = exp(scale s - log_sum), zero where hidden. */ \
    static void weights_##SUFFIX( \
        size_t n, size_t from, size_t to, const uint8_t *allowed, ptrdiff_t step, double vscale, double log_sum, T *s) { \
        const T scale = (T)vscale, shift = (T)log_sum; \
        if (shift == -INFINITY) to = from; \
        MK_ELEMENTWISE_LOOP \
        for (size_t i = from; i < to; i++) s[i] = EXP(s[i] * scale - shift); \
        clear_##SUFFIX(n, from, to, s); \
        hide_##SUFFIX(to - from, allowed ? allowed + (ptrdiff_t)from * step : NULL, step, s + from, 0); \
    } \
    /* p becomes the scores' gradient scale p (dp - delta). */ \
    static void score_gradient_##SUFFIX(size_t n, double vscale, double delta, const T *restrict dp, T *restrict p) { \
        const T scale = (T)vscale, d = (T)delta; \
        for (size_t i = 0; i < n; i++) p[i] = p[i] * (dp[i] - d) * scale; \
    }
MK_DEFINE_ATTENTION(f32, float, mk_expf)
MK_DEFINE_ATTENTION(f64, double, mk_exp)

static void MK_ISA(attend)(
    int is_double, size_t n, size_t from, size_t to, const uint8_t *allowed, ptrdiff_t step, double scale, void *s,
    double *m, double *sum, size_t width, void *out) {
    if (is_double) attend_f64(n, from, to, allowed, step, scale, s, m, sum, width, out);
    else attend_f32(n, from, to, allowed, step, scale, s, m, sum, width, out);
}

static void MK_ISA(attention_weights)(
    int is_double, size_t n, size_t from, size_t to, const uint8_t *allowed, ptrdiff_t step, double scale,
    double log_sum, void *s) {
    if (is_double) weights_f64(n, from, to, allowed, step, scale, log_sum, s);
    else weights_f32(n, from, to, allowed, step, scale, log_sum, s);
}

static void MK_ISA(attention_score_gradient)(
    int is_double, size_t n, double scale, double delta, const void *dp, void *p) {
    if (is_double) score_gradient_f64(n, scale, delta, dp, p); else score_gradient_f32(n, scale, delta, dp, p);
}

static double MK_ISA(row_dot)(int is_double, size_t n, const void *a, const void *b) {
    return is_double ? row_dot_f64(n, a, b) : row_dot_f32(n, a, b);
}

// MARK: One query

// Both products of one query read a matrix once, row by row: there is nothing to pack.
#define MK_DEFINE_ONE_QUERY(SUFFIX, T, LANES) \
    typedef T lanes_##SUFFIX __attribute__((vector_size(LANES * sizeof(T)), aligned(sizeof(T)))); \
    static void mix_##SUFFIX(size_t keys, size_t width, const T *p, const T *v, ptrdiff_t v_row, T *out) { \
        size_t j = 0; \
        for (; j + 8 * LANES <= width; j += 8 * LANES) { \
            lanes_##SUFFIX sums[8]; \
            __builtin_memcpy(sums, out + j, sizeof sums); \
            for (size_t i = 0; i < keys; i++) \
                for (int l = 0; l < 8; l++) sums[l] += p[i] * ((const lanes_##SUFFIX *)(v + (ptrdiff_t)i * v_row + j))[l]; \
            __builtin_memcpy(out + j, sums, sizeof sums); \
        } \
        for (size_t i = 0; i < keys; i++) \
            for (size_t l = j; l < width; l++) out[l] += p[i] * v[(ptrdiff_t)i * v_row + (ptrdiff_t)l]; \
    }
MK_DEFINE_ONE_QUERY(f32, float, 8)
MK_DEFINE_ONE_QUERY(f64, double, 4)

static void scores_f64(size_t keys, size_t dim, const double *q, const double *k, ptrdiff_t k_row, double *s) {
    for (size_t i = 0; i < keys; i++) s[i] = row_dot_f64(dim, q, k + (ptrdiff_t)i * k_row);
}

// Four keys at a time: their lanes are added across in pairs, so that each key's sum has the same order wherever it stands.
static void scores_f32(size_t keys, size_t dim, const float *q, const float *k, ptrdiff_t k_row, float *s) {
    for (size_t i = 0; i < keys; i += 4) {
        const float *row[4];
        for (size_t j = 0; j < 4; j++) row[j] = k + (ptrdiff_t)(i + j < keys ? i + j : keys - 1) * k_row;
        lanes_f32 sum[4] = {0};
        size_t d = 0;
        for (; d + 8 <= dim; d += 8)
            for (size_t j = 0; j < 4; j++) sum[j] += *(const lanes_f32 *)(q + d) * *(const lanes_f32 *)(row[j] + d);
#define MK_ADD_PAIRS(a, b) \
    __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14) + __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
        const lanes_f32 first = MK_ADD_PAIRS(sum[0], sum[1]), last = MK_ADD_PAIRS(sum[2], sum[3]);
#undef MK_ADD_PAIRS
        const lanes_f32 four = __builtin_shufflevector(first, last, 0, 1, 8, 9, 4, 5, 12, 13)
            + __builtin_shufflevector(first, last, 2, 3, 10, 11, 6, 7, 14, 15);
        for (size_t j = 0; j < 4 && i + j < keys; j++) {
            float total = four[j] + four[j + 4];
            for (size_t l = d; l < dim; l++) total += q[l] * row[j][l];
            s[i + j] = total;
        }
    }
}

// MARK: Rotary positions

// Pairs (a, b) of a row become (a cos - b sin, b cos + a sin), with sin times `sign`: the two halves of a row, or neighbours.
#define MK_DEFINE_ROTATE(SUFFIX, T) \
    static void rotate_##SUFFIX( \
        size_t rows, size_t half, int is_interleaved, const T *x, ptrdiff_t x_row, const T *cosine, ptrdiff_t cosine_row, \
        const T *sine, ptrdiff_t sine_row, T sign, T *restrict out) { \
        for (size_t r = 0; r < rows; r++, x += x_row, cosine += cosine_row, sine += sine_row, out += 2 * half) \
            if (is_interleaved) \
                for (size_t i = 0; i < half; i++) { \
                    const T a = x[2 * i], b = x[2 * i + 1], c = cosine[i], s = sign * sine[i]; \
                    out[2 * i] = a * c - b * s, out[2 * i + 1] = b * c + a * s; \
                } \
            else \
                for (size_t i = 0; i < half; i++) { \
                    const T a = x[i], b = x[half + i], c = cosine[i], s = sign * sine[i]; \
                    out[i] = a * c - b * s, out[half + i] = b * c + a * s; \
                } \
    }
MK_DEFINE_ROTATE(f32, float)
MK_DEFINE_ROTATE(f64, double)

static void MK_ISA(rotate)(
    int is_double, size_t rows, size_t half, int is_interleaved, const void *x, ptrdiff_t x_row, const void *cosine,
    ptrdiff_t cosine_row, const void *sine, ptrdiff_t sine_row, int sign, void *out) {
    if (is_double) rotate_f64(rows, half, is_interleaved, x, x_row, cosine, cosine_row, sine, sine_row, sign, out);
    else rotate_f32(rows, half, is_interleaved, x, x_row, cosine, cosine_row, sine, sine_row, (float)sign, out);
}

static void MK_ISA(scores)(
    int is_double, size_t keys, size_t dim, const void *q, const void *k, ptrdiff_t k_row, void *s) {
    if (is_double) scores_f64(keys, dim, q, k, k_row, s); else scores_f32(keys, dim, q, k, k_row, s);
}

static void MK_ISA(mix)(
    int is_double, size_t keys, size_t width, const void *p, const void *v, ptrdiff_t v_row, void *out) {
    if (is_double) mix_f64(keys, width, p, v, v_row, out); else mix_f32(keys, width, p, v, v_row, out);
}

static const mk_attention_kernels MK_ISA(attention_kernels) = {
    .attend = MK_ISA(attend),
    .weights = MK_ISA(attention_weights),
    .score_gradient = MK_ISA(attention_score_gradient),
    .row_dot = MK_ISA(row_dot),
    .scores = MK_ISA(scores),
    .mix = MK_ISA(mix),
    .rotate = MK_ISA(rotate),
};
