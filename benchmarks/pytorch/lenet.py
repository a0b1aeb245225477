#!/usr/bin/env python3
"""LeNet-5 in PyTorch on a GPU or CPU: eager, compiled, or as a CUDA graph; prints a line of JSON for each variant and batch size.

    python3 lenet.py --device cuda --variant all --batch 64,1024,4096 --data FOLDER --epochs-accuracy
    python3 lenet.py --mode train|inference|latency --batch 64 --threads 2 --seconds 10 --warmup 5 --data FOLDER [--compile]
    python3 lenet.py --mode process --epochs 5 --batch 64 --threads 2 --data FOLDER --out FILE

The last one measures nothing: it trains, tests after each epoch, saves the weights and is done, for ../processes.py.

The work is that of lenet4j: the images stay on the device as bytes, each batch is gathered from a shuffled order and divided by 255
there, cross-entropy, Adam at 0.001, float32 without TF32. Variants:

  eager             operation by operation, Adam fused into one kernel
  compile           torch.compile
  reduce-overhead   torch.compile with CUDA graphs
  max-autotune      torch.compile that tries many kernels; takes minutes, so that it is not among "all"
  graph             the whole step, gather and Adam included, captured by hand as one CUDA graph
  graph10           ten such steps in one graph
"""
import os
import sys

import torch
from torch import nn
from torch.nn.functional import cross_entropy, max_pool2d, relu

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import measure  # noqa: E402

VARIANTS = ["eager", "compile", "reduce-overhead", "max-autotune", "graph", "graph10"]
ON_CPU = ["eager", "compile"]
ALL = {"cuda": ["eager", "graph", "graph10", "compile", "reduce-overhead"], "cpu": ON_CPU}
MODES = {"compile": {}, "reduce-overhead": {"mode": "reduce-overhead"}, "max-autotune": {"mode": "max-autotune"}}
STEPS = 100


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
    """The network, its optimizer, and how a step of the variant is made."""

    def __init__(self, variant, device):
        torch.manual_seed(1)
        self.device = torch.device(device)
        self.variant = variant
        self.net = LeNet5().to(self.device)
        assert sum(p.numel() for p in self.net.parameters()) == 61_706
        graph = variant.startswith("graph")
        # where there is a fused Adam (CUDA from 2.0, CPU from 2.4) it is the faster one
        fused = torch_version() >= ((2, 0) if self.device.type == "cuda" else (2, 4))
        kinds = {**({"fused": True} if fused else {}), **({"capturable": True} if graph else {})}
        self.adam = torch.optim.Adam(self.net.parameters(), lr=1e-3, **kinds)
        self.start = [parameter.detach().clone() for parameter in self.net.parameters()]
        compiled = variant in MODES
        self.loss = torch.compile(self.plain_loss, dynamic=False, **MODES[variant]) if compiled else self.plain_loss
        self.forward = torch.compile(self.net, dynamic=False, **MODES[variant]) if compiled else self.net

    def restart(self):
        """Back to the first weights, in the same memory, so that nothing has to be compiled or captured again."""
        with torch.no_grad():
            for parameter, value in zip(self.net.parameters(), self.start):
                parameter.copy_(value)
                for state in self.adam.state[parameter].values():
                    state.zero_()

    def plain_loss(self, pixels, labels):
        return cross_entropy(self.net(pixels), labels)

    def train(self, pixels, labels):
        if self.variant in ("reduce-overhead", "max-autotune"):
            torch.compiler.cudagraph_mark_step_begin()
        self.adam.zero_grad(set_to_none=True)
        self.loss(pixels, labels).backward()
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


class Eager:
    """One step after the other, each a queue of kernels."""

    def __init__(self, peer, batches, step):
        self.peer, self.batches, self.step = peer, batches, step
        # between two looks at the clock, which wait for the device
        self.steps = STEPS if peer.device.type == "cuda" and step == peer.train else 1

    def restart(self):
        self.peer.restart()

    def __call__(self, steps=None):
        steps = steps or self.steps
        for _ in range(steps):
            self.step(*self.batches.take())
        synchronize(self.peer.device)
        return steps, steps * self.batches.batch


