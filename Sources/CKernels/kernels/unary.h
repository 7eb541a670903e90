// Elementwise functions of one operand: each line is one function, written for float and double at once.
// T is the element type, F(f) the function of that precision, C(x) a constant of type T; p0, p1 are parameters.

#define MK_UNARY_FLOAT(X) \
    X(NEGATE, -x) \
    X(ABS, F(fabs)(x)) \
    X(SIGN, (T)((x > 0) - (x < 0))) \
    X(EXP, M(exp)(x)) \
    X(EXPM1, M(expm1)(x)) \
    X(LOG, M(log)(x)) \
    X(LOG2, M(log2)(x)) \
    X(LOG10, M(log10)(x)) \
    X(LOG1P, M(log1p)(x)) \
    X(SQRT, F(sqrt)(x)) \
    X(RSQRT, C(1) / F(sqrt)(x)) \
    X(RECIPROCAL, C(1) / x) \
    X(SQUARE, x * x) \
    X(SIN, M(sin)(x)) \
    X(COS, M(cos)(x)) \
    X(TAN, F(tan)(x)) \
    X(ASIN, F(asin)(x)) \
    X(ACOS, F(acos)(x)) \
    X(ATAN, F(atan)(x)) \
    X(SINH, F(sinh)(x)) \
    X(COSH, F(cosh)(x)) \
    X(TANH, M(tanh)(x)) \
    X(ASINH, F(asinh)(x)) \
    X(ACOSH, F(acosh)(x)) \
    X(ATANH, F(atanh)(x)) \
    X(SIGMOID, MK_SIGMOID_OF(x)) \
    X(LOG_SIGMOID, (x < 0 ? x : C(0)) - M(log1p)(M(exp)(-F(fabs)(x)))) \
    X(SOFTPLUS, x * p0 > p1 ? x : ((x * p0 > 0 ? x * p0 : C(0)) + M(log1p)(M(exp)(-F(fabs)(x * p0)))) / p0) \
    X(ERF, M(erf)(x)) \
    X(ERFC, F(erfc)(x)) \
    X(ERFINV, (T)mk_erfinv((double)x)) \
    X(LGAMMA, (T)mk_lgamma((double)x)) \
    X(POLYGAMMA, (T)mk_polygamma((double)p0, (double)x)) \
    X(FLOOR, F(floor)(x)) \
    X(CEIL, F(ceil)(x)) \
    X(ROUND, F(rint)(x)) \
    X(TRUNC, F(trunc)(x)) \
    X(RELU, x <= 0 ? C(0) : x) \
    X(RELU6, x <= 0 ? C(0) : x > C(6) ? C(6) : x) \
    X(LEAKY_RELU, x > 0 ? x : x * p0) \
    X(ELU, x > 0 ? x : p0 * M(expm1)(x)) \
    X(SELU, C(1.0507009873554804934) * (x > 0 ? x : C(1.6732632423543772848) * M(expm1)(x))) \
    X(SILU, MK_AT_LEAST(x, C(-800)) * MK_SIGMOID_OF(x)) \
    X(GELU, C(0.5) * MK_AT_LEAST(x, C(-40)) * (C(1) + M(erf)(x * C(0.70710678118654752440)))) \
    X(GELU_TANH, MK_AT_LEAST(x, C(-40)) * MK_SIGMOID_OF(MK_GELU_TANH_ARGUMENT(x))) \
    X(QUICK_GELU, MK_AT_LEAST(x, C(-800)) * MK_SIGMOID_OF(C(1.702) * x)) \
    X(HARD_SIGMOID, MK_CLIP(x / C(6) + C(0.5), C(0), C(1))) \
    X(HARD_SWISH, x <= -C(3) ? C(0) : x >= C(3) ? x : x * (x + C(3)) / C(6)) \
    X(MISH, x == -INFINITY ? C(0) : x * M(tanh)(x > C(20) ? x : M(log1p)(M(exp)(x)))) \
    X(SOFTSIGN, x / (C(1) + F(fabs)(x))) \
    X(ADD_SCALAR, x + p0) \
    X(MULTIPLY_SCALAR, x * p0) \
    X(SUBTRACT_FROM, p0 - x) \
    X(DIVIDE_INTO, p0 / x) \
    X(POW_SCALAR, F(pow)(x, p0)) \
    X(CLAMP, MK_CLIP(x, p0, p1)) \
    X(IS_NAN, (T)(x != x)) \
    X(IS_INFINITE, (T)(F(fabs)(x) == INFINITY)) \
    X(IS_FINITE, (T)(F(fabs)(x) < INFINITY)) \
    X(IN_OPEN_RANGE, (T)(x > p0 && x < p1))

