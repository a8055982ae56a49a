#!/usr/bin/env python3
"""Makes the files in images/: small PNG and JPEG files of every kind, and what is to be read of them.

Usage:  make_images.py [--check]      Needs Pillow, numpy, torch and safetensors; --check compares the files with a new run.

PIL cannot write most kinds of PNG, so this script does; what PIL reads of each is compared with the expected samples (of 16
bits PIL reads the upper 8). `expected.safetensors` has for each file, under its name, the samples [C, H, W] that its image
has upright; for JPEG files those that PIL decodes. It also has, of `photo.png`:

- `gray`: PIL's convert("L"); of `overlay.png`, `on_white` and `on_gray`: PIL's alpha_composite on 255 and 77;
- `small.RxS`: PIL's resize by BILINEAR;
- `crop.RxS`: of the same the center of the smallest that covers R x S, as torchvision's Resize and CenterCrop have it.

`resize.x` [2, 11, 9] is a random tensor in F64, `resize.KIND.RxS` what torch.nn.functional.interpolate makes of it: `linear`
(bilinear), `smooth` (bilinear, antialias) and `area`.
"""

import argparse
import io
import pathlib
import struct
import sys
import zlib

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.numpy import load_file, save

DIRECTORY = pathlib.Path(__file__).resolve().parent / "images"
WIDTH, HEIGHT = 11, 7
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIZES = [(11, 9), (22, 18), (5, 4), (1, 1), (3, 20), (7, 9), (4, 6)]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def rows(samples: np.ndarray, depth: int) -> bytes:
    """The rows [H, W, C] of one pass, each with a filter in turn."""
    height, width, channels = samples.shape
    if width == 0:
        return b""
    if depth == 16:
        packed = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    elif depth == 8:
        packed = samples.astype(np.uint8).reshape(height, -1)
    else:
        bits = (samples.reshape(height, -1)[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        packed = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    step = max(1, channels * depth // 8)
    above, result = np.zeros(packed.shape[1] + step, int), b""
    for y, row in enumerate(packed.astype(int)):
        row = np.concatenate([np.zeros(step, int), row])
        left, up, corner = row[:-step], above[step:], above[:-step]
        estimate = left + up - corner
        distances = np.abs(np.stack([estimate - left, estimate - up, estimate - corner]))
        paeth = np.choose(distances.argmin(axis=0), [left, up, corner])
        predicted = [0 * left, left, up, (left + up) // 2, paeth][y % 5]
        result += bytes([y % 5]) + ((row[step:] - predicted) % 256).astype(np.uint8).tobytes()
        above = row
    return result


def png(samples: np.ndarray, depth: int, colour: int, interlaced: bool = False, before: bytes = b"") -> bytes:
    """A file of samples [H, W, C]."""
    height, width, _ = samples.shape
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes] if interlaced else [samples]
    data = zlib.compress(b"".join(rows(part, depth) for part in parts), 9)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    middle = len(data) // 2
    body = chunk(b"IDAT", data[:middle]) + chunk(b"IDAT", data[middle:])
    return SIGNATURE + chunk(b"IHDR", header) + before + body + chunk(b"IEND", b"")


def exif(orientation: int, order: str) -> bytes:
    """A directory of a camera's name and the orientation, after its first bytes."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHI4s", 271, 2, 4, b"Eye\0") + struct.pack(order + "HHIHH", 274, 3, 1, orientation, 0)
    return start + struct.pack(order + "IH", 8, 2) + entries + struct.pack(order + "I", 0)


def as_pil_reads(blob: bytes) -> np.ndarray:
    """[C, H, W] of 8 bits, as colours and alpha."""
    return np.asarray(Image.open(io.BytesIO(blob)).convert("RGBA")).transpose(2, 0, 1)


def pngs() -> dict[str, tuple[bytes, np.ndarray]]:
    """Each kind of file, with its samples."""
    random = np.random.RandomState(20)
    files = {}

    def put(name: str, samples: np.ndarray, depth: int, colour: int, expected: np.ndarray, before: bytes = b"") -> None:
        kind = np.uint16 if depth == 16 else np.uint8
        expected = np.ascontiguousarray(expected.astype(kind).transpose(2, 0, 1))
        for suffix in ["", "_interlaced"]:
            blob = png(samples, depth, colour, bool(suffix), before)
            bytes_of = (expected >> 8 if depth == 16 else expected).astype(np.uint8)
            opaque = np.full_like(bytes_of[:1], 255)
            colours = bytes_of[:3] if len(bytes_of) > 2 else bytes_of[:1].repeat(3, 0)
            both = np.concatenate([colours, opaque if len(bytes_of) % 2 else bytes_of[-1:]])
            if depth == 16 and colour == 0:
                seen = np.asarray(Image.open(io.BytesIO(blob)))
                assert (seen == expected[0]).all(), name
            elif not (depth < 8 and name.endswith("trns") and colour == 0) and not (depth == 16 and name.endswith("trns")):
                assert (as_pil_reads(blob) == both).all(), name
            files[f"{name}{suffix}.png"] = (blob, expected)

    def draw(depth: int, channels: int) -> np.ndarray:
        samples = random.randint(0, 2**depth, (HEIGHT, WIDTH, channels))
        samples[0, 0], samples[-1, -1] = 0, 2**depth - 1
        return samples

    for depth in [1, 2, 4, 8, 16]:
        scale = 255 // (2**depth - 1) if depth < 16 else 1
        samples = draw(depth, 1)
        put(f"gray{depth}", samples, depth, 0, samples * scale)
        key = samples[3, 4, 0]
        alpha = np.where(samples == key, 0, 65535 if depth == 16 else 255)
        put(f"gray{depth}_trns", samples, depth, 0, np.concatenate([samples * scale, alpha], 2),
            chunk(b"tRNS", struct.pack(">H", key)))
        if depth < 16:
            palette, count = random.randint(0, 256, (2**depth, 3)), 2 ** (depth - 1)
            opacity = np.full(2**depth, 255)
            opacity[:count] = random.randint(0, 256, count)
            before = chunk(b"PLTE", palette.astype(np.uint8).tobytes())
            put(f"palette{depth}", samples, depth, 3, palette[samples[:, :, 0]], before)
            put(f"palette{depth}_trns", samples, depth, 3,
                np.concatenate([palette, opacity[:, None]], 1)[samples[:, :, 0]],
                before + chunk(b"tRNS", opacity[:count].astype(np.uint8).tobytes()))
    for depth in [8, 16]:
        samples = draw(depth, 3)
        put(f"rgb{depth}", samples, depth, 2, samples)
        key = samples[2, 5]
        alpha = np.where((samples == key).all(2, keepdims=True), 0, 2**depth - 1)
        put(f"rgb{depth}_trns", samples, depth, 2, np.concatenate([samples, alpha], 2),
            chunk(b"tRNS", struct.pack(">HHH", *key)))
        for name, channels, colour in [("gray_alpha", 2, 4), ("rgba", 4, 6)]:
            samples = draw(depth, channels)
            put(f"{name}{depth}", samples, depth, colour, samples)
    samples = draw(8, 1)
    for orientation in range(1, 9):
        blob = png(samples, 8, 0, before=chunk(b"eXIf", exif(orientation, "<>"[orientation % 2])))
        upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(blob))))
        files[f"turned{orientation}.png"] = (blob, np.ascontiguousarray(upright[None]))
    return files


def picture(width: int, height: int) -> np.ndarray:
    """Smooth colours [H, W, 3] with an edge."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 3) + np.cos(y / 4), np.cos(x / 5 + y / 3), np.sin((x + 2 * y) / 6)]
    result = np.stack([127 + 60 * wave for wave in waves], 2)
    result[height // 2 :, width // 2 :] += 50
    return np.clip(result, 0, 255).astype(np.uint8)


def jpegs() -> dict[str, tuple[bytes, np.ndarray]]:
    files = {}
    image = Image.fromarray(picture(25, 18))

    def put(name: str, image: Image.Image, **options: object) -> None:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=90, **options)
        upright = np.asarray(ImageOps.exif_transpose(Image.open(file)))
        samples = upright[None] if upright.ndim == 2 else upright.transpose(2, 0, 1)
        files[f"{name}.jpg"] = (file.getvalue(), np.ascontiguousarray(samples))

    put("gray", image.convert("L"))
    put("gray_progressive", image.convert("L"), progressive=True)
    for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
        put(f"rgb_{name}", image, subsampling=subsampling)
        put(f"rgb_{name}_progressive", image, subsampling=subsampling, progressive=True, optimize=True)
    put("rgb_kept", image, keep_rgb=True)
    put("rgb_restarts", image, restart_marker_blocks=2)
    put("turned6", image, exif=b"Exif\0\0" + exif(6, ">"))
    put("cmyk", image.convert("CMYK"))
    return files


def more(files: dict[str, tuple[bytes, np.ndarray]]) -> dict[str, np.ndarray]:
    """Conversions and resizing."""
    pixels = picture(19, 13)
    photo = Image.fromarray(pixels)
    alpha = np.random.RandomState(21).randint(0, 256, (13, 19, 1)).astype(np.uint8)
    overlay = Image.fromarray(np.concatenate([pixels, alpha], 2))
    for name, image in [("photo.png", photo), ("overlay.png", overlay)]:
        file = io.BytesIO()
        image.save(file, "PNG")
        files[name] = (file.getvalue(), np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1)))
    result = {"gray": np.asarray(photo.convert("L"))[None]}
    for name, gray in [("on_white", 255), ("on_gray", 77)]:
        background = Image.new("RGBA", overlay.size, (gray, gray, gray, 255))
        composite = Image.alpha_composite(background, overlay).convert("RGB")
        result[name] = np.ascontiguousarray(np.asarray(composite).transpose(2, 0, 1))

    def resized(height: int, width: int) -> np.ndarray:
        return np.asarray(photo.resize((width, height), Image.Resampling.BILINEAR)).transpose(2, 0, 1)

    for height, width in [(5, 7), (26, 38), (13, 4)]:
        result[f"small.{height}x{width}"] = np.ascontiguousarray(resized(height, width))
    for height, width in [(6, 6), (8, 20), (13, 5), (30, 10)]:
        scaled = (height, height * 19 // 13) if height * 19 >= width * 13 else (width * 13 // 19, width)
        top, left = round((scaled[0] - height) / 2), round((scaled[1] - width) / 2)
        crop = resized(*scaled)[:, top : top + height, left : left + width]
        result[f"crop.{height}x{width}"] = np.ascontiguousarray(crop)
    x = torch.tensor(np.random.RandomState(22).random_sample((2, 11, 9)).astype(np.float32).astype(np.float64))
    result["resize.x"] = x.numpy()
    kinds = {"linear": {"mode": "bilinear"}, "smooth": {"mode": "bilinear", "antialias": True}, "area": {"mode": "area"}}
    for kind, options in kinds.items():
        for size in SIZES:
            y = torch.nn.functional.interpolate(x[None], size=size, **options)[0]
            result[f"resize.{kind}.{size[0]}x{size[1]}"] = y.numpy()
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the reference images, or checks them.")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    arguments = parser.parse_args()
    files = {**pngs(), **jpegs()}
    expected = more(files)
    expected |= {name: samples for name, (_, samples) in files.items()}
    DIRECTORY.mkdir(exist_ok=True)
    if not arguments.check:
        for name, (blob, _) in files.items():
            (DIRECTORY / name).write_bytes(blob)
        (DIRECTORY / "expected.safetensors").write_bytes(save(expected))
        print(f"{len(files)} images, {sum(len(blob) for blob, _ in files.values())} bytes")
        return 0
    failures = [name for name, (blob, _) in files.items() if (DIRECTORY / name).read_bytes() != blob]
    kept = load_file(DIRECTORY / "expected.safetensors")
    failures += [name for name, array in expected.items() if not np.allclose(kept[name], array, rtol=1e-12, atol=1e-13)]
    print("differs: " + ", ".join(failures) if failures else "ok")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
