#!/usr/bin/env python3
"""Reference values for subscripts, gather and scatter, joining, sorting, running reductions, einsum and printing.

torch.json: cases about these operations out of a larger set computed by torch 2.15.0 in float64 from float32 inputs.
numpy.json: computed here with NumPy 2.4.6; printing.json: NumPy's own text at precision 4.

Usage: make_cases.py FOLDER_WITH_OPS_SAFETENSORS   (writes next to this file; without an argument only the NumPy cases)
"""
import json, os, struct, sys
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def encode(x):
    x = np.asarray(x)

    def number(v):
        if x.dtype == bool or x.dtype.kind in "iu":
            return int(v)
        v = float(v)
        if v != v:
            return "nan"
        if v in (float("inf"), float("-inf")):
            return "inf" if v > 0 else "-inf"
        return v

    return dict(shape=list(x.shape), dtype=str(x.dtype), data=[number(v) for v in x.ravel()])


def torch_cases(folder):
    raw = open(os.path.join(folder, "ops.safetensors"), "rb").read()
    size, = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + size])
    types = dict(F32="<f4", F64="<f8", I64="<i8", I32="<i4", U8="u1", BOOL="?")

    def tensor(key):
        entry = header[key]
        begin, end = entry["data_offsets"]
        return np.frombuffer(raw[8 + size + begin:8 + size + end], types[entry["dtype"]]).reshape(entry["shape"])

    wanted = set("""one_hot tril triu diag_embed meshgrid slice narrow select index_select gather scatter_add scatter
        index_add masked_fill masked_select nonzero embedding cat stack split chunk repeat repeat_interleave pad roll
        sort topk unique searchsorted histc bincount median quantile cumsum cumprod cummax logcumsumexp einsum
        flip_then_sub diagonal trace unfold add_of_transposed mul_of_strided_slice""".split())
    cases = []
    for case in json.load(open(os.path.join(folder, "ops.index.json")))["cases"]:
        if case["op"] not in wanted:
            continue
        name = case["name"]
        grads = {str(i): encode(tensor(f"{name}/grad{i}")) for i in case["grads"]}
        cots = [encode(tensor(f"{name}/cot{j}")) for j, o in enumerate(case["outputs"]) if o.get("cot")]
        keep = case["op"] in ("embedding", "pad")
        cases.append(dict(
            name=name, op=case["op"], attrs=case["attrs"], rtol=case["rtol"], atol=case["atol"],
            inputs=[encode(tensor(f"{name}/in{i}")) for i in range(len(case["inputs"]))],
            outputs=[encode(tensor(f"{name}/out{j}")) for j in range(len(case["outputs"]))],
            cotangents=cots if keep else [], gradients=grads if keep else {}))
    return cases


rng = np.random.default_rng(7)
cases = []


def add(name, op, inputs, outputs, attrs=None, rtol=2e-6, atol=1e-6):
    cases.append(dict(name=name, op=op, attrs=attrs or {}, rtol=rtol, atol=atol, inputs=[encode(x) for x in inputs],
                      outputs=[encode(x) for x in outputs], cotangents=[], gradients={}))


def subscript(name, a, spec, tensors=()):
    """spec: ints, "...", "new", [from, to, step], or {"input": i} for a tensor of indices or a mask."""
    index = []
    for s in spec:
        if s == "...": index.append(Ellipsis)
        elif s == "new": index.append(None)
        elif isinstance(s, list): index.append(slice(*s))
        elif isinstance(s, dict): index.append(tensors[s["input"]])
        else: index.append(s)
    index = tuple(index)
    part = a[index]
    add(f"get {name}", "subscript", [a, *tensors], [part], dict(index=spec))
    value = (rng.integers(100, 200, part.shape)).astype(a.dtype)
    b = a.copy(); b[index] = value
    add(f"set {name}", "subscript_set", [a, value, *tensors], [b], dict(index=spec))
    c = a.copy(); c[index] = 77
    add(f"fill {name}", "subscript_set", [a, np.asarray(77, a.dtype), *tensors], [c], dict(index=spec))


A = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
I = lambda *x: np.array(x, dtype=np.int64)
subscript("first", A, [1]); subscript("last", A, [-1]); subscript("element", A, [1, 2, 3]); subscript("range", A, [[1, 3, 1]])
subscript("steps", A, ["...", [0, None, 2]]); subscript("backwards", A, [[None, None, -1], [3, 0, -2]])
subscript("backwards to the start", A, [[None, None, 1], [None, None, -3]]); subscript("ellipsis", A, ["...", -1])
subscript("ellipsis between", A, [0, "...", [1, 4, 1]]); subscript("new axes", A, ["new", [None, None, 1], "new", 2])
subscript("empty range", A, [[1, 1, 1]]); subscript("empty ellipsis", A, [1, 2, "...", 3])
subscript("rows", A, [{"input": 0}], [I(2, 0, 2)]); subscript("rows from the end", A, [{"input": 0}], [I(-1, -3)])
subscript("matrix of rows", A, [{"input": 0}], [I(0, 1, 2, 0).reshape(2, 2)])
subscript("columns", A, [[None, None, 1], {"input": 0}], [I(3, 1)]); subscript("last axis", A, ["...", {"input": 0}], [I(4, 0, 1)])
subscript("two tensors", A, [{"input": 0}, {"input": 1}], [I(0, 1, 2), I(3, 2, 1)])
subscript("two tensors inside", A, [[None, None, 1], {"input": 0}, {"input": 1}], [I(0, 1, 3), I(3, 2, 1)])
subscript("broadcast tensors", A, [{"input": 0}, {"input": 1}], [I(0, 2).reshape(2, 1), I(3, 2, 1)])
subscript("separated", A, [{"input": 0}, [1, 3, 1], {"input": 1}], [I(0, 1), I(4, 2)])
subscript("separated by a new axis", A, [{"input": 0}, "new", {"input": 1}], [I(0, 1), I(3, 2)])
subscript("integer beside a tensor", A, [1, {"input": 0}], [I(3, 0)])
subscript("integer apart from a tensor", A, [0, [None, None, 1], {"input": 0}], [I(3, 0)])
subscript("integer behind a tensor", A, [[None, None, 1], {"input": 0}, 2], [I(3, 0)])
subscript("tensor then backwards", A, [{"input": 0}, [None, None, -1]], [I(1, 1, 0)])
subscript("no rows", A, [{"input": 0}], [np.zeros(0, np.int64)])
subscript("scalar tensor", A, [{"input": 0}], [np.array(1)])
subscript("full mask", A, [{"input": 0}], [A % 7 == 3]); subscript("row mask", A, [{"input": 0}], [np.array([True, False, True])])
subscript("matrix mask", A, [{"input": 0}, [1, 4, 1]], [(A[:, :, 0] % 3 == 0)])
subscript("inner mask", A, [[None, None, 1], {"input": 0}], [np.array([False, True, True, False])])
subscript("mask and tensor", A, [{"input": 0}, {"input": 1}], [np.array([True, False, True]), I(1, 3)])
subscript("empty mask", A, [{"input": 0}], [np.zeros((3, 4), bool)])
subscript("mask at the end", A, [1, {"input": 0}], [A[1] % 2 == 0])

X = rng.normal(size=(3, 4)).astype(np.float32)
ids = rng.integers(-4, 4, (3, 2))
add("take_along", "take_along", [X, ids], [np.take_along_axis(X, ids, 1)], dict(dim=1))
add("take_along_broadcast", "take_along", [X, ids[:1]], [np.take_along_axis(X, np.broadcast_to(ids[:1], (3, 2)), 1)], dict(dim=1))
Y = X.copy(); np.put_along_axis(Y, ids, 9, 1); add("put_along", "put_along", [X, ids, np.float32(9)], [Y], dict(dim=1))

src = rng.integers(-3, 4, (3, 5)).astype(np.float32); where = rng.integers(0, 4, (3, 5))
for reduction in ["sum", "product", "maximum", "minimum", "mean"]:
    for own in [True, False]:
        Z = X.astype(np.float64).copy()
        for i in range(3):
            for target in range(4):
                vals = [float(src[i, j]) for j in range(5) if where[i, j] == target]
                if not vals: continue
                if own: vals = [float(X[i, target])] + vals
                Z[i, target] = dict(sum=np.sum, product=np.prod, maximum=np.max, minimum=np.min, mean=np.mean)[reduction](vals)
        add(f"scatter_reduce {reduction} {own}", "scatter_reduce", [X, where, src], [Z.astype(np.float32)], dict(dim=1, reduction=reduction, own=own))
Z = X.copy()
for a, b_ in zip([2, 0, 2], range(3)): Z[:, a] += src[:, b_]
add("index_add columns", "index_add", [X, I(2, 0, 2), src[:, :3]], [Z], dict(dim=1))

for mode in ["constant", "reflect", "edge", "wrap"]:
    x = rng.normal(size=(2, 3, 4)).astype(np.float32)
    add(f"pad {mode}", "pad", [x], [np.pad(x, [(0, 0), (2, 1), (1, 3)], mode=mode)],
        dict(pad=[1, 3, 2, 1], mode=dict(edge="replicate", wrap="circular").get(mode, mode), value=0))