// A number so low that the factor beside it is 0: minus infinity times 0 would be NaN.
#define MK_AT_LEAST(x, low) ((x) < (low) ? (low) : (x))
#define MK_CLIP(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))
// gelu(x) = x/2 (1 + tanh(u)) = x sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3)
#define MK_GELU_TANH_ARGUMENT(x) ((x) * (C(1.5957691216057307118) + C(0.071354816272600248) * ((x) * (x))))
#define MK_SIGMOID_OF(x) M(sigmoid)(x)

#define MK_UNARY_INTEGER(X) \
    X(NEGATE, (T)(0 - (U)x)) \
    X(ABS, (T)(x < 0 ? 0 - (U)x : (U)x)) \
    X(SIGN, (T)((x > 0) - (x < 0))) \
    X(SQUARE, (T)((U)x * (U)x)) \
    X(RELU, x > 0 ? x : 0)

typedef void (*mk_unary_function)(size_t n, const void *x, void *out, double p0, double p1);

#define DEFINE(NAME, EXPRESSION) \
    static void MK_CONCATENATE(NAME)(size_t n, const void *vx, void *vout, double d0, double d1) { \
        const T *xs = vx; \
        T *out = vout; \
        const T p0 = (T)d0, p1 = (T)d1; \
        (void)p0, (void)p1; \
        size_t i = 0; \
        MK_WIDE_LOOP \
        for (; i < n / MK_WIDTH * MK_WIDTH; i++) { \
            const T x = xs[i]; \
            out[i] = EXPRESSION; \
        } \
        MK_ELEMENTWISE_LOOP \
        for (; i < n; i++) { \
            const T x = xs[i]; \
            out[i] = EXPRESSION; \
        } \
    }
#define ENTRY(NAME, EXPRESSION) [MK_##NAME] = MK_CONCATENATE(NAME),

#define T float
#define F(name) name##f
#define M(name) mk_##name##f
#define C(x) ((float)(x))
#define MK_CONCATENATE(NAME) unary_f32_##NAME
MK_UNARY_FLOAT(DEFINE)
static const mk_unary_function unary_f32[MK_UNARY_COUNT] = {MK_UNARY_FLOAT(ENTRY)};
#undef T
#undef F
#undef M
#undef C
#undef MK_CONCATENATE

#define T double
#define F(name) name
#define M(name) mk_##name
#define C(x) ((double)(x))
#define MK_CONCATENATE(NAME) unary_f64_##NAME
MK_UNARY_FLOAT(DEFINE)
static const mk_unary_function unary_f64[MK_UNARY_COUNT] = {MK_UNARY_FLOAT(ENTRY)};
#undef T
#undef F
#undef M
#undef C
#undef MK_CONCATENATE

#define T int32_t
#define U uint32_t
#define MK_CONCATENATE(NAME) unary_i32_##NAME
MK_UNARY_INTEGER(DEFINE)
static const mk_unary_function unary_i32[MK_UNARY_COUNT] = {MK_UNARY_INTEGER(ENTRY)};
#undef T
#undef U
#undef MK_CONCATENATE

#define T int64_t
#define U uint64_t
#define MK_CONCATENATE(NAME) unary_i64_##NAME
MK_UNARY_INTEGER(DEFINE)
static const mk_unary_function unary_i64[MK_UNARY_COUNT] = {MK_UNARY_INTEGER(ENTRY)};
#undef T
#undef U
#undef MK_CONCATENATE

#define T uint8_t
#define U uint32_t
#define MK_CONCATENATE(NAME) unary_u8_##NAME
MK_UNARY_INTEGER(DEFINE)
static const mk_unary_function unary_u8[MK_UNARY_COUNT] = {MK_UNARY_INTEGER(ENTRY)};
#undef T
#undef U
#undef MK_CONCATENATE
#undef DEFINE
#undef ENTRY
