#!/usr/bin/env python3
"""Shows that lenet4j and PyTorch read each other's weights.

  safetensors_check.py FILE --data DIR          loads FILE into the PyTorch twin and prints its accuracy on MNIST's test set
  safetensors_check.py --write FILE --data DIR  trains the twin for --epochs (1) and writes FILE, for lenet4j evaluate --from FILE

DIR holds MNIST's four IDX files, gzipped or not. Needs PyTorch 1.13 or later and NumPy. The safetensors package reads and writes the
files where it is installed; where it is not, the few lines below do, from the published format, and the output says so.
"""
import argparse
import gzip
import json
import math
import pathlib
import struct
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

try:
    import safetensors
    import safetensors.torch
except ImportError:
    safetensors = None


class LeNet5(nn.Module):
    def __init__(self, classes=10, classic=False):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)
        self.f = torch.tanh if classic else F.relu
        self.pool = F.avg_pool2d if classic else F.max_pool2d

    def forward(self, x):  # (N, 1, 28, 28)
        x = self.pool(self.f(self.conv1(x)), 2)  # (N, 6, 14, 14)
        x = self.pool(self.f(self.conv2(x)), 2)  # (N, 16, 5, 5)
        x = self.f(self.fc1(x.flatten(1)))
        x = self.f(self.fc2(x))
        return self.fc3(x)  # (N, classes)


def read_plainly(path):
    """The published format in ten lines: tensors and metadata."""
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, about in header.items():
        begin, end = (8 + length + offset for offset in about["data_offsets"])
        assert about["dtype"] == "F32" and end - begin == 4 * math.prod(about["shape"]), name
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], "<f4").astype(np.float32).reshape(about["shape"]))
    return tensors, metadata


def write_plainly(path, tensors, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + 4 * tensor.numel()]}
        at += 4 * tensor.numel()
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    values = b"".join(tensor.numpy().astype("<f4").tobytes() for tensor in tensors.values())
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + values)


def load(path):
    if safetensors is None:
        print("read without the safetensors package, by the published format")
        return read_plainly(path)
    print("read by safetensors", safetensors.__version__)
    with safetensors.safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
    return safetensors.torch.load_file(path), metadata


def save(path, tensors, metadata):
    if safetensors is None:
        print("written without the safetensors package, by the published format")
        write_plainly(path, tensors, metadata)
    else:
        print("written by safetensors", safetensors.__version__)
        safetensors.torch.save_file(tensors, path, metadata)


def idx(folder, *names):
    """The first of these IDX files that is there, gzipped or not."""
    for name in names:
        for path, opened in ((folder / (name + ".gz"), gzip.open), (folder / name, open)):
            if path.exists():
                with opened(path, "rb") as file:
                    data = file.read()
                dimensions = struct.unpack(">" + "i" * data[3], data[4:4 + 4 * data[3]])
                return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dimensions).copy())
    sys.exit(f"{folder} has no {names[0]}[.gz]")


def split(folder, *prefixes):
    images = idx(folder, *(prefix + "-images-idx3-ubyte" for prefix in prefixes))  # (N, 28, 28)
    labels = idx(folder, *(prefix + "-labels-idx1-ubyte" for prefix in prefixes))  # (N)
    return images.unsqueeze(1), labels.long()


def inputs(images, mean, std):
    return (images.float() / 255 - mean) / std


@torch.no_grad()
def correct(net, images, labels, mean, std):
    return sum((net(inputs(images[i:i + 1000], mean, std)).argmax(1) == labels[i:i + 1000]).sum().item()
               for i in range(0, len(images), 1000))


def report(net, data, mean, std):
    images, labels = split(data, "t10k", "test")
    right = correct(net.eval(), images, labels, mean, std)
    print(f"mean {mean:g}, std {std:g}: {right} of {len(labels)} test images right, accuracy {right / len(labels):.4f}")


def train(net, data, epochs, mean, std):
    images, labels = split(data, "train")
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            F.cross_entropy(net(inputs(images[batch], mean, std)), labels[batch]).backward()
            optimizer.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="weights to load")
    parser.add_argument("--write", metavar="FILE", help="weights to train and write instead")
    parser.add_argument("--data", type=pathlib.Path, required=True, metavar="DIR")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--mean", type=float, default=0.1307, help="of the inputs, for --write (0.1307)")
    parser.add_argument("--std", type=float, default=0.3081, help="of the inputs, for --write (0.3081)")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if (options.file is None) == (options.write is None):
        parser.error("give either a file to load or --write FILE")
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    if options.write:
        net = LeNet5()
        train(net, options.data, options.epochs, options.mean, options.std)
        save(options.write, net.state_dict(), {"format": "pt", "mean": str(options.mean), "std": str(options.std)})
        report(net, options.data, options.mean, options.std)
    else:
        tensors, metadata = load(options.file)
        net = LeNet5(len(tensors["fc3.bias"]), classic='"tanh"' in metadata.get("lenet4j.layers", ""))
        net.load_state_dict(tensors)  # strict: no name may be missing or left over
        report(net, options.data, float(metadata.get("mean", 0)), float(metadata.get("std", 1)))


if __name__ == "__main__":
    main()
