// Comparisons and selection.

#define MK_COMPARISONS(X) \
    X(EQUAL, ==) \
    X(NOT_EQUAL, !=) \
    X(LESS, <) \
    X(LESS_EQUAL, <=) \
    X(GREATER, >) \
    X(GREATER_EQUAL, >=)

typedef void (*mk_compare_function)(size_t n, const void *a, const void *b, uint8_t *out);

#define DEFINE(NAME, OPERATOR) \
    static void MK_CONCATENATE(NAME)(size_t n, const void *va, const void *vb, uint8_t *out) { \
        const T *a = va, *b = vb; \
        for (size_t i = 0; i < n; i++) out[i] = a[i] OPERATOR b[i]; \
    }
#define ENTRY(NAME, OPERATOR) [MK_##NAME] = MK_CONCATENATE(NAME),

#define T float
#define MK_CONCATENATE(NAME) compare_f32_##NAME
MK_COMPARISONS(DEFINE)
static const mk_compare_function compare_f32[] = {MK_COMPARISONS(ENTRY)};
#undef T
#undef MK_CONCATENATE
#define T double
#define MK_CONCATENATE(NAME) compare_f64_##NAME
MK_COMPARISONS(DEFINE)
static const mk_compare_function compare_f64[] = {MK_COMPARISONS(ENTRY)};
#undef T
#undef MK_CONCATENATE
#define T int32_t
#define MK_CONCATENATE(NAME) compare_i32_##NAME
MK_COMPARISONS(DEFINE)
static const mk_compare_function compare_i32[] = {MK_COMPARISONS(ENTRY)};
#undef T
#undef MK_CONCATENATE
#define T int64_t
#define MK_CONCATENATE(NAME) compare_i64_##NAME
MK_COMPARISONS(DEFINE)
static const mk_compare_function compare_i64[] = {MK_COMPARISONS(ENTRY)};
#undef T
#undef MK_CONCATENATE
#define T uint8_t
#define MK_CONCATENATE(NAME) compare_u8_##NAME
MK_COMPARISONS(DEFINE)
static const mk_compare_function compare_u8[] = {MK_COMPARISONS(ENTRY)};
#undef T
#undef MK_CONCATENATE
#undef DEFINE
#undef ENTRY

#define DEFINE(BITS) \
    static void select_##BITS(size_t n, const uint8_t *condition, const void *va, const void *vb, void *vout) { \
        const uint##BITS##_t *a = va, *b = vb; \
        uint##BITS##_t *out = vout; \
        for (size_t i = 0; i < n; i++) out[i] = condition[i] ? a[i] : b[i]; \
    }
DEFINE(8)
DEFINE(16)
DEFINE(32)
DEFINE(64)
#undef DEFINE
