using System.Runtime.CompilerServices;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Figures.Lessons;

/// <summary>Puts a student's blocks to the test: shapes, parameters, what must and must not stand in them.</summary>
internal static class BlockChecks
{
    public static IEnumerable<Verdict> Input(StudentCode code)
    {
        using var scope = new TensorScope();
        foreach (var (channels, parameters) in new[] { (3, 38976L), (1, 37824L) })
        {
            using var block = (Module)code.Create("InputBlock", channels, 64);
            yield return Parameters($"parameters, {channels} → 64", block, parameters);
            var result = (ITuple)StudentCode.Call(block, block.GetType(), "Forward", Image(1, channels, 64, 64))!;
            var (x, skip) = ((Tensor)result[0]!, (Tensor)result[1]!);
            yield return Shape($"x, {channels} → 64", x, 1, 64, 64, 64);
            yield return Shape($"skip, {channels} → 64", skip, 1, 64, 64, 64);
            yield return EndsWithRelu(x);
            yield return Verdict.That((x - skip).Abs().Max().Item() == 0, "x and skip are the same map", "the skip is the block's output");
        }
    }

    public static IEnumerable<Verdict> Down(StudentCode code)
    {
        using var scope = new TensorScope();
        using var block = (Module)code.Create("DownsamplingBlock", 64);
        yield return Parameters("parameters, 64 → 128", block, 221952);
        var result = (ITuple)StudentCode.Call(block, block.GetType(), "Forward", Image(1, 64, 64, 64))!;
        var (x, skip) = ((Tensor)result[0]!, (Tensor)result[1]!);
        yield return Shape("x", x, 1, 128, 32, 32);
        yield return skip.Shape is [1, 128, 64, 64]
            ? new(false, "skip", "1×128×64×64: the pooling stands last; here it stands first, so that the skip has this level's size (E-08)")
            : Shape("skip", skip, 1, 128, 32, 32);
        yield return EndsWithRelu(x);
    }

    public static IEnumerable<Verdict> Bottleneck(StudentCode code)
    {
        using var scope = new TensorScope();
        using var block = (Module)code.Create("BottleneckBlock", 256);
        yield return Parameters("parameters, 256 → 512 → 256", block, Count(256, 512) + (512 * 256 * 4) + 256 + (2 * 256));
        var x = (Tensor)StudentCode.Call(block, block.GetType(), "Forward", Image(1, 256, 16, 16))!;
        yield return Shape("output", x, 1, 256, 16, 16);
        yield return EndsWithRelu(x);
    }

    public static IEnumerable<Verdict> Up(StudentCode code)
    {
        using var scope = new TensorScope();
        using var block = (Module)code.Create("UpsamplingBlock", 256);
        var first = block.NamedParameters().FirstOrDefault(p => p.Tensor.Dimensions == 4).Tensor;
        yield return first is null ? new(false, "concatenation comes first", "no convolution was registered: use Child")
            : Verdict.That(first.Size(1) == 512, "concatenation comes first", $"the first convolution takes {first.Size(1)} channels{(first.Size(1) == 512 ? "" : "; x and skip together have 512: concatenate before convolving (E-08b)")}");
        yield return Parameters("parameters, 512 → 256 → 128", block, Count(512, 256) + (256 * 128 * 4) + 128 + (2 * 128));
        var x = (Tensor)StudentCode.Call(block, block.GetType(), "Forward", Image(1, 256, 16, 16), Image(1, 256, 16, 16))!;
        yield return Shape("output", x, 1, 128, 32, 32);
        yield return EndsWithRelu(x);
    }

    public static IEnumerable<Verdict> Output(StudentCode code)
    {
        using var scope = new TensorScope();
        foreach (var classes in new[] { 1, 4 })
        {
            using var block = (Module)code.Create("OutputBlock", 64, classes);
            yield return Parameters($"parameters, {classes} classes", block, Count(128, 64) + (64 * classes) + classes);
            var z = (Tensor)StudentCode.Call(block, block.GetType(), "Forward", Image(1, 64, 64, 64), Image(1, 64, 64, 64))!;
            yield return Shape($"logits, {classes} classes", z, 1, classes, 64, 64);
            yield return Logits(block, () => (Tensor)StudentCode.Call(block, block.GetType(), "Forward", Image(1, 64, 64, 64), Image(1, 64, 64, 64))!);
        }
    }

