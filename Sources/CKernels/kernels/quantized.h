// Products with packed quantised weights (see ../include/quantized_kernels.h).
//
// An element is the sum over runs of columns of scale(weights) scale(activations) (integers . integers) plus, in formats
// with a minimum or an offset, minimum(weights) sum(activations). The integer part is exact and the runs are added in
// their order, so an element's bits depend on its own row and column only.
#include "integer_products.h"

typedef _Float16 mk_eight_halves __attribute__((vector_size(16)));

// Columns whose scales are widened at a time, so that they stay in the first cache.
enum { MK_SPAN = 2048, MK_SPAN_RUNS = MK_SPAN / 16 };

// How far ahead of the sums weights are asked for, in bytes.
enum { MK_AHEAD = 8192 };

typedef struct { mk_floats scale[MK_SPAN_RUNS], minimum[MK_SPAN_RUNS]; } mk_span_scales;

MK_INLINE mk_floats mk_eight_floats(const uint8_t *halves) {
    mk_eight_halves value;
    __builtin_memcpy(&value, halves, sizeof value);
    return __builtin_convertvector(value, mk_floats);
}

MK_INLINE mk_floats mk_eight_unsigned(const uint8_t *bytes) {
    typedef uint8_t eight __attribute__((vector_size(8)));
    eight value;
    __builtin_memcpy(&value, bytes, sizeof value);
    return __builtin_convertvector(__builtin_convertvector(value, mk_lanes), mk_floats);
}

MK_INLINE mk_floats mk_eight_signed(const uint8_t *bytes) {
    typedef int8_t eight __attribute__((vector_size(8)));
    eight value;
    __builtin_memcpy(&value, bytes, sizeof value);
    return __builtin_convertvector(__builtin_convertvector(value, mk_lanes), mk_floats);
}

// The scales and minima of a panel's eight rows, for the columns from ..< from + count, which are whole records.
static void mk_widen_scales(
    const mk_packing *packing, const uint8_t *panel, size_t from, size_t count, mk_span_scales *to) {
    const uint8_t *record = panel + from / packing->recorded * packing->record_bytes;
    const size_t records = count / packing->recorded, bytes = packing->record_bytes;
    if (packing->recorded == 32) {
        for (size_t i = 0; i < records; i++, record += bytes) {
            __builtin_prefetch(record + MK_AHEAD);
            to->scale[i] = mk_eight_floats(record);
            to->minimum[i] = bytes == 32 ? mk_eight_floats(record + 16) : to->scale[i] * -(float)packing->offset;
        }
        return;
    }
    for (size_t i = 0; i < records; i++, record += bytes) {
        const mk_floats step = mk_eight_floats(record);
        for (size_t j = 0; j < bytes; j += 64) __builtin_prefetch(record + MK_AHEAD + j);
        if (packing->width == MK_SIX_BITS) {
            for (size_t j = 0; j < 16; j++) {
                to->scale[16 * i + j] = step * mk_eight_signed(record + 16 + 8 * j);
                to->minimum[16 * i + j] = to->scale[16 * i + j] * -(float)packing->offset;
            }
        } else {
            const mk_floats minimum = mk_eight_floats(record + 16);
            for (size_t j = 0; j < 8; j++) {
                to->scale[8 * i + j] = step * mk_eight_unsigned(record + 32 + 8 * j);
                to->minimum[8 * i + j] = -(minimum * mk_eight_unsigned(record + 96 + 8 * j));
            }
        }
    }
}

// MARK: Reading weights back

