#!/usr/bin/env python3
"""Single images asked for by 1, 4 and 64 threads at once, each one's next as soon as it has its answer; standard library only.

    python3 load.py --data FOLDER_OF_MNIST [--out FILE] [--rounds 5] [--seconds 3] [--warmup 3] [--clients 1,4,64]

lenet4j's Predictor and a session of ONNX Runtime that all threads share, in turn, each in a process of its own. "lenet4j, swapped" gets
another model ten times a second meanwhile; beside "lenet4j, training" a model is trained in the same process, on a thread that wants a
processor for itself, and the predictor gets another model after each short epoch. Prints medians over the rounds, and those of the rounds' ratios to ONNX Runtime.
"""
import argparse
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "peers"))
import compare  # noqa: E402

ASKED = {"lenet4j": ["Lenet4jLeNet"], "onnxruntime": ["OnnxRuntimeLeNet"], "lenet4j, swapped": ["Lenet4jLeNet", "--swaps"],
         "lenet4j, training": ["Lenet4jLeNet", "--swaps", "--trains"]}
FIGURES = ("answers_per_second", "p50_us", "p99_us", "p999_us", "longest_us")


def ask(arguments, clients, options):
    return compare.ask([*arguments, "--mode", "load", "--clients", clients, "--seconds", options.seconds, "--warmup", options.warmup,
                        "--data", options.data])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--warmup", type=float, default=3)
    parser.add_argument("--clients", default="1,4,64")
    options = parser.parse_args()
    counts = [int(count) for count in options.clients.split(",")]
    runs = []
    for number in range(options.rounds):
        for clients in counts:
            for who, arguments in ASKED.items():
                runs.append({**ask(arguments, clients, options), "who": who, "round": number})
                print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
    rows = []
    for clients in counts:
        for who in ASKED:
            own = [run for run in runs if run["who"] == who and run["clients"] == clients]
            peer = [run for run in runs if run["who"] == "onnxruntime" and run["clients"] == clients]
            row = {"clients": clients, "who": who, **{figure: statistics.median(run[figure] for run in own) for figure in FIGURES}}
            for figure in ("answers_per_second", "p999_us"):
                row[figure + "_to_onnxruntime"] = statistics.median(a[figure] / b[figure] for a, b in zip(own, peer))
            rows.append(row)
            print(f"{clients} threads, {who}: {row['answers_per_second']:,.0f}/s ({row['answers_per_second_to_onnxruntime']:.2f}x), p50 "
                  f"{row['p50_us']:,.1f}, p99 {row['p99_us']:,.1f}, p99.9 {row['p999_us']:,.0f} ({row['p999_us_to_onnxruntime']:.2f}x), "
                  f"longest {row['longest_us']:,.0f} us")
    if options.out:
        with open(options.out, "w") as out:
            json.dump({"processor": compare.processor(), "processors": os.cpu_count(), "statistic": f"median of {options.rounds} rounds",
                       "rows": rows, "runs": runs}, out, indent=1)


if __name__ == "__main__":
    main()