    public static IEnumerable<Verdict> Paths(StudentCode code)
    {
        using var scope = new TensorScope();
        using var down = (Module)code.Create("DownsamplingPath", 1, 64, 2);
        yield return Parameters("parameters of the way down", down, Count(1, 64) + Count(64, 128) + Count(128, 256));
        var result = (ITuple)StudentCode.Call(down, down.GetType(), "Forward", Image(1, 1, 128, 128))!;
        var (x, skips) = ((Tensor)result[0]!, (IReadOnlyList<Tensor>)result[1]!);
        yield return Verdict.That(skips.Count == 3, "number of skips", $"{skips.Count}{(skips.Count == 2 ? ": blocks are counted in addition to the input block, whose output is a skip too (E-11)" : "")}");
        foreach (var (i, (channels, side)) in new[] { (64, 128), (128, 64), (256, 32) }.Index().Take(skips.Count))
        {
            yield return Shape($"skip {i + 1}", skips[i], 1, channels, side, side);
        }

        yield return Shape("x", x, 1, 256, 32, 32);
        using var up = (Module)code.Create("UpsamplingPath", 64, 2, 1);
        yield return Parameters("parameters of the way up", up, Count(512, 256) + Raise(256, 128) + Count(256, 128) + Raise(128, 64) + Count(128, 64) + 65);
        var order = skips.Select(s => s.Shape[2]).ToList();
        yield return Shape("logits", (Tensor)StudentCode.Call(up, up.GetType(), "Forward", x, skips)!, 1, 1, 128, 128);
        yield return Verdict.That(order.SequenceEqual(skips.Select(s => s.Shape[2])), "the list of skips is left as it was", "take them from its end");
    }

    public static IEnumerable<Verdict> BasicUNet(StudentCode code)
    {
        using var scope = new TensorScope();
        foreach (var (channels, blocks) in new[] { (1, 2), (3, 2), (3, 3) })
        {
            using var shapesOnly = Initialise.Skip();
            using var network = (Module)code.Create("BasicUNet", channels, 1, 64, blocks);
            yield return Parameters($"parameters, {channels} channels, {blocks} blocks", network, Facts.Parameters(new BasicUNetOptions { InChannels = channels, Blocks = blocks }));
        }

        using var built = (Module)code.Create("BasicUNet", 1, 1, 64, 2);
        var raise = built.Parameters().FirstOrDefault(p => p.Shape is [512, 256, 2, 2]);
        yield return raise is null
            ? new(false, "first weights", "there is no transposed convolution 512 → 256 with kernel 2")
            : Near("deviation of the bottleneck's transposed convolution", Deviation(raise), Math.Sqrt(2.0 / (512 * 4)), 0.02);
        var conv = built.Parameters().First(p => p.Shape is [512, 512, 3, 3]);
        yield return Near("deviation of the bottleneck's second convolution", Deviation(conv), Math.Sqrt(2.0 / (512 * 9)), 0.02);
        yield return Verdict.That(built.NamedParameters().Where(p => p.Name.EndsWith("bias", StringComparison.Ordinal)).All(p => p.Tensor.Abs().Max().Item() == 0), "biases are 0", "of convolutions and normalisations");
        yield return Shape("logits", (Tensor)StudentCode.Call(built, built.GetType(), "Forward", Image(1, 1, 128, 128))!, 1, 1, 128, 128);
    }

    public static IEnumerable<Verdict> BasicUNetProof()
    {
        (int Channels, int Blocks, double Expected)[] rows = [(1, 2, 7702721), (3, 2, 7703873), (1, 3, 31044289), (3, 3, 31045441)];
        foreach (var (channels, blocks, expected) in rows)
        {
            yield return Verdict.Near($"parameters, {channels} channels, {blocks} blocks", Facts.Parameters(new BasicUNetOptions { InChannels = channels, Blocks = blocks }), expected);
        }

        using var network = new BasicUNet(new() { InChannels = 1 });
        yield return Near("deviation of the bottleneck's transposed convolution", Deviation(network.Parameters().First(p => p.Shape is [512, 256, 2, 2])), 0.03125, 0.02);
    }

    public static IEnumerable<Verdict> Kings(StudentCode code)
    {
        using var scope = new TensorScope();
        using var theirs = (Module)code.Create("KingsUNet", 1, 2);
        using var ours = new KingsUNet(new());
        foreach (var layer in ours.NamedChildren)
        {
            var found = theirs.NamedParameters().Where(p => p.Name.StartsWith(layer.Name + ".", StringComparison.Ordinal)).Sum(p => p.Tensor.Count);
            yield return Verdict.That(found == layer.Module.ParameterCount, $"parameters of {layer.Name}", found == 0 ? "no layer of that name is registered: Child(\"" + layer.Name + "\", …)" : Difference(found, layer.Module.ParameterCount));
        }

        yield return Parameters("parameters in all", theirs, ours.ParameterCount);
        var image = Image(1, 1, 256, 256);
        var z = (Tensor)StudentCode.Call(theirs, theirs.GetType(), "Forward", image)!;
        yield return Shape("logits", z, 1, 2, 256, 256);
        theirs.Load(ours.StateData().ToDictionary(s => s.Name, s => s.Value), "the course's network");
        var (mine, theirsNow) = (ours.Forward(image).Full, (Tensor)StudentCode.Call(theirs, theirs.GetType(), "Forward", image)!);
        var apart = (mine - theirsNow).Abs().Max().Item();
        var afterRelu = (mine.Clamp(0, null) - theirsNow).Abs().Max().Item();
        yield return Verdict.That(apart <= 1e-5, "the same numbers as King's network with the same weights",
            apart <= 1e-5 ? $"at most {apart:0.0e+0} apart"
            : afterRelu <= 1e-5 ? "a ReLU stands behind the logits, as in the original; leave it out (E-12)"
            : $"{apart:0.####} apart: look at the pooling (average), the enlargement (linear, corners aligned), the order (below, skip) and the ReLUs");
    }

