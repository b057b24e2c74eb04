using Google.Protobuf;
using SegSharp.Export.Onnx;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Export;

/// <summary>Writes a network as an ONNX file: opset 17, IR version 8, weights inside, input "image", output "logits".</summary>
/// <remarks>
/// The network runs at several sizes while its operators are written down; numbers that differ become expressions of the image's
/// sides. Before a file is written, the graph is computed again at sizes that were not recorded, and must give the network's logits.
/// Source: ONNX operators, https://onnx.ai/onnx/operators. Reference: docs/reference/onnx.md.
/// </remarks>
public static class OnnxExport
{
    /// <summary>Version of the operator set.</summary>
    public const int Opset = 17;

    /// <summary>Version of the file format.</summary>
    public const int IrVersion = 8;

    private const double Tolerance = 1e-4;
    private const long LargestFile = int.MaxValue;

    // Irregular, so that no rule fits by accident: sides to record at, and sides to check at.
    private static readonly long[] Wanted = [24, 29, 35, 38, 32, 47];

    /// <summary>Exports a network in evaluation mode.</summary>
    /// <param name="network">Stays as it is; its mode is restored.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="options">Sizes and metadata.</param>
    /// <exception cref="SegSharpException">An operator without a counterpart in ONNX, sizes that have no expression, or more than 2 GiB of weights.</exception>
    public static OnnxExportReport Write(Network network, string path, OnnxExportOptions? options = null)
    {
        options ??= new();
        RequireSmall(network);
        var training = network.IsTraining;
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        network.Evaluate();
        try
        {
            var (graph, trials, difference) = options.Sides is { } sides ? AtOneSize(network, [.. sides]) : AtEverySize(network);
            var writer = new OnnxWriter(network);
            var model = writer.Model(graph, options.Metadata);
            AtomicFile.Write(path, stream => model.WriteTo(stream));
            return new OnnxExportReport(path, OnnxWriter.Axes(graph.Inputs[0], network.Dimensions), model.Graph.Node.Count, model.CalculateSize(), trials, difference);
        }
        finally
        {
            network.Train(training);
        }
    }

    private static void RequireSmall(Network network)
    {
        var bytes = network.State().Sum(s => s.Tensor.Count * s.Tensor.DType.Size());
        if (bytes > LargestFile - (64 << 20))
        {
            throw new SegSharpException(
                $"the network holds {ByteSize.Format(bytes)} of weights, and an ONNX file holds 2 GiB at most",
                "export a smaller network, or keep the checkpoint");
        }
    }

    // Only the batch may change.
    private static (SymbolicGraph Graph, IReadOnlyList<IReadOnlyList<long>> Checked, double Difference) AtOneSize(Network network, long[] sides)
    {
        network.OutputSides(sides);
        return Proven(network, [(1, sides), (2, sides), (3, sides)], [(4, sides)]);
    }

    private static (SymbolicGraph Graph, IReadOnlyList<IReadOnlyList<long>> Checked, double Difference) AtEverySize(Network network)
    {
        ExportException? reason = null;
        foreach (var scale in new[] { 1, 2, 4 })
        {
            var axes = Sides(network, scale);
            long[] At(params int[] order) => [.. order.Take(network.Dimensions).Select((i, axis) => axes[axis][i])];
            try
            {
                return Proven(
                    network,
                    [(1, At(0, 1, 2)), (2, At(1, 2, 0)), (3, At(2, 0, 3)), (2, At(3, 1, 0))],
                    [(1, At(4, 0, 1)), (2, At(0, 4, 4)), (5, At(5, 3, 0)), (1, At(1, 5, 2))]);
            }
            catch (ExportException e)
            {
                reason = e;
            }
            catch (TorchException) when (scale < 4)
            {
                // Too small for this network.
            }
        }

        throw reason!;
    }

    private static (SymbolicGraph Graph, IReadOnlyList<IReadOnlyList<long>> Checked, double Difference) Proven(Network network, (int Batch, long[] Sides)[] record, (int Batch, long[] Sides)[] prove)
    {
        var graph = Alignment.Of([.. record.Select(r => Record(network, r.Batch, r.Sides))]);
        var largest = 0.0;
        foreach (var (batch, sides) in prove)
        {
            using var scope = new TensorScope();
            var image = Image(network, batch, sides);
            var expected = network.Forward(image).Full;
            Tensor actual;
            try
            {
                actual = graph.Compute(network, [image])[0];
            }
            catch (TorchException e)
            {
                throw new ExportException($"the graph fails for an image of {string.Join('×', sides)}: {e.Message}");
            }

            if (!actual.Shape.SequenceEqual(expected.Shape))
            {
                throw new ExportException($"the graph gives {actual.Describe()} for an image of {string.Join('×', sides)}, the network {expected.Describe()}");
            }

            var scale = Math.Max(1, expected.Abs().Max().Item());
            var difference = (actual - expected).Abs().Max().Item();
            if (!(difference <= Tolerance * scale))
            {
                throw new ExportException($"the graph's logits for an image of {string.Join('×', sides)} differ by {difference:0.0e+0}");
            }

            largest = Math.Max(largest, difference);
        }

        return (graph, [.. prove.Select(p => (IReadOnlyList<long>)[p.Batch, network.Options.InChannels, .. p.Sides])], largest);
    }

    private static TraceGraph Record(Network network, int batch, long[] sides)
    {
        using var scope = new TensorScope();
        var image = Image(network, batch, sides);
        return TraceGraph.Record(network, [("image", image)], () => [network.Forward(image).Full]);
    }

    // The generator that the user seeded stays where it is: any values do.
    private static Tensor Image(Network network, int batch, long[] sides)
    {
        long[] shape = [batch, network.Options.InChannels, .. sides];
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((37L * i) + 11) % 101 / 50f - 1;
        }

        return Tensor.From(values, shape);
    }

    // Per axis, six sides that the network takes, near those that are wanted.
    private static long[][] Sides(Network network, int scale)
    {
        var usual = Enumerable.Range(1, 1024).Select(s => (long)s).FirstOrDefault(s => s >= Wanted[0] * scale && Takes(network, [.. Enumerable.Repeat(s, network.Dimensions)]));
        if (usual == 0)
        {
            throw new ExportException("no side up to 1024 fits this network");
        }

        return [.. Enumerable.Range(0, network.Dimensions).Select(axis =>
        {
            var found = new List<long>();
            foreach (var wanted in Wanted)
            {
                for (var s = wanted * scale; s <= 4096; s++)
                {
                    long[] sides = [.. Enumerable.Repeat(usual, network.Dimensions)];
                    sides[axis] = s;
                    if (!found.Contains(s) && Takes(network, sides))
                    {
                        found.Add(s);
                        break;
                    }
                }
            }

            return found.Count == Wanted.Length ? found.ToArray() : throw new ExportException("the network takes fewer than six sides");
        })];
    }

    private static bool Takes(Network network, long[] sides)
    {
        try
        {
            return network.OutputSides(sides).All(s => s > 0);
        }
        catch (InputException)
        {
            return false;
        }
    }
}
