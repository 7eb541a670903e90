// Operations on whole rows: softmax and its relatives, layer and RMS normalisation, each with its derivative.

// Asks for a row before its turn comes: a row is met several times, and memory would rest while it is.
MK_INLINE void mk_fetch_row(const void *rows, size_t row, size_t row_count, size_t bytes) {
    if (row < row_count)
        for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)rows + row * bytes + i);
}

// Asks for what will be read soon; a hint, also where nothing lies there.
MK_INLINE void mk_fetch(const void *x, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)x + i);
}

#define MK_DEFINE_ROWS(SUFFIX, T, EXP, LOG, SQRT) \
    static T row_maximum_##SUFFIX(size_t n, const T *x) { \
        T lane[MK_LANES]; \
        for (int k = 0; k < MK_LANES; k++) lane[k] = -INFINITY; \
        size_t i = 0; \
        for (; i + MK_LANES <= n; i += MK_LANES) \
            for (int k = 0; k < MK_LANES; k++) lane[k] = x[i + k] > lane[k] ? x[i + k] : lane[k]; \
        for (; i < n; i++) lane[0] = x[i] > lane[0] ? x[i] : lane[0]; \
        for (int k = 1; k < MK_LANES; k++) lane[0] = lane[k] > lane[0] ? lane[k] : lane[0]; \
        return lane[0]; \
    } \
    /* Sum of exp(x - shift), stored to `out` on the way if it is not NULL. */ \
    static double row_exp_sum_##SUFFIX(size_t n, const T *x, T shift, T *out) { \
        T lane[MK_LANES] = {0}; \
        size_t i = 0; \
        if (out) { \
            for (; i + MK_LANES <= n; i += MK_LANES) \
                for (int k = 0; k < MK_LANES; k++) { \
                    T e = EXP(x[i + k] - shift); \
                    out[i + k] = e; \
                    lane[k] += e; \
                } \
        } else { \
            for (; i + MK_LANES <= n; i += MK_LANES) \
                for (int k = 0; k < MK_LANES; k++) lane[k] += EXP(x[i + k] - shift); \
        } \
        double total = 0; \
        for (; i < n; i++) { \
            T e = EXP(x[i] - shift); \
            if (out) out[i] = e; \
            total += e; \
        } \
        for (int k = 0; k < MK_LANES; k++) total += lane[k]; \
        return total; \
    } \
    static void softmax_##SUFFIX(size_t n, const T *x, T *out) { \
        T shift = row_maximum_##SUFFIX(n, x); \
        T scale = (T)(1 / row_exp_sum_##SUFFIX(n, x, shift, out)); \
        for (size_t i = 0; i < n; i++) out[i] *= scale; \
    } \
    static T log_sum_exp_##SUFFIX(size_t n, const T *x) { \
        T shift = row_maximum_##SUFFIX(n, x); \
        if (shift == -INFINITY || shift == INFINITY) { \
            for (size_t i = 0; i < n; i++) if (x[i] != x[i]) return x[i]; \
            return shift; \
        } \
        return shift + LOG((T)row_exp_sum_##SUFFIX(n, x, shift, NULL)); \
    } \
    /* The shift and the logarithm stay apart: their sum would lose the digits of large logits. */ \
    static void log_softmax_##SUFFIX(size_t n, const T *x, T *out) { \
        T shift = row_maximum_##SUFFIX(n, x), log_sum = LOG((T)row_exp_sum_##SUFFIX(n, x, shift, NULL)); \
        for (size_t i = 0; i < n; i++) out[i] = (x[i] - shift) - log_sum; \
    } \
    static double row_dot_##SUFFIX(size_t n, const T *a, const T *b) { \
        T lane[MK_LANES] = {0}; \
        size_t i = 0; \
        for (; i + MK_LANES <= n; i += MK_LANES) \
            for (int k = 0; k < MK_LANES; k++) lane[k] += a[i + k] * b[i + k]; \
        double total = 0; \
        for (; i < n; i++) total += (double)a[i] * b[i]; \
        for (int k = 0; k < MK_LANES; k++) total += lane[k]; \
        return total; \
    } \
    /* y (g - <g, y>) */ \
    static void softmax_gradient_##SUFFIX(size_t n, const T *y, const T *g, T *out) { \
        T dot = (T)row_dot_##SUFFIX(n, y, g); \
        for (size_t i = 0; i < n; i++) out[i] = y[i] * (g[i] - dot); \
    } \
    /* g - exp(y) sum(g) */ \
    static void log_softmax_gradient_##SUFFIX(size_t n, const T *y, const T *g, T *out) { \
        T sum = (T)sum_##SUFFIX(n, g, 0); \
        for (size_t i = 0; i < n; i++) out[i] = g[i] - EXP(y[i]) * sum; \
    } \
    /* (x - mean) r w + b with r = 1 / sqrt(variance + eps); keeps mean and r. w and b may be NULL. */ \
    static void layer_norm_##SUFFIX( \
        size_t n, const T *x, const T *w, const T *b, double eps, T *out, T *mean, T *rstd) { \
        double m = sum_##SUFFIX(n, x, 0) / (double)n; \
        double v = sum_squares_##SUFFIX(n, x, m) / (double)n; \
        T r = (T)(1 / sqrt(v + eps)), c = (T)m; \
        *mean = c; \
        *rstd = r; \
        if (w && b) for (size_t i = 0; i < n; i++) out[i] = (x[i] - c) * r * w[i] + b[i]; \
        else if (w) for (size_t i = 0; i < n; i++) out[i] = (x[i] - c) * r * w[i]; \
        else if (b) for (size_t i = 0; i < n; i++) out[i] = (x[i] - c) * r + b[i]; \
        else for (size_t i = 0; i < n; i++) out[i] = (x[i] - c) * r; \
    } \
    /* dx = r (gw - mean(gw) - xhat mean(gw xhat)). */ \
    static void layer_norm_gradient_##SUFFIX( \
        size_t n, const T *x, const T *w, const T *g, T mean, T r, T *dx) { \
        double sum = 0, dot = 0; \
        for (size_t start = 0; start < n; start += MK_SUM_BLOCK) { \
            size_t end = n - start < MK_SUM_BLOCK ? n : start + MK_SUM_BLOCK; \
            typedef sum_##SUFFIX##_lanes lanes; \
            lanes sums = {0}, dots = {0}; \
            size_t i = start; \
            for (; i + MK_LANES <= end; i += MK_LANES) { \
                mk_fetch(x + n + i, sizeof(lanes)); \
                lanes gw = *(const lanes *)(g + i); \
                if (w) gw *= *(const lanes *)(w + i); \
                sums += gw; \
                dots += gw * ((*(const lanes *)(x + i) - mean) * r); \
            } \
            for (; i < end; i++) { \
                T gw = w ? g[i] * w[i] : g[i]; \
                sum += gw; \
                dot += gw * ((x[i] - mean) * r); \
            } \
            sum += sum_##SUFFIX##_of_lanes(&sums); \
            dot += sum_##SUFFIX##_of_lanes(&dots); \
        } \
        T ms = (T)(sum / (double)n), md = (T)(dot / (double)n); \
        size_t i = 0; \
        for (; i + MK_LANES <= n; i += MK_LANES) { \
            typedef sum_##SUFFIX##_lanes lanes; \
            mk_fetch(g + n + i, sizeof(lanes)); \
            lanes gw = *(const lanes *)(g + i); \
            if (w) gw *= *(const lanes *)(w + i); \
            *(lanes *)(dx + i) = r * (gw - ms - (*(const lanes *)(x + i) - mean) * r * md); \
        } \
        for (; i < n; i++) dx[i] = r * ((w ? g[i] * w[i] : g[i]) - ms - (x[i] - mean) * r * md); \
    } \
    /* dw += g xhat, db += g for a row of each of the four, which are summed before they meet the doubles. */ \
    static void layer_norm_sums_##SUFFIX( \
        size_t n, const T *x, const T *g, const T *mean, const T *r, double *dw, double *db) { \
        const T *x1 = x + n, *x2 = x1 + n, *x3 = x2 + n, *g1 = g + n, *g2 = g1 + n, *g3 = g2 + n; \
        MK_ELEMENTWISE_LOOP \
        for (size_t i = 0; i < n; i++) { \
            const T first = g[i] * ((x[i] - mean[0]) * r[0]) + g1[i] * ((x1[i] - mean[1]) * r[1]); \
            const T second = g2[i] * ((x2[i] - mean[2]) * r[2]) + g3[i] * ((x3[i] - mean[3]) * r[3]); \
            dw[i] += (double)(first + second); \
            db[i] += (double)((g[i] + g1[i]) + (g2[i] + g3[i])); \
        } \
    } \
    static void layer_norm_sum_##SUFFIX(size_t n, const T *x, const T *g, T mean, T r, double *dw, double *db) { \
        MK_ELEMENTWISE_LOOP \
        for (size_t i = 0; i < n; i++) dw[i] += (double)(g[i] * ((x[i] - mean) * r)), db[i] += (double)g[i]; \
    } \
    /* For rows of x: dx, and added to dw and db. */ \
    static void layer_norm_gradients_##SUFFIX( \
        size_t rows, size_t n, const T *x, const T *w, const T *g, const T *mean, const T *r, T *dx, double *dw, \
        double *db) { \
        for (size_t i = 0; i < rows; i++) { \
            layer_norm_gradient_##SUFFIX(n, x + i * n, w, g + i * n, mean[i], r[i], dx + i * n); \
            const size_t first = i / 4 * 4; \
            if (i == first + 3) layer_norm_sums_##SUFFIX(n, x + first * n, g + first * n, mean + first, r + first, dw, db); \
            else if (rows < first + 4) layer_norm_sum_##SUFFIX(n, x + i * n, g + i * n, mean[i], r[i], dw, db); \
        } \
    } \
    /* x r w with r = 1 / sqrt(mean(x^2) + eps); keeps r. */ \
    static void rms_norm_##SUFFIX(size_t n, const T *x, const T *w, double eps, T *out, T *rstd) { \
        T r = (T)(1 / sqrt(sum_squares_##SUFFIX(n, x, 0) / (double)n + eps)); \
        *rstd = r; \
        if (w) for (size_t i = 0; i < n; i++) out[i] = x[i] * r * w[i]; \
        else for (size_t i = 0; i < n; i++) out[i] = x[i] * r; \
    } \
    /* dx = r (gw - x r^2 mean(gw x)) */ \
    static void rms_norm_gradient_##SUFFIX( \
        size_t n, const T *x, const T *w, const T *g, T r, T *dx, double *dw) { \
        double dot = 0; \
        T dots[MK_LANES] = {0}; \
        size_t i = 0; \
        for (; i + MK_LANES <= n; i += MK_LANES) \
            for (int k = 0; k < MK_LANES; k++) dots[k] += (w ? g[i + k] * w[i + k] : g[i + k]) * x[i + k]; \
        for (; i < n; i++) dot += (w ? g[i] * w[i] : g[i]) * x[i]; \
        for (int k = 0; k < MK_LANES; k++) dot += dots[k]; \
        T scale = (T)(dot / (double)n) * r * r; \
        for (i = 0; i < n; i++) dx[i] = r * ((w ? g[i] * w[i] : g[i]) - x[i] * scale); \
        if (dw) for (i = 0; i < n; i++) dw[i] += (double)(g[i] * x[i] * r); \
    } \
    /* Loss and gradient of one row of logits against a target distribution: smoothing spreads `smoothing` evenly. */ \
    static double cross_entropy_##SUFFIX( \
        size_t n, const T *x, size_t target, double smoothing, double scale, T *gradient) { \
        T shift = row_maximum_##SUFFIX(n, x), log_sum = LOG((T)row_exp_sum_##SUFFIX(n, x, shift, NULL)); \
        double loss = (1 - smoothing) * ((double)log_sum - ((double)x[target] - (double)shift)); \
        if (smoothing > 0) loss += smoothing * ((double)log_sum - (sum_##SUFFIX(n, x, 0) / (double)n - (double)shift)); \
        if (gradient) { \
            T s = (T)scale, spread = (T)(scale * smoothing / (double)n); \
            for (size_t i = 0; i < n; i++) gradient[i] = EXP((x[i] - shift) - log_sum) * s - spread; \
            gradient[target] -= (T)(scale * (1 - smoothing)); \
        } \
        return loss; \
    }
MK_DEFINE_ROWS(f32, float, mk_expf, mk_logf, sqrtf)
MK_DEFINE_ROWS(f64, double, mk_exp, mk_log, sqrt)

static void MK_ISA(row)(mk_type type, int op, size_t rows, size_t n, const void *x, const void *g, void *out) {
#define CASES(SUFFIX, T) \
    for (size_t r = 0; r < rows; r++) { \
        const T *xr = (const T *)x + r * n, *gr = (const T *)g + (g ? r * n : 0); \
        T *o = (T *)out + r * n; \
        switch (op) { \
        case MK_ROW_SOFTMAX: softmax_##SUFFIX(n, xr, o); break; \
        case MK_ROW_LOG_SOFTMAX: log_softmax_##SUFFIX(n, xr, o); break; \
        case MK_ROW_SOFTMAX_GRADIENT: softmax_gradient_##SUFFIX(n, xr, gr, o); break; \
        case MK_ROW_LOG_SOFTMAX_GRADIENT: log_softmax_gradient_##SUFFIX(n, xr, gr, o); break; \
        case MK_ROW_LOG_SUM_EXP: ((T *)out)[r] = log_sum_exp_##SUFFIX(n, xr); break; \
        } \
    }
    if (type == MK_F32) { CASES(f32, float) } else { CASES(f64, double) }
#undef CASES
}

static void MK_ISA(layer_norm)(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *b, double eps, void *out, void *mean,
    void *rstd) {
    for (size_t r = 0; r < rows; r++) {
        mk_fetch_row(x, r + 1, rows, n * (type == MK_F32 ? sizeof(float) : sizeof(double)));
        if (type == MK_F32)
            layer_norm_f32(n, (const float *)x + r * n, w, b, eps, (float *)out + r * n, (float *)mean + r,
                (float *)rstd + r);
        else
            layer_norm_f64(n, (const double *)x + r * n, w, b, eps, (double *)out + r * n, (double *)mean + r,
                (double *)rstd + r);
    }
}

static void MK_ISA(layer_norm_gradient)(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *g, const void *mean,
    const void *rstd, void *dx, double *dw, double *db) {
    if (type == MK_F32) layer_norm_gradients_f32(rows, n, x, w, g, mean, rstd, dx, dw, db);
    else layer_norm_gradients_f64(rows, n, x, w, g, mean, rstd, dx, dw, db);
}

static void MK_ISA(rms_norm)(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, double eps, void *out, void *rstd) {
    for (size_t r = 0; r < rows; r++)
        if (type == MK_F32)
            rms_norm_f32(n, (const float *)x + r * n, w, eps, (float *)out + r * n, (float *)rstd + r);
        else
            rms_norm_f64(n, (const double *)x + r * n, w, eps, (double *)out + r * n, (double *)rstd + r);
}

static void MK_ISA(rms_norm_gradient)(
    mk_type type, size_t rows, size_t n, const void *x, const void *w, const void *g, const void *rstd, void *dx,
    double *dw) {
    for (size_t r = 0; r < rows; r++)
        if (type == MK_F32)
            rms_norm_gradient_f32(n, (const float *)x + r * n, w, (const float *)g + r * n, ((const float *)rstd)[r],
                (float *)dx + r * n, dw);
        else
            rms_norm_gradient_f64(n, (const double *)x + r * n, w, (const double *)g + r * n,
                ((const double *)rstd)[r], (double *)dx + r * n, dw);
}

static double MK_ISA(cross_entropy)(
    mk_type type, size_t n, const void *x, size_t target, double smoothing, double scale, void *gradient) {
    return type == MK_F32 ? cross_entropy_f32(n, x, target, smoothing, scale, gradient)
                          : cross_entropy_f64(n, x, target, smoothing, scale, gradient);
}
