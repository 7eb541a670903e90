// The kernels of quantised weights for AVX-512 with its dot products of bytes (VNNI), 256 bits wide.
#include "kernels/system.h"
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push( \
    __attribute__((target("avx512vnni,avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi,bmi2,f16c,popcnt,lzcnt"))), \
    apply_to = function)
#define MK_ISA(name) name##_vnni
#define MK_HAS_AVX2
#define MK_HAS_VNNI
#include "kernels/vector_math.h"
#include "kernels/quantized.h"
#pragma clang attribute pop
#endif
