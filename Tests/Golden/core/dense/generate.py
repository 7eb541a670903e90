#!/usr/bin/env python3
"""References for dense linear algebra, made by NumPy and SciPy in double precision (numpy 2.4.6, scipy 1.17.1).

Usage: python generate.py > linalg.json
Every case: name, op, inputs and outputs as {"shape": [...], "values": [...]}.
torch.json beside it holds cases of torch 2.15 computed in double precision and rounded to single: inputs, outputs,
cotangents and gradients of linear algebra, convolution, pooling and interpolation.
"""
import json
import sys

import numpy as np
import scipy.linalg as sl

rng = np.random.default_rng(11)
cases = []


def pack(x):
    x = np.asarray(x, dtype=np.float64)
    return dict(shape=list(x.shape), values=[float(v) for v in x.ravel()])


def add(name, op, inputs, outputs, **attrs):
    cases.append(dict(name=name, op=op, attrs=attrs, inputs=[pack(x) for x in inputs], outputs=[pack(y) for y in outputs]))


def normal(*shape):
    return rng.standard_normal(shape)


for n, scale in [(1, 3.0), (3, 0.01), (5, 1.0), (6, 30.0)]:
    a = normal(n, n) * scale
    add(f"exp_{n}_{scale}", "matrix_exp", [a], [sl.expm(a)])
add("exp_nilpotent", "matrix_exp", [np.diag([1e3, 1e3], 1)], [sl.expm(np.diag([1e3, 1e3], 1))])
a = normal(3, 4, 4)
add("exp_batch", "matrix_exp", [a], [sl.expm(a)])

low_rank = normal(6, 2) @ normal(2, 4)
b = normal(6, 3)
add("lstsq_tall", "lstsq", [normal(6, 4), b], []); cases[-1]["outputs"] = [pack(np.linalg.lstsq(np.array(cases[-1]["inputs"][0]["values"]).reshape(6, 4), b, rcond=None)[0])]
add("lstsq_low_rank", "lstsq", [low_rank, b], [np.linalg.lstsq(low_rank, b, rcond=None)[0]])
wide = normal(3, 5)
add("lstsq_wide", "lstsq", [wide, b[:3]], [np.linalg.lstsq(wide, b[:3], rcond=None)[0]])
add("pinv_low_rank", "pinv", [low_rank], [np.linalg.pinv(low_rank, rcond=6 * np.finfo(float).eps)])
add("pinv_wide", "pinv", [wide], [np.linalg.pinv(wide)])
add("pinv_zero", "pinv", [np.zeros((2, 3))], [np.zeros((3, 2))])
add("rank_low", "matrix_rank", [low_rank], [np.linalg.matrix_rank(low_rank)])
add("rank_full", "matrix_rank", [wide], [3])
add("rank_zero", "matrix_rank", [np.zeros((3, 3))], [0])
add("cond", "cond", [wide], [np.linalg.cond(wide)])

for n in [1, 2, 5, 8]:
    a = normal(n, n)
    add(f"det_{n}", "det", [a], [np.linalg.det(a)])
    sign, log = np.linalg.slogdet(a)
    add(f"slogdet_{n}", "slogdet", [a], [sign, log])
    values = np.linalg.eigvals(a)
    values = values[np.lexsort((values.imag.round(9), values.real.round(9)))]
    add(f"eigvals_{n}", "eigvals", [a], [values.real, values.imag])
big = normal(40, 40) * 1e12
sign, log = np.linalg.slogdet(big)
add("slogdet_overflowing", "slogdet", [big], [sign, log])
batch = normal(2, 3, 4, 4)
add("det_batch", "det", [batch], [np.linalg.det(batch)])
add("det_singular", "det", [np.ones((3, 3))], [0])

a = normal(4, 6)
for norm, order in [("frobenius", "fro"), ("nuclear", "nuc"), ("spectral", 2), ("one", 1), ("infinity", np.inf)]:
    add(f"norm_{norm}", "matrix_norm", [a], [np.linalg.norm(a, order)], norm=norm)
a = normal(4, 4)
for power in [-3, -1, 0, 1, 2, 7]:
    add(f"power_{power}", "matrix_power", [a], [np.linalg.matrix_power(a, power)], power=power)
x = normal(3, 20)
add("cov_0", "cov", [x], [np.cov(x, ddof=0)], correction=0)
add("cov_1", "cov", [x], [np.cov(x)], correction=1)
add("corrcoef", "corrcoef", [x], [np.corrcoef(x)])
add("kron_ranks", "kron", [normal(2, 3), normal(2)], []); cases[-1]["outputs"] = [pack(np.kron(*[np.array(i["values"]).reshape(i["shape"]) for i in cases[-1]["inputs"]]))]
json.dump(dict(numpy=np.__version__, cases=cases), sys.stdout, separators=(",", ":"))
