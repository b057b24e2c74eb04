using SegSharp.Networks.Parts;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>One step of a network at work.</summary>
/// <param name="Name">The layer's path, "down.0.conv1"; empty for steps without parameters.</param>
/// <param name="Type">"Conv", "BatchNorm", "MaxPool", "Cat".</param>
/// <param name="Output">Shape that leaves it, [N, C, (D,) H, W].</param>
/// <param name="Parameters">Elements of its weights and biases.</param>
/// <param name="MultiplyAdds">Multiplications with an addition, of the direct form of a convolution, of a linear layer or a matrix product; 0 for all else.</param>
/// <param name="ActivationBytes">Bytes of new memory for its output; 0 for views and for what overwrites its input.</param>
public sealed record LayerSummary(string Name, string Type, IReadOnlyList<long> Output, long Parameters, long MultiplyAdds, long ActivationBytes);

/// <summary>A network in numbers: every step of one forward pass, and the sums.</summary>
public sealed record NetworkSummary
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["max_pool2d"] = "MaxPool",
        ["max_pool3d"] = "MaxPool",
        ["avg_pool2d"] = "AveragePool",
        ["avg_pool3d"] = "AveragePool",
        ["upsample_bilinear2d"] = "Upsample",
        ["upsample_trilinear3d"] = "Upsample",
        ["upsample_nearest2d"] = "Upsample",
        ["upsample_nearest3d"] = "Upsample",
        ["replication_pad2d"] = "Pad",
        ["replication_pad3d"] = "Pad",
        ["constant_pad_nd"] = "Pad",
        ["instance_norm"] = "InstanceNorm",
        ["adaptive_avg_pool2d"] = "AveragePool",
        ["adaptive_avg_pool3d"] = "AveragePool",
        ["linear"] = "Linear",
        ["matmul"] = "MatMul",
        ["bmm"] = "MatMul",
        ["einsum"] = "Einsum",
        ["softmax"] = "Softmax",
        ["gelu"] = "GELU",
        ["softplus"] = "Softplus",
        ["add"] = "Add",
        ["add_"] = "Add",
        ["mul"] = "Multiply",
        ["mul_"] = "Multiply",
        ["mean"] = "Mean",
        ["reshape"] = "Reshape",
        ["permute"] = "Permute",
        ["cat"] = "Cat",
        ["narrow"] = "Crop",
        ["relu"] = "ReLU",
        ["relu_"] = "ReLU",
        ["leaky_relu"] = "LeakyReLU",
        ["leaky_relu_"] = "LeakyReLU",
        ["elu"] = "ELU",
        ["sigmoid"] = "Sigmoid",
        ["dropout"] = "Dropout",
        ["feature_dropout"] = "Dropout",
    };

    // Bookkeeping, and what only looks at memory that is there already.
    private static readonly HashSet<string> Silent = new(StringComparer.Ordinal) { "detach", "alias", "contiguous", "fill_", "set_data", "clone" };

    // Their result looks at memory that is there already.
    private static readonly HashSet<string> Views = new(StringComparer.Ordinal) { "narrow", "reshape", "permute", "select", "squeeze", "unsqueeze", "expand" };

    /// <summary>Shape of the input.</summary>
    public required IReadOnlyList<long> Input { get; init; }

    /// <summary>Shape of the logits.</summary>
    public required IReadOnlyList<long> Output { get; init; }

    /// <summary>Every step, in the order of computing.</summary>
    public required IReadOnlyList<LayerSummary> Layers { get; init; }

    /// <summary>All parameters, used in this pass or not.</summary>
    public required long Parameters { get; init; }

    /// <summary>How far a voxel of the logits sees.</summary>
    public required ReceptiveField ReceptiveField { get; init; }

    /// <summary>Multiply–adds of convolutions, transposed ones too, linear layers and matrix products; without Winograd's savings.</summary>
    public long MultiplyAdds => Layers.Sum(l => l.MultiplyAdds);

    /// <summary>All outputs together: about what a training step keeps.</summary>
    public long ActivationBytes => Layers.Sum(l => l.ActivationBytes);

    /// <summary>The most bytes that tensors held at once during this pass without gradients, weights not counted.</summary>
    public required long InferencePeakBytes { get; init; }

    /// <summary>Runs the network once on zeros, in evaluation mode and without gradients, and writes down every step.</summary>
    /// <param name="network">Stays as it is; its mode is restored.</param>
    /// <param name="sides">Sides of the image, (D,) H, W.</param>
    /// <param name="batch">Images at once.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public static NetworkSummary Of(Network network, long[] sides, int batch = 1, CancellationToken cancel = default) =>
        Of(network, image => network.Forward(image).Full, [batch, network.Options.InChannels, .. sides], cancel);

    /// <summary>The same of a part.</summary>
    /// <param name="part">Stays as it is; its mode is restored.</param>
    /// <param name="sides">Sides of what comes in, H and W.</param>
    /// <param name="batch">Images at once.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public static NetworkSummary Of(Part part, long[] sides, int batch = 1, CancellationToken cancel = default) =>
        Of(part, part.Forward, [batch, part.Options.InChannels, .. sides], cancel);

    private static NetworkSummary Of(Module network, Func<Tensor, Tensor> forward, long[] input, CancellationToken cancel)
    {
        var training = network.IsTraining;
        var owners = new Dictionary<Tensor, (string Name, string Type, long Parameters)>(ReferenceEqualityComparer.Instance);
        foreach (var (name, module) in network.NamedModules().Where(m => m.Module.NamedChildren.Count == 0))
        {
            foreach (var parameter in module.Parameters())
            {
                owners[parameter] = (name, module.GetType().Name, module.ParameterCount);
            }
        }

        var layers = new List<LayerSummary>();
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        network.Evaluate();
        try
        {
            var image = Tensor.Zeros(input);
            var before = TorchRuntime.Counter("live_bytes");
            TorchRuntime.ResetCounter("peak_bytes");
            var sight = new SightTrace(image);
            using var trace = new OperatorTrace(call =>
            {
                cancel.ThrowIfCancellationRequested();
                sight.Observe(call);
                if (Describe(call, owners) is { } layer)
                {
                    layers.Add(layer);
                }
            });
            var output = forward(image);
            return new()
            {
                Input = image.Shape,
                Output = output.Shape,
                Layers = layers,
                ReceptiveField = sight.Of(output),
                Parameters = network.ParameterCount,
                InferencePeakBytes = TorchRuntime.Counter("peak_bytes") - before,
            };
        }
        finally
        {
            network.Train(training);
        }
    }

    private static LayerSummary? Describe(OperatorCall call, Dictionary<Tensor, (string Name, string Type, long Parameters)> owners)
    {
        var op = call.Name[(call.Name.IndexOf("::", StringComparison.Ordinal) + 2)..];
        if (Silent.Contains(op))
        {
            return null;
        }

        var tensors = call.Arguments.SelectMany(a => a switch { Tensor t => [t], Tensor?[] many => many.OfType<Tensor>(), _ => Enumerable.Empty<Tensor>() }).ToList();
        if ((call.Result ?? tensors.FirstOrDefault()) is not { } output)
        {
            return null;
        }

        var used = tensors.Where(owners.ContainsKey).Select(w => owners[w]).DistinctBy(o => o.Name).ToList();
        var adds = MultiplyAddsOf(op, call, tensors, output);
        if (output.Dimensions < 3 && used.Count == 0 && adds == 0)
        {
            return null;
        }

        return new(
            string.Join(" + ", used.Select(u => u.Name)),
            used.Count > 0 ? string.Join(" + ", used.Select(u => u.Type).Distinct(StringComparer.Ordinal)) : Types.GetValueOrDefault(op, op),
            output.Shape,
            used.Sum(u => u.Parameters),
            adds,
            call.Result is null || Views.Contains(op) ? 0 : output.Count * output.DType.Size());
    }

    private static long MultiplyAddsOf(string op, OperatorCall call, List<Tensor> tensors, Tensor output) => op switch
    {
        "conv" => tensors[1].Count * Places(output),
        "conv_transpose2d" or "conv_transpose3d" or "conv_transpose_shuffle" => tensors[1].Count * Places(tensors[0]),
        "linear" or "matmul" or "mm" or "bmm" => output.Count * tensors[0].Size(-1),
        "addmm" or "baddbmm" => output.Count * tensors[1].Size(-1),
        "scaled_dot_product_attention" => (tensors[0].Count * tensors[1].Size(-2)) + (output.Count * tensors[1].Size(-2)),
        "einsum" => Einsum((string)call.Arguments[0]!, tensors),
        _ => 0,
    };

    // Every index once: the product of all sides that its letters have.
    private static long Einsum(string equation, List<Tensor> tensors)
    {
        var sides = new Dictionary<char, long>();
        var inputs = equation.Split("->")[0].Split(',');
        for (var i = 0; i < inputs.Length; i++)
        {
            var letters = inputs[i].Trim();
            for (var axis = 0; axis < letters.Length; axis++)
            {
                sides[letters[axis]] = tensors[i].Size(axis);
            }
        }

        return sides.Values.Aggregate(1L, (a, b) => a * b);
    }

    // Images times voxels: how often the whole kernel is applied.
    private static long Places(Tensor x) => x.Shape.Where((_, axis) => axis != 1).Aggregate(1L, (a, b) => a * b);
}
