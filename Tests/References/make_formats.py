"""Makes the files in formats/: small arrays as numpy and safetensors write them, in every type that they share.

Usage:  make_formats.py [--check]      Needs numpy and safetensors; --check compares the files with a new run, byte for byte.

`expected.safetensors` has the numbers of each .npy file as F64, under its name without the extension. Each .npz file has
the arrays of ARCHIVE, but for those with others in their name; `types.safetensors` has the same numbers in every type.
"""

import argparse
import io
import pathlib
import struct
import sys
import zipfile

import numpy as np
from safetensors import TensorSpec, serialize
from safetensors.numpy import save

DIRECTORY = pathlib.Path(__file__).resolve().parent / "formats"

INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]
ARCHIVE = {
    "x": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
    "labels": np.array([3, 1, 2], np.int64),
    "flags": np.array([[True], [False]]),
    "scalar": np.float64(2.5),
    "größe": np.array([7], np.uint8),
}


def numbers(kind: str) -> np.ndarray:
    """The same six numbers in every type that has them, with the limits of the small integers."""
    if kind == "b1":
        return np.array([[True, False, True], [False, False, True]])
    if kind.startswith("f"):
        return np.array([[0, 1.5, -2], [0.1, np.inf, -np.inf]], kind)
    limits = np.iinfo(kind)
    low, high = max(limits.min, -(2**31)), min(limits.max, 2**31 - 1)
    return np.array([[0, 1, 2], [3, low, high]], kind)


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), version=version)
    return file.getvalue()


def by_hand(text: str, body: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + body


def arrays() -> dict[str, tuple[bytes, np.ndarray]]:
    """The .npy files: bytes and what they hold."""
    files = {}

    def put(name: str, array: np.ndarray, version: tuple[int, int] | None = None) -> None:
        files[name] = (npy(array, version), array)

    for kind in ["b1", *INTEGERS, "f2", "f4", "f8"]:
        put(f"little_{kind}", numbers(kind))
    for kind in ["i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]:
        put(f"big_{kind}", numbers(kind).astype(">" + kind))
    cube = np.arange(24).reshape(2, 3, 4)
    put("fortran_f4", np.asfortranarray(cube.astype("<f4")))
    put("fortran_big_i8", np.asfortranarray(cube.astype(">i8")))
    put("fortran_u1", np.asfortranarray(numbers("u1")))
    put("fortran_row", np.asfortranarray(np.arange(5.0)))
    for version in [(1, 0), (2, 0), (3, 0)]:
        put(f"version_{version[0]}", numbers("f4"), version)
    put("scalar_f8", np.array(1.25))
    put("scalar_i8", np.array(-7))
    put("empty_f4", np.zeros((0, 3), np.float32))
    put("empty_u1", np.zeros((2, 0, 5), np.uint8))
    put("one_axis", np.arange(7, dtype=np.int16))
    put("six_axes", np.arange(64, dtype=np.uint16).reshape(2, 2, 2, 2, 2, 2))
    put("many", (np.arange(3000, dtype=np.int64) % 257).reshape(30, 100)[:, :40].copy())
    half = np.arange(0, 2**16, 37, dtype=np.uint16).view(np.float16)
    put("half", half[~np.isnan(half)][:900])
    small = np.array([[1, 2], [3, 4]], "<i4")
    files["python_2"] = (
        by_hand("{'descr': '<i4', 'fortran_order': False, 'shape': (2L, 2L), }          \n", small.tobytes()), small)
    files["other_quotes"] = (
        by_hand('{"shape":(4,),"fortran_order":True,"descr":"|i1"}', bytes([1, 2, 3, 255])),
        np.array([1, 2, 3, -1], np.int8))
    return files


def archive(names: list[str], compression: int, limit: int | None = None, stream: bool = False) -> bytes:
    """A zip archive as Python writes it: with records of ZIP64 for sizes above a limit, or to a pipe, with descriptors."""
    before = zipfile.ZIP64_LIMIT
    zipfile.ZIP64_LIMIT = limit or before

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_):
            raise OSError

        def tell(self):
            raise OSError

    file = Pipe() if stream else io.BytesIO()
    try:
        with zipfile.ZipFile(file, "w", compression) as zipped:
            for name in names:
                member = zipfile.ZipInfo(f"{name}.npy")
                member.compress_type = compression
                with zipped.open(member, "w", force_zip64=limit is not None) as part:
                    part.write(npy(ARCHIVE[name]))
            zipped.comment = b"" if limit else b"a comment"
    finally:
        zipfile.ZIP64_LIMIT = before
    return file.getvalue()


def archives() -> dict[str, bytes]:
    names = list(ARCHIVE)
    files = {}
    for name, function in {"savez": np.savez, "savez_compressed": np.savez_compressed}.items():
        file = io.BytesIO()
        function(file, **ARCHIVE)
        files[name] = file.getvalue()
    files["stored"] = archive(names, zipfile.ZIP_STORED)
    files["deflated"] = archive(names, zipfile.ZIP_DEFLATED)
    files["zip64"] = archive(names, zipfile.ZIP_STORED, limit=1)
    files["zip64_deflated"] = archive(names, zipfile.ZIP_DEFLATED, limit=1)
    files["stream"] = archive(names, zipfile.ZIP_STORED, stream=True)
    files["stream_deflated"] = archive(names, zipfile.ZIP_DEFLATED, stream=True)
    files["stream_zip64"] = archive(names, zipfile.ZIP_DEFLATED, limit=1, stream=True)
    return files


def every_type() -> bytes:
    """One tensor of each type of the format that Strata reads, and some of those that it does not."""
    kinds = {
        "bool": "b1", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
        "int64": "i8", "uint64": "u8", "float16": "f2", "float32": "f4", "float64": "f8",
    }
    tensors = {name: (numbers(kind), name) for name, kind in kinds.items()}
    tensors["bfloat16"] = ((numbers("f4").view(np.uint32) >> 16).astype(np.uint16), "bfloat16")
    tensors["num_batches_tracked"] = (np.array(1000), "int64")
    for name in ["float8_e4m3fn", "float8_e5m2"]:
        tensors[name] = (np.array([0x38, 0, 0xB8, 0x3C], np.uint8), name)
    specs = {
        name: TensorSpec(dtype=dtype, shape=list(array.shape), data_ptr=array.ctypes.data, data_len=array.nbytes)
        for name, (array, dtype) in tensors.items()
    }
    return bytes(serialize(specs, {"format": "pt"}))


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the files of formats/, or checks them.")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check
    files = {f"{name}.npy": data for name, (data, _) in arrays().items()}
    files |= {f"{name}.npz": data for name, data in archives().items()}
    files["types.safetensors"] = every_type()
    files["expected.safetensors"] = save(
        {name: np.ascontiguousarray(array, np.float64).reshape(array.shape) for name, (_, array) in arrays().items()})
    DIRECTORY.mkdir(exist_ok=True)
    other = []
    for name, data in files.items():
        path = DIRECTORY / name
        if check:
            other += [] if path.exists() and path.read_bytes() == data else [name]
        else:
            path.write_bytes(data)
    print(f"{len(files)} files, {sum(map(len, files.values()))} bytes" + (f"; others: {other}" if other else ""))
    return 1 if other else 0


if __name__ == "__main__":
    sys.exit(main())
