using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Sam;

/// <summary>Options of the image encoder.</summary>
public sealed record ImageEncoderOptions
{
    /// <summary>Spatial axes: 2, or 3 for SAM-Med3D.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Side of the square (cube) that comes in.</summary>
    public int ImageSize { get; init; } = 1024;

    /// <summary>Side of a patch, which becomes one token.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Channels of the image.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Length of a token.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Blocks.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Heads of the attention; must divide <see cref="Width"/>.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Hidden length of a block's perceptron over <see cref="Width"/>.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Channels of the embedding.</summary>
    public int OutChannels { get; init; } = 256;

    /// <summary>Whether queries, keys and values have a bias.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Whether a learnt vector is added per token.</summary>
    public bool AbsolutePositions { get; init; } = true;

    /// <summary>Whether logits depend on the distance of the tokens, axis by axis.</summary>
    public bool RelativePositions { get; init; } = true;

    /// <summary>Side of a window in tokens; 0 makes every block global.</summary>
    public int Window { get; init; } = 14;

    /// <summary>Blocks that see every token at once.</summary>
    public IReadOnlyList<int> GlobalBlocks { get; init; } = [2, 5, 8, 11];

    /// <summary>Whether every block has SAM-Med2D's adapter beside its perceptron.</summary>
    public bool Adapters { get; init; }

    /// <summary>Hidden length of the adapter's channel gate over <see cref="Width"/>.</summary>
    public double AdapterRatio { get; init; } = 0.25;

    /// <summary>Whether the adapter adds its input.</summary>
    public bool AdapterSkip { get; init; } = true;

    /// <summary>Added to the variance in the norms of the blocks.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Inside the perceptrons.</summary>
    public SamActivation Activation { get; init; }

    /// <summary>Tokens along an axis.</summary>
    public int Grid => ImageSize / PatchSize;

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("imageEncoder.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        foreach (var (key, value) in new[] { ("patchSize", PatchSize), ("inChannels", InChannels), ("width", Width), ("depth", Depth), ("heads", Heads), ("outChannels", OutChannels) })
        {
            if (value < 1)
            {
                yield return Fault.At($"imageEncoder.{key}", $"is {value}; it must be 1 or more");
                yield break;
            }
        }

        if (ImageSize < PatchSize || ImageSize % PatchSize != 0)
        {
            yield return Fault.At("imageEncoder.imageSize", $"is {ImageSize}; it must be a multiple of imageEncoder.patchSize, which is {PatchSize}");
        }

        if (Width % Heads != 0)
        {
            yield return Fault.At("imageEncoder.heads", $"is {Heads}; it must divide imageEncoder.width, which is {Width}");
        }

        if (Window < 0)
        {
            yield return Fault.At("imageEncoder.window", $"is {Window}; it must be 0 (no windows) or more");
        }

        if (Adapters && (Dimensions != 2 || Grid % 2 != 0))
        {
            yield return Fault.At("imageEncoder.adapters", $"need a plane of tokens with even sides; here are {Dimensions} axes of {Grid}");
        }
    }
}

/// <summary>The activation of a perceptron.</summary>
public enum SamActivation
{
    /// <summary>x · Φ(x).</summary>
    Gelu,

    /// <summary>max(x, 0).</summary>
    Relu,
}

/// <summary>A plain vision transformer with attention in windows: the image encoder of SAM, SAM-Med2D and, with three axes, SAM-Med3D.</summary>
/// <remarks>
/// Source: Kirillov et al. 2023 (Segment Anything), after Li et al. 2022 (ViTDet); Cheng et al. 2023 (SAM-Med2D); Wang et al. 2023 (SAM-Med3D).
/// Parity: <c>07-sam</c>, output and gradients. Differs: without gradients attention is computed in chunks (<see cref="Attention.Attend"/>),
/// so that a 1024×1024 image needs megabytes where the original needs gigabytes.
/// </remarks>
public sealed class ImageEncoder : Module
{
    private readonly Conv _patches;
    private readonly Tensor? _positions;
    private readonly Modules<EncoderBlock> _blocks;
    private readonly Sequential _neck;

    /// <summary>Random weights.</summary>
    /// <exception cref="UsageException">At least one fault; every one is named.</exception>
    public ImageEncoder(ImageEncoderOptions o)
    {
        UsageException.ThrowIfAny(o.Check());
        Options = o;
        _positions = o.AbsolutePositions
            ? Parameter("pos_embed", Tensor.Zeros([1, .. Enumerable.Repeat((long)o.Grid, o.Dimensions), o.Width]))
            : null;
        _patches = Child("patch_embed", new PatchEmbedding(o)).Projection;
        _blocks = Children("blocks", Enumerable.Range(0, o.Depth).Select(i => new EncoderBlock(o, o.GlobalBlocks.Contains(i) ? 0 : o.Window)));
        _neck = Child("neck", new Sequential(
            new Conv(o.Dimensions, o.Width, o.OutChannels, kernel: 1, bias: false),
            new ChannelNorm(o.OutChannels),
            new Conv(o.Dimensions, o.OutChannels, o.OutChannels, bias: false),
            new ChannelNorm(o.OutChannels)));
    }

    /// <summary>What it was built from.</summary>
    public ImageEncoderOptions Options { get; }

    /// <param name="image">[N, InChannels, (ImageSize,) ImageSize, ImageSize], normalised.</param>
    /// <param name="blockDone">Told how many of the blocks are done, for progress; may throw to stop.</param>
    /// <returns>[N, OutChannels, (Grid,) Grid, Grid], in the caller's scope.</returns>
    /// <exception cref="InputException">Other channels or sides.</exception>
    public Tensor Forward(Tensor image, Action<int>? blockDone = null)
    {
        long[] expected = [Options.InChannels, .. Enumerable.Repeat((long)Options.ImageSize, Options.Dimensions)];
        if (!image.Shape.Skip(1).SequenceEqual(expected))
        {
            throw new InputException(
                $"the image is {image.Describe()} but this encoder takes [N,{string.Join(',', expected)}]",
                "prepare the image as the model's own preprocessing does");
        }

        using var scope = new TensorScope();
        long[] channelsLast = [0, .. Enumerable.Range(2, Options.Dimensions).Select(i => (long)i), 1];
        long[] channelsFirst = [0, Options.Dimensions + 1, .. Enumerable.Range(1, Options.Dimensions).Select(i => (long)i)];
        using var patches = _patches.Forward(image);
        var x = patches.Permute(channelsLast).Contiguous();                    // [N, (d,) h, w, Width]
        if (_positions is not null)
        {
            x = Lean.Add(x, _positions);
        }

        for (var i = 0; i < _blocks.Count; i++)
        {
            var before = x;
            x = _blocks[i].Forward(before);
            before.Dispose();
            blockDone?.Invoke(i + 1);
        }

        return scope.Keep(_neck.Forward(x.Permute(channelsFirst).Contiguous()));
    }

    private sealed class PatchEmbedding : Module
    {
        public PatchEmbedding(ImageEncoderOptions o) =>
            Projection = Child("proj", new Conv(o.Dimensions, o.InChannels, o.Width, kernel: o.PatchSize, stride: o.PatchSize, padding: 0));

        public Conv Projection { get; }
    }
}
