"""What the Python peers share: command line, MNIST's files, the clock, and the JSON; NumPy only.

A result is one line of JSON:
  peer, version, device, mode, batch, threads      what ran
  samples_per_second                               median of the repetitions
  repetitions                                      each one's samples per second
  steps, cpus_used                                 of all repetitions; fewer processors than threads: something disturbed it
  accuracy_after_one_epoch                         on the test set, so that nobody is fast by being wrong (--epochs-accuracy)
  error                                            instead of the above if a variant failed
"""
import argparse
import gzip
import json
import os
import statistics
import time
import traceback

import numpy


MODES = ("train", "inference", "latency")


def arguments(description, variants, default, modes=MODES):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=modes, default="train")
    parser.add_argument("--variant", default=default, help="all, or a list of " + ", ".join(variants))
    parser.add_argument("--batch", default="64", help="batch sizes, for example 64,1024")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--seconds", type=float, default=5, help="measured, all repetitions together")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--warmup", type=float, default=3, help="seconds before them; compiling comes before that")
    parser.add_argument("--data", default="data/mnist", help="a folder with MNIST's four IDX files, gzipped or not")
    parser.add_argument("--epochs-accuracy", action="store_true", help="also trains one epoch and evaluates it")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--tf32", action="store_true", help="TensorFloat-32 instead of float32, on GPUs that have it")
    return parser


def parsed(parser, variants, all_variants):
    """Variants and batch sizes become lists; --variant all are all_variants."""
    options = parser.parse_args()
    options.variants = all_variants if options.variant == "all" else options.variant.split(",")
    for variant in options.variants:
        if variant not in variants:
            parser.error(f"unknown variant {variant}; variants are {', '.join(variants)}")
    options.batches = [1] if options.mode == "latency" else [int(batch) for batch in options.batch.split(",")]
    return options


def mnist(folder, half):
    """Images (N, 1, 28, 28) uint8 and labels (N) int64; half is train or t10k."""

    def idx(name, header):
        path = os.path.join(folder, f"{half}-{name}-ubyte")
        with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as file:
            return numpy.frombuffer(file.read(), numpy.uint8, offset=header)

    return idx("images-idx3", 16).reshape(-1, 1, 28, 28).copy(), idx("labels-idx1", 8).astype(numpy.int64)


def report(result, measure):
    """Prints the result with what measure returns; a variant that fails says so and does not stop the others."""
    try:
        result.update(measure())
    except Exception as e:  # whatever a compiler throws
        traceback.print_exc()
        result["error"] = f"{type(e).__name__}: {e}".splitlines()[0]
    print(json.dumps(result, separators=(",", ":")), flush=True)
    return "error" not in result


def throughput(work, options):
    """work() does some steps, waits until they are done and returns (steps, samples)."""
    work()  # compiles
    run(work, options.warmup)
    cpu_start, start = time.process_time(), time.perf_counter()
    rates, steps = [], 0
    for _ in range(options.repetitions):
        rate, more = run(work, options.seconds / options.repetitions)
        rates.append(rate)
        steps += more
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    return {
        "samples_per_second": round(statistics.median(rates)),
        "repetitions": [round(rate) for rate in rates],
        "steps": steps,
        "cpus_used": round(cpu_seconds / seconds, 2),
    }


def run(work, seconds):
    start = time.perf_counter()
    steps = samples = 0
    while True:
        more_steps, more_samples = work()
        steps += more_steps
        samples += more_samples
        passed = time.perf_counter() - start
        if passed >= seconds:
            return samples / passed, steps


def latency(work, options):
    """work() answers for one image."""
    work()
    run(work, options.warmup)
    micros = []
    before = time.perf_counter()
    end = before + options.seconds
    while before < end:
        work()
        after = time.perf_counter()
        micros.append((after - before) * 1e6)
        before = after
    p50, p99 = numpy.percentile(micros, [50, 99])
    return {"p50_us": round(float(p50), 1), "p99_us": round(float(p99), 1), "steps": len(micros)}