static void mk_read_packed_row(const mk_packed_weights *weights, size_t row, size_t from, size_t count, float *out) {
// As the formats are defined: a product, rounded, and a sum.
#pragma clang fp contract(off)
    const mk_packing *packing = weights->packing;
    const uint8_t *panel = weights->panels + row / MK_PANEL_ROWS * mk_panel_bytes(packing, weights->columns);
    const uint8_t *planes = panel + weights->columns / packing->recorded * packing->record_bytes;
    const size_t lane = row % MK_PANEL_ROWS, plane_bytes = packing->plane_bytes;
    const int has_minimum = packing->offset == 0 && packing->width != MK_EIGHT_BITS;
    mk_span_scales scales;
    for (size_t end = from + count; from < end; from += 32, out += 32) {
        const size_t start = from / packing->recorded * packing->recorded;
        if (from == start || end - from == count) mk_widen_scales(packing, panel, start, packing->recorded, &scales);
        const uint8_t *part = planes + from / 32 * plane_bytes * MK_PANEL_ROWS + 4 * lane;
        uint8_t plane[32];
        for (size_t j = 0; j < plane_bytes; j += 4) __builtin_memcpy(plane + j, part + j * MK_PANEL_ROWS, 4);
        for (size_t j = 0; j < 32; j++) {
            int32_t weight = j < 16 ? plane[j % 16] & 15 : plane[j % 16] >> 4;
            if (packing->width == MK_EIGHT_BITS) weight = (int8_t)plane[j];
            else if (packing->width == MK_FIVE_BITS) weight |= (plane[16 + j % 4] >> j / 4 & 1) << 4;
            else if (packing->width == MK_SIX_BITS)
                weight |= (plane[16 + j / 16 * 4 + j % 4] >> j % 16 / 4 * 2 & 3) << 4;
            const size_t run = (from - start + j) / packing->scaled;
            const float value = (float)(weight - packing->offset) * scales.scale[run][lane];
            out[j] = has_minimum ? value + scales.minimum[run][lane] : value;
        }
    }
}

// MARK: Activations

// One run of a row: its integers, rounded to nearest, its scale, and scale times their sum.
MK_INLINE void mk_pack_run(
    const size_t length, const float largest, const float *x, int32_t *integers, float *scale, float *sum) {
    // The bits of magnitudes are ordered as the magnitudes are, and values that are not finite come last.
    uint32_t bits = 0;
    for (size_t i = 0; i < length; i++) {
        uint32_t magnitude;
        __builtin_memcpy(&magnitude, x + i, 4);
        magnitude &= 0x7fffffff;
        bits = magnitude > bits ? magnitude : bits;
    }
    float most;
    __builtin_memcpy(&most, &bits, 4);
    const int is_finite = bits < 0x7f800000;
    // Where the step is too small to be inverted the run counts as zeros.
    const int is_zero = !is_finite || most < largest * 0x1p-126f;
    const float inverse = is_zero ? 0 : largest / most;
    int32_t total = 0;
    for (size_t i = 0; i < length; i++) {
        // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
        const float shifted = (is_finite ? x[i] : 0) * inverse + 0x1.8p23f;
        int32_t integer;
        __builtin_memcpy(&integer, &shifted, 4);
        integers[i] = integer - 0x4b400000;
        total += integers[i];
    }
    *scale = !is_finite ? NAN : is_zero ? 0 : most / largest;
    *sum = *scale * (float)total;
}

// One row of a group of `rows`: see mk_packed_activations.
MK_INLINE void mk_pack_row(
    const size_t length, const int is_wide, size_t rows, size_t columns, const float *x, void *integers, float *scales,
    float *sums) {
    for (size_t run = 0; run < columns / length; run++) {
        int32_t values[32];
        mk_pack_run(length, is_wide ? 32767 : 127, x + run * length, values, scales + run * rows, sums + run * rows);
        for (size_t i = 0; i < length; i += 4) {
            const size_t at = (run * length + i) * rows;
            if (is_wide) {
                const int16_t four[4] = {
                    (int16_t)values[i], (int16_t)values[i + 2], (int16_t)values[i + 1], (int16_t)values[i + 3]};
                __builtin_memcpy((int16_t *)integers + at, four, sizeof four);
            } else {
                const int8_t four[4] = {
                    (int8_t)values[i], (int8_t)values[i + 1], (int8_t)values[i + 2], (int8_t)values[i + 3]};
                __builtin_memcpy((int8_t *)integers + at, four, sizeof four);
            }
        }
    }
}

static void mk_pack_groups(
    const mk_packing *packing, const mk_packed_activations *to, const float *x, ptrdiff_t x_row, size_t first,
    size_t count) {
    const size_t columns = to->columns, runs = columns / packing->scaled, bytes = mk_activation_bytes(packing);
    for (size_t group = first; group < first + count; group++) {
        const size_t top = group * MK_GROUP_ROWS;
        const size_t rows = to->rows - top < MK_GROUP_ROWS ? to->rows - top : MK_GROUP_ROWS;
        for (size_t i = 0; i < rows; i++) {
            const float *row = x + (ptrdiff_t)(top + i) * x_row;
            char *integers = (char *)to->integers + (top * columns + 4 * i) * bytes;
            float *scales = to->scales + top * runs + i, *sums = to->sums + top * runs + i;
            if (packing->width == MK_EIGHT_BITS) mk_pack_row(32, 1, rows, columns, row, integers, scales, sums);
            else if (packing->width == MK_SIX_BITS) mk_pack_row(16, 0, rows, columns, row, integers, scales, sums);
            else mk_pack_row(32, 0, rows, columns, row, integers, scales, sums);
        }
    }
}