for reps in [[2], [3, 1, 2], [0, 2], [2, 2, 1, 3]]:
    x = np.arange(6, dtype=np.int32).reshape(2, 3) if len(reps) > 1 else np.arange(3, dtype=np.int32)
    add(f"tile {reps}", "repeat", [x], [np.tile(x, reps)], dict(reps=reps))
x = np.arange(24).reshape(2, 3, 4)
for shift, axis in [(1, 0), (-1, 2), (7, 1), (-9, 2), (0, 1)]: add(f"roll {shift} {axis}", "roll", [x], [np.roll(x, shift, axis)], dict(shift=shift, dim=axis))
for axes in [[0], [1, 2], [0, 1, 2], [-1]]: add(f"flip {axes}", "flip", [x], [np.flip(x, axes)], dict(dims=axes))
add("repeat counts", "repeat_counts", [x, I(2, 0, 3)], [np.repeat(x, [2, 0, 3], 1)], dict(dim=1))

for t in [np.float32, np.float64, np.int32, np.int64, np.uint8]:
    for size in [0, 1, 7, 300] + [2000] * (t == np.float64):
        x = rng.integers(0, 90, size).astype(t) if t == np.uint8 else rng.integers(-40, 50, size).astype(t)
        if x.dtype.kind == "f": x = x / t(4); x[::11] = np.nan; x[3::50] = np.inf; x[5::50] = -np.inf; x[6::30] = -0.0
        add(f"sort {np.dtype(t)} {size}", "sort", [x], [np.sort(x), np.argsort(x, kind="stable")], dict(dim=0, descending=False))
        if size: add(f"unique {np.dtype(t)} {size}", "unique", [x], list(np.unique(x, return_inverse=True, return_counts=True)))
x = rng.normal(size=(3, 4, 2)).astype(np.float32)
add("sort middle axis", "sort", [x], [np.sort(x, 1), np.argsort(x, 1, kind="stable")], dict(dim=1, descending=False))
x = np.sort(rng.integers(0, 20, 15)).astype(np.float32); v = np.array([[-1, 0, 5.5, 19], [20, 7, np.inf, np.nan]], np.float32)
for side in ["left", "right"]: add(f"searchsorted {side}", "searchsorted", [x, v], [np.searchsorted(x, v, side)], dict(right=side == "right"))
x = rng.normal(size=1000)
for bins in [1, 7, 50]:
    h, e = np.histogram(x, bins); add(f"histogram {bins}", "histogram", [x], [h, e], dict(bins=bins))
h, e = np.histogram(x, 9, (-1.0, 1.25)); add("histogram range", "histogram", [x], [h, e], dict(bins=9, range=[-1.0, 1.25]))
x = rng.normal(size=(4, 9))
for axis in [0, 1]:
    q = [0, 0.25, 1 / 3, 0.5, 1]; add(f"quantile {axis}", "quantile_axis", [x], [np.quantile(x, q, axis)], dict(q=q, dim=axis))
for shape, axis in [((4, 5), 0), ((4, 5), 1), ((2, 3, 4), 1), ((0, 3), 0), ((1,), 0)]:
    x = rng.normal(size=shape)
    add(f"cumsum {shape} {axis}", "cumsum", [x], [np.cumsum(x, axis)], dict(dim=axis))
    add(f"cumprod {shape} {axis}", "cumprod", [x], [np.cumprod(x, axis)], dict(dim=axis))
    if x.size: add(f"cummax {shape} {axis}", "cummax", [x], [np.maximum.accumulate(x, axis)], dict(dim=axis))
    if x.size: add(f"cummin {shape} {axis}", "cummin", [x], [np.minimum.accumulate(x, axis)], dict(dim=axis))
    add(f"logcumsumexp {shape} {axis}", "logcumsumexp", [x * 300], [np.logaddexp.accumulate(x * 300, axis) if x.size else x], dict(dim=axis), rtol=1e-12)
x = np.array([1, np.nan, 3, 2.0]); add("cummax nan", "cummax", [x], [np.maximum.accumulate(x)], dict(dim=0))
for a, b_, s in [(0, 10, 3), (5, -3, -2), (0, 1, 0.1), (2, 2, 1), (3, 0, 1), (1, 2.5, 0.5)]:
    add(f"arange {a} {b_} {s}", "arange", [], [np.arange(a, b_, s, dtype=np.float64)], dict(start=a, stop=b_, step=s))
