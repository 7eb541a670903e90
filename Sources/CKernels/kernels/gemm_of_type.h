// The matrix product for one element type T. MK_NAME(x) makes names of this type, MK_ROWS x MK_COLUMNS is the tile of C
// that stays in registers: as many of them as the instruction set has, less what holds a row of B and an element of A.
//
// The method is Goto's (doi 10.1145/1356052.1356053) as BLIS has it: both operands are packed into panels that the inner
// loop reads from the first to the last byte, whatever their strides or storage were.

typedef T MK_NAME(vector) __attribute__((vector_size(MK_VECTOR_BYTES)));
typedef T MK_NAME(loose) __attribute__((vector_size(MK_VECTOR_BYTES), aligned(sizeof(T))));
typedef T MK_NAME(four) __attribute__((vector_size(4 * sizeof(T)), aligned(sizeof(T))));
typedef T MK_NAME(two) __attribute__((vector_size(2 * sizeof(T)), aligned(sizeof(T))));
enum { MK_NAME(width) = MK_VECTOR_BYTES / sizeof(T), MK_NAME(spans) = MK_COLUMNS / MK_NAME(width) };

// MARK: Packing
//
// A panel holds `size` rows of A (or columns of B), one step of the inner extent after another; what is missing to its
// full width is zero. Here both are called lines: line i at x + i * line, its elements `step` apart.

MK_INLINE void MK_NAME(transpose_four)(const T *x, ptrdiff_t line, T *out, ptrdiff_t size) {
    typedef MK_NAME(four) four;
    four a = *(const four *)x, b = *(const four *)(x + line), c = *(const four *)(x + 2 * line),
         d = *(const four *)(x + 3 * line);
    four ab = __builtin_shufflevector(a, b, 0, 4, 2, 6), ba = __builtin_shufflevector(a, b, 1, 5, 3, 7);
    four cd = __builtin_shufflevector(c, d, 0, 4, 2, 6), dc = __builtin_shufflevector(c, d, 1, 5, 3, 7);
    *(four *)out = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(four *)(out + size) = __builtin_shufflevector(ba, dc, 0, 1, 4, 5);
    *(four *)(out + 2 * size) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(four *)(out + 3 * size) = __builtin_shufflevector(ba, dc, 2, 3, 6, 7);
}

MK_INLINE void MK_NAME(transpose_two)(const T *x, ptrdiff_t line, T *out, ptrdiff_t size) {
    for (int p = 0; p < 4; p++) *(MK_NAME(two) *)(out + p * size) = (MK_NAME(two)){x[p], x[line + p]};
}

// One panel of `size` lines, of which `lines` are there, for `k` steps.
MK_INLINE void MK_NAME(pack_panel)(
    const size_t size, size_t lines, size_t k, const T *x, ptrdiff_t line, ptrdiff_t step, T *out) {
    size_t p = 0;
    if (lines == size && line == 1) {
        for (; p < k; p++) __builtin_memcpy(out + p * size, x + (ptrdiff_t)p * step, size * sizeof(T));
    } else if (lines == size && step == 1) {
        for (; p + 4 <= k; p += 4) {
            size_t i = 0;
            for (; i + 4 <= size; i += 4)
                MK_NAME(transpose_four)(x + p + (ptrdiff_t)i * line, line, out + p * size + i, (ptrdiff_t)size);
            for (; i + 2 <= size; i += 2)
                MK_NAME(transpose_two)(x + p + (ptrdiff_t)i * line, line, out + p * size + i, (ptrdiff_t)size);
        }
    }
    for (; p < k; p++)
        for (size_t i = 0; i < size; i++)
            out[p * size + i] = i < lines ? x[(ptrdiff_t)i * line + (ptrdiff_t)p * step] : 0;
}

