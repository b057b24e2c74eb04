"""Times one task of bench/tasks.json in plain PyTorch and prints one JSON line. One process per measurement.

    python3 bench/peers/step.py train-2d-16 --threads 2 --blas openblas --channels-last
"""
import argparse
import contextlib
import json
import math
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import blas

with open(os.path.join(HERE, "..", "tasks.json"), encoding="utf8") as file:
    TASKS = json.load(file)

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("task", choices=TASKS)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--steps", type=int, default=10)
arguments.add_argument("--warmup", type=int, default=3)
arguments.add_argument("--seed", type=int, default=0)
arguments.add_argument("--blas", choices=blas.CHOICES, default="system")
arguments.add_argument("--channels-last", action="store_true")
arguments.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
arguments.add_argument("--frozen", action="store_true", help="prediction only: torch.jit.optimize_for_inference (folds the normalisation)")
arguments.add_argument("--weights", help="a state dict to start from")
arguments.add_argument("--profile", action="store_true", help="the operators of one more step, to standard error")
o = arguments.parse_args()
blas.start(o.blas, o.threads)

begin = time.perf_counter()
import torch
from sam_torch import Sam
from unet_torch import UNet
import_seconds = time.perf_counter() - begin

task = TASKS[o.task]
torch.set_num_threads(o.threads)
torch.manual_seed(o.seed)
layout = torch.contiguous_format
if o.channels_last:
    layout = torch.channels_last if task["dimensions"] == 2 else torch.channels_last_3d

promptable = task["kind"] in ("embed", "prompt")
net = Sam() if promptable else UNet(task["dimensions"], task["inChannels"], task["classes"], task["base"], task["depth"])
if o.weights:
    net.load_state_dict(torch.load(o.weights, weights_only=True))
net = net.to(memory_format=layout)


def numbers(shape):
    """0, 1, 2, … in row-major order: what both sides make their input and target from."""
    return torch.arange(math.prod(shape)).reshape(shape)


image = (((37 * numbers(task["shape"]) + 11) % 101).float() / 101).contiguous(memory_format=layout)
precision = torch.autocast("cpu", dtype=torch.bfloat16) if o.bf16 else contextlib.nullcontext()

if task["kind"] == "train":
    target = numbers([task["shape"][0], *task["shape"][2:]]) * 53 + 7
    if task["loss"] == "bce":
        target = (target % 11 < 2).float().unsqueeze(1)
        cost = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(9.0))
    else:
        target = target % task["classes"]
        cost = torch.nn.CrossEntropyLoss()
    net.train()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step():
        adam.zero_grad(set_to_none=True)
        with precision:
            logits = net(image)
        loss = cost(logits.float(), target)
        loss.backward()
        adam.step()
        return loss.item()
elif task["kind"] == "predict":
    net.eval()
    if o.frozen:
        with torch.no_grad():
            net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, image)))

    def step():
        with torch.no_grad(), precision:
            return net(image).float().abs().mean().item()
elif task["kind"] == "embed":
    net.eval()

    def step():
        with torch.no_grad():
            return net.image_encoder(image).abs().mean().item()
elif task["kind"] == "prompt":
    net.eval()
    click = torch.tensor([[[500.0, 375.0]]])
    with torch.no_grad():
        embedding = net.image_encoder(image)

    def step():
        with torch.no_grad():
            masks, quality = net.prompt(embedding, click)
            return masks.abs().mean().item() + quality.abs().mean().item()
elif task["kind"] == "load":
    def step():
        net.load_state_dict(torch.load(o.weights, weights_only=True))
        return 0.0
else:
    left, right = torch.ones(8), torch.ones(8)

    def step():
        with torch.no_grad():
            for _ in range(100_000):
                sum = torch.add(left, right)
        return sum[0].item()

floor = blas.memory("VmRSS")
values = [step() for _ in range(o.warmup)]
walls, cpus = [], []
for _ in range(o.steps):
    wall, cpu = time.perf_counter(), time.process_time()
    values.append(step())
    walls.append(time.perf_counter() - wall)
    cpus.append(time.process_time() - cpu)
peak = blas.memory("VmHWM")

if o.profile:
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        step()
    print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=25), file=sys.stderr)

print(json.dumps({
    "side": "pytorch",
    "task": o.task,
    "threads": torch.get_num_threads(),
    "blas": o.blas,
    "layout": "channels-last" if o.channels_last else "contiguous",
    "precision": "bf16" if o.bf16 else "fp32",
    "frozen": o.frozen,
    "wall": walls,
    "cpu": cpus,
    "peakBytes": peak,
    "startBytes": floor,
    "importSeconds": import_seconds,
    "values": values,
    "version": torch.__version__,
    "blasLoaded": blas.loaded(),
    "sgemmGigaflops": round(blas.gigaflops(torch), 1),
}))
