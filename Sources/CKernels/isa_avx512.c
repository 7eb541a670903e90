// Every kernel for AVX-512 (F, VL, BW, DQ), 512 bits wide.
#include "kernels/system.h"
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi,bmi2,f16c,popcnt,lzcnt"))), \
    apply_to = function)
#define MK_ISA(name) name##_avx512
#define MK_VECTOR_BYTES 64
#define MK_HAS_AVX2
#define MK_HAS_32_REGISTERS
#include "kernels/all.h"
#pragma clang attribute pop
#endif
