"""The instructions that our kernels use on sm_80 and sm_90; says which one is new to it."""
import re
import struct
import numpy as np
from operands import (U32, combine, COMPARE, compare, const_at, constant, double, lop3, place, pred, put, put64, s64, setp, value, width)

LANES = np.arange(32)


def conflicts(addresses, active, size):
    """Wavefronts of an access to shared memory."""
    total = 0
    group = 16 if size == 16 else 32
    for first in range(0, 32, group):
        a = addresses[first:first + group][active[first:first + group]]
        if len(a):
            words = np.unique((a[:, None] // 4 + np.arange(max(1, size // 4))).reshape(-1))
            total += int(np.bincount(words % 32, minlength=32).max())
    return max(1, total)


def memory(w, name, op, ops, on):
    size = width(op)
    isLoad = name[0] == 'L'
    kind = name[2]
    at = place(w, ops[1] if isLoad else ops[0])
    store = w.block.shared if kind == 'S' else w.block.memory.bytes
    lanes = np.nonzero(on)[0]
    if kind == 'L':
        at = at & 4095
    elif len(lanes) and int(at[lanes].max()) + size > len(store):
        raise IndexError('%s %s out of bounds %x' % (op, ops, int(at[lanes].max())))
    if (at[lanes] % size).any():
        raise IndexError('misaligned %s %s' % (op, ops))
    index = at[lanes][:, None] + np.arange(size)
    if isLoad:
        raw = w.local[lanes[:, None], index] if kind == 'L' else store[index]
        if size >= 4:
            words = raw.view(U32)
            for k in range(size // 4):
                if ops[0] != 'RZ':
                    w.R[int(ops[0].split('.')[0][1:]) + k][lanes] = words[:, k]
        else:
            small = raw.view({1: np.uint8, 2: np.uint16}[size])[:, 0]
            w.R[int(ops[0][1:])][lanes] = small
    else:
        words = np.stack([value(w, ops[1], wide=k)[lanes] if ops[1] != 'RZ' else np.zeros(len(lanes), U32)
                          for k in range(max(1, size // 4))], 1)
        raw = words.view(np.uint8).reshape(len(lanes), -1)[:, :size]
        if kind == 'L':
            w.local[lanes[:, None], index] = raw
        else:
            store[index] = raw
    if kind == 'S':
        return ('shared', conflicts(at, on, size))
    if kind == 'G':
        a = np.unique(at[lanes][:, None] // 32 + np.arange(max(1, size // 32)))
        return ('global', tuple(a.tolist()))
    return None


def step(w):
    ready = w.alive & (w.waiting < 0)
    if not ready.any():
        raise RuntimeError('warp %d waits for itself' % w.index)
    pc = int(w.pc[ready].min())
    group = ready & (w.pc == pc)
    guard, op, ops, control, word = w.block.code[pc]
    on = group & pred(w, guard) if guard else group
    name = op.split('.')[0]
    mods = op.split('.')[1:]
    extra = None
    w.pc[group] = pc + 16
    f = lambda i: value(w, ops[i], True)
    u = lambda i: value(w, ops[i])
    i = lambda k: value(w, ops[k]).view(np.int32)
    if not on.any() and name not in ('BAR', 'BSYNC'):
        w.trace.append((pc, None))
        return
    if name in ('FFMA', 'FADD', 'FMUL'):
        if name == 'FFMA':
            v = (f(1).astype(np.float64) * f(2) + f(3)).astype(np.float32)
        else:
            v = f(1) + f(2) if name == 'FADD' else f(1) * f(2)
        if 'SAT' in mods:
            v = np.clip(np.nan_to_num(v), 0, 1).astype(np.float32)
        if any(m in mods for m in ('RM', 'RZ', 'RP')):
            d = f(1).astype(np.float64) * f(2) + f(3) if name == 'FFMA' else f(1).astype(np.float64) + f(2)
            v = d.astype(np.float32)
            if 'RM' in mods:
                v = np.where(v > d, np.nextafter(v, np.float32(-np.inf)), v)
            if 'RP' in mods:
                v = np.where(v < d, np.nextafter(v, np.float32(np.inf)), v)
            if 'RZ' in mods:
                v = np.where(np.abs(v) > np.abs(d), np.nextafter(v, np.float32(0)), v)
        put(w, ops[0], v, on)
    elif name in ('IADD3', 'UIADD3', 'VIADD', 'UVIADD'):
        outs = [o for o in ops[1:] if re.match(r'U?P\d|U?PT', o)] if len(ops) > 4 else []
        start = 1
        while re.match(r'U?P', ops[start]):
            start += 1
        terms = [value(w, o) for o in ops[start:] if not re.match(r'!?U?P', o)]
        carry = [pred(w, o) for o in ops[start:] if re.match(r'!?U?P', o)] if 'X' in mods else []
        inverted = [o for o in ops[start:] if o.startswith('~') or o.startswith('-')]
        wideSum = sum(t.astype(np.int64) for t in terms) + sum(c.astype(np.int64) for c in carry)
        if 'X' not in mods and start > 1:  # -x is ~x + 1: its carry counts
            wideSum = wideSum + sum((value(w, o) == 0).astype(np.int64) << 32 for o in ops[start:] if o.startswith('-'))
        put(w, ops[0], wideSum, on)
        if start > 1:
            setp(w, ops[1], (wideSum >> 32) != 0, on)
    elif name in ('IMAD', 'UIMAD'):
        start = 1
        while re.match(r'U?P', ops[start]):
            start += 1
        if 'WIDE' in mods:
            a, b = (u(start).astype(np.int64), u(start + 1).astype(np.int64)) if 'U32' in mods else (
                i(start).astype(np.int64), i(start + 1).astype(np.int64))
            c = s64(value(w, ops[start + 2]), value(w, ops[start + 2], wide=1)) if not ops[start + 2].startswith('-') else -s64(
                value(w, ops[start + 2][1:]), value(w, ops[start + 2][1:], wide=1))
            put64(w, ops[0], a * b + c, on)
        elif 'HI' in mods:
            a, b = (u(start).astype(np.int64), u(start + 1).astype(np.int64)) if 'U32' in mods else (
                i(start).astype(np.int64), i(start + 1).astype(np.int64))
            pair = s64(u(start + 2), value(w, ops[start + 2], wide=1))
            put(w, ops[0], (a.astype(object) * b + pair >> 32).astype(np.int64), on)
        else:
            v = i(start).astype(np.int64) * i(start + 1) + i(start + 2)
            if 'X' in mods:
                v = v + pred(w, ops[start + 3])
            put(w, ops[0], v, on)
    elif name in ('LEA', 'ULEA'):
        start = 1
        while re.match(r'U?P', ops[start]):
            start += 1
        rest = [o for o in ops[start:] if not re.match(r'!?U?P', o)]
        carry = [pred(w, o) for o in ops[start:] if re.match(r'!?U?P', o)]
        shift = int(rest[-1], 16)
        a, b = value(w, rest[0]), value(w, rest[1])
        if 'HI' in mods:
            if 'SX32' in mods:
                high = (a.view(np.int32) >> 31).view(U32)
            else:
                high = value(w, rest[2])
            v = (((high.astype(np.int64) << 32 | a.astype(np.int64)) << shift) >> 32) & 0xffffffff
        else:
            v = (a.astype(np.int64) << shift) & 0xffffffff
        v = v + b.astype(np.int64) + (carry[0] if 'X' in mods else 0)
        put(w, ops[0], v, on)
        if start > 1:
            setp(w, ops[1], (v >> 32) != 0, on)
    elif name in ('LOP3', 'ULOP3'):
        start = 1 if re.match(r'U?P\d', ops[0]) else 0
        table = int(ops[start + 4], 16)
        v = lop3(u(start + 1), u(start + 2), u(start + 3), table)
        put(w, ops[start], v, on)
        if start:
            setp(w, ops[0], v != 0, on)
    elif name in ('PLOP3', 'UPLOP3'):
        a, b, c = (pred(w, o) for o in ops[2:5])
        for target, table in ((ops[0], ops[5]), (ops[1], ops[6])):
            t, v = int(table, 16), np.zeros(32, bool)
            for k in range(8):
                if t >> k & 1:
                    v |= (a if k & 4 else ~a) & (b if k & 2 else ~b) & (c if k & 1 else ~c)
            setp(w, target, v, on)
    elif name in ('SHF', 'USHF'):
        low, n, high = u(1), u(2), u(3)
        pair = high.astype(np.int64) << 32 | low.astype(np.int64)
        if 'W' not in mods:
            n = np.minimum(n, 63)
        if mods[0] == 'L':
            v = (low.astype(np.int64) << np.minimum(n, 32)) & 0xffffffff if 'HI' not in mods else (
                (pair.astype(object) << n.astype(object)) >> 32)
            v = np.array([int(x) & 0xffffffff for x in v], np.int64)
        elif 'HI' in mods:
            signed = 'S32' in mods or 'S64' in mods
            h = high.view(np.int32).astype(np.int64) if signed else high.astype(np.int64)
            if ops[1] == 'RZ' or ops[1] == 'URZ':
                v = h >> n
            else:
                v = h >> n
        else:
            v = pair.view(np.uint64) >> n.astype(np.uint64)
        put(w, ops[0], np.asarray(v).astype(np.int64), on)
    elif name in ('ISETP', 'UISETP'):
        signed = 'U32' not in mods
        a, b = (i(2), i(3)) if signed else (u(2), u(3))
        r = compare(mods[0], a, b)
        rest = ops[4:]
        if 'EX' in mods:
            low = pred(w, rest[1])
            eq = a == b
            r = (r | eq & low) if mods[0] in ('GT', 'LT', 'GE', 'LE') else (eq & low if mods[0] == 'EQ' else ~eq | low)
            if mods[0] in ('GE', 'LE'):
                r = COMPARE[{'GE': 'GT', 'LE': 'LT'}[mods[0]]](a, b) | eq & low
        logic = [m for m in mods if m in ('AND', 'OR', 'XOR')][0]
        both = pred(w, rest[0])
        other = combine(logic, ~r, both)
        setp(w, ops[0], combine(logic, r, both), on)
        setp(w, ops[1], other, on)
    elif name == 'FSETP':
        logic = [m for m in mods if m in ('AND', 'OR', 'XOR')][0]
        r, both = compare(mods[0], f(2), f(3)), pred(w, ops[4])
        other = combine(logic, ~r, both)
        setp(w, ops[0], combine(logic, r, both), on)
        setp(w, ops[1], other, on)
    elif name == 'DSETP':
        r, both = compare(mods[0], double(w, ops[2]), double(w, ops[3])), pred(w, ops[4])
        setp(w, ops[0], combine([m for m in mods if m in ('AND', 'OR')][0], r, both), on)
    elif name in ('FSEL', 'SEL', 'USEL'):
        put(w, ops[0], np.where(pred(w, ops[3]), f(1), f(2)) if name == 'FSEL' else np.where(pred(w, ops[3]), u(1), u(2)), on)
    elif name == 'FMNMX':
        least = pred(w, ops[3])
        put(w, ops[0], np.where(least, np.fmin(f(1), f(2)), np.fmax(f(1), f(2))).astype(np.float32), on)
    elif name in ('IMNMX', 'VIMNMX', 'UIMNMX'):
        a, b = (u(1), u(2)) if 'U32' in mods else (i(1), i(2))
        put(w, ops[0], np.where(pred(w, ops[3]), np.minimum(a, b), np.maximum(a, b)), on)
    elif name in ('MOV', 'UMOV'):
        put(w, ops[0], u(1), on)
    elif name == 'HFMA2':
        put(w, ops[0], np.full(32, (word >> 32) & 0xffffffff, U32), on)
    elif name == 'P2R':
        mask = int(ops[3], 16)
        bits = sum(w.P[k].astype(np.int64) << k for k in range(7))
        put(w, ops[0], (bits & mask) | (u(2).astype(np.int64) & ~mask), on)
    elif name == 'R2P':
        mask = int(ops[2], 16)
        for k in range(7):
            if mask >> k & 1:
                setp(w, 'P%d' % k, (u(1) >> U32(k) & U32(1)) != 0, on)
    elif name == 'VIADDMNMX':
        a = (i(1).astype(np.int64) + i(2)).astype(np.int32)
        put(w, ops[0], np.where(pred(w, ops[4]), np.minimum(a, i(3)), np.maximum(a, i(3))), on)
    elif name == 'IABS':
        put(w, ops[0], np.abs(i(1)), on)
    elif name in ('S2R', 'S2UR'):
        t = w.index * 32 + LANES
        v = {'SR_TID.X': t, 'SR_TID.Y': 0 * t, 'SR_CTAID.X': 0 * t + w.block.index, 'SR_CTAID.Y': 0 * t, 'SR_LANEID': LANES,
             'SR_CgaCtaId': 0 * t, 'SR_SWINHI': 0 * t}[ops[1]]
        put(w, ops[0], v, on)
    elif name == 'CS2R':
        put(w, ops[0], np.zeros(32, U32), on)
        if '32' not in mods:
            put(w, ops[0], np.zeros(32, U32), on, 1)
    elif name in ('LDC', 'ULDC', 'LDCU'):
        at = constant(w.block, ops[1])
        for k in range(width(op) // 4):
            put(w, ops[0], np.full(32, const_at(w.block, at + 4 * k), U32), on, k)
    elif name == 'R2UR':
        put(w, ops[0], u(1), on)
    elif name == 'PRMT':
        a, sel, b = u(1), u(2), u(3)
        both = b.astype(np.uint64) << np.uint64(32) | a.astype(np.uint64)
        v = np.zeros(32, np.uint64)
        for k in range(4):
            s = (sel >> U32(4 * k)) & U32(15)
            byte = (both >> ((s & U32(7)).astype(np.uint64) * np.uint64(8))) & np.uint64(255)
            byte = np.where(s & U32(8), np.where(byte & np.uint64(128), np.uint64(255), np.uint64(0)), byte)
            v |= byte << np.uint64(8 * k)
        put(w, ops[0], v.astype(U32), on)
    elif name in ('LDG', 'STG', 'LDS', 'STS', 'LDL', 'STL'):
        extra = memory(w, name, op, ops, on)
    elif name == 'ATOMG' or name == 'ATOM':
        target = ops[1] if not re.match(r'P', ops[1]) else ops[1]
        at = place(w, [o for o in ops if '[' in o][0])
        operand = value(w, ops[-1])
        for lane in np.nonzero(on)[0]:
            cell = w.block.memory.bytes[at[lane]:at[lane] + 4].view(U32)
            out = [o for o in ops if re.match(r'R', o)][0]
            old = int(cell[0])
            if 'ADD' in mods:
                cell[0] = (old + int(operand[lane])) & 0xffffffff
            elif 'INC' in mods:
                cell[0] = 0 if old >= int(operand[lane]) else old + 1
            elif 'EXCH' in mods:
                cell[0] = int(operand[lane])
            put(w, out, np.full(32, old, U32), LANES == lane)
    elif name == 'SHFL':
        v, n = u(2), u(3)
        lane = LANES.astype(np.int64)
        c = int(u(4)[0])
        clamp, segment = c & 31, c >> 8 & 31
        top = (lane & segment) | (clamp & ~segment)
        low = lane & segment
        frm = {'DOWN': lane + n, 'UP': lane - n.astype(np.int64), 'BFLY': lane ^ n, 'IDX': low | (n & ~np.uint32(segment))}[mods[0]]
        inside = (frm >= low) & (frm <= np.maximum(top, low)) if mods[0] != 'UP' else frm >= top
        frm = np.where(inside, frm, lane).astype(np.int64) & 31
        result = v[frm].copy()
        put(w, ops[1], result, on)
        setp(w, ops[0], inside, on)
    elif name == 'MUFU':
        kind = mods[0]
        v = f(1)
        r = {'RCP': lambda: 1 / v, 'EX2': lambda: np.exp2(v), 'LG2': lambda: np.log2(v), 'RSQ': lambda: 1 / np.sqrt(v),
             'SQRT': lambda: np.sqrt(v), 'RCP64H': None, 'RSQ64H': None}[kind]
        if r is None:
            hi = s64(np.zeros(32, U32), u(1)).view(np.float64)
            d = 1 / hi if kind == 'RCP64H' else 1 / np.sqrt(hi)
            put(w, ops[0], (d.view(np.int64) >> 32), on)
        else:
            put(w, ops[0], r().astype(np.float32), on)
    elif name == 'FCHK':
        setp(w, ops[0], np.zeros(32, bool), on)
    elif name in ('I2FP', 'I2F'):
        a = u(1)
        if 'U8' in mods or any(re.match(r'B\d', x) for x in ops[1].split('.')[1:]):
            b = re.search(r'\.B(\d)', ops[1])
            a = (a >> U32(8 * int(b.group(1)) if b else 0)) & U32(255)
        put(w, ops[0], (a.view(np.int32) if 'S32' in mods else a).astype(np.float32), on)
    elif name == 'F2I':
        put(w, ops[0], np.trunc(f(1)).astype(np.int64), on)
    elif name == 'F2F':
        if 'F64' in mods and mods[0] == 'F64':
            put64(w, ops[0], f(1).astype(np.float64).view(np.int64), on)
        else:
            put(w, ops[0], double(w, ops[1]).astype(np.float32), on)
    elif name in ('DADD', 'DMUL', 'DFMA'):
        a, b = double(w, ops[1]), double(w, ops[2])
        v = a + b if name == 'DADD' else a * b if name == 'DMUL' else a * b + double(w, ops[3])
        put64(w, ops[0], v.view(np.int64), on)
    elif name == 'BRA':
        if 'DIV' in mods:
            pass
        else:
            take = on
            for o in [] if 'CONV' in mods else ops[:-1]:  # CONV: where the lanes are together, and here they are
                take = take & pred(w, o)
            w.pc[take] = ops[-1][1]
    elif name == 'CALL':
        w.pc[on] = ops[-1][1]
    elif name == 'RET':
        w.pc[on] = w.R[int(re.search(r'R(\d+)', ops[0]).group(1))][on]
    elif name == 'BSSY':
        w.sync[ops[0]] = group.copy()
    elif name == 'BREAK':
        for o in ops[-1:]:
            w.sync[o] = w.sync[o] & ~on
            arrive(w, o)
    elif name == 'BSYNC':
        w.waiting[on] = int(ops[0][1:])
        arrive(w, ops[0])
    elif name == 'EXIT':
        w.alive &= ~on
        for b in list(w.sync):
            w.sync[b] = w.sync[b] & w.alive
            arrive(w, b)
    elif name == 'BAR':
        w.atBarrier = True
    elif name in ('MEMBAR', 'ERRBAR', 'CGAERRBAR', 'CCTL', 'NOP', 'WARPSYNC', 'DEPBAR', 'ENDCOLLECTIVE', 'FENCE'):
        pass
    elif name == 'VOTE':
        v = on & pred(w, ops[-1])
        put(w, ops[0], np.full(32, sum(1 << k for k in range(32) if v[k]), U32), on)
    else:
        raise NotImplementedError(hex(pc) + ' ' + op + ' ' + str(ops))
    w.trace.append((pc, extra))


def arrive(w, barrier):
    number = int(barrier[1:])
    inside = w.sync.get(barrier)
    if inside is not None and (w.waiting[inside & w.alive] == number).all():
        w.waiting[inside & (w.waiting == number)] = -1