class Graph:
    """Whole training steps as a CUDA graph: it reads its place in the order from the device's memory and moves it on itself."""

    def __init__(self, peer, batches, steps_per_graph):
        self.peer, self.batches = peer, batches
        size = len(batches.labels)
        self.per_graph = min(steps_per_graph, size // batches.batch)
        self.order = torch.randperm(size, device=peer.device)
        self.first = torch.zeros((), dtype=torch.int64, device=peer.device)
        self.places = torch.arange(batches.batch, device=peer.device)
        self.replays = size // (batches.batch * self.per_graph)  # of an epoch
        self.done = 0
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):  # libraries finish their lazy work, and Adam makes its state
            for _ in range(3):
                self.one()
                self.first.zero_()
        torch.cuda.current_stream().wait_stream(stream)
        peer.adam.zero_grad(set_to_none=True)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            for _ in range(self.per_graph):
                self.one()
        self.restart()

    def one(self):
        rows = self.order[self.first + self.places]
        self.peer.train(self.batches.pixels.index_select(0, rows), self.batches.labels.index_select(0, rows))
        self.first += self.batches.batch

    def restart(self):
        self.peer.restart()
        self.epoch()

    def epoch(self):
        self.order.copy_(torch.randperm(len(self.order), device=self.peer.device))
        self.first.zero_()
        self.done = 0

    def __call__(self, steps=STEPS):
        replays = max(1, steps // self.per_graph)
        for _ in range(replays):
            if self.done == self.replays:
                self.epoch()
            self.graph.replay()
            self.done += 1
        synchronize(self.peer.device)
        return replays * self.per_graph, replays * self.per_graph * self.batches.batch


def main():
    parser = measure.arguments(__doc__, VARIANTS, "eager", (*measure.MODES, "process"))
    parser.add_argument("--compile", action="store_true", help="the same as --variant compile")
    parser.add_argument("--epochs", type=int, default=5, help="of --mode process")
    parser.add_argument("--out", help="file for the weights of --mode process")
    options = measure.parsed(parser, VARIANTS, [])
    options.variants = ["compile"] if options.compile else options.variants or ALL[options.device]
    if options.device == "cpu" and set(options.variants) - set(ON_CPU):
        parser.error(f"on the CPU there are {', '.join(ON_CPU)}")
    if options.mode == "process" and not options.out:
        parser.error("--mode process needs --out")
    if options.mode != "train" and any(variant.startswith("graph") for variant in options.variants):
        parser.error("the CUDA graphs are for --mode train")
    if set(options.variants) & set(MODES) and not hasattr(torch, "compile"):
        parser.error(f"PyTorch {torch.__version__} has no torch.compile")
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.tf32
    torch.backends.cudnn.benchmark = True  # the shapes stay the same
    train, test = (tuple(torch.from_numpy(part) for part in measure.mnist(options.data, half)) for half in ("train", "t10k"))
    good = True
    for variant in options.variants:
        for batch in options.batches:
            result = {
                "peer": f"pytorch-{variant}" + ("-cuda" if options.device == "cuda" else ""),
                "version": torch.__version__,
                "device": torch.cuda.get_device_name() if options.device == "cuda" else "cpu",
                "mode": options.mode,
                "batch": batch,
                "threads": options.threads,
            }
            if batch > len(train[1]):
                continue
            good &= measure.report(result, lambda: one(variant, batch, train, test, options))
            if hasattr(torch, "compiler"):
                torch.compiler.reset()  # else a second batch size would be compiled for all sizes
    sys.exit(0 if good else 1)


def one(variant, batch, train, test, options):
    peer = Peer(variant, options.device)
    batches = Batches(train, batch, peer.device)
    if variant.startswith("graph"):
        work = Graph(peer, batches, 10 if variant == "graph10" else 1)
    else:
        work = Eager(peer, batches, peer.infer if options.mode in ("inference", "latency") else peer.train)
    if options.mode == "latency":
        return measure.latency(work, options)
    if options.mode == "process":
        accuracies = [accuracy(work, test) for _ in range(options.epochs)]
        torch.save(peer.net.state_dict(), options.out)
        return {"accuracies": accuracies}
    result = measure.throughput(work, options)
    if options.epochs_accuracy:
        training = work if options.mode == "train" else Eager(peer, batches, peer.train)
        training.restart()
        result["accuracy_after_one_epoch"] = accuracy(training, test)
    return result


def accuracy(work, test):
    """Trains one epoch more; a graph of ten steps leaves out what is left of it."""
    work(len(work.batches.labels) // work.batches.batch)
    pixels, labels = test
    right = 0
    with torch.inference_mode():
        for i in range(0, len(labels), 1000):
            logits = work.peer.net(pixels[i : i + 1000].to(work.peer.device)).cpu()
            right += (logits.argmax(1) == labels[i : i + 1000]).sum().item()
    return right / len(labels)


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def torch_version():
    return tuple(int(part) for part in torch.__version__.split(".")[:2])


if __name__ == "__main__":
    main()
