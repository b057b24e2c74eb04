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
    private static readonly long[] Wanted = [24, 29, 35, 38, 43, 50, 32, 47];

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
                    [(1, At(0, 1, 2)), (2, At(1, 2, 0)), (3, At(2, 0, 3)), (2, At(3, 4, 1)), (1, At(4, 5, 0)), (2, At(5, 3, 4))],
                    [(1, At(6, 0, 1)), (2, At(0, 6, 6)), (4, At(7, 3, 0)), (1, At(1, 7, 2)), (1, At(2, 2, 7)), (3, At(6, 7, 3))]);
            }
            catch (ExportException e)
            {
                reason ??= e;
            }
            catch (TorchException) when (scale < 4)
            {
                // Too small for this network.
            }
        }

        throw reason!;
    }

    // A size at which the graph fails is recorded too, and the rules are looked for again; at least two must hold that were not recorded.
    private static (SymbolicGraph Graph, IReadOnlyList<IReadOnlyList<long>> Checked, double Difference) Proven(Network network, (int Batch, long[] Sides)[] record, (int Batch, long[] Sides)[] prove)
    {
        var traces = record.Select(r => Record(network, r.Batch, r.Sides)).ToList();
        var left = prove.ToList();
        while (true)
        {
            var graph = Alignment.Of(traces);
            var largest = 0.0;
            var failed = left.FindIndex(p => !Holds(network, graph, p.Batch, p.Sides, ref largest));
            if (failed < 0)
            {
                return (graph, [.. left.Select(p => (IReadOnlyList<long>)[p.Batch, network.Options.InChannels, .. p.Sides])], largest);
            }

            var (batch, sides) = left[failed];
            if (left.Count <= Math.Min(2, prove.Length))
            {
                throw new ExportException($"no rule was found for the sizes inside the network: what was recorded at {traces.Count} sizes does not hold for an image of {string.Join('×', sides)}");
            }

            traces.Add(Record(network, batch, sides));
            left.RemoveAt(failed);
        }
    }

    // Whether the graph, computed again in libtorch, gives the network's logits.
    private static bool Holds(Network network, SymbolicGraph graph, int batch, long[] sides, ref double largest)
    {
        using var scope = new TensorScope();
        var image = Image(network, batch, sides);
        var expected = network.Forward(image).Full;
        try
        {
            var actual = graph.Compute(network, [image])[0];
            var difference = actual.Shape.SequenceEqual(expected.Shape) ? (actual - expected).Abs().Max().Item() : double.PositiveInfinity;
            if (difference <= Tolerance * Math.Max(1, expected.Abs().Max().Item()))
            {
                largest = Math.Max(largest, difference);
                return true;
            }
        }
        catch (TorchException)
        {
            // Sizes that do not fit each other: a wrong rule.
        }

        return false;
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

    // Per axis, as many sides that the network takes as are wanted, near those.
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
            foreach (var (i, wanted) in Wanted.Index())
            {
                // Larger sides stay irregular: a multiple of the scale alone would hide what odd sides do.
                for (var s = (wanted * scale) - (i % scale); s <= 4096; s++)
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

            return found.Count == Wanted.Length ? found.ToArray() : throw new ExportException($"the network takes only {found.Count} sides up to 4096 along an axis; {Wanted.Length} are needed to see how the sizes inside follow");
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
