#!/usr/bin/env python3
"""Times whole processes, from start to exit, in alternating rounds; standard library only.

    python3 processes.py --data FOLDER_OF_MNIST [--out FILE] [--rounds 5] [--only train,finetune,launcher]
                         [--python PYTHON] [--peers tensorflow,djl,libtorch,deeplearning4j,pytorch] [--photos FOLDER]

  train      MNIST: five epochs of batches of 64 on two threads, a test after each, weights saved. The peers use Adam at 0.001, as does
             "lenet4j, plain"; "lenet4j" is the command as users type it, "lenet4j, library" the library in a program like the peers'.
  finetune   500 photographs of digits, made here from MNIST's test set if --photos names none; one in five is for testing. The peer is
             PyTorch, if --python has it. "lenet4j" finds by cross-validation how far to go as well, "lenet4j, --strength 1" does not.
  launcher   git clone, the first start, which builds, and later starts; the Maven repository of the user is filled.

Each round runs every contestant once, one after the other. Before the first, each runs once unmeasured, in training for one epoch: that
builds it, and unpacks native libraries. Prints medians and the median of the ratios to lenet4j within a round. The runs in the JSON have
each one's accuracy, so that nobody is fast by being wrong, and the processors' seconds it used; beside them stands the state of the
machine before each round, as in threads.py.
"""
import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.append(os.path.join(HERE, "peers"))
import compare  # noqa: E402
import photos  # noqa: E402
import threads  # noqa: E402

LENET4J = os.path.join(ROOT, "lenet4j")
RUN_PEER = os.path.join(HERE, "peers", "run-peer.sh")
PEERS = {"tensorflow": "TensorFlowLeNet", "djl": "DjlLeNet", "libtorch": "LibtorchLeNet", "deeplearning4j": "DeepLearning4jLeNet",
         "pytorch": "pytorch"}


def run(command, options):
    """Seconds from start to exit, seconds of all processors, and standard output."""
    environment = {key: value for key, value in os.environ.items() if key not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    if options.python:
        environment["PYTHON"] = options.python
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}{done.stdout}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(seconds, 3), "cpu_seconds": round(cpu, 2)}, done.stdout


def rounds(contestants, options):
    """Runs contestants, functions of whether it is for warming up that return what one run came to, in turn; prints and returns a row."""
    for name, contestant in contestants.items():
        print(json.dumps({"warming up": name, **contestant(True)}), file=sys.stderr, flush=True)
    runs = []
    machine = []  # its state before each round
    for number in range(options.rounds):
        machine.append(threads.state())
        print(f"  round {number + 1}: {threads.in_words(machine[-1])}", flush=True)
        for name, contestant in contestants.items():
            runs.append({"round": number, "who": name, **contestant(False)})
            print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
    seconds = {name: [one["seconds"] for one in runs if one["who"] == name] for name in contestants}
    rows = {}
    for name, own in seconds.items():
        ratios = [other / lenet4j for other, lenet4j in zip(own, seconds["lenet4j"])]
        accuracies = [one["accuracy"] for one in runs if one["who"] == name]
        rows[name] = {**spread(own), "ratio_to_lenet4j": statistics.median(ratios), "lowest_ratio": min(ratios),
                      "highest_ratio": max(ratios), "accuracy": statistics.median(accuracies), "lowest_accuracy": min(accuracies)}
        print(f"  {name}: {statistics.median(own):.2f} s ({min(own):.2f} to {max(own):.2f}), "
              f"{statistics.median(ratios):.2f} times lenet4j's ({min(ratios):.2f} to {max(ratios):.2f}); "
              f"accuracy {statistics.median(accuracies):.2%}")
    return {"rows": rows, "machine": machine, "runs": runs}


def spread(seconds):
    return {"median_s": statistics.median(seconds), "lowest_s": min(seconds), "highest_s": max(seconds)}


def lenet4j(arguments, folder, options):
    """Runs a command of lenet4j's that writes weights and JSON; returns what the run came to, and the JSON."""
    result = os.path.join(folder, "result.json")
    measured, _ = run([LENET4J, *arguments, "--threads", "2", "--out", os.path.join(folder, "lenet4j.safetensors"), "--force",
                       "--json", result], options)
    with open(result) as file:
        answer = json.load(file)
    return {**measured, "accuracy": answer["accuracy"]}, answer


