"""Records twenty training steps of the U-Net in PyTorch, from stored weights and stored batches.

    python3 tests/SegSharp.ParityTests/scripts/training_steps.py            writes parity-own/training-steps
    python3 tests/SegSharp.ParityTests/scripts/training_steps.py --search 20  prints how far PyTorch agrees with itself, by seed

Every case starts from its file of weights and sees batch `step % 5` of `images.npy` (uint8, used as /255) and `masks.npy`
(uint8, 0 or 1). One thread, float32, oneDNN's direct convolutions, contiguous layout.

Why a seed for each case: a ReLU or a maximum whose inputs are equal up to rounding goes one way with one order of
summation and the other way with the next, and from that step on the losses differ by 1e-5 to 1e-4. With most seeds PyTorch
does not agree with itself to 1e-5 for twenty steps. The seeds in SEEDS meet no such tie, so that what is left is arithmetic.
"""
import argparse
import contextlib
import json
import os
import sys

os.environ.update(OMP_NUM_THREADS="2", OMP_WAIT_POLICY="PASSIVE")
import numpy
import torch
from torch.nn import functional as f

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "bench", "peers"))
from unet_torch import UNet, zero_up_to_rounding

arguments = argparse.ArgumentParser()
arguments.add_argument("--out", default=os.path.join(HERE, "..", "parity-own", "training-steps"))
arguments.add_argument("--search", type=int, default=0, help="try this many seeds of the weights, write nothing")
arguments.add_argument("--base", type=int, default=4)
arguments.add_argument("--depth", type=int, default=3)
arguments.add_argument("--batch", type=int, default=4)
arguments.add_argument("--size", type=int, default=32)
arguments.add_argument("--case", help="search for this one only")
arguments.add_argument("--seed", type=int, default=7, help="of the images")
o = arguments.parse_args()

STEPS, BATCHES = 20, 5
SEEDS = {"bce-adam": 30, "ce-adam": 3, "dice-ce-adam": 5, "bce-sgd": 30, "bce-adamw": 30}


def pictures():
    """Cells with dark membranes between them, and noise: the nearest and second nearest of some random points."""
    chance = numpy.random.default_rng(o.seed)
    y, x = numpy.mgrid[0:o.size, 0:o.size]
    images = numpy.zeros((BATCHES, o.batch, 1, o.size, o.size), numpy.uint8)
    masks = numpy.zeros((BATCHES, o.batch, o.size, o.size), numpy.uint8)
    for b in range(BATCHES):
        for i in range(o.batch):
            centres = chance.random((14, 2)) * o.size
            distance = numpy.sort(numpy.hypot(y[..., None] - centres[:, 0], x[..., None] - centres[:, 1]), -1)
            membrane = distance[..., 1] - distance[..., 0] < 3
            grey = numpy.where(membrane, 70, 170) + chance.normal(0, 25, membrane.shape)
            images[b, i, 0] = numpy.clip(numpy.round(grey), 0, 255)
            masks[b, i] = membrane
    return images, masks


def dice(logits, target):
    """1 - soft Dice, pooled over the batch, mean over the classes without the background, smooth 1e-5, no squares."""
    p = torch.softmax(logits, 1)
    t = f.one_hot(target, logits.shape[1]).movedim(-1, 1).to(p.dtype)
    axes = [0, *range(2, p.dim())]
    score = (2 * (p * t).sum(axes) + 1e-5) / (p.sum(axes) + t.sum(axes) + 1e-5)
    return 1 - score[1:].mean()


def bce(logits, target):
    return f.binary_cross_entropy_with_logits(logits, target[:, None].to(logits.dtype), pos_weight=torch.tensor(9.0, dtype=logits.dtype))


def weighted(logits, target):
    return f.cross_entropy(logits, target, weight=torch.tensor([0.25, 2.0], dtype=logits.dtype))


def dice_ce(logits, target):
    return dice(logits, target) + f.cross_entropy(logits, target)


