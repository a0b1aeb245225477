#!/usr/bin/env python3
"""Training with one thread, with two, and twice at once with one each, in turn; standard library only.

    python3 threads.py --data FOLDER_OF_MNIST [--out FILE] [--rounds 5] [--seconds 2] [--warmup 8]

Prints the median speeds and the medians of the rounds' ratios to one thread, and before each round the state of the machine: what
HandOver.java says of the way of a cache line between two processors, and of two beside one where nothing is shared. Two processes that
know nothing of each other show what a second processor is worth on this machine: no program that shares work between two threads can be
expected to gain more. The warm-up is long because the JIT compiles for some seconds, on the second processor if it is free. Needs the
installed library, as peers/compare.py does.
"""
import argparse
import json
import os
import statistics
import subprocess

BATCHES = (64, 256, 1024)
RATES = {"one_thread": (1, 1), "two_threads": (2, 1), "two_processes": (1, 2)}  # threads, processes
HERE = os.path.dirname(os.path.abspath(__file__))


def state():
    """Medians of what HandOver.java measures."""
    program = os.path.join(HERE, "src", "main", "java", "benchmarks", "HandOver.java")
    done = subprocess.run([os.environ.get("JAVA", "java"), program], stdout=subprocess.PIPE, text=True, check=True)
    return {what: values["median"] for what, values in json.loads(done.stdout).items()}


def in_words(machine):
    return (f"a line's way {machine['hand_over_ns']:.0f} ns, to write one that was read {machine['write_ns']:.1f} ns, "
            f"arithmetic on two threads {machine['two_to_one']:.2f}x")


def speed(batch, threads, processes, options):
    """Samples per second of all the processes."""
    command = [os.path.join(HERE, "peers", "run-peer.sh"), "Lenet4jLeNet", "--mode", "train", "--batch", str(batch), "--threads", str(threads),
               "--seconds", str(options.seconds), "--warmup", str(options.warmup), "--data", options.data]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return sum(json.loads(process.communicate()[0].strip().splitlines()[-1])["samples_per_second"] for process in running)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--warmup", type=float, default=8)
    options = parser.parse_args()
    rounds = {batch: [] for batch in BATCHES}
    for number in range(options.rounds):
        machine = state()
        print(f"round {number + 1}: " + in_words(machine), flush=True)
        for batch, measured in rounds.items():
            rates = {what: speed(batch, threads, processes, options) for what, (threads, processes) in RATES.items()}
            measured.append({**rates, "machine": machine})
            print(f"  batch {batch}: two threads {rates['two_threads'] / rates['one_thread']:.2f}x, "
                  f"two processes {rates['two_processes'] / rates['one_thread']:.2f}x", flush=True)
    rows = []
    for batch, measured in rounds.items():
        row = {"batch": batch, **{what: statistics.median(one[what] for one in measured) for what in RATES}}
        for what, to in (("two_threads", "one_thread"), ("two_processes", "one_thread"), ("two_threads", "two_processes")):
            ratios = sorted(one[what] / one[to] for one in measured)
            row[f"{what}_to_{to}"] = {"median": statistics.median(ratios), "lowest": ratios[0], "highest": ratios[-1]}
        rows.append({**row, "rounds": measured})
        print(f"batch {batch}: " + ", ".join(f"{what} {row[what]:,.0f}/s" for what in RATES))
        for what, ratio in row.items():
            if isinstance(ratio, dict):
                print(f"  {what} {ratio['median']:.2f}x ({ratio['lowest']:.2f} to {ratio['highest']:.2f})")
    if options.out:
        with open(options.out, "w") as out:
            json.dump({"statistic": f"median of {options.rounds} rounds", "rows": rows}, out, indent=1)


if __name__ == "__main__":
    main()
