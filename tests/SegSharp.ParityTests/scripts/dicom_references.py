#!/usr/bin/env python3
"""Digests of the pixels of DICOM files as readers other than ours and GDCM give them.

usage: dicom_references.py FOLDER OUT.json      (FOLDER: pydicom's test files; needs python3-pydicom, numpy, Pillow, dcmtk)

Uncompressed and RLE by pydicom with numpy; JPEG by DCMTK's dcmdjpeg; JPEG-LS by DCMTK's dcmdjpls; JPEG 2000 by
pydicom with Pillow (OpenJPEG); big endian of 8 bits by DCMTK's dcmconv.
Palettes are applied and YBR turned to RGB by pydicom. The digest is SHA-256 over [frame][sample][row][column], little endian.
For lossy colours a coarse sum is kept too, since decoders differ by one or two there.
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import pydicom
from pydicom.pixel_data_handlers import util

warnings.simplefilter("ignore")
folder, out = sys.argv[1:3]
JPEG = {"1.2.840.10008.1.2.4.%d" % n for n in (50, 51, 57, 70)}
JPEG_LS = {"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"}
J2K = {"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"}


def through(tool, path):
    with tempfile.TemporaryDirectory() as place:
        to = os.path.join(place, "x.dcm")
        subprocess.run([*([tool] if isinstance(tool, str) else tool), path, to], check=True, capture_output=True)
        return pydicom.dcmread(to, force=True)


def by_pillow(ds):
    ds.convert_pixel_data("pillow")
    return ds.pixel_array, "RGB" if ds.SamplesPerPixel == 3 else ds.PhotometricInterpretation


def pixels_of(path):
    ds = pydicom.dcmread(path, force=True)
    syntax = str(getattr(ds.file_meta, "TransferSyntaxUID", "")) if hasattr(ds, "file_meta") else ""
    if "PixelData" not in ds:
        return None, "no pixels"
    photometric = ds.PhotometricInterpretation
    if syntax in JPEG:
        try:
            ds, how = through("dcmdjpeg", path), "dcmdjpeg"
            pixels, photometric = ds.pixel_array, ds.PhotometricInterpretation
        except subprocess.CalledProcessError:
            how = "Pillow"
            pixels, photometric = by_pillow(ds)
    elif syntax in JPEG_LS:
        ds, how = through("dcmdjpls", path), "dcmdjpls"
        pixels, photometric = ds.pixel_array, ds.PhotometricInterpretation
    elif syntax == "1.2.840.10008.1.2.2" and ds.BitsAllocated <= 8:
        # This pydicom does not swap the words of 8-bit pixels.
        ds, how = through(("dcmconv", "+te"), path), "dcmconv"
        pixels = ds.pixel_array
    elif syntax in J2K:
        how = "Pillow"
        pixels, photometric = by_pillow(ds)
    else:
        how = "pydicom"
        if not syntax:
            ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2" if ds.is_implicit_VR else "1.2.840.10008.1.2.1"
        pixels = ds.pixel_array
    count = int(ds.get("NumberOfFrames", 1) or 1)
    samples = int(ds.SamplesPerPixel)
    if photometric == "PALETTE COLOR":
        pixels, samples, how = util.apply_color_lut(pixels, ds), 3, how + ", apply_color_lut"
    elif photometric in ("YBR_FULL", "YBR_FULL_422"):
        pixels, how = util.convert_color_space(pixels, photometric, "RGB", per_frame=False), how + ", convert_color_space"
    pixels = pixels.reshape(count, ds.Rows, ds.Columns, samples).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(pixels), how


result = {}
for root, _, names in os.walk(folder):
    for name in sorted(names):
        path = os.path.join(root, name)
        key = os.path.relpath(path, folder)
        if name.endswith((".txt", ".json", ".dump", ".icc", ".gz")) or name.startswith("DICOMDIR"):
            continue
        try:
            pixels, how = pixels_of(path)
        except Exception as error:
            result[key] = {"refused": True, "by": type(error).__name__}
            continue
        if pixels is None:
            result[key] = {"refused": True, "by": how}
            continue
        pixels = pixels.astype(pixels.dtype.newbyteorder("<"))
        result[key] = {
            "by": how,
            "type": pixels.dtype.name,
            "shape": list(pixels.shape),
            "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
            "mean": [float(m) for m in pixels.astype(np.float64).mean(axis=(0, 2, 3))],
        }
json.dump(dict(sorted(result.items())), open(out, "w"), indent=1)
print(len(result), "files,", sum("sha256" in r for r in result.values()), "with pixels")
