// Feeds strided operands to kernels that want flat ones: rows that already lie flat go straight through, others are
// gathered block by block into a buffer that stays in the first cache.
#include "kernels/system.h"
#include "kernels/table_type.h"

enum { BLOCK = 1024 };
typedef struct { _Alignas(64) uint8_t bytes[BLOCK * 8]; } block;

static const size_t element_sizes[MK_TYPE_COUNT] = {
    [MK_BOOL] = 1, [MK_U8] = 1, [MK_I8] = 1, [MK_I16] = 2, [MK_U16] = 2, [MK_I32] = 4, [MK_U32] = 4,
    [MK_I64] = 8, [MK_U64] = 8, [MK_F16] = 2, [MK_BF16] = 2, [MK_F32] = 4, [MK_F64] = 8,
};

#define DEFINE(BITS) \
    static void gather_##BITS(size_t n, const void *vx, ptrdiff_t step, void *vout) { \
        const uint##BITS##_t *x = vx; \
        uint##BITS##_t *out = vout; \
        if (step == 0) { \
            for (size_t i = 0; i < n; i++) out[i] = *x; \
        } else { \
            for (size_t i = 0; i < n; i++) out[i] = x[(ptrdiff_t)i * step]; \
        } \
    } \
    static void scatter_##BITS(size_t n, const void *vx, void *vout, ptrdiff_t step) { \
        const uint##BITS##_t *x = vx; \
        uint##BITS##_t *out = vout; \
        for (size_t i = 0; i < n; i++) out[(ptrdiff_t)i * step] = x[i]; \
    }
DEFINE(8)
DEFINE(16)
DEFINE(32)
DEFINE(64)
#undef DEFINE

static void gather(size_t size, size_t n, const void *x, ptrdiff_t step, void *out) {
    if (step == 1) memcpy(out, x, n * size);
    else if (size == 4) gather_32(n, x, step, out);
    else if (size == 8) gather_64(n, x, step, out);
    else if (size == 2) gather_16(n, x, step, out);
    else gather_8(n, x, step, out);
}

// The n elements that start at position `start` of a row, flat: in place, or gathered into `buffer`.
static const void *flat(mk_operand x, size_t size, size_t r, size_t start, size_t n, block *buffer) {
    const uint8_t *row = (const uint8_t *)x.data + ((ptrdiff_t)r * x.row + (ptrdiff_t)start * x.step) * (ptrdiff_t)size;
    if (x.step == 1) return row;
    // A row that repeats one element, met again: the buffer still holds it.
    if (x.step == 0 && (start > 0 || (r > 0 && x.row == 0))) return buffer->bytes;
    gather(size, n, row, x.step, buffer->bytes);
    return buffer->bytes;
}

// Rows that follow one another without gaps are one long row.
static int is_flat(mk_operand x, size_t rows, size_t n) {
    return x.step == 1 && (rows == 1 || x.row == (ptrdiff_t)n);
}

static size_t block_length(size_t n, int direct) { return direct || n < BLOCK ? n : BLOCK; }

int mk_unary(mk_type type, int op, size_t rows, size_t n, mk_operand x, void *out, double p0, double p1) {
    void (*f)(size_t, const void *, void *, double, double) = mk_kernels->unary(type, op);
    if (!f) return -1;
    size_t size = element_sizes[type];
    if (is_flat(x, rows, n)) {
        f(rows * n, x.data, out, p0, p1);
        return 0;
    }
    block buffer;
    size_t length = block_length(n, x.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            f(m, flat(x, size, r, i, m, &buffer), (uint8_t *)out + (r * n + i) * size, p0, p1);
        }
    return 0;
}

int mk_binary(mk_type type, int op, size_t rows, size_t n, mk_operand a, mk_operand b, void *out, double p) {
    void (*f)(size_t, const void *, const void *, void *, double) = mk_kernels->binary(type, op);
    if (!f) return -1;
    size_t size = element_sizes[type];
    if (is_flat(a, rows, n) && is_flat(b, rows, n)) {
        f(rows * n, a.data, b.data, out, p);
        return 0;
    }
    block buffer_a, buffer_b;
    size_t length = block_length(n, a.step == 1 && b.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            const void *pa = flat(a, size, r, i, m, &buffer_a), *pb = flat(b, size, r, i, m, &buffer_b);
            f(m, pa, pb, (uint8_t *)out + (r * n + i) * size, p);
        }
    return 0;
}

int mk_compare(mk_type type, int op, size_t rows, size_t n, mk_operand a, mk_operand b, uint8_t *out) {
    void (*f)(size_t, const void *, const void *, uint8_t *) = mk_kernels->compare(type, op);
    if (!f) return -1;
    size_t size = element_sizes[type];
    block buffer_a, buffer_b;
    size_t length = block_length(n, a.step == 1 && b.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            const void *pa = flat(a, size, r, i, m, &buffer_a), *pb = flat(b, size, r, i, m, &buffer_b);
            f(m, pa, pb, out + r * n + i);
        }
    return 0;
}

