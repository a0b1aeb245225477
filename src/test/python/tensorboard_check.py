#!/usr/bin/env python3
"""Reads with TensorBoard what lenet4j train --tensorboard DIR wrote, and prints a line for each number: run, tag, step, value.

  tensorboard_check.py DIR

Needs the tensorboard package.
"""
import os
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    events = EventMultiplexer(size_guidance={"scalars": 0})  # every point, not a sample of them
    events.AddRunsFromDirectory(sys.argv[1])
    events.Reload()
    for run, kinds in sorted(events.Runs().items()):
        for tag in sorted(kinds["scalars"]):
            for point in events.Scalars(run, tag):
                print(run.replace(os.sep, "/"), tag, point.step, point.value)
    if not events.Runs():
        sys.exit(f"{sys.argv[1]} holds no events")


if __name__ == "__main__":
    main()
