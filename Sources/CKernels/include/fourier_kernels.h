// The kernel of the fast Fourier transform.
#pragma once
#include <stddef.h>

/// One pass of Stockham's self-sorting transform by decimation in frequency, with radix 2, 3, 4 or 5.
///
/// `n` is the length that remains to be transformed, `s` the product of the radices of the passes before, and
/// roots[t] = exp(-2 pi i t / (n s)). Real and imaginary parts lie in separate arrays of n * s elements.
void mk_fourier_pass(size_t radix, size_t n, size_t s, const double *roots_re, const double *roots_im,
                     const double *x_re, const double *x_im, double *y_re, double *y_im);
