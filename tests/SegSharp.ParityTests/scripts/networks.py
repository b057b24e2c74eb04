"""Records small networks as cases for `segsharp network verify`, where no recording of the original itself is at hand.

    python3 tests/SegSharp.ParityTests/scripts/networks.py        writes parity-own/networks

Every network below is written by hand in PyTorch, from its paper or from the course's text, with the names that its well-known
implementation gives to the parameters; nothing is copied from that implementation, and none of it is run. The form of a case is in
docs/reference/network-cases.md. Widths are small; layers, their order and everything else are the original's.
"""
import argparse
import collections
import json
import os
import shutil

os.environ["OMP_NUM_THREADS"] = "1"
import numpy
import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser()
arguments.add_argument("--out", default=os.path.join(HERE, "..", "parity-own", "networks"))
o = arguments.parse_args()
SEED = 17


# King's College, Machine Learning for Biomedical Applications, notebook 11.3 (its printed layers)
class Kings(nn.Module):
    def __init__(self, inside, classes, b, final_relu=True):
        super().__init__()
        conv = lambda i, k: nn.Conv2d(i, k, 3, padding=1)
        self.conv1_down, self.conv2_down, self.conv3_down = conv(inside, b), conv(b, 2 * b), conv(2 * b, 4 * b)
        self.conv4 = conv(4 * b, 4 * b)
        self.conv3_up, self.conv2_up, self.conv1_up = conv(8 * b, 2 * b), conv(4 * b, b), conv(2 * b, classes)
        self.final_relu = final_relu

    def forward(self, x):
        half = lambda t: F.avg_pool2d(t, 2)
        double = lambda t: F.interpolate(t, scale_factor=2, mode="bilinear", align_corners=True)
        x1 = self.conv1_down(x).relu()
        x2 = self.conv2_down(half(x1)).relu()
        x3 = self.conv3_down(half(x2)).relu()
        y = self.conv4(half(x3)).relu()
        y = self.conv3_up(torch.cat([double(y), x3], 1)).relu()
        y = self.conv2_up(torch.cat([double(y), x2], 1)).relu()
        y = self.conv1_up(torch.cat([double(y), x1], 1))
        return y.relu() if self.final_relu else y