    public static IEnumerable<Verdict> Practical(StudentCode code)
    {
        using var scope = new TensorScope();
        using var down = (Module)code.Create("DownConvBlock", 4, 64);
        yield return Parameters("DownConvBlock, 4 → 64", down, (4 * 64 * 9) + 64 + (64 * 64 * 9) + 64);
        var result = (ITuple)StudentCode.Call(down, down.GetType(), "Forward", Image(2, 4, 96, 96))!;
        var (pooled, skip) = ((Tensor)result[0]!, (Tensor)result[1]!);
        yield return skip.Shape is [2, 64, 92, 92]
            ? new(false, "skip", "2×64×92×92: without padding 96 becomes 92, and nothing is left at the bottom (E-13)")
            : Shape("skip", skip, 2, 64, 96, 96);
        yield return Shape("pooled", pooled, 2, 64, 48, 48);
        yield return EndsWithRelu(skip);
        using var up = (Module)code.Create("UpConvBlock", 128, 64);
        yield return Parameters("UpConvBlock, 128 → 64", up, (128 * 64 * 4) + 64 + (128 * 64 * 9) + 64 + (64 * 64 * 9) + 64);
        var joined = (Tensor)StudentCode.Call(up, up.GetType(), "Forward", Image(2, 128, 48, 48), Image(2, 64, 96, 96))!;
        yield return Shape("output of UpConvBlock", joined, 2, 64, 96, 96);
        yield return EndsWithRelu(joined);
    }

    // Twice convolution with bias and batch normalisation.
    private static long Count(long from, long to) => (from * to * 9) + to + (2 * to) + (to * to * 9) + to + (2 * to);

    private static long Raise(long from, long to) => (from * to * 4) + to + (2 * to);

    private static Tensor Image(params long[] shape)
    {
        TorchRuntime.Seed(1);
        return Tensor.Normal(shape);
    }

    private static Verdict Parameters(string what, Module module, long expected) =>
        new(module.ParameterCount == expected, what, module.ParameterCount == expected ? $"{expected:N0}" : Difference(module.ParameterCount, expected));

    private static string Difference(long found, long expected) =>
        $"{found:N0}, {Math.Abs(found - expected):N0} too {(found > expected ? "many" : "few")}{(found == 0 ? ": register layers with Child" : "")}";

    private static Verdict Shape(string what, Tensor tensor, params long[] expected) =>
        Verdict.That(tensor.Shape.SequenceEqual(expected), what, tensor.Shape.SequenceEqual(expected) ? string.Join('×', expected) : $"{string.Join('×', tensor.Shape)}, expected {string.Join('×', expected)}");

    private static Verdict EndsWithRelu(Tensor x)
    {
        using var scope = new TensorScope();
        var (low, zeros) = (x.Min().Item(), x.EqualTo(0).To(DType.Float32).Mean().Item());
        return Verdict.That(low == 0 && zeros > 0.05, "ends with a ReLU", low < 0 ? $"the least value is {low:0.###}: no ReLU at the end" : zeros <= 0.05 ? "hardly any value is 0: is it a ReLU?" : "no value below 0");
    }

    // With the last weights a hundred times larger, logits leave every range that an activation would keep them in.
    private static Verdict Logits(Module block, Func<Tensor> forward)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        foreach (var weight in block.Parameters().Where(p => p.Shape is [_, _, 1, 1]))
        {
            weight.MultiplyInPlace(100);
        }

        var z = forward();
        var (low, high) = (z.Min().Item(), z.Max().Item());
        return Verdict.That(low < 0 && high > 1, "no activation at the end", low >= 0 && high <= 1 ? "every value lies between 0 and 1: a sigmoid or softmax stands at the end; the loss has it (E-06)" : low >= 0 ? "no value lies below 0: a ReLU stands at the end" : $"logits from {low:0.#} to {high:0.#}");
    }

    private static double Deviation(Tensor tensor)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        return Math.Sqrt(tensor.Pow(2).Mean().Item() - Math.Pow(tensor.Mean().Item(), 2));
    }

    private static Verdict Near(string what, double found, double expected, double share) =>
        Verdict.That(Math.Abs(found - expected) <= share * expected, what, Math.Abs(found - expected) <= share * expected ? $"{found:0.#####}" : $"{found:0.#####}, expected {expected:0.#####}: Kaiming normal, fan out");
}
