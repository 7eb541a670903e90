// Optimiser updates: each reads the gradient once and changes the parameter and what the optimiser remembers in one pass.

#define MK_DEFINE_OPTIMIZERS(SUFFIX, T, SQRT) \
    /* b = momentum b + (1 - dampening) g;  p -= rate (g + momentum b, or b).  Without momentum `b` is NULL. */ \
    static void sgd_##SUFFIX(const mk_sgd_rule *rule, size_t n, T *restrict p, const T *restrict g, T *restrict b) { \
        const T rate = (T)rule->rate, decay = (T)rule->decay, momentum = (T)rule->momentum; \
        const T kept = rule->is_first ? 0 : momentum, taken = rule->is_first ? 1 : (T)(1 - rule->dampening); \
        if (!b) { \
            for (size_t i = 0; i < n; i++) p[i] -= rate * (g[i] + decay * p[i]); \
        } else if (rule->is_nesterov) { \
            for (size_t i = 0; i < n; i++) { \
                T d = g[i] + decay * p[i]; \
                b[i] = kept * b[i] + taken * d; \
                p[i] -= rate * (d + momentum * b[i]); \
            } \
        } else { \
            for (size_t i = 0; i < n; i++) { \
                b[i] = kept * b[i] + taken * (g[i] + decay * p[i]); \
                p[i] -= rate * b[i]; \
            } \
        } \
    } \
    /* m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2; */ \
    /* p = shrink p - step m / (sqrt(v) scale + eps), with the bias corrections inside step and scale. */ \
    static void adam_##SUFFIX( \
        const mk_adam_rule *rule, size_t n, T *restrict p, const T *restrict g, T *restrict m, T *restrict v, \
        T *restrict maximum) { \
        const T beta1 = (T)rule->beta1, beta2 = (T)rule->beta2, eps = (T)rule->eps, l2 = (T)rule->l2; \
        const T fresh1 = (T)(1 - rule->beta1), fresh2 = (T)(1 - rule->beta2); \
        const T shrink = (T)(1 - rule->rate * rule->decay); \
        const T step = (T)(rule->rate / rule->correction1), scale = (T)(1 / sqrt(rule->correction2)); \
        if (!maximum) { \
            for (size_t i = 0; i < n; i++) { \
                T d = g[i] + l2 * p[i]; \
                m[i] = beta1 * m[i] + fresh1 * d; \
                v[i] = beta2 * v[i] + fresh2 * d * d; \
                p[i] = shrink * p[i] - step * m[i] / (SQRT(v[i]) * scale + eps); \
            } \
        } else { \
            for (size_t i = 0; i < n; i++) { \
                T d = g[i] + l2 * p[i]; \
                m[i] = beta1 * m[i] + fresh1 * d; \
                v[i] = beta2 * v[i] + fresh2 * d * d; \
                /* NaN goes on: a comparison with it is false. */ \
                maximum[i] = v[i] <= maximum[i] ? maximum[i] : v[i]; \
                p[i] = shrink * p[i] - step * m[i] / (SQRT(maximum[i]) * scale + eps); \
            } \
        } \
    } \
    /* u = sign(beta1 m + (1 - beta1) g);  m = beta2 m + (1 - beta2) g;  p = (1 - rate decay) p - rate u */ \
    static void lion_##SUFFIX(const mk_lion_rule *rule, size_t n, T *restrict p, const T *restrict g, T *restrict m) { \
        const T beta1 = (T)rule->beta1, beta2 = (T)rule->beta2, rate = (T)rule->rate; \
        const T fresh1 = (T)(1 - rule->beta1), fresh2 = (T)(1 - rule->beta2); \
        const T shrink = (T)(1 - rule->rate * rule->decay); \
        for (size_t i = 0; i < n; i++) { \
            T c = beta1 * m[i] + fresh1 * g[i]; \
            /* A NaN gradient must not look like a zero one. */ \
            T u = (T)((c > 0) - (c < 0)) + (c != c ? c : 0); \
            m[i] = beta2 * m[i] + fresh2 * g[i]; \
            p[i] = shrink * p[i] - rate * u; \
        } \
    }

MK_DEFINE_OPTIMIZERS(f32, float, sqrtf)
MK_DEFINE_OPTIMIZERS(f64, double, sqrt)

static void MK_ISA(sgd)(mk_type type, const mk_sgd_rule *rule, size_t n, void *p, const void *g, void *b) {
    if (type == MK_F32) sgd_f32(rule, n, p, g, b); else sgd_f64(rule, n, p, g, b);
}

static void MK_ISA(adam)(
    mk_type type, const mk_adam_rule *rule, size_t n, void *p, const void *g, void *m, void *v, void *maximum) {
    if (type == MK_F32) adam_f32(rule, n, p, g, m, v, maximum); else adam_f64(rule, n, p, g, m, v, maximum);
}

static void MK_ISA(lion)(mk_type type, const mk_lion_rule *rule, size_t n, void *p, const void *g, void *m) {
    if (type == MK_F32) lion_f32(rule, n, p, g, m); else lion_f64(rule, n, p, g, m);
}
