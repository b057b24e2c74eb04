using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Sam;

/// <summary>Options of the prompt encoder.</summary>
public sealed record PromptEncoderOptions
{
    /// <summary>Length of a prompt's token and channels of the embedding. With three axes a multiple of 3.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Sides of the image embedding, (D,) H, W.</summary>
    public IReadOnlyList<int> Grid { get; init; } = [64, 64];

    /// <summary>Sides of the image that the encoder sees, (D,) H, W.</summary>
    public IReadOnlyList<int> ImageSize { get; init; } = [1024, 1024];

    /// <summary>Hidden channels of the mask prompt; a multiple of 4.</summary>
    public int MaskChannels { get; init; } = 16;

    /// <summary>Between the convolutions of the mask prompt.</summary>
    public SamActivation Activation { get; init; }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Grid.Count is not (2 or 3) || ImageSize.Count != Grid.Count || Grid.Concat(ImageSize).Any(s => s < 1))
        {
            yield return Fault.At("promptEncoder.grid", $"is [{string.Join(',', Grid)}] for an image of [{string.Join(',', ImageSize)}]; both need 2 or 3 sides of 1 or more");
        }
        else if (Width < 1 || Width % Grid.Count != 0)
        {
            yield return Fault.At("promptEncoder.width", $"is {Width}; it must be a multiple of {Grid.Count}");
        }

        if (MaskChannels < 4 || MaskChannels % 4 != 0)
        {
            yield return Fault.At("promptEncoder.maskChannels", $"is {MaskChannels}; it must be a multiple of 4");
        }
    }
}

/// <summary>What a user points at, as tensors in pixels of the encoder's image. Every part may be missing.</summary>
public sealed record Prompts
{
    /// <summary>[B, n, 2 or 3]: x, y of pixels; with three axes the indices of axes 0, 1, 2 of the volume.</summary>
    public Tensor? Points { get; init; }

    /// <summary>[B, n], float: 1 foreground, 0 background, −1 padding that says nothing.</summary>
    public Tensor? Labels { get; init; }

    /// <summary>[B, 4]: x0, y0, x1, y1. Only with two axes.</summary>
    public Tensor? Boxes { get; init; }

    /// <summary>[B, 1, 4 · grid…]: logits of an earlier answer.</summary>
    public Tensor? Masks { get; init; }
}

/// <summary>Turns points, boxes and masks into tokens and a plane, for SAM and, with three axes, SAM-Med3D.</summary>
/// <remarks>
/// Source: Kirillov et al. 2023, appendix A; random Fourier features of Tancik et al. 2020. Parity: <c>07-sam</c>.
/// With three axes the features are sine, cosine and sine again, the first coordinate of the grid runs along axis 1 and the second
/// along axis 0, and there are no boxes: as in SAM-Med3D, whose weights were trained so.
/// </remarks>
public sealed class PromptEncoder : Module
{
    private readonly Tensor _frequencies;
    private readonly Modules<Embedding> _points;
    private readonly Embedding _noPoint, _noMask;
    private readonly Sequential _masks;
    private readonly PromptEncoderOptions _options;

    /// <summary>Random weights.</summary>
    /// <exception cref="UsageException">At least one fault; every one is named.</exception>
    public PromptEncoder(PromptEncoderOptions o)
    {
        UsageException.ThrowIfAny(o.Check());
        _options = o;
        var axes = o.Grid.Count;
        _frequencies = Child("pe_layer", new Frequencies(axes, o.Width / axes)).Matrix;
        _points = Children("point_embeddings", Enumerable.Range(0, axes == 2 ? 4 : 2).Select(_ => new Embedding(1, o.Width)));
        _noPoint = Child("not_a_point_embed", new Embedding(1, o.Width));
        Layer Act() => o.Activation == SamActivation.Gelu ? new Gelu() : new Relu();
        _masks = Child("mask_downscaling", new Sequential(
            new Conv(axes, 1, o.MaskChannels / 4, kernel: 2, stride: 2, padding: 0),
            new ChannelNorm(o.MaskChannels / 4),
            Act(),
            new Conv(axes, o.MaskChannels / 4, o.MaskChannels, kernel: 2, stride: 2, padding: 0),
            new ChannelNorm(o.MaskChannels),
            Act(),
            new Conv(axes, o.MaskChannels, o.Width, kernel: 1)));
        _noMask = Child("no_mask_embed", new Embedding(1, o.Width));
    }

    /// <summary>What it was built from.</summary>
    public PromptEncoderOptions Options => _options;

