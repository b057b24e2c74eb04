"""Records V_rand and V_info of random borders, computed with scikit-image and NumPy straight from their definitions.

    python3 tests/SegSharp.ParityTests/scripts/partition.py        writes parity-own/cell-partition/cases.json

Source of the definitions: Arganda-Carreras et al. 2015, alpha = 1/2, foreground-restricted, the predicted border thinned;
its remaining pixels are cells of one pixel each.
"""
import argparse
import json
import os
import platform

import numpy
import scipy
import skimage
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import skeletonize

HERE = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser()
arguments.add_argument("--out", default=os.path.join(HERE, "..", "parity-own", "cell-partition"))
out = arguments.parse_args().out


def rows(mask):
    return ["".join("#" if v else "." for v in row) for row in mask]


def scores(predicted, truth):
    cells, found = label(~truth, connectivity=1), label(~skeletonize(predicted), connectivity=1)
    inside = cells > 0
    a, b = cells[inside].astype(numpy.int64), found[inside].astype(numpy.int64)
    border = b == 0
    b[border] = b.max() + 1 + numpy.arange(border.sum())
    sizes = lambda *columns: numpy.unique(numpy.stack(columns), axis=1, return_counts=True)[1].astype(float)
    entropy = lambda n: -(n / n.sum() * numpy.log2(n / n.sum())).sum()
    both, s, t = sizes(a, b), sizes(a), sizes(b)
    rand = (both**2).sum() / (0.5 * (s**2).sum() + 0.5 * (t**2).sum())
    mutual = entropy(s) + entropy(t) - entropy(both)
    return rand, 2 * mutual / (entropy(s) + entropy(t))


random = numpy.random.default_rng(7)
cases = []
for size, scale, shift in ((48, 3, 0.0), (64, 4, 0.4), (40, 2, 1.0), (56, 5, 0.2)):
    field = ndimage.gaussian_filter(random.standard_normal((size, size)), scale)
    other = field + 0.3 * field.std() * ndimage.gaussian_filter(random.standard_normal((size, size)), 1)
    truth = abs(field) < 0.3 * field.std()
    predicted = abs(other) < (0.3 + 0.2 * shift) * field.std()
    rand, information = scores(predicted, truth)
    cases.append({"truth": rows(truth), "predicted": rows(predicted), "vrand": rand, "vinfo": information})

os.makedirs(out, exist_ok=True)
with open(os.path.join(out, "cases.json"), "w") as file:
    json.dump({"made_with": f"Python {platform.python_version()}, NumPy {numpy.__version__}, SciPy {scipy.__version__}, scikit-image {skimage.__version__}", "cases": cases}, file, indent=1)
