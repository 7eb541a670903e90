// Blocks of elements combined into a tensor at offsets computed from indices, in index order.

#define MK_DEFINE_ACCUMULATE(SUFFIX, T, WIDE) \
    static void accumulate_blocks_##SUFFIX( \
        int op, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const T *x, size_t x_row, \
        size_t x_block, T *out) { \
        for (size_t i = 0; i < n; i++) \
            for (size_t j = 0; j < m; j++) { \
                const T *v = x + i * x_row + j * x_block; \
                T *o = out + base[i] + (rest ? rest[j] : 0); \
                switch (op) { \
                case MK_ACCUMULATE_SUM: \
                    for (size_t c = 0; c < width; c++) o[c] = (T)((WIDE)o[c] + (WIDE)v[c]); \
                    break; \
                case MK_ACCUMULATE_PRODUCT: \
                    for (size_t c = 0; c < width; c++) o[c] = (T)((WIDE)o[c] * (WIDE)v[c]); \
                    break; \
                case MK_ACCUMULATE_MAXIMUM: \
                    for (size_t c = 0; c < width; c++) o[c] = v[c] != v[c] || v[c] > o[c] ? v[c] : o[c]; \
                    break; \
                default: \
                    for (size_t c = 0; c < width; c++) o[c] = v[c] != v[c] || v[c] < o[c] ? v[c] : o[c]; \
                } \
            } \
    }
MK_DEFINE_ACCUMULATE(f32, float, float)
MK_DEFINE_ACCUMULATE(f64, double, double)
// Integers wrap around: signed overflow is undefined in C, so they are added and multiplied unsigned.
MK_DEFINE_ACCUMULATE(i32, int32_t, uint32_t)
MK_DEFINE_ACCUMULATE(i64, int64_t, uint64_t)
MK_DEFINE_ACCUMULATE(u8, uint8_t, uint32_t)
#undef MK_DEFINE_ACCUMULATE

static int MK_ISA(accumulate_blocks)(
    mk_type type, int op, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const void *x,
    size_t x_row, size_t x_block, void *out) {
    switch (type) {
    case MK_F32: accumulate_blocks_f32(op, n, base, m, rest, width, x, x_row, x_block, out); return 0;
    case MK_F64: accumulate_blocks_f64(op, n, base, m, rest, width, x, x_row, x_block, out); return 0;
    case MK_I32: accumulate_blocks_i32(op, n, base, m, rest, width, x, x_row, x_block, out); return 0;
    case MK_I64: accumulate_blocks_i64(op, n, base, m, rest, width, x, x_row, x_block, out); return 0;
    case MK_U8: accumulate_blocks_u8(op, n, base, m, rest, width, x, x_row, x_block, out); return 0;
    default: return -1;
    }
}
