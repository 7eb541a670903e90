// Reductions. Floats are summed in 32 lanes over blocks of 4096 elements, blocks in double; the order depends on the length alone, never on the number of threads.

enum { MK_SUM_BLOCK = 4096, MK_LANES = 32 };

// All lanes as one value, which the compiler spreads over as many registers as it takes. TERM is a function of v.
#define MK_DEFINE_SUM(NAME, T, TERM) \
    typedef T NAME##_lanes __attribute__((vector_size(MK_LANES * sizeof(T)), aligned(sizeof(T)))); \
    MK_INLINE void NAME##_add(NAME##_lanes *sum, const T *x, T c) { \
        const NAME##_lanes v = *(const NAME##_lanes *)x; \
        (void)c; \
        *sum += TERM; \
    } \
    MK_INLINE double NAME##_of_lanes(const NAME##_lanes *sum) { \
        T lane[MK_LANES]; \
        __builtin_memcpy(lane, sum, sizeof lane); \
        for (int width = MK_LANES / 2; width > 0; width /= 2) \
            for (int k = 0; k < width; k++) lane[k] += lane[k + width]; \
        return (double)lane[0]; \
    } \
    static double NAME(size_t n, const T *x, double centre) { \
        const T c = (T)centre; \
        (void)c; \
        double total = 0; \
        size_t start = 0; \
        /* Two blocks side by side: while one stream of reads waits at the end of a page the other goes on. */ \
        for (; start + 2 * MK_SUM_BLOCK <= n; start += 2 * MK_SUM_BLOCK) { \
            NAME##_lanes first = {0}, second = {0}; \
            for (size_t i = start; i < start + MK_SUM_BLOCK; i += MK_LANES) { \
                NAME##_add(&first, x + i, c); \
                NAME##_add(&second, x + i + MK_SUM_BLOCK, c); \
            } \
            total += NAME##_of_lanes(&first); \
            total += NAME##_of_lanes(&second); \
        } \
        for (; start < n; start += MK_SUM_BLOCK) { \
            size_t end = n - start < MK_SUM_BLOCK ? n : start + MK_SUM_BLOCK; \
            NAME##_lanes sum = {0}; \
            size_t i = start; \
            for (; i + MK_LANES <= end; i += MK_LANES) NAME##_add(&sum, x + i, c); \
            double rest = 0; \
            for (; i < end; i++) { const T v = x[i]; rest += TERM; } \
            total += NAME##_of_lanes(&sum) + rest; \
        } \
        return total; \
    }
MK_DEFINE_SUM(sum_f32, float, v)
MK_DEFINE_SUM(sum_f64, double, v)
MK_DEFINE_SUM(sum_squares_f32, float, (v - c) * (v - c))
MK_DEFINE_SUM(sum_squares_f64, double, (v - c) * (v - c))
MK_DEFINE_SUM(sum_absolutes_f32, float, __builtin_elementwise_abs(v))
MK_DEFINE_SUM(sum_absolutes_f64, double, __builtin_elementwise_abs(v))

#define MK_DEFINE_FOLDS(SUFFIX, T) \
    static T maximum_##SUFFIX(size_t n, const T *x) { \
        T lane[MK_LANES]; \
        size_t i = 0; \
        for (int k = 0; k < MK_LANES; k++) lane[k] = x[0]; \
        int nan = 0; \
        for (; i + MK_LANES <= n; i += MK_LANES) \
            for (int k = 0; k < MK_LANES; k++) { \
                nan |= x[i + k] != x[i + k]; \
                lane[k] = x[i + k] > lane[k] ? x[i + k] : lane[k]; \
            } \
        for (; i < n; i++) { nan |= x[i] != x[i]; lane[0] = x[i] > lane[0] ? x[i] : lane[0]; } \
        for (int k = 1; k < MK_LANES; k++) lane[0] = lane[k] > lane[0] ? lane[k] : lane[0]; \
        return nan ? (T)NAN_OF(T) : lane[0]; \
    } \
    static T minimum_##SUFFIX(size_t n, const T *x) { \
        T lane[MK_LANES]; \
        size_t i = 0; \
        for (int k = 0; k < MK_LANES; k++) lane[k] = x[0]; \
        int nan = 0; \
        for (; i + MK_LANES <= n; i += MK_LANES) \
            for (int k = 0; k < MK_LANES; k++) { \
                nan |= x[i + k] != x[i + k]; \
                lane[k] = x[i + k] < lane[k] ? x[i + k] : lane[k]; \
            } \
        for (; i < n; i++) { nan |= x[i] != x[i]; lane[0] = x[i] < lane[0] ? x[i] : lane[0]; } \
        for (int k = 1; k < MK_LANES; k++) lane[0] = lane[k] < lane[0] ? lane[k] : lane[0]; \
        return nan ? (T)NAN_OF(T) : lane[0]; \
    } \
    static size_t argmax_##SUFFIX(size_t n, const T *x, ptrdiff_t step) { \
        size_t best = 0; \
        for (size_t i = 0; i < n; i++) { \
            const T v = x[(ptrdiff_t)i * step]; \
            if (v != v) return i; \
            if (v > x[(ptrdiff_t)best * step]) best = i; \
        } \
        return best; \
    } \
    static size_t argmin_##SUFFIX(size_t n, const T *x, ptrdiff_t step) { \
        size_t best = 0; \
        for (size_t i = 0; i < n; i++) { \
            const T v = x[(ptrdiff_t)i * step]; \
            if (v != v) return i; \
            if (v < x[(ptrdiff_t)best * step]) best = i; \
        } \
        return best; \
    } \
    static void columns_extreme_##SUFFIX(int smallest, size_t rows, size_t n, const T *x, ptrdiff_t row, T *out) { \
        for (size_t j = 0; j < n; j++) out[j] = x[j]; \
        for (size_t i = 1; i < rows; i++) { \
            const T *r = x + (ptrdiff_t)i * row; \
            if (smallest) \
                for (size_t j = 0; j < n; j++) out[j] = r[j] != r[j] || r[j] < out[j] ? r[j] : out[j]; \
            else \
                for (size_t j = 0; j < n; j++) out[j] = r[j] != r[j] || r[j] > out[j] ? r[j] : out[j]; \
        } \
    }
