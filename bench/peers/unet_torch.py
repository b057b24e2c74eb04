"""The U-Net in plain PyTorch, with the parameter names of SegSharp's own, so that weights go across both ways.

Source: Ronneberger et al. 2015, figure 1; padded convolutions and batch normalisation, so out size = in size.
"""
import torch
from torch import nn


def layers(dimensions):
    """Convolution, transposed convolution, batch normalisation and max pooling of 2 or 3 dimensions."""
    if dimensions == 2:
        return nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.MaxPool2d
    return nn.Conv3d, nn.ConvTranspose3d, nn.BatchNorm3d, nn.MaxPool3d


class DoubleConv(nn.Module):
    """Convolution 3 (padding 1, with bias), batch normalisation, ReLU; twice."""

    def __init__(self, dimensions, inputs, outputs):
        super().__init__()
        conv, _, norm, _ = layers(dimensions)
        self.conv1 = conv(inputs, outputs, 3, padding=1)
        self.norm1 = norm(outputs)
        self.conv2 = conv(outputs, outputs, 3, padding=1)
        self.norm2 = norm(outputs)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.norm1(self.conv1(x)))
        return self.relu(self.norm2(self.conv2(x)))


class UNet(nn.Module):
    """depth = number of poolings; down.0 is the full resolution, down.{depth} the bottom."""

    def __init__(self, dimensions=2, in_channels=1, classes=1, base=64, depth=4):
        super().__init__()
        conv, transposed, _, pool = layers(dimensions)
        width = [base << level for level in range(depth + 1)]
        self.depth = depth
        self.pool = pool(2)
        self.down = nn.ModuleList(DoubleConv(dimensions, in_channels if i == 0 else width[i - 1], width[i]) for i in range(depth + 1))
        self.add_module("raise", nn.ModuleList(transposed(width[i + 1], width[i], 2, stride=2) for i in range(depth)))
        self.up = nn.ModuleList(DoubleConv(dimensions, 2 * width[i], width[i]) for i in range(depth))
        self.head = conv(base, classes, 1)
        # The list itself, not through the module's attribute: `raise` is a word of Python's own.
        self.raised = [self._modules["raise"][i] for i in range(depth)]

    def forward(self, x):
        skips = []
        for level in range(self.depth):
            x = self.down[level](x)
            skips.append(x)
            x = self.pool(x)
        x = self.down[self.depth](x)
        for level in reversed(range(self.depth)):
            x = self.raised[level](x)
            x = self.up[level](torch.cat([x, skips.pop()], 1))
        return self.head(x)


def zero_up_to_rounding(state):
    """Biases directly before a batch normalisation: it takes every constant away, so their gradients are rounding alone."""
    return [name for name in state if name.endswith(("conv1.bias", "conv2.bias"))]
