using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.ParityTests.Layers;

/// <summary>Our layer, or where there is none our operator, for a recorded layer of PyTorch.</summary>
internal static class LayerOriginals
{
    /// <summary>Builds it; the test is skipped, with the reason, where SegSharp has none.</summary>
    /// <param name="layer">The recorded kind: "conv".</param>
    /// <param name="options">The recorded options.</param>
    /// <param name="state">Shapes of parameters and buffers.</param>
    /// <param name="input">Shape of the input.</param>
    public static Layer Build(string layer, RecordedOptions options, IReadOnlyDictionary<string, long[]> state, long[] input)
    {
        options.Ignore("training");
        var built = Create(layer, options, state, input);
        Assert.SkipWhen(built is null, $"SegSharp has no layer '{layer}'");
        options.SkipTheUnread(layer);
        return built;
    }

    private static Layer? Create(string layer, RecordedOptions o, IReadOnlyDictionary<string, long[]> state, long[] input)
    {
        var axes = input.Length - 2;
        var channels = (int)input[1];
        switch (layer)
        {
            case "conv":
                var groups = o.Integer("groups") ?? 1;
                return new Conv(
                    channels, (int)state["weight"][0], o.Sizes("kernel", axes, 1), o.Sizes("stride", axes, 1), o.Sizes("padding", axes, 0), o.Sizes("dilation", axes, 1), groups, o.Flag("bias", true));
            case "transposed":
                return new ConvTranspose(channels, (int)state["weight"][1], o.Sizes("kernel", axes, 1), o.Sizes("stride", axes, 1), o.Sizes("padding", axes, 0), o.Sizes("outputPadding", axes, 0));
            case "batchNorm":
                return new BatchNorm(channels, o.Number("epsilon", 1e-5), o.Number("momentum", 0.1));
            case "instanceNorm":
                return new InstanceNorm(channels, affine: o.Flag("affine"));
            case "linear":
                return new Linear((int)input[^1], (int)state["weight"][0], o.Flag("bias", true));
            case "groupNorm":
                return new GroupNorm(o.Integer("groups")!.Value, channels);
            case "maxPool":
                var window = o.Sizes("kernel", axes, 1);
                var (step, border, ceil) = (o.Sizes("stride", axes, -1), o.Sizes("padding", axes, 0), o.Flag("ceil"));
                return new[] { window, step, border }.All(sizes => sizes.Distinct().Count() == 1)
                    ? new MaxPool(axes, (int)window[0], step[0] < 0 ? null : (int)step[0], (int)border[0], ceil)
                    : new Step(x => Pooling.Max(x, window, step[0] < 0 ? window : step, border, ceil));
            case "averagePool":
                var size = o.Sizes("kernel", axes, 1);
                return size.Distinct().Count() == 1 ? new AveragePool(axes, (int)size[0]) : new Step(x => Pooling.Average(x, size, size));
            case "globalAveragePool":
                return new Step(x => x.Mean(x.SpatialAxes, keep: true));
            case "upsample":
                var linear = o.Text("mode") == "linear";
                var corners = o.Flag("alignCorners");
                return o.Integer("factor") is { } factor
                    ? new Upsample(factor, linear ? Interpolation.Linear : Interpolation.Nearest, corners)
                    : Resize(o.Sizes("size", axes, 1));
                Layer Resize(long[] to) => new Step(x => linear ? Pooling.Linear(x, to, corners) : Pooling.Nearest(x, to));
            case "relu":
                return new Relu();
            case "leakyRelu":
                return new LeakyRelu(o.Number("slope", 0.01));
            case "prelu":
                return new PRelu(o.Integer("parameters") ?? 1);
            case "elu":
                return new Elu(o.Number("alpha", 1));
            case "gelu":
                return new Gelu();
            case "silu":
                return new Silu();
            case "layerNorm":
                return new LayerNorm(o.Integer("size")!.Value);
            case "sigmoid":
                return new Sigmoid();
            case "softmax":
                var axis = o.Integer("axis")!.Value;
                return new Step(x => x.Softmax(axis));
            case "logSoftmax":
                var logAxis = o.Integer("axis")!.Value;
                return new Step(x => x.LogSoftmax(logAxis));
            case "dropout":
                return new Dropout(o.Number("probability", 0.5));
            default:
                return null;
        }
    }

    private sealed class Step(Func<Tensor, Tensor> forward) : Layer
    {
        public override Tensor Forward(Tensor x) => forward(x);
    }
}
