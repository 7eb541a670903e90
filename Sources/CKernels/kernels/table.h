// The kernels of this instruction set as one table.
#include "table_type.h"

static mk_unary_function MK_ISA(unary)(mk_type type, int op) {
    switch (type) {
    case MK_F32: return unary_f32[op];
    case MK_F64: return unary_f64[op];
    case MK_I32: return unary_i32[op];
    case MK_I64: return unary_i64[op];
    case MK_U8: return unary_u8[op];
    default: return NULL;
    }
}

static mk_binary_function MK_ISA(binary)(mk_type type, int op) {
    switch (type) {
    case MK_F32: return binary_f32[op];
    case MK_F64: return binary_f64[op];
    case MK_I32: return binary_i32[op];
    case MK_I64: return binary_i64[op];
    case MK_U8: return binary_u8[op];
    case MK_BOOL: return op == MK_AND || op == MK_OR || op == MK_XOR ? binary_u8[op] : NULL;
    default: return NULL;
    }
}

static mk_compare_function MK_ISA(compare)(mk_type type, int op) {
    switch (type) {
    case MK_F32: return compare_f32[op];
    case MK_F64: return compare_f64[op];
    case MK_I32: return compare_i32[op];
    case MK_I64: return compare_i64[op];
    case MK_U8: case MK_BOOL: return compare_u8[op];
    default: return NULL;
    }
}

static mk_convert_function MK_ISA(convert)(mk_type from, mk_type to) { return conversions[from][to]; }

const mk_table MK_ISA(mk_table) = {
    .unary = MK_ISA(unary),
    .binary = MK_ISA(binary),
    .compare = MK_ISA(compare),
    .convert = MK_ISA(convert),
    .select_8 = select_8,
    .select_16 = select_16,
    .select_32 = select_32,
    .select_64 = select_64,
    .multiply_add_f32 = multiply_add_f32,
    .multiply_add_f64 = multiply_add_f64,
    .reduce = MK_ISA(reduce),
    .reduce_columns = MK_ISA(reduce_columns),
    .sum_double = MK_ISA(sum_double),
    .sum_squared_deviations = MK_ISA(sum_squared_deviations),
    .argmax = MK_ISA(argmax),
    .row = MK_ISA(row),
    .layer_norm = MK_ISA(layer_norm),
    .layer_norm_gradient = MK_ISA(layer_norm_gradient),
    .rms_norm = MK_ISA(rms_norm),
    .rms_norm_gradient = MK_ISA(rms_norm_gradient),
    .cross_entropy = MK_ISA(cross_entropy),
    .random_uniform = MK_ISA(random_uniform),
    .random_normal = MK_ISA(random_normal),
    .random_words = MK_ISA(random_words),
    .accumulate_blocks = MK_ISA(accumulate_blocks),
    .windows_f32 = &window_kernels_f32,
    .windows_f64 = &window_kernels_f64,
    .gemm_f32 = &gemm_kernels_f32,
    .gemm_f64 = &gemm_kernels_f64,
    .attention = &MK_ISA(attention_kernels),
    .quantized = &MK_ISA(mk_quantized_kernels),
    .fourier_pass = fourier_pass,
    .sgd = MK_ISA(sgd),
    .adam = MK_ISA(adam),
    .lion = MK_ISA(lion),
};
