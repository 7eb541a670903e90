// Every kernel for AVX2 with fused multiply-add.
#include "kernels/system.h"
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,f16c,popcnt,lzcnt"))), apply_to = function)
#define MK_ISA(name) name##_avx2
#define MK_VECTOR_BYTES 32
#define MK_HAS_AVX2
#include "kernels/all.h"
#pragma clang attribute pop
#endif
