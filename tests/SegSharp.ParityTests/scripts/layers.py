"""Records outputs and gradients of PyTorch's layers, small, as .npy files with an index.

    python3 tests/SegSharp.ParityTests/scripts/layers.py        writes parity-own/layers

index.json holds one entry for each case: layer, options, and the files by role: input, parameters and buffers by their
state-dict name, output, gradients of the input and of every parameter, buffers after a forward in training mode.
Gradients are of the scalar mean(output * c), c[i] = ((37 i + 11) mod 101) / 50 - 1, i the flat row-major index.
"""
import argparse
import json
import os

os.environ["OMP_NUM_THREADS"] = "1"
import numpy
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser()
arguments.add_argument("--out", default=os.path.join(HERE, "..", "parity-own", "layers"))
o = arguments.parse_args()
SEED = 11

FLAT, SOLID = (2, 4, 9, 7), (2, 4, 5, 6, 7)
CASES = {
    "conv2d": ("conv", nn.Conv2d(4, 6, 3, padding=1), FLAT, {"kernel": 3, "padding": 1}),
    "conv2d-stride": ("conv", nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False), FLAT, {"kernel": 3, "stride": 2, "padding": 1, "bias": False}),
    "conv2d-dilation": ("conv", nn.Conv2d(4, 6, 3, padding=2, dilation=2), FLAT, {"kernel": 3, "padding": 2, "dilation": 2}),
    "conv2d-groups": ("conv", nn.Conv2d(4, 8, 3, padding=1, groups=2), FLAT, {"kernel": 3, "padding": 1, "groups": 2}),
    "conv2d-unpadded": ("conv", nn.Conv2d(4, 6, 3), FLAT, {"kernel": 3}),
    "conv2d-1x1": ("conv", nn.Conv2d(4, 3, 1), FLAT, {"kernel": 1}),
    "conv2d-winograd": ("conv", nn.Conv2d(32, 32, 3, padding=1), (1, 32, 12, 10), {"kernel": 3, "padding": 1}),
    "conv2d-uneven": ("conv", nn.Conv2d(4, 6, (3, 1), padding=(1, 0)), FLAT, {"kernel": [3, 1], "padding": [1, 0]}),
    "conv3d": ("conv", nn.Conv3d(4, 5, 3, padding=1), SOLID, {"kernel": 3, "padding": 1}),
    "conv3d-uneven": ("conv", nn.Conv3d(4, 5, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1)), SOLID, {"kernel": [1, 3, 3], "stride": [1, 2, 2], "padding": [0, 1, 1]}),
    "transposed2d": ("transposed", nn.ConvTranspose2d(4, 3, 2, stride=2), FLAT, {"kernel": 2, "stride": 2}),
    "transposed2d-overlap": ("transposed", nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1), FLAT, {"kernel": 4, "stride": 2, "padding": 1}),
    "transposed2d-output-padding": ("transposed", nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1), FLAT, {"kernel": 3, "stride": 2, "padding": 1, "outputPadding": 1}),
    "transposed3d": ("transposed", nn.ConvTranspose3d(4, 3, 2, stride=2), (1, 4, 3, 4, 2), {"kernel": 2, "stride": 2}),
    "transposed3d-uneven": ("transposed", nn.ConvTranspose3d(4, 3, (1, 2, 2), stride=(1, 2, 2)), (1, 4, 3, 4, 2), {"kernel": [1, 2, 2], "stride": [1, 2, 2]}),
    "batch-norm2d-train": ("batchNorm", nn.BatchNorm2d(4), FLAT, {"training": True}),
    "batch-norm2d-eval": ("batchNorm", nn.BatchNorm2d(4), FLAT, {"training": False}),
    "batch-norm2d-momentum": ("batchNorm", nn.BatchNorm2d(4, eps=1e-3, momentum=0.01), FLAT, {"training": True, "epsilon": 1e-3, "momentum": 0.01}),
    "batch-norm3d-train": ("batchNorm", nn.BatchNorm3d(4), SOLID, {"training": True}),
    "batch-norm3d-eval": ("batchNorm", nn.BatchNorm3d(4), SOLID, {"training": False}),
    "instance-norm2d": ("instanceNorm", nn.InstanceNorm2d(4, affine=True), FLAT, {"affine": True}),
    "instance-norm2d-plain": ("instanceNorm", nn.InstanceNorm2d(4), FLAT, {"affine": False}),
    "instance-norm3d": ("instanceNorm", nn.InstanceNorm3d(4, affine=True), SOLID, {"affine": True}),
    "group-norm2d": ("groupNorm", nn.GroupNorm(2, 4), FLAT, {"groups": 2}),
    "group-norm3d": ("groupNorm", nn.GroupNorm(4, 4), SOLID, {"groups": 4}),
    "layer-norm": ("layerNorm", nn.LayerNorm(7), (2, 5, 7), {"size": 7}),
    "linear": ("linear", nn.Linear(7, 5), (3, 7), {}),
    "max-pool2d": ("maxPool", nn.MaxPool2d(2), FLAT, {"kernel": 2}),
    "max-pool2d-overlap": ("maxPool", nn.MaxPool2d(3, stride=2, padding=1), FLAT, {"kernel": 3, "stride": 2, "padding": 1}),
    "max-pool2d-ceil": ("maxPool", nn.MaxPool2d(2, ceil_mode=True), FLAT, {"kernel": 2, "ceil": True}),
    "max-pool3d": ("maxPool", nn.MaxPool3d(2), SOLID, {"kernel": 2}),
    "max-pool3d-uneven": ("maxPool", nn.MaxPool3d((1, 2, 2)), SOLID, {"kernel": [1, 2, 2]}),
    "average-pool2d": ("averagePool", nn.AvgPool2d(2), FLAT, {"kernel": 2}),
    "average-pool2d-padding": ("averagePool", nn.AvgPool2d(3, stride=2, padding=1), FLAT, {"kernel": 3, "stride": 2, "padding": 1}),
    "average-pool3d": ("averagePool", nn.AvgPool3d(2), SOLID, {"kernel": 2}),
    "global-average-pool2d": ("globalAveragePool", nn.AdaptiveAvgPool2d(1), FLAT, {}),
    "upsample2d-nearest": ("upsample", nn.Upsample(scale_factor=2, mode="nearest"), FLAT, {"mode": "nearest", "factor": 2}),
    "upsample2d-bilinear": ("upsample", nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False), FLAT, {"mode": "linear", "factor": 2, "alignCorners": False}),
    "upsample2d-bilinear-corners": ("upsample", nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), FLAT, {"mode": "linear", "factor": 2, "alignCorners": True}),
    "upsample2d-size": ("upsample", nn.Upsample(size=(13, 20), mode="bilinear", align_corners=False), FLAT, {"mode": "linear", "size": [13, 20], "alignCorners": False}),
    "upsample3d-nearest": ("upsample", nn.Upsample(scale_factor=2, mode="nearest"), (1, 2, 3, 4, 2), {"mode": "nearest", "factor": 2}),
    "upsample3d-trilinear": ("upsample", nn.Upsample(scale_factor=2, mode="trilinear", align_corners=False), (1, 2, 3, 4, 2), {"mode": "linear", "factor": 2, "alignCorners": False}),
    "upsample3d-trilinear-corners": ("upsample", nn.Upsample(scale_factor=2, mode="trilinear", align_corners=True), (1, 2, 3, 4, 2), {"mode": "linear", "factor": 2, "alignCorners": True}),
    "relu": ("relu", nn.ReLU(), FLAT, {}),
    "leaky-relu": ("leakyRelu", nn.LeakyReLU(0.01), FLAT, {"slope": 0.01}),
    "prelu": ("prelu", nn.PReLU(4, init=0.25), FLAT, {"parameters": 4}),
    "prelu-one": ("prelu", nn.PReLU(1, init=0.25), FLAT, {"parameters": 1}),
    "elu": ("elu", nn.ELU(), FLAT, {"alpha": 1.0}),
    "gelu": ("gelu", nn.GELU(), FLAT, {}),
    "silu": ("silu", nn.SiLU(), FLAT, {}),
    "sigmoid": ("sigmoid", nn.Sigmoid(), FLAT, {}),
    "softmax": ("softmax", nn.Softmax(1), FLAT, {"axis": 1}),
    "log-softmax": ("logSoftmax", nn.LogSoftmax(1), FLAT, {"axis": 1}),
    "dropout-eval": ("dropout", nn.Dropout(0.5), FLAT, {"probability": 0.5, "training": False}),
    "dropout2d-eval": ("dropout", nn.Dropout2d(0.5), FLAT, {"probability": 0.5, "training": False}),
}

