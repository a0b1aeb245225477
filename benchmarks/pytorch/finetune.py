#!/usr/bin/env python3
"""Fine-tunes lenet4j's pretrained weights to a folder of photographs in PyTorch, as a whole process for ../processes.py.

    python3 finetune.py --data FOLDER --epochs N --threads N --out FILE

FOLDER has a sub-folder of PNG images for each digit. Each is prepared in the plainest way: its light taken as paper where it is brightest
around, cut out, fitted into 20x20 pixels and centred by its mass in 28x28, as MNIST is. Then batches of 32 and AdamW at 0.001 with a decay
of 0.01 along a cosine, as in lenet4j's recipe `tune`; without its distortions, its average and its cross-validation. Every fifth image of
a class is for testing. Prints a line of JSON.
"""
import argparse
import json
import pathlib
import struct
import zlib

import numpy as np
import torch
from torch.nn import functional as F

from safetensors_check import LeNet5, read_plainly

WEIGHTS = pathlib.Path(__file__).resolve().parents[2] / "src/main/resources/org/lenet4j/nn/lenet5-mnist.safetensors"


def grey(path):
    """Pixels (H, W) uint8; PNG as ../photos.py writes it needs nothing but zlib, any other Pillow."""
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    if data[24:29] == bytes([8, 0, 0, 0, 0]):  # 8 bits, grey, not interlaced
        compressed, at = b"", 8
        while at < len(data):
            length, kind = struct.unpack(">I4s", data[at : at + 8])
            compressed += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
            at += length + 12
        rows = np.frombuffer(zlib.decompress(compressed), np.uint8).reshape(height, width + 1)
        if not rows[:, 0].any():  # no row has a filter
            return rows[:, 1:]
    from PIL import Image

    return np.asarray(Image.open(path).convert("L"))


def prepared(pixels):
    """(28, 28), ink is 0 to 1."""
    image = torch.from_numpy(pixels.astype(np.float32))[None, None]  # (1, 1, H, W)
    paper = F.interpolate(F.adaptive_max_pool2d(F.avg_pool2d(image, 5), 4), image.shape[2:], mode="bilinear")
    ink = (paper - image)[0, 0].clamp(min=0)
    ink = (ink / ink.quantile(0.99)).clamp(max=1)
    ink[ink < 0.4] = 0
    rows, columns = ((ink > 0).sum(axis).gt(2).nonzero() for axis in (1, 0))  # a dot or two is noise
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(20 * side / max(ink.shape))) for side in ink.shape)
    ink = F.interpolate(ink[None, None], (height, width), mode="area")[0, 0]
    top, left = (int(round(14 - float((ink.sum(1 - axis) * (torch.arange(ink.shape[axis]) + 0.5)).sum() / ink.sum()))) for axis in (0, 1))
    top, left = min(max(top, 0), 28 - height), min(max(left, 0), 28 - width)
    digit = torch.zeros(28, 28)
    digit[top : top + height, left : left + width] = ink
    return digit


def photographs(folder):
    """Images (N, 1, 28, 28), labels (N), and which are for testing."""
    images, labels, testing = [], [], []
    for label in range(10):
        for i, path in enumerate(sorted((folder / str(label)).iterdir())):
            images.append(prepared(grey(path)))
            labels.append(label)
            testing.append(i % 5 == 4)
    return torch.stack(images)[:, None], torch.tensor(labels), torch.tensor(testing)


@torch.no_grad()
def accuracy(net, images, labels):
    return (net(images).argmax(1) == labels).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    tensors, metadata = read_plainly(WEIGHTS)
    net = LeNet5()
    net.load_state_dict(tensors)
    images, labels, testing = photographs(options.data)
    images = (images - float(metadata["mean"])) / float(metadata["std"])
    train, test = (images[~testing], labels[~testing]), (images[testing], labels[testing])
    before = accuracy(net, *test)
    size = len(train[1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs * -(-size // 32), eta_min=1e-5)
    for _ in range(options.epochs):
        for rows in torch.randperm(size).split(32):
            optimizer.zero_grad()
            F.cross_entropy(net(train[0][rows]), train[1][rows], label_smoothing=0.05).backward()
            optimizer.step()
            schedule.step()
        after = accuracy(net, *test)
    torch.save(net.state_dict(), options.out)
    print(json.dumps({"accuracy": after, "accuracy_before": before, "train_samples": size, "test_samples": len(test[1]),
                      "epochs": options.epochs}))


if __name__ == "__main__":
    main()
