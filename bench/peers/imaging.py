"""One task without a network, in this process, with scipy and scikit-image: what ImagingBenchmark.cs does in SegSharp."""
import argparse
import json
import os
import time

import blas
import numpy
import scipy
import skimage
from scipy.ndimage import zoom
from skimage.transform import resize

arguments = argparse.ArgumentParser()
arguments.add_argument("task")
arguments.add_argument("--threads", type=int, default=os.cpu_count())
arguments.add_argument("--steps", type=int, default=3)
arguments.add_argument("--warmup", type=int, default=0)
arguments.add_argument("--weights")
o = arguments.parse_args()

with open(os.path.join(os.path.dirname(__file__), "..", "tasks.json")) as file:
    task = json.load(file)[o.task]
depth, height, width = task["shape"][2:]
to = task["to"][2:]


def volume(c):
    x, y, z = numpy.arange(width), numpy.arange(height), numpy.arange(depth)
    plane = numpy.sin(0.07 * x + c)[None, :] * numpy.cos(0.05 * y - c)[:, None]
    return (plane[None] + 0.5 * numpy.sin(0.11 * z + 2 * c)[:, None, None]).astype(numpy.float32)


if task["kind"] == "resample":
    image = volume(0)

    def step():
        # What skimage's resize calls, without its check of the range, which costs scipy nothing to leave out.
        out = zoom(image, [n / o for n, o in zip(to, image.shape)], order=3, mode="nearest", grid_mode=True)
        return float(numpy.abs(numpy.clip(out, image.min(), image.max())).mean(dtype=numpy.float64))
else:
    logits = numpy.stack([volume(c) for c in range(task["classes"])])

    def step():
        # As nnU-Net exports: every class resized, then the largest.
        resized = numpy.empty((len(logits), *to), dtype=numpy.float32)
        for c, one in enumerate(logits):
            resized[c] = resize(one, to, order=1, mode="edge", anti_aliasing=False)
        return float(resized.argmax(0).astype(numpy.uint16).mean(dtype=numpy.float64))

floor = blas.memory("VmRSS")
values = [step() for _ in range(o.warmup)]
walls, cpus = [], []
for _ in range(o.steps):
    wall, cpu = time.perf_counter(), time.process_time()
    values.append(step())
    walls.append(time.perf_counter() - wall)
    cpus.append(time.process_time() - cpu)

print(json.dumps({
    "side": "scipy",
    "task": o.task,
    "threads": 1,
    "layout": "contiguous",
    "precision": "fp32",
    "wall": walls,
    "cpu": cpus,
    "peakBytes": blas.memory("VmHWM"),
    "startBytes": floor,
    "values": values,
    "version": f"scipy {scipy.__version__}, scikit-image {skimage.__version__}",
}))
