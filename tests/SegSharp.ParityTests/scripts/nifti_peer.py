"""nibabel beside SegSharp's NIfTI reader and writer.

  nifti_peer.py make FOLDER     writes a file of every kind, what nibabel reads from it (NAME.bin), and manifest.json
  nifti_peer.py check FOLDER    compares FOLDER/written/NAME.nii(.gz) with what nibabel reads from FOLDER/NAME
"""
import json
import os
import sys

import nibabel
import numpy as np

SHAPE = (5, 4, 3)
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "c8", "c16"]
UNITS = {"mm": 1.0, "micron": 1e-3, "meter": 1e3}


def affines():
    rng = np.random.default_rng(7)
    for name in ("RAS", "LAS", "LPS", "PIR", "ASL", "SRA", "LPI", "IRP"):
        m = nibabel.orientations.inv_ornt_aff(nibabel.orientations.axcodes2ornt(name), SHAPE)
        yield name, m @ np.diag([0.8, 0.9, 2.5, 1]) + np.array([[0, 0, 0, 11.3], [0, 0, 0, -20.7], [0, 0, 0, 7], [0, 0, 0, 0]])
    for i in range(4):
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        a = np.eye(4)
        a[:3, :3] = q @ np.diag(rng.uniform(0.2, 6, 3))
        a[:3, 3] = rng.normal(size=3) * 100
        yield f"oblique{i}", a
    a[:3, :3] = a[:3, :3] @ np.array([[1, 0.2, 0], [0, 1, -0.3], [0, 0, 1]])
    yield "sheared", a


def voxels(dtype, shape, rng):
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    real = rng.normal(size=shape) * 1000
    return (real + 1j * rng.normal(size=shape) if dtype.kind == "c" else real).astype(dtype)


def cases():
    rng = np.random.default_rng(3)
    every = list(affines())
    for version, image in ((1, nibabel.Nifti1Image), (2, nibabel.Nifti2Image)):
        for endian in "<>":
            for t, dtype in enumerate(TYPES):
                for s, shape in enumerate((SHAPE, SHAPE + (2,), SHAPE[:2], SHAPE + (1, 3), SHAPE + (2, 1, 2))):
                    name, affine = every[(t + 3 * s + version) % len(every)]
                    yield f"v{version}_{'be' if endian == '>' else 'le'}_{dtype}_{len(shape)}d_{name}", image, endian, voxels(dtype, shape, rng), affine, {}
            for name, affine in every:
                for codes in ({"sform": 0, "qform": 1}, {"sform": 2, "qform": 0}, {"sform": 1, "qform": 4}, {"sform": 0, "qform": 0}):
                    if name == "sheared" and not codes["sform"]:
                        continue
                    yield f"v{version}_{'be' if endian == '>' else 'le'}_s{codes['sform']}q{codes['qform']}_{name}", image, endian, voxels("i2", SHAPE, rng), affine, codes
            for slope, inter in ((2, -1024), (0.5, 10), (-1.5, 3), (0.1, 0), (1, 7)):
                for dtype in ("u1", "i2", "i4", "f4"):
                    yield f"v{version}_{'be' if endian == '>' else 'le'}_{dtype}_scaled{slope}_{inter}", image, endian, voxels(dtype, SHAPE, rng), every[0][1], {"slope": slope, "inter": inter}
            for unit in ("micron", "meter"):
                yield f"v{version}_{'be' if endian == '>' else 'le'}_{unit}", image, endian, voxels("i2", SHAPE, rng), every[9][1], {"unit": unit}


def planar(array):
    """Channels last and slowest, as SegSharp keeps them: parts of a number are the fastest channel."""
    array = np.asarray(array)
    array = array.reshape(array.shape + (1,) * (3 - array.ndim)) if array.ndim < 3 else array
    frames = array.reshape(array.shape[:3] + (-1,), order="F")
    if frames.dtype.kind == "c":
        frames = np.stack([frames.real, frames.imag], axis=3).reshape(frames.shape[:3] + (-1,), order="F")
    return frames


def make(folder):
    os.makedirs(os.path.join(folder, "written"), exist_ok=True)
    manifest = []
    for i, (name, image, endian, data, affine, extra) in enumerate(cases()):
        made = image(data, affine, dtype=data.dtype)
        header = made.header.as_byteswapped(endian) if endian != made.header.endianness else made.header
        header.set_data_dtype(data.dtype)
        made = image(data, affine, header)
        if "sform" in extra:
            made.set_sform(affine, extra["sform"])
            made.set_qform(affine, extra["qform"])
        if "unit" in extra:
            made.header.set_xyzt_units(extra["unit"])
        path = os.path.join(folder, name + (".nii.gz" if i % 3 == 0 else ".nii"))
        nibabel.save(made, path)
        if "slope" in extra:
            patch(path, extra["slope"], extra["inter"])
        loaded = nibabel.load(path)
        assert loaded.header.endianness == endian, (name, loaded.header.endianness)
        back = planar(np.asanyarray(loaded.dataobj))
        back = back.astype(back.dtype.newbyteorder("="))
        with open(os.path.join(folder, name + ".bin"), "wb") as file:
            file.write(back.tobytes(order="F"))
        unit = UNITS[extra.get("unit", "mm")]
        manifest.append({"file": os.path.basename(path), "name": name, "shape": list(back.shape), "dtype": str(back.dtype), "version": int(image is nibabel.Nifti2Image) + 1,
                         "affine": (loaded.affine[:3] * unit).tolist(), "codes": "".join(nibabel.aff2axcodes(loaded.affine)), "unit": unit})
    with open(os.path.join(folder, "manifest.json"), "w") as file:
        json.dump(manifest, file)
    print(len(manifest))


def patch(path, slope, inter):
    """Sets the scaling alone; nibabel would scale the voxels the other way."""
    import gzip
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        raw = bytearray(file.read())
    header = nibabel.load(path).header
    order = header.endianness
    at, kind = (112, "f4") if header["sizeof_hdr"] == 348 else (176, "f8")
    pair = np.array([slope, inter], dtype=order + kind).tobytes()
    raw[at:at + len(pair)] = pair
    with opener(path, "wb") as file:
        file.write(raw)


def check(folder):
    with open(os.path.join(folder, "manifest.json")) as file:
        manifest = json.load(file)
    for entry in manifest:
        original = nibabel.load(os.path.join(folder, entry["file"]))
        ours = nibabel.load(os.path.join(folder, "written", entry["file"]))
        a, b = planar(np.asanyarray(original.dataobj)), planar(np.asanyarray(ours.dataobj))
        assert a.shape == b.shape, (entry["name"], a.shape, b.shape)
        assert np.array_equal(a, b), (entry["name"], a.dtype, b.dtype)
        expected = original.affine.copy()
        expected[:3] *= entry["unit"]
        apart = np.abs(expected - ours.affine).max()
        # Single precision of the largest number; the first version has no more.
        assert apart <= max(1e-6, 6e-8 * np.abs(expected).max()), (entry["name"], apart)
        assert ours.header["sizeof_hdr"] == 348 and ours.header.get_xyzt_units()[0] == "mm"
        qform, code = ours.get_qform(coded=True)
        if code:
            # Quaternions in single precision: about seven digits of the largest step.
            assert np.abs(qform - ours.affine).max() <= 1e-6 * max(10, np.abs(expected).max()), (entry["name"], np.abs(qform - ours.affine).max())
    print(len(manifest))


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](sys.argv[2])