// MARK: Products

// Integer sums of one run: `rows` rows of activations with the eight rows of a panel, from the planes of 32 columns.

MK_INLINE mk_weights mk_load_weights(const uint8_t *planes) {
    mk_weights value;
    __builtin_memcpy(&value, planes, sizeof value);
    return value;
}

// The nibbles of columns 4 g ..< 4 g + 4 (of 32), without what other planes add.
MK_INLINE mk_weights mk_nibbles(const uint8_t *planes, int g) {
    const mk_weights both = mk_load_weights(planes + g % 4 * 32);
    return g < 4 ? both & 15 : both >> 4;
}

// Moves bit `from` to bit 4, without masking.
MK_INLINE mk_weights mk_move_to_bit_four(mk_weights plane, int from) {
    return from < 4 ? plane << (4 - from) : plane >> (from - 4);
}

MK_INLINE mk_weights mk_narrow_weights(const mk_weight_width width, const uint8_t *planes, int g) {
    const mk_weights nibbles = mk_nibbles(planes, g);
    if (width == MK_FIVE_BITS) return nibbles | (mk_move_to_bit_four(mk_load_weights(planes + 128), g) & 16);
    if (width == MK_SIX_BITS)
        return nibbles | (mk_move_to_bit_four(mk_load_weights(planes + 128 + g / 4 * 32), g % 4 * 2) & 48);
    return nibbles;
}

// Weights of four to six bits: a run is the groups first ..< last of four columns.
MK_INLINE void mk_narrow_run(
    const mk_weight_width width, const size_t rows, const uint8_t *planes, const int first, const int last,
    const int8_t *x, mk_lanes *total) {
    const int terms = width == MK_FOUR_BITS ? MK_TERMS_OF_FOUR_BITS
        : width == MK_FIVE_BITS ? MK_TERMS_OF_FIVE_BITS : MK_TERMS_OF_SIX_BITS;
    mk_partial_sums sums[MK_GROUP_ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < last - first; i++) {
        // Low and high nibbles of the same bytes one after the other.
        const int g = last - first == 8 ? i / 2 + i % 2 * 4 : first + i;
        const mk_weights weights = mk_narrow_weights(width, planes, g);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const mk_bytes four = (mk_bytes)mk_spread(x + 4 * ((size_t)(g - first) * rows + r));
            sums[r] = mk_add_products(i % terms ? sums[r] : (mk_partial_sums){0}, weights, four);
            if (i % terms == terms - 1) total[r] = mk_total(i < terms ? (mk_lanes){0} : total[r], sums[r]);
        }
    }
}

// Weights of eight bits.
MK_INLINE void mk_wide_run(const size_t rows, const uint8_t *planes, const int16_t *x, mk_lanes *total) {
#pragma clang loop unroll(full)
    for (size_t g = 0; g < 8; g++) {
        const mk_shorts both = (mk_shorts)mk_load_weights(planes + 32 * g);
        const mk_shorts odd = both >> 8, even = (mk_shorts)((mk_shorts)(both << 8) >> 8);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const int16_t *four = x + 4 * (g * rows + r);
            total[r] = mk_add_products_of_shorts(g ? total[r] : (mk_lanes){0}, even, (mk_shorts)mk_spread(four));
            total[r] = mk_add_products_of_shorts(total[r], odd, (mk_shorts)mk_spread(four + 2));
        }
    }
}

// sums[p * rows + r] += the products of a span of columns, for one group of activations and one or two panels.
MK_INLINE void mk_multiply_span(
    const mk_weight_width width, const size_t rows, const size_t panels, size_t columns, const uint8_t *const *planes,
    const mk_span_scales *scales, const void *x, const float *x_scale, const float *x_sum, size_t ahead,
    mk_floats *sums) {
    const size_t plane_bytes = width == MK_EIGHT_BITS ? 256 : width == MK_SIX_BITS ? 192 : width == MK_FIVE_BITS ? 160 : 128;
    const int parts = width == MK_SIX_BITS ? 2 : 1;
    const size_t length = width == MK_SIX_BITS ? 16 : 32;
    mk_floats local[2 * MK_GROUP_ROWS];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < panels * rows; r++) local[r] = sums[r];
    const char *integers = x;
    size_t run = 0;
    for (size_t i = 0, skipped = 0; i < columns; i += 32, skipped += plane_bytes) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < panels; p++)
