using System.Collections.Concurrent;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Metrics;
using SegSharp.Networks;
using SegSharp.Networks.Parts;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Figures.Lessons;

/// <summary>Numbers of the course, each asked of the thing itself: a network is built and counted, a layer run, a loss computed.</summary>
internal static class Facts
{
    /// <summary>The numbers by hand of section 8.5: logits and truth of four pixels.</summary>
    public static IReadOnlyList<float> Logits { get; } = [2, -1, 0.5f, -3];

    public static IReadOnlyList<long> Truth { get; } = [1, 0, 1, 0];

    // Several questions ask the same network; it is built and run once.
    private static readonly ConcurrentDictionary<(object Options, string What), object> Asked = new();

    /// <summary>Parameters of a network, or of those of its layers whose name begins so.</summary>
    public static long Parameters(NetworkOptions options, string layer = "") => Counted(Shapes(options), layer);

    /// <summary>Parameters of a part.</summary>
    public static long Parameters(PartOptions options, string layer = "") => Counted(Shapes(options), layer);

    /// <summary>Every step of a network.</summary>
    public static NetworkSummary Summary(NetworkOptions options, params long[] sides) => Once(options, $"summary {string.Join('×', sides)}", () =>
    {
        using var shapesOnly = Initialise.Skip();
        using var network = NetworkCatalogue.All.GetByOptions(options.GetType()).Build(options);
        return NetworkSummary.Of(network, sides);
    });

    /// <summary>Every step of a part.</summary>
    public static NetworkSummary Summary(PartOptions options, int batch, params long[] sides) => Once(options, $"summary {batch} {string.Join('×', sides)}", () =>
    {
        using var shapesOnly = Initialise.Skip();
        using var part = PartCatalogue.All.GetByOptions(options.GetType()).Build(options);
        return NetworkSummary.Of(part, sides, batch);
    });

    /// <summary>Input channels of a convolution of a network.</summary>
    public static long InChannels(NetworkOptions options, string layer) => Shapes(options).Single(p => p.Name == layer + ".weight").Shape[1];

    private static IReadOnlyList<(string Name, long[] Shape)> Shapes(NetworkOptions options) => Once<IReadOnlyList<(string, long[])>>(options, "shapes", () =>
    {
        using var shapesOnly = Initialise.Skip();
        using var network = NetworkCatalogue.All.GetByOptions(options.GetType()).Build(options);
        return [.. network.NamedParameters().Select(p => (p.Name, p.Tensor.Shape))];
    });

    private static IReadOnlyList<(string Name, long[] Shape)> Shapes(PartOptions options) => Once<IReadOnlyList<(string, long[])>>(options, "shapes", () =>
    {
        using var shapesOnly = Initialise.Skip();
        using var part = PartCatalogue.All.GetByOptions(options.GetType()).Build(options);
        return [.. part.NamedParameters().Select(p => (p.Name, p.Tensor.Shape))];
    });

    private static long Counted(IReadOnlyList<(string Name, long[] Shape)> shapes, string layer) =>
        shapes.Where(p => p.Name.StartsWith(layer, StringComparison.Ordinal)).Sum(p => p.Shape.Aggregate(1L, (a, b) => a * b));

    private static T Once<T>(object options, string what, Func<T> compute)
        where T : class => (T)Asked.GetOrAdd((options, what), _ => compute());

    /// <summary>How far a pixel sees behind each of a number of steps: a convolution of 3×3, an average of 2×2 between two.</summary>
    public static IReadOnlyList<long> Fields(int levels)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var fields = new List<long>();
        for (var level = 1; level <= levels; level++)
        {
            using var layers = new Sequential(Enumerable.Range(0, (2 * level) - 1).Select(i => i % 2 == 0 ? (Layer)new Conv(2, 1, 1) : new AveragePool(2)));
            fields.Add(ReceptiveField.Of(Tensor.Zeros([1, 1, 128, 128]), layers.Forward).Sides![0]);
        }

