"""One task without a network, in this process, with scipy, scikit-image or nibabel: what ImagingBenchmark.cs does in SegSharp.

    python3 bench/peers/imaging.py resample-155 --steps 3
"""
import argparse
import json
import os
import time

import blas
import numpy

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("task")
arguments.add_argument("--threads", type=int, help="taken for the sake of one form; all of these work on one")
arguments.add_argument("--steps", type=int, default=3)
arguments.add_argument("--warmup", type=int, default=0)
arguments.add_argument("--raw", action="store_true", help="reading only: the numbers as they are stored, not get_fdata")
arguments.add_argument("--weights", help="the file to read, or the masks")
o = arguments.parse_args()

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tasks.json"), encoding="utf8") as file:
    task = json.load(file)[o.task]
kind = task["kind"]
depth, height, width = task["shape"][-3:]
to = task.get("to", [])[-3:]
spacing = task.get("spacing", [1.0, 1.0, 1.0])

# Only what the task needs, so that nobody's memory counts what it does not use.
if kind == "read":
    import nibabel
    side, version = "nibabel", nibabel.__version__
elif kind == "decide":
    import skimage
    from skimage.transform import resize
    side, version = "scikit-image", skimage.__version__
else:
    import scipy
    from scipy import ndimage
    side, version = "scipy", scipy.__version__


def waves(c):
    x, y, z = numpy.arange(width), numpy.arange(height), numpy.arange(depth)
    plane = numpy.sin(0.07 * x + c)[None, :] * numpy.cos(0.05 * y - c)[:, None]
    return (plane[None] + 0.5 * numpy.sin(0.11 * z + 2 * c)[:, None, None]).astype(numpy.float32)


def weighted(volume):
    """One number that changes when any voxel does, or two change places; page by page, so that it needs no memory."""
    within = numpy.arange(volume[0].size)
    return float(sum(((within + z) % 997 + 1.0) @ page.ravel().astype(numpy.float64) for z, page in enumerate(volume)))


def surface(mask):
    """Voxels of a mask with a face neighbour outside; the mask has an empty rim. Slices: much faster than binary_erosion."""
    inner = mask.copy()
    for axis in range(3):
        front, back = [slice(None)] * 3, [slice(None)] * 3
        front[axis], back[axis] = slice(1, None), slice(None, -1)
        inner[tuple(front)] &= mask[tuple(back)]
        inner[tuple(back)] &= mask[tuple(front)]
    return mask & ~inner


# step() is timed; value(what it returned) is not.
if kind == "read":
    def step():
        image = nibabel.load(o.weights)
        return numpy.asanyarray(image.dataobj) if o.raw else image.get_fdata()

    def value(voxels):
        return weighted(voxels.T)
elif kind == "resample":
    image = waves(0)

    def step():
        # What skimage's resize calls, without its check of the range, which costs scipy nothing to leave out.
        out = ndimage.zoom(image, [n / o for n, o in zip(to, image.shape)], order=3, mode="nearest", grid_mode=True)
        return numpy.clip(out, image.min(), image.max(), out=out)

    def value(out):
        return sum(float(numpy.abs(page).sum(dtype=numpy.float64)) for page in out) / out.size
elif kind == "decide":
    logits = numpy.stack([waves(c) for c in range(task["classes"])])

    def step():
        # As nnU-Net exports: every class resized, then the largest.
        resized = numpy.empty((len(logits), *to), dtype=numpy.float32)
        for c, one in enumerate(logits):
            resized[c] = resize(one, to, order=1, mode="edge", anti_aliasing=False)
        return resized.argmax(0).astype(numpy.uint16)

    def value(labels):
        return float(labels.mean(dtype=numpy.float64))