// Four panels whose lines lie side by side, so that what is read of each row is long enough to be worth fetching.
MK_INLINE void MK_NAME(pack_four)(const size_t size, size_t k, const T *x, ptrdiff_t step, T *out) {
    for (size_t p = 0; p < k; p++)
        for (size_t panel = 0; panel < 4; panel++)
            __builtin_memcpy(out + (panel * k + p) * size, x + (ptrdiff_t)p * step + panel * size, size * sizeof(T));
}

// Panels of the lines first ..< first + lines, for the steps from ..< from + k.
MK_INLINE void MK_NAME(pack)(
    const size_t size, const mk_matrix *x, ptrdiff_t line, ptrdiff_t step, size_t first, size_t lines, size_t from,
    size_t k, T *out) {
    size_t i = 0;
    if (x->read) {
        // Stored in another form: a line at a time is brought to T and then packed as if it had lain there.
        for (; i < lines; i += size, out += size * k) {
            const size_t count = lines - i < size ? lines - i : size;
            T buffer[size * MK_GEMM_DEPTH];
            for (size_t j = 0; j < count; j++)
                x->read(x->data, x->first_line + first + i + j, from, k, buffer + j * k);
            MK_NAME(pack_panel)(size, count, k, buffer, (ptrdiff_t)k, 1, out);
        }
        return;
    }
    const T *start = (const T *)x->data + (ptrdiff_t)first * line + (ptrdiff_t)from * step;
    if (line == 1)
        for (; i + 4 * size <= lines; i += 4 * size, out += 4 * size * k)
            MK_NAME(pack_four)(size, k, start + i, step, out);
    for (; i < lines; i += size, out += size * k)
        MK_NAME(pack_panel)(size, lines - i < size ? lines - i : size, k, start + (ptrdiff_t)i * line, line, step, out);
}

static void MK_NAME(pack_lines)(
    const mk_matrix *x, int is_rows, size_t first, size_t lines, size_t from, size_t k, void *out) {
    if (is_rows) MK_NAME(pack)(MK_ROWS, x, x->row, x->column, first, lines, from, k, out);
    else MK_NAME(pack)(MK_COLUMNS, x, x->column, x->row, first, lines, from, k, out);
}

// MARK: The tile

// The plain definition of what follows: tile[i][j] = sum over p of a[p][i] b[p][j], with steps between a's elements and
// b's rows, in the registers of one core.
typedef struct { MK_NAME(vector) at[MK_ROWS][MK_NAME(spans)]; } MK_NAME(tile);

