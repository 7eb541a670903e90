// Feeds strided operands to kernels that want flat ones: rows that already lie flat go straight through, others are
// gathered block by block into a buffer that stays in the first cache.
#include "kernels/system.h"
#include "kernels/table_type.h"
#include "stream.h"

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

// An operation on operands that lie flat.
typedef struct {
    void (*unary)(size_t, const void *, void *, double, double);
    void (*binary)(size_t, const void *, const void *, void *, double);
    void (*ternary)(size_t, const void *, const void *, const void *, void *);
    const void *a, *b, *c;
    double p0, p1;
} operation;

static void apply(const operation *f, size_t size, size_t from, size_t n, void *out) {
    const uint8_t *a = (const uint8_t *)f->a + from * size, *b = (const uint8_t *)f->b + from * size;
    if (f->unary) f->unary(n, a, out, f->p0, f->p1);
    else if (f->binary) f->binary(n, a, b, out, f->p0);
    else f->ternary(n, a, b, (const uint8_t *)f->c + from * size, out);
}

// All n elements, in the first cache piece by piece where the result is streamed.
static void apply_flat(const operation *f, size_t size, size_t n, void *vout) {
    enum { PIECE = 2048 };
    uint8_t *out = vout;
    if (n * size < MK_STREAMED_BYTES || out == f->a || out == f->b || out == f->c) {
        apply(f, size, 0, n, out);
        return;
    }
    _Alignas(MK_STREAM_LINE) uint8_t piece[PIECE];
    const size_t step = PIECE / size;
    size_t i = mk_bytes_to_line(out) / size;
    apply(f, size, 0, i, out);
    for (; i + step <= n; i += step) {
        apply(f, size, i, step, piece);
        mk_stream(out + i * size, piece, PIECE);
    }
    apply(f, size, i, n - i, out + i * size);
    mk_stream_end();
}

int mk_unary(mk_type type, int op, size_t rows, size_t n, mk_operand x, void *out, double p0, double p1) {
    operation f = {.unary = mk_kernels->unary(type, op), .a = x.data, .p0 = p0, .p1 = p1};
    if (!f.unary) return -1;
    size_t size = element_sizes[type];
    if (is_flat(x, rows, n)) {
        apply_flat(&f, size, rows * n, out);
        return 0;
    }
    block buffer;
    size_t length = block_length(n, x.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            f.unary(m, flat(x, size, r, i, m, &buffer), (uint8_t *)out + (r * n + i) * size, p0, p1);
        }
    return 0;
}

int mk_binary(mk_type type, int op, size_t rows, size_t n, mk_operand a, mk_operand b, void *out, double p) {
    operation f = {.binary = mk_kernels->binary(type, op), .a = a.data, .b = b.data, .p0 = p};
    if (!f.binary) return -1;
    size_t size = element_sizes[type];
    if (is_flat(a, rows, n) && is_flat(b, rows, n)) {
        apply_flat(&f, size, rows * n, out);
        return 0;
    }
    block buffer_a, buffer_b;
    size_t length = block_length(n, a.step == 1 && b.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            const void *pa = flat(a, size, r, i, m, &buffer_a), *pb = flat(b, size, r, i, m, &buffer_b);
            f.binary(m, pa, pb, (uint8_t *)out + (r * n + i) * size, p);
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

static void multiply_add_f32(size_t n, const void *a, const void *b, const void *c, void *out) {
    mk_kernels->multiply_add_f32(n, a, b, c, out);
}
static void multiply_add_f64(size_t n, const void *a, const void *b, const void *c, void *out) {
    mk_kernels->multiply_add_f64(n, a, b, c, out);
}

int mk_multiply_add(mk_type type, size_t rows, size_t n, mk_operand a, mk_operand b, mk_operand c, void *out) {
    if (type != MK_F32 && type != MK_F64) return -1;
    operation f = {
        .ternary = type == MK_F32 ? multiply_add_f32 : multiply_add_f64, .a = a.data, .b = b.data, .c = c.data};
    size_t size = element_sizes[type];
    if (is_flat(a, rows, n) && is_flat(b, rows, n) && is_flat(c, rows, n)) {
        apply_flat(&f, size, rows * n, out);
        return 0;
    }
    block buffer_a, buffer_b, buffer_c;
    size_t length = block_length(n, a.step == 1 && b.step == 1 && c.step == 1);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i += length) {
            size_t m = n - i < length ? n - i : length;
            const void *pa = flat(a, size, r, i, m, &buffer_a), *pb = flat(b, size, r, i, m, &buffer_b);
            f.ternary(m, pa, pb, flat(c, size, r, i, m, &buffer_c), (uint8_t *)out + (r * n + i) * size);
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

// Elements that lie flat on both sides.
static void copy_flat(const uint8_t *x, uint8_t *out, size_t bytes) {
    if (bytes < MK_STREAMED_BYTES) {
        memcpy(out, x, bytes);
        return;
    }
    const size_t head = mk_bytes_to_line(out), middle = (bytes - head) / MK_STREAM_LINE * MK_STREAM_LINE;
    memcpy(out, x, head);
    mk_stream(out + head, x + head, middle);
    memcpy(out + head + middle, x + head + middle, bytes - head - middle);
    mk_stream_end();
}

void mk_copy(size_t size, size_t rows, size_t n, mk_operand x, void *out) {
    if (is_flat(x, rows, n)) {
        copy_flat(x.data, out, rows * n * size);
        return;
    }
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
