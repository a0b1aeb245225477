#!/usr/bin/env python3
"""What a training step of the fused kernels takes on a GPU that is not there, by the machine code that the library carries.

    benchmarks/gpumodel/step.py [--gpu sm_90] [--batch 4096] [--phases]

Executes a few blocks of each kernel on the CPU, compares what they compute with double precision, and times what their warps executed; see
timing.py for what is modelled, and docs/performance.md for what came of it.
Blocks of a last round that is not full count in proportion. Never compared with a GPU: take it for +-30%. Needs numpy and
nvdisasm (of the CUDA toolkit, or NVDISASM=FILE). Takes some minutes."""
import argparse
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
import numpy as np
import machine_code
import timing

CUBINS = Path(__file__).resolve().parents[2] / 'src/main/resources/org/lenet4j/backend/cuda'
CLASSES = 10
LAUNCH_US = 1.3  # of a kernel in a graph, as others have measured
LARGE = 1024     # LeNetBatch.LEAST
# Offsets of conv1's bias and conv2's weight and bias, length of a part; offsets of the linear layers' gradients, length of a slice.
PARTS, PART = (192, 256, 2688), 2752
SLICES, SLICE = (0, 48000, 48128, 58208, 58304, 59144), 59200


class Step:
    """The arguments of all kernels, with random weights and images, and the blocks that a multiprocessor has."""

    def __init__(self, gpu, batch):
        self.gpu, self.batch, self.machine = gpu, batch, timing.MACHINES[gpu]
        self.kernels, self.errors = {}, {}
        for source in ('lenet', 'lenet_batch', 'optimizer'):
            with tempfile.NamedTemporaryFile('w+') as text:
                disassembler = os.environ.get('NVDISASM', 'nvdisasm')
                subprocess.run([disassembler, '-hex', CUBINS / f'{source}.{gpu}.cubin'], stdout=text, check=True)
                self.kernels.update(machine_code.load(text.name))
        self.memory = machine_code.Memory(1 << 29)
        random = self.random = np.random.default_rng(7)
        shapes = [(150, .2), (6, .1), (2400, .08), (16, .1), (48000, .05), (120, .1), (10080, .1), (84, .1), (84 * CLASSES, .1),
                  (CLASSES, .1)]
        self.host = [(random.standard_normal(n) * scale).astype(np.float32) for n, scale in shapes]
        self.net = [self.memory.put(values) for values in self.host]
        self.pixels = (random.integers(0, 256, (batch, 784)) * (random.random((batch, 784)) < .4)).astype(np.uint8)
        self.labels = random.integers(0, CLASSES, batch).astype(np.int32)
        self.images, self.label = self.memory.put(self.pixels), self.memory.put(self.labels)
        self.step = self.memory.put(np.frombuffer(struct.pack('<iiifffff', 0, batch, 0, 1, 1, 1, 0, 0), np.uint8))
        self.progress = self.memory.put(np.zeros(48, np.uint8))
        self.losses, self.corrects = self.floats(batch), self.floats(batch)
        self.saved = [self.floats(batch * n) for n in (400, 120, 84, 120, 84, CLASSES)]

    def floats(self, count):
        return self.memory.put(np.zeros(count, np.float32))

    def constants(self, layout, *arguments, threads, grid):
        bank = bytearray(4096)
        struct.pack_into('<III', bank, 0, threads, 1, 1)
        struct.pack_into('<III', bank, 12, grid, 1, 1)
        struct.pack_into('<I', bank, 0x28, 4000)
        struct.pack_into(layout, bank, 0x210 if self.gpu == 'sm_90' else 0x160, *arguments)
        return bytes(bank)

    def run(self, kernel, constants, grid, threads, blocks):
        return [machine_code.Block(self.kernels[kernel], constants, self.memory, i, grid, threads).run() for i in blocks]

    def cycles(self, kernel, traces, active):
        cycles, use, barriers = timing.simulate(self.kernels[kernel], traces, self.gpu, active=active)
        return cycles, barriers

    def check(self, name, at, want, tolerance=1e-5):
        want = np.asarray(want, np.float64).reshape(-1)
        error = np.abs(self.memory.get(at, want.size) - want).max() / np.abs(want).max()
        self.errors[name] = error
        if not error < tolerance:
            sys.exit(f'{name} differs from double precision by {error:.1e} of its largest value')

    def looped(self, kernel, layout, arguments, threads, grid, loops, together=1):
        """Cycles of `grid` blocks that each come `loops` times to their loop: two and four times are timed."""
        resident = min(2, -(-grid // self.machine['processors'])) if kernel != 'lenet_classifier' else 1
        rounds = grid / (resident * self.machine['processors'])
        rounds = 1 if rounds <= 1 else rounds
        few = [min(loops, n) for n in (2, 4)]
        took = []
        for n in few:
            self.memory.bytes[self.step + 4:self.step + 8] = np.frombuffer(struct.pack('<i', resident * n * together), np.uint8)
            constants = self.constants(layout, *arguments, threads=threads, grid=resident)
            traces = self.run(kernel, constants, resident, threads, range(resident))
            cycles, barriers = self.cycles(kernel, traces, min(grid, self.machine['processors']))
            took.append(cycles)
        self.memory.bytes[self.step + 4:self.step + 8] = np.frombuffer(struct.pack('<i', self.batch), np.uint8)
        each = (took[1] - took[0]) / (few[1] - few[0]) if few[1] > few[0] else 0
        return (took[1] + each * (loops - few[1])) * rounds, barriers


def pool(z):
    k, h, _ = z.shape
    windows = z.reshape(k, h // 2, 2, h // 2, 2).transpose(0, 1, 3, 2, 4).reshape(k, h // 2, h // 2, 4)
    return windows.max(3), windows.argmax(3)


def reference(step, sample):
    """a1 and a2 of a sample, and from there h1 and its logits, in double precision."""
    w1, b1, w2, b2, f1, c1, f2, c2, f3, c3 = (values.astype(np.float64) for values in step.host)
    x = np.zeros((32, 32))
    x[2:30, 2:30] = ((step.pixels[sample] / 255 - .13) / .31).reshape(28, 28)
    z1 = sum(w1.reshape(6, 5, 5)[:, u, v, None, None] * x[u:u + 28, v:v + 28] for u in range(5) for v in range(5)) + b1[:, None, None]
    a1 = np.maximum(pool(z1)[0], 0)
    w2 = w2.reshape(16, 6, 5, 5)
    z2 = sum(np.tensordot(w2[:, :, u, v], a1[:, u:u + 10, v:v + 10], 1) for u in range(5) for v in range(5)) + b2[:, None, None]
    a2 = np.maximum(pool(z2)[0], 0).reshape(-1)
    h1 = np.maximum(f1.reshape(120, 400) @ a2 + c1, 0)
    h2 = np.maximum(f2.reshape(84, 120) @ h1 + c2, 0)
    return a1, a2, h1, f3.reshape(CLASSES, 84) @ h2 + c3


def walk(step):
    parts = step.floats(min(step.batch, 256) * PART)
    arguments = (*step.net, *step.saved, step.images, 0, 0, 0, step.step, step.progress, 0, 0, 0.0, step.label, 0, 0, step.losses,
                 step.corrects, CLASSES, 1 / 255 / .31, -.13 / .31, parts, PART, *PARTS)
    grid = min(step.batch, 256)
    took = step.looped('lenet_walk', '<10Q6Q7Qif5Qiff4xQiiii', arguments, 256, grid, -(-step.batch // grid))
    _, a2, h1, _ = reference(step, 0)
    step.check('a2', step.saved[0], a2)
    step.check('h1', step.saved[1], h1)
    return took


def gradients(step):
    """Of one sample a block: slices of at least 16 samples, 23 tiles each."""
    slices = max(1, min(16, step.batch // 16))
    return tiles(step, 'lenet_gradients', slices, 23, [0])


def classifier_gradients(step):
    return tiles(step, 'lenet_classifier_gradients', min(32, -(-step.batch // 128)), 17, [5, 6])


def tiles(step, kernel, slices, count, blocks):
    share = -(-step.batch // slices)
    for at, n in zip(step.saved, (400, 120, 84, 120, 84, CLASSES)):
        step.memory.bytes[at:at + 4 * share * n].view(np.float32)[:] = step.random.standard_normal(share * n)
    to = step.floats(SLICE * slices)
    constants = step.constants('<6Q6iQiiQQi4xQQ', *step.saved, *SLICES, to, SLICE, share, step.step, step.progress, CLASSES, step.losses,
                               step.corrects, threads=256, grid=count + 1)  # one more, a shorter one, sums the losses
    traces = step.run(kernel, constants, count, 256, blocks)
    if kernel == 'lenet_classifier_gradients':
        d = step.memory.get(step.saved[3], share * 120).reshape(share, 120)
        x = step.memory.get(step.saved[0], share * 400).reshape(share, 400)
        got = step.memory.get(to, 48000).reshape(120, 400)[:, 160:192]
        error = np.abs(got - d.astype(np.float64).T @ x[:, 160:192]).max() / np.abs(got).max()
        if not error < 1e-5:
            sys.exit(f'the gradient of fc1 differs by {error:.1e}')
    resident = min(2, -(-count * slices // step.machine['processors']))
    cycles, barriers = step.cycles(kernel, (traces * resident)[:resident], min(count * slices, step.machine['processors']))
    return cycles * max(1, count * slices / (resident * step.machine['processors'])), barriers


def features(step):
    step.features = [step.floats(step.batch * 1176), step.floats(step.batch * 196), step.saved[0], step.floats(step.batch * 100)]
    arguments = (*step.net, *step.features, step.images, 0, 0, 0, step.step, step.progress, 1 / 255 / .31, -.13 / .31)
    took = step.looped('lenet_features', '<10Q4Q6Qff', arguments, 256, 256, step.batch // 512, together=2)
    a1, a2, _, _ = reference(step, 0)
    step.check('a1', step.features[0], a1)
    step.check('a2', step.saved[0], a2)
    return took


def classifier(step):
    step.da2, logits = step.floats(step.batch * 400), step.floats(step.batch * CLASSES)
    arguments = (*step.net, *step.saved, step.da2, 0, 0, step.step, step.progress, logits, 0, 0.0, step.label, 0, 0, step.losses,
                 step.corrects, CLASSES)
    took = step.looped('lenet_classifier', '<10Q6Q6QifQQQQQi', arguments, 512, -(-step.batch // 32), 1,
                       together=32)
    _, _, h1, z = reference(step, 0)
    step.check('h1', step.saved[1], h1)
    step.check('logits', logits, z)
    return took


def features_backward(step):
    count = min(512, -(-step.batch // 4))
    parts = step.floats(count * PART)
    arguments = (*step.net, *step.features, step.da2, step.images, 0, 0, 0, step.step, step.progress, 1 / 255 / .31, -.13 / .31, parts,
                 PART, *PARTS)
    return step.looped('lenet_features_backward', '<10Q4Q7QffQiiii', arguments, 256, count, -(-step.batch // count))


def update(step):
    large = step.batch >= LARGE
    parts = min(512, -(-step.batch // 4)) if large else min(step.batch, 256)
    slices = min(32, -(-step.batch // 128)) if large else max(1, min(16, step.batch // 16))
    count = PART + SLICE
    flat = [step.floats(count), step.floats(slices * SLICE), step.floats(count), step.floats(count), 0, 0, 0, step.floats(parts * PART)]
    ranges = [(0, 150), (192, 6), (256, 2400), (2688, 16)]
    records = [(at + d, min(16, n - d)) for at, n in ranges for d in range(0, n, 16)]
    linear = [(PART + at, n) for at, n in zip(SLICES, (48000, 120, 10080, 84, 84 * CLASSES, CLASSES))]
    records += [(at + d, min(256, n - d)) for at, n in linear for d in range(0, n, 256)]
    table = step.memory.put(np.frombuffer(b''.join(struct.pack('<iiff', at, n, .01, 0) for at, n in records), np.uint8))
    constants = step.constants('<8Q4iQQfxxxxQQfffi', *flat, parts, PART, slices, SLICE, table, 0, 0.0, step.step, step.progress, .9, .999,
                               1e-8, 0, threads=256, grid=len(records))
    resident = -(-len(records) // step.machine['processors'])
    traces = step.run('adam', constants, len(records), 256, [0, 1] + [len(records) // 2] * (resident - 2))
    return step.cycles('adam', traces, step.machine['processors'])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--gpu', choices=sorted(timing.MACHINES), default='sm_90')
    options.add_argument('--batch', type=int, default=4096)
    options.add_argument('--phases', action='store_true', help='when the first block came to each barrier')
    chosen = options.parse_args()
    step = Step(chosen.gpu, chosen.batch)
    large = chosen.batch >= LARGE
    kernels = [features, classifier, features_backward, classifier_gradients, update] if large else [walk, gradients, update]
    ghz = step.machine['ghz']
    total = 0
    for kernel in kernels:
        cycles, barriers = kernel(step)
        total += cycles / ghz / 1000 + LAUNCH_US
        print(f'{kernel.__name__:22} {cycles:9.0f} cycles {cycles / ghz / 1000:7.1f} us', flush=True)
        if chosen.phases:
            print('   barriers at ' + ' '.join(f'{time:.0f}' for _, time in barriers))
    print(f'{len(kernels)} launches {"":9} {len(kernels) * LAUNCH_US:21.1f} us')
    print(f'a step of {chosen.batch} on {chosen.gpu}: {total:.0f} us, {chosen.batch / total:.2f} million samples/s')
    print('largest differences from double precision: ' + ', '.join(f'{name} {error:.0e}' for name, error in step.errors.items()))


if __name__ == '__main__':
    main()