#pragma clang loop unroll(full)
            for (size_t j = 0; j < plane_bytes; j += 64) __builtin_prefetch(planes[p] + skipped + ahead + j);
#pragma clang loop unroll(full)
        for (int part = 0; part < parts; part++, run++, x_scale += rows, x_sum += rows) {
#pragma clang loop unroll(full)
            for (size_t p = 0; p < panels; p++) {
                mk_lanes total[MK_GROUP_ROWS];
                const uint8_t *plane = planes[p] + skipped;
                if (width == MK_EIGHT_BITS) mk_wide_run(rows, plane, (const int16_t *)integers, total);
                else mk_narrow_run(width, rows, plane, part * 4, parts == 2 ? part * 4 + 4 : 8, (const int8_t *)integers, total);
                const mk_floats scale = scales[p].scale[run], minimum = scales[p].minimum[run];
#pragma clang loop unroll(full)
                for (size_t r = 0; r < rows; r++) {
                    mk_floats *sum = &local[p * rows + r];
                    *sum += __builtin_convertvector(total[r], mk_floats) * (scale * x_scale[r]);
                    if (width != MK_EIGHT_BITS) *sum += minimum * x_sum[r];
                }
            }
            integers += length * rows * (width == MK_EIGHT_BITS ? 2 : 1);
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < panels * rows; r++) sums[r] = local[r];
}

#define MK_SPAN_KERNEL(name, width, rows, panels) \
    static void name( \
        size_t columns, const uint8_t *const *planes, const mk_span_scales *scales, const void *x, \
        const float *x_scale, const float *x_sum, size_t ahead, mk_floats *sums) { \
        mk_multiply_span(width, rows, panels, columns, planes, scales, x, x_scale, x_sum, ahead, sums); \
    }