# The practical work TP3: "upsampling ... followed by a 2x2 convolution", same padding as Keras does it
class Pair(nn.Module):
    def __init__(self, inside, width):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(inside, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv2(self.conv1(x).relu()).relu()


class Raise(nn.Module):
    def __init__(self, inside, width):
        super().__init__()
        self.up = nn.Conv2d(inside, width, 2)
        self.conv1, self.conv2 = nn.Conv2d(2 * width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, below, skip):
        x = self.up(F.pad(F.interpolate(below, scale_factor=2, mode="nearest"), (0, 1, 0, 1)))
        return self.conv2(self.conv1(torch.cat([skip, x], 1)).relu()).relu()


class Practical(nn.Module):
    def __init__(self, inside, classes, b):
        super().__init__()
        for i in range(4):
            setattr(self, f"down_conv_block_{i + 1}", Pair(inside if i == 0 else b << (i - 1), b << i))
        self.bottleneck = Pair(8 * b, 16 * b)
        for i in range(4):
            setattr(self, f"up_conv_block_{i + 1}", Raise(16 * b >> i, 8 * b >> i))
        self.out = nn.Conv2d(b, classes, 1)

    def forward(self, x):
        skips = []
        for i in range(4):
            skips.append(getattr(self, f"down_conv_block_{i + 1}")(x))
            x = F.max_pool2d(skips[-1], 2)
        x = self.bottleneck(x)
        for i in range(4):
            x = getattr(self, f"up_conv_block_{i + 1}")(x, skips.pop())
        return self.out(x)


# The course's three classes of chapter 8.3
class CourseBlock(nn.Module):
    def __init__(self, inside, width, count):
        super().__init__()
        self.layers = nn.Sequential(*[m for i in range(count) for m in (nn.Conv2d(inside if i == 0 else width, width, 3, padding=1), nn.ReLU())])

    def forward(self, x):
        return self.layers(x)


class CourseVgg(nn.Module):
    def __init__(self, num_classes, input_size, b, hidden):
        super().__init__()
        inside = 3
        for i, count in enumerate((2, 2, 3, 3, 3)):
            width = b << min(i, 3)
            setattr(self, f"conv_block{i + 1}", CourseBlock(inside, width, count))
            inside = width
        self.fc1 = nn.Linear(inside * (input_size // 32) ** 2, hidden)
        self.fc2, self.fc3 = nn.Linear(hidden, hidden), nn.Linear(hidden, num_classes)

    def forward(self, x):
        pools = []
        for i in range(5):
            x = F.max_pool2d(getattr(self, f"conv_block{i + 1}")(x), 2)
            pools.append(x)
        return [self.fc3(self.fc2(self.fc1(x.flatten(1)))), *pools[2:]]


class CourseStep(nn.Module):
    def __init__(self, inside, width):
        super().__init__()
        self.transposed_conv = nn.ConvTranspose2d(inside, width, 3, 2, 1, 1)
        self.batch_norm = nn.BatchNorm2d(width)

    def forward(self, x):
        return self.batch_norm(self.transposed_conv(x)).relu()


class CourseUpsampling(nn.Module):
    def __init__(self, in_channels, b):
        super().__init__()
        for i in range(6):
            setattr(self, f"upsample{i + 1}", CourseStep(in_channels if i == 0 else b >> (i - 1), b >> i))
        self.out_layer = nn.Conv2d(b >> 5, 1, 1)

    def forward(self, x):
        for i in range(6):
            x = getattr(self, f"upsample{i + 1}")(x)
        return self.out_layer(x)


class CourseTransposed(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride, padding, output_padding):
        super().__init__()
        self.transposed_conv = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride, padding, output_padding)

    def forward(self, x):
        return self.transposed_conv(x)


# VGG (Simonyan and Zisserman 2015, configurations A and D), names and classifier of torchvision
SIXTEEN = (2, 2, 3, 3, 3)
VGGS = {"vgg16": (SIXTEEN, False), "vgg11_bn": ((1, 1, 2, 2, 2), True)}


def vgg_layers(b, inside=3, border=1, ceil=False, counts=SIXTEEN, norm=False):
    for i, count in enumerate(counts):
        for j in range(count):
            yield nn.Conv2d(inside, b << min(i, 3), 3, padding=border if i == j == 0 else 1)
            if norm:
                yield nn.BatchNorm2d(b << min(i, 3))
            yield nn.ReLU()
            inside = b << min(i, 3)
        yield nn.MaxPool2d(2, ceil_mode=ceil)


class Vgg(nn.Module):
    def __init__(self, b, hidden=0, num_classes=0, in_channels=3, kind="vgg16"):
        super().__init__()
        self.features = nn.Sequential(*vgg_layers(b, in_channels, counts=VGGS[kind][0], norm=VGGS[kind][1]))
        if num_classes:
            self.classifier = nn.Sequential(
                nn.Linear(8 * b * 49, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, num_classes))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 7).flatten(1))

    def maps(self, x, depth=5):
        found = []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                found.append(x)
            x = layer(x)
        return [*found, x][:depth + 1]

    def widths(self):
        b = self.features[0].out_channels
        return [b, 2 * b, 4 * b, 8 * b, 8 * b, 8 * b]


# Residual networks (He et al. 2016), names of torchvision, the bottleneck's stride in its 3x3 convolution
class Residual(nn.Module):
    def __init__(self, inside, middle, outside, stride, bottleneck):
        super().__init__()
        path = [(inside, middle, 1, 1), (middle, middle, 3, stride), (middle, outside, 1, 1)] if bottleneck else [(inside, outside, 3, stride), (outside, outside, 3, 1)]
        for i, (a, c, kernel, step) in enumerate(path):
            setattr(self, f"conv{i + 1}", nn.Conv2d(a, c, kernel, step, kernel // 2, bias=False))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(c))
        self.count = len(path)
        if stride != 1 or inside != outside:
            self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x):
        y = x
        for i in range(self.count):
            y = getattr(self, f"bn{i + 1}")(getattr(self, f"conv{i + 1}")(y))
            y = y.relu() if i + 1 < self.count else y
        return (y + (self.downsample(x) if hasattr(self, "downsample") else x)).relu()


class ResNet(nn.Module):
    def __init__(self, counts, bottleneck, b, num_classes=0, in_channels=3):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_channels, b, 7, 2, 3, bias=False), nn.BatchNorm2d(b)
        grow, inside = (4 if bottleneck else 1), b
        for s, count in enumerate(counts):
            blocks = []
            for i in range(count):
                blocks.append(Residual(inside, b << s, grow * (b << s), 2 if i == 0 and s > 0 else 1, bottleneck))
                inside = grow * (b << s)
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
        if num_classes:
            self.fc = nn.Linear(inside, num_classes)
        self.inside, self.b, self.grow = in_channels, b, grow

    def maps(self, x, depth=5):
        found = [x, self.bn1(self.conv1(x)).relu()]
        found.append(self.layer1(F.max_pool2d(found[-1], 3, 2, 1)))
        for s in range(2, depth):
            found.append(getattr(self, f"layer{s}")(found[-1]))
        return found

    def forward(self, x):
        return self.fc(self.maps(x)[-1].mean((2, 3)))

    def widths(self):
        return [self.inside, self.b] + [self.grow * (self.b << s) for s in range(4)]


