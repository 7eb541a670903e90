#!/usr/bin/env python3
"""References for Fourier transforms, made by numpy.fft in double precision (numpy 2.4.6).

Usage: python generate.py > fft.json
Inputs of one length are normal deviates rounded to five digits, real and imaginary parts one after the other.
"""
import json
import sys

import numpy as np

rng = np.random.default_rng(5)
cases = []


def flat(x):
    return [float(v) for v in np.asarray(x, dtype=np.float64).ravel()]


def add(name, op, x, y, **attrs):
    x, y = np.asarray(x), np.asarray(y)
    cases.append(dict(
        name=name, op=op, attrs=attrs,
        inputs=[dict(shape=list(x.shape), values=flat(x.real)), dict(shape=list(x.shape), values=flat(x.imag))],
        outputs=[dict(shape=list(y.shape), values=flat(y.real)), dict(shape=list(y.shape), values=flat(y.imag))]))


def normal(*shape):
    return np.round(rng.standard_normal(shape) + 1j * rng.standard_normal(shape), 5)


for n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 20, 25, 27, 30, 31, 49, 60, 64, 97, 100, 125, 128]:
    z = normal(n)
    add(f"fft_{n}", "fft", z, np.fft.fft(z))
    add(f"rfft_{n}", "rfft", z.real, np.fft.rfft(z.real))
    half = normal(n // 2 + 1)
    add(f"irfft_{n}", "irfft", half, np.fft.irfft(half, n), count=n)
for n in [13, 24]:
    z = normal(n)
    for norm in ["backward", "ortho", "forward"]:
        add(f"fft_{n}_{norm}", "fft", z, np.fft.fft(z, norm=norm), norm=norm)
        add(f"ifft_{n}_{norm}", "ifft", z, np.fft.ifft(z, norm=norm), norm=norm)
        add(f"rfft_{n}_{norm}", "rfft", z.real, np.fft.rfft(z.real, norm=norm), norm=norm)
        add(f"irfft_{n}_{norm}", "irfft", z, np.fft.irfft(z, norm=norm), norm=norm)
z = normal(3, 10, 4)
for axis in [0, 1, 2]:
    for count in [None, 7, 12]:
        attrs = dict(axis=axis) if count is None else dict(axis=axis, count=count)
        add(f"fft_axis{axis}_{count}", "fft", z, np.fft.fft(z, count, axis), **attrs)
        add(f"rfft_axis{axis}_{count}", "rfft", z.real, np.fft.rfft(z.real, count, axis), **attrs)
        add(f"irfft_axis{axis}_{count}", "irfft", z, np.fft.irfft(z, count, axis), **attrs)
json.dump(dict(numpy=np.__version__, cases=cases), sys.stdout, separators=(",", ":"))
