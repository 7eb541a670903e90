// Windows and Fourier passes of the instruction set in use.
#include "kernels/system.h"
#include "kernels/table_type.h"

const mk_window_kernels *mk_windows_of(int is_double) {
    return is_double ? mk_kernels->windows_f64 : mk_kernels->windows_f32;
}

void mk_fourier_pass(size_t radix, size_t n, size_t s, const double *roots_re, const double *roots_im,
                     const double *x_re, const double *x_im, double *y_re, double *y_im) {
    mk_kernels->fourier_pass(radix, n, s, roots_re, roots_im, x_re, x_im, y_re, y_im);
}
