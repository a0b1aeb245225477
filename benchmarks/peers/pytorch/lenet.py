#!/usr/bin/env python3
"""LeNet-5 in PyTorch, eager or compiled; the command line and the JSON of the Java peers.

    python3 lenet.py --mode train|inference|latency --batch 64 --threads 2 --seconds 10 --warmup 5 --data DIR
                     [--epochs-accuracy] [--compile] [--device cuda]
"""
import argparse
import gzip
import json
import time

import numpy
import torch
from torch import nn
from torch.nn.functional import cross_entropy, max_pool2d, relu


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, pixels):  # (B, 1, 28, 28) uint8
        x = pixels.float() / 255
        y1 = relu(max_pool2d(self.conv1(x), 2))  # (B, 6, 14, 14)
        y2 = relu(max_pool2d(self.conv2(y1), 2))  # (B, 16, 5, 5)
        y3 = relu(self.fc1(y2.flatten(1)))  # (B, 120)
        y4 = relu(self.fc2(y3))  # (B, 84)
        return self.fc3(y4)  # (B, 10)


class Peer:
    def __init__(self, options):
        torch.manual_seed(1)
        self.device = torch.device(options.device)
        self.net = LeNet5().to(self.device)
        assert sum(p.numel() for p in self.net.parameters()) == 61_706
        # where there is a fused Adam (CUDA from 2.0, CPU from 2.4) it is the faster one
        fused = {"fused": True} if torch_version() >= ((2, 0) if self.device.type == "cuda" else (2, 4)) else {}
        self.adam = torch.optim.Adam(self.net.parameters(), lr=1e-3, **fused)
        self.forward = torch.compile(self.net) if options.compile else self.net

    def train(self, pixels, labels):
        self.adam.zero_grad(set_to_none=True)
        cross_entropy(self.forward(pixels), labels).backward()
        self.adam.step()

    def infer(self, pixels, labels=None):
        with torch.inference_mode():
            return self.forward(pixels).cpu()


class Batches:
    """Endless shuffled batches, gathered on the device; the short last batch of an epoch is dropped."""

    def __init__(self, data, batch, device):
        self.pixels, self.labels = (tensor.to(device) for tensor in data)
        self.batch = batch
        self.next = len(self.labels)

    def take(self):
        if self.next + self.batch > len(self.labels):
            self.order = torch.randperm(len(self.labels), device=self.labels.device)
            self.next = 0
        rows = self.order[self.next : self.next + self.batch]
        self.next += self.batch
        return self.pixels.index_select(0, rows), self.labels.index_select(0, rows)


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    train, test = (mnist(options.data, half) for half in ("train", "t10k"))
    flavour = "compile" if options.compile else "eager"
    result = {
        "peer": f"pytorch-{flavour}" + ("-cuda" if options.device == "cuda" else ""),
        "version": torch.__version__,
        "mode": options.mode,
        "batch": options.batch,
        "threads": options.threads,
    }
    peer = Peer(options)
    batches = Batches(train, options.batch, peer.device)
    if options.mode == "latency":
        result.update(latency(peer, batches, options))
    else:
        result.update(throughput(peer, batches, options))
    if options.epochs_accuracy:
        result["accuracy_after_one_epoch"] = accuracy(Peer(options), train, test, options.batch)
    print(json.dumps(result, separators=(",", ":")))


def throughput(peer, batches, options):
    step = peer.train if options.mode == "train" else peer.infer
    loop(peer, step, batches, options.warmup)
    start, cpu_start = time.perf_counter(), time.process_time()
    steps = loop(peer, step, batches, options.seconds)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    return {
        "samples_per_second": round(steps * options.batch / seconds),
        "steps": steps,
        "cpus_used": round(cpu_seconds / seconds, 2),  # below threads: something disturbed it
    }


def loop(peer, step, batches, seconds):
    steps = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        step(*batches.take())
        steps += 1
        if peer.device.type == "cuda" and steps % 100 == 0:
            torch.cuda.synchronize()  # keeps the queue short: the clock must see the device's work
    if peer.device.type == "cuda":
        torch.cuda.synchronize()
    return steps


def latency(peer, batches, options):
    loop(peer, peer.infer, batches, options.warmup)
    micros = []
    before = time.perf_counter()
    end = before + options.seconds
    while before < end:
        peer.infer(*batches.take())
        after = time.perf_counter()
        micros.append((after - before) * 1e6)
        before = after
    p50, p99 = numpy.percentile(micros, [50, 99])
    return {"p50_us": round(p50, 1), "p99_us": round(p99, 1), "steps": len(micros)}


def accuracy(peer, train, test, batch):
    batches = Batches(train, batch, peer.device)
    for _ in range(len(train[1]) // batch):
        peer.train(*batches.take())
    pixels, labels = test
    right = 0
    for i in range(0, len(labels), 1000):
        logits = peer.infer(pixels[i : i + 1000].to(peer.device))
        right += (logits.argmax(1) == labels[i : i + 1000]).sum().item()
    return right / len(labels)


def mnist(folder, half):
    def idx(name, header):
        with gzip.open(f"{folder}/{half}-{name}-ubyte.gz") as file:
            return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy())

    return idx("images-idx3", 16).view(-1, 1, 28, 28), idx("labels-idx1", 8).long()


def torch_version():
    return tuple(int(part) for part in torch.__version__.split(".")[:2])


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=["train", "inference", "latency"], default="train")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--warmup", type=float, default=3)
    parser.add_argument("--data", default="data/mnist")
    parser.add_argument("--epochs-accuracy", action="store_true")
    parser.add_argument("--compile", action="store_true", help="torch.compile (PyTorch 2.0 or newer)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = parser.parse_args()
    if options.compile and not hasattr(torch, "compile"):
        parser.error(f"PyTorch {torch.__version__} has no torch.compile")
    if options.mode == "latency":
        options.batch = 1
    return options


if __name__ == "__main__":
    main()
