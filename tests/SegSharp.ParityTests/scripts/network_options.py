"""Records networks with options that no fixture has, as cases in the form of docs/reference/network-cases.md.

    python3 tests/SegSharp.ParityTests/scripts/network_options.py        writes parity-own/network-options

The networks are written here by hand from the papers and from the facts that the fixtures' READMEs tell: no code of the
originals is in this file. A case names the original whose constructor it follows and says in "note" who computed it.
"""
import argparse
import json
import os
import shutil

os.environ["OMP_NUM_THREADS"] = "1"
import numpy
import torch
from torch import nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser()
arguments.add_argument("--out", default=os.path.join(HERE, "..", "parity-own", "network-options"))
o = arguments.parse_args()
SEED = 23
CONV, UPCONV = {2: nn.Conv2d, 3: nn.Conv3d}, {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
BATCH, INSTANCE = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}, {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
POOL, MEAN = {2: nn.MaxPool2d, 3: nn.MaxPool3d}, {2: nn.AvgPool2d, 3: nn.AvgPool3d}


def axes(value, d):
    return tuple(value) if isinstance(value, (list, tuple)) else (value,) * d


def same(kernel):
    return tuple((k - 1) // 2 for k in kernel)


# ---- nnU-Net -------------------------------------------------------------------------------------------------------------

class Unit(nn.Module):
    """A convolution and its dress; its steps are also reachable by number."""

    def __init__(self, c, i, out, kernel, stride, bias, drop=True, act=True, last=False):
        super().__init__()
        d = c["dim"]
        kernel, stride = axes(kernel, d), axes(stride, d)
        self.conv = CONV[d](i, out, kernel, stride, same(kernel), bias=bias)
        steps = [self.conv]
        if drop and c.get("dropout_op"):
            self.dropout = (nn.Dropout2d if d == 2 else nn.Dropout3d)(**c["dropout_op_kwargs"])
            steps.append(self.dropout)
        norm = c.get("norm_op")
        if norm:
            self.norm = (BATCH if "Batch" in norm else INSTANCE)[d](out, **c["norm_op_kwargs"])
            steps.append(self.norm)
        if act:
            self.nonlin = activation(c)
            steps.insert(len(steps) - 1 if last and norm else len(steps), self.nonlin)
        self.all_modules = nn.Sequential(*steps)

    def forward(self, x):
        return self.all_modules(x)


def activation(c):
    name = c["nonlin"]
    return nn.LeakyReLU(c.get("nonlin_kwargs", {}).get("negative_slope", 0.01)) if "Leaky" in name else nn.PReLU() if "PReLU" in name else nn.ELU() if "ELU" in name and "ReLU" not in name else nn.ReLU()


class Stack(nn.Module):
    def __init__(self, c, n, i, out, kernel, stride):
        super().__init__()
        self.convs = nn.Sequential(*[Unit(c, i if k == 0 else out, out, kernel, stride if k == 0 else 1, c["conv_bias"], last=c.get("nonlin_first", False)) for k in range(n)])

    def forward(self, x):
        return self.convs(x)


class Residual(nn.Module):
    def __init__(self, c, i, inside, out, kernel, stride):
        super().__init__()
        d, bias = c["dim"], c["conv_bias"]
        stride = axes(stride, d)
        if inside is None:
            self.conv1 = Unit(c, i, out, kernel, stride, bias)
            self.conv2 = Unit(c, out, out, kernel, 1, bias, drop=False, act=False)
            self.nonlin2 = activation(c)
            self.parts, self.end = [self.conv1, self.conv2], [self.nonlin2]
        else:
            self.conv1 = Unit(c, i, inside, 1, 1, bias, drop=False)
            self.conv2 = Unit(c, inside, inside, kernel, stride, bias)
            self.conv3 = Unit(c, inside, out, 1, 1, bias, drop=False, act=False)
            self.nonlin3 = activation(c)
            self.parts, self.end = [self.conv1, self.conv2, self.conv3], [self.nonlin3]
        skip = []
        if any(s != 1 for s in stride):
            skip.append(MEAN[d](stride, stride))
        if i != out:
            skip.append(Unit(c, i, out, 1, 1, False, drop=False, act=False))
        self.skip = nn.Sequential(*skip)

    def forward(self, x):
        y = x
        for part in self.parts:
            y = part(y)
        return self.end[0](y + self.skip(x))


class Residuals(nn.Module):
    def __init__(self, c, n, i, inside, out, kernel, stride):
        super().__init__()
        self.blocks = nn.Sequential(*[Residual(c, i if k == 0 else out, inside, out, kernel, stride if k == 0 else 1) for k in range(n)])

    def forward(self, x):
        return self.blocks(x)


def each(value, n):
    return list(value) if isinstance(value, list) else [value] * n


class Encoder(nn.Module):
    def __init__(self, c, residual):
        super().__init__()
        n, i = c["n_stages"], c["input_channels"]
        f, k, s = each(c["features_per_stage"], n), each(c["kernel_sizes"], n), each(c["strides"], n)
        self.stem = None
        if residual:
            stem = c.get("stem_channels") or f[0]
            self.stem = Stack(c, 1, i, stem, k[0], 1)
            i = stem
            count, inside = each(c["n_blocks_per_stage"], n), each(c.get("bottleneck_channels"), n)
            stages = [Residuals(c, count[j], i if j == 0 else f[j - 1], inside[j], f[j], k[j], s[j]) for j in range(n)]
        else:
            count = each(c["n_conv_per_stage"], n)
            stages = [nn.Sequential(Stack(c, count[j], i if j == 0 else f[j - 1], f[j], k[j], s[j])) for j in range(n)]
        self.stages = nn.Sequential(*stages)

    def forward(self, x):
        x = x if self.stem is None else self.stem(x)
        skips = []
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        return skips


class Decoder(nn.Module):
    def __init__(self, c, encoder):
        super().__init__()
        self.encoder, self.deep = encoder, c["deep_supervision"]
        d, n = c["dim"], c["n_stages"]
        f, k, s = each(c["features_per_stage"], n), each(c["kernel_sizes"], n), each(c["strides"], n)
        count = each(c["n_conv_per_stage_decoder"], n - 1)
        levels = list(range(n - 1))[::-1]
        plain = dict(c)
        self.stages = nn.ModuleList([Stack(plain, count[j], 2 * f[i], f[i], k[i], 1) for j, i in enumerate(levels)])
        self.transpconvs = nn.ModuleList([UPCONV[d](f[i + 1], f[i], axes(s[i + 1], d), axes(s[i + 1], d), bias=c["conv_bias"]) for i in levels])
        self.seg_layers = nn.ModuleList([CONV[d](f[i], c["num_classes"], 1) for i in levels])

    def forward(self, skips):
        x, out = skips[-1], []
        for j, stage in enumerate(self.stages):
            x = stage(torch.cat([self.transpconvs[j](x), skips[-2 - j]], 1))
            out.insert(0, self.seg_layers[j](x))
        return out if self.deep else out[:1]


class Dynamic(nn.Module):
    def __init__(self, c, residual):
        super().__init__()
        self.encoder = Encoder(c, residual)
        self.decoder = Decoder(c, self.encoder)

    def forward(self, x):
        return self.decoder(self.encoder(x))


# ---- MONAI ---------------------------------------------------------------------------------------------------------------

def named(value):
    return (value[0], value[1]) if isinstance(value, list) else (value, {})


def norm_of(value, d, channels):
    name, more = named(value)
    return {"INSTANCE": lambda: INSTANCE[d](channels, **more), "BATCH": lambda: BATCH[d](channels, **more), "GROUP": lambda: nn.GroupNorm(num_channels=channels, **more)}[name.upper()]()


def act_of(value):
    name, more = named(value)
    return {"PRELU": nn.PReLU, "RELU": nn.ReLU, "ELU": nn.ELU, "LEAKYRELU": nn.LeakyReLU}[name.upper()](**{k: v for k, v in more.items() if k != "inplace"})


class Convolution(nn.Module):
    def __init__(self, d, i, out, kernel=3, stride=1, norm="INSTANCE", act="PRELU", dropout=0.0, bias=True, order="NDA", up=False, bare=False):
        super().__init__()
        kernel, stride = axes(kernel, d), axes(stride, d)
        self.conv = UPCONV[d](i, out, kernel, stride, same(kernel), tuple(s - 1 for s in stride), bias=bias) if up else CONV[d](i, out, kernel, stride, same(kernel), bias=bias)
        if not bare:
            steps = {"N": lambda: norm_of(norm, d, out), "D": lambda: nn.Dropout(dropout), "A": lambda: act_of(act)}
            self.adn = nn.Sequential()
            for step in order:
                self.adn.add_module(step, steps[step]())

    def forward(self, x):
        x = self.conv(x)
        return self.adn(x) if hasattr(self, "adn") else x


class ResidualUnit(nn.Module):
    def __init__(self, d, i, out, stride, kernel, units, bare, **dress):
        super().__init__()
        stride, kernel = axes(stride, d), axes(kernel, d)
        self.conv = nn.Sequential()
        for k in range(units):
            self.conv.add_module(f"unit{k}", Convolution(d, i if k == 0 else out, out, kernel, stride if k == 0 else 1, bare=bare and k == units - 1, **dress))
        shrinks = any(s != 1 for s in stride)
        if shrinks or i != out:
            self.residual = CONV[d](i, out, kernel if shrinks else 1, stride, same(kernel) if shrinks else 0, bias=dress["bias"])

    def forward(self, x):
        return self.conv(x) + (self.residual(x) if hasattr(self, "residual") else x)


class Beside(nn.Module):
    def __init__(self, submodule):
        super().__init__()
        self.submodule = submodule

    def forward(self, x):
        return torch.cat([x, self.submodule(x)], 1)


class MonaiUNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, channels, strides, units = c["spatial_dims"], c["channels"], c["strides"], c.get("num_res_units", 0)
        kernel, upkernel = c.get("kernel_size", 3), c.get("up_kernel_size", 3)
        dress = dict(norm=c.get("norm", "INSTANCE"), act=c.get("act", "PRELU"), dropout=c.get("dropout", 0.0), bias=c.get("bias", True), order=c.get("adn_ordering", "NDA"))

        def down(i, out, stride):
            return ResidualUnit(d, i, out, stride, kernel, units, False, **dress) if units else Convolution(d, i, out, kernel, stride, **dress)

        def level(n, i, out):
            last = n == len(channels) - 2
            inner = down(channels[n], channels[n + 1], 1) if last else level(n + 1, channels[n], channels[n])
            joined = channels[n] + (channels[n + 1] if last else channels[n])
            up = Convolution(d, joined, out, upkernel, strides[n], up=True, bare=n == 0 and not units, **dress)
            up = nn.Sequential(up, ResidualUnit(d, out, out, 1, kernel, 1, n == 0, **dress)) if units else up
            return nn.Sequential(down(i, channels[n], strides[n]), Beside(inner), up)

        self.model = level(0, c["in_channels"], c["out_channels"])

    def forward(self, x):
        return self.model(x)


class Shuffle(nn.Module):
    def __init__(self, d, i, out):
        super().__init__()
        self.conv_block = CONV[d](i, out * 2 ** d, 3, padding=1)
        self.d = d

    def forward(self, x):
        y = self.conv_block(x)
        d, (n, c), sides = self.d, y.shape[:2], y.shape[2:]
        if d == 2:
            y = F.pixel_shuffle(y, 2)
        else:
            y = y.reshape(n, c // 8, 2, 2, 2, *sides).permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(n, c // 8, *[2 * s for s in sides])
        return (F.avg_pool2d if d == 2 else F.avg_pool3d)(F.pad(y, (1, 0) * d), 2, 1)


class Up(nn.Module):
    def __init__(self, d, i, out, mode, corners):
        super().__init__()
        self.d, self.mode, self.corners = d, mode, corners
        if mode == "deconv":
            self.deconv = UPCONV[d](i, out, 2, 2)
        elif mode == "pixelshuffle":
            self.pixelshuffle = Shuffle(d, i, out)
        elif i != out:
            self.preconv = CONV[d](i, out, 1)

    def forward(self, x):
        if self.mode == "deconv":
            return self.deconv(x)
        if self.mode == "pixelshuffle":
            return self.pixelshuffle(x)
        x = self.preconv(x) if hasattr(self, "preconv") else x
        return F.interpolate(x, scale_factor=2, mode="bilinear" if self.d == 2 else "trilinear", align_corners=self.corners)


def two(d, i, out, dress):
    pair = nn.Sequential()
    pair.add_module("conv_0", Convolution(d, i, out, **dress))
    pair.add_module("conv_1", Convolution(d, out, out, **dress))
    return pair


class DownPair(nn.Module):
    def __init__(self, d, i, out, dress):
        super().__init__()
        self.pool, self.convs = POOL[d](2), two(d, i, out, dress)

    def forward(self, x):
        return self.convs(self.pool(x))


class UpCat(nn.Module):
    def __init__(self, d, i, skip, out, dress, mode, halves):
        super().__init__()
        raised = i // 2 if halves else i
        self.upsample = Up(d, i, raised, mode, True)
        self.convs = two(d, skip + raised, out, dress)

    def forward(self, x, skip):
        y = self.upsample(x)
        pad = []
        for a in range(1, y.dim() - 1):
            pad += [0, skip.shape[-a] - y.shape[-a]]
        return self.convs(torch.cat([skip, F.pad(y, pad, "replicate")], 1))


def basic_dress(c):
    return dict(norm=c.get("norm", ["instance", {"affine": True}]), act=c.get("act", ["LeakyReLU", {"negative_slope": 0.1}]), bias=c.get("bias", True), dropout=c.get("dropout", 0.0))


class BasicUNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, f, dress, mode = c["spatial_dims"], c["features"], basic_dress(c), c.get("upsample", "deconv")
        self.conv_0 = two(d, c["in_channels"], f[0], dress)
        for i in range(1, 5):
            setattr(self, f"down_{i}", DownPair(d, f[i - 1], f[i], dress))
        for i in range(4, 0, -1):
            setattr(self, f"upcat_{i}", UpCat(d, f[i], f[i - 1], f[5] if i == 1 else f[i - 1], dress, mode, i > 1))
        self.final_conv = CONV[d](f[5], c["out_channels"], 1)

    def forward(self, x):
        skips = [self.conv_0(x)]
        for i in range(1, 5):
            skips.append(getattr(self, f"down_{i}")(skips[-1]))
        y = skips[4]
        for i in range(4, 0, -1):
            y = getattr(self, f"upcat_{i}")(y, skips[i - 1])
        return [self.final_conv(y)]


class BasicUNetPlusPlus(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, f, dress, mode = c["spatial_dims"], c["features"], basic_dress(c), c.get("upsample", "deconv")
        self.deep = c.get("deep_supervision", False)
        self.conv_0_0 = two(d, c["in_channels"], f[0], dress)
        for i in range(1, 5):
            setattr(self, f"conv_{i}_0", DownPair(d, f[i - 1], f[i], dress))
        for j in range(1, 5):
            for i in range(5 - j):
                setattr(self, f"upcat_{i}_{j}", UpCat(d, f[i + 1], j * f[i], f[5] if j == 4 else f[i], dress, mode, i > 0))
        for j in range(1, 5):
            setattr(self, f"final_conv_0_{j}", CONV[d](f[5] if j == 4 else f[0], c["out_channels"], 1))

    def forward(self, x):
        node = {(0, 0): self.conv_0_0(x)}
        for i in range(1, 5):
            node[i, 0] = getattr(self, f"conv_{i}_0")(node[i - 1, 0])
        for j in range(1, 5):
            for i in range(5 - j):
                node[i, j] = getattr(self, f"upcat_{i}_{j}")(node[i + 1, j - 1], torch.cat([node[i, k] for k in range(j)], 1))
        return [getattr(self, f"final_conv_0_{j}")(node[0, j]) for j in (range(1, 5) if self.deep else [4])]


class SegBlock(nn.Module):
    def __init__(self, d, channels, c):
        super().__init__()
        self.norm1, self.norm2 = norm_of(c["norm"], d, channels), norm_of(c["norm"], d, channels)
        self.act = act_of(c["act"])
        self.conv1, self.conv2 = bare(d, channels, channels), bare(d, channels, channels)

    def forward(self, x):
        return x + self.conv2(self.act(self.norm2(self.conv1(self.act(self.norm1(x))))))


def bare(d, i, out, kernel=3, stride=1, bias=False):
    return Convolution(d, i, out, kernel, stride, bias=bias, bare=True)


class SegResNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        c = {"norm": ["GROUP", {"num_groups": 8}], "act": "RELU", "upsample_mode": "nontrainable", **c}
        d, f, downs, ups = c["spatial_dims"], c["init_filters"], c["blocks_down"], c["blocks_up"]
        n = len(ups)
        self.act_mod = act_of(c["act"])
        self.convInit = bare(d, c["in_channels"], f)
        self.down_layers = nn.ModuleList([nn.Sequential(nn.Identity() if i == 0 else bare(d, f << i - 1, f << i, stride=2), *[SegBlock(d, f << i, c) for _ in range(k)]) for i, k in enumerate(downs)])
        self.up_layers = nn.ModuleList([nn.Sequential(*[SegBlock(d, f << n - 1 - i, c) for _ in range(k)]) for i, k in enumerate(ups)])
        self.up_samples = nn.ModuleList([nn.Sequential(bare(d, f << n - i, f << n - 1 - i, 1), Up(d, f << n - 1 - i, f << n - 1 - i, c["upsample_mode"], False)) for i in range(n)])
        self.conv_final = nn.Sequential(norm_of(c["norm"], d, f), self.act_mod, bare(d, f, c["out_channels"], 1, bias=True))

    def forward(self, x):
        x, skips = self.convInit(x), []
        for layer in self.down_layers:
            x = layer(x)
            skips.append(x)
        for i, layer in enumerate(self.up_layers):
            x = layer(self.up_samples[i](x) + skips[-2 - i])
        return [self.conv_final(x)]


class Attention(nn.Module):
    """A level of the Attention U-Net with everything below it."""

    def __init__(self, c, n):
        super().__init__()
        d, channels, stride = c["spatial_dims"], c["channels"], c["strides"][n]
        f, lower = channels[n], channels[n + 1]
        self.attention = Gate(d, f)
        self.upconv = nn.Module()
        self.upconv.up = Convolution(d, lower, f, c.get("up_kernel_size", 3), stride, norm="BATCH", act="RELU", up=True)
        self.merge = Convolution(d, 2 * f, f)
        down = attention_pair(c, f, lower, stride)
        self.submodule = nn.Sequential(down, Attention(c, n + 1)) if n + 2 < len(channels) else down

    def forward(self, x):
        g = self.upconv.up(self.submodule(x))
        return self.merge(torch.cat([self.attention(g, x), g], 1))


class Gate(nn.Module):
    def __init__(self, d, f):
        super().__init__()
        one = lambda i, out: nn.Sequential(Convolution(d, i, out, 1, bare=True), BATCH[d](out))
        self.W_g, self.W_x, self.psi = one(f, f // 2), one(f, f // 2), one(f // 2, 1)

    def forward(self, g, x):
        return x * torch.sigmoid(self.psi(F.relu(self.W_g(g) + self.W_x(x))))


class attention_pair(nn.Module):
    def __init__(self, c, i, out, stride):
        super().__init__()
        d, k = c["spatial_dims"], c.get("kernel_size", 3)
        self.conv = nn.Sequential(Convolution(d, i, out, k, stride, norm="BATCH", act="RELU"), Convolution(d, out, out, k, norm="BATCH", act="RELU"))

    def forward(self, x):
        return self.conv(x)


class AttentionUnet(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.model = nn.Sequential(attention_pair(c, c["in_channels"], c["channels"][0], 1), Attention(c, 0), Convolution(c["spatial_dims"], c["channels"][0], c["out_channels"], 1, bare=True))

    def forward(self, x):
        return [self.model(x)]


# ---- 3D U-Net ------------------------------------------------------------------------------------------------------------

def single(c, d, i, out, order=None):
    steps, order = nn.Sequential(), order or c.get("layer_order", "gcr")
    kernel, groups = axes(c.get("conv_kernel_size", 3), d), c.get("num_groups", 8)
    for k, step in enumerate(order):
        channels = i if k < order.index("c") else out
        if step == "c":
            steps.add_module("conv", CONV[d](i, out, kernel, padding=axes(c.get("conv_padding", 1), d), bias=not ("g" in order or "b" in order)))
        elif step == "g":
            steps.add_module("groupnorm", nn.GroupNorm(1 if channels < groups else groups, channels))
        elif step == "b":
            steps.add_module("batchnorm", BATCH[d](channels))
        else:
            name, layer = {"r": ("ReLU", nn.ReLU()), "l": ("LeakyReLU", nn.LeakyReLU()), "e": ("ELU", nn.ELU()), "d": ("dropout", nn.Dropout(0.1)), "D": ("dropout2d", nn.Dropout2d(0.1))}[step]
            steps.add_module(name, layer)
    return steps


def double(c, d, i, middle, out):
    pair = nn.Sequential()
    pair.add_module("SingleConv1", single(c, d, i, middle))
    pair.add_module("SingleConv2", single(c, d, middle, out))
    return pair


class ResBlock(nn.Module):
    def __init__(self, c, d, i, out):
        super().__init__()
        order = c.get("layer_order", "gcr")
        self.conv1 = CONV[d](i, out, 1) if i != out else nn.Identity()
        self.conv2 = single(c, d, out, out)
        self.conv3 = single(c, d, out, out, "".join(s for s in order if s not in "rle"))
        self.last = nn.LeakyReLU(0.1) if "l" in order else nn.ELU() if "e" in order else nn.ReLU()

    def forward(self, x):
        x = self.conv1(x)
        return self.last(self.conv3(self.conv2(x)) + x)


class Part(nn.Module):
    def __init__(self, block, up=None):
        super().__init__()
        if up is not None:
            self.upsampling = nn.Module()
            self.upsampling.upsample = nn.Module()
            self.upsampling.upsample.conv_transposed = up
        self.basic_module = block


class Wolny(nn.Module):
    def __init__(self, c, d, residual):
        super().__init__()
        f = c["f_maps"] if isinstance(c["f_maps"], list) else [c["f_maps"] << k for k in range(c.get("num_levels", 5 if residual else 4))]
        self.pool, self.mode, self.residual, self.sigmoid, self.plain = axes(c.get("pool_kernel_size", 2), d), c.get("upsample", "default"), residual, c.get("final_sigmoid", True), not c.get("is_segmentation", True)
        self.d = d
        middle = lambda i, out: max(i, out if c.get("conv_upscale", 2) == 1 else out // 2)
        ins = [c["in_channels"], *f[:-1]]
        self.encoders = nn.ModuleList([Part(ResBlock(c, d, i, out) if residual else double(c, d, i, middle(i, out), out)) for i, out in zip(ins, f)])
        deconv = residual or self.mode == "deconv"
        up = lambda i, out: UPCONV[d](i, out, 3, 2, 1, bias=False) if deconv else None
        self.decoders = nn.ModuleList([Part(ResBlock(c, d, f[k], f[k]) if residual else double(c, d, 2 * f[k] if deconv else f[k + 1] + f[k], f[k], f[k]), up(f[k + 1], f[k])) for k in range(len(f) - 1)][::-1])
        self.final_conv = CONV[d](f[0], c["out_channels"], 1)

    def forward(self, x):
        skips = []
        for k, part in enumerate(self.encoders):
            x = part.basic_module(x if k == 0 else (F.max_pool2d if self.d == 2 else F.max_pool3d)(x, self.pool))
            skips.append(x)
        for k, part in enumerate(self.decoders):
            skip = skips[-2 - k]
            if hasattr(part, "upsampling"):
                x = F.interpolate(part.upsampling.upsample.conv_transposed(x), size=skip.shape[2:])
            else:
                mode = "nearest" if self.mode == "default" else self.mode
                x = F.interpolate(x, size=skip.shape[2:], mode=mode)
            x = part.basic_module(skip + x if self.residual else torch.cat([skip, x], 1))
        x = self.final_conv(x)
        return [x if self.plain else torch.sigmoid(x) if self.sigmoid else torch.softmax(x, 1), x]


# ---- cases ---------------------------------------------------------------------------------------------------------------

DNA, MONAI, WOLNY = "MIC-DKFZ/dynamic-network-architectures", "Project-MONAI/MONAI", "wolny/pytorch-3dunet"
INST = {"norm_op": "InstanceNorm2d", "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "nonlin": "torch.nn.LeakyReLU"}
CASES = {
    "plain3d-numbers-for-all": (DNA, "PlainConvUNet", lambda c: Dynamic(c, False), (1, 1, 8, 8, 16), {"dim": 3, "input_channels": 1, "n_stages": 3, "features_per_stage": 4, "kernel_sizes": 3, "strides": [1, 2, [1, 1, 2]], "n_conv_per_stage": 1, "num_classes": 2, "n_conv_per_stage_decoder": 1, "deep_supervision": True, "conv_bias": False, "norm_op": "BatchNorm3d", "norm_op_kwargs": {"eps": 1e-3, "affine": True}, "dropout_op": None, "nonlin": "ReLU"}),
    "plain2d-dropout-prelu-kernel5": (DNA, "PlainConvUNet", lambda c: Dynamic(c, False), (2, 2, 12, 16), {"dim": 2, "input_channels": 2, "n_stages": 2, "features_per_stage": [4, 6], "kernel_sizes": [[5, 1], [3, 3]], "strides": [[1, 1], [3, 2]], "n_conv_per_stage": [2, 1], "num_classes": 3, "n_conv_per_stage_decoder": [2], "deep_supervision": False, "conv_bias": True, "norm_op": "InstanceNorm2d", "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "dropout_op": "Dropout2d", "dropout_op_kwargs": {"p": 0.2}, "nonlin": "PReLU"}),
    "plain2d-no-norm-nonlinfirst": (DNA, "PlainConvUNet", lambda c: Dynamic(c, False), (1, 1, 8, 8), {"dim": 2, "input_channels": 1, "n_stages": 2, "features_per_stage": [4, 6], "kernel_sizes": 3, "strides": [1, 2], "n_conv_per_stage": 2, "num_classes": 2, "n_conv_per_stage_decoder": 2, "deep_supervision": True, "conv_bias": True, "norm_op": None, "norm_op_kwargs": None, "nonlin_first": True, "dropout_op": None, "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"negative_slope": 0.2, "inplace": True}}),
    "plain2d-batch-nonlinfirst-dropout": (DNA, "PlainConvUNet", lambda c: Dynamic(c, False), (1, 1, 8, 8), {"dim": 2, "input_channels": 1, "n_stages": 2, "features_per_stage": [4, 6], "kernel_sizes": 3, "strides": [1, 2], "n_conv_per_stage": 2, "num_classes": 2, "n_conv_per_stage_decoder": 1, "deep_supervision": True, "conv_bias": True, "norm_op": "BatchNorm2d", "norm_op_kwargs": {}, "nonlin_first": True, "dropout_op": "Dropout2d", "dropout_op_kwargs": {"p": 0.1}, "nonlin": "ELU"}),
    "resenc3d-bottleneck": (DNA, "ResidualEncoderUNet", lambda c: Dynamic(c, True), (1, 2, 4, 8, 8), {"dim": 3, "input_channels": 2, "n_stages": 3, "features_per_stage": [4, 4, 6], "kernel_sizes": [[1, 3, 3], 3, 3], "strides": [1, [1, 2, 2], 2], "n_blocks_per_stage": [1, 2, 1], "num_classes": 2, "n_conv_per_stage_decoder": 1, "deep_supervision": True, "conv_bias": False, "block": "BottleneckD", "bottleneck_channels": 2, "stem_channels": 5, "norm_op": "BatchNorm3d", "norm_op_kwargs": {"eps": 1e-5, "affine": True}, "dropout_op": None, "nonlin": "PReLU"}),
    "resenc2d-idle-dropout": (DNA, "ResidualEncoderUNet", lambda c: Dynamic(c, True), (1, 1, 8, 8), {**INST, "dim": 2, "input_channels": 1, "n_stages": 2, "features_per_stage": [4, 6], "kernel_sizes": 3, "strides": [1, 2], "n_blocks_per_stage": 1, "num_classes": 2, "n_conv_per_stage_decoder": 1, "deep_supervision": True, "conv_bias": True, "dropout_op": "Dropout2d", "dropout_op_kwargs": {"p": 0.0}}),
    "resenc2d-dropout": (DNA, "ResidualEncoderUNet", lambda c: Dynamic(c, True), (2, 1, 16, 8), {**INST, "dim": 2, "input_channels": 1, "n_stages": 2, "features_per_stage": [4, 6], "kernel_sizes": 3, "strides": [1, 2], "n_blocks_per_stage": 2, "num_classes": 2, "n_conv_per_stage_decoder": 2, "deep_supervision": False, "conv_bias": True, "dropout_op": "Dropout2d", "dropout_op_kwargs": {"p": 0.3}}),
    "monai-unet2d-uneven": (MONAI, "UNet", lambda c: Single(MonaiUNet(c)), (1, 2, 12, 16), {"spatial_dims": 2, "in_channels": 2, "out_channels": 3, "channels": [4, 6, 8], "strides": [[1, 2], [3, 2]], "kernel_size": [3, 5], "up_kernel_size": 5, "num_res_units": 3, "norm": ["instance", {"affine": True}], "act": ["leakyrelu", {"negative_slope": 0.2, "inplace": True}], "bias": False, "dropout": 0.1}),
    "monai-unet3d-group-order": (MONAI, "UNet", lambda c: Single(MonaiUNet(c)), (1, 1, 8, 8, 12), {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [4, 8, 8], "strides": [1, 2], "norm": ["GROUP", {"num_groups": 2}], "act": "ELU", "adn_ordering": "AN"}),
    "monai-unet2d-group-residual": (MONAI, "UNet", lambda c: Single(MonaiUNet(c)), (1, 1, 12, 12), {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 8], "strides": [3, 2, 2], "num_res_units": 1, "norm": ["GROUP", {"num_groups": 2}], "adn_ordering": "NA"}),
    "monai-basicunet3d-pixelshuffle": (MONAI, "BasicUNet", BasicUNet, (1, 1, 16, 17, 33), {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "features": [2, 4, 4, 6, 8, 3], "upsample": "pixelshuffle", "act": "PRELU", "bias": False}),
    "monai-basicunet2d-pixelshuffle-group": (MONAI, "BasicUNet", BasicUNet, (2, 2, 33, 18), {"spatial_dims": 2, "in_channels": 2, "out_channels": 1, "features": [4, 4, 6, 6, 8, 2], "upsample": "pixelshuffle", "norm": ["group", {"num_groups": 2}], "act": ["leakyrelu", {"negative_slope": 0.3}], "dropout": 0.2}),
    "monai-basicunetplusplus3d-nontrainable": (MONAI, "BasicUNetPlusPlus", BasicUNetPlusPlus, (1, 1, 16, 18, 17), {"spatial_dims": 3, "in_channels": 1, "out_channels": 2, "features": [2, 2, 4, 4, 6, 4], "upsample": "nontrainable", "norm": "batch", "act": "relu"}),
    "monai-segresnet2d-prelu-pixelshuffle": (MONAI, "SegResNet", SegResNet, (1, 1, 16, 24), {"spatial_dims": 2, "init_filters": 4, "in_channels": 1, "out_channels": 3, "blocks_down": [1, 2, 1], "blocks_up": [2, 1], "norm": ["instance", {"affine": True}], "act": "PRELU", "upsample_mode": "pixelshuffle"}),
    "monai-segresnet3d-batch": (MONAI, "SegResNet", SegResNet, (1, 1, 8, 8, 16), {"spatial_dims": 3, "init_filters": 4, "in_channels": 1, "out_channels": 2, "blocks_down": [1, 1, 1], "blocks_up": [1, 1], "norm": "BATCH", "act": ["leakyrelu", {"negative_slope": 0.1}]}),
    "monai-attentionunet3d-uneven": (MONAI, "AttentionUnet", AttentionUnet, (1, 2, 4, 8, 12), {"spatial_dims": 3, "in_channels": 2, "out_channels": 2, "channels": [4, 6, 8], "strides": [[1, 2, 2], [2, 2, 3]], "kernel_size": 5, "up_kernel_size": 3, "dropout": 0.2}),
    "monai-attentionunet2d-flat": (MONAI, "AttentionUnet", AttentionUnet, (1, 1, 8, 8), {"spatial_dims": 2, "in_channels": 1, "out_channels": 2, "channels": [4, 6], "strides": [1]}),
    "wolny-unet3d-pool-kernel": (WOLNY, "UNet3D", lambda c: Wolny(c, 3, False), (1, 1, 5, 8, 13), {"in_channels": 1, "out_channels": 2, "f_maps": 4, "num_levels": 3, "num_groups": 4, "layer_order": "crg", "pool_kernel_size": [1, 2, 3], "conv_kernel_size": [1, 3, 5], "conv_padding": [0, 1, 2], "conv_upscale": 1, "final_sigmoid": False}),
    "wolny-unet3d-deconv": (WOLNY, "UNet3D", lambda c: Wolny(c, 3, False), (1, 2, 6, 9, 8), {"in_channels": 2, "out_channels": 2, "f_maps": [4, 8], "layer_order": "bcrd", "upsample": "deconv", "is_segmentation": False}),
    "wolny-unet3d-trilinear": (WOLNY, "UNet3D", lambda c: Wolny(c, 3, False), (1, 1, 6, 9, 8), {"in_channels": 1, "out_channels": 1, "f_maps": [4, 6], "layer_order": "ce", "upsample": "trilinear"}),
    "wolny-unet2d": (WOLNY, "UNet2D", lambda c: Wolny(c, 2, False), (2, 1, 17, 12), {"in_channels": 1, "out_channels": 2, "f_maps": [4, 6, 8], "num_groups": 2, "layer_order": "gcl"}),
    "wolny-residualunet2d": (WOLNY, "ResidualUNet2D", lambda c: Wolny(c, 2, True), (1, 1, 11, 12), {"in_channels": 1, "out_channels": 2, "f_maps": 4, "num_levels": 3, "num_groups": 2, "layer_order": "cge"}),
}


class Single(nn.Module):
    """One output as a list, under the network's own names."""

    def __init__(self, network):
        super().__init__()
        self.__dict__["network"] = network

    def __getattr__(self, name):
        return getattr(self.__dict__["network"], name)

    def forward(self, x):
        return [self.__dict__["network"](x)]


def cotangent(shape):
    i = torch.arange(int(numpy.prod(shape)), dtype=torch.int64)
    return (((37 * i + 11) % 101).to(torch.float32) / 50 - 1).reshape(shape)


def record(name, repository, kind, build, shape, constructor):
    torch.manual_seed(SEED)
    wrapped = build(constructor)
    network = wrapped.__dict__.get("network", wrapped)
    for key, value in network.state_dict().items():
        if key.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif key.endswith("running_mean"):
            value.normal_(0, 0.3)
        elif value.is_floating_point() and value.dim() == 1 and key.endswith("weight"):
            value.uniform_(0.6, 1.4) if value.numel() > 1 else value.fill_(0.2)
        elif value.is_floating_point():
            value.normal_(0, 0.4 if value.dim() == 1 else (1.6 / value[0].numel()) ** 0.5)
    folder = os.path.join(o.out, name)
    os.makedirs(folder)
    torch.save(network.state_dict(), os.path.join(folder, "weights.pt"))
    network.eval()
    x = torch.randn(shape).requires_grad_(True)
    outputs = wrapped(x)
    scalar = sum((y * cotangent(y.shape)).mean() for y in outputs)
    scalar.backward()
    case = {
        "original": {"repository": repository, "class": kind},
        "note": "computed by network_options.py of this repository, not by the original",
        "constructor": constructor,
        "inputs": {"x": {"file": "input_x.npy", "shape": list(shape), "dtype": "float32"}},
        "outputs_eval": {},
        "tolerance": {"atol": 5e-5, "rtol": 1e-4},
        "gradient": {"cotangents": [str(k) for k in range(len(outputs))], "files": {"input:x": "grad_input_x.npy"}, "scalar_value": float(scalar)},
        "weights": "weights.pt",
    }
    numpy.save(os.path.join(folder, "input_x.npy"), x.detach().numpy())
    numpy.save(os.path.join(folder, "grad_input_x.npy"), x.grad.numpy())
    for k, y in enumerate(outputs):
        numpy.save(os.path.join(folder, f"output_eval_{k}.npy"), y.detach().numpy())
        case["outputs_eval"][str(k)] = {"file": f"output_eval_{k}.npy", "shape": list(y.shape)}
    first = next(key for key, p in network.named_parameters() if p.dim() > 2)
    last = [key for key, p in network.named_parameters() if p.grad is not None][-1]
    for key in (first, last):
        numpy.save(os.path.join(folder, f"grad_param_{key}.npy"), dict(network.named_parameters())[key].grad.numpy())
        case["gradient"]["files"][f"param:{key}"] = f"grad_param_{key}.npy"
    case["gradient"]["all_param_grad_l2"] = float(sum((p.grad.double() ** 2).sum() for p in network.parameters() if p.grad is not None) ** 0.5)
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump(case, file, indent=1)
        file.write("\n")


shutil.rmtree(o.out, ignore_errors=True)
torch.set_num_threads(1)
for name, (repository, kind, build, shape, constructor) in CASES.items():
    record(name, repository, kind, build, shape, constructor)
with open(os.path.join(o.out, "provenance.json"), "w") as file:
    json.dump({"script": "tests/SegSharp.ParityTests/scripts/network_options.py", "torch": torch.__version__, "numpy": numpy.__version__, "seed": SEED, "threads": 1, "tolerance": "outputs: |a-b| <= 5e-5 + 1e-4 |b|; gradients: |a-b| <= 1e-7 + 1e-4 max|b|, as in the parity fixtures of the networks"}, file, indent=1)
    file.write("\n")
print(len(CASES), "cases in", os.path.normpath(o.out))
