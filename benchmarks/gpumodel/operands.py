"""Operands of instructions: registers, predicates, constants and addresses of 32 lanes."""
import re
import struct
import numpy as np

U32 = np.uint32


def constant(block, text):
    m = re.match(r'c\[(0x[0-9a-f]+)\]\[(?:RZ|(0x[0-9a-f]+))\]', text)
    if not m:
        raise NotImplementedError(text)
    return int(m.group(2) or '0', 16)


def const_at(block, at):
    return struct.unpack_from('<I', block.constants, at)[0]


def number(text):
    if text in ('+INF', 'INF'):
        return 0x7f800000
    if text == '-INF':
        return 0xff800000
    if text in ('+QNAN', '-QNAN', 'QNAN'):
        return 0x7fffffff
    if re.match(r'-?0x', text):
        return int(text, 16) & 0xffffffff
    return None


def value(w, o, isFloat=False, wide=0):
    """32 lanes of an operand, as uint32; wide: the next register."""
    negative = absolute = inverse = False
    if o.endswith('.reuse'):
        o = o[:-6]
    if o.startswith('-') and not re.match(r'-(0x|\d|INF|QNAN)', o):
        negative, o = True, o[1:]
    if o.startswith('~'):
        inverse, o = True, o[1:]
    if o.startswith('|'):
        absolute, o = True, o.strip('|')
    o = o.split('.')[0] if re.match(r'U?R[Z0-9]+\.', o) else o
    if o in ('RZ', 'URZ', 'SRZ'):
        v = np.zeros(32, U32)
    elif re.match(r'R\d+$', o):
        v = w.R[int(o[1:]) + wide]
    elif re.match(r'UR\d+$', o):
        v = np.full(32, w.UR[int(o[2:]) + wide], U32)
    elif o.startswith('c['):
        v = np.full(32, const_at(w.block, constant(w.block, o) + 4 * wide), U32)
    else:
        n = number(o)
        if n is None:
            n = struct.unpack('<I', struct.pack('<f', float(o)))[0] if isFloat else int(o) & 0xffffffff
        if wide:
            n = 0xffffffff if n >> 31 else 0
        v = np.full(32, n, U32)
    if isFloat:
        f = v.view(np.float32)
        if absolute:
            f = np.abs(f)
        return -f if negative else f
    if absolute:
        v = np.abs(v.view(np.int32)).view(U32)
    if inverse:
        v = ~v
    return (0 - v.astype(np.int64)).astype(U32) if negative else v


def pred(w, o):
    inverse = o.startswith('!')
    o = o.lstrip('!')
    if o in ('PT', 'UPT'):
        v = np.ones(32, bool)
    elif o.startswith('UP'):
        v = np.full(32, w.UP[int(o[2:])])
    else:
        v = w.P[int(o[1:])]
    return ~v if inverse else v


def put(w, o, v, on, wide=0):
    o = o.split('.')[0]
    if o in ('RZ', 'URZ'):
        return
    v = np.broadcast_to(np.asarray(v), (32,))
    if v.dtype == np.float32:
        v = v.view(U32) if v.flags.c_contiguous else v.copy().view(U32)
    elif v.dtype != U32:
        v = (v.astype(np.int64) & 0xffffffff).astype(U32)
    if o.startswith('UR'):
        if on.any():
            w.UR[int(o[2:]) + wide] = int(v[np.argmax(on)])
    else:
        w.R[int(o[1:]) + wide][on] = v[on]


def setp(w, o, v, on):
    if o in ('PT', 'UPT'):
        return
    if o.startswith('UP'):
        if on.any():
            w.UP[int(o[2:])] = bool(v[np.argmax(on)])
    else:
        w.P[int(o[1:])][on] = v[on]


def s64(lo, hi):
    return lo.astype(np.int64) | (hi.astype(np.int64) << 32)


def put64(w, o, v, on):
    put(w, o, (v & 0xffffffff).astype(np.int64), on)
    if o.split('.')[0] != 'RZ':
        put(w, o, ((v >> 32) & 0xffffffff).astype(np.int64), on, 1)


def double(w, o):
    neg = o.startswith('-')
    absolute = '|' in o
    o = o.lstrip('-').replace('|', '').replace('.reuse', '')
    if o == 'RZ':
        return np.zeros(32)
    if re.match(r'R\d+', o):
        r = int(o.split('.')[0][1:])
        v = s64(w.R[r], w.R[r + 1]).view(np.float64)
    elif o.startswith('UR'):
        r = int(o.split('.')[0][2:])
        v = np.full(32, w.UR[r] | w.UR[r + 1] << 32, np.uint64).view(np.float64)
    elif o.startswith('+INF'):
        v = np.full(32, np.inf)
    else:
        v = np.full(32, float(o))
    v = np.abs(v) if absolute else v
    return -v if neg else v


def lop3(a, b, c, table):
    r = np.zeros(32, U32)
    for i in range(8):
        if table >> i & 1:
            r |= (a if i & 4 else ~a) & (b if i & 2 else ~b) & (c if i & 1 else ~c)
    return r


COMPARE = {'LT': np.less, 'GT': np.greater, 'LE': np.less_equal, 'GE': np.greater_equal, 'EQ': np.equal, 'NE': np.not_equal}


def compare(name, a, b):
    if name in COMPARE:
        r = COMPARE[name](a, b)
        return r if name != 'NE' else r & ~(np.isnan(a) | np.isnan(b)) if a.dtype.kind == 'f' else r
    if name == 'NEU':
        return a != b
    if name.endswith('U') and name[:-1] in COMPARE:
        return COMPARE[name[:-1]](a, b) | np.isnan(a) | np.isnan(b)
    if name == 'NUM':
        return ~np.isnan(a) & ~np.isnan(b)
    if name == 'NAN':
        return np.isnan(a) | np.isnan(b)
    raise NotImplementedError(name)


def combine(name, a, b):
    return a & b if name == 'AND' else a | b if name == 'OR' else a ^ b


def place(w, text):
    """Addresses of [..]."""
    inner = re.findall(r'\[([^\]]*)\]', text)[-1]
    at = np.zeros(32, np.int64)
    for term in re.findall(r'[+-]*[^+-]+', inner):
        sign = -1 if term.startswith('-') or term.startswith('+-') else 1
        term = term.lstrip('+-')
        if term.startswith('0x'):
            at = at + sign * int(term, 16)
        else:
            scale = int(re.search(r'\.X(\d+)', term).group(1)) if '.X' in term else 1
            name = term.split('.')[0]
            at = at + value(w, name).view(np.int32).astype(np.int64) * scale
    return at & 0xffffffff


def width(op):
    return 16 if '.128' in op else 8 if '.64' in op else 1 if '.U8' in op or '.S8' in op else 2 if '.U16' in op or '.S16' in op else 4