def train(folder, options):
    def own(*more):
        return lambda warmup: lenet4j(["train", "--data", options.data, "--epochs", "1" if warmup else "5", "--checkpoint", "none", *more],
                                      folder, options)[0]

    def peer(name, program):
        def contestant(warmup):
            measured, output = run([RUN_PEER, program, "--mode", "process", "--epochs", "1" if warmup else "5", "--batch", "64",
                                    "--threads", "2", "--data", options.data, "--out", os.path.join(folder, name)], options)
            return {**measured, "accuracy": json.loads(output.strip().splitlines()[-1])["accuracies"][-1]}
        return contestant

    contestants = {"lenet4j": own(), "lenet4j, plain": own("--recipe", "plain"), "lenet4j, library": peer("library", "Lenet4jLeNet")}
    return rounds({**contestants, **{name: peer(name, PEERS[name]) for name in options.peers}}, options)


def finetune(folder, options):
    folder_of_photos = options.photos or os.path.join(folder, "photos")
    if not options.photos:
        photos.make(folder_of_photos, options.data, 50)
    settings = {}  # of lenet4j, for the peer

    def own(*more):
        def contestant(warmup):
            measured, answer = lenet4j(["finetune", "--data", folder_of_photos, *more], folder, options)
            settings["epochs"] = len(answer["epochs"])
            return {**measured, "accuracy": answer["accuracy"], "accuracy_before": answer["before"]["target_accuracy"],
                    "train_samples": answer["train_samples"], "test_samples": answer["samples"], "epochs": len(answer["epochs"]),
                    "strength": (answer["strength"] or {}).get("chosen")}
        return contestant

    def pytorch(warmup):
        measured, output = run([RUN_PEER, "pytorch-finetune", "--threads", "2", "--data", folder_of_photos,
                                "--epochs", str(settings["epochs"]), "--out", os.path.join(folder, "pytorch.pt")], options)
        return {**measured, **json.loads(output.strip().splitlines()[-1])}

    contestants = {"lenet4j": own(), "lenet4j, --strength 1": own("--strength", "1")}
    if "pytorch" in options.peers:
        contestants["pytorch"] = pytorch
    else:
        print("  no peer: PyTorch is left out, --python names a Python that has it")
    return rounds(contestants, options)


def launcher(folder, options):
    photos.make(folder, options.data, 1)
    photo = os.path.join(folder, "7", "000.png")
    runs = []
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as clone:
            command = os.path.join(clone, "lenet4j")
            predict = [command, "predict", "--from", "pretrained", photo]
            steps = {"git clone": ["git", "clone", "--quiet", ROOT, clone], "first --version, builds": [command, "--version"],
                     "second --version": [command, "--version"], "info": [command, "info"], "first predict": predict,
                     "second predict": predict}
            runs.append({name: run(step, options)[0]["seconds"] for name, step in steps.items()})
            print(json.dumps({"round": number, **runs[-1]}), file=sys.stderr, flush=True)
    rows = {}
    for name in runs[0]:
        seconds = [one[name] for one in runs]
        rows[name] = spread(seconds)
        print(f"  {name}: {rows[name]['median_s']:.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")
    return {"rows": rows, "runs": runs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="train,finetune,launcher")
    parser.add_argument("--python", help="a python that has torch")
    parser.add_argument("--peers", default=",".join(PEERS), help="only these")
    parser.add_argument("--photos", help="a folder with a sub-folder of images for each digit")
    options = parser.parse_args()
    for chosen, known in (("only", WORK), ("peers", PEERS)):
        names = getattr(options, chosen).split(",")
        if set(names) - set(known):
            parser.error(f"--{chosen} knows {', '.join(known)}")
        setattr(options, chosen, names)
    options.peers = [name for name in options.peers if name != "pytorch" or options.python]
    options.data = os.path.abspath(options.data)
    report = {"processor": compare.processor(), "processors": os.cpu_count(), "system": platform.platform(), "rounds": options.rounds,
              "statistic": "medians over the rounds; ratios within a round"}
    for work in options.only:
        print(work, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            report[work] = WORK[work](folder, options)
    if options.out:
        with open(options.out, "w") as out:
            json.dump(report, out, indent=1)


WORK = {"train": train, "finetune": finetune, "launcher": launcher}

if __name__ == "__main__":
    main()
