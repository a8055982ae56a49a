"""Makes the seeds of the fuzzers in Corpus/: small files that are right, one of each kind.

Run it with numpy and safetensors installed: python make_corpus.py
"""

import gzip
import json
import pathlib
import struct
import zipfile

import numpy as np
from safetensors.numpy import save

CORPUS = pathlib.Path(__file__).resolve().parent / "Corpus"
REFERENCES = CORPUS.parent.parent / "Tests/References/formats"


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
    every = REFERENCES / "types.safetensors"
    put("Safetensors", "every-type", every.read_bytes())
    for name in ["little_f4", "big_i8", "fortran_f4", "version_3", "python_2", "scalar_f8", "little_b1", "big_f2"]:
        put("NPY", name, (REFERENCES / f"{name}.npy").read_bytes())
    for name in ["savez", "deflated", "zip64_deflated", "stream"]:
        put("NPZ", name, (REFERENCES / f"{name}.npz").read_bytes())
    for name, text in {
        "one": '{"w":{"dtype":"F32","shape":[4,4],"data_offsets":[0,64]}}',
        "two": '{"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]},"b":{"shape":[8],"dtype":"I32",'
        '"data_offsets":[32,64]}}',
        "escapes": '{"__metadata__":{"\\u00e9\\ud83d\\ude00":"\\n\\"\\\\"},"w":{"dtype":"F32","shape":[16],'
        '"data_offsets":[0,64]}}  ',
        "types": '{"a":{"dtype":"BF16","shape":[8],"data_offsets":[0,16]},"b":{"dtype":"BOOL","shape":[8],'
        '"data_offsets":[16,24]},"c":{"dtype":"I64","shape":[1,5],"data_offsets":[24,64]}}',
        "skipped": '{"__metadata__":null,"w":{"x":[{"y":[1.5e3,true]},null],"dtype":"F16","shape":[32],'
        '"data_offsets":[0,64]}}',
    }.items():
        put("Header", name, text.encode())
    for name in ["checkpoint", "refused/harmful", "refused/endless"]:
        with zipfile.ZipFile(REFERENCES.parent / "pytorch" / f"{name}.pt") as archive:
            put("PyTorchFile", name.split("/")[-1], archive.read(f"{name.split('/')[-1]}/data.pkl"))
    storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0000X\x03\0\0\0cpuK\x10tQ"
    view = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x01K\x03K\x02\x86K\x05K\x01\x86\x89NtR"
    put("PyTorchFile", "view", b"\x80\x02}X\x01\0\0\0w" + view + b"s.")
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
    # All 256 bytes, so that what the fuzzer changes is read to its end.
    reference = CORPUS.parent.parent / "Tests/References/tokenizer/trained.json"
    trained = json.loads(reference.read_text())
    vocabulary, merges = trained["model"]["vocab"], trained["model"]["merges"][:2]
    trained["model"]["merges"] = merges
    trained["model"]["vocab"] = {token: n for token, n in vocabulary.items() if n < 259}
    trained["added_tokens"] = trained["added_tokens"][:1]
    put("Tokenizer", "arrays", json.dumps(trained, ensure_ascii=False, separators=(",", ":")).encode())
    trained["model"]["merges"] = [" ".join(merge) for merge in merges]
    images = REFERENCES.parent / "images"
    for name in [
        "gray1", "gray2_trns_interlaced", "gray16_trns", "palette4_trns", "palette8_interlaced", "rgb8_trns", "rgb16",
        "gray_alpha8", "rgba16_interlaced", "turned6",
    ]:
        put("PNG", name, (images / f"{name}.png").read_bytes())
    for name in ["gray", "gray_progressive", "rgb_420", "rgb_422_progressive", "rgb_restarts", "turned6", "cmyk"]:
        put("JPEG", name, (images / f"{name}.jpg").read_bytes())
    put("Tokenizer", "strings", json.dumps(trained, ensure_ascii=False, separators=(",", ":")).encode())


if __name__ == "__main__":
    main()
