"""Times training steps of a network that SegSharp recorded, call by call, in plain PyTorch: same operators, same weights, autograd on.

    python3 bench/peers/replay.py trace.json --weights initial.pt --shape 8,1,128,128 --classes 2 --blas openblas
"""
import argparse
import base64
import json
import math
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import blas

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("trace")
arguments.add_argument("--task", default="")
arguments.add_argument("--shape", required=True)
arguments.add_argument("--classes", type=int, required=True)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--steps", type=int, default=5)
arguments.add_argument("--warmup", type=int, default=2)
arguments.add_argument("--blas", choices=blas.CHOICES, default="system")
arguments.add_argument("--channels-last", action="store_true")
arguments.add_argument("--weights", required=True)
o = arguments.parse_args()
blas.start(o.blas, o.threads)

begin = time.perf_counter()
import torch
import_seconds = time.perf_counter() - begin

torch.set_num_threads(o.threads)
shape = [int(s) for s in o.shape.split(",")]
layout = torch.contiguous_format
if o.channels_last:
    layout = torch.channels_last if len(shape) == 4 else torch.channels_last_3d


TYPES = {"float32": torch.float32, "float64": torch.float64, "int64": torch.int64, "int32": torch.int32, "uint8": torch.uint8, "bool": torch.bool}


def conv(x, weight, bias, stride, padding, dilation, groups):
    kind = torch.conv2d if x.dim() == 4 else torch.conv3d
    return kind(x, weight, bias, stride, padding, dilation, groups)


def conv_transpose_shuffle(x, weight, bias=None):
    kind = torch.conv_transpose2d if x.dim() == 4 else torch.conv_transpose3d
    return kind(x, weight, bias, stride=weight.shape[2:])


OWN = {"segsharp::conv": conv, "segsharp::conv_transpose_shuffle": conv_transpose_shuffle}


FORMATS = [torch.contiguous_format, torch.preserve_format, torch.channels_last, torch.channels_last_3d]


def operator(step):
    """The step as a function of its arguments in schema order."""
    if step["op"] in OWN:
        return OWN[step["op"]]
    space, name = step["op"].split("::")
    op = getattr(getattr(getattr(torch.ops, space), name), step["overload"] or "default")
    schema = op._schema.arguments
    if not any(a.kwarg_only for a in schema[:len(step["arguments"])]):
        return op

    def call(*values):
        named = {a.name: FORMATS[v] if a.name == "memory_format" and v is not None else v for a, v in zip(schema, values) if a.kwarg_only}
        return op(*[v for a, v in zip(schema, values) if not a.kwarg_only], **named)

    return call


def tensors(value):
    """The numbers of the tensors among an argument."""
    if not isinstance(value, dict):
        return []
    return [value["tensor"]] if "tensor" in value else [t for t in value["tensors"] if t is not None]


class Replay:
    """The recorded steps with the weights as leaves; a tensor is let go after its last use."""

    def __init__(self, file, weights):
        with open(file, encoding="utf8") as text:
            graph = json.load(text)
        self.image, self.logits = graph["inputs"][0]["id"], graph["outputs"][0]
        self.held = {}
        self.learnt = []
        values = torch.load(weights, weights_only=True)
        for entry in graph["state"]:
            value = values[entry["name"]]
            value = value.contiguous(memory_format=layout).clone() if value.dim() == len(shape) else value.clone()
            self.held[entry["id"]] = value
            if entry["name"].rsplit(".", 1)[-1] not in ("running_mean", "running_var", "num_batches_tracked"):
                self.learnt.append(value.requires_grad_())
        for entry in graph["constants"]:
            raw = torch.frombuffer(bytearray(base64.b64decode(entry["data"])), dtype=TYPES[entry["dtype"].split(".")[-1]])
            self.held[entry["id"]] = raw.reshape(entry["shape"])
        self.steps = [(operator(s), s["arguments"], s["results"]) for s in graph["steps"]]
        last = {t: i for i, s in enumerate(graph["steps"]) for a in s["arguments"] for t in tensors(a)}
        self.free = [[] for _ in self.steps]
        for tensor, i in last.items():
            if tensor not in self.held and tensor != self.logits:
                self.free[i].append(tensor)

    def __call__(self, image):
        held = {**self.held, self.image: image}

        def real(value):
            if not isinstance(value, dict):
                return value
            return held[value["tensor"]] if "tensor" in value else [None if t is None else held[t] for t in value["tensors"]]

        for (op, arguments, results), free in zip(self.steps, self.free):
            found = op(*[real(a) for a in arguments])
            for name, result in zip(results, found if isinstance(found, (tuple, list)) else [found]):
                held[name] = result
            for name in free:
                held.pop(name, None)
        return held[self.logits]


def numbers(sizes):
    return torch.arange(math.prod(sizes)).reshape(sizes)


net = Replay(o.trace, o.weights)
image = (((37 * numbers(shape) + 11) % 101).float() / 101).contiguous(memory_format=layout)
target = (numbers([shape[0], *shape[2:]]) * 53 + 7) % o.classes
cost = torch.nn.CrossEntropyLoss()
adam = torch.optim.Adam(net.learnt, lr=1e-3)


def step():
    adam.zero_grad(set_to_none=True)
    loss = cost(net(image), target)
    loss.backward()
    adam.step()
    return loss.item()


floor = blas.memory("VmRSS")
values = [step() for _ in range(o.warmup)]
walls, cpus = [], []
for _ in range(o.steps):
    wall, cpu = time.perf_counter(), time.process_time()
    values.append(step())
    walls.append(time.perf_counter() - wall)
    cpus.append(time.process_time() - cpu)

print(json.dumps({
    "side": "pytorch",
    "task": o.task,
    "threads": torch.get_num_threads(),
    "blas": o.blas,
    "layout": "channels-last" if o.channels_last else "contiguous",
    "precision": "fp32",
    "wall": walls,
    "cpu": cpus,
    "peakBytes": blas.memory("VmHWM"),
    "startBytes": floor,
    "importSeconds": import_seconds,
    "values": values,
    "version": torch.__version__,
    "blasLoaded": blas.loaded(),
    "sgemmGigaflops": round(blas.gigaflops(torch), 1),
}))
