#!/usr/bin/env python3
"""How training would scale with more cores than there are: a model whose times are measured here; standard library only.

    python3 cores.py --data FOLDER_OF_MNIST [--out FILE] [--cores 1,2,4,8,16,32,64] [--hand-over NANOSECONDS] [--seconds 3]

A step has two stages (docs/architecture.md, "Two stages of tasks make a step"). In the first, each core walks slots of whole chunks of 16
samples, of which a batch has batch / 16, but at most 32; in the second the parts of the parameters are summed and updated. With what one
core takes for a chunk (walk), for the end of a slot (slot), for the sums of a chunk (sums) and for the update of all parameters (update),
a step takes on C cores

    ceil(slots / C) * (chunks / slots * walk + slot) + (sums * chunks + update) / min(C, parts) + 2 * C * hand_over

where parts, all parameters over those of the largest part, is 19 up to a batch of 64 and 6 above. Each core tells the others twice that it
is done, by a line of the cache that travels; within one chip that takes some 50 ns, between two sockets 150. The times come from `lenet4j benchmark --layers` and from batches of 16 on
one thread. Not in the model: caches and clocks that cores share, cores that are not equally fast, and that a core without a slot sums
meanwhile what is through. So one and two threads are measured as well, and stand beside the model's.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "peers"))
import compare  # noqa: E402

LANES, MOST_SLOTS = 16, 32
BATCHES = (64, 128, 256, 512, 1024)
MEASURED = [(batch, threads) for batch in (64, 256, 1024) for threads in (1, 2)]


def layers():
    """Microseconds of one core: a chunk's walk, the end of a slot, and all that follows per chunk of a batch of 256."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "benchmark.json")
        subprocess.run([os.path.join(HERE, "..", "lenet4j"), "benchmark", "--layers", "--json", file], check=True,
                       stdout=subprocess.DEVNULL)
        with open(file) as opened:
            step = json.load(opened)["step"]
    parts = {part["part"]: part["part_us"] for part in step}
    slot, after = parts.pop("gradients of the chunk"), parts.pop("sums over the batch, update")
    parts.pop("all", None)
    return sum(parts.values()), slot, after


def measured(batch, threads, options):
    """Microseconds of a step."""
    result = compare.ask(["Lenet4jLeNet", "--mode", "train", "--batch", batch, "--threads", threads, "--seconds", options.seconds,
                          "--warmup", 6, "--data", options.data])
    return batch / result["samples_per_second"] * 1e6


def step(batch, cores, times, hand_over):
    """Microseconds of a step on so many cores."""
    chunks = math.ceil(batch / LANES)
    slots = min(chunks, MOST_SLOTS)
    first = math.ceil(slots / cores) * (chunks / slots * times["walk"] + times["slot"])
    second = (times["sums"] * chunks + times["update"]) / min(cores, 19 if batch <= 64 else 6)
    return first + second + (2 * cores * hand_over / 1000 if cores > 1 else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out")
    parser.add_argument("--cores", default="1,2,4,8,16,32,64")
    parser.add_argument("--hand-over", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    walk, slot, after = layers()
    # A batch of 256 gives 16 * after = 16 * sums + update, one of 16 gives sums + update.
    rest = measured(LANES, 1, options) - walk - slot
    update = max(0.0, 16 * (rest - after) / 15)
    times = {"walk": walk, "slot": slot, "sums": after - update / 16, "update": update}
    print("microseconds of one core: " + ", ".join(f"{name} {value:.1f}" for name, value in times.items()))
    checks = []
    for batch, threads in MEASURED:
        row = {"batch": batch, "threads": threads, "measured_us": measured(batch, threads, options),
               "model_us": step(batch, threads, times, options.hand_over)}
        checks.append(row)
        print(f"batch {batch}, {threads} thread(s): measured {row['measured_us']:.0f} us, model {row['model_us']:.0f} us")
    rows = []
    for batch in BATCHES:
        for cores in map(int, options.cores.split(",")):
            micros = step(batch, cores, times, options.hand_over)
            rows.append({"batch": batch, "cores": cores, "samples_per_second": batch / micros * 1e6,
                         "to_one_core": step(batch, 1, times, options.hand_over) / micros})
        print(f"batch {batch}: " + ", ".join(f"{row['cores']} cores {row['samples_per_second']:,.0f}/s ({row['to_one_core']:.1f}x)"
                                             for row in rows if row["batch"] == batch))
    if options.out:
        with open(options.out, "w") as out:
            json.dump({"one_core_us": times, "hand_over_ns": options.hand_over, "checks": checks, "model": rows}, out, indent=1)


if __name__ == "__main__":
    main()
