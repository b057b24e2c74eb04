"""SAM with the base encoder in plain PyTorch, with the parameter names of the original, so that weights go across both ways.

Source: Kirillov et al. 2023, "Segment Anything", appendix A; Li et al. 2022 (MViTv2) for the relative positions. Written as eager
PyTorch is usually written and as the original computes: every head's logits at once, the positions added as two sums.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


class ChannelNorm(nn.Module):
    """Every pixel normalised over its channels."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        centred = x - x.mean(1, keepdim=True)
        scaled = centred / torch.sqrt(centred.pow(2).mean(1, keepdim=True) + 1e-6)
        return self.weight[:, None, None] * scaled + self.bias[:, None, None]


class Mlp(nn.Module):
    """Two linear layers with an activation between."""

    def __init__(self, width, hidden, activation):
        super().__init__()
        self.lin1, self.lin2, self.activation = nn.Linear(width, hidden), nn.Linear(hidden, width), activation

    def forward(self, x):
        return self.lin2(self.activation(self.lin1(x)))


def distances(size, table):
    """The vector of every pair of places on an axis: [size, size, C]."""
    places = torch.arange(size)
    return table[places[:, None] - places[None, :] + size - 1]


class SelfAttention(nn.Module):
    """All heads at once, logits with decomposed relative positions."""

    def __init__(self, width, heads, side):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, width // heads))

    def forward(self, x):
        n, h, w, c = x.shape
        qkv = self.qkv(x).reshape(n, h * w, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.reshape(3, n * self.heads, h * w, -1).unbind(0)
        logits = (q * self.scale) @ k.transpose(-2, -1)
        grid = q.reshape(n * self.heads, h, w, -1)
        rows = torch.einsum("bhwc,hkc->bhwk", grid, distances(h, self.rel_pos_h))
        columns = torch.einsum("bhwc,wkc->bhwk", grid, distances(w, self.rel_pos_w))
        logits = (logits.view(-1, h, w, h, w) + rows[:, :, :, :, None] + columns[:, :, :, None, :]).view(-1, h * w, h * w)
        y = (logits.softmax(dim=-1) @ v).view(n, self.heads, h, w, -1).permute(0, 2, 3, 1, 4).reshape(n, h, w, -1)
        return self.proj(y)


class Block(nn.Module):
    """Attention in windows or over everything, then a perceptron."""

    def __init__(self, width, heads, window, grid):
        super().__init__()
        self.window = window
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn = SelfAttention(width, heads, window or grid)
        self.mlp = Mlp(width, 4 * width, nn.GELU())

    def forward(self, x):
        y = self.norm1(x)
        y = self.attn(y) if self.window == 0 else self.in_windows(y)
        x = x + y
        return x + self.mlp(self.norm2(x))

    def in_windows(self, x):
        n, h, w, c = x.shape
        s = self.window
        rows, columns = -(-h // s), -(-w // s)
        x = F.pad(x, (0, 0, 0, columns * s - w, 0, rows * s - h))
        x = x.view(n, rows, s, columns, s, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, s, s, c)
        x = self.attn(x).view(n, rows, columns, s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(n, rows * s, columns * s, c)
        return x[:, :h, :w].contiguous()


class PatchEmbedding(nn.Module):
    """Squares of 16 pixels become tokens."""

    def __init__(self, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, 16, stride=16)

    def forward(self, x):
        return self.proj(x).permute(0, 2, 3, 1)


class ImageEncoder(nn.Module):
    """The base encoder on 1024 x 1024 pixels."""

    def __init__(self, width=768, depth=12, heads=12, grid=64, out=256):
        super().__init__()
        self.pos_embed = nn.Parameter(torch.zeros(1, grid, grid, width))
        self.patch_embed = PatchEmbedding(width)
        self.blocks = nn.ModuleList(Block(width, heads, 0 if i % 3 == 2 else 14, grid) for i in range(depth))
        self.neck = nn.Sequential(nn.Conv2d(width, out, 1, bias=False), ChannelNorm(out), nn.Conv2d(out, out, 3, padding=1, bias=False), ChannelNorm(out))

    def forward(self, x):
        x = self.patch_embed(x) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.neck(x.permute(0, 3, 1, 2))


class Frequencies(nn.Module):
    """Random Fourier features of places in the unit square."""

    def __init__(self, count):
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, count))

    def forward(self, at):
        angles = 2 * math.pi * ((2 * at - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


class PromptEncoder(nn.Module):
    """Points to tokens; the mask prompt's layers are there for their names."""

    def __init__(self, width=256, grid=64, size=1024):
        super().__init__()
        self.grid, self.size = grid, size
        self.pe_layer = Frequencies(width // 2)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, 4, 2, stride=2), ChannelNorm(4), nn.GELU(), nn.Conv2d(4, 16, 2, stride=2), ChannelNorm(16), nn.GELU(), nn.Conv2d(16, width, 1))
        self.no_mask_embed = nn.Embedding(1, width)

    def grid_code(self):
        centres = (torch.arange(self.grid) + 0.5) / self.grid
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        return self.pe_layer(torch.stack([x, y], dim=-1)).permute(2, 0, 1)[None]

    def forward(self, points):
        code = self.pe_layer((points + 0.5) / self.size) + self.point_embeddings[1].weight
        padding = self.not_a_point_embed.weight.expand(len(points), 1, -1)
        dense = self.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(len(points), -1, self.grid, self.grid)
        return torch.cat([code, padding], dim=1), dense


class CrossAttention(nn.Module):
    """Attention with projections of its own."""

    def __init__(self, width, heads, divisor=1):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width // divisor) for _ in range(3))
        self.out_proj = nn.Linear(width // divisor, width)

    def forward(self, q, k, v):
        q, k, v = (p(x).reshape(len(x), x.shape[1], self.heads, -1).transpose(1, 2) for p, x in ((self.q_proj, q), (self.k_proj, k), (self.v_proj, v)))
        y = ((q @ k.transpose(-2, -1)) / math.sqrt(q.shape[-1])).softmax(dim=-1) @ v
        return self.out_proj(y.transpose(1, 2).reshape(len(y), y.shape[2], -1))


class TwoWayBlock(nn.Module):
    """Tokens look at themselves and at the image, think, and the image looks at them."""

    def __init__(self, width, heads, first):
        super().__init__()
        self.first = first
        self.self_attn = CrossAttention(width, heads)
        self.cross_attn_token_to_image = CrossAttention(width, heads, 2)
        self.cross_attn_image_to_token = CrossAttention(width, heads, 2)
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(width) for _ in range(4))
        self.mlp = Mlp(width, 2048, nn.ReLU())

    def forward(self, q, k, tokens, code):
        q = self.norm1(self.self_attn(q, q, q) if self.first else q + self.self_attn(q + tokens, q + tokens, q))
        q = self.norm2(q + self.cross_attn_token_to_image(q + tokens, k + code, k))
        q = self.norm3(q + self.mlp(q))
        return q, self.norm4(k + self.cross_attn_image_to_token(k + code, q + tokens, q))


class TwoWayTransformer(nn.Module):
    """Two such layers and a last look."""

    def __init__(self, width, heads):
        super().__init__()
        self.layers = nn.ModuleList(TwoWayBlock(width, heads, i == 0) for i in range(2))
        self.final_attn_token_to_image = CrossAttention(width, heads, 2)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, image, code, tokens):
        q, k = tokens, image
        for layer in self.layers:
            q, k = layer(q, k, tokens, code)
        return self.norm_final_attn(q + self.final_attn_token_to_image(q + tokens, k + code, k)), k


class Head(nn.Module):
    """Linear layers with ReLU between."""

    def __init__(self, *widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class MaskDecoder(nn.Module):
    """Masks and their predicted quality."""

    def __init__(self, width=256, heads=8, masks=3):
        super().__init__()
        self.transformer = TwoWayTransformer(width, heads)
        self.iou_token, self.mask_tokens = nn.Embedding(1, width), nn.Embedding(masks + 1, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, 2, stride=2), ChannelNorm(width // 4), nn.GELU(), nn.ConvTranspose2d(width // 4, width // 8, 2, stride=2), nn.GELU())
        self.output_hypernetworks_mlps = nn.ModuleList(Head(width, width, width, width // 8) for _ in range(masks + 1))
        self.iou_prediction_head = Head(width, 256, 256, masks + 1)

    def forward(self, embedding, code, sparse, dense):
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])[None].expand(len(sparse), -1, -1)
        image = embedding.repeat_interleave(len(sparse), dim=0) + dense
        code = code.repeat_interleave(len(sparse), dim=0)
        n, c, h, w = image.shape
        q, k = self.transformer(image.flatten(2).permute(0, 2, 1), code.flatten(2).permute(0, 2, 1), torch.cat([own, sparse], dim=1))
        fine = self.output_upscaling(k.transpose(1, 2).view(n, c, h, w))
        hyper = torch.stack([head(q[:, i + 1]) for i, head in enumerate(self.output_hypernetworks_mlps)], dim=1)
        masks = (hyper @ fine.flatten(2)).view(n, -1, *fine.shape[2:])
        return masks[:, 1:], self.iou_prediction_head(q[:, 0])[:, 1:]


class Sam(nn.Module):
    """The three parts."""

    def __init__(self):
        super().__init__()
        self.image_encoder, self.prompt_encoder, self.mask_decoder = ImageEncoder(), PromptEncoder(), MaskDecoder()

    def prompt(self, embedding, points):
        """Three masks of 1024 x 1024 and their predicted quality for one click each."""
        masks, quality = self.mask_decoder(embedding, self.prompt_encoder.grid_code(), *self.prompt_encoder(points))
        return F.interpolate(F.interpolate(masks, (1024, 1024), mode="bilinear", align_corners=False), (1024, 1024), mode="bilinear", align_corners=False), quality