elif kind == "augment":
    image = waves(0)
    labels = (image > 0.3).astype(numpy.uint16)
    nodes, deep = task["nodes"], depth > 1
    flat = () if deep else (0,)
    image, labels = image.squeeze(flat), labels.squeeze(flat)
    counts = [n // nodes + 4 for n in image.shape]
    moves = [(0.3 * nodes * numpy.sin(1.7 * numpy.arange(numpy.prod(counts)) + phase)).astype(numpy.float32).reshape(counts) for phase in (0, 1, 2)][:image.ndim]
    moves = moves[::-1]                                           # z, y, x

    # From the result to the source: x, y, z turned about z, y and x.
    def turn(degrees, axis):
        sin, cos = numpy.sin(numpy.radians(degrees)), numpy.cos(numpy.radians(degrees))
        return numpy.array({0: [[1, 0, 0], [0, cos, -sin], [0, sin, cos]], 1: [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], 2: [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]}[axis])

    matrix = turn(8 if deep else 0, 0) @ turn(-5 if deep else 0, 1) @ turn(12, 2) / 1.1
    matrix = matrix[::-1, ::-1][3 - image.ndim:, 3 - image.ndim:].astype(numpy.float32)
    centre = numpy.array([(n - 1) / 2 for n in image.shape], dtype=numpy.float32)

    # The weights of the cubic B-spline, one matrix per axis: many times quicker than map_coordinates on the grid of nodes.
    def basis(size, count):
        weights = numpy.zeros((size, count), dtype=numpy.float32)
        g = numpy.arange(size) / nodes
        first, t = g.astype(int), g - g.astype(int)
        for k, w in enumerate(((1 - t) ** 3 / 6, (3 * t**3 - 6 * t**2 + 4) / 6, (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6, t**3 / 6)):
            weights[numpy.arange(size), first + k] = w
        return weights

    bases = [basis(n, c) for n, c in zip(image.shape, counts)]
    places = [numpy.arange(n, dtype=numpy.float32).reshape([-1 if a == axis else 1 for a in range(image.ndim)]) for axis, n in enumerate(image.shape)]

    def step():
        bent = []
        for axis, move in enumerate(moves):
            for b in bases:
                move = numpy.tensordot(move, b, axes=(0, 1))
            move += places[axis] - centre[axis]
            bent.append(move)
        at = numpy.stack([sum(m * b for m, b in zip(row, bent)) + c for row, c in zip(matrix, centre)])
        return ndimage.map_coordinates(image, at, order=1, mode="mirror"), ndimage.map_coordinates(labels, at, order=0, mode="mirror")

    def value(moved):
        return float(numpy.abs(moved[0]).mean(dtype=numpy.float64)) + float(moved[1].mean(dtype=numpy.float64))
elif kind == "components":
    mask = numpy.load(o.weights)[0]
    structure = ndimage.generate_binary_structure(3, {6: 1, 18: 2, 26: 3}[task["connectivity"]])

    def step():
        return ndimage.label(mask, structure)[0]

    value = weighted
elif kind == "distance":
    outside = ~numpy.load(o.weights)[0]

    def step():
        return ndimage.distance_transform_edt(outside, sampling=spacing)

    value = weighted
elif kind == "surfaces":
    truth, prediction = numpy.load(o.weights)

    def step():
        # HD95 and surface Dice from the same two transforms, inside the box around both masks.
        both = truth | prediction
        sides = (both.any((1, 2)), both.any((0, 2)), both.any((0, 1)))
        box = tuple(slice(side.argmax(), side.size - side[::-1].argmax()) for side in sides)
        edges = [surface(numpy.pad(mask[box], 1)) for mask in (prediction, truth)]
        distances = [ndimage.distance_transform_edt(~other, sampling=spacing)[one] for one, other in (edges, edges[::-1])]
        hd95 = max(numpy.percentile(d, 95) for d in distances)
        dice = sum((d <= task["tolerance"]).sum() for d in distances) / sum(d.size for d in distances)
        return hd95, dice

    def value(scores):
        return float(scores[0] + scores[1])
else:
    raise SystemExit(f"a task of kind '{kind}' is not for this program")

floor = blas.memory("VmRSS")
values = [value(step()) for _ in range(o.warmup)]
walls, cpus = [], []
for _ in range(o.steps):
    wall, cpu = time.perf_counter(), time.process_time()
    found = step()
    walls.append(time.perf_counter() - wall)
    cpus.append(time.process_time() - cpu)
    values.append(value(found))
    del found

print(json.dumps({
    "side": side,
    "task": o.task,
    "threads": 1,
    "layout": "contiguous",
    "precision": "fp32",
    "wall": walls,
    "cpu": cpus,
    "peakBytes": blas.memory("VmHWM"),
    "startBytes": floor,
    "values": values,
    "version": version,
}))