BCE = {"kind": "bce", "positiveWeight": 9.0}
CASES = {
    "bce-adam": (1, bce, BCE, torch.optim.Adam, {"lr": 1e-3}),
    "ce-adam": (2, weighted, {"kind": "ce", "weights": [0.25, 2.0]}, torch.optim.Adam, {"lr": 1e-3}),
    "dice-ce-adam": (2, dice_ce, {"kind": "dice+ce", "smooth": 1e-5, "poolBatch": True, "background": False}, torch.optim.Adam, {"lr": 1e-3}),
    "bce-sgd": (1, bce, BCE, torch.optim.SGD, {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
    "bce-adamw": (1, bce, BCE, torch.optim.AdamW, {"lr": 1e-3, "weight_decay": 0.01}),
}


def start(case, seed):
    torch.manual_seed(seed)
    return UNet(2, 1, CASES[case][0], o.base, o.depth).state_dict()


def run(case, initial, threads=1, onednn=True, layout=torch.contiguous_format, dtype=torch.float32, shaken=None):
    classes, cost, _, optimiser, settings = CASES[case]
    torch.set_num_threads(threads)
    net = UNet(2, 1, classes, o.base, o.depth)
    net.load_state_dict(initial)
    if shaken is not None:
        torch.manual_seed(shaken)
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(1 + 1e-7 * torch.randn_like(p))
    net = net.to(dtype=dtype, memory_format=layout).train()
    update = optimiser(net.parameters(), **settings)
    losses = []
    with contextlib.nullcontext() if onednn else torch.backends.mkldnn.flags(enabled=False):
        for step in range(STEPS):
            image = (torch.from_numpy(images[step % BATCHES]).to(dtype) / 255).contiguous(memory_format=layout)
            target = torch.from_numpy(masks[step % BATCHES]).long()
            update.zero_grad(set_to_none=True)
            loss = cost(net(image), target)
            loss.backward()
            update.step()
            losses.append(loss.item())
    torch.set_num_threads(1)
    return losses, net.state_dict()


VARIATIONS = {
    "two threads": {"threads": 2},
    "without oneDNN": {"onednn": False},
    "float64": {"dtype": torch.float64},
    **{f"initial weights moved by 1e-7, {i}": {"shaken": i} for i in range(4)},
    "channels last": {"layout": torch.channels_last},
}


def agreement(case, initial, losses, stop=float("inf")):
    """The largest relative difference over the twenty steps for each variation; stops early where it is over `stop`."""
    found = {}
    for name, how in VARIATIONS.items():
        found[name] = max(abs(p - q) / abs(q) for p, q in zip(run(case, initial, **how)[0], losses))
        if found[name] > stop:
            break
    return found


images, masks = pictures()
if o.search:
    for name in [o.case] if o.case else CASES:
        for seed in range(1, o.search + 1):
            initial = start(name, seed)
            found = agreement(name, initial, run(name, initial)[0], stop=2e-6)
            if len(found) == len(VARIATIONS):
                print(name, seed, {k: f"{v:.1e}" for k, v in found.items()}, flush=True)
    sys.exit()

cases, agreements = [], {}
os.makedirs(o.out, exist_ok=True)
for name, (classes, _, loss, optimiser, settings) in CASES.items():
    initial = start(name, SEEDS[name])
    losses, final = run(name, initial)
    assert run(name, initial)[0] == losses, "not even the same run twice gives the same bits"
    agreements[name] = agreement(name, initial, losses)
    print(name, f"{losses[0]:.4f} -> {losses[-1]:.4f}", {k: f"{v:.1e}" for k, v in agreements[name].items()}, file=sys.stderr)
    start_file = f"initial-{classes}-{SEEDS[name]}.pt"
    torch.save(initial, os.path.join(o.out, start_file))
    torch.save(final, os.path.join(o.out, f"final-{name}.pt"))
    cases.append({
        "name": name,
        "classes": classes,
        "initial": start_file,
        "final": f"final-{name}.pt",
        "loss": loss,
        "optimizer": {"kind": optimiser.__name__.lower(), **settings},
        "losses": losses,
    })

numpy.save(os.path.join(o.out, "images.npy"), images)
numpy.save(os.path.join(o.out, "masks.npy"), masks)
with open(os.path.join(o.out, "cases.json"), "w", encoding="utf8") as file:
    json.dump({
        "network": {"dimensions": 2, "inChannels": 1, "base": o.base, "depth": o.depth},
        "steps": STEPS,
        "batches": BATCHES,
        "zeroUpToRounding": zero_up_to_rounding(initial),
        "cases": cases,
    }, file, indent=1)
with open(os.path.join(o.out, "provenance.json"), "w", encoding="utf8") as file:
    json.dump({
        "script": "tests/SegSharp.ParityTests/scripts/training_steps.py",
        "arguments": {"base": o.base, "depth": o.depth, "batch": o.batch, "size": o.size},
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "seeds": {"images": o.seed, "weights": SEEDS},
        "threads": 1,
        "recorded": "losses[k] is the loss before update k, in float32; final-NAME.pt is the state after twenty updates.",
        "tolerance": "losses: 1e-5 relative. `selfAgreement` is how far PyTorch's own losses move (largest relative difference over the twenty steps) when only kernels or the order of summation change.",
        "seedsChosen": "the weights' seeds are the first whose run meets no tie of a ReLU or a maximum up to rounding (every variation but channels last within 2e-6); with most seeds PyTorch moves by 1e-5 to 1e-4 against itself. Its batch normalisation in channels-last layout adds up less precisely and moves more.",
        "zeroUpToRounding": "the biases before a batch normalisation have gradient zero in exact arithmetic; Adam scales the rounding noise up to full steps, so their final values are noise and must not be compared.",
        "selfAgreement": agreements,
    }, file, indent=1)
