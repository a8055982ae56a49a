"""Makes the seeds of the fuzzers in Corpus/: small files that are right, one of each kind.

Run it with numpy and safetensors installed: python make_corpus.py
"""

import gzip
import pathlib
import struct

import numpy as np
from safetensors.numpy import save

CORPUS = pathlib.Path(__file__).resolve().parent / "Corpus"


def idx(code: int, shape: list[int], payload: bytes) -> bytes:
    return bytes([0, 0, code, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape) + payload


def raw(blob: bytes) -> bytes:
    """What follows the ten bytes of a gzip header."""
    return gzip.compress(blob, mtime=0)[10:]


def put(target: str, name: str, blob: bytes) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(blob)


def f32(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def main() -> None:
    kinds = {"ubyte": (8, 1), "sbyte": (9, 1), "short": (11, 2), "int": (12, 4), "float": (13, 4), "double": (14, 8)}
    for name, (code, size) in kinds.items():
        put("IDX", name, idx(code, [2, 3], bytes(range(6)) * size))
    put("IDX", "empty", idx(8, [0, 28, 28], b""))
    put("IDX", "gzipped", gzip.compress(idx(8, [4], b"abcd"), mtime=0))
    whole = idx(8, [300], bytes(300))
    put("Gzip", "one-member", raw(whole))
    put("Gzip", "two-members", raw(whole[:20]) + gzip.compress(whole[20:], mtime=0))
    put("Gzip", "stored", gzip.compress(whole, compresslevel=0, mtime=0)[10:])
    images, labels = idx(8, [2, 2, 3], bytes(12)), idx(8, [2], bytes([0, 9]))
    put("MNIST", "two-images", struct.pack(">H", len(images)) + images + labels)
    zipped = gzip.compress(images, mtime=0)
    put("MNIST", "gzipped", struct.pack(">H", len(zipped)) + zipped + gzip.compress(labels, mtime=0))
    tensors = {"w": f32(2, 3), "b": np.ones(2), "n": np.ones([1], np.int32), "empty": f32(0, 4), "scalar": f32()}
    for name, blob in {
        "types": save(tensors), "metadata": save({"w": f32(1)}, {"format": "pt", "ü": "\"\\\n"}), "nothing": save({}),
    }.items():
        put("Safetensors", name, blob)
    for name, text in {
        "one": '{"w":{"dtype":"F32","shape":[4,4],"data_offsets":[0,64]}}',
        "two": '{"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]},"b":{"shape":[8],"dtype":"I32",'
        '"data_offsets":[32,64]}}',
        "escapes": '{"__metadata__":{"\\u00e9\\ud83d\\ude00":"\\n\\"\\\\"},"w":{"dtype":"F32","shape":[16],'
        '"data_offsets":[0,64]}}  ',
    }.items():
        put("Header", name, text.encode())
    model = {
        "0.weight": f32(1, 2), "0.bias": f32(2), "1.weight": f32(2), "1.bias": f32(2), "1.runningMean": f32(2),
        "1.runningVariance": f32(2),
    }
    put("Model", "another-framework", save(model))
    put("Model", "with-stream", save(model | {"2.stream": np.array([3, 0], np.int32)}))
    for name, text in {
        "plain": "a,b,c\n1,2.5,x\n-2,1e-3,y\n", "quoted": 'a;"b "" c"\r\n"x\r\ny";NA\r\n',
        "decimals": "\ufeffa\tb\n0.12345678901234567890\t\n9223372036854775807\t1e300\n",
    }.items():
        put("CSV", name, text.encode())
    memory = {"weight.mean": f32(1, 1), "weight.square": f32(1, 1), "weight.step": np.array([7], np.int32)}
    put("Optimizer", "adam", save(memory))


if __name__ == "__main__":
    main()
