#!/usr/bin/env python3
"""LeNet-5 in JAX on a GPU or CPU; prints a line of JSON for each variant and batch size.

    python3 lenet.py --device cuda --variant all --batch 64,1024,4096 --data FOLDER --epochs-accuracy

The work is that of lenet4j: the images stay on the device as bytes, each batch is gathered from a shuffled order and divided by 255
there, cross-entropy, Adam at 0.001, float32 without TF32. Variants:

  jit    each step a call of one compiled function
  scan   an epoch a call of one compiled function, a lax.scan over its steps
"""
import os
import sys

import jax
import numpy
from jax import lax, numpy as jnp

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import measure  # noqa: E402

VARIANTS = ["jit", "scan"]
STEPS = 100  # of jit between two looks at the clock, which wait for the device
SHAPES = {  # PyTorch's layouts
    "conv1": (6, 1, 5, 5), "conv2": (16, 6, 5, 5), "fc1": (120, 400), "fc2": (84, 120), "fc3": (10, 84),
}


def parameters(seed):
    """PyTorch's initial weights: uniform in +-1/sqrt(inputs)."""
    random = numpy.random.default_rng(seed)
    values = {}
    for name, shape in SHAPES.items():
        bound = 1 / numpy.sqrt(numpy.prod(shape[1:]))
        values[name + ".weight"] = jnp.asarray(random.uniform(-bound, bound, shape), jnp.float32)
        values[name + ".bias"] = jnp.asarray(random.uniform(-bound, bound, shape[:1]), jnp.float32)
    assert sum(value.size for value in values.values()) == 61_706
    return values


def forward(w, pixels):  # (B, 1, 28, 28) uint8
    x = pixels.astype(jnp.float32) / 255
    y1 = pooled(w, "conv1", x, 2)  # (B, 6, 14, 14)
    y2 = pooled(w, "conv2", y1, 0)  # (B, 16, 5, 5)
    y3 = jax.nn.relu(linear(w, "fc1", y2.reshape(len(x), 400)))  # (B, 120)
    y4 = jax.nn.relu(linear(w, "fc2", y3))  # (B, 84)
    return linear(w, "fc3", y4)  # (B, 10)


def pooled(w, name, x, padding):
    y = lax.conv_general_dilated(x, w[name + ".weight"], (1, 1), [(padding, padding)] * 2)  # NCHW, OIHW
    y = y + w[name + ".bias"][:, None, None]
    return jax.nn.relu(lax.reduce_window(y, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID"))


def linear(w, name, x):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def loss(w, pixels, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(forward(w, pixels)), labels[:, None], 1))


def start(seed):
    """Parameters, Adam's two means, and the number of updates."""
    w = parameters(seed)
    return w, jax.tree.map(jnp.zeros_like, w), jax.tree.map(jnp.zeros_like, w), jnp.zeros((), jnp.int32)


def step(state, pixels, labels, rows):
    w, m, v, t = state
    gradient = jax.grad(loss)(w, pixels[rows], labels[rows])
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    rate = 1e-3 / (1 - 0.9**t)
    w = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), w, m, v)
    return w, m, v, t


class Training:
    """Steps over shuffled epochs; the short last batch of an epoch is dropped."""

    def __init__(self, variant, data, batch):
        self.pixels, self.labels = data
        self.batch, self.variant = batch, variant
        self.state = start(1)
        self.key = jax.random.key(1)
        self.size = len(self.labels)
        self.steps = self.size // batch  # of an epoch
        self.one = jax.jit(self.gathered, donate_argnums=0)
        self.all = jax.jit(lambda state, order: lax.scan(lambda s, rows: (self.gathered_rows(s, rows), None), state, order)[0],
                           donate_argnums=0)
        self.shuffle()

    def gathered(self, state, order, i):
        return self.gathered_rows(state, lax.dynamic_index_in_dim(order, i, keepdims=False))

    def gathered_rows(self, state, rows):
        return step(state, self.pixels, self.labels, rows)

    def shuffle(self):
        self.key, key = jax.random.split(self.key)
        order = jax.random.permutation(key, self.size)[: self.steps * self.batch]
        self.order = order.reshape(self.steps, self.batch)
        self.next = 0

    def __call__(self):
        if self.variant == "scan":
            return self.epoch()
        return self.some(min(STEPS, self.steps))

    def epoch(self):
        """All steps of an epoch."""
        if self.variant == "jit":
            return self.some(self.steps)
        self.state = self.all(self.state, self.order)
        self.shuffle()
        jax.block_until_ready(self.state)
        return self.steps, self.steps * self.batch

    def some(self, steps):
        for _ in range(steps):
            if self.next == self.steps:
                self.shuffle()
            self.state = self.one(self.state, self.order, self.next)
            self.next += 1
        jax.block_until_ready(self.state)
        return steps, steps * self.batch


def inference(data, batch):
    """Answers for one batch after the other, each brought to the host."""
    pixels, w = data[0], parameters(1)
    logits = jax.jit(lambda w, first: forward(w, lax.dynamic_slice_in_dim(pixels, first, batch)))
    last = len(data[1]) - batch
    place = 0

    def work():
        nonlocal place
        numpy.asarray(logits(w, place))
        place = place + batch if place + batch <= last else 0
        return 1, batch

    return work


def accuracy(training, test):
    training.state = start(1)
    training.shuffle()
    training.epoch()
    logits = jax.jit(forward)
    pixels, labels = test
    right = sum(int((logits(training.state[0], pixels[i : i + 1000]).argmax(1) == labels[i : i + 1000]).sum())
                for i in range(0, len(labels), 1000))
    return right / len(labels)


def one(variant, batch, train, test, options):
    if options.mode == "latency":
        return measure.latency(inference(train, 1), options)
    if options.mode == "inference":
        result = measure.throughput(inference(train, batch), options)
    else:
        training = Training(variant, train, batch)
        result = measure.throughput(training, options)
        if options.epochs_accuracy:
            result["accuracy_after_one_epoch"] = accuracy(training, test)
    return result


def main():
    parser = measure.arguments(__doc__, VARIANTS, "all")
    options = measure.parsed(parser, VARIANTS, [])
    if options.mode != "train" or not options.variants and options.device == "cpu":
        options.variants = ["jit"]  # a scan has nothing to carry there, and on the CPU its convolutions run 20 times slower
    options.variants = options.variants or VARIANTS
    os.environ.setdefault("XLA_FLAGS", f"--xla_cpu_multi_thread_eigen={str(options.threads > 1).lower()}")
    jax.config.update("jax_platforms", options.device)
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if options.tf32 else "float32")
    train, test = ((jnp.asarray(images), jnp.asarray(labels, jnp.int32))
                   for images, labels in (measure.mnist(options.data, half) for half in ("train", "t10k")))
    good = True
    for variant in options.variants:
        for batch in options.batches:
            if batch > len(train[1]):
                continue
            result = {
                "peer": f"jax-{variant}" + ("-cuda" if options.device == "cuda" else ""),
                "version": jax.__version__,
                "device": jax.devices()[0].device_kind,
                "mode": options.mode,
                "batch": batch,
                "threads": options.threads,
            }
            good &= measure.report(result, lambda: one(variant, batch, train, test, options))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
