// Products with quantised weights that stay quantised: their blocks are re-arranged once so that one vector holds the
// weights of eight rows, and activations are rounded to integers while they are on their way.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Rows of weights that a panel interleaves.
enum { MK_PANEL_ROWS = 8 };

/// Rows of activations that share one pass over a panel; they lie in groups of so many.
enum { MK_GROUP_ROWS = 4 };

/// How a block format of GGUF is re-arranged. The bits of a weight are spread over planes of bytes: a plane of nibbles,
/// and for wider weights one of single bits or pairs of bits; or one of whole bytes.
typedef enum { MK_FOUR_BITS, MK_FIVE_BITS, MK_SIX_BITS, MK_EIGHT_BITS, MK_WIDTH_COUNT } mk_weight_width;

typedef struct {
    /// The format's number in GGUF, and the bytes of its blocks.
    uint32_t format;
    size_t block, block_bytes;
    mk_weight_width width;
    /// Weights that share a scale.
    size_t scaled;
    /// Weights whose scales form one record, and the bytes of a panel's record.
    size_t recorded, record_bytes;
    /// The bytes that 32 weights of one row take in the planes.
    size_t plane_bytes;
    /// What is subtracted from the weights, which are not negative as they are stored.
    int offset;
} mk_packing;

/// The packing of a format, or NULL if weights of that format are not multiplied as integers.
const mk_packing *mk_packing_of(uint32_t format);

/// A matrix of weights, `[rows, columns]`, in panels of MK_PANEL_ROWS rows: the records of scales of a panel, then for
/// every 32 columns the planes, cut into four bytes of row 0, four of row 1 and so on. The last panel is filled with
/// zeros.
typedef struct {
    const mk_packing *packing;
    size_t rows, columns;
    const uint8_t *panels;
} mk_packed_weights;

/// The bytes of one panel.
size_t mk_panel_bytes(const mk_packing *packing, size_t columns);

/// Writes one panel from `count` rows of blocks, `row_bytes` apart.
void mk_pack_panel(
    const mk_packing *packing, size_t columns, size_t count, const uint8_t *rows, size_t row_bytes, uint8_t *panel);

/// out[0 ..< count] = the weights `from` ..< `from` + count of one row, exactly as the format defines them; `from` is a
/// multiple of the block. `weights` is an mk_packed_weights: the function is an mk_matrix's `read`.
void mk_read_packed(const void *weights, size_t row, size_t from, size_t count, void *out);

/// Activations `[rows, columns]` as integers: each run of `scaled` elements of a row has a scale. Rows lie in groups of
/// MK_GROUP_ROWS, the last one shorter; in a group of g rows there are four elements of row 0, four of row 1 and so on.
typedef struct {
    size_t rows, columns;
    /// int8, or int16 for weights of eight bits (in the order 0, 2, 1, 3 of each four).
    void *integers;
    /// A group's scales are `[columns / scaled, g]`; the sums are scale times the sum of the run's integers.
    float *scales, *sums;
} mk_packed_activations;

/// The bytes of an activation's integer.
size_t mk_activation_bytes(const mk_packing *packing);

/// Packs the groups first ..< first + count of float32 rows that are `x_row` elements apart. A run that holds a value
/// that is not finite gets the scale NaN.
void mk_pack_activations(
    const mk_packing *packing, const mk_packed_activations *to, const float *x, ptrdiff_t x_row, size_t first,
    size_t count);

/// out[i, j] = bias[j] + sum over k of activations[i, k] weights[j, k], for the panels first ..< first + count of the
/// weights; `bias` may be NULL. Every element is summed in the same order whatever the other rows and panels are.
void mk_multiply_packed(
    const mk_packed_weights *weights, const mk_packed_activations *activations, const float *bias, size_t first,
    size_t count, float *out, ptrdiff_t out_row);

/// A matrix of float16 or bfloat16, `[rows, columns]`.
typedef struct {
    int is_bfloat16;
    size_t rows, columns;
    const uint16_t *elements;
} mk_half_weights;

/// An mk_matrix's `read` for mk_half_weights.
void mk_read_halves(const void *weights, size_t row, size_t from, size_t count, void *out);

/// out[i, j] = bias[j] + x[i] . weights[j] for the rows first ..< first + count of the weights and up to MK_GROUP_ROWS rows
/// of x in one pass over them; `bias` may be NULL.
void mk_multiply_halves(
    const mk_half_weights *weights, const float *bias, size_t first, size_t count, size_t x_rows, const float *x,
    ptrdiff_t x_row, float *out, ptrdiff_t out_row);

/// The kernels of an instruction set; see kernels/quantized.h.
typedef struct {
    void (*read)(const mk_packed_weights *, size_t, size_t, size_t, float *);
    void (*pack_activations)(
        const mk_packing *, const mk_packed_activations *, const float *, ptrdiff_t, size_t, size_t);
    void (*multiply)(
        const mk_packed_weights *, const mk_packed_activations *, const float *, size_t, size_t, float *, ptrdiff_t);
    void (*read_halves)(const mk_half_weights *, size_t, size_t, size_t, float *);
    void (*multiply_halves)(
        const mk_half_weights *, const float *, size_t, size_t, size_t, const float *, ptrdiff_t, float *, ptrdiff_t);
} mk_quantized_kernels;
