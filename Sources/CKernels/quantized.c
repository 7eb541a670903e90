// Packing of quantised weights, and the way to the kernels of the instruction set in use. The layouts of the blocks are
// those of ggml (ggml-common.h).
#include "kernels/system.h"
#include "kernels/table_type.h"

enum { Q4_0 = 2, Q4_1 = 3, Q5_0 = 6, Q5_1 = 7, Q8_0 = 8, Q4_K = 12, Q5_K = 13, Q6_K = 14 };

// format, block, block_bytes, width, scaled, recorded, record_bytes, plane_bytes, offset
static const mk_packing packings[] = {
    {Q4_0, 32, 18, MK_FOUR_BITS, 32, 32, 16, 16, 8},
    {Q4_1, 32, 20, MK_FOUR_BITS, 32, 32, 32, 16, 0},
    {Q5_0, 32, 22, MK_FIVE_BITS, 32, 32, 16, 20, 16},
    {Q5_1, 32, 24, MK_FIVE_BITS, 32, 32, 32, 20, 0},
    {Q8_0, 32, 34, MK_EIGHT_BITS, 32, 32, 16, 32, 0},
    {Q4_K, 256, 144, MK_FOUR_BITS, 32, 256, 160, 16, 0},
    {Q5_K, 256, 176, MK_FIVE_BITS, 32, 256, 160, 20, 0},
    {Q6_K, 256, 210, MK_SIX_BITS, 16, 256, 144, 24, 32},
};

const mk_packing *mk_packing_of(uint32_t format) {
    for (size_t i = 0; i < sizeof packings / sizeof packings[0]; i++)
        if (packings[i].format == format) return &packings[i];
    return NULL;
}

size_t mk_panel_bytes(const mk_packing *packing, size_t columns) {
    return columns / packing->recorded * packing->record_bytes + columns / 32 * packing->plane_bytes * MK_PANEL_ROWS;
}

size_t mk_activation_bytes(const mk_packing *packing) { return packing->width == MK_EIGHT_BITS ? 2 : 1; }

// MARK: Scales

// The 6-bit scale and minimum of sub-block i of 8, from the 12 bytes of Q4_K and Q5_K.
static void scale_and_minimum(const uint8_t *packed, size_t i, uint8_t *scale, uint8_t *minimum) {
    if (i < 4) {
        *scale = packed[i] & 63;
        *minimum = packed[i + 4] & 63;
    } else {
        *scale = (uint8_t)((packed[i + 4] & 15) | packed[i - 4] >> 6 << 4);
        *minimum = (uint8_t)(packed[i + 4] >> 4 | packed[i] >> 6 << 4);
    }
}

// One block's part of its panel's record: float16 scales (and minima) of the eight rows, then their small scales.
static void pack_scales(const mk_packing *packing, const uint8_t *block, size_t row, uint8_t *record) {
    switch (packing->format) {
    case Q4_1: case Q5_1:
        memcpy(record + 2 * row, block, 2);
        memcpy(record + 16 + 2 * row, block + 2, 2);
        break;
    case Q4_K: case Q5_K:
        memcpy(record + 2 * row, block, 2);
        memcpy(record + 16 + 2 * row, block + 2, 2);
        for (size_t i = 0; i < 8; i++)
            scale_and_minimum(block + 4, i, record + 32 + 8 * i + row, record + 96 + 8 * i + row);
        break;
    case Q6_K:
        memcpy(record + 2 * row, block + 208, 2);
        for (size_t i = 0; i < 16; i++) record[16 + 8 * i + row] = block[192 + i];
        break;
    default: memcpy(record + 2 * row, block, 2);
    }
}

// MARK: Planes

// Byte i of the nibbles holds elements i and i + 16. Bit j of byte t of the single bits is element 4 j + t. Bits 2 j and
// 2 j + 1 of byte t in half h of the pairs are element 16 h + 4 j + t.
static void set_high_bits(uint8_t *planes, mk_weight_width width, const uint8_t *high) {
    if (width == MK_FIVE_BITS) {
        memset(planes + 16, 0, 4);
        for (size_t i = 0; i < 32; i++) planes[16 + i % 4] |= (uint8_t)(high[i] << i / 4);
    } else {
        memset(planes + 16, 0, 8);
        for (size_t i = 0; i < 32; i++) planes[16 + i / 16 * 4 + i % 4] |= (uint8_t)(high[i] << i % 16 / 4 * 2);
    }
}

