// Matrix products: C = A B for any strides and storage of A and B, in float and double. How the work is shared between
// threads, and which products go elsewhere, is decided in Swift (Tensor/Matrix).

#ifdef MK_HAS_32_REGISTERS
#define MK_ROWS 14
#else
#define MK_ROWS 6
#endif

#define T float
#define MK_COLUMNS (2 * MK_VECTOR_BYTES / 4)
#define MK_NAME(name) gemm_f32_##name
#define gemm_f32_activations unary_f32
#include "gemm_of_type.h"
#undef T
#undef MK_COLUMNS
#undef MK_NAME

#define T double
#define MK_COLUMNS (2 * MK_VECTOR_BYTES / 8)
#define MK_NAME(name) gemm_f64_##name
#define gemm_f64_activations unary_f64
#include "gemm_of_type.h"
#undef T
#undef MK_COLUMNS
#undef MK_NAME

static const mk_gemm_kernels gemm_kernels_f32 = {
    .rows = MK_ROWS, .columns = 2 * MK_VECTOR_BYTES / 4, .pack = gemm_f32_pack_lines, .block = gemm_f32_block,
};
static const mk_gemm_kernels gemm_kernels_f64 = {
    .rows = MK_ROWS, .columns = 2 * MK_VECTOR_BYTES / 8, .pack = gemm_f64_pack_lines, .block = gemm_f64_block,
};