        return fields;
    }

    /// <summary>The side that a transposed convolution gives, by running it.</summary>
    public static long TransposedSide(int side, int kernel, int stride, int padding, int outputPadding = 0)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        using var layer = new ConvTranspose(2, 1, 1, kernel, stride, padding, outputPadding);
        return layer.Forward(Tensor.Zeros([1, 1, side, side])).Size(2);
    }

    /// <summary>The side that a strided convolution gives, by running it.</summary>
    public static long ConvolvedSide(int side, int kernel, int stride, int padding)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        using var layer = new Conv(2, 1, 1, kernel, stride, padding);
        return layer.Forward(Tensor.Zeros([1, 1, side, side])).Size(2);
    }

    /// <summary>A loss of the four pixels.</summary>
    public static double Loss(LossOptions options, IReadOnlyList<float>? logits = null)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        return LossCatalogue.All.GetByOptions(options.GetType()).Build(options)
            .Compute(Tensor.From([.. logits ?? Logits], 1, 1, 2, 2), Tensor.From([.. Truth], 1, 2, 2)).Item();
    }

    /// <summary>Soft Dice as the course writes it.</summary>
    public static SoftDiceOptions CourseDice { get; } = new() { Sigmoid = true, Smooth = 0, SmoothBelow = 1e-6 };

    /// <summary>The course's combined loss: half cross-entropy, half Dice.</summary>
    public static double Combined() => (0.5 * Loss(new BinaryCrossEntropyOptions())) + (0.5 * Loss(CourseDice));

    /// <summary>Loss and largest gradient of a Dice loss where the truth is empty.</summary>
    public static (double Loss, double Gradient) EmptyMask(double smooth, double logit = -8, int side = 64, double bce = 0)
    {
        using var scope = new TensorScope();
        using var z = Tensor.Full(logit, [1, 1, side, side]);
        z.RequiresGrad = true;
        var t = Tensor.Zeros([1, side, side], DType.Int64);
        var loss = new SoftDice(new() { Sigmoid = true, Smooth = smooth }).Compute(z, t);
        if (bce > 0)
        {
            loss = (loss * (1 - bce)) + (new BinaryCrossEntropy(new()).Compute(z, t) * bce);
        }

        loss.Backward();
        return (loss.Item(), z.Grad!.Abs().Max().Item());
    }

    /// <summary>The least cross-entropy that one and the same answer for every pixel can reach, and that answer as a probability.</summary>
    public static (double Loss, double Probability) BestConstant(double foreground, double positiveWeight)
    {
        var p = positiveWeight * foreground / ((positiveWeight * foreground) + 1 - foreground);
        return (-(positiveWeight * foreground * Math.Log(p)) - ((1 - foreground) * Math.Log(1 - p)), p);
    }

    /// <summary>Two squares of 5×5 pixels, the second 3 pixels to the right.</summary>
    public static (double Hausdorff, double Dice) ShiftedSquares(int shift = 3)
    {
        var extent = new Extent(20, 20);
        LabelMap Square(int x) => new("square", Geometry.Pixels(extent), [.. Enumerable.Range(0, 400).Select(i => (ushort)(i % 20 >= x && i % 20 < x + 5 && i / 20 is >= 6 and < 11 ? 1 : 0))]);
        var comparison = new Metrics.Comparison(Square(4 + shift), Square(4));
        var region = new Region("square", 1);
        return (new Hausdorff(new()).Of(comparison, region)!.Value, Metric.Dice.Of(comparison, region)!.Value);
    }

    /// <summary>The Dice that a ball of that radius keeps on the practical's way to 96×96×77 and back.</summary>
    public static double BallCeiling(double radius)
    {
        // Centred between the middle voxels, on the scan's grid of 240×240×155.
        var extent = new Extent(240, 240, 155);
        var labels = new ushort[extent.Count];
        for (var i = 0; i < labels.Length; i++)
        {
            var (x, y, z) = ((i % 240) - 120, (i / 240 % 240) - 120, (i / 57600) - 77);
            labels[i] = (x * x) + (y * y) + (z * z) <= radius * radius ? (ushort)1 : (ushort)0;
        }

        var options = new Data.PreparationOptions { Crop = new(192, 192, 155), Size = new(96, 96, 77), LabelOrder = Imaging.Resampling.Interpolation.Nearest };
        return Ceiling.Of(new LabelMap("ball", Geometry.Pixels(extent), labels), options, [new Region("ball", 1)])[0].Dice!.Value;
    }
}