#define NAN_OF(T) NAN
MK_DEFINE_FOLDS(f32, float)
MK_DEFINE_FOLDS(f64, double)
#undef NAN_OF
#define NAN_OF(T) 0
MK_DEFINE_FOLDS(i32, int32_t)
MK_DEFINE_FOLDS(i64, int64_t)
MK_DEFINE_FOLDS(u8, uint8_t)
#undef NAN_OF

#define MK_DEFINE_FLOAT_PRODUCT(SUFFIX, T) \
    static T product_##SUFFIX(size_t n, const T *x) { \
        T result = 1; \
        for (size_t i = 0; i < n; i++) result *= x[i]; \
        return result; \
    } \
    static void columns_product_##SUFFIX(size_t rows, size_t n, const T *x, ptrdiff_t row, T *out) { \
        for (size_t j = 0; j < n; j++) out[j] = 1; \
        for (size_t i = 0; i < rows; i++) \
            for (size_t j = 0; j < n; j++) out[j] *= x[(ptrdiff_t)i * row + (ptrdiff_t)j]; \
    }
MK_DEFINE_FLOAT_PRODUCT(f32, float)
MK_DEFINE_FLOAT_PRODUCT(f64, double)

#define MK_DEFINE_INTEGER_SUM(SUFFIX, T) \
    static int64_t sum_##SUFFIX(size_t n, const T *x) { \
        uint64_t total = 0; \
        for (size_t i = 0; i < n; i++) total += (uint64_t)(int64_t)x[i]; \
        return (int64_t)total; \
    } \
    static int64_t integer_product_##SUFFIX(size_t n, const T *x) { \
        uint64_t total = 1; \
        for (size_t i = 0; i < n; i++) total *= (uint64_t)(int64_t)x[i]; \
        return (int64_t)total; \
    } \
    static void columns_sum_##SUFFIX(size_t rows, size_t n, const T *x, ptrdiff_t row, int64_t *out) { \
        for (size_t j = 0; j < n; j++) out[j] = 0; \
        for (size_t i = 0; i < rows; i++) \
            for (size_t j = 0; j < n; j++) out[j] += (int64_t)x[(ptrdiff_t)i * row + (ptrdiff_t)j]; \
    }
MK_DEFINE_INTEGER_SUM(i32, int32_t)
MK_DEFINE_INTEGER_SUM(i64, int64_t)
MK_DEFINE_INTEGER_SUM(u8, uint8_t)

// Column sums accumulate in double over tiles of columns that stay in the first cache.
#define MK_DEFINE_COLUMN_SUM(NAME, T, TERM) \
    static void NAME(size_t rows, size_t n, const T *x, ptrdiff_t row, T *out) { \
        for (size_t start = 0; start < n; start += 128) { \
            size_t width = n - start < 128 ? n - start : 128; \
            double sum[128] = {0}; \
            for (size_t i = 0; i < rows; i++) { \
                const T *r = x + (ptrdiff_t)i * row + start; \
                for (size_t j = 0; j < width; j++) { const T v = r[j]; sum[j] += (double)(TERM); } \
            } \
            for (size_t j = 0; j < width; j++) out[start + j] = (T)sum[j]; \
        } \
    }
MK_DEFINE_COLUMN_SUM(columns_sum_f32, float, v)
MK_DEFINE_COLUMN_SUM(columns_sum_f64, double, v)
MK_DEFINE_COLUMN_SUM(columns_squares_f32, float, v * v)
MK_DEFINE_COLUMN_SUM(columns_squares_f64, double, v * v)
MK_DEFINE_COLUMN_SUM(columns_absolutes_f32, float, fabsf(v))
MK_DEFINE_COLUMN_SUM(columns_absolutes_f64, double, fabs(v))