#define MK_SPAN_KERNELS(name, width) \
    MK_SPAN_KERNEL(name##_1, width, 1, 1) \
    MK_SPAN_KERNEL(name##_2, width, 2, 1) \
    MK_SPAN_KERNEL(name##_3, width, 3, 1) \
    MK_SPAN_KERNEL(name##_4, width, 4, 1) \
    MK_SPAN_KERNEL(name##_pair, width, 1, 2)
MK_SPAN_KERNELS(mk_span_four, MK_FOUR_BITS)
MK_SPAN_KERNELS(mk_span_five, MK_FIVE_BITS)
MK_SPAN_KERNELS(mk_span_six, MK_SIX_BITS)
MK_SPAN_KERNELS(mk_span_eight, MK_EIGHT_BITS)

typedef void (*mk_span_kernel)(
    size_t, const uint8_t *const *, const mk_span_scales *, const void *, const float *, const float *, size_t,
    mk_floats *);
// By the rows of activations; the last is for one row and two panels.
static const mk_span_kernel mk_span_kernels[MK_WIDTH_COUNT][MK_GROUP_ROWS + 1] = {
    {mk_span_four_1, mk_span_four_2, mk_span_four_3, mk_span_four_4, mk_span_four_pair},
    {mk_span_five_1, mk_span_five_2, mk_span_five_3, mk_span_five_4, mk_span_five_pair},
    {mk_span_six_1, mk_span_six_2, mk_span_six_3, mk_span_six_4, mk_span_six_pair},
    {mk_span_eight_1, mk_span_eight_2, mk_span_eight_3, mk_span_eight_4, mk_span_eight_pair},
};

// One row of activations: memory is the limit, and two panels far from each other are read faster than one.
static void mk_multiply_one_row(
    const mk_packed_weights *weights, const mk_packed_activations *x, const float *bias, size_t first, size_t count,
    float *out) {
    const mk_packing *packing = weights->packing;
    const size_t columns = weights->columns, panel_bytes = mk_panel_bytes(packing, columns);
    const size_t record_bytes = columns / packing->recorded * packing->record_bytes;
    const size_t integer_bytes = mk_activation_bytes(packing), far = count - count / 2;
    mk_span_scales scales[2];
    for (size_t i = 0; i < far; i++) {
        const size_t panels = i + far < count ? 2 : 1;
        mk_floats sums[2] = {0};
        size_t left[2], wide[2];
        for (size_t p = 0; p < panels; p++) {
            left[p] = (first + i + p * far) * MK_PANEL_ROWS;
            wide[p] = weights->rows - left[p] < MK_PANEL_ROWS ? weights->rows - left[p] : MK_PANEL_ROWS;
            if (bias) __builtin_memcpy(&sums[p], bias + left[p], wide[p] * sizeof(float));
        }
        for (size_t from = 0; from < columns; from += MK_SPAN) {
            const size_t span = columns - from < MK_SPAN ? columns - from : MK_SPAN;
            const uint8_t *planes[2];
            for (size_t p = 0; p < panels; p++) {
                const uint8_t *panel = weights->panels + (first + i + p * far) * panel_bytes;
                mk_widen_scales(packing, panel, from, span, &scales[p]);
                planes[p] = panel + record_bytes + from / 32 * packing->plane_bytes * MK_PANEL_ROWS;
            }
            mk_span_kernels[packing->width][panels == 2 ? MK_GROUP_ROWS : 0](
                span, planes, scales, (const char *)x->integers + from * integer_bytes,
                x->scales + from / packing->scaled, x->sums + from / packing->scaled, MK_AHEAD, sums);
        }
        for (size_t p = 0; p < panels; p++) {
            if (wide[p] == MK_PANEL_ROWS) __builtin_memcpy(out + left[p], &sums[p], sizeof sums[p]);
            else __builtin_memcpy(out + left[p], &sums[p], wide[p] * sizeof(float));
        }
    }
}

// Activation rows that are multiplied with one panel after another before the next ones are: they stay in the second
// cache, as the panel stays in the first.
enum { MK_BLOCK_BYTES = 256 * 1024 };

static void mk_multiply_panels(
    const mk_packed_weights *weights, const mk_packed_activations *x, const float *bias, size_t first, size_t count,
    float *out, ptrdiff_t out_row) {
    const mk_packing *packing = weights->packing;
    const size_t columns = weights->columns, panel_bytes = mk_panel_bytes(packing, columns);
    const size_t record_bytes = columns / packing->recorded * packing->record_bytes;
    const size_t integer_bytes = mk_activation_bytes(packing), runs = columns / packing->scaled;
    if (x->rows == 1) {
        mk_multiply_one_row(weights, x, bias, first, count, out);
        return;
    }
    size_t block = MK_BLOCK_BYTES / (columns * integer_bytes + 1) / MK_GROUP_ROWS * MK_GROUP_ROWS;
    if (block < 8 * MK_GROUP_ROWS) block = 8 * MK_GROUP_ROWS;
    mk_span_scales scales;
    for (size_t top = 0; top < x->rows; top += block) {
        const size_t bottom = x->rows - top < block ? x->rows : top + block;
        for (size_t p = first; p < first + count; p++) {
            const size_t left = p * MK_PANEL_ROWS;
            const size_t wide = weights->rows - left < MK_PANEL_ROWS ? weights->rows - left : MK_PANEL_ROWS;
            const uint8_t *panel = weights->panels + p * panel_bytes;
            mk_floats start = {0};
            if (bias) __builtin_memcpy(&start, bias + left, wide * sizeof(float));
            for (size_t from = 0; from < columns || from == 0; from += MK_SPAN) {
                const size_t span = columns - from < MK_SPAN ? columns - from : MK_SPAN;
                mk_widen_scales(packing, panel, from, span, &scales);
                const uint8_t *planes = panel + record_bytes + from / 32 * packing->plane_bytes * MK_PANEL_ROWS;
                for (size_t i = top; i < bottom; i += MK_GROUP_ROWS) {
                    const size_t rows = bottom - i < MK_GROUP_ROWS ? bottom - i : MK_GROUP_ROWS;
                    const size_t skipped = i * runs + from / packing->scaled * rows;
                    float *target = out + (ptrdiff_t)i * out_row + (ptrdiff_t)left;
                    mk_floats sums[MK_GROUP_ROWS];
                    for (size_t r = 0; r < rows; r++) {
                        sums[r] = start;
                        if (from > 0) __builtin_memcpy(&sums[r], target + (ptrdiff_t)r * out_row, wide * sizeof(float));
                    }
                    mk_span_kernels[packing->width][rows - 1](
                        span, &planes, &scales, (const char *)x->integers + (i * columns + from * rows) * integer_bytes,
                        x->scales + skipped, x->sums + skipped, i == top ? MK_AHEAD : 0, sums);
                    for (size_t r = 0; r < rows; r++) {
                        float *to = target + (ptrdiff_t)r * out_row;
                        if (wide == MK_PANEL_ROWS) __builtin_memcpy(to, &sums[r], sizeof sums[r]);
                        else __builtin_memcpy(to, &sums[r], wide * sizeof(float));
                    }
                }
            }
        }
    }
}

// MARK: Half floats

MK_INLINE mk_floats mk_widen_eight(const int is_bfloat16, const uint16_t *x) {
    typedef uint16_t eight __attribute__((vector_size(16)));
    typedef uint32_t wide __attribute__((vector_size(32)));
    eight value;
    __builtin_memcpy(&value, x, sizeof value);
    if (is_bfloat16) return (mk_floats)(__builtin_convertvector(value, wide) << 16);
    return __builtin_convertvector((mk_eight_halves)value, mk_floats);
}

MK_INLINE float mk_widen_one(const int is_bfloat16, uint16_t x) {
    if (is_bfloat16) return mk_from_bitsf((uint32_t)x << 16);
    _Float16 value;
    __builtin_memcpy(&value, &x, sizeof value);
    return (float)value;
}

static void mk_read_half_row(const mk_half_weights *weights, size_t row, size_t from, size_t count, float *out) {
    const uint16_t *x = weights->elements + row * weights->columns + from;
    if (weights->is_bfloat16)
        for (size_t i = 0; i < count; i++) out[i] = mk_widen_one(1, x[i]);
    else
        for (size_t i = 0; i < count; i++) out[i] = mk_widen_one(0, x[i]);
}

// Two sums of eight lanes for each row of x, then their lanes in order, then the last columns.
MK_INLINE void mk_multiply_half_rows(
    const int is_bfloat16, const size_t rows, const mk_half_weights *weights, const float *bias, size_t first,
    size_t count, const float *x, ptrdiff_t x_row, float *out, ptrdiff_t out_row) {
    const size_t columns = weights->columns;
    for (size_t j = first; j < first + count; j++) {
        const uint16_t *w = weights->elements + j * columns;
        mk_floats sums[MK_GROUP_ROWS][2] = {0};
        size_t k = 0;
        for (; k + 16 <= columns; k += 16) {
            __builtin_prefetch(w + k + MK_AHEAD / 2);
            const mk_floats low = mk_widen_eight(is_bfloat16, w + k), high = mk_widen_eight(is_bfloat16, w + k + 8);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                mk_floats eight[2];
                __builtin_memcpy(eight, x + (ptrdiff_t)r * x_row + k, sizeof eight);
                sums[r][0] += low * eight[0];
                sums[r][1] += high * eight[1];
            }
        }
        for (size_t r = 0; r < rows; r++) {
            const mk_floats both = sums[r][0] + sums[r][1];
            float sum = bias ? bias[j] : 0;
            for (int i = 0; i < 8; i++) sum += both[i];
            for (size_t i = k; i < columns; i++) sum += mk_widen_one(is_bfloat16, w[i]) * x[(ptrdiff_t)r * x_row + (ptrdiff_t)i];
            out[(ptrdiff_t)r * out_row + (ptrdiff_t)j] = sum;
        }
    }
}

static void mk_multiply_half_matrix(
    const mk_half_weights *weights, const float *bias, size_t first, size_t count, size_t x_rows, const float *x,
    ptrdiff_t x_row, float *out, ptrdiff_t out_row) {
#define MK_CASE(is_bfloat16, rows) \
    case 2 * rows + is_bfloat16: \
        return mk_multiply_half_rows(is_bfloat16, rows, weights, bias, first, count, x, x_row, out, out_row);
    switch (2 * x_rows + (weights->is_bfloat16 != 0)) {
        MK_CASE(0, 1) MK_CASE(0, 2) MK_CASE(0, 3) MK_CASE(0, 4)
        MK_CASE(1, 1) MK_CASE(1, 2) MK_CASE(1, 3) MK_CASE(1, 4)
    }
#undef MK_CASE
}

const mk_quantized_kernels MK_ISA(mk_quantized_kernels) = {
    .read = mk_read_packed_row,
    .pack_activations = mk_pack_groups,
    .multiply = mk_multiply_panels,
    .read_halves = mk_read_half_row,
    .multiply_halves = mk_multiply_half_matrix,
};
