// The elementary functions of vector_math.h in double precision, by the same methods with longer polynomials. The
// accuracy stated is the largest error seen on 10^8 arguments of all sizes against `long double`, without and with
// fused multiply-add. Logarithms divide once and use atanh's series, which needs half the terms.
#pragma once

// MARK: Exponentials

typedef struct {
    double r, k;
    uint64_t exponents;
} mk_exponent;

static const double mk_ln2_high = 0x1.62e42ffp-1, mk_ln2_low = -0x1.718432a1b0e26p-35;

MK_INLINE mk_exponent mk_exponent_of_power(double x) {
    const double shift = 0x1.8p52 + 2046.0;
    double shifted = x * 0x1.71547652b82fep0 + shift;
    double k = shifted - shift;
    double r = (x - k * mk_ln2_high) - k * mk_ln2_low;
    return (mk_exponent){r, k, mk_bits(shifted)};
}

MK_INLINE double mk_scale(double y, uint64_t exponents) {
    uint64_t half = exponents >> 1;
    return y * mk_from_bits(half << 52) * mk_from_bits((exponents - half) << 52);
}

// e^r - 1 on |r| <= ln(2)/2: r + r^2 q(r), degree 12, 2^-61.6.
MK_INLINE double mk_expm1_reduced(double r) {
    static const double q[] = {0x1p-1, 0x1.5555555555559p-3, 0x1.5555555555553p-5, 0x1.111111110f65ep-7,
                               0x1.6c16c16c17f39p-10, 0x1.a01a01affdd84p-13, 0x1.a01a019be3f7cp-16,
                               0x1.71ddf8212c1fcp-19, 0x1.27e4f5f155447p-22, 0x1.af5f08c5ac244p-26,
                               0x1.1f46980cbc25cp-29};
    return r + r * r * MK_POLYNOMIAL(r, q);
}

MK_INLINE double mk_clamp(double x, double low, double high) {
    x = high < x ? high : x;
    return low > x ? low : x;
}

// 0.98 ulp.
MK_INLINE double mk_exp(double x) {
    mk_exponent power = mk_exponent_of_power(mk_clamp(x, -746.0, 710.0));
    return mk_scale(1.0 + mk_expm1_reduced(power.r), power.exponents);
}

// 1.96 ulp.
MK_INLINE double mk_expm1(double x) {
    mk_exponent power = mk_exponent_of_power(mk_clamp(x, -40.0, 710.0));
    double half_scale = mk_from_bits((power.exponents - 1024) << 52);
    double y = 2.0 * (half_scale * mk_expm1_reduced(power.r) + (half_scale - 0.5));
    return fabs(x) < 0x1p-54 ? x : y;
}

// 2.60 ulp.
MK_INLINE double mk_tanh(double x) {
    mk_exponent power = mk_exponent_of_power(mk_clamp(2.0 * fabs(x), 0.0, 44.0));
    double scale = mk_from_bits((power.exponents - 1023) << 52);
    double e = scale * mk_expm1_reduced(power.r) + (scale - 1.0);
    return copysign(e / (e + 2.0), x);
}

