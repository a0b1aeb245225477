#!/usr/bin/env python3
"""Files of weights as PyTorch users leave them, with PyTorch's own logits: state dicts and whole checkpoints, both layouts of
torch.save, prefixes, types, other names, other nets; and files that hold no weights.

    python3 make_foreign.py FOLDER [full]

Writes FOLDER/images (8 of 28x28, bytes), FOLDER/NAME.pt and beside it FOLDER/NAME.logits (8, 10), float32, little-endian. The nets are
narrow, so that the files are small; with the word full they are of LeNet-5's size. ForeignWeightsTest says how each is to be read.
"""
import argparse
import collections
import os
import pickle
import sys
import warnings

import numpy as np
import torch
from torch import nn

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1]
WIDTHS = (6, 16, 120, 84) if sys.argv[2:] == ["full"] else (2, 3, 8, 6)
NARROW = (2, 3, 8, 6)
IMAGES = (np.arange(8 * 784, dtype=np.uint64) * 2654435761 % 2**32 >> 24).astype(np.uint8).reshape(8, 1, 28, 28)


class LeNet(nn.Module):
    def __init__(self, widths=None, activation=torch.relu, pool=nn.MaxPool2d, padding=2):
        super().__init__()
        a, b, c, d = widths or WIDTHS
        self.conv1 = nn.Conv2d(1, a, 5, padding=padding)
        self.conv2 = nn.Conv2d(a, b, 5)
        self.fc1 = nn.Linear(b * 25, c)
        self.fc2 = nn.Linear(c, d)
        self.fc3 = nn.Linear(d, 10)
        self.activation, self.pool = activation, pool(2)

    def forward(self, x):
        x = self.pool(self.activation(self.conv1(x)))
        x = self.pool(self.activation(self.conv2(x))).flatten(1)
        return self.fc3(self.activation(self.fc2(self.activation(self.fc1(x)))))


class Named(nn.Module):
    """As LeCun's paper calls the layers, with C5 as a convolution."""

    def __init__(self):
        super().__init__()
        a, b, c, d = WIDTHS
        self.c1, self.c3, self.c5 = nn.Conv2d(1, a, 5, padding=2), nn.Conv2d(a, b, 5), nn.Conv2d(b, c, 5)
        self.f6, self.output = nn.Linear(c, d), nn.Linear(d, 10)

    def forward(self, x):
        x = nn.functional.avg_pool2d(torch.tanh(self.c1(x)), 2)
        x = nn.functional.avg_pool2d(torch.tanh(self.c3(x)), 2)
        return self.output(torch.tanh(self.f6(torch.tanh(self.c5(x)).flatten(1))))


class Parts(nn.Module):
    """Layers by numbers, in two parts."""

    def __init__(self, activation=nn.Sigmoid, unpadded=False):
        super().__init__()
        a, b, c, d = WIDTHS
        self.features = nn.Sequential(nn.Conv2d(1, a, 5, padding=0 if unpadded else 2), activation(), nn.MaxPool2d(2),
                                      nn.Conv2d(a, b, 5), activation(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(b * (16 if unpadded else 25), c), activation(), nn.Dropout(),
                                        nn.Linear(c, d), activation(), nn.Linear(d, 10))

    def forward(self, x):
        return self.classifier(self.features(x))


class Normed(LeNet):
    def __init__(self):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])


def named(prefix, states):
    return collections.OrderedDict((prefix + name, value) for name, value in states.items())


def path(name):
    return os.path.join(FOLDER, name)


def logits(name, net, mean=0.0, std=1.0, border=0):
    x = torch.from_numpy(np.pad(IMAGES, ((0, 0), (0, 0), (border, border), (border, border)))).double() / 255
    with torch.no_grad():
        net.double().eval()((x - mean) / std).float().numpy().astype("<f4").tofile(path(name + ".logits"))


def write(name, content, net=None, file=None, zipped=True, **how):
    torch.save(content, path(file or name + ".pt"), _use_new_zipfile_serialization=zipped)
    if net is not None:
        logits(name, net, **how)


def rounded(net, dtype):
    """The net's weights in a shorter type: what is computed is that of the rounded ones."""
    states = {name: value.to(dtype) for name, value in net.state_dict().items()}
    net.double().load_state_dict({name: value.double() for name, value in states.items()})
    return states


