// A matrix product on one thread: the loops around the kernels of gemm_of_type.h.
#include "kernels/system.h"
#include "kernels/table_type.h"

// Columns of B packed at a time.
enum { BLOCK_COLUMNS = 4096 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }
static size_t padded(size_t n, size_t step) { return (n + step - 1) / step * step; }

const mk_gemm_kernels *mk_gemm_of(int is_double) {
    return is_double ? mk_kernels->gemm_f64 : mk_kernels->gemm_f32;
}

size_t mk_gemm_workspace(int is_double, size_t m, size_t n, size_t k) {
    const mk_gemm_kernels *kernels = mk_gemm_of(is_double);
    size_t lines = padded(least(m, MK_GEMM_BLOCK_ROWS), kernels->rows) + padded(least(n, BLOCK_COLUMNS), kernels->columns);
    return lines * least(k, MK_GEMM_DEPTH) * (is_double ? sizeof(double) : sizeof(float)) + 64;
}

void mk_gemm(
    int is_double, size_t m, size_t n, size_t k, const mk_matrix *a, const mk_matrix *b, void *c, ptrdiff_t c_row,
    int adds, const mk_epilogue *after, void *workspace) {
    const mk_gemm_kernels *kernels = mk_gemm_of(is_double);
    const size_t bytes = is_double ? sizeof(double) : sizeof(float);
    char *b_panels = workspace;
    char *a_panels = b_panels + padded(padded(least(n, BLOCK_COLUMNS), kernels->columns) * least(k, MK_GEMM_DEPTH) * bytes, 64);
    for (size_t j = 0; j < n; j += BLOCK_COLUMNS) {
        const size_t columns = least(n - j, BLOCK_COLUMNS);
        // At least once: an inner extent of 0 gives zeros, and the epilogue.
        for (size_t p = 0; p < k || p == 0; p += MK_GEMM_DEPTH) {
            const size_t depth = least(k - p, MK_GEMM_DEPTH);
            const mk_epilogue *last = p + depth == k ? after : NULL;
            kernels->pack(b, 0, j, columns, p, depth, b_panels);
            for (size_t i = 0; i < m; i += MK_GEMM_BLOCK_ROWS) {
                const size_t rows = least(m - i, MK_GEMM_BLOCK_ROWS);
                kernels->pack(a, 1, i, rows, p, depth, a_panels);
                kernels->block(
                    rows, columns, depth, a_panels, b_panels,
                    (char *)c + ((ptrdiff_t)i * c_row + (ptrdiff_t)j) * (ptrdiff_t)bytes, c_row, adds || p > 0, last, i, j);
            }
        }
    }
}
