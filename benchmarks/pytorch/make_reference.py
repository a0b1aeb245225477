#!/usr/bin/env python3
"""Writes src/test/resources/pytorch-reference.safetensors, which PyTorchParityTest compares every backend with.

Needs PyTorch 1.13 or later; uses the safetensors package where it is installed. Everything is float32 and computed on the CPU.

  <parameter>             weights of a LeNet-5 as PyTorch initialises it
  images, labels          16 images (16, 1, 28, 28) of whole numbers 0..255, and their classes
  <loss>.loss, .logits_grad, .grad.<parameter>
                          for cross_entropy, smoothing (0.1), bce and mse on that batch; fc1.weight, the largest, for cross_entropy only
  logits, classic.logits  ... and classic.*: the same weights with tanh and average pooling
  <optimizer>.losses      of ten steps on that batch, and some of the parameters after them (.after.<parameter>)
  one_cycle, cosine       learning-rate factors of 100 steps
"""
import json
import pathlib
import struct

import torch
from torch import nn
from torch.nn import functional as F

NAMES = ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
         "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"]
AFTER = ["conv1.weight", "conv2.weight", "conv2.bias", "fc3.weight", "fc3.bias"]


class LeNet5(nn.Module):
    def __init__(self, classic=False):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)
        self.f = torch.tanh if classic else F.relu
        self.pool = F.avg_pool2d if classic else F.max_pool2d

    def forward(self, x):  # (N, 1, 28, 28), 0..1
        x = self.pool(self.f(self.conv1(x)), 2)  # (N, 6, 14, 14)
        x = self.pool(self.f(self.conv2(x)), 2)  # (N, 16, 5, 5)
        x = self.f(self.fc1(x.flatten(1)))
        x = self.f(self.fc2(x))
        return self.fc3(x)


def blobs(count):
    """Images with a dark border and a few bright blobs, so that pooling meets both ties and clear maxima."""
    rows, columns = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    images = torch.zeros(count, 1, 28, 28)
    for n in range(count):
        for _ in range(4):
            row, column = 6 + 16 * torch.rand(2)
            images[n, 0] += 255 * torch.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (4 + 12 * torch.rand(1)))
    return images.clamp(0, 255).round()


def losses(labels):
    one_hot = F.one_hot(labels, 10).float()
    return {
        "cross_entropy": lambda z: F.cross_entropy(z, labels),
        "smoothing": lambda z: F.cross_entropy(z, labels, label_smoothing=0.1),
        "bce": lambda z: F.binary_cross_entropy_with_logits(z, one_hot),
        "mse": lambda z: F.mse_loss(z, one_hot),
    }


def optimizers(parameters):
    return {
        "adam": torch.optim.Adam(parameters, lr=1e-3),
        "adam_l2": torch.optim.Adam(parameters, lr=1e-3, weight_decay=0.1),
        "adamw": torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1.0),
        "sgd": torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=1e-4),
        "nesterov": torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=0.05, nesterov=True),
    }


def gradients(net, x, loss, prefix, tensors, every):
    net.zero_grad()
    z = net(x)
    z.retain_grad()
    value = loss(z)
    value.backward()
    tensors[prefix + ".loss"] = value.reshape(1)
    tensors[prefix + ".logits_grad"] = z.grad
    for name, parameter in net.named_parameters():
        if every or name != "fc1.weight":
            tensors[prefix + ".grad." + name] = parameter.grad.clone()
    return z


def factors(scheduler, optimizer, steps):
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(result) < steps:
            scheduler.step()
    return torch.tensor(result)


def main():
    torch.manual_seed(20)
    torch.use_deterministic_algorithms(True)
    tensors = {}
    net = LeNet5()
    assert sum(p.numel() for p in net.parameters()) == 61_706
    start = {name: value.clone() for name, value in net.state_dict().items()}
    assert list(start) == NAMES
    tensors.update(start)
    images, labels = blobs(16), torch.arange(16) * 7 % 10
    tensors["images"], tensors["labels"] = images, labels.float()
    x = images / 255

    for name, loss in losses(labels).items():
        tensors["logits"] = gradients(net, x, loss, name, tensors, every=name == "cross_entropy")
    classic = LeNet5(classic=True)
    classic.load_state_dict(start)
    tensors["classic.logits"] = gradients(classic, x, losses(labels)["cross_entropy"], "classic", tensors, every=False)

    for name in optimizers(list(net.parameters())):
        net.load_state_dict(start)
        optimizer = optimizers(list(net.parameters()))[name]  # with fresh state
        values = []
        for _ in range(10):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), labels)
            loss.backward()
            optimizer.step()
            values.append(loss.item())
        tensors[name + ".losses"] = torch.tensor(values)
        for parameter in AFTER:
            tensors[f"{name}.after.{parameter}"] = net.state_dict()[parameter].clone()
        print(name, " ".join(f"{v:.5f}" for v in values))

    sgd = torch.optim.SGD(net.parameters(), lr=1)
    net.zero_grad()
    tensors["one_cycle"] = factors(torch.optim.lr_scheduler.OneCycleLR(sgd, 1, total_steps=100, cycle_momentum=False), sgd, 100)
    sgd = torch.optim.SGD(net.parameters(), lr=1)
    tensors["cosine"] = factors(torch.optim.lr_scheduler.CosineAnnealingLR(sgd, T_max=99, eta_min=0.01), sgd, 100)

    root = pathlib.Path(__file__).resolve().parents[2]
    file = root / "src" / "test" / "resources" / "pytorch-reference.safetensors"
    tensors = {name: value.detach().float().contiguous() for name, value in tensors.items()}
    save(tensors, file, {"made_by": "benchmarks/pytorch/make_reference.py", "torch": torch.__version__})
    print(f"{file}: {len(tensors)} tensors, {file.stat().st_size} bytes, PyTorch {torch.__version__}")


def save(tensors, file, metadata):
    try:
        from safetensors.torch import save_file
        save_file(tensors, file, metadata)
        return
    except ImportError:
        pass
    # https://github.com/huggingface/safetensors: header length (8 bytes, little-endian), JSON header, data
    header, data = {"__metadata__": metadata}, b""
    for name, value in sorted(tensors.items()):
        raw = struct.pack(f"<{value.numel()}f", *value.flatten().tolist())
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main()