// 2.38 ulp.
MK_INLINE double mk_sigmoid(double x) {
    double e = mk_exp(-fabs(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

// MARK: Logarithms

static const uint64_t mk_one_bits = 0x3ff0000000000000, mk_root_half_bits = 0x3fe6a09e667f3bcd;

// x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), for positive x.
typedef struct {
    double f, k;
} mk_fraction;

// An exponent field as a number: under the exponent of 2^52 it counts ones. AVX2 cannot convert 64-bit integers.
MK_INLINE double mk_exponent_field(uint64_t bits) {
    return mk_from_bits(bits >> 52 | 0x4330000000000000) - (0x1p52 + 1023.0);
}

MK_INLINE mk_fraction mk_fraction_of(double x) {
    int subnormal = x < 0x1p-1022;
    uint64_t bits = mk_bits(subnormal ? x * 0x1p52 : x) + (mk_one_bits - mk_root_half_bits);
    double k = mk_exponent_field(bits) - (subnormal ? 52.0 : 0.0);
    return (mk_fraction){mk_from_bits((bits & 0xfffffffffffff) + mk_root_half_bits) - 1.0, k};
}

MK_INLINE double mk_log_edges(double x, double y) {
    y = x > 0.0 ? y : x == 0.0 ? -INFINITY : NAN;
    return x < INFINITY ? y : x;
}

// log(1 + f) = f - half_square + rest with half_square = f^2/2. From log(1 + f) = 2 atanh(s), s = f / (2 + f):
// rest = s (half_square + z R(z)), z = s^2, degree 7 in z, 2^-59.5.
typedef struct {
    double half_square, rest;
} mk_log_tail;

MK_INLINE mk_log_tail mk_log_tail_of(double f) {
    static const double R[] = {0x1.5555555555592p-1, 0x1.999999997ff69p-2, 0x1.24924941dabe5p-2, 0x1.c71c521aa87b3p-3,
                               0x1.74663b8122923p-3, 0x1.39a20f782c09ap-3, 0x1.2f0227e312454p-3};
    double s = f / (2.0 + f), z = s * s, half_square = 0.5 * f * f;
    return (mk_log_tail){half_square, s * (half_square + z * MK_POLYNOMIAL(z, R))};
}

MK_INLINE double mk_log_of_fraction(mk_fraction x) {
    mk_log_tail tail = mk_log_tail_of(x.f);
    return x.k * mk_ln2_high + (x.f - (tail.half_square - (tail.rest + x.k * mk_ln2_low)));
}

// log(1 + f) in another base, added to k times that base's log 2. The leading 21 bits of log(1 + f) and of the factor
// have an exact product; what they leave is carried beside it, together with the rounding error of the sum.
MK_INLINE double mk_log_in_base(double x, double factor, double factor_low, double log2, double log2_low) {
    mk_fraction part = mk_fraction_of(x);
    mk_log_tail tail = mk_log_tail_of(part.f);
    double high = mk_from_bits(mk_bits(part.f - tail.half_square) & 0xffffffff00000000);
    double low = ((part.f - high) - tail.half_square) + tail.rest;
    double whole = part.k * log2, leading = high * factor;
    double sum = whole + leading;
    double error = (whole - sum) + leading;
    double rest = error + (low * factor + ((low + high) * factor_low + part.k * log2_low));
    return mk_log_edges(x, sum + rest);
}

// 0.82 ulp.
MK_INLINE double mk_log(double x) { return mk_log_edges(x, mk_log_of_fraction(mk_fraction_of(x))); }

// 0.79 ulp.
MK_INLINE double mk_log2(double x) { return mk_log_in_base(x, 0x1.715470p0, 0x1.94ae0bf85ddf4p-22, 1.0, 0.0); }

// 0.73 ulp.
MK_INLINE double mk_log10(double x) {
    return mk_log_in_base(x, 0x1.bcb7bp-2, 0x1.526e50e32a6abp-26, 0x1.3441350ap-2, -0x1.0c0219dc1da99p-39);
}

// 1.39 ulp.
MK_INLINE double mk_log1p(double x) {
    uint64_t bits = mk_bits(1.0 + x) + (mk_one_bits - mk_root_half_bits);
    uint64_t exponent = (bits & 0xfff0000000000000) - mk_one_bits;
    double scale = x < 0x1p512 ? mk_from_bits(mk_one_bits - exponent) : 0.0;
    double f = mk_from_bits(mk_bits(x) - exponent) + (scale - 1.0);
    double y = mk_log_of_fraction((mk_fraction){f, mk_exponent_field(bits)});
    y = x > -1.0 ? y : x == -1.0 ? -INFINITY : NAN;
    return x < INFINITY && x != 0.0 ? y : x;
}

// MARK: Error function

// Up to 1: x + x p(x^2), degree 25, 2^-56.4. Beyond: 1 - e^t(|x|) with t = log erfc, degree 17, 2^-56.6. 1.38 ulp.
MK_INLINE double mk_erf(double x) {
    static const double p[] = {0x1.06eba8214db69p-3, -0x1.812746b037a23p-2, 0x1.ce2f21a0456a5p-4,
                               -0x1.b82ce3134916cp-6, 0x1.565bcd2a88069p-8, -0x1.c02db8ddbca3bp-11,
                               0x1.f9a3afcf2d8cdp-14, -0x1.f4dc412cf22fcp-17, 0x1.ba60abfead76fp-20,
                               -0x1.634d7f7194ac9p-23, 0x1.11cdeb8c88217p-26, -0x1.bd206883f6fe4p-30,
                               0x1.32259d7c9f868p-33};
    static const double t[] = {-0x1.0ed7d7dcb22dep-21, -0x1.20dd1f9054a8ap0, -0x1.45f629b0a22a3p-1,
                               -0x1.a4ac287911bc8p-4, 0x1.372107f3a173dp-6, 0x1.af1db9e6acc7ep-12,
                               -0x1.f6657a3f03f9cp-10, 0x1.94462e58e0cc6p-11, -0x1.1bd37e9122636p-13,
                               -0x1.51905572b6aa9p-16, 0x1.7deac2cc6c76ap-16, -0x1.22350c34c82b0p-17,
                               0x1.1e0cc329b1382p-19, -0x1.8ff48bafa50cep-22, 0x1.8dd402d499b8fp-25,
                               -0x1.0da9a401b2addp-28, 0x1.c06b6ad1aa958p-33, -0x1.59bee2a18aba6p-38};
    double size = mk_clamp(fabs(x), 0.0, 5.95);
    mk_exponent power = mk_exponent_of_power(MK_POLYNOMIAL(size, t));
    double scale = mk_from_bits((power.exponents - 1023) << 52);
    double far = 1.0 - (scale * mk_expm1_reduced(power.r) + scale);
    double near = size + size * MK_POLYNOMIAL(size * size, p);
    return copysign(size < 1.0 ? near : far, x);
}

// MARK: Sine and cosine

// x = r + rest plus a number of quarter turns.
typedef struct {
    double r, rest;
    uint64_t quarters;
} mk_angle;

// Cody and Waite with pi/2 in three parts of 33 bits and one more: products with a quarter count below 2^20 are exact,
// so that what each subtraction rounds off is known, and r keeps all its bits beside a multiple of pi/2.
MK_INLINE mk_angle mk_angle_in_range(double x) {
    double shifted = x * 0x1.45f306dc9c883p-1 + 0x1.8p52, k = shifted - 0x1.8p52;
    double first = x - k * 0x1.921fb544p0;
    double second_part = k * 0x1.0b4611a6p-34, second = first - second_part;
    double third_part = k * 0x1.3198a2ep-69, third = second - third_part;
    double rest = ((first - second) - second_part) + ((second - third) - third_part) - k * 0x1.b839a252049c1p-104;
    double r = third + rest;
    return (mk_angle){r, (third - r) + rest, mk_bits(shifted)};
}

// sin(r + rest) of degree 13, 2^-57.9, or cos(r + rest) of degree 14, 2^-63.9, on |r| <= pi/4, negated in the lower
// half turn.
MK_INLINE double mk_sin_of_angle(mk_angle angle) {
    static const double s[] = {-0x1.5555555555548p-3, 0x1.111111110f75ap-7, -0x1.a01a019bf1abdp-13,
                               0x1.71de355e9cab4p-19, -0x1.ae5e5423be6bbp-26, 0x1.5d8e1ff5cef83p-33};
    static const double c[] = {0x1.555555555554bp-5, -0x1.6c16c16c15016p-10, 0x1.a01a019c8f408p-16,
                               -0x1.27e4f7f19ffdcp-22, 0x1.1ee9dbd3c9e77p-29, -0x1.8fa684000644ep-37};
    double r = angle.r, z = r * r, half = 0.5 * z, most = 1.0 - half;
    double sine = r + (r * z * MK_POLYNOMIAL(z, s) + angle.rest * most);
    double cosine = most + (((1.0 - most) - half) + (z * z * MK_POLYNOMIAL(z, c) - r * angle.rest));
    double y = angle.quarters & 1 ? cosine : sine;
    return mk_from_bits(mk_bits(y) ^ (angle.quarters >> 1 << 63));
}

// For |x| <= 10^6 only. 0.78 ulp.
MK_INLINE double mk_sin_in_range(double x) {
    double y = mk_sin_of_angle(mk_angle_in_range(x));
    return x == 0.0 ? x : y;
}

MK_INLINE double mk_cos_in_range(double x) {
    mk_angle angle = mk_angle_in_range(x);
    angle.quarters += 1;
    return mk_sin_of_angle(angle);
}

// For every x, but these call libm beyond 10^6 and so keep a loop scalar: Payne and Hanek's reduction of a double needs
// 1150 bits of 2/pi. A loop that wants speed asks for the range once and calls `mk_sin_in_range`.
MK_INLINE double mk_sin(double x) { return fabs(x) <= 1e6 ? mk_sin_in_range(x) : sin(x); }
MK_INLINE double mk_cos(double x) { return fabs(x) <= 1e6 ? mk_cos_in_range(x) : cos(x); }
