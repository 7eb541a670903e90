// Moves blocks of elements between a tensor and offsets computed from indices. Swift has checked every offset.
#include "kernels/system.h"
#include "kernels/table_type.h"

static int64_t rest_offset(const int64_t *rest, size_t j) { return rest ? rest[j] : 0; }

#define DEFINE(BITS) \
    static void gather_elements_##BITS( \
        size_t n, const int64_t *base, size_t m, const int64_t *rest, const uint##BITS##_t *x, uint##BITS##_t *out) { \
        if (m == 1) { \
            const uint##BITS##_t *start = x + rest_offset(rest, 0); \
            for (size_t i = 0; i < n; i++) out[i] = start[base[i]]; \
            return; \
        } \
        for (size_t i = 0; i < n; i++) \
            for (size_t j = 0; j < m; j++) out[i * m + j] = x[base[i] + rest[j]]; \
    } \
    static void assign_##BITS( \
        size_t rows, size_t n, mk_operand x, uint##BITS##_t *y, ptrdiff_t y_row, ptrdiff_t y_step) { \
        const uint##BITS##_t *source = x.data; \
        for (size_t r = 0; r < rows; r++) { \
            const uint##BITS##_t *from = source + (ptrdiff_t)r * x.row; \
            uint##BITS##_t *to = y + (ptrdiff_t)r * y_row; \
            if (y_step == 1 && x.step == 1) memcpy(to, from, n * sizeof *to); \
            else for (size_t i = 0; i < n; i++) to[(ptrdiff_t)i * y_step] = from[(ptrdiff_t)i * x.step]; \
        } \
    }
DEFINE(8)
DEFINE(16)
DEFINE(32)
DEFINE(64)
#undef DEFINE

void mk_gather_blocks(
    size_t size, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const void *x, void *out) {
    if (width == 1) {
        if (size == 4) gather_elements_32(n, base, m, rest, x, out);
        else if (size == 8) gather_elements_64(n, base, m, rest, x, out);
        else if (size == 2) gather_elements_16(n, base, m, rest, x, out);
        else gather_elements_8(n, base, m, rest, x, out);
        return;
    }
    const uint8_t *source = x;
    uint8_t *target = out;
    size_t bytes = width * size;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            memcpy(target, source + (base[i] + rest_offset(rest, j)) * (int64_t)size, bytes);
            target += bytes;
        }
}

void mk_scatter_blocks(
    size_t size, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const void *x,
    size_t x_row, size_t x_block, void *out) {
    const uint8_t *source = x;
    uint8_t *target = out;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            const uint8_t *from = source + (i * x_row + j * x_block) * size;
            uint8_t *to = target + (base[i] + rest_offset(rest, j)) * (int64_t)size;
            if (width == 1 && size == 4) memcpy(to, from, 4);
            else if (width == 1 && size == 8) memcpy(to, from, 8);
            else memcpy(to, from, width * size);
        }
}

int mk_accumulate_blocks(
    mk_type type, int op, size_t n, const int64_t *base, size_t m, const int64_t *rest, size_t width, const void *x,
    size_t x_row, size_t x_block, void *out) {
    return mk_kernels->accumulate_blocks(type, op, n, base, m, rest, width, x, x_row, x_block, out);
}

void mk_assign(size_t size, size_t rows, size_t n, mk_operand x, void *y, ptrdiff_t y_row, ptrdiff_t y_step) {
    if (size == 4) assign_32(rows, n, x, y, y_row, y_step);
    else if (size == 8) assign_64(rows, n, x, y, y_row, y_step);
    else if (size == 2) assign_16(rows, n, x, y, y_row, y_step);
    else assign_8(rows, n, x, y, y_row, y_step);
}
