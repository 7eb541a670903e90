"""Writes the safetensors reference files of this folder. Needs safetensors 0.8, ml_dtypes 0.5 and NumPy; run it in this folder."""

from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors import TensorSpec, serialize

here = Path(__file__).parent
values = np.arange(6).reshape(2, 3)


kept = []


def tensor(array, dtype):
    array = np.ascontiguousarray(array).reshape(array.shape)
    kept.append(array)  # the specification holds an address only
    return TensorSpec(dtype=dtype, shape=list(array.shape), data_ptr=array.ctypes.data, data_len=array.nbytes)


bfloat16 = (values.astype("f4").view("u4") >> 16).astype("u2")
tensors = {
    "z.f32": tensor(values.astype("f4"), "float32"),
    "a.f32": tensor(values.astype("f4") / 4, "float32"),
    "B.f32": tensor(np.zeros((0, 3), "f4"), "float32"),
    "f64": tensor(values.astype("f8"), "float64"),
    "f16": tensor(values.astype("f2"), "float16"),
    "bf16": tensor(bfloat16, "bfloat16"),
    "i64": tensor(values.astype("i8"), "int64"),
    "i32": tensor(values.astype("i4"), "int32"),
    "i16": tensor(values.astype("i2"), "int16"),
    "i8": tensor(values.astype("i1"), "int8"),
    "u64": tensor(values.astype("u8"), "uint64"),
    "u32": tensor(values.astype("u4"), "uint32"),
    "u16": tensor(values.astype("u2"), "uint16"),
    "u8": tensor(values.astype("u1"), "uint8"),
    "bool": tensor(values % 2 == 1, "bool"),
    'quote " back\\slash \u00e9\n': tensor(np.float32(7).reshape(()), "float32"),
}
(here / "all_types.safetensors").write_bytes(serialize(tensors, {"format": "pt"}))

every = np.arange(256, dtype="u1")
float8 = {
    "e4m3": tensor(every, "float8_e4m3fn"),
    "e5m2": tensor(every, "float8_e5m2"),
    "e4m3.values": tensor(every.view(ml_dtypes.float8_e4m3fn).astype("f4"), "float32"),
    "e5m2.values": tensor(every.view(ml_dtypes.float8_e5m2).astype("f4"), "float32"),
}
(here / "float8.safetensors").write_bytes(serialize(float8))
