"""The ISBI 2012 exercise in plain PyTorch: from the TIFF stacks to a U-Net and its pooled validation Dice.

    python3 bench/peers/isbi.py FOLDER --seed 0 --threads 2 --blas openblas

Images: Pillow's bilinear to the size asked for, /255. Masks: nearest, membrane = label < 128. Flips and 90° turns.
U-Net base 16 depth 4, BCE with positive weight 9, Adam 1e-3, batch 8, 100 epochs, last 5 slices for validation.
Dice is pooled over all validation pixels on the resized grid, at sigmoid > 0.5. Prints one JSON line.
"""
import argparse
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import blas

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("folder", help="the folder with train-volume.tif and train-labels.tif")
arguments.add_argument("--seed", type=int, default=0)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--epochs", type=int, default=100)
arguments.add_argument("--batch", type=int, default=8)
arguments.add_argument("--size", type=int, default=128)
arguments.add_argument("--base", type=int, default=16)
arguments.add_argument("--depth", type=int, default=4)
arguments.add_argument("--blas", choices=blas.CHOICES, default="system")
arguments.add_argument("--channels-last", action="store_true")
arguments.add_argument("--bf16", action="store_true")
arguments.add_argument("--quiet", action="store_true", help="no line per epoch on standard error")
arguments.add_argument("--save", help="where the last weights go")
o = arguments.parse_args()
blas.start(o.blas, o.threads)

began = time.perf_counter()
import contextlib

import numpy
import torch
from PIL import Image, ImageSequence

from unet_torch import UNet

torch.set_num_threads(o.threads)
torch.manual_seed(o.seed)
chance = numpy.random.default_rng(o.seed)


def pages(name, filter):
    with Image.open(os.path.join(o.folder, name)) as stack:
        return numpy.stack([numpy.asarray(p.convert("L").resize((o.size, o.size), filter)) for p in ImageSequence.Iterator(stack)])


images = pages("train-volume.tif", Image.BILINEAR).astype(numpy.float32)[:, None] / 255
masks = (pages("train-labels.tif", Image.NEAREST) < 128).astype(numpy.float32)[:, None]
train = numpy.arange(len(images) - 5)
held_out = numpy.arange(len(images) - 5, len(images))

layout = torch.channels_last if o.channels_last else torch.contiguous_format
net = UNet(2, 1, 1, o.base, o.depth).to(memory_format=layout)
adam = torch.optim.Adam(net.parameters(), lr=1e-3)
cost = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(9.0))
precision = torch.autocast("cpu", dtype=torch.bfloat16) if o.bf16 else contextlib.nullcontext()


def changed(pair):
    if chance.random() < 0.5:
        pair = [numpy.flip(a, 2) for a in pair]
    if chance.random() < 0.5:
        pair = [numpy.flip(a, 1) for a in pair]
    turns = chance.integers(4)
    return [numpy.rot90(a, turns, (1, 2)) for a in pair]


def tensor(arrays):
    return torch.from_numpy(numpy.ascontiguousarray(numpy.stack(arrays))).contiguous(memory_format=layout)


def validate():
    net.eval()
    with torch.no_grad(), precision:
        found = torch.sigmoid(net(tensor(images[held_out])).float()).numpy() > 0.5
    net.train()
    truth = masks[held_out] > 0.5
    return 2 * (found & truth).sum() / (found.sum() + truth.sum())


history = []
training = time.perf_counter()
cpu = time.process_time()
for epoch in range(1, o.epochs + 1):
    total = 0.0
    order = chance.permutation(train)
    for first in range(0, len(order), o.batch):
        chosen = order[first:first + o.batch]
        pairs = [changed([images[i], masks[i]]) for i in chosen]
        image, mask = tensor([p[0] for p in pairs]), tensor([p[1] for p in pairs])
        adam.zero_grad(set_to_none=True)
        with precision:
            logits = net(image)
        loss = cost(logits.float(), mask)
        loss.backward()
        adam.step()
        total += loss.item() * len(chosen)
    history.append((total / len(order), float(validate())))
    if not o.quiet:
        print(f"epoch {epoch:3d}  loss {history[-1][0]:.4f}  Dice {history[-1][1]:.4f}", file=sys.stderr)
ended = time.perf_counter()

if o.save:
    torch.save(net.state_dict(), o.save)
best = max(range(len(history)), key=lambda i: history[i][1])
print(json.dumps({
    "side": "pytorch",
    "task": "isbi",
    "seed": o.seed,
    "threads": o.threads,
    "blas": o.blas,
    "layout": "channels-last" if o.channels_last else "contiguous",
    "precision": "bf16" if o.bf16 else "fp32",
    "epochs": o.epochs,
    "grid": [o.size, o.size],
    "diceLast": history[-1][1],
    "diceBest": history[best][1],
    "bestEpoch": best + 1,
    "trainSeconds": ended - training,
    "cpuSeconds": time.process_time() - cpu,
    "totalSeconds": ended - began,
    "peakBytes": blas.memory("VmHWM"),
    "losses": [loss for loss, _ in history],
    "dices": [dice for _, dice in history],
    "version": torch.__version__,
    "blasLoaded": blas.loaded(),
}))
