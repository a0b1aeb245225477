#!/usr/bin/env python3
"""Times whole processes in turn: lenet4j predict of one PNG, and a Java program that only loads OpenBLAS and multiplies two matrices.

    python3 run.py [--rounds 11] [--out FILE]         needs ./lenet4j built; prints medians and the medians of the ratios

The Java program runs twice: as `java` runs it ("bare"), and with all that the launcher does for predict ("tuned"): a serial collector,
the first compiler alone, no performance counters, and an archive of its own classes.
"""
import argparse
import glob
import json
import os
import statistics
import struct
import subprocess
import tempfile
import time
import zlib

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))


def png(path):
    """A seven, 28x28, white on black."""
    rows = [bytearray(28) for _ in range(28)]
    for x in range(8, 20):
        rows[6][x] = rows[7][x] = 255
    for y in range(8, 23):
        rows[y][19 - (y - 8) // 2] = rows[y][18 - (y - 8) // 2] = 255

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))) + chunk(b"IEND", b""))


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--out")
    options = parser.parse_args()
    java = os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java"
    javac = java + "c"
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "seven.png")
        png(image)
        path = ":".join([folder] + sorted(glob.glob(os.path.join(ROOT, "target/lib/*.jar"))))
        subprocess.run([javac, "-cp", path, "-d", folder, os.path.join(ROOT, "benchmarks/coldstart/BareOpenBlas.java")], check=True)
        jar = os.path.join(folder, "bare.jar")  # an archive holds only classes of jars
        subprocess.run([os.path.join(os.path.dirname(javac), "jar") if os.path.dirname(javac) else "jar", "cf", jar, "-C", folder,
                        "BareOpenBlas.class"], check=True)
        path = path.replace(folder, jar, 1)
        flags = ["-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xlog:disable", "-XX:-UsePerfData", "-XX:+UseSerialGC"]
        archive = os.path.join(folder, "bare.jsa")
        classes = os.path.join(folder, "bare.classes")
        program = ["-cp", path, "BareOpenBlas"]
        subprocess.run([java, *flags, "-XX:DumpLoadedClassList=" + classes, *program], check=True)
        subprocess.run([java, "-Xshare:dump", "-XX:SharedClassListFile=" + classes, "-XX:SharedArchiveFile=" + archive, "-cp", path],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        commands = {"predict": [os.path.join(ROOT, "lenet4j"), "predict", "--from", "pretrained", image],
                    "bare": [java, *program], "tuned": [java, *flags, "-XX:SharedArchiveFile=" + archive, *program]}
        for command in commands.values():  # unpacks libraries, and makes the launcher's archive
            subprocess.run(command, check=True)
        runs = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                runs[name].append(seconds(command))
    result = {name: {"median_s": statistics.median(times), "lowest_s": min(times), "highest_s": max(times)} for name, times in runs.items()}
    for name in ("bare", "tuned"):
        result["ratio_to_" + name] = statistics.median(a / b for a, b in zip(runs["predict"], runs[name]))
    result["rounds"] = options.rounds
    print(json.dumps(result, indent=1))
    if options.out:
        with open(options.out, "w") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
