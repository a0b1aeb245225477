"""Cycles that one multiprocessor takes for what the warps of its blocks executed: in-order warps on four schedulers, stall counts and the
six scoreboards of the machine code, pipes with their rates, bank conflicts, a first-level cache with LRU, and the bandwidth to L2."""
import heapq
from collections import OrderedDict

# Latencies in cycles: H100 and A100 as measured in "Benchmarking and Dissecting the Nvidia Hopper GPU Architecture via Microbenchmarking"
# (arXiv:2402.13499); a warp's issue slots on one scheduler's pipe: 32 lanes of float32 on an H100, 16 on an A100; 16 of integers on both.
MACHINES = {
    'sm_90': dict(l1=41, l2=262, shared=29, fp=1, integer=2, cache=150 << 10, ghz=1.755, processors=132, l2Bytes=5.5e12),
    'sm_80': dict(l1=33, l2=200, shared=23, fp=2, integer=2, cache=140 << 10, ghz=1.410, processors=108, l2Bytes=4.0e12),
}


def cost(op, m):
    """(pipe, slots on it, latency)"""
    o = op.split('.')[0]
    if o in ('LDS', 'STS', 'LDG', 'STG', 'LDL', 'STL', 'ATOMG'):
        return 'lsu', 1, dict(LDS=m['shared'], STS=20, STG=20, LDL=m['l1'], STL=20, ATOMG=600).get(o, 0)
    if o == 'SHFL':
        return 'lsu', 2, 24
    if o in ('LDC', 'ULDC', 'LDCU'):
        return 'none', 1, 40
    if o in ('MUFU', 'F2F', 'I2F', 'F2I', 'FCHK'):
        return 'xu', 8, 20
    if o in ('S2R', 'S2UR', 'R2UR', 'CS2R'):
        return 'none', 1, 25
    if o in ('MEMBAR',):
        return 'none', 1, 500
    if o in ('FFMA', 'FADD', 'FMUL', 'HFMA2'):
        return 'fp', m['fp'], 4
    if o in ('IMAD', 'UIMAD'):
        return 'heavy', 2, 5
    if o.startswith('D'):
        return 'dp', 2, 16
    if o in ('BRA', 'BSSY', 'BSYNC', 'EXIT', 'BAR', 'NOP', 'CALL', 'RET', 'WARPSYNC'):
        return 'none', 1, 1
    return 'integer', m['integer'], 5


def simulate(code, blocks, machine, active=None, marks=()):
    """code: of the kernel; blocks: traces of each block that lies on the multiprocessor; active: how many multiprocessors work, which
    share L2's bandwidth; marks: addresses of barriers whose times are wanted. Returns cycles, the pipes' use, times at each barrier."""
    m = MACHINES[machine]
    active = active or m['processors']
    sector = 32 / min(64.0, m['l2Bytes'] / m['ghz'] / 1e9 / active)  # cycles for 32 bytes
    warps, group = [], []
    for b, traces in enumerate(blocks):
        for t in traces:
            warps.append(t)
            group.append(b)
    n = len(warps)
    at, when, boards = [0] * n, [0.0] * n, [[0.0] * 6 for _ in range(n)]
    pipes = [dict(issue=0.0, fp=0.0, heavy=0.0, integer=0.0, xu=0.0, dp=0.0) for _ in range(4)]
    lsu, l2 = 0.0, 0.0
    cache = OrderedDict()
    use = {}
    barrier, times = {}, []
    lines = {a: (cost(i[1], m), i[3], i[1].split('.')[0]) for a, i in code.items()}

    def earliest(w):
        pc = warps[w][at[w]][0]
        t = when[w]
        wait = lines[pc][1][3]
        for b in range(6):
            if wait >> b & 1:
                t = max(t, boards[w][b])
        return t

    heap = [(0.0, w) for w in range(n) if warps[w]]
    heapq.heapify(heap)
    size = [sum(1 for w in range(n) if group[w] == b and warps[w]) for b in range(len(blocks))]
    last = 0.0
    steady = None
    while heap:
        t, w = heapq.heappop(heap)
        if at[w] >= len(warps[w]):
            last = max(last, t)
            size[group[w]] -= 1
            if size[group[w]] == 0 and steady is None:
                steady = (t, sum(at) / sum(len(x) for x in warps))
            release(barrier, group[w], size, when, heap, at, times)
            continue
        s = pipes[w % 4]
        real = max(earliest(w), s['issue'])
        pc, extra = warps[w][at[w]]
        (pipe, slots, latency), (stall, wb, rb, _), name = lines[pc]
        if extra is not None or name not in ('LDG', 'LDS', 'STS', 'STG'):
            if pipe == 'lsu':
                real = max(real, lsu - 24)  # its queue
            elif pipe in s:
                real = max(real, s[pipe] - (0 if pipe != 'xu' else 16))
        if real > t:
            heapq.heappush(heap, (real, w))
            continue
        start = real
        done = real + latency
        if pipe == 'lsu' and (extra is not None or name not in ('LDG', 'LDS', 'STS', 'STG')):
            start = max(real, lsu)
            if extra and extra[0] == 'shared':
                slots = extra[1]
            if extra and extra[0] == 'global':
                slots = max(slots, (len(extra[1]) + 3) // 4)
                worst = m['l1']
                for x in extra[1]:
                    if name == 'LDG':
                        known = cache.pop(x, None)
                        if known is None:
                            l2 = max(l2, start) + sector
                            known = max(start + m['l2'], l2 + m['l2'] - sector)
                        cache[x] = known
                        worst = max(worst, known - start)
                        if len(cache) > m['cache'] // 32:
                            cache.popitem(last=False)
                    else:
                        l2 = max(l2, start) + sector
                latency = worst if name == 'LDG' else latency
            lsu = start + slots
            done = start + slots - 1 + latency
            use['lsu'] = use.get('lsu', 0) + slots
        elif pipe in s:
            start = max(real, s[pipe])
            s[pipe] = start + slots
            if pipe == 'heavy':
                s['fp'] = max(s['fp'], start + 1)
            done = start + latency
            use[pipe] = use.get(pipe, 0) + slots
        use['issue'] = use.get('issue', 0) + 1
        s['issue'] = real + 1
        when[w] = real + max(1, stall)
        if wb < 6:
            boards[w][wb] = max(boards[w][wb], done)
        if rb < 6:
            boards[w][rb] = max(boards[w][rb], start + 12)
        at[w] += 1
        if name == 'BAR':
            barrier.setdefault(group[w], []).append((w, when[w]))
            release(barrier, group[w], size, when, heap, at, times, dict(use))
        elif at[w] < len(warps[w]):
            heapq.heappush(heap, (max(when[w], earliest(w)), w))
        else:
            heapq.heappush(heap, (max([when[w]]), w))
    use['steady'] = steady[0] / steady[1]
    return last, use, times


def release(barrier, g, size, when, heap, at, times, pc=None):
    waiting = barrier.get(g, [])
    if waiting and len(waiting) == size[g]:
        t = max(x[1] for x in waiting) + 12
        if g == 0:
            times.append((pc, t))
        for w, _ in waiting:
            when[w] = t
            heapq.heappush(heap, (t, w))
        barrier[g] = []
