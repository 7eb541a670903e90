// Functions without a vector form: gamma and its derivatives, the inverse of erf. Evaluated in double.
#pragma once

// log |gamma(x)| without touching libm's global sign.
static double mk_lgamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

// The Hurwitz zeta function sum_{k>=0} (x + k)^-s for s > 1, x > 0: direct terms, then Euler-Maclaurin.
static double mk_hurwitz_zeta(double s, double x) {
    static const double bernoulli_over_factorial[] = {
        1.0 / 12.0, -1.0 / 720.0, 1.0 / 30240.0, -1.0 / 1209600.0, 1.0 / 47900160.0, -691.0 / 1307674368000.0,
        1.0 / 74724249600.0, -3617.0 / 10670622842880000.0,
    };
    double sum = 0, a = x;
    for (int k = 0; k < 12; k++, a += 1) sum += pow(a, -s);
    sum += pow(a, 1 - s) / (s - 1) + 0.5 * pow(a, -s);
    double factor = s, power = pow(a, -s - 1);
    for (int k = 0; k < 8; k++) {
        sum += bernoulli_over_factorial[k] * factor * power;
        factor *= (s + 2 * k + 1) * (s + 2 * k + 2);
        power /= a * a;
    }
    return sum;
}

// The logarithmic derivative of the gamma function: recurrence up to x >= 10, then the asymptotic series.
static double mk_digamma(double x) {
    if (x != x || x == INFINITY) return x;
    if (x == 0) return copysign(INFINITY, -x);
    if (x < 0) {
        if (x == floor(x)) return NAN;
        return mk_digamma(1 - x) - M_PI / tan(M_PI * (x - floor(x)));
    }
    double shift = 0;
    while (x < 10) shift -= 1 / x, x += 1;
    double r = 1 / (x * x);
    double series = r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 -
        r * (691.0 / 32760 - r / 12))))));
    return shift + log(x) - 0.5 / x - series;
}

// The n-th derivative of digamma; NaN where it has a pole of odd order, and for x < 0 with n > 1 by recurrence.
static double mk_polygamma(double order, double x) {
    int n = (int)order;
    if (n == 0) return mk_digamma(x);
    if (x != x) return x;
    if (x == INFINITY) return 0;
    double sign = n % 2 ? 1 : -1, factorial = tgamma(n + 1.0), sum = 0;
    if (x <= 0) {
        if (x == floor(x)) return n % 2 ? INFINITY : NAN;
        if (x < -1e6) return NAN;
        while (x <= 0) sum += 1 / pow(x, n + 1), x += 1;
    }
    return sign * factorial * (sum + mk_hurwitz_zeta(n + 1.0, x));
}

// The inverse of erf: a rational start (Giles' approximation) and two Halley steps.
static double mk_erfinv(double y) {
    if (!(y > -1 && y < 1)) return y == 1 ? INFINITY : y == -1 ? -INFINITY : NAN;
    if (y == 0) return y;
    double w = -log((1 - y) * (1 + y)), x;
    if (w < 5) {
        w -= 2.5;
        x = 1.50140941 + w * (0.246640727 + w * (-0.00417768164 + w * (-0.00125372503 + w * (0.000218580870))));
    } else {
        w = sqrt(w) - 3;
        x = 2.83297682 + w * (1.00167406 + w * (0.00943887047 + w * (-0.0076224613 + w * 0.00573950773)));
    }
    x *= y;
    for (int i = 0; i < 3; i++) {
        double error = (fabs(y) < 0.5 ? erf(x) - y : copysign((1 - fabs(y)) - erfc(fabs(x)), x));
        double step = error / (1.1283791670955126 * exp(-x * x));
        x -= step / (1 + x * step);
    }
    return x;
}
