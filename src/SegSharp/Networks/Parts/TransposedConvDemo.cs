using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Parts;

/// <summary>Options of the course's single transposed convolution.</summary>
public sealed record TransposedConvDemoOptions : PartOptions
{
    /// <summary>The 256 channels of the course.</summary>
    public TransposedConvDemoOptions() => InChannels = 256;

    /// <summary>Channels that go out.</summary>
    public int OutChannels { get; init; } = 128;

    /// <summary>Kernel size.</summary>
    public int Kernel { get; init; } = 3;

    /// <summary>Factor by which sides grow.</summary>
    public int Stride { get; init; } = 2;

    /// <summary>PyTorch's padding: kernel − 1 − padding zeros are put around the interlaced input.</summary>
    public int Padding { get; init; } = 1;

    /// <summary>Rows added at the far border; fewer than the stride.</summary>
    public int OutputPadding { get; init; } = 1;

    /// <inheritdoc/>
    public override string About => "the course's transposed convolution: 256 to 128 channels, sides doubled";

    /// <inheritdoc/>
    public override string HeldAgainst => "course TransposedConv2dExample";

    /// <inheritdoc/>
    public override IReadOnlyList<long> UsualSides => [8, 8];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        foreach (var (key, value, least) in new[] { ("outChannels", OutChannels, 1), ("kernel", Kernel, 1), ("stride", Stride, 1), ("padding", Padding, 0), ("outputPadding", OutputPadding, 0) })
        {
            if (value < least)
            {
                yield return Fault.At($"network.{key}", $"is {value}; it must be {least} or more");
            }
        }

        if (OutputPadding >= Math.Max(1, Stride))
        {
            yield return Fault.At("network.outputPadding", $"is {OutputPadding}; it must be smaller than network.stride, which is {Stride}");
        }
    }
}

/// <summary>One transposed convolution by itself: 8×8 becomes 16×16.</summary>
/// <remarks>Source: the course's TransposedConv2dExample, 295,040 parameters. Key: transposed_conv. Parity: own script.</remarks>
public sealed class TransposedConvDemo : Part
{
    private readonly TransposedConvDemoOptions _options;
    private readonly ConvTranspose _conv;

    /// <summary>Builds with PyTorch's default weights.</summary>
    public TransposedConvDemo(TransposedConvDemoOptions o)
        : base(o)
    {
        _options = o;
        _conv = Child("transposed_conv", new ConvTranspose(2, o.InChannels, o.OutChannels, o.Kernel, o.Stride, o.Padding, o.OutputPadding));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        CheckChannels(x);
        return _conv.Forward(x);
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var larger = sides.Select(s => ((s - 1) * _options.Stride) - (2 * _options.Padding) + _options.Kernel + _options.OutputPadding);
        return new()
        {
            Title = $"Transposed convolution {_options.Kernel}×{_options.Kernel}, stride {_options.Stride}",
            Subtitle = $"{ParameterCount:N0} parameters, input {_options.InChannels}×{string.Join('×', sides)}",
            Nodes =
            [
                new() { Id = "features", Level = 1, Arm = NetworkArm.Bottom, Channels = _options.InChannels, Size = string.Join('×', sides), Label = "features" },
                new() { Id = "transposed_conv", Level = 0, Arm = NetworkArm.Up, Channels = _options.OutChannels, Size = string.Join('×', larger) },
            ],
            Edges = [new("features", "transposed_conv", NetworkEdgeKind.Up, $"up-conv {_options.Kernel}×{_options.Kernel}")],
        };
    }
}
