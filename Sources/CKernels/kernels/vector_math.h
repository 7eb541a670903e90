// Elementary functions written so that the compiler can vectorise loops over them: no calls, no tables, no branches
// that cannot become selects. `mk_expf` is for float, `mk_exp` for double. Included once for each instruction set.
//
// Every function reduces its argument to a short interval and evaluates a polynomial there. The coefficients are
// minimax fits (Lawson's iteration in 50-digit arithmetic), rounded one at a time, lowest first. The accuracy stated
// is the largest error against double precision, without and with fused multiply-add: over every float for exp and
// expm1; every positive float for log, log2, log10, tanh, erf and sin; every float of the range where the result is
// neither constant nor the argument itself for log1p, sigmoid, softplus, erfc and cos; and each 97th elsewhere. NaN,
// infinities, signed zeros and subnormal numbers follow IEEE 754 and C99 Annex F, except that no flags are raised.
#pragma once
#include <math.h>
#include <stdint.h>

// Always inlined: a call that stays a call keeps the loop around it scalar.
#define MK_INLINE static inline __attribute__((always_inline, unused))

// MARK: Bits

MK_INLINE uint32_t mk_bitsf(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}

MK_INLINE float mk_from_bitsf(uint32_t bits) {
    float x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

MK_INLINE uint64_t mk_bits(double x) {
    uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}

MK_INLINE double mk_from_bits(uint64_t bits) {
    double x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

// MARK: Polynomials, lowest coefficient first; the loops unroll because the counts are constants

#define MK_POLYNOMIALF(x, coefficients) mk_hornerf(x, coefficients, sizeof coefficients / sizeof coefficients[0])
#define MK_POLYNOMIAL(x, coefficients) mk_horner(x, coefficients, sizeof coefficients / sizeof coefficients[0])

MK_INLINE float mk_hornerf(float x, const float *coefficients, int count) {
    float sum = coefficients[count - 1];
#pragma clang loop unroll(full)
    for (int i = count - 2; i >= 0; --i) sum = sum * x + coefficients[i];
    return sum;
}

MK_INLINE double mk_horner(double x, const double *coefficients, int count) {
    double sum = coefficients[count - 1];
#pragma clang loop unroll(full)
    for (int i = count - 2; i >= 0; --i) sum = sum * x + coefficients[i];
    return sum;
}

// MARK: Exponentials

// x = k ln 2 + r with |r| <= ln(2)/2. Adding 1.5 * 2^23 rounds x / ln 2 to the integer k and leaves it in the low bits;
// 254 more make those bits the sum of two exponent fields, whose powers of two multiply to 2^k.
typedef struct {
    float r, k;
    uint32_t exponents;
} mk_exponentf;

static const float mk_ln2_highf = 0x1.63p-1f, mk_ln2_lowf = -0x1.bd0106p-13f;

MK_INLINE mk_exponentf mk_exponent_of_powerf(float x) {
    const float shift = 0x1.8p23f + 254.0f;
    float shifted = x * 0x1.715476p0f + shift;
    float k = shifted - shift;
    float r = (x - k * mk_ln2_highf) - k * mk_ln2_lowf;
    return (mk_exponentf){r, k, mk_bitsf(shifted)};
}

// y 2^k in two steps, of which only the second rounds, so that results fade into the subnormal numbers.
MK_INLINE float mk_scalef(float y, uint32_t exponents) {
    uint32_t half = exponents >> 1;
    return y * mk_from_bitsf(half << 23) * mk_from_bitsf((exponents - half) << 23);
}

// e^r - 1 on |r| <= ln(2)/2: r + r^2 q(r), degree 6, 2^-26.1.
MK_INLINE float mk_expm1_reducedf(float r) {
    static const float q[] = {0x1.fffffep-2f, 0x1.5554b2p-3f, 0x1.5557p-5f, 0x1.1226b8p-7f, 0x1.6b8d7ep-10f};
    return r + r * r * MK_POLYNOMIALF(r, q);
}

// x in [low, high]; the comparisons are false for NaN, which passes.
MK_INLINE float mk_clampf(float x, float low, float high) {
    x = high < x ? high : x;
    return low > x ? low : x;
}

// 2^k e^r; beyond the clamp the result is 0 or infinity already. 1.03 ulp.
MK_INLINE float mk_expf(float x) {
    mk_exponentf power = mk_exponent_of_powerf(mk_clampf(x, -104.0f, 89.0f));
    return mk_scalef(1.0f + mk_expm1_reducedf(power.r), power.exponents);
}

// 2^k (e^r - 1) + (2^k - 1), halved inside because 2^128 is not a float. 1.66 ulp.
MK_INLINE float mk_expm1f(float x) {
    mk_exponentf power = mk_exponent_of_powerf(mk_clampf(x, -20.0f, 89.0f));
    float half_scale = mk_from_bitsf((power.exponents - 128) << 23);
    float y = 2.0f * (half_scale * mk_expm1_reducedf(power.r) + (half_scale - 0.5f));
    return fabsf(x) < 0x1p-25f ? x : y;
}

// e / (e + 2) with e = e^(2|x|) - 1; from 10 on it rounds to 1. 2.61 ulp.
MK_INLINE float mk_tanhf(float x) {
    mk_exponentf power = mk_exponent_of_powerf(mk_clampf(2.0f * fabsf(x), 0.0f, 20.0f));
    float scale = mk_from_bitsf((power.exponents - 127) << 23);
    float e = scale * mk_expm1_reducedf(power.r) + (scale - 1.0f);
    return copysignf(e / (e + 2.0f), x);
}

// 1 / (1 + e^-x). The power is scaled once, so it is 0 or infinity a little early: below -88.3 the result is 0. 2.41 ulp.
MK_INLINE float mk_sigmoidf(float x) {
    mk_exponentf power = mk_exponent_of_powerf(mk_clampf(-x, -88.0f, 89.0f));
    float scale = mk_from_bitsf((power.exponents - 127) << 23);
    return 1.0f / (1.0f + (scale + scale * mk_expm1_reducedf(power.r)));
}

// MARK: Logarithms

static const uint32_t mk_one_bitsf = 0x3f800000, mk_root_half_bitsf = 0x3f3504f3;

// x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), for positive x.
typedef struct {
    float f, k;
} mk_fractionf;

MK_INLINE mk_fractionf mk_fraction_off(float x) {
    int subnormal = x < 0x1p-126f;
    uint32_t bits = mk_bitsf(subnormal ? x * 0x1p23f : x) - mk_root_half_bitsf;
    float k = (float)((int32_t)bits >> 23) - (subnormal ? 23.0f : 0.0f);
    return (mk_fractionf){mk_from_bitsf((bits & 0x7fffff) + mk_root_half_bitsf) - 1.0f, k};
}

// The values that no formula gives: log(0) = -infinity, log(negative) = NaN, infinity and NaN stay.
MK_INLINE float mk_log_edgesf(float x, float y) {
    y = x > 0.0f ? y : x == 0.0f ? -INFINITY : NAN;
    return x < INFINITY ? y : x;
}

// log(1 + f) + k ln 2 as k ln 2 + (f + f^2 t(f)), degree 10, 2^-27.8.
MK_INLINE float mk_log_of_fractionf(mk_fractionf x) {
    static const float t[] = {-0x1.fffff8p-2f, 0x1.55555p-2f, -0x1.00043p-2f, 0x1.99a3d8p-3f, -0x1.5425fp-3f,
                              0x1.227530p-3f, -0x1.0f46b8p-3f, 0x1.082f4p-3f, -0x1.37a02ep-4f};
    float tail = x.f * x.f * MK_POLYNOMIALF(x.f, t) + x.k * mk_ln2_lowf;
    return x.k * mk_ln2_highf + (x.f + tail);
}

// The natural logarithm. 0.91 ulp.
MK_INLINE float mk_logf(float x) { return mk_log_edgesf(x, mk_log_of_fractionf(mk_fraction_off(x))); }

// k + (f + f t(f)), degree 10, 2^-27.0: a base needs its own polynomial, since a product with 1 / ln 2 would round
// once more. 1.36 ulp.
MK_INLINE float mk_log2f(float x) {
    static const float t[] = {0x1.c551dap-2f, -0x1.715476p-1f, 0x1.ec703p-2f, -0x1.7156fap-2f, 0x1.27896cp-2f,
                              -0x1.eb5d18p-3f, 0x1.a25424p-3f, -0x1.8234acp-3f, 0x1.7ded64p-3f, -0x1.d838c8p-4f};
    mk_fractionf part = mk_fraction_off(x);
    return mk_log_edgesf(x, part.k + (part.f + part.f * MK_POLYNOMIALF(part.f, t)));
}

// k log10(2) + (f/2 + f t(f)), degree 10, 2^-27.3: the half is exact and close to 1 / ln 10. 1.33 ulp.
MK_INLINE float mk_log10f(float x) {
    static const float t[] = {-0x1.0d213ap-4f, -0x1.bcb7b2p-3f, 0x1.287a5p-3f, -0x1.bcbad6p-4f, 0x1.63d442p-4f,
                              -0x1.27c72p-4f, 0x1.f8885ap-5f, -0x1.d2a17cp-5f, 0x1.c8ac6p-5f, -0x1.157d1ep-5f};
    mk_fractionf part = mk_fraction_off(x);
    float tail = part.f * MK_POLYNOMIALF(part.f, t) + part.k * 0x1.3509f8p-18f;
    return mk_log_edgesf(x, part.k * 0x1.344p-2f + (0.5f * part.f + tail));
}

// k comes from the rounded 1 + x, but f = 2^-k x + (2^-k - 1) from x itself, so nothing of a small x is lost. 1.51
// ulp.
MK_INLINE float mk_log1pf(float x) {
    int32_t k = (int32_t)(mk_bitsf(1.0f + x) - mk_root_half_bitsf) >> 23;
    uint32_t exponent = (uint32_t)k << 23;
    float scale = x < 0x1p64f ? mk_from_bitsf(mk_one_bitsf - exponent) : 0.0f;  // 2^-128 has no exponent field
    float f = mk_from_bitsf(mk_bitsf(x) - exponent) + (scale - 1.0f);
    float y = mk_log_of_fractionf((mk_fractionf){f, (float)k});
    y = x > -1.0f ? y : x == -1.0f ? -INFINITY : NAN;
    return x < INFINITY && x != 0.0f ? y : x;
}

// log(1 + e^x) as max(x, 0) + log(1 + e^-|x|), which neither overflows nor loses the left tail. 1.75 ulp.
MK_INLINE float mk_softplusf(float x) { return (x < 0.0f ? 0.0f : x) + mk_log1pf(mk_expf(-fabsf(x))); }

// MARK: Error function

// Up to 1: x + x p(x^2), degree 13, 2^-29.4. Beyond: 1 - e^t(|x|) with t = log erfc, degree 6, whose absolute error
// in the result is 2^-28.6; from 3.95 on it rounds to 1. 1.29 ulp.
MK_INLINE float mk_erff(float x) {
    static const float p[] = {0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2ce6p-4f, -0x1.b7f722p-6f,
                              0x1.53f2cap-8f, -0x1.a35982p-11f, 0x1.47923cp-14f};
    static const float t[] = {-0x1.5089fap-12f, -0x1.208e34p0f, -0x1.46aap-1f, -0x1.a6c468p-4f,
                              0x1.669baep-6f, -0x1.83eaaep-9f, 0x1.894ea4p-13f};
    float size = mk_clampf(fabsf(x), 0.0f, 3.95f);
    mk_exponentf power = mk_exponent_of_powerf(MK_POLYNOMIALF(size, t));
    float scale = mk_from_bitsf((power.exponents - 127) << 23);
    float far = 1.0f - (scale * mk_expm1_reducedf(power.r) + scale);
    float near = size + size * MK_POLYNOMIALF(size * size, p);
    return copysignf(size < 1.0f ? near : far, x);
}

// For x >= 0: e^(-x^2) t p(w) with t = 3 / (x + 3), w = 1 - 2t, degree 9, 2^-25.6; erfc(-x) = 2 - erfc(x).
// x^2 needs more than 24 bits: with x = high + low, high^2 is exact and (high - x)(high + x) is the small rest.
// Beyond 10.5 the result is 0. 6.52 ulp.
MK_INLINE float mk_erfcf(float x) {
    static const float p[] = {0x1.6e9828p-2f, -0x1.2d883p-2f, 0x1.92edep-3f, -0x1.a7e3cp-4f, 0x1.4664ccp-5f,
                              -0x1.2528f4p-7f, -0x1.ac7276p-12f, 0x1.0d245ap-10f, -0x1.529fc4p-13f, -0x1.c7c12ep-14f};
    float size = mk_clampf(fabsf(x), 0.0f, 10.5f);
    float high = mk_from_bitsf(mk_bitsf(size) & 0xfffff000);
    mk_exponentf power = mk_exponent_of_powerf(-(high * high));
    float e = mk_expm1_reducedf(power.r + (high - size) * (high + size));
    float t = 3.0f / (size + 3.0f);
    float tp = t * MK_POLYNOMIALF(1.0f - 2.0f * t, p);
    float tail = mk_scalef(tp + tp * e, power.exponents);
    return x < 0.0f ? 2.0f - tail : tail;
}

// MARK: Sine and cosine

// x is r plus a number of quarter turns, of which the two lowest bits count. In double precision: a float just beside a
// multiple of pi/2 leaves a remainder of 2^-30, which float arithmetic would have to carry in three parts.
typedef struct {
    double r;
    uint64_t quarters;
} mk_anglef;

// Cody and Waite: the first two parts of pi/2 have 26 bits, so their products with a quarter count below 2^27 are
// exact.
MK_INLINE mk_anglef mk_angle_in_rangef(float x) {
    double shifted = x * 0x1.45f306dc9c883p-1 + 0x1.8p52, k = shifted - 0x1.8p52;
    double r = ((x - k * 0x1.921fb5p0) - k * 0x1.110b46p-26) - k * 0x1.1a62633145c06p-54;
    return (mk_anglef){r, mk_bits(shifted)};
}

// Payne and Hanek: 2/pi in chunks of 24 bits, each product with x exact, whole turns dropped as they appear. A product
// beyond 2^50 has 48 bits and is therefore a multiple of four quarters.
MK_INLINE mk_anglef mk_anglef_of_any(float x) {
    static const double two_over_pi[] = {0x1.45f306p-1, 0x1.b9391p-26, 0x1.529fcp-52, 0x1.3abe88p-75,
                                         0x1.ea69bap-97, 0x1.81b6c4p-121, 0x1.2b3278p-145, 0x1.0e4104p-170};
    double rest = -0.0;  // the sum of nothing, which keeps the sign of a zero
    uint64_t quarters = 0;
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; ++i) {
        double product = x * two_over_pi[i];
        double sum = rest + (fabs(product) < 0x1p50 ? product : 0.0);
        double shifted = sum + 0x1.8p52;
        quarters += mk_bits(shifted);
        rest = sum - (shifted - 0x1.8p52);
    }
    return (mk_anglef){rest * 0x1.921fb54442d18p0, quarters};
}

// sin(r) of degree 7, 2^-28.0, or cos(r) of degree 8, 2^-33.0, on |r| <= pi/4, negated in the lower half turn.
MK_INLINE float mk_sin_of_anglef(mk_anglef angle) {
    static const double s[] = {-0x1.555545220aed9p-3, 0x1.110739668d7bcp-7, -0x1.99435f48fd624p-13};
    static const double c[] = {-0x1p-1, 0x1.55554a0ea09e8p-5, -0x1.6c0c3210d0d1dp-10, 0x1.99eb2b193078ap-16};
    double z = angle.r * angle.r;
    double sine = angle.r * (1.0 + z * MK_POLYNOMIAL(z, s));
    double cosine = 1.0 + z * MK_POLYNOMIAL(z, c);
    double y = angle.quarters & 1 ? cosine : sine;
    return (float)mk_from_bits(mk_bits(y) ^ (angle.quarters >> 1 << 63));
}

MK_INLINE float mk_cos_of_anglef(mk_anglef angle) {
    angle.quarters += 1;
    return mk_sin_of_anglef(angle);
}

// For |x| <= 2^27 only. 0.57 ulp.
MK_INLINE float mk_sinf_in_range(float x) { return mk_sin_of_anglef(mk_angle_in_rangef(x)); }
MK_INLINE float mk_cosf_in_range(float x) { return mk_cos_of_anglef(mk_angle_in_rangef(x)); }

// For every x, as accurate, at five times the cost; NaN for infinities. 0.57 ulp.
MK_INLINE float mk_sinf(float x) { return x - x == 0.0f ? mk_sin_of_anglef(mk_anglef_of_any(x)) : NAN; }
MK_INLINE float mk_cosf(float x) { return x - x == 0.0f ? mk_cos_of_anglef(mk_anglef_of_any(x)) : NAN; }

#include "vector_math_double.h"
