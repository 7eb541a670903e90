// Elementwise functions of two operands; see unary.h for the notation.

#define MK_BINARY_FLOAT(X) \
    X(ADD, a + b) \
    X(SUBTRACT, a - b) \
    X(MULTIPLY, a * b) \
    X(DIVIDE, a / b) \
    X(POW, F(pow)(a, b)) \
    X(ATAN2, F(atan2)(a, b)) \
    X(MAX, a != a || a > b ? a : b) \
    X(MIN, a != a || a < b ? a : b) \
    X(FMOD, F(fmod)(a, b)) \
    X(REMAINDER, F(mk_remainder)(a, b)) \
    X(FLOOR_DIVIDE, F(floor)(a / b)) \
    X(HYPOT, F(hypot)(a, b)) \
    X(LOGADDEXP, a == b ? a + C(0.69314718055994530942) : \
        (a != a || a > b ? a : b) + M(log1p)(M(exp)(-F(fabs)(a - b)))) \
    X(MULTIPLY_ADD_SCALAR, a * p + b) \
    X(RELU_GRADIENT, a > 0 ? b : C(0)) \
    X(LEAKY_RELU_GRADIENT, a > 0 ? b : b * p) \
    X(SIGMOID_GRADIENT, b * a * (C(1) - a)) \
    X(TANH_GRADIENT, b * (C(1) - a * a)) \
    X(SILU_GRADIENT, b * MK_SIGMOID_OF(a) * (C(1) + MK_WITHIN(a, C(800)) * (C(1) - MK_SIGMOID_OF(a)))) \
    X(GELU_GRADIENT, b * (C(0.5) * (C(1) + M(erf)(a * C(0.70710678118654752440))) + \
        a * C(0.39894228040143267794) * M(exp)(C(-0.5) * a * a))) \
    X(GELU_TANH_GRADIENT, b * MK_GELU_TANH_SLOPE(MK_WITHIN(a, C(40)))) \
    X(SOFTPLUS_GRADIENT, a * p > C(20) ? b : b * MK_SIGMOID_OF(a * p))

// At most `limit` in size, in one minimum and one maximum.
#define MK_WITHIN(x, limit) MK_AT_LEAST((limit) < (x) ? (limit) : (x), -(limit))

// With s = sigmoid(2u): s (1 + x (1 - s) 2u').
#define MK_GELU_TANH_SLOPE(x) (MK_SIGMOID_OF(MK_GELU_TANH_ARGUMENT(x)) * (C(1) + \
    (x) * (C(1) - MK_SIGMOID_OF(MK_GELU_TANH_ARGUMENT(x))) * (C(1.5957691216057307118) + C(0.21406444881780073) * ((x) * (x)))))

#define MK_BINARY_INTEGER(X) \
    X(ADD, (T)((U)a + (U)b)) \
    X(SUBTRACT, (T)((U)a - (U)b)) \
    X(MULTIPLY, (T)((U)a * (U)b)) \
    X(MAX, a > b ? a : b) \
    X(MIN, a < b ? a : b) \
    X(FMOD, b == 0 || ((T)-1 < 0 && b == (T)-1) ? 0 : a % b) \
    X(REMAINDER, b == 0 || ((T)-1 < 0 && b == (T)-1) ? 0 : (T)(a % b + (a % b != 0 && ((a % b < 0) != (b < 0)) ? b : 0))) \
    X(FLOOR_DIVIDE, b == 0 ? 0 : b == (T)-1 && (T)-1 < 0 ? (T)(0 - (U)a) : \
        (T)(a / b - (a % b != 0 && ((a < 0) != (b < 0))))) \
    X(AND, a & b) \
    X(OR, a | b) \
    X(XOR, a ^ b)

// Python's remainder: the sign of the divisor.
static inline float mk_remainderf(float a, float b) {
    float r = fmodf(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
static inline double mk_remainder(double a, double b) {
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

typedef void (*mk_binary_function)(size_t n, const void *a, const void *b, void *out, double p);

#define DEFINE(NAME, EXPRESSION) \
    static void MK_CONCATENATE(NAME)(size_t n, const void *va, const void *vb, void *vout, double d) { \
        const T *as = va, *bs = vb; \
        T *out = vout; \
        const T p = (T)d; \
        (void)p; \
        size_t i = 0; \
        MK_WIDE_LOOP \
        for (; i < n / MK_WIDTH * MK_WIDTH; i++) { \
            const T a = as[i], b = bs[i]; \
            out[i] = EXPRESSION; \
        } \
        MK_ELEMENTWISE_LOOP \
        for (; i < n; i++) { \
            const T a = as[i], b = bs[i]; \
            out[i] = EXPRESSION; \
        } \
    }
#define ENTRY(NAME, EXPRESSION) [MK_##NAME] = MK_CONCATENATE(NAME),

#define T float
#define F(name) name##f
#define M(name) mk_##name##f
#define C(x) ((float)(x))
#define MK_CONCATENATE(NAME) binary_f32_##NAME
MK_BINARY_FLOAT(DEFINE)
static const mk_binary_function binary_f32[MK_BINARY_COUNT] = {MK_BINARY_FLOAT(ENTRY)};
#undef T
#undef F
#undef M
#undef C
#undef MK_CONCATENATE

#define T double
#define F(name) name
#define M(name) mk_##name
#define C(x) ((double)(x))
#define MK_CONCATENATE(NAME) binary_f64_##NAME
MK_BINARY_FLOAT(DEFINE)
static const mk_binary_function binary_f64[MK_BINARY_COUNT] = {MK_BINARY_FLOAT(ENTRY)};
#undef T
#undef F
#undef M
#undef C
#undef MK_CONCATENATE

#define T int32_t
#define U uint32_t
#define MK_CONCATENATE(NAME) binary_i32_##NAME
MK_BINARY_INTEGER(DEFINE)
static const mk_binary_function binary_i32[MK_BINARY_COUNT] = {MK_BINARY_INTEGER(ENTRY)};
#undef T
#undef U
#undef MK_CONCATENATE

#define T int64_t
#define U uint64_t
#define MK_CONCATENATE(NAME) binary_i64_##NAME
MK_BINARY_INTEGER(DEFINE)
static const mk_binary_function binary_i64[MK_BINARY_COUNT] = {MK_BINARY_INTEGER(ENTRY)};
#undef T
#undef U
#undef MK_CONCATENATE

#define T uint8_t
#define U uint32_t
#define MK_CONCATENATE(NAME) binary_u8_##NAME
MK_BINARY_INTEGER(DEFINE)
static const mk_binary_function binary_u8[MK_BINARY_COUNT] = {MK_BINARY_INTEGER(ENTRY)};
#undef T
#undef U
#undef MK_CONCATENATE
#undef DEFINE
#undef ENTRY

// out = a * b + c, rounded once where the instruction set has fused multiply-add.
static void multiply_add_f32(size_t n, const float *a, const float *b, const float *c, float *out) {
    MK_ELEMENTWISE_LOOP
    for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i] + c[i];
}
static void multiply_add_f64(size_t n, const double *a, const double *b, const double *c, double *out) {
    MK_ELEMENTWISE_LOOP
    for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i] + c[i];
}
