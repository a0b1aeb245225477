#!/usr/bin/env python3
"""Makes photographs of digits from MNIST's test set, the same ones every time; standard library only.

    python3 photos.py --data FOLDER_OF_MNIST --out FOLDER [--per-class 50]

FOLDER/7/012.png and so on: dark ink on light paper in uneven light, with noise, 200 to 300 pixels wide, 8-bit grey. The writing leans to
the left as MNIST's never does, so that there is something to learn.
"""
import argparse
import gzip
import os
import random
import struct
import zlib

SIDE = 28
MARGIN = 6  # pixels of MNIST's size that are added on each side


def make(folder, mnist, per_class):
    images, labels = idx(mnist, "t10k-images-idx3-ubyte", 16), idx(mnist, "t10k-labels-idx1-ubyte", 8)
    made = [0] * 10
    for i, label in enumerate(labels):
        if made[label] < per_class:
            path = os.path.join(folder, str(label))
            os.makedirs(path, exist_ok=True)
            png(os.path.join(path, f"{made[label]:03}.png"), photo(images[i * SIDE * SIDE : (i + 1) * SIDE * SIDE], random.Random(i)))
            made[label] += 1


def idx(folder, name, header):
    path = os.path.join(folder, name)
    with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as file:
        return file.read()[header:]


def photo(digit, rng):
    """Rows of grey: the digit enlarged bilinearly, row by row, as ink that takes away light."""
    size = rng.randint(200, 300)
    scale = (SIDE + 2 * MARGIN) / size  # pixels of the digit in one of the photograph
    slant = rng.uniform(-1.2, -0.8)
    light, right, down = 160, rng.uniform(-40, 40) / size, rng.uniform(-40, 40) / size  # 80 to 240: room for the noise below 255
    dark = rng.uniform(0.6, 0.9) / 255  # of the light that full ink takes away
    edge = bytes(2 * SIDE)  # room for the slant and the margin
    rows = [bytes(4 * SIDE + SIDE)] * (MARGIN + 1)
    rows += [edge + digit[y * SIDE : (y + 1) * SIDE] + edge for y in range(SIDE)] + rows
    photo = []
    for y in range(size):
        top, share = divmod(y * scale, 1)
        ink = [a + (b - a) * share for a, b in zip(rows[int(top)], rows[int(top) + 1])]
        start = 2 * SIDE - MARGIN + slant * (y - size / 2) * scale
        noise = rng.getrandbits(8 * size).to_bytes(size, "little")
        row = bytearray(size)
        for x in range(size):
            at = start + x * scale
            left = int(at)
            value = ink[left] + (ink[left + 1] - ink[left]) * (at - left)
            row[x] = int((light + right * x + down * y) * (1 - dark * value)) + (noise[x] >> 4)
        photo.append(bytes(row))
    return photo


def png(path, rows):
    """8-bit grey without filters, which pytorch/finetune.py relies on."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--per-class", type=int, default=50)
    options = parser.parse_args()
    make(options.out, options.data, options.per_class)


if __name__ == "__main__":
    main()
