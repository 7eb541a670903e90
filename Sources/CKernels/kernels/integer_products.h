// Dot products of short integers, eight lanes of 32 bits at a time: what one instruction does for the products with
// quantised weights, and its plain definition. Included once for each instruction set.
#pragma once

// Functions of these vectors are always inlined: how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef int32_t mk_lanes __attribute__((vector_size(32)));
typedef int16_t mk_shorts __attribute__((vector_size(32)));
typedef int8_t mk_bytes __attribute__((vector_size(32)));
typedef uint8_t mk_weights __attribute__((vector_size(32)));
typedef float mk_floats __attribute__((vector_size(32)));

// Every lane = the four bytes at an address.
MK_INLINE mk_lanes mk_spread(const void *address) {
    int32_t four;
    __builtin_memcpy(&four, address, 4);
    return (mk_lanes){four, four, four, four, four, four, four, four};
}

// sum[i] + a[2 i] b[2 i] + a[2 i + 1] b[2 i + 1]
MK_INLINE mk_lanes mk_add_products_of_shorts(mk_lanes sum, mk_shorts a, mk_shorts b) {
#if defined(MK_HAS_VNNI)
    return (mk_lanes)_mm256_dpwssd_epi32((__m256i)sum, (__m256i)a, (__m256i)b);
#elif defined(MK_HAS_AVX2)
    return sum + (mk_lanes)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#else
    for (int i = 0; i < 8; i++) sum[i] += (int32_t)a[2 * i] * b[2 * i] + (int32_t)a[2 * i + 1] * b[2 * i + 1];
    return sum;
#endif
}

// Products of weights with activations from -127 to 127 are first summed in what the instruction gives: lanes where it
// adds four products to a lane, else pairs of products in 16 bits. These hold `terms` of them: 2 (2^bits - 1) 127 terms
// stays below 2^15.
#if defined(MK_HAS_VNNI)
typedef mk_lanes mk_partial_sums;
MK_INLINE mk_partial_sums mk_add_products(mk_partial_sums sums, mk_weights a, mk_bytes b) {
    return (mk_lanes)_mm256_dpbusd_epi32((__m256i)sums, (__m256i)a, (__m256i)b);
}
MK_INLINE mk_lanes mk_total(mk_lanes total, mk_partial_sums sums) { return total + sums; }
#else
typedef mk_shorts mk_partial_sums;
MK_INLINE mk_partial_sums mk_add_products(mk_partial_sums sums, mk_weights a, mk_bytes b) {
#if defined(MK_HAS_AVX2)
    return sums + (mk_shorts)_mm256_maddubs_epi16((__m256i)a, (__m256i)b);
#else
    for (int i = 0; i < 16; i++)
        sums[i] = (int16_t)(sums[i] + (int16_t)a[2 * i] * b[2 * i] + (int16_t)a[2 * i + 1] * b[2 * i + 1]);
    return sums;
#endif
}
MK_INLINE mk_lanes mk_total(mk_lanes total, mk_partial_sums sums) {
    return mk_add_products_of_shorts(total, sums, (mk_shorts){1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
}
#endif
enum { MK_TERMS_OF_FOUR_BITS = 8, MK_TERMS_OF_FIVE_BITS = 4, MK_TERMS_OF_SIX_BITS = 2 };