static int MK_ISA(reduce)(mk_type type, int op, size_t n, const void *x, void *out) {
    switch (type) {
#define FLOAT_CASES(TYPE, SUFFIX, T) \
    case TYPE: \
        switch (op) { \
        case MK_SUM: *(T *)out = (T)sum_##SUFFIX(n, x, 0); return 0; \
        case MK_SUM_SQUARES: *(T *)out = (T)sum_squares_##SUFFIX(n, x, 0); return 0; \
        case MK_SUM_ABSOLUTES: *(T *)out = (T)sum_absolutes_##SUFFIX(n, x, 0); return 0; \
        case MK_PRODUCT: *(T *)out = product_##SUFFIX(n, x); return 0; \
        case MK_MAXIMUM: *(T *)out = maximum_##SUFFIX(n, x); return 0; \
        case MK_MINIMUM: *(T *)out = minimum_##SUFFIX(n, x); return 0; \
        } \
        return -1;
        FLOAT_CASES(MK_F32, f32, float)
        FLOAT_CASES(MK_F64, f64, double)
#define INTEGER_CASES(SUFFIX, T) \
        switch (op) { \
        case MK_SUM: *(int64_t *)out = sum_##SUFFIX(n, x); return 0; \
        case MK_PRODUCT: *(int64_t *)out = integer_product_##SUFFIX(n, x); return 0; \
        case MK_MAXIMUM: *(T *)out = maximum_##SUFFIX(n, x); return 0; \
        case MK_MINIMUM: *(T *)out = minimum_##SUFFIX(n, x); return 0; \
        } \
        return -1;
    case MK_I32: INTEGER_CASES(i32, int32_t)
    case MK_I64: INTEGER_CASES(i64, int64_t)
    case MK_U8: case MK_BOOL: INTEGER_CASES(u8, uint8_t)
    default: return -1;
    }
#undef FLOAT_CASES
#undef INTEGER_CASES
}

static int MK_ISA(reduce_columns)(
    mk_type type, int op, size_t rows, size_t n, const void *x, ptrdiff_t row, void *out) {
    switch (type) {
#define FLOAT_CASES(TYPE, SUFFIX) \
    case TYPE: \
        switch (op) { \
        case MK_SUM: columns_sum_##SUFFIX(rows, n, x, row, out); return 0; \
        case MK_SUM_SQUARES: columns_squares_##SUFFIX(rows, n, x, row, out); return 0; \
        case MK_SUM_ABSOLUTES: columns_absolutes_##SUFFIX(rows, n, x, row, out); return 0; \
        case MK_PRODUCT: columns_product_##SUFFIX(rows, n, x, row, out); return 0; \
        case MK_MAXIMUM: columns_extreme_##SUFFIX(0, rows, n, x, row, out); return 0; \
        case MK_MINIMUM: columns_extreme_##SUFFIX(1, rows, n, x, row, out); return 0; \
        } \
        return -1;
        FLOAT_CASES(MK_F32, f32)
        FLOAT_CASES(MK_F64, f64)
#define INTEGER_CASES(SUFFIX) \
        switch (op) { \
        case MK_SUM: columns_sum_##SUFFIX(rows, n, x, row, out); return 0; \
        case MK_MAXIMUM: columns_extreme_##SUFFIX(0, rows, n, x, row, out); return 0; \
        case MK_MINIMUM: columns_extreme_##SUFFIX(1, rows, n, x, row, out); return 0; \
        } \
        return -1;
    case MK_I32: INTEGER_CASES(i32)
    case MK_I64: INTEGER_CASES(i64)
    case MK_U8: case MK_BOOL: INTEGER_CASES(u8)
    default: return -1;
    }
#undef FLOAT_CASES
#undef INTEGER_CASES
}

static double MK_ISA(sum_double)(mk_type type, size_t n, const void *x) {
    return type == MK_F32 ? sum_f32(n, x, 0) : sum_f64(n, x, 0);
}

static double MK_ISA(sum_squared_deviations)(mk_type type, size_t n, const void *x, double centre) {
    return type == MK_F32 ? sum_squares_f32(n, x, centre) : sum_squares_f64(n, x, centre);
}

static size_t MK_ISA(argmax)(mk_type type, int smallest, size_t n, const void *x, ptrdiff_t step) {
    switch (type) {
    case MK_F32: return smallest ? argmin_f32(n, x, step) : argmax_f32(n, x, step);
    case MK_F64: return smallest ? argmin_f64(n, x, step) : argmax_f64(n, x, step);
    case MK_I32: return smallest ? argmin_i32(n, x, step) : argmax_i32(n, x, step);
    case MK_I64: return smallest ? argmin_i64(n, x, step) : argmax_i64(n, x, step);
    default: return smallest ? argmin_u8(n, x, step) : argmax_u8(n, x, step);
    }
}
