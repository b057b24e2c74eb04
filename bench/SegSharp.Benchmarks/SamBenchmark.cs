using SegSharp.Networks.Sam;
using SegSharp.Torch;

namespace SegSharp.Benchmarks;

/// <summary>SAM with the base encoder at its true size: one image embedded, or one more prompt about an embedded image.</summary>
internal static class SamBenchmark
{
    /// <summary>The network, fresh, with positions that are not zero.</summary>
    public static SamNetwork Network(BenchTask task)
    {
        var o = SamOptions.VitB;
        if (task.Base != o.ImageEncoder.Width || task.Depth != o.ImageEncoder.Depth)
        {
            throw new SegSharpException($"the task asks for {task.Depth} blocks of {task.Base}; the peer has the base encoder alone");
        }

        var network = new SamNetwork(o);
        foreach (var (name, parameter) in network.NamedParameters())
        {
            if (name.Contains("pos", StringComparison.Ordinal))
            {
                Initialise.Normal(parameter, 0, 0.02);
            }
        }

        return network;
    }

    /// <summary>One step: its value is the mean magnitude of what came out.</summary>
    public static Func<double> Step(BenchTask task, SamNetwork network, Func<Tensor> image)
    {
        network.Evaluate();
        var input = image();
        if (task.Kind == "embed")
        {
            return () =>
            {
                using var guard = new NoGrad();
                using var scope = new TensorScope();
                return network.ImageEncoder.Forward(input).Abs().Mean().Item();
            };
        }

        // Before the first step, and so outside of its time: the memory of the whole is what somebody who clicks needs.
        using var before = new NoGrad();
        var embedding = network.ImageEncoder.Forward(input);
        return () =>
        {
            using var guard = new NoGrad();
            using var scope = new TensorScope();
            var prompts = new Prompts { Points = Tensor.From([500f, 375f], 1, 1, 2), Labels = Tensor.Ones([1, 1]) };
            var (masks, quality) = network.Decode(embedding, prompts, several: true);
            return network.Enlarge(masks, [1024, 1024], [1024, 1024]).Abs().Mean().Item() + quality.Abs().Mean().Item();
        };
    }
}
