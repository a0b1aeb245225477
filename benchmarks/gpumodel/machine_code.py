"""The machine code of a CUDA kernel as `nvdisasm -hex` prints it, and what executes it on the CPU: 32 lanes a warp with numpy, warps in
turn up to each barrier. Keeps what each warp executed, with the conflicts of its accesses, for timing.py."""
import re
import numpy as np
from instructions import LANES, U32, step

np.seterr(all='ignore')


def load(file):
    """{kernel: {address: (guard, opcode, operands, control)}}; a label is an operand's address."""
    kernels, labels, current, pending, here = {}, {}, None, None, []
    for line in open(file):
        text = line.strip()
        m = re.match(r'\.text\.(\w+):', text)
        if m:
            current = kernels.setdefault(m.group(1), {})
            continue
        if text.startswith('.section') or text.startswith('//----'):
            current = None if not text.startswith('.section') or '.text.' not in text else current
        m = re.match(r'(\.L_x_\d+|\$\S+):', text)
        if m:
            here.append(m.group(1))
            continue
        if current is None:
            continue
        m = re.match(r'/\*([0-9a-f]{4,})\*/\s+(.*?);\s*/\* 0x([0-9a-f]{16}) \*/', text)
        if m:
            pending = (int(m.group(1), 16), m.group(2).strip(), int(m.group(3), 16))
            for name in here:
                labels[name] = pending[0]
            here = []
            continue
        m = re.match(r'/\* 0x([0-9a-f]{16}) \*/', text)
        if m and pending:
            address, code, low = pending
            word = low | int(m.group(1), 16) << 64
            c = word >> 105
            control = (c & 15, c >> 5 & 7, c >> 8 & 7, c >> 11 & 63)  # stall, write barrier, read barrier, wait mask
            g = re.match(r'@(!?U?P[T0-9]+)\s+(.*)', code)
            guard, rest = (g.group(1), g.group(2)) if g else (None, code)
            parts = rest.split(None, 1)
            operands = [o.strip() for o in re.split(r',(?![^\[]*\])', parts[1])] if len(parts) > 1 else []
            current[address] = [guard, parts[0], operands, control, word]
            pending = None
    for code in kernels.values():
        for ins in code.values():
            ins[2] = [('label', labels[o[2:-1]]) if o.startswith('`(') and o[2:-1] in labels else o for o in ins[2]]
    return kernels


class Memory:
    """Global memory below 4 GB."""

    def __init__(self, size=1 << 28):
        self.bytes = np.zeros(size, np.uint8)
        self.top = 4096

    def put(self, array):
        a = np.ascontiguousarray(array)
        at = self.top
        self.bytes[at:at + a.nbytes] = a.view(np.uint8).reshape(-1)
        self.top = (at + a.nbytes + 511) // 256 * 256
        return at

    def get(self, at, count, dtype=np.float32):
        return self.bytes[at:at + count * np.dtype(dtype).itemsize].view(dtype).copy()


class Warp:
    def __init__(self, block, index):
        self.block, self.index = block, index
        self.R = np.zeros((256, 32), U32)
        self.P = np.zeros((8, 32), bool)
        self.P[7] = True
        self.UR = [0] * 64
        self.UP = [False] * 7 + [True]
        self.pc = np.zeros(32, np.int64)
        threads = block.threads - 32 * index
        self.alive = LANES < threads
        self.waiting = np.full(32, -1)
        self.sync = {}
        self.local = np.zeros((32, 4096), np.uint8)
        self.trace = []
        self.atBarrier = False


class Block:
    def __init__(self, code, constants, memory, block, grid, threads, shared=1 << 16):
        self.code, self.constants, self.memory = code, constants, memory
        self.index, self.grid, self.threads = block, grid, threads
        self.shared = np.full(shared, 0xff, np.uint8)
        self.warps = [Warp(self, i) for i in range((threads + 31) // 32)]

    def run(self):
        while True:
            live = [w for w in self.warps if w.alive.any()]
            if not live:
                return [w.trace for w in self.warps]
            for w in live:
                w.atBarrier = False
                while w.alive.any() and not w.atBarrier:
                    step(w)
