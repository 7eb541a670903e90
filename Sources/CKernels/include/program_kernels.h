// Programs of elementwise operations, run block by block so that what passes between operations stays in the first cache.
#pragma once
#include "martlet_kernels.h"

/// slots[out] = op(slots[a]) or op(slots[a], slots[b]).
typedef struct {
    /// Whether `op` is an mk_binary_operation, else it is an mk_unary_operation.
    int is_binary;
    int op, a, b, out;
    double p0, p1;
} mk_instruction;

/// The slots hold, in this order: operands, constants, results, registers.
typedef struct {
    mk_type type;
    size_t operand_count, constant_count, result_count, register_count, instruction_count;
    /// The axes over which operands are walked; results are row-major.
    size_t rank;
} mk_program_size;

/// Computes `count` elements of every result from position `start` on. Each is what the operations give one by one, bit
/// for bit. Returns 0, or -1 if the type lacks an operation.
///
/// `extents` has `rank` entries, outermost first, and `strides`, in elements, has as many for each operand.
int mk_run_program(
    mk_program_size size, const mk_instruction *instructions, const size_t *extents, const ptrdiff_t *strides,
    const void *const *operands, const double *constants, void *const *results, size_t start, size_t count);