// The planes of part p of a block, 32 elements long.
static void pack_planes(const mk_packing *packing, const uint8_t *block, size_t p, uint8_t *planes) {
    uint8_t high[32];
    switch (packing->format) {
    case Q4_0: memcpy(planes, block + 2, 16); break;
    case Q4_1: memcpy(planes, block + 4, 16); break;
    case Q8_0: memcpy(planes, block + 2, 32); break;
    case Q5_0: case Q5_1: {
        const uint8_t *bits = block + (packing->format == Q5_0 ? 2 : 4);
        memcpy(planes, bits + 4, 16);
        for (size_t i = 0; i < 32; i++) high[i] = bits[i / 8] >> i % 8 & 1;
        set_high_bits(planes, MK_FIVE_BITS, high);
        break;
    }
    case Q4_K: case Q5_K: {
        // Two parts share 32 bytes, one the low and one the high nibbles.
        const uint8_t *source = block + (packing->format == Q4_K ? 16 : 48) + p / 2 * 32;
        for (size_t i = 0; i < 16; i++)
            planes[i] = p % 2 ? (uint8_t)(source[i] >> 4 | (source[i + 16] & 240))
                              : (uint8_t)((source[i] & 15) | source[i + 16] << 4);
        if (packing->format == Q4_K) break;
        for (size_t i = 0; i < 32; i++) high[i] = block[16 + i] >> p & 1;
        set_high_bits(planes, MK_FIVE_BITS, high);
        break;
    }
    default: {
        // Quarter p % 4 of half p / 4: nibble p % 4 / 2 of 64 low bytes, bits 2 (p % 4) of 32 high bytes.
        const uint8_t *low = block + p / 4 * 64 + p % 2 * 32, *bits = block + 128 + p / 4 * 32;
        for (size_t i = 0; i < 16; i++)
            planes[i] = p % 4 / 2 ? (uint8_t)(low[i] >> 4 | (low[i + 16] & 240))
                                  : (uint8_t)((low[i] & 15) | low[i + 16] << 4);
        for (size_t i = 0; i < 32; i++) high[i] = bits[i] >> p % 4 * 2 & 3;
        set_high_bits(planes, MK_SIX_BITS, high);
    }
    }
}

void mk_pack_panel(
    const mk_packing *packing, size_t columns, size_t count, const uint8_t *rows, size_t row_bytes, uint8_t *panel) {
    const size_t parts = packing->block / 32;
    uint8_t *planes = panel + columns / packing->recorded * packing->record_bytes;
    if (count < MK_PANEL_ROWS) memset(panel, 0, mk_panel_bytes(packing, columns));
    for (size_t b = 0; b < columns / packing->block; b++) {
        for (size_t row = 0; row < count; row++) {
            const uint8_t *block = rows + row * row_bytes + b * packing->block_bytes;
            pack_scales(packing, block, row, panel + b * packing->record_bytes);
            for (size_t p = 0; p < parts; p++) {
                uint8_t part[32];
                pack_planes(packing, block, p, part);
                uint8_t *to = planes + (b * parts + p) * packing->plane_bytes * MK_PANEL_ROWS + 4 * row;
                for (size_t i = 0; i < packing->plane_bytes; i += 4) memcpy(to + i * MK_PANEL_ROWS, part + i, 4);
            }
        }
    }
}

// MARK: The kernels in use

void mk_read_packed(const void *weights, size_t row, size_t from, size_t count, void *out) {
    mk_quantized->read(weights, row, from, count, out);
}

void mk_pack_activations(
    const mk_packing *packing, const mk_packed_activations *to, const float *x, ptrdiff_t x_row, size_t first,
    size_t count) {
    mk_quantized->pack_activations(packing, to, x, x_row, first, count);
}

void mk_multiply_packed(
    const mk_packed_weights *weights, const mk_packed_activations *activations, const float *bias, size_t first,
    size_t count, float *out, ptrdiff_t out_row) {
    mk_quantized->multiply(weights, activations, bias, first, count, out, out_row);
}

void mk_read_halves(const void *weights, size_t row, size_t from, size_t count, void *out) {
    mk_quantized->read_halves(weights, row, from, count, out);
}

void mk_multiply_halves(
    const mk_half_weights *weights, const float *bias, size_t first, size_t count, size_t x_rows, const float *x,
    ptrdiff_t x_row, float *out, ptrdiff_t out_row) {
    mk_quantized->multiply_halves(weights, bias, first, count, x_rows, x, x_row, out, out_row);
}
