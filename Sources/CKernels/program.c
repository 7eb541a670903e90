// Runs programs of elementwise operations. Every instruction is a call of the kernel that the operation has on its own,
// over a block that is short enough for all registers to stay in the first cache.
#include "kernels/system.h"
#include "kernels/table_type.h"
#include "include/program_kernels.h"
#include "stream.h"

enum { BLOCK_BYTES = 2048, ALIGNMENT = 64 };

typedef union {
    void (*unary)(size_t, const void *, void *, double, double);
    void (*binary)(size_t, const void *, const void *, void *, double);
} kernel;

// An operand and how it reaches its slot: read where it lies, one element for all, or gathered block by block.
typedef struct {
    const uint8_t *data;
    size_t element_size, rank;
    const size_t *extents;
    const ptrdiff_t *strides;
    enum { IN_PLACE, REPEATED, GATHERED } access;
    uint8_t *buffer;
} source;

static void choose_access(source *x) {
    int is_repeated = 1, is_flat = 1;
    ptrdiff_t step = 1;
    for (size_t axis = x->rank; axis-- > 0; step *= (ptrdiff_t)x->extents[axis]) {
        if (x->strides[axis] != 0) is_repeated = 0;
        if (x->strides[axis] != step) is_flat = 0;
    }
    x->access = is_flat ? IN_PLACE : is_repeated ? REPEATED : GATHERED;
}

static const uint8_t *element(const source *x, size_t row, size_t column) {
    ptrdiff_t offset = (ptrdiff_t)column * x->strides[x->rank - 1];
    for (size_t axis = x->rank - 1; axis-- > 0; row /= x->extents[axis])
        offset += (ptrdiff_t)(row % x->extents[axis]) * x->strides[axis];
    return x->data + offset * (ptrdiff_t)x->element_size;
}

// The n elements from position `start` on: where they are if they lie in a row, else gathered into the buffer.
static const void *gathered(const source *x, size_t start, size_t n) {
    size_t columns = x->extents[x->rank - 1], row = start / columns, column = start % columns;
    ptrdiff_t step = x->strides[x->rank - 1];
    if (step == 1 && column + n <= columns) return element(x, row, column);
    for (size_t done = 0, run; done < n; done += run, row++, column = 0) {
        run = columns - column < n - done ? columns - column : n - done;
        mk_operand part = {element(x, row, column), 0, step};
        mk_copy(x->element_size, 1, run, part, x->buffer + done * x->element_size);
    }
    return x->buffer;
}

static const void *block_of(const source *x, size_t start, size_t n) {
    return x->access == IN_PLACE ? x->data + start * x->element_size :
        x->access == REPEATED ? x->buffer : gathered(x, start, n);
}

// Asks for one of `shares` parts of the next block of an operand that is read where it lies. The parts are asked for
// between the instructions of this block: memory works while the processor computes.
static void fetch_ahead(const source *x, size_t next, size_t n, size_t share, size_t shares) {
    if (x->access != IN_PLACE) return;
    const size_t lines = n * x->element_size / ALIGNMENT;
    const uint8_t *start = x->data + next * x->element_size;
    for (size_t line = share * lines / shares; line < (share + 1) * lines / shares; line++)
        __builtin_prefetch(start + line * ALIGNMENT);
}

int mk_run_program(
    mk_program_size size, const mk_instruction *instructions, const size_t *extents, const ptrdiff_t *strides,
    const void *const *operands, const double *constants, void *const *results, size_t start, size_t count) {
    mk_type type = size.type;
    if (type != MK_F32 && type != MK_F64) return -1;
    size_t element_size = type == MK_F32 ? 4 : 8;
    size_t length = BLOCK_BYTES / element_size < count ? BLOCK_BYTES / element_size : count;
    size_t buffer_size = (length * element_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t buffer_count = size.operand_count + size.constant_count + size.register_count;
    // Large results are computed in buffers and streamed, unless they replace an operand.
    int streams = count * element_size >= MK_STREAMED_BYTES && size.result_count > 0;
    for (size_t k = 0; k < size.result_count; k++) {
        if (mk_bytes_to_line((uint8_t *)results[k] + start * element_size) != 0) streams = 0;
        for (size_t j = 0; j < size.operand_count; j++)
            if (operands[j] == results[k]) streams = 0;
    }
    if (streams) buffer_count += size.result_count;
    uint8_t *buffers = aligned_alloc(ALIGNMENT, (buffer_count + 1) * buffer_size);
    const void **slots = malloc((buffer_count + size.result_count + 1) * sizeof *slots);
    kernel *kernels = malloc((size.instruction_count + 1) * sizeof *kernels);
    source *sources = malloc((size.operand_count + 1) * sizeof *sources);
    if (!buffers || !slots || !kernels || !sources) abort();

    int failure = 0;
    for (size_t k = 0; k < size.instruction_count; k++) {
        int op = instructions[k].op;
        if (instructions[k].is_binary) failure |= !(kernels[k].binary = mk_kernels->binary(type, op));
        else failure |= !(kernels[k].unary = mk_kernels->unary(type, op));
    }
    uint8_t *buffer = buffers;
    for (size_t k = 0; k < size.operand_count; k++, buffer += buffer_size) {
        sources[k] = (source){operands[k], element_size, size.rank, extents, strides + k * size.rank, IN_PLACE, buffer};
        choose_access(&sources[k]);
        if (sources[k].access == REPEATED) mk_fill(element_size, length, operands[k], buffer);
    }
    const void **constant_slots = slots + size.operand_count, **result_slots = constant_slots + size.constant_count;
    const void **register_slots = result_slots + size.result_count;
    for (size_t k = 0; k < size.constant_count; k++, buffer += buffer_size) {
        float narrow = (float)constants[k];
        mk_fill(element_size, length, type == MK_F32 ? (const void *)&narrow : &constants[k], buffer);
        constant_slots[k] = buffer;
    }
    for (size_t k = 0; k < size.register_count; k++, buffer += buffer_size) register_slots[k] = buffer;
    uint8_t *streamed = buffer;

    for (size_t i = start, end = start + count, n; !failure && i < end; i += n) {
        n = end - i < length ? end - i : length;
        for (size_t k = 0; k < size.operand_count; k++) slots[k] = block_of(&sources[k], i, n);
        const int is_streamed = streams && n == length;
        for (size_t k = 0; k < size.result_count; k++)
            result_slots[k] =
                is_streamed ? streamed + k * buffer_size : (uint8_t *)results[k] + i * element_size;
        const size_t ahead = end - i - n < length ? end - i - n : length;
        for (size_t k = 0; k < size.instruction_count; k++) {
            const mk_instruction *x = &instructions[k];
            for (size_t j = 0; j < size.operand_count; j++)
                fetch_ahead(&sources[j], i + n, ahead, k, size.instruction_count);
            void *out = (void *)slots[x->out];
            if (x->is_binary) kernels[k].binary(n, slots[x->a], slots[x->b], out, x->p0);
            else kernels[k].unary(n, slots[x->a], out, x->p0, x->p1);
        }
        if (is_streamed)
            for (size_t k = 0; k < size.result_count; k++)
                mk_stream((uint8_t *)results[k] + i * element_size, result_slots[k], n * element_size);
    }
    if (streams) mk_stream_end();
    free(sources), free(kernels), free(slots), free(buffers);
    return failure ? -1 : 0;
}
