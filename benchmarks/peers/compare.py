#!/usr/bin/env python3
"""Runs lenet4j and its peers in turn and writes one JSON and one Markdown table; standard library only.

    python3 compare.py --data DIR --out results.json [--rounds 5] [--seconds 4] [--warmup 3]
                       [--cells train,inference,latency] [--threads N] [--python PYTHON] [--avx2]

Each round runs every contestant of a cell once, one after the other, each in a process of its own, so that a machine whose speed
drifts is fair to all. In the last round whoever trains also trains one epoch afterwards and is tested. The table shows medians over
the rounds and the median of the ratios to the fastest peer of the same round.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CONTESTANTS = {  # arguments of run-peer.sh, and environment
    "lenet4j": (["Lenet4jLeNet"], {}),
    "tensorflow": (["TensorFlowLeNet"], {}),
    "tensorflow, inter-op 2": (["TensorFlowLeNet"], {"JAVA_OPTIONS": "-Dtensorflow.inter=2"}),  # sometimes the faster one on 2 threads
    "libtorch": (["LibtorchLeNet"], {}),
    "djl": (["DjlLeNet"], {}),
    "deeplearning4j": (["DeepLearning4jLeNet"], {}),
    "onnxruntime": (["OnnxRuntimeLeNet"], {}),
    "pytorch, eager": (["pytorch", "--variant", "eager"], {}),
    "pytorch, compiled": (["pytorch", "--variant", "compile"], {}),
    "jax": (["jax", "--variant", "jit"], {}),  # on a CPU its scan over an epoch is far slower still
}
AVX2 = {  # what keeps each of them from AVX-512; ONNX Runtime has nothing of the kind and keeps it
    "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
}
PYTHON = ["pytorch, eager", "pytorch, compiled", "jax"]  # they train on two threads: JAX takes all processors
WARMUP = {"deeplearning4j": 10}  # seconds at least: with less, much of its Java is not compiled yet
PEERS = {
    ("train", 1): ["lenet4j", "tensorflow", "libtorch", "djl", "deeplearning4j"],
    ("train", 2): ["lenet4j", "tensorflow", "tensorflow, inter-op 2", "libtorch", "djl", "deeplearning4j"],
    ("inference", 1): ["lenet4j", "onnxruntime"],
    ("inference", 2): ["lenet4j", "onnxruntime"],
    ("latency", 1): ["lenet4j", "onnxruntime"],
}
CELLS = {
    "train": [(batch, threads) for batch in (64, 256, 1024) for threads in (1, 2)],
    "inference": [(1024, 1), (1024, 2)],
    "latency": [(1, 1)],
}


def ask(arguments, environment=None):
    """The line of JSON of one process of run-peer.sh; ends this one if it fails."""
    command = [os.path.join(HERE, "run-peer.sh"), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def run(name, mode, batch, threads, options, last):
    arguments, environment = CONTESTANTS[name]
    arguments = [*arguments, "--mode", mode, "--batch", batch, "--threads", threads, "--seconds", options.seconds,
                 "--warmup", max(options.warmup, WARMUP.get(name, 0)), "--data", options.data]
    if mode == "train" and last:
        arguments.append("--epochs-accuracy")
    if options.avx2:
        environment = {**environment, **AVX2, "JAVA_OPTIONS": environment.get("JAVA_OPTIONS", "") + " -XX:UseAVX=2"}
    if options.python:
        environment = {**environment, "PYTHON": options.python}
    return {**ask(arguments, environment), "peer": name}


def speed(result):
    return result["samples_per_second"] if "samples_per_second" in result else 1e6 / result["p50_us"]


def processor():
    try:
        with open("/proc/cpuinfo") as info:
            return next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def summary(cell, results):
    ours = [speed(r) for r in results if r["peer"] == "lenet4j"]
    peers = sorted({r["peer"] for r in results} - {"lenet4j"})
    by_round = [[speed(r) for r in results if r["peer"] == peer] for peer in peers]
    ratios = [own / max(others) for own, *others in zip(ours, *by_round)]
    row = {"mode": cell[0], "batch": cell[1], "threads": cell[2], "lenet4j": statistics.median(ours)}
    row.update({peer: statistics.median(values) for peer, values in zip(peers, by_round)})
    row["ratio_to_fastest_peer"] = statistics.median(ratios)
    row["ratios"] = ratios
    for r in ("p50_us", "p99_us", "clock_p99_us"):
        values = {p: [x[r] for x in results if x["peer"] == p] for p in ["lenet4j", *peers] if r in results[0]}
        row.update({f"{p}_{r}": statistics.median(v) for p, v in values.items()})
    row["accuracy_after_one_epoch"] = {r["peer"]: r["accuracy_after_one_epoch"] for r in results if "accuracy_after_one_epoch" in r}
    return row


def table(rows):
    lines = ["| work | batch | threads | lenet4j (accuracy after an epoch) | peers | ratio to the fastest |", "|---|---|---|---|---|---|"]
    for row in rows:
        peers = [name for name in CONTESTANTS if name in row and name != "lenet4j"]
        if row["mode"] == "latency":
            own = f"{row['lenet4j_p50_us']:.1f} / {row['lenet4j_p99_us']:.1f} us"
            others = "; ".join(f"{p} {row[p + '_p50_us']:.1f} / {row[p + '_p99_us']:.1f} us" for p in peers)
        else:
            right = {p: f" ({100 * share:.1f}%)" for p, share in row["accuracy_after_one_epoch"].items()}
            own = f"{row['lenet4j']:,.0f}{right.get('lenet4j', '')}"
            others = "; ".join(f"{p} {row[p]:,.0f}{right.get(p, '')}" for p in peers)
        lines.append(f"| {row['mode']} | {row['batch']} | {row['threads']} | {own} | {others} | {row['ratio_to_fastest_peer']:.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--warmup", type=float, default=3)
    parser.add_argument("--cells", default="train,inference,latency")
    parser.add_argument("--threads", type=int, help="only the cells with so many threads")
    parser.add_argument("--python", help="a python that has torch and jax: they train as well")
    parser.add_argument("--avx2", action="store_true", help="no AVX-512 for anybody, as on most people's processors")
    options = parser.parse_args()
    cells = [(mode, *cell) for mode in options.cells.split(",") for cell in CELLS[mode]
             if options.threads in (None, cell[1])]
    results = {cell: [] for cell in cells}
    for round_number in range(options.rounds):
        for cell in cells:
            python = PYTHON if options.python and cell[0] == "train" and cell[2] > 1 else []
            for peer in PEERS[cell[0], cell[2]] + python:
                result = dict(run(peer, *cell, options, round_number == options.rounds - 1), round=round_number)
                results[cell].append(result)
                print(json.dumps(result), file=sys.stderr, flush=True)
    rows = [summary(cell, results[cell]) for cell in cells]
    report = {
        "processor": processor(), "processors": os.cpu_count(), "system": platform.platform(), "rounds": options.rounds,
        "seconds": options.seconds, "warmup": options.warmup, "avx2": options.avx2, "statistic": "median over the rounds; ratios within a round",
        "rows": rows, "runs": [r for cell in cells for r in results[cell]],
    }
    with open(options.out, "w") as out:
        json.dump(report, out, indent=1)
    print(table(rows))


if __name__ == "__main__":
    main()
