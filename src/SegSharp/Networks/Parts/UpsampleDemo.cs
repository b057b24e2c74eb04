using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Parts;

/// <summary>Options of the course's upsampling path.</summary>
public sealed record UpsampleDemoOptions : PartOptions
{
    /// <summary>The 1024 channels of the course.</summary>
    public UpsampleDemoOptions() => InChannels = 1024;

    /// <summary>Logits per voxel.</summary>
    public int Classes { get; init; } = 1;

    /// <summary>Channels behind the first layer, halved by each of the five that follow; a multiple of 32.</summary>
    public int Base { get; init; } = 512;

    /// <inheritdoc/>
    public override string About => "the course's upsampling path: six transposed convolutions from 4×4 to 256×256";

    /// <inheritdoc/>
    public override string HeldAgainst => "course ExampleUpsamplingModule";

    /// <inheritdoc/>
    public override IReadOnlyList<long> UsualSides => [4, 4];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Classes < 1)
        {
            yield return Fault.At("network.classes", $"is {Classes}; it must be 1 or more");
        }

        if (Base < 32 || Base % 32 != 0)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be a multiple of 32");
        }
    }
}

/// <summary>The expanding arm alone, without skips: six times a transposed convolution, batch normalisation and ReLU, then a 1×1 convolution.</summary>
/// <remarks>
/// Source: the course's ExampleUpsamplingModule, 6,292,961 parameters. What it gives are logits; the course calls them probabilities.
/// Keys: upsample1.transposed_conv, upsample1.batch_norm …, out_layer. Parity: own script.
/// </remarks>
public sealed class UpsampleDemo : Part
{
    private const int Layers = 6;
    private readonly UpsampleDemoOptions _options;
    private readonly List<Step> _steps;
    private readonly Conv _out;

    /// <summary>Builds with PyTorch's default weights.</summary>
    public UpsampleDemo(UpsampleDemoOptions o)
        : base(o)
    {
        _options = o;
        _steps = [.. Enumerable.Range(0, Layers).Select(i => Child($"upsample{i + 1}", new Step(i == 0 ? o.InChannels : o.Base >> (i - 1), o.Base >> i)))];
        _out = Child("out_layer", new Conv(2, o.Base >> (Layers - 1), o.Classes, kernel: 1));
    }

    /// <param name="x">[N, InChannels, H, W].</param>
    /// <returns>Logits [N, Classes, 64 H, 64 W].</returns>
    public override Tensor Forward(Tensor x)
    {
        CheckChannels(x);
        using var scope = new TensorScope();
        foreach (var step in _steps)
        {
            var larger = step.Forward(x);
            if (step != _steps[0])
            {
                x.Dispose();
            }

            x = larger;
        }

        return scope.Keep(_out.Forward(x));
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        string Size(int level) => string.Join('×', sides.Select(s => s << (Layers - level)));
        var nodes = new List<NetworkNode>
        {
            new() { Id = "features", Level = Layers, Arm = NetworkArm.Bottom, Channels = _options.InChannels, Size = Size(Layers), Label = "features" },
        };
        var edges = new List<NetworkEdge>();
        for (var i = 0; i < Layers; i++)
        {
            nodes.Add(new() { Id = $"upsample{i + 1}", Level = Layers - 1 - i, Arm = NetworkArm.Up, Channels = _options.Base >> i, Size = Size(Layers - 1 - i), Operations = ["up-conv 3×3", "batch norm", "ReLU"] });
            edges.Add(new(nodes[^2].Id, nodes[^1].Id, NetworkEdgeKind.Up, "up-conv 3×3, stride 2"));
        }

        nodes.Add(new() { Id = "out_layer", Level = 0, Arm = NetworkArm.Head, Channels = _options.Classes, Size = Size(0), Operations = ["conv 1×1"], Label = "logits" });
        edges.Add(new(nodes[^2].Id, "out_layer", NetworkEdgeKind.Head, "conv 1×1"));
        return new()
        {
            Title = "The course's upsampling path",
            Subtitle = $"{ParameterCount:N0} parameters, input {_options.InChannels}×{string.Join('×', sides)}",
            Nodes = nodes,
            Edges = edges,
        };
    }

    private sealed class Step : Layer
    {
        private readonly ConvTranspose _conv;
        private readonly BatchNorm _norm;
        private readonly Relu _relu = new(inPlace: true);

        public Step(int inChannels, int outChannels)
        {
            _conv = Child("transposed_conv", new ConvTranspose(2, inChannels, outChannels, kernel: 3, stride: 2, padding: 1, outputPadding: 1));
            _norm = Child("batch_norm", new BatchNorm(outChannels));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            return scope.Keep(_relu.Forward(_norm.Forward(_conv.Forward(x))));
        }
    }
}