    /// <summary>The code of every place of the grid.</summary>
    /// <returns>[1, Width, grid…], in the caller's scope.</returns>
    public Tensor GridCode()
    {
        using var scope = new TensorScope();
        var grid = _options.Grid;
        var axes = grid.Count;
        var centres = new float[grid.Aggregate(1, (a, b) => a * b) * axes];
        for (var i = 0; i < centres.Length / axes; i++)
        {
            // Two axes: x runs along the last. Three: the first coordinate runs along axis 1.
            int[] place = axes == 2 ? [i % grid[1], i / grid[1]] : [i / grid[2] % grid[1], i / grid[2] / grid[1], i % grid[2]];
            int[] side = axes == 2 ? [grid[1], grid[0]] : [grid[0], grid[1], grid[2]];
            for (var c = 0; c < axes; c++)
            {
                centres[(i * axes) + c] = (place[c] + 0.5f) / side[c];
            }
        }

        var code = Encode(Tensor.From(centres, [.. grid.Select(g => (long)g), axes]).To(Device));
        long[] first = [axes, .. Enumerable.Range(0, axes).Select(a => (long)a)];
        return scope.Keep(code.Permute(first).Unsqueeze(0).Contiguous());
    }

    /// <summary>Encodes prompts.</summary>
    /// <param name="prompts">B prompts about one image.</param>
    /// <returns>Sparse [B, tokens, Width] and dense [B, Width, grid…] embeddings, in the caller's scope.</returns>
    /// <exception cref="InputException">A box with three axes.</exception>
    public (Tensor Sparse, Tensor Dense) Forward(Prompts prompts)
    {
        using var scope = new TensorScope();
        var batch = (prompts.Points ?? prompts.Boxes ?? prompts.Masks)?.Size(0) ?? 1;
        var tokens = new List<Tensor> { Tensor.Empty([batch, 0, _options.Width], device: Device) };
        if (prompts.Points is { } points)
        {
            tokens.Add(Points(points, prompts.Labels ?? throw new ArgumentException("points need labels", nameof(prompts)), pad: prompts.Boxes is null));
        }

        if (prompts.Boxes is { } boxes)
        {
            tokens.Add(Boxes(boxes));
        }

        var dense = prompts.Masks is { } masks
            ? _masks.Forward(masks)
            : _noMask.Weight.Reshape([1, -1, .. _options.Grid.Select(_ => 1L)]).Expand([batch, -1, .. _options.Grid.Select(g => (long)g)]);
        return (scope.Keep(Tensor.Cat(1, [.. tokens])), scope.Keep(dense));
    }

    private Tensor Points(Tensor points, Tensor labels, bool pad)
    {
        var (at, kind) = (points + 0.5, labels.To(DType.Float32));
        if (pad)
        {
            var batch = points.Size(0);
            at = Tensor.Cat(1, at, Tensor.Zeros([batch, 1, points.Size(2)], device: points.Device));
            kind = Tensor.Cat(1, kind, Tensor.Full(-1, [batch, 1], device: points.Device));
        }

        kind = kind.Unsqueeze(2);
        Tensor Marked(double label) => kind.EqualTo(label).To(DType.Float32);
        return (Encode(Scaled(at)) * kind.DifferentFrom(-1).To(DType.Float32))
            + (Marked(-1) * _noPoint.Weight) + (Marked(0) * _points[0].Weight) + (Marked(1) * _points[1].Weight);
    }

    private Tensor Boxes(Tensor boxes)
    {
        if (_points.Count < 4)
        {
            throw new InputException("this model knows no boxes: it has embeddings for points alone", "give points, or an earlier mask");
        }

        var corners = Tensor.Stack(0, _points[2].Weight, _points[3].Weight).Permute(1, 0, 2);      // [1, 2, Width]
        return Encode(Scaled((boxes + 0.5).Reshape(-1, 2, 2))) + corners;
    }

    // Pixels to 0…1. Points name x first, sides y first; with three axes both count alike.
    private Tensor Scaled(Tensor at)
    {
        var sides = _options.ImageSize.Select(s => (float)s).ToArray();
        return at / Tensor.From(sides.Length == 2 ? [sides[1], sides[0]] : sides).To(at.Device);
    }

    // [..., axes] in 0…1 → [..., Width].
    private Tensor Encode(Tensor at)
    {
        var angles = ((at * 2) - 1).Matmul(_frequencies) * (2 * Math.PI);
        var (sine, cosine) = (Attention.Sin(angles), Attention.Cos(angles));
        return _options.Grid.Count == 2 ? Tensor.Cat(-1, sine, cosine) : Tensor.Cat(-1, sine, cosine, sine);
    }

    private sealed class Frequencies : Module
    {
        public Frequencies(int axes, int count) => Matrix = Buffer("positional_encoding_gaussian_matrix", Tensor.Normal([axes, count]));

        public Tensor Matrix { get; }
    }
}