torch.set_num_threads(1)
os.makedirs(o.out, exist_ok=True)
index = []
for number, (name, (layer, module, shape, options)) in enumerate(CASES.items()):
    chance = torch.Generator().manual_seed(1000 * SEED + number)
    with torch.no_grad():
        for key, value in module.state_dict().items():
            if value.dtype != torch.float32:
                continue
            fresh = torch.randn(value.shape, generator=chance)
            if key == "running_var":
                fresh = 0.5 + fresh.abs()
            elif layer.endswith("Norm") and key == "weight":
                fresh = 1 + 0.2 * fresh
            elif layer == "prelu":
                fresh = 0.25 + 0.1 * fresh
            else:
                fresh = 0.3 * fresh
            value.copy_(fresh)
    module.train(options.get("training", not layer == "dropout"))
    entry = {"name": name, "layer": layer, "torch": repr(module), "options": options}

    def keep(role, tensor):
        file = f"{name}.{role}.npy"
        numpy.save(os.path.join(o.out, file), tensor.detach().contiguous().numpy())
        return file

    entry["state"] = {k: keep(f"state.{k}", v.clone()) for k, v in module.state_dict().items()}
    x = torch.randn(shape, generator=chance).requires_grad_()
    y = module(x)
    c = (((37 * torch.arange(y.numel()) + 11) % 101).float() / 50 - 1).reshape(y.shape)
    (y * c).mean().backward()
    entry["input"] = keep("input", x)
    entry["output"] = keep("output", y)
    entry["gradientOfInput"] = keep("gradient.input", x.grad)
    entry["gradients"] = {k: keep(f"gradient.{k}", p.grad) for k, p in module.named_parameters()}
    if options.get("training"):
        entry["stateAfter"] = {k: keep(f"after.{k}", v) for k, v in module.named_buffers()}
    index.append(entry)

with open(os.path.join(o.out, "index.json"), "w", encoding="utf8") as file:
    json.dump({"cases": index}, file, indent=1)
with open(os.path.join(o.out, "provenance.json"), "w", encoding="utf8") as file:
    json.dump({
        "script": "tests/SegSharp.ParityTests/scripts/layers.py",
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "seed": SEED,
        "threads": 1,
        "tolerance": "outputs: |a-b| <= 1e-6 + 1e-5 |b|; gradients: |a-b| <= 1e-7 + 1e-4 max|b|, as in the parity fixtures of the networks. Float32 against float32 with another order of summation.",
    }, file, indent=1)
print(f"{len(index)} cases, {sum(os.path.getsize(os.path.join(o.out, f)) for f in os.listdir(o.out))} bytes in {len(os.listdir(o.out))} files")
