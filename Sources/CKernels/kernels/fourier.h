// Butterflies of the fast Fourier transform. The innermost loops run over `s` contiguous elements without twiddles.

#define MK_LOAD(J) \
    const double a##J##r = xr[q + s * (p + m * J)]; \
    const double a##J##i = xi[q + s * (p + m * J)];

// Multiplies output K by the twiddle and stores it.
#define MK_STORE(K, RE, IM) { \
        const double re = (RE), im = (IM); \
        yr[q + s * (radix * p + K)] = re * w##K##r - im * w##K##i; \
        yi[q + s * (radix * p + K)] = re * w##K##i + im * w##K##r; \
    }

#define MK_TWIDDLE(K) \
    const double w##K##r = roots_re[p * K * s], w##K##i = roots_im[p * K * s];

static void fourier_pass(size_t radix, size_t n, size_t s, const double *restrict roots_re,
                         const double *restrict roots_im, const double *restrict xr, const double *restrict xi,
                         double *restrict yr, double *restrict yi) {
    const size_t m = n / radix;
    const double w0r = 1, w0i = 0;
    switch (radix) {
    case 2:
        for (size_t p = 0; p < m; p++) {
            MK_TWIDDLE(1)
            for (size_t q = 0; q < s; q++) {
                MK_LOAD(0) MK_LOAD(1)
                MK_STORE(0, a0r + a1r, a0i + a1i)
                MK_STORE(1, a0r - a1r, a0i - a1i)
            }
        }
        break;
    case 3:
        for (size_t p = 0; p < m; p++) {
            MK_TWIDDLE(1) MK_TWIDDLE(2)
            const double sine = 0.86602540378443864676;  // sin(2 pi / 3)
            for (size_t q = 0; q < s; q++) {
                MK_LOAD(0) MK_LOAD(1) MK_LOAD(2)
                const double sr = a1r + a2r, si = a1i + a2i;
                const double dr = sine * (a1r - a2r), di = sine * (a1i - a2i);
                const double mr = a0r - 0.5 * sr, mi = a0i - 0.5 * si;
                MK_STORE(0, a0r + sr, a0i + si)
                MK_STORE(1, mr + di, mi - dr)
                MK_STORE(2, mr - di, mi + dr)
            }
        }
        break;
    case 4:
        for (size_t p = 0; p < m; p++) {
            MK_TWIDDLE(1) MK_TWIDDLE(2) MK_TWIDDLE(3)
            for (size_t q = 0; q < s; q++) {
                MK_LOAD(0) MK_LOAD(1) MK_LOAD(2) MK_LOAD(3)
                const double sr = a0r + a2r, si = a0i + a2i, dr = a0r - a2r, di = a0i - a2i;
                const double tr = a1r + a3r, ti = a1i + a3i, er = a1r - a3r, ei = a1i - a3i;
                MK_STORE(0, sr + tr, si + ti)
                MK_STORE(1, dr + ei, di - er)
                MK_STORE(2, sr - tr, si - ti)
                MK_STORE(3, dr - ei, di + er)
            }
        }
        break;
    case 5:
        for (size_t p = 0; p < m; p++) {
            MK_TWIDDLE(1) MK_TWIDDLE(2) MK_TWIDDLE(3) MK_TWIDDLE(4)
            // Cosines and sines of 2 pi / 5 and 4 pi / 5.
            const double c1 = 0.30901699437494742410, c2 = -0.80901699437494742410;
            const double s1 = 0.95105651629515357212, s2 = 0.58778525229247312917;
            for (size_t q = 0; q < s; q++) {
                MK_LOAD(0) MK_LOAD(1) MK_LOAD(2) MK_LOAD(3) MK_LOAD(4)
                const double ar = a1r + a4r, ai = a1i + a4i, br = a2r + a3r, bi = a2i + a3i;
                const double cr = a1r - a4r, ci = a1i - a4i, dr = a2r - a3r, di = a2i - a3i;
                const double er = a0r + c1 * ar + c2 * br, ei = a0i + c1 * ai + c2 * bi;
                const double fr = a0r + c2 * ar + c1 * br, fi = a0i + c2 * ai + c1 * bi;
                const double gr = s1 * cr + s2 * dr, gi = s1 * ci + s2 * di;
                const double hr = s2 * cr - s1 * dr, hi = s2 * ci - s1 * di;
                MK_STORE(0, a0r + ar + br, a0i + ai + bi)
                MK_STORE(1, er + gi, ei - gr)
                MK_STORE(2, fr + hi, fi - hr)
                MK_STORE(3, fr - hi, fi + hr)
                MK_STORE(4, er - gi, ei + gr)
            }
        }
        break;
    }
}

#undef MK_LOAD
#undef MK_STORE
#undef MK_TWIDDLE