void mk_select(size_t size, size_t rows, size_t n, mk_operand condition, mk_operand a, mk_operand b, void *out) {
    void (*f)(size_t, const uint8_t *, const void *, const void *, void *) =
        size == 4 ? mk_kernels->select_32 : size == 8 ? mk_kernels->select_64 :
        size == 2 ? mk_kernels->select_16 : mk_kernels->select_8;
    block buffer_c, buffer_a, buffer_b;
    size_t length = block_length(n, a.step == 1 && b.step == 1 && condition.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            const void *pc = flat(condition, 1, r, i, m, &buffer_c);
            const void *pa = flat(a, size, r, i, m, &buffer_a), *pb = flat(b, size, r, i, m, &buffer_b);
            f(m, pc, pa, pb, (uint8_t *)out + (r * n + i) * size);
        }
}

int mk_multiply_add(mk_type type, size_t rows, size_t n, mk_operand a, mk_operand b, mk_operand c, void *out) {
    if (type != MK_F32 && type != MK_F64) return -1;
    size_t size = element_sizes[type];
    block buffer_a, buffer_b, buffer_c;
    size_t length = block_length(n, a.step == 1 && b.step == 1 && c.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            const void *pa = flat(a, size, r, i, m, &buffer_a), *pb = flat(b, size, r, i, m, &buffer_b);
            const void *pc = flat(c, size, r, i, m, &buffer_c);
            void *target = (uint8_t *)out + (r * n + i) * size;
            if (type == MK_F32) mk_kernels->multiply_add_f32(m, pa, pb, pc, target);
            else mk_kernels->multiply_add_f64(m, pa, pb, pc, target);
        }
    return 0;
}

void mk_convert(mk_type from, mk_type to, size_t rows, size_t n, mk_operand x, void *out) {
    void (*f)(size_t, const void *, void *) = mk_kernels->convert(from, to);
    block buffer;
    size_t length = block_length(n, x.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            f(m, flat(x, element_sizes[from], r, i, m, &buffer), (uint8_t *)out + (r * n + i) * element_sizes[to]);
        }
}

// A transposed matrix is copied in square tiles, so that both sides use whole cache lines.
static void copy_transposed_32(size_t rows, size_t n, const uint32_t *x, ptrdiff_t step, uint32_t *out) {
    enum { TILE = 16 };
    for (size_t i = 0; i < rows; i += TILE)
        for (size_t j = 0; j < n; j += TILE) {
            size_t row_end = rows - i < TILE ? rows : i + TILE, column_end = n - j < TILE ? n : j + TILE;
            for (size_t r = i; r < row_end; r++)
                for (size_t c = j; c < column_end; c++) out[r * n + c] = x[(ptrdiff_t)r + (ptrdiff_t)c * step];
        }
}

void mk_copy(size_t size, size_t rows, size_t n, mk_operand x, void *out) {
    if (size == 4 && x.row == 1 && x.step != 1 && rows > 1) {
        copy_transposed_32(rows, n, x.data, x.step, out);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        gather(size, n, (const uint8_t *)x.data + (ptrdiff_t)r * x.row * (ptrdiff_t)size, x.step,
            (uint8_t *)out + r * n * size);
}

void mk_scatter_row(size_t size, size_t n, const void *x, void *y, ptrdiff_t step) {
    if (step == 1) memcpy(y, x, n * size);
    else if (size == 4) scatter_32(n, x, y, step);
    else if (size == 8) scatter_64(n, x, y, step);
    else if (size == 2) scatter_16(n, x, y, step);
    else scatter_8(n, x, y, step);
}

void mk_fill(size_t size, size_t n, const void *value, void *out) { gather(size, n, value, 0, out); }

int mk_reduce(mk_type type, int op, size_t n, const void *x, void *out) { return mk_kernels->reduce(type, op, n, x, out); }

int mk_reduce_columns(mk_type type, int op, size_t rows, size_t n, const void *x, ptrdiff_t row, void *out) {
    return mk_kernels->reduce_columns(type, op, rows, n, x, row, out);
}

double mk_sum_double(mk_type type, size_t n, const void *x) { return mk_kernels->sum_double(type, n, x); }

double mk_sum_squared_deviations(mk_type type, size_t n, const void *x, double centre) {
    return mk_kernels->sum_squared_deviations(type, n, x, centre);
}

size_t mk_argmax(mk_type type, int smallest, size_t n, const void *x, ptrdiff_t step) {
    return mk_kernels->argmax(type, smallest, n, x, step);
}
