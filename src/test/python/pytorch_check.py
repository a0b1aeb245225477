#!/usr/bin/env python3
"""Shows that PyTorch computes with lenet4j's weights what lenet4j does, and writes weights of its own for the other direction.

  pytorch_check.py WEIGHTS IMAGES LOGITS NEW_WEIGHTS NEW_LOGITS

WEIGHTS is a LeNet-5 of lenet4j, IMAGES bytes (N, 28, 28), LOGITS little-endian float32 (N, classes); NEW_WEIGHTS and NEW_LOGITS are
written. Needs torch, safetensors and numpy. Exits with 1 if the logits differ by more than 1e-5.
"""
import pathlib
import sys

import numpy as np
import safetensors.torch
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "benchmarks" / "pytorch"))
from safetensors_check import LeNet5, inputs, load


@torch.no_grad()
def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    weights, images, logits, new_weights, new_logits = sys.argv[1:]
    tensors, notes = load(weights)
    net = LeNet5(len(tensors["fc3.bias"]), classic='"tanh"' in notes["lenet4j.layers"])
    net.load_state_dict(tensors)  # strict: no name may be missing or left over
    pixels = torch.from_numpy(np.fromfile(images, np.uint8).reshape(-1, 1, 28, 28))
    ours = torch.from_numpy(np.fromfile(logits, "<f4").reshape(len(pixels), -1))
    x = inputs(pixels, float(notes["mean"]), float(notes["std"]))
    difference = (net(x) - ours).abs().max().item()
    print(f"{len(pixels)} images, largest difference {difference:.2g}")
    if not difference <= 1e-5:  # fp32 sums of 400 terms in another order, logits up to 6: 3e-6 was seen
        sys.exit("the logits differ")

    torch.manual_seed(1)
    other = LeNet5()
    safetensors.torch.save_file(other.state_dict(), new_weights)
    other(pixels.float() / 255).numpy().astype("<f4").tofile(new_logits)


if __name__ == "__main__":
    main()
