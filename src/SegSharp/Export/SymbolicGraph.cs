using SegSharp.Torch;

namespace SegSharp.Export;

/// <summary>A computation as a graph in which sizes may follow from the image's. Only what the outputs need is kept.</summary>
internal sealed class SymbolicGraph
{
    /// <summary>Keeps the nodes that the outputs need.</summary>
    public SymbolicGraph(IReadOnlyList<SymbolicValue> inputs, IReadOnlyList<SymbolicNode> nodes, IReadOnlyList<SymbolicValue> outputs)
    {
        (Inputs, Outputs) = (inputs, outputs);
        var needed = outputs.ToHashSet<SymbolicValue>(ReferenceEqualityComparer.Instance);
        var kept = new List<SymbolicNode>();
        foreach (var node in nodes.Reverse())
        {
            if (node.Results.Any(needed.Contains))
            {
                kept.Add(node);
                needed.UnionWith(node.Reads);
            }
        }

        kept.Reverse();
        Nodes = kept;
    }

    public IReadOnlyList<SymbolicValue> Inputs { get; }

    public IReadOnlyList<SymbolicNode> Nodes { get; }

    public IReadOnlyList<SymbolicValue> Outputs { get; }

    /// <summary>Runs the nodes one by one in libtorch, with the numbers that the expressions give for this input.</summary>
    /// <param name="module">Whose parameters and buffers it reads by name.</param>
    /// <param name="inputs">As many as <see cref="Inputs"/>.</param>
    /// <returns>The outputs, in the caller's scope.</returns>
    public IReadOnlyList<Tensor> Compute(Module module, IReadOnlyList<Tensor> inputs)
    {
        using var scope = new TensorScope();
        var state = module.State().ToDictionary(s => s.Name, s => s.Tensor, StringComparer.Ordinal);
        var values = new Dictionary<SymbolicValue, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < inputs.Count; i++)
        {
            values[Inputs[i]] = inputs[i];
        }

        Tensor Value(SymbolicValue v) => values.TryGetValue(v, out var tensor) ? tensor
            : values[v] = v.Kind == TraceValueKind.Constant ? Tensor.From(v.Data!) : state[v.Name];
        long Number(Size size) => size.At(v => Value(v).Shape);
        Argument Given(object? argument) => argument switch
        {
            null => default(Argument),
            SymbolicValue v => Value(v),
            SymbolicValue?[] many => many.Contains(null) ? Argument.Optional([.. many.Select(v => v is null ? null : Value(v))]) : many.Select(v => Value(v!)).ToArray(),
            Size size => Number(size),
            Size[] sizes => sizes.Select(Number).ToArray(),
            long number => number,
            double number => number,
            bool truth => truth,
            string text => text,
            long[] list => list,
            double[] list => list,
            bool[] list => list,
            _ => throw new ExportException($"an argument is of type {argument.GetType().Name}"),
        };
        foreach (var node in Nodes)
        {
            Argument[] arguments = [.. node.Arguments.Select(Given)];
            var results = new Operator(node.Name, node.Overload).CallMany(Math.Max(8, node.Results.Count), arguments);
            for (var i = 0; i < node.Results.Count; i++)
            {
                values[node.Results[i]] = results[i];
            }
        }

        return [.. Outputs.Select(o => scope.Keep(Value(o)))];
    }
}
