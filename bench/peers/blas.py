"""Chooses the BLAS that this process loads, without touching the system's alternatives, and says which one it got.

system     whatever the system's alternative names
reference  libblas3: what `apt-get install python3-torch` brings on a fresh Debian
openblas   libopenblas0-openmp
"""
import ctypes
import os
import sys

CHOICES = ("system", "reference", "openblas")
ROOT = "/usr/lib/x86_64-linux-gnu"
FOLDERS = {"reference": (f"{ROOT}/blas", f"{ROOT}/lapack"), "openblas": (f"{ROOT}/openblas-openmp",)}
MARK = "SEGSHARP_PEER_BLAS"


def start(choice, threads):
    """Starts this program again with the loader's path set; returns at once in the second life. Call it before `import torch`."""
    if os.environ.get(MARK) == choice:
        return
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
    environment[MARK] = choice
    folders = FOLDERS.get(choice, ())
    for folder in folders:
        if not os.path.isdir(folder):
            sys.exit(f"{folder} is missing: apt-get install {'libopenblas0-openmp' if choice == 'openblas' else 'libblas3 liblapack3'}")
    if folders:
        before = [p for p in environment.get("LD_LIBRARY_PATH", "").split(":") if p]
        environment["LD_LIBRARY_PATH"] = ":".join([*folders, *before])
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)


def loaded():
    """The files of BLAS in this process's memory map: the proof, not the wish."""
    names = ("libblas", "libopenblas", "libmkl", "libblis")
    with open("/proc/self/maps", encoding="utf8") as lines:
        files = {os.path.realpath(line.split()[-1]) for line in lines if "/" in line}
    return sorted(f for f in files if os.path.basename(f).startswith(names))


def gigaflops(torch, n=512):
    """Rate of one float32 matrix product of n x n: a few GF/s for the reference BLAS, tens and more for OpenBLAS."""
    import time
    a, b = torch.randn(n, n), torch.randn(n, n)
    torch.mm(a, b)
    best = 1e9
    for _ in range(5):
        begin = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - begin)
    return 2 * n ** 3 / best / 1e9


def memory(field):
    """A field of /proc/self/status in bytes: VmHWM is the most that was ever resident, VmRSS what is resident now."""
    with open("/proc/self/status", encoding="utf8") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0
