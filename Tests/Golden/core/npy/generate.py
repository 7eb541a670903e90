"""Writes the .npy and .npz reference files of this folder. Needs NumPy 2.4; run it in this folder."""

import zipfile
from pathlib import Path

import numpy as np

here = Path(__file__).parent
matrix = np.array([[0, 1, 2], [3, 4, 120]])

kinds = ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
for kind in kinds:
    values = matrix % 2 if kind == "b1" else matrix
    np.save(here / f"matrix_{kind}.npy", values.astype(kind))
    if np.dtype(kind).itemsize > 1:
        np.save(here / f"big_endian_{kind}.npy", values.astype(">" + kind))

np.save(here / "scalar.npy", np.float64(2.5))
np.save(here / "vector.npy", np.arange(5, dtype="f4") / 4)
np.save(here / "empty.npy", np.zeros((0, 3), "f4"))
cube = np.arange(24, dtype="i4").reshape(2, 3, 4)
np.save(here / "cube.npy", cube)
np.save(here / "cube_fortran.npy", np.asfortranarray(cube))
np.save(here / "special_f4.npy", np.array([np.nan, np.inf, -np.inf, -0.0, 1e-40, 3.4e38], "f4"))
for major in (2, 3):
    with open(here / f"version_{major}.npy", "wb") as file:
        np.lib.format.write_array(file, matrix.astype("f4"), version=(major, 0))

arrays = {"weights": np.arange(6000, dtype="f4").reshape(60, 100) % 7, "steps": np.int64(12), "flags": cube > 11}
np.savez(here / "stored.npz", **arrays)
np.savez_compressed(here / "deflated.npz", **arrays)

# Every size and offset in the 64-bit extension, as in an archive above 4 GiB.
zipfile.ZIP64_LIMIT = 10
np.savez_compressed(here / "zip64.npz", **arrays)