RESNETS = {"resnet18": ((2, 2, 2, 2), False), "resnet34": ((3, 4, 6, 3), False), "resnet50": ((3, 4, 6, 3), True)}


# A U-Net decoder on an encoder (names of segmentation_models.pytorch)
class Attention(nn.Module):
    def __init__(self, channels):                                    # Roy et al. 2018
        super().__init__()
        self.attention = nn.Module()
        self.attention.cSE = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels // 16, 1), nn.ReLU(), nn.Conv2d(channels // 16, channels, 1), nn.Sigmoid())
        self.attention.sSE = nn.Sequential(nn.Conv2d(channels, 1, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.attention.cSE(x) + x * self.attention.sSE(x)


def conv_relu(inside, width, norm):
    return nn.Sequential(nn.Conv2d(inside, width, 3, padding=1, bias=not norm), nn.BatchNorm2d(width) if norm else nn.Identity(), nn.ReLU())


class DecoderBlock(nn.Module):
    def __init__(self, below, skip, width, norm, scse):
        super().__init__()
        self.conv1 = conv_relu(below + skip, width, norm)
        self.attention1 = Attention(below + skip) if scse else nn.Identity()
        self.conv2 = conv_relu(width, width, norm)
        self.attention2 = Attention(width) if scse else nn.Identity()

    def forward(self, x, skip):
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        if skip is not None:
            x = self.attention1(torch.cat([x, skip], 1))
        return self.attention2(self.conv2(self.conv1(x)))


class EncoderUNet(nn.Module):
    def __init__(self, encoder_name, b, decoder_channels, classes, in_channels=3, encoder_depth=5, decoder_use_norm=True, decoder_attention_type=None):
        super().__init__()
        self.encoder = Vgg(b, in_channels=in_channels, kind=encoder_name) if encoder_name in VGGS else ResNet(*RESNETS[encoder_name], b, in_channels=in_channels)
        self.depth, widths = encoder_depth, self.encoder.widths()
        bottom = widths[encoder_depth]
        self.decoder = nn.Module()
        if encoder_name in VGGS:
            self.decoder.center = nn.Sequential(conv_relu(bottom, bottom, decoder_use_norm), conv_relu(bottom, bottom, decoder_use_norm))
        blocks, inside = [], bottom
        for i, width in enumerate(decoder_channels):
            skip = encoder_depth - 1 - i
            blocks.append(DecoderBlock(inside, widths[skip] if skip > 0 else 0, width, decoder_use_norm, decoder_attention_type == "scse"))
            inside = width
        self.decoder.blocks = nn.ModuleList(blocks)
        self.segmentation_head = nn.Sequential(nn.Conv2d(inside, classes, 3, padding=1))

    def forward(self, x):
        maps = self.encoder.maps(x, self.depth)
        x = self.decoder.center(maps[-1]) if hasattr(self.decoder, "center") else maps[-1]
        for i, block in enumerate(self.decoder.blocks):
            skip = self.depth - 1 - i
            x = block(x, maps[skip] if skip > 0 else None)
        return self.segmentation_head(x)


# FCN-32s and 16s in the course's alignment (padded, resized), and FCN-8s "at once" in the paper's (Long et al. 2015)
class CourseFcn(nn.Module):
    def __init__(self, n_classes, stride, b, hidden):
        super().__init__()
        layers = list(vgg_layers(b))
        self.features_to_pool3, self.features_to_pool4, self.features_to_pool5 = nn.Sequential(*layers[:17]), nn.Sequential(*layers[17:24]), nn.Sequential(*layers[24:])
        self.fc6, self.fc7 = nn.Conv2d(8 * b, hidden, 7, padding=3), nn.Conv2d(hidden, hidden, 1)
        self.score_fr = nn.Conv2d(hidden, n_classes, 1)
        self.stride = stride
        up = lambda f: nn.ConvTranspose2d(n_classes, n_classes, 2 * f, f, f // 2, bias=False)
        if stride == 16:
            self.score_pool4, self.upscore2, self.upscore16 = nn.Conv2d(8 * b, n_classes, 1), up(2), up(16)
        else:
            self.upscore = up(32)

    def forward(self, x):
        size = lambda t, like: F.interpolate(t, like.shape[2:], mode="bilinear", align_corners=False)
        pool4 = self.features_to_pool4(self.features_to_pool3(x))
        score = self.score_fr(self.fc7(self.fc6(self.features_to_pool5(pool4)).relu()).relu())
        if self.stride == 16:
            side = self.score_pool4(pool4)
            return size(self.upscore16(size(self.upscore2(score), side) + side), x)
        return size(self.upscore(score), x)


class AtOnce(nn.Module):
    def __init__(self, n_class, b, hidden):
        super().__init__()
        convs = [m for m in vgg_layers(b, border=100) if isinstance(m, nn.Conv2d)]
        self.names = [f"conv{i + 1}_{j + 1}" for i, count in enumerate((2, 2, 3, 3, 3)) for j in range(count)]
        for name, conv in zip(self.names, convs):
            setattr(self, name, conv)
        self.fc6, self.fc7, self.score_fr = nn.Conv2d(8 * b, hidden, 7), nn.Conv2d(hidden, hidden, 1), nn.Conv2d(hidden, n_class, 1)
        self.score_pool3, self.score_pool4 = nn.Conv2d(4 * b, n_class, 1), nn.Conv2d(8 * b, n_class, 1)
        up = lambda f: nn.ConvTranspose2d(n_class, n_class, 2 * f, f, bias=False)
        self.upscore2, self.upscore8, self.upscore_pool4 = up(2), up(8), up(2)

    def forward(self, x):
        cut = lambda t, like, at: t[:, :, at:at + like.shape[2], at:at + like.shape[3]]
        pools, y = {}, x
        for i, count in enumerate((2, 2, 3, 3, 3)):
            for j in range(count):
                y = getattr(self, f"conv{i + 1}_{j + 1}")(y).relu()
            y = pools[i + 1] = F.max_pool2d(y, 2, ceil_mode=True)
        y = self.upscore2(self.score_fr(self.fc7(self.fc6(y).relu()).relu()))
        y = self.upscore_pool4(y + cut(self.score_pool4(pools[4] * 0.01), y, 5))
        y = self.upscore8(y + cut(self.score_pool3(pools[3] * 0.0001), y, 9))
        return cut(y, x, 31)


def unet(name, b=2, **constructor):
    arguments = {"encoder_name": name, "in_channels": 3, "classes": 2, **constructor}
    inside = {k: v for k, v in arguments.items() if k != "decoder_use_norm"}
    return lambda: EncoderUNet(b=b, decoder_use_norm=arguments.get("decoder_use_norm", "batchnorm") == "batchnorm", **inside), arguments


SMP = {"repository": "qubvel-org/segmentation_models.pytorch", "class": "Unet"}
VISION = lambda name: {"repository": "torchvision", "class": f"torchvision.models.{name}"}
COURSE = lambda name: {"repository": "course, chapter 8.3", "class": name}
FIVE = [8, 4, 2, 2, 2]
# name -> original, maker, constructor's arguments, input, whether train mode is recorded: not with dropout, and not where the batch
# statistics of a handful of values at the bottom would magnify the rounding of float32
CASES = {
    "kings-unet": ({"repository": "MachineLearningBiomedicalApplications", "class": "U-Net of notebook 11.3"}, lambda: Kings(1, 2, 4), {"final_relu": True}, (2, 1, 24, 32), False),
    "kings-unet-logits": ({"repository": "MachineLearningBiomedicalApplications", "class": "U-Net of notebook 11.3"}, lambda: Kings(3, 4, 2, False), {"final_relu": False}, (1, 3, 16, 40), False),
    "tp3": ({"repository": "practical work TP3", "class": "DownConvBlock, UpConvBlock"}, lambda: Practical(4, 4, 2), {}, (1, 4, 32, 48), False),
    "vgg16-demo": (COURSE("VGG16Example"), lambda: CourseVgg(5, 64, 2, 16), {"num_classes": 5, "input_size": 64}, (2, 3, 64, 64), False),
    "upsample-demo": (COURSE("ExampleUpsamplingModule"), lambda: CourseUpsampling(8, 32), {"in_channels": 8}, (2, 8, 2, 1), True),
    "tconv-demo": (COURSE("TransposedConv2dExample"), lambda: CourseTransposed(8, 4, 3, 2, 1, 1), {"in_channels": 8, "out_channels": 4}, (2, 8, 8, 6), False),
    "tconv-demo-k4s3": (COURSE("TransposedConv2dExample"), lambda: CourseTransposed(4, 4, 4, 3, 2, 0), {"kernel_size": 4, "stride": 3, "padding": 2, "output_padding": 0}, (1, 4, 5, 6), False),
    "vgg16": (VISION("vgg16"), lambda: Vgg(2, 16, 5), {"num_classes": 5}, (2, 3, 64, 97), False),
    "resnet18": (VISION("resnet18"), lambda: ResNet(*RESNETS["resnet18"], 2, 5), {"num_classes": 5}, (2, 3, 64, 49), True),
    "resnet34": (VISION("resnet34"), lambda: ResNet(*RESNETS["resnet34"], 2, 5), {"num_classes": 5}, (2, 3, 64, 64), True),
    "resnet50": (VISION("resnet50"), lambda: ResNet(*RESNETS["resnet50"], 2, 5), {"num_classes": 5}, (2, 3, 64, 64), True),
    "smp-resnet34": (SMP, *unet("resnet34", decoder_channels=FIVE), (2, 3, 64, 32), False),
    "smp-resnet50-grey": (SMP, *unet("resnet50", decoder_channels=FIVE, in_channels=1), (2, 1, 64, 64), False),
    "smp-vgg16": (SMP, *unet("vgg16", decoder_channels=FIVE), (2, 3, 32, 64), False),
    "smp-vgg11_bn": (SMP, *unet("vgg11_bn", decoder_channels=FIVE), (2, 3, 32, 64), False),
    "smp-resnet18-depth3-scse": (SMP, *unet("resnet18", b=8, decoder_channels=[16, 16, 16], encoder_depth=3, decoder_attention_type="scse"), (2, 3, 32, 40), True),
    "smp-vgg16-depth4-no-norm": (SMP, *unet("vgg16", decoder_channels=[8, 6, 4, 2], encoder_depth=4, decoder_use_norm="identity"), (1, 3, 48, 32), False),
    "fcn32s-stretch": (COURSE("FCN8s_VGG16, as FCN-32s"), lambda: CourseFcn(3, 32, 2, 8), {"n_classes": 3}, (1, 3, 37, 70), False),
    "fcn16s-stretch": (COURSE("FCN8s_VGG16, as FCN-16s"), lambda: CourseFcn(3, 16, 2, 8), {"n_classes": 3}, (1, 3, 45, 66), False),
    "fcn8s-at-once": ({"repository": "wkentaro/pytorch-fcn", "class": "torchfcn.models.FCN8sAtOnce"}, lambda: AtOnce(3, 2, 8), {"n_class": 3}, (1, 3, 20, 33), False),
}


def fill(network):
    """Every number random, so that each one counts: weights that keep the variance, statistics that are not 0 and 1."""
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.2), nn.init.normal_(module.bias, 0, 0.2)
            nn.init.normal_(module.running_mean, 0, 0.3), nn.init.uniform_(module.running_var, 0.6, 1.6)
            module.num_batches_tracked.fill_(3)
        elif isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(module.weight, 0, (2 / max(1, module.weight[0].numel())) ** 0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.2)


def lists(output):
    return output if isinstance(output, list) else [output]


def gradient(network, x):
    """Outputs in evaluation mode, the scalar and its gradients."""
    network.eval()
    x = x.clone().requires_grad_(True)
    outputs = lists(network(x))
    i = torch.arange(max(y.numel() for y in outputs), dtype=torch.int64)
    c = (((37 * i + 11) % 101).to(torch.float32) / 50 - 1).to(x.dtype)
    scalar = sum((y * c[:y.numel()].reshape(y.shape)).mean() for y in outputs)
    network.zero_grad()
    scalar.backward()
    return outputs, scalar, x.grad


def train(network, x):
    """The output of one pass in training mode; it moves the running statistics."""
    network.train()
    with torch.no_grad():
        return lists(network(x))[0]


def record(name, original, maker, constructor, shape, trains):
    folder = os.path.join(o.out, name)
    os.makedirs(folder)
    save = lambda file, tensor: numpy.save(os.path.join(folder, file), tensor.detach().numpy().astype(numpy.float32))
    torch.manual_seed(SEED)
    network = maker()
    fill(network)
    x = torch.randn(shape)
    state = collections.OrderedDict((k, v.clone()) for k, v in network.state_dict().items())
    torch.save(state, os.path.join(folder, "weights.pt"))
    save("input_x.npy", x)

    exact = [y.detach() for y in gradient(network.double(), x.double())[0]]
    exact_train = train(network, x.double()) if trains else None
    network.float().load_state_dict(state)
    outputs, scalar, grad_x = gradient(network, x)
    outputs_train = train(network, x) if trains else None
    pairs = list(zip(outputs, exact)) + ([(outputs_train, exact_train)] if trains else [])
    error = max((y.detach().double() - e).abs().max().item() for y, e in pairs)
    case = {
        "original": original,
        "made_by": "scripts/networks.py, written by hand after the original's description",
        "constructor": constructor,
        "case": f"networks/{name}",
        "inputs": {"x": {"file": "input_x.npy", "shape": list(shape), "dtype": "float32"}},
        "outputs_eval": {},
        "keys": [[k, list(v.shape), str(v.dtype).split(".")[-1]] for k, v in state.items()],
        "parameters": sum(p.numel() for p in network.parameters()),
        "float32_vs_float64_max_abs": error,
        "tolerance": {"atol": max(1e-5, 8 * error), "rtol": 1e-4},
        "weights": "weights.pt",
    }
    for k, y in enumerate(outputs):
        save(f"output_eval_{k}.npy", y)
        case["outputs_eval"][str(k)] = {"file": f"output_eval_{k}.npy", "shape": list(y.shape), "max_abs": y.abs().max().item()}
    save("grad_input_x.npy", grad_x)
    files = {"input:x": "grad_input_x.npy"}
    reached = [(k, p) for k, p in network.named_parameters() if p.grad is not None]
    small = [(k, p) for k, p in reached if p.numel() <= 2000]
    for k, p in {k: (k, p) for k, p in (small[0], small[len(small) // 3], small[2 * len(small) // 3], small[-1])}.values():
        save(f"grad_param_{k}.npy", p.grad)
        files[f"param:{k}"] = f"grad_param_{k}.npy"
    case["gradient"] = {
        "cotangents": [str(k) for k in range(len(outputs))],
        "files": files,
        "scalar_value": scalar.item(),
        "all_param_grad_l2": sum((p.grad.double() ** 2).sum().item() for _, p in reached) ** 0.5,
        "tolerance": {"absolute": 1e-7, "relative_to_max_abs_of_file": 1e-4},
    }
    if trains:
        save("output_train_0.npy", outputs_train)
        case["outputs_train"] = {"0": {"file": "output_train_0.npy"}}
        case["buffers_after_train"] = "buffers_after_train.pt"
        torch.save(collections.OrderedDict((k, v.clone()) for k, v in network.named_buffers()), os.path.join(folder, "buffers_after_train.pt"))
    with open(os.path.join(folder, "case.json"), "w") as out:
        json.dump(case, out, indent=1)
    print(f"{name}: {case['parameters']} parameters, largest {max(v['max_abs'] for v in case['outputs_eval'].values()):.3g}, error {error:.2g}")


shutil.rmtree(o.out, ignore_errors=True)
for name, parts in CASES.items():
    record(name, *parts)
with open(os.path.join(o.out, "provenance.json"), "w") as out:
    json.dump({"script": "scripts/networks.py", "torch": torch.__version__, "numpy": numpy.__version__, "seed": SEED}, out, indent=1)
