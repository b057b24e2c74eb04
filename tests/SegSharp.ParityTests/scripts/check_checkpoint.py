"""Opens a checkpoint that SegSharp wrote in plain PyTorch, and says what is in it.

    python3 tests/SegSharp.ParityTests/scripts/check_checkpoint.py checkpoint-best.pt --unet 2,1,1,16,4 --input x.npy --output y.npy

--unet DIMENSIONS,CHANNELS,CLASSES,BASE,DEPTH also loads the weights into the U-Net of bench/peers (every key must fit),
--input and --output also compare its answer in evaluation mode with SegSharp's, to 1e-4 of the largest value.
Exit code 0 when everything holds, 1 when not.
"""
import argparse
import json
import os
import sys

import numpy
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.normpath(os.path.join(HERE, "..", "..", "..", "bench", "peers")))
from unet_torch import UNet

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("checkpoint")
arguments.add_argument("--unet", help="DIMENSIONS,CHANNELS,CLASSES,BASE,DEPTH")
arguments.add_argument("--input", help="float32 .npy")
arguments.add_argument("--output", help="float32 .npy: SegSharp's logits for the input")
o = arguments.parse_args()

state = torch.load(o.checkpoint, weights_only=True)
for name, value in state.items():
    if not isinstance(name, str) or not isinstance(value, torch.Tensor):
        sys.exit(f"'{name}' holds {type(value).__name__}: a checkpoint of weights is names and tensors alone")
found = {
    "opened": "torch.load(weights_only=True)",
    "torch": torch.__version__,
    "tensors": len(state),
    "elements": sum(v.numel() for v in state.values()),
    "l2": sum(v.double().square().sum().item() for v in state.values() if v.is_floating_point()) ** 0.5,
    "finite": all(torch.isfinite(v).all().item() for v in state.values()),
}
if o.unet:
    net = UNet(*map(int, o.unet.split(",")))
    net.load_state_dict(state, strict=True)
    found["unet"] = "every key and shape fits"
    if o.input:
        net.eval()
        with torch.no_grad():
            answer = net(torch.from_numpy(numpy.load(o.input))).numpy()
        if o.output:
            theirs = numpy.load(o.output)
            found["apart"] = float(numpy.abs(answer - theirs).max() / numpy.abs(answer).max())
print(json.dumps(found, indent=1))
sys.exit(0 if found["finite"] and found.get("apart", 0) <= 1e-4 else 1)
