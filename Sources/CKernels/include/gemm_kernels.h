// Kernels of matrix products.
#pragma once
#include <stddef.h>

/// Steps of the inner extent that a product takes at a time: a strip of B of so many rows stays in the first cache.
enum { MK_GEMM_DEPTH = 256 };

/// Rows of A in one block: their panels stay in the second cache. A multiple of every kernel's tile.
enum { MK_GEMM_BLOCK_ROWS = 168 };

/// A matrix wherever and however it lies: element (i, j) at data[i * row + j * column].
///
/// If `read` is not NULL the elements are stored in another form, such as bfloat16 or quantised blocks: in lines (rows of A,
/// columns of B). Then `data` is whatever `read` takes, and it writes `count` elements of a line, from element `from` (a
/// multiple of MK_GEMM_DEPTH) on, in the product's own type; the matrix begins at `first_line`.
typedef struct {
    const void *data;
    ptrdiff_t row, column;
    void (*read)(const void *data, size_t line, size_t from, size_t count, void *out);
    size_t first_line;
} mk_matrix;

/// What is done to C while it is still in the cache: + bias[j], then a unary operation (or -1), then + residual[i, j].
typedef struct {
    const void *bias;
    int activation;
    double parameter;
    const void *residual;
    ptrdiff_t residual_row;
} mk_epilogue;

/// The kernels for one element type.
typedef struct {
    /// The tile of C that one call keeps in registers.
    size_t rows, columns;

    /// Packs lines first ..< first + lines of A (its rows) or B (its columns), inner elements from ..< from + k, into
    /// panels of `rows` (or `columns`) lines; the last panel is filled with zeros. k <= MK_GEMM_DEPTH.
    void (*pack)(const mk_matrix *x, int is_rows, size_t first, size_t lines, size_t from, size_t k, void *out);

    /// C[rows, columns] = (or +=) packed A times packed B, then the epilogue if it is not NULL; row and column say where
    /// in the whole product the block lies.
    void (*block)(
        size_t rows, size_t columns, size_t k, const void *a, const void *b, void *c, ptrdiff_t c_row, int adds,
        const mk_epilogue *after, size_t row, size_t column);
} mk_gemm_kernels;

/// The kernels for float32 (is_double 0) or float64.
const mk_gemm_kernels *mk_gemm_of(int is_double);

/// C[m, n] = A[m, k] B[k, n] (or, if `adds`, C +=) on the calling thread. `workspace` has mk_gemm_workspace bytes.
void mk_gemm(
    int is_double, size_t m, size_t n, size_t k, const mk_matrix *a, const mk_matrix *b, void *c, ptrdiff_t c_row,
    int adds, const mk_epilogue *after, void *workspace);

/// The bytes that mk_gemm needs, aligned to 64.
size_t mk_gemm_workspace(int is_double, size_t m, size_t n, size_t k);