for a, b_, c in [(0, 1, 5), (3, -3, 7), (0, 1, 1), (0.1, 0.7, 0), (-1, 1, 2)]: add(f"linspace {a} {b_} {c}", "linspace", [], [np.linspace(a, b_, c)], dict(start=a, stop=b_, count=c))
for r, c in [(3, 3), (2, 4), (4, 2), (0, 0)]: add(f"eye {r} {c}", "eye", [], [np.eye(r, c)], dict(rows=r, columns=c))
for k in [-2, 0, 3]:
    add(f"tril {k}", "tril", [np.ones((2, 3, 4), np.int32)], [np.tril(np.ones((2, 3, 4), np.int32), k)], dict(diagonal=k))
    add(f"triu {k}", "triu", [np.ones((2, 3, 4), np.int32)], [np.triu(np.ones((2, 3, 4), np.int32), k)], dict(diagonal=k))
for eq, shapes in [("ij,jk", [(2, 3), (3, 4)]), ("ba,ab", [(2, 3), (3, 2)]), ("ii", [(3, 3)]), ("iij->ji", [(3, 3, 2)]), ("b...,b->b...", [(2, 3, 4), (2,)]),
                   ("...i,...i->...", [(3, 1, 4), (5, 4)]), ("...,...", [(2, 1), (3,)]), ("i->", [(0,)]), ("ij,jk->ik", [(2, 0), (0, 3)]), ("a,b,c->cab", [(2,), (3,), (4,)]),
                   ("ijk,jil->kl", [(2, 3, 4), (3, 2, 5)]), ("ij,ij->ij", [(2, 3), (2, 3)]), ("bi,bi->b", [(2, 3), (2, 3)]), ("ij,kl->", [(2, 3), (4, 2)]), (" i j , j ", [(2, 3), (3,)]),
                   ("ea,fb,abcd,gc,hd->efgh", [(2, 3), (2, 3), (3, 3, 3, 3), (2, 3), (2, 3)]), (",i->i", [(), (3,)]), ("iji->j", [(2, 3, 2)]), ("iiii", [(2, 2, 2, 2)])]:
    xs = [rng.normal(size=s) for s in shapes]
    add(f"einsum {eq} {shapes}", "einsum", xs, [np.einsum(eq, *xs)], dict(equation=eq), rtol=1e-10, atol=1e-12)

texts = []
np.set_printoptions(precision=4)


def text(x): texts.append(dict(input=encode(x), text=str(x)))


f = np.float32
for x in [np.array([1, 2.5, 3.14159265], f), np.array([1.0, 2, 3]), np.array([0.1, 0.2, 0.3], f), np.array([1e-5, 1.0], f), np.array([1e9, 1.0]),
          np.array([1e6, 2e6], f), np.array([999999.0], f), np.array([1e7, 2e7]), np.array([0.0001, 0.05], f), np.array([0.5, 600.0]), np.array([0.5, 500.0]),
          np.array([np.nan, 1.5, -np.inf], f), np.array([np.nan, np.nan]), np.array([np.inf, -np.inf]), np.array([-0.0, 0.0]), np.array([0.99996, -0.00004 + 1]),
          np.array([1e-10, np.nan, -1e10]), np.array([1e100, 1e-100]), np.array([1.23456789e-7, 5.0], f), np.array([[1, 2], [3, 40]]), np.array([[-1, 200], [3, 4]], np.int32),
          np.array([True, False]), np.array([[True], [True]]), np.zeros((0,), f), np.zeros((2, 0), f), np.arange(24).reshape(2, 3, 4), np.arange(1001), np.arange(2000).reshape(40, 50),
          np.arange(4000).reshape(10, 4, 100), np.linspace(0, 1, 30), rng.normal(size=(3, 4)), rng.normal(size=(2, 2, 3)).astype(f) * 100, rng.normal(size=(5, 30)).astype(f),
          rng.normal(size=(3000,)), rng.normal(size=(1, 2, 3, 2)).astype(f), np.array([[250, 3]], np.uint8), np.array([2.5, 0.125, 0.0625 / 2]), np.array([0.00005, 0.00015]) + 1,
          np.arange(100), np.array([123456.789, 1000.5]), np.array([65504.0, 1.0], np.float16), np.array([0.1, 2.25], np.float16), np.array([5e-324]), np.array([1.7976931348623157e308]),
          np.zeros((3, 500), bool), np.array([100.0, 0.1], f), np.array([16777216.0], f), np.array([-1.5, 22.25, 333.125])]:
    text(x)

json.dump(cases, open(os.path.join(HERE, "numpy.json"), "w"), separators=(",", ":"))
json.dump(texts, open(os.path.join(HERE, "printing.json"), "w"), separators=(",", ":"))
if len(sys.argv) > 1:
    json.dump(torch_cases(sys.argv[1]), open(os.path.join(HERE, "torch.json"), "w"), separators=(",", ":"))
print(len(cases), len(texts))