MK_INLINE void MK_NAME(multiply)(
    size_t k, const T *restrict a, ptrdiff_t a_line, ptrdiff_t a_step, const T *restrict b, ptrdiff_t b_step,
    MK_NAME(tile) *tile) {
    typedef MK_NAME(vector) vector;
    vector sum[MK_ROWS][MK_NAME(spans)];
#pragma clang loop unroll(full)
    for (int i = 0; i < MK_ROWS; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < MK_NAME(spans); j++) sum[i][j] = (vector){0};
    for (size_t p = 0; p < k; p++, a += a_step, b += b_step) {
        vector row[MK_NAME(spans)];
#pragma clang loop unroll(full)
        for (int j = 0; j < MK_NAME(spans); j++) row[j] = ((const MK_NAME(loose) *)b)[j];
#pragma clang loop unroll(full)
        for (int i = 0; i < MK_ROWS; i++) {
            const T x = a[i * a_line];
#pragma clang loop unroll(full)
            for (int j = 0; j < MK_NAME(spans); j++) sum[i][j] += row[j] * x;
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < MK_ROWS; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < MK_NAME(spans); j++) tile->at[i][j] = sum[i][j];
}

// C (or what it held, plus) the tile, then the epilogue if there is one; for `rows` x `columns` of the tile.
MK_INLINE void MK_NAME(store)(
    const MK_NAME(tile) *tile, size_t rows, size_t columns, T *c, ptrdiff_t c_row, int adds, const mk_epilogue *after,
    size_t row, size_t column) {
    typedef MK_NAME(loose) loose;
    const int is_plain = !after || (after->activation < 0 && !after->residual);
    if (rows == MK_ROWS && columns == MK_COLUMNS && is_plain) {
        MK_NAME(vector) bias[MK_NAME(spans)] = {0};
        if (after && after->bias) __builtin_memcpy(bias, (const T *)after->bias + column, sizeof bias);
#pragma clang loop unroll(full)
        for (int i = 0; i < MK_ROWS; i++) {
            loose *out = (loose *)(c + i * c_row);
#pragma clang loop unroll(full)
            for (int j = 0; j < MK_NAME(spans); j++) {
                const MK_NAME(vector) sum = adds ? out[j] + tile->at[i][j] : tile->at[i][j];
                out[j] = after ? sum + bias[j] : sum;
            }
        }
        return;
    }
    T value[MK_ROWS * MK_COLUMNS];
    __builtin_memcpy(value, tile, sizeof value);
    if (adds)
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++) value[i * MK_COLUMNS + j] += c[(ptrdiff_t)i * c_row + (ptrdiff_t)j];
    if (after && after->bias) {
        const T *bias = (const T *)after->bias + column;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++) value[i * MK_COLUMNS + j] += bias[j];
    }
    if (after && after->activation >= 0)
        MK_NAME(activations)[after->activation](rows * MK_COLUMNS, value, value, after->parameter, 0);
    if (after && after->residual) {
        const T *residual = (const T *)after->residual + (ptrdiff_t)row * after->residual_row + (ptrdiff_t)column;
        for (size_t i = 0; i < rows; i++, residual += after->residual_row)
            for (size_t j = 0; j < columns; j++) value[i * MK_COLUMNS + j] += residual[j];
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) c[(ptrdiff_t)i * c_row + (ptrdiff_t)j] = value[i * MK_COLUMNS + j];
}

// MARK: Blocks of C

// Packed panels times packed panels: a strip of B, which fits the first cache, meets every panel of A, which fit the
// second. `row` and `column` are the block's place in C, for the epilogue. The tile of C and a share of the next strip
// are asked for before they are needed: they come from further away than the processor can look ahead.
static void MK_NAME(block)(
    size_t rows, size_t columns, size_t k, const void *va, const void *vb, void *vc, ptrdiff_t c_row, int adds,
    const mk_epilogue *after, size_t row, size_t column) {
    const T *b = vb;
    const size_t line = 64 / sizeof(T), panels = (rows + MK_ROWS - 1) / MK_ROWS;
    const size_t share = (MK_COLUMNS * k / panels + line) / line * line;
    for (size_t j = 0; j < columns; j += MK_COLUMNS, b += MK_COLUMNS * k) {
        const T *a = va, *ahead = b + MK_COLUMNS * k;
        const size_t wide = columns - j < MK_COLUMNS ? columns - j : MK_COLUMNS;
        for (size_t i = 0; i < rows; i += MK_ROWS, a += MK_ROWS * k, ahead += share) {
            const size_t tall = rows - i < MK_ROWS ? rows - i : MK_ROWS;
            T *c = (T *)vc + (ptrdiff_t)i * c_row + (ptrdiff_t)j;
            for (size_t r = 0; r < tall; r++) {
                __builtin_prefetch(c + (ptrdiff_t)r * c_row, 1);
                __builtin_prefetch(c + (ptrdiff_t)r * c_row + wide - 1, 1);
            }
            if (j + MK_COLUMNS < columns)
                for (size_t p = 0; p < share; p += line) __builtin_prefetch(ahead + p);
            MK_NAME(tile) tile;
            MK_NAME(multiply)(k, a, 1, MK_ROWS, b, MK_COLUMNS, &tile);
            MK_NAME(store)(&tile, tall, wide, c, c_row, adds, after, row + i, column + j);
        }
    }
}