def main():
    os.makedirs(FOLDER, exist_ok=True)
    IMAGES.tofile(path("images"))
    torch.manual_seed(1)
    net = LeNet()
    write("state_dict", net.state_dict(), net.float())
    net = LeNet()
    write("legacy", net.state_dict(), net.float(), zipped=False)

    net = LeNet()
    adam = torch.optim.Adam(net.parameters())
    net(torch.zeros(1, 1, 28, 28)).sum().backward()
    adam.step()
    args = argparse.Namespace(lr=0.1, out=[1, (2, None)])
    write("data_parallel", {"epoch": 3, "args": args, "best_acc": np.float64(0.9), "optimizer": adam.state_dict(),
                            "state_dict": named("module.", net.state_dict())}, net)
    net = LeNet()
    write("compiled_half", {"net": named("_orig_mod.module.", rounded(net, torch.float16)), "acc": 98.5}, net)
    net = LeNet()
    write("lightning_bfloat16", {"epoch": 1, "global_step": 10, "pytorch-lightning_version": "2.1", "loops": {"fit": {}}, "callbacks": {},
                                 "optimizer_states": [], "hyper_parameters": {"lr": 1e-3, "name": "x"},
                                 "state_dict": named("model.net.", rounded(net, torch.bfloat16))}, net)
    net = LeNet().double()
    write("double", {"model_state_dict": net.state_dict(), "loss": torch.tensor(0.5)}, net)
    net = LeNet(activation=torch.tanh, pool=nn.AvgPool2d)
    write("tanh_average", {"model": net.state_dict(), "model_ema": LeNet().state_dict()}, net.float(), mean=0.1307, std=0.3081)
    net = Parts()
    write("parts_sigmoid", net.state_dict(), net)
    net = Named()
    write("named_c5", {"network": net.state_dict()}, net, zipped=False)
    net = Parts(nn.ReLU, unpadded=True)
    write("unpadded", net.state_dict(), net)
    net = LeNet(padding=0)
    write("bordered", net.state_dict(), net, mean=0.1307, std=0.3081, border=2)

    net = LeNet()
    states = net.state_dict()
    flat = torch.cat([torch.zeros(3)] + [value.flatten() for value in states.values()])  # one storage, as flattened parameters have it
    at, views = 3, collections.OrderedDict()
    for name, value in states.items():
        views[name] = flat[at : at + value.numel()].view(value.shape)
        at += value.numel()
    views["fc2.weight"] = states["fc2.weight"].t().contiguous().t()
    views["conv2.weight"] = states["conv2.weight"].contiguous(memory_format=torch.channels_last)
    views["fc3.weight"] = torch.stack([states["fc3.weight"], torch.ones(10, WIDTHS[3])], 2)[:, :, 0]  # every second element
    write("views", views, net)
    write("views_legacy", views, zipped=False)
    logits("views_legacy", net)

    averaged = torch.optim.swa_utils.AveragedModel(LeNet())
    write("averaged", averaged.state_dict(), averaged.module)
    net = LeNet()
    write("parameters", [value.detach() for value in net.parameters()], net)
    net = LeNet()
    write("modules", {"state_dict": nn.ParameterDict(list(named("p_", {n.replace(".", "_"): v for n, v in net.named_parameters()}).items()))
                      .state_dict()}, net)

    # what is refused, and for what
    write("whole_module", LeNet(NARROW))
    write("whole_module_legacy", LeNet(NARROW), zipped=False)
    write("batch_norm", Normed().state_dict())
    write("optimizer_only", torch.optim.SGD(LeNet(NARROW).parameters(), lr=0.1).state_dict())
    write("one_tensor", torch.zeros(3))
    write("arrays", {name: value.numpy() for name, value in LeNet(NARROW).state_dict().items()})
    write("colours", nn.Sequential(nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5), nn.Flatten(), nn.Linear(2, 3)).state_dict())
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), path("script.pt"))
    with open(path("pickled.pt"), "wb") as file:
        pickle.dump(LeNet(NARROW).state_dict(), file)
    with open(path("evil.pt"), "wb") as file:
        pickle.dump({"a": Evil()}, file)
    write("evil_zip", {"state_dict": LeNet(NARROW).state_dict(), "x": Evil()})

    x = torch.zeros(1, 1, 28, 28)
    for name, net in ("relu", LeNet()), ("tanh", LeNet(activation=torch.tanh, pool=nn.AvgPool2d)), ("parts", Parts()):
        batch = {"image": {0: "batch"}}
        try:  # the newer exporter needs a package of its own
            torch.onnx.export(net.eval(), x, path(name + ".onnx"), input_names=["image"], dynamic_axes=batch, opset_version=13, dynamo=False)
        except TypeError:
            torch.onnx.export(net.eval(), x, path(name + ".onnx"), input_names=["image"], dynamic_axes=batch, opset_version=13)
        logits(name, net)


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


main()
