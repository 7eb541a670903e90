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

static const mk_attention_kernels MK_ISA(attention_kernels) = {
    .attend = MK_ISA(attend),
    .weights = MK_ISA(attention_weights),
    .score_gradient = MK_ISA(attention_score_gradient),
    .row_dot = MK_ISA(row_dot),
};
