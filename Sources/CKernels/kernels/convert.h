// Conversions between element types. Half and brain floats pass through float32.

static inline float mk_bf16_to_f32(uint16_t bits) {
    union { uint32_t u; float f; } value = {(uint32_t)bits << 16};
    return value.f;
}

// Round to nearest, ties to even; NaN keeps its payload's top bits and becomes quiet.
static inline uint16_t mk_f32_to_bf16(float x) {
    union { float f; uint32_t u; } value = {x};
    uint32_t rounded = value.u + 0x7fff + ((value.u >> 16) & 1);
    return x != x ? (uint16_t)((value.u >> 16) | 0x40) : (uint16_t)(rounded >> 16);
}

// Saturates, so that no input is undefined behaviour; NaN becomes 0.
static inline int64_t mk_f64_to_i64(double x) {
    if (!(x > -9223372036854775808.0)) return x != x ? 0 : INT64_MIN;
    if (x >= 9223372036854775808.0) return INT64_MAX;
    return (int64_t)x;
}
static inline int32_t mk_f64_to_i32(double x) {
    if (!(x > -2147483649.0)) return x != x ? 0 : INT32_MIN;
    if (x >= 2147483648.0) return INT32_MAX;
    return (int32_t)x;
}
static inline uint64_t mk_f64_to_u64(double x) {
    if (!(x > -1.0)) return 0;
    if (x >= 18446744073709551616.0) return UINT64_MAX;
    return (uint64_t)x;
}

#define MK_SAME(x) (x)
#define MK_TO_BOOL(x) ((x) != 0)
#define MK_F_TO_I32(x) mk_f64_to_i32((double)(x))
#define MK_F_TO_I64(x) mk_f64_to_i64((double)(x))
#define MK_F_TO_U64(x) mk_f64_to_u64((double)(x))
// Narrow integers take the low bits of the 64-bit value, as NumPy does.
#define MK_F_TO_NARROW(x) mk_f64_to_i64((double)(x))
#define MK_F_TO_F16(x) ((_Float16)(x))
#define MK_F_TO_BF16(x) mk_f32_to_bf16((float)(x))

typedef void (*mk_convert_function)(size_t n, const void *x, void *out);

// X(from name, from type, load, to name, to type, store)
#define MK_TARGETS_OF_INTEGER(X, NAME, TYPE) \
    X(NAME, TYPE, MK_SAME, BOOL, uint8_t, MK_TO_BOOL) \
    X(NAME, TYPE, MK_SAME, U8, uint8_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, I8, int8_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, I16, int16_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, U16, uint16_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, I32, int32_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, U32, uint32_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, I64, int64_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, U64, uint64_t, MK_SAME) \
    X(NAME, TYPE, MK_SAME, F16, _Float16, MK_F_TO_F16) \
    X(NAME, TYPE, MK_SAME, BF16, uint16_t, MK_F_TO_BF16) \
    X(NAME, TYPE, MK_SAME, F32, float, MK_SAME) \
    X(NAME, TYPE, MK_SAME, F64, double, MK_SAME)
#define MK_TARGETS_OF_FLOAT(X, NAME, TYPE, LOAD) \
    X(NAME, TYPE, LOAD, BOOL, uint8_t, MK_TO_BOOL) \
    X(NAME, TYPE, LOAD, U8, uint8_t, MK_F_TO_NARROW) \
    X(NAME, TYPE, LOAD, I8, int8_t, MK_F_TO_NARROW) \
    X(NAME, TYPE, LOAD, I16, int16_t, MK_F_TO_NARROW) \
    X(NAME, TYPE, LOAD, U16, uint16_t, MK_F_TO_NARROW) \
    X(NAME, TYPE, LOAD, I32, int32_t, MK_F_TO_I32) \
    X(NAME, TYPE, LOAD, U32, uint32_t, MK_F_TO_I64) \
    X(NAME, TYPE, LOAD, I64, int64_t, MK_F_TO_I64) \
    X(NAME, TYPE, LOAD, U64, uint64_t, MK_F_TO_U64) \
    X(NAME, TYPE, LOAD, F16, _Float16, MK_F_TO_F16) \
    X(NAME, TYPE, LOAD, BF16, uint16_t, MK_F_TO_BF16) \
    X(NAME, TYPE, LOAD, F32, float, MK_SAME) \
    X(NAME, TYPE, LOAD, F64, double, MK_SAME)
#define MK_CONVERSIONS(X) \
    MK_TARGETS_OF_INTEGER(X, BOOL, uint8_t) \
    MK_TARGETS_OF_INTEGER(X, U8, uint8_t) \
    MK_TARGETS_OF_INTEGER(X, I8, int8_t) \
    MK_TARGETS_OF_INTEGER(X, I16, int16_t) \
    MK_TARGETS_OF_INTEGER(X, U16, uint16_t) \
    MK_TARGETS_OF_INTEGER(X, I32, int32_t) \
    MK_TARGETS_OF_INTEGER(X, U32, uint32_t) \
    MK_TARGETS_OF_INTEGER(X, I64, int64_t) \
    MK_TARGETS_OF_INTEGER(X, U64, uint64_t) \
    MK_TARGETS_OF_FLOAT(X, F16, _Float16, (float)) \
    MK_TARGETS_OF_FLOAT(X, BF16, uint16_t, mk_bf16_to_f32) \
    MK_TARGETS_OF_FLOAT(X, F32, float, MK_SAME) \
    MK_TARGETS_OF_FLOAT(X, F64, double, MK_SAME)

#define DEFINE(FROM, FROM_TYPE, LOAD, TO, TO_TYPE, STORE) \
    static void convert_##FROM##_##TO(size_t n, const void *vx, void *vout) { \
        const FROM_TYPE *x = vx; \
        TO_TYPE *out = vout; \
        for (size_t i = 0; i < n; i++) out[i] = (TO_TYPE)STORE(LOAD(x[i])); \
    }
#define ENTRY(FROM, FROM_TYPE, LOAD, TO, TO_TYPE, STORE) [MK_##FROM][MK_##TO] = convert_##FROM##_##TO,
MK_CONVERSIONS(DEFINE)
static const mk_convert_function conversions[MK_TYPE_COUNT][MK_TYPE_COUNT] = {MK_CONVERSIONS(ENTRY)};
#undef DEFINE
#undef ENTRY
